class Solution:
    def doubleAll(self, nums: List[int]) -> List[int]:
        return [x ** 2 for x in nums]
