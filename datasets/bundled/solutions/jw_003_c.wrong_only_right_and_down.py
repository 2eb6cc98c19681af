h, w = map(int, input().split())
rows = [input().strip() for _ in range(h)]
reach = [[False] * w for _ in range(h)]
reach[0][0] = True
for r in range(h):
    for c in range(w):
        if rows[r][c] == "." and ((r and reach[r - 1][c]) or (c and reach[r][c - 1])):
            reach[r][c] = True
print(h + w - 2 if reach[h - 1][w - 1] else -1)
