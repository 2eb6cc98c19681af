class Solution:
    def largestField(self, rows: List[str]) -> int:
        side = [[0] * (len(rows[0]) + 1) for _ in range(len(rows) + 1)]
        best = 0
        for r in range(len(rows)):
            for c in range(len(rows[0])):
                if rows[r][c] == "1":
                    side[r + 1][c + 1] = 1 + min(side[r][c], side[r][c + 1], side[r + 1][c])
                    best = max(best, side[r + 1][c + 1])
        return best * best
