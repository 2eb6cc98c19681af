class Solution:
    def turnRight(self, grid: List[List[int]]) -> List[List[int]]:
        return [list(row) for row in zip(*grid[::-1])]
