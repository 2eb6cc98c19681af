n = len(input().strip())
print(n * (n + 1) // 2)
