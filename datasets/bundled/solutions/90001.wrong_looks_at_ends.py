class Solution:
    def isMirrorWord(self, word: str) -> bool:
        return word[0] == word[-1]
