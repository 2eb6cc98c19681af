class Solution:
    def turnSentence(self, sentence: str) -> str:
        return " ".join(reversed(sentence.split()))
