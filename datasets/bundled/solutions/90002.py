class Solution:
    def totalOf(self, nums: List[int]) -> int:
        return sum(nums)
