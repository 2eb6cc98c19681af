n = int(input())
spans = sorted(tuple(map(int, input().split())) for _ in range(n))
total = 0
end = -10**18
for left, right in spans:
    total += max(0, right - max(left, end))
    end = right
print(total)
