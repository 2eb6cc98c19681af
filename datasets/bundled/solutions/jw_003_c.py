from collections import deque

h, w = map(int, input().split())
rows = [input().strip() for _ in range(h)]
distance = {(0, 0): 0}
queue = deque([(0, 0)])
while queue:
    r, c = queue.popleft()
    for nr, nc in ((r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1)):
        if 0 <= nr < h and 0 <= nc < w and rows[nr][nc] == "." and (nr, nc) not in distance:
            distance[nr, nc] = distance[r, c] + 1
            queue.append((nr, nc))
print(distance.get((h - 1, w - 1), -1))
