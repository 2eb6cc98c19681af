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
    time, town, longest = heapq.heappop(heap)
    if town in best:
        continue
    best[town] = time - longest
    for other, cost in roads[town]:
        heapq.heappush(heap, (time + cost, other, max(longest, cost)))
print(best.get(n, -1))
