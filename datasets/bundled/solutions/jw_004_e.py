s = input().strip()
# Suffix automaton: the number of distinct substrings is the sum of len(state) - len(link(state)).
length, link, step = [0], [-1], [{}]
last = 0
for c in s:
    current = len(length)
    length.append(length[last] + 1)
    link.append(0)
    step.append({})
    p = last
    while p != -1 and c not in step[p]:
        step[p][c] = current
        p = link[p]
    if p != -1:
        q = step[p][c]
        if length[q] == length[p] + 1:
            link[current] = q
        else:
            clone = len(length)
            length.append(length[p] + 1)
            link.append(link[q])
            step.append(dict(step[q]))
            while p != -1 and step[p].get(c) == q:
                step[p][c] = clone
                p = link[p]
            link[q] = link[current] = clone
    last = current
print(sum(length[v] - length[link[v]] for v in range(1, len(length))))
