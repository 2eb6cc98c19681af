class Solution:
    def totalOf(self, nums: List[int]) -> int:
        return sum(x for x in nums if x > 0)
