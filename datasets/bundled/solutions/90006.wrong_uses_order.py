class Solution:
    def spread(self, nums: List[int]) -> int:
        return abs(nums[-1] - nums[0])
