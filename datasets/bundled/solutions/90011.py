class Solution:
    def shortestCover(self, text: str, pattern: str) -> int:
        # start[j]: the latest start of a window that ends here and holds the first j letters of the pattern in order.
        m = len(pattern)
        start = [-1] * (m + 1)
        best = -1
        for i, c in enumerate(text):
            for j in range(m, 0, -1):
                if c == pattern[j - 1]:
                    start[j] = i if j == 1 else start[j - 1]
            if start[m] >= 0 and c == pattern[m - 1]:
                size = i - start[m] + 1
                if best < 0 or size < best:
                    best = size
        return best
