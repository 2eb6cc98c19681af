class Solution:
    def countPositive(self, nums: List[int]) -> int:
        return sum(x >= 0 for x in nums)
