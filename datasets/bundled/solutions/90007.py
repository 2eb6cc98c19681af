class Solution:
    def longestTwoKinds(self, nums: List[int]) -> int:
        count = {}
        left = best = 0
        for right, x in enumerate(nums):
            count[x] = count.get(x, 0) + 1
            while len(count) > 2:
                y = nums[left]
                count[y] -= 1
                if not count[y]:
                    del count[y]
                left += 1
            best = max(best, right - left + 1)
        return best
