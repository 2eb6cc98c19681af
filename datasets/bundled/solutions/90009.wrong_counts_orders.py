class Solution:
    def payWays(self, coins: List[int], amount: int) -> int:
        ways = [1] + [0] * amount
        for value in range(1, amount + 1):
            ways[value] = sum(ways[value - coin] for coin in coins if coin <= value)
        return ways[amount]
