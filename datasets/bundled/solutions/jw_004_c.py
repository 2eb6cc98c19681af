n = int(input())
spans = sorted(tuple(map(int, input().split())) for _ in range(n))
total = 0
end = None
for left, right in spans:
    if end is None or left > end:
        total += right - left
        end = right
    elif right > end:
        total += right - end
        end = right
print(total)
