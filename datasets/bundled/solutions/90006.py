class Solution:
    def spread(self, nums: List[int]) -> int:
        return max(nums) - min(nums)
