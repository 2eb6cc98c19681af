class Solution:
    def longestTwoKinds(self, nums: List[int]) -> int:
        best = length = 0
        kinds = set()
        for x in nums:
            if x not in kinds and len(kinds) == 2:
                kinds = set()
                length = 0
            kinds.add(x)
            length += 1
            best = max(best, length)
        return best
