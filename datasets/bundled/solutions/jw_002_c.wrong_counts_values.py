n, k = map(int, input().split())
values = set(map(int, input().split()))
print(sum(1 for x in values if k - x in values and x <= k - x))
