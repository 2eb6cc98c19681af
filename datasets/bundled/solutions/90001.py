class Solution:
    def isMirrorWord(self, word: str) -> bool:
        return word == word[::-1]
