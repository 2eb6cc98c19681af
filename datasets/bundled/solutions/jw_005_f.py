import heapq
import sys

data = list(map(int, sys.stdin.read().split()))
n, m = data[0], data[1]
roads = [[] for _ in range(n + 1)]
for i in range(m):
    u, v, t = data[2 + 3 * i:5 + 3 * i]
    roads[u].append((v, t))
    roads[v].append((u, t))
best = {}
heap = [(0, 1, 0)]
while heap:
    time, town, used = heapq.heappop(heap)
    if (town, used) in best:
        continue
    best[town, used] = time
    for other, cost in roads[town]:
        if (other, used) not in best:
            heapq.heappush(heap, (time + cost, other, used))
        if not used and (other, 1) not in best:
            heapq.heappush(heap, (time, other, 1))
answers = [best[n, used] for used in (0, 1) if (n, used) in best]
print(min(answers) if answers else -1)
