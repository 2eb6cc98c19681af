class Solution:
    def largestField(self, rows: List[str]) -> int:
        best = 0
        height = [0] * (len(rows[0]) + 1)
        for row in rows:
            stack = []
            for c in range(len(height)):
                height[c] = height[c] + 1 if c < len(row) and row[c] == "1" else 0
                while stack and height[stack[-1]] >= height[c]:
                    tall = height[stack.pop()]
                    left = stack[-1] if stack else -1
                    best = max(best, tall * (c - left - 1))
                stack.append(c)
        return best
