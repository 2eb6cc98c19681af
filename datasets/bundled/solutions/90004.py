class Solution:
    def doubleAll(self, nums: List[int]) -> List[int]:
        return [2 * x for x in nums]
