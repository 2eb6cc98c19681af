class Solution:
    def turnSentence(self, sentence: str) -> str:
        return sentence[::-1]
