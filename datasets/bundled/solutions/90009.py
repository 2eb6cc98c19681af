class Solution:
    def payWays(self, coins: List[int], amount: int) -> int:
        ways = [1] + [0] * amount
        for coin in coins:
            for value in range(coin, amount + 1):
                ways[value] += ways[value - coin]
        return ways[amount]
