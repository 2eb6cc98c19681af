class Solution:
    def shortestCover(self, text: str, pattern: str) -> int:
        first = text.find(pattern[0])
        if first < 0:
            return -1
        at = first
        for c in pattern[1:]:
            at = text.find(c, at + 1)
            if at < 0:
                return -1
        return at - first + 1
