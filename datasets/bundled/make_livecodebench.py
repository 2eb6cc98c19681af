#!/usr/bin/env python3
"""Builds livecodebench_v6/test.jsonl and checks it.

A problem is a statement, inputs, and an oracle: the plainest possible program, which gives the expected outputs. The
solution in solutions/ID.py is written in another way and must agree with the oracle on every test; every
solutions/ID.wrong_WHY.py is a plausible mistake and must fail at least one test.
"""

import base64
import contextlib
import io
import itertools
import json
import pathlib
import pickle
import random
import sys
import typing
import zlib

HERE = pathlib.Path(__file__).parent


class Problem:
    def __init__(self, question_id, title, difficulty, date, statement, oracle, public, hidden, **form):
        self.question_id, self.title, self.difficulty, self.date = question_id, title, difficulty, date
        self.statement, self.oracle, self.public, self.hidden = statement, oracle, public, hidden
        self.input_format = form.get("input_format", "")
        self.output = form.get("output", "")
        self.constraints = form.get("constraints", [])
        self.signature = form.get("signature", "")  # functional problems: "name(self, a: int) -> int"

    @property
    def functional(self):
        return bool(self.signature)


# --- oracles: the plainest way ---------------------------------------------------------------------------------------

def balanced(text):
    while True:
        shorter = text.replace("()", "").replace("[]", "").replace("{}", "")
        if shorter == text:
            return "Yes" if not text else "No"
        text = shorter


def pairs_with_sum(k, values):
    """Two pointers over the sorted values, equal values taken as a block."""
    ordered = sorted(values)
    low, high, total = 0, len(ordered) - 1, 0
    while low < high:
        s = ordered[low] + ordered[high]
        if s < k:
            low += 1
        elif s > k:
            high -= 1
        elif ordered[low] == ordered[high]:
            size = high - low + 1
            return total + size * (size - 1) // 2
        else:
            left, right = ordered[low], ordered[high]
            i = j = 0
            while low <= high and ordered[low] == left:
                low, i = low + 1, i + 1
            while high >= low and ordered[high] == right:
                high, j = high - 1, j + 1
            total += i * j
    return total


def maze_steps(rows):
    """Relaxes all cells until nothing changes."""
    h, w = len(rows), len(rows[0])
    steps = {(0, 0): 0}
    changed = True
    while changed:
        changed = False
        for r, c in itertools.product(range(h), range(w)):
            if rows[r][c] != "." or (r, c) == (0, 0):
                continue
            near = [steps[p] for p in ((r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1)) if p in steps]
            if near and min(near) + 1 < steps.get((r, c), 10**9):
                steps[r, c] = min(near) + 1
                changed = True
    return steps.get((h - 1, w - 1), -1)


def covered_length(spans):
    """Cuts the line at every end and asks of each piece whether some span covers it."""
    cuts = sorted({x for span in spans for x in span})
    return sum(b - a for a, b in zip(cuts, cuts[1:]) if any(l <= a and b <= r for l, r in spans))


def distinct_substrings(text):
    """From the sorted suffixes: each adds what it does not share with the one before it."""
    suffixes = sorted(text[i:] for i in range(len(text)))
    total, before = 0, ""
    for suffix in suffixes:
        shared = 0
        while shared < min(len(before), len(suffix)) and before[shared] == suffix[shared]:
            shared += 1
        total += len(suffix) - shared
        before = suffix
    return total


def best_trip(n, roads):
    """Shortest times with each road in turn made free, by Bellman-Ford."""
    best = None
    for free in range(len(roads)):
        time = [0] + [None] * (n - 1)
        for _ in range(n):
            for i, (u, v, t) in enumerate(roads):
                cost = 0 if i == free else t
                for a, b in ((u - 1, v - 1), (v - 1, u - 1)):
                    if time[a] is not None and (time[b] is None or time[a] + cost < time[b]):
                        time[b] = time[a] + cost
        if time[n - 1] is not None and (best is None or time[n - 1] < best):
            best = time[n - 1]
    return -1 if best is None else best


def longest_two_kinds(nums):
    return max(j - i for i in range(len(nums)) for j in range(i + 1, len(nums) + 1) if len(set(nums[i:j])) <= 2)


def turn_right(grid):
    h, w = len(grid), len(grid[0])
    return [[grid[h - 1 - c][r] for c in range(h)] for r in range(w)]


def pay_ways(coins, amount):
    if not coins:
        return 1 if amount == 0 else 0
    return sum(pay_ways(coins[1:], amount - coins[0] * k) for k in range(amount // coins[0] + 1))


def most_used(words, k):
    left = sorted(set(words))
    chosen = []
    while len(chosen) < k:
        top = max(words.count(word) for word in left)
        chosen.append(next(word for word in left if words.count(word) == top))
        left.remove(chosen[-1])
    return chosen


def shortest_cover(text, pattern):
    def holds(window):
        rest = iter(window)
        return all(c in rest for c in pattern)
    sizes = [j - i for i in range(len(text)) for j in range(i + 1, len(text) + 1) if holds(text[i:j])]
    return min(sizes, default=-1)


def largest_field(rows):
    best = 0
    h, w = len(rows), len(rows[0])
    for top, left in itertools.product(range(h), range(w)):
        for bottom, right in itertools.product(range(top, h), range(left, w)):
            if all("0" not in row[left:right + 1] for row in rows[top:bottom + 1]):
                best = max(best, (bottom - top + 1) * (right - left + 1))
    return best


# --- inputs ----------------------------------------------------------------------------------------------------------

def ints_line(values):
    return " ".join(map(str, values))


def random_word(rng, letters, size):
    return "".join(rng.choice(letters) for _ in range(size))


def list_input(values):
    return f"{len(values)}\n{ints_line(values)}\n"


def pairs_input(k, values):
    return f"{len(values)} {k}\n{ints_line(values)}\n"


def maze_input(rows):
    return f"{len(rows)} {len(rows[0])}\n" + "\n".join(rows) + "\n"


def spans_input(spans):
    return f"{len(spans)}\n" + "".join(f"{l} {r}\n" for l, r in spans)


def roads_input(n, roads):
    return f"{n} {len(roads)}\n" + "".join(f"{u} {v} {t}\n" for u, v, t in roads)


def random_maze(rng, h, w, walls):
    rows = [[("#" if rng.random() < walls else ".") for _ in range(w)] for _ in range(h)]
    rows[0][0] = rows[h - 1][w - 1] = "."
    return ["".join(row) for row in rows]


def random_roads(rng, n, m, top):
    return [(*rng.sample(range(1, n + 1), 2), rng.randint(1, top)) for _ in range(m)]


def stdin_problems():
    rng = random.Random(61)

    def spans_of(text):
        rows = text.split("\n")
        return [tuple(map(int, row.split())) for row in rows[1:] if row]

    def roads_of(text):
        rows = [tuple(map(int, row.split())) for row in text.split("\n") if row]
        return rows[0][0], rows[1:]

    yield Problem(
        "jw_001_a", "A - Two Numbers", "easy", "2025-01-11T00:00:00",
        "You are given two integers A and B. Print A + B.",
        lambda t: sum(map(int, t.split())),
        ["2 3\n", "10 -4\n"],
        ["0 0\n", "1 1\n", "-5 -7\n", "100 250\n", "-8 8\n", "999999999 1\n", "1000000000 1000000000\n",
         "-1000000000 -1000000000\n", "17 0\n", "12345 67890\n"],
        input_format="A B", output="Print A + B.", constraints=["-10^9 <= A, B <= 10^9"])
    yield Problem(
        "jw_001_b", "B - Backwards", "easy", "2025-01-11T00:00:00",
        "You are given a string S of lowercase English letters. Print S reversed.",
        lambda t: "".join(t.strip()[i] for i in range(len(t.strip()) - 1, -1, -1)),
        ["apple\n", "ab\n"],
        ["a\n", "noon\n", "zyx\n", "abcabc\n", "aaaab\n", "jangwon\n", "qwertyuiop\n", "level\n",
         "z" * 99 + "a\n", random_word(rng, "abcdefghijklmnopqrstuvwxyz", 100) + "\n"],
        input_format="S", output="Print the reversed string.", constraints=["1 <= |S| <= 100"])
    yield Problem(
        "jw_001_c", "C - Three Kinds of Brackets", "medium", "2025-01-11T00:00:00",
        "You are given a string S made of the characters ()[]{}. S is balanced if it is empty, or if it can be made empty by "
        "removing \"()\", \"[]\" or \"{}\" again and again. Print Yes if S is balanced and No otherwise.",
        lambda t: balanced(t.strip()),
        ["([]{})\n", "([)]\n"],
        ["()\n", "(\n", ")\n", "][\n", "{[()]}\n", "((\n", "(()\n", "())\n", "{{[[(())]]}}\n", "()[]{}" * 30 + "\n",
         "(" * 90 + ")" * 90 + "\n", "(" * 90 + ")" * 89 + "\n", "{[}]\n"],
        input_format="S", output="Print Yes or No.", constraints=["1 <= |S| <= 200"])
    yield Problem(
        "jw_002_a", "A - Largest", "easy", "2025-01-25T00:00:00",
        "You are given N integers A_1, ..., A_N. Print the largest of them.",
        lambda t: sorted(map(int, t.split()[1:]))[-1],
        [list_input([3, 9, 4]), list_input([-5, -2])],
        [list_input(v) for v in ([7], [-1], [0, 0, 0], [1, 2, 3, 4], [4, 3, 2, 1], [-10, -20, -3], [5, 5, 5, 6, 5],
                                 [-1000000000, 1000000000], [-1000000000] * 3,
                                 [rng.randint(-1000, 1000) for _ in range(100)])],
        input_format="N\nA_1 ... A_N", output="Print the largest integer.",
        constraints=["1 <= N <= 100", "-10^9 <= A_i <= 10^9"])
    yield Problem(
        "jw_002_b", "B - Vowels", "easy", "2025-01-25T00:00:00",
        "You are given a string S of lowercase English letters. Print how many of its letters are vowels (a, e, i, o, u).",
        lambda t: sum(t.count(v) for v in "aeiou"),
        ["banana\n", "sky\n"],
        ["a\n", "b\n", "aeiou\n", "uuuu\n", "queue\n", "rhythm\n", "strength\n", "programming\n", "e" * 100 + "\n",
         random_word(rng, "abcdefghijklmnopqrstuvwxyz", 100) + "\n"],
        input_format="S", output="Print the number of vowels.", constraints=["1 <= |S| <= 100"])
    big = [rng.randint(1, 200) for _ in range(20000)]
    yield Problem(
        "jw_002_c", "C - Pairs with a Given Sum", "medium", "2025-01-25T00:00:00",
        "You are given N integers A_1, ..., A_N and an integer K. Print the number of pairs (i, j) with i < j and "
        "A_i + A_j = K.",
        lambda t: pairs_with_sum(int(t.split()[1]), list(map(int, t.split()[2:]))),
        [pairs_input(6, [1, 5, 3, 3]), pairs_input(4, [2, 2, 2])],
        [pairs_input(10, [5]), pairs_input(0, [0, 0, 0, 0]), pairs_input(-3, [-1, -2, -2, 1, -4]),
         pairs_input(100, [1, 2, 3]), pairs_input(7, [3, 4, 3, 4]), pairs_input(2, [1] * 150),
         pairs_input(0, [-1000000000, 1000000000]),
         pairs_input(20, [rng.randint(-30, 30) for _ in range(150)]), pairs_input(201, big), pairs_input(7, [7] * 20000)],
        input_format="N K\nA_1 ... A_N", output="Print the number of pairs.",
        constraints=["1 <= N <= 2*10^5", "-10^9 <= A_i, K <= 10^9"])
    yield Problem(
        "jw_003_a", "A - Even or Odd", "easy", "2025-02-08T00:00:00",
        "You are given an integer N. Print Even if N is even and Odd if N is odd.",
        lambda t: "Even" if t.strip()[-1] in "02468" else "Odd",
        ["7\n", "10\n"],
        ["0\n", "1\n", "2\n", "-1\n", "-2\n", "99\n", "1000000000\n", "999999999\n", "-1000000000\n", "123456\n"],
        input_format="N", output="Print Even or Odd.", constraints=["-10^9 <= N <= 10^9"])
    yield Problem(
        "jw_003_b", "B - Pin Pon", "easy", "2025-02-08T00:00:00",
        "You are given an integer N. For each i from 1 to N print one line: PinPon if i is divisible by 3 and by 5, else Pin "
        "if it is divisible by 3, else Pon if it is divisible by 5, else i.",
        lambda t: "\n".join({(0, 0): "PinPon", (0, 1): "Pin", (1, 0): "Pon"}.get((min(i % 3, 1), min(i % 5, 1)), str(i))
                            for i in range(1, int(t) + 1)),
        ["5\n", "15\n"],
        [f"{n}\n" for n in (1, 2, 3, 4, 6, 14, 16, 30, 50, 100)],
        input_format="N", output="Print N lines.", constraints=["1 <= N <= 100"])
    yield Problem(
        "jw_003_c", "C - Way Out", "medium", "2025-02-08T00:00:00",
        "A maze has H rows and W columns. A cell is free (.) or a wall (#). You start in the top left cell and want to reach the "
        "bottom right cell; both are free. One step moves to a free cell that shares a side. Print the smallest number of steps, "
        "or -1 if the cell cannot be reached.",
        lambda t: maze_steps(t.split()[2:]),
        [maze_input(["..#", "#..", "##."]), maze_input([".#", "#."])],
        [maze_input(["."]), maze_input(["....."]), maze_input([".", ".", "."]),
         maze_input([".###", "...#", "#...", "##.."]), maze_input([".....", "####.", ".....", ".####", "....."]),
         maze_input([".#...", ".#.#.", ".#.#.", "...#."]), maze_input(["..", "##", ".."])] +
        [maze_input(random_maze(rng, 20, 20, walls)) for walls in (0.1, 0.25, 0.3, 0.35)],
        input_format="H W\nrow_1\n...\nrow_H", output="Print the number of steps or -1.",
        constraints=["1 <= H, W <= 200"])
    yield Problem(
        "jw_004_c", "C - Painted Fence", "medium", "2025-03-08T00:00:00",
        "N painters paint a long fence. Painter i paints the part from L_i to R_i. Print the total length of the fence that is "
        "painted by at least one painter.",
        lambda t: covered_length(spans_of(t)),
        [spans_input([(1, 4), (3, 6)]), spans_input([(0, 2), (5, 7)])],
        [spans_input([(0, 1)]), spans_input([(0, 10), (2, 3)]), spans_input([(0, 10), (2, 3), (5, 8)]),
         spans_input([(1, 2), (2, 3), (3, 4)]), spans_input([(5, 6), (1, 2), (3, 9)]),
         spans_input([(0, 1000000000)]), spans_input([(4, 8)] * 5), spans_input([(-10, -5), (-7, 3)]),
         spans_input([(-1000000000, -1), (1, 1000000000), (-1, 1)])] +
        [spans_input([tuple(sorted(rng.sample(range(-top, top), 2))) for _ in range(n)])
         for n, top in ((20, 30), (60, 300), (150, 100000))],
        input_format="N\nL_1 R_1\n...\nL_N R_N", output="Print the total painted length.",
        constraints=["1 <= N <= 10^5", "-10^9 <= L_i < R_i <= 10^9"])
    yield Problem(
        "jw_004_e", "E - How Many Words", "hard", "2025-03-08T00:00:00",
        "You are given a string S of lowercase English letters. Print the number of different non-empty strings that occur in S "
        "as a run of consecutive letters.",
        lambda t: distinct_substrings(t.strip()),
        ["aba\n", "aaaa\n"],
        ["a\n", "ab\n", "abcabc\n", "mississippi\n", "zzzzzzzzzz\n", "abcdefghijklmnopqrstuvwxyz\n", "ab" * 100 + "\n",
         random_word(rng, "ab", 400) + "\n", random_word(rng, "abc", 1000) + "\n",
         random_word(rng, "abcdefghijklmnopqrstuvwxyz", 2000) + "\n", "a" * 999 + "b" + "a" * 1000 + "\n"],
        input_format="S", output="Print the number of different strings.", constraints=["1 <= |S| <= 10^5"])
    yield Problem(
        "jw_005_f", "F - One Free Ride", "hard", "2025-04-05T00:00:00",
        "There are N towns and M two-way roads; road i joins the towns U_i and V_i and takes T_i minutes. You travel from town 1 "
        "to town N and hold one ticket that lets you pass one road of your choice, once, in 0 minutes. Print the smallest total "
        "time, or -1 if town N cannot be reached.",
        lambda t: best_trip(*roads_of(t)),
        [roads_input(3, [(1, 2, 5), (2, 3, 7), (1, 3, 20)]), roads_input(3, [(1, 2, 4)])],
        [roads_input(2, [(1, 2, 9)]), roads_input(4, [(1, 2, 3), (2, 3, 3), (3, 4, 3), (1, 4, 9)]),
         roads_input(4, [(1, 2, 1), (2, 3, 1), (3, 4, 1), (1, 3, 100), (3, 4, 50)]),
         roads_input(5, [(1, 2, 10), (2, 3, 10), (3, 5, 10), (1, 4, 2), (4, 5, 30)]),
         roads_input(4, [(1, 2, 4), (3, 4, 1)]), roads_input(2, [(1, 2, 8), (1, 2, 5), (2, 1, 6)]),
         roads_input(6, [(1, 2, 1000000000), (2, 3, 1000000000), (3, 4, 1000000000), (4, 5, 1000000000),
                         (5, 6, 1000000000)])] +
        [roads_input(n, random_roads(rng, n, m, top)) for n, m, top in ((8, 12, 20), (15, 25, 50), (20, 40, 1000),
                                                                     (30, 60, 9), (40, 90, 1000000))],
        input_format="N M\nU_1 V_1 T_1\n...\nU_M V_M T_M", output="Print the smallest time or -1.",
        constraints=["2 <= N <= 10^5", "1 <= M <= 10^5", "1 <= T_i <= 10^9", "U_i != V_i"])


def functional_problems():
    rng = random.Random(62)
    yield Problem(
        "90001", "Mirror Word", "easy", "2025-01-18T00:00:00",
        "Given a string word of lowercase English letters, return true if it reads the same forwards and backwards, and false "
        "otherwise.",
        lambda word: all(word[i] == word[len(word) - 1 - i] for i in range(len(word))),
        [("level",), ("apple",)],
        [("a",), ("aa",), ("ab",), ("aba",), ("abca",), ("abccba",), ("abcdba",), ("noon",), ("x" * 50,),
         ("ab" * 25 + "a",)],
        signature="isMirrorWord(self, word: str) -> bool", constraints=["1 <= word.length <= 100"])
    yield Problem(
        "90002", "Total of a List", "easy", "2025-01-18T00:00:00",
        "Given a list nums of integers, return the sum of its elements. The sum of an empty list is 0.",
        lambda nums: sum(nums[i] for i in range(len(nums))),
        [([1, 2, 3],), ([-4, 4],)],
        [([],), ([0],), ([7],), ([-7],), ([1] * 50,), ([100, -1, -99],), ([5, 5, 5],), ([10**9, 10**9],), ([-10**9],),
         ([rng.randint(-100, 100) for _ in range(100)],)],
        signature="totalOf(self, nums: List[int]) -> int", constraints=["0 <= nums.length <= 100", "-10^9 <= nums[i] <= 10^9"])
    yield Problem(
        "90003", "Count the Positive", "easy", "2025-02-01T00:00:00",
        "Given a list nums of integers, return how many of them are greater than 0.",
        lambda nums: len([x for x in nums if x >= 1]),
        [([3, -1, 0, 8],), ([-2, -3],)],
        [([],), ([0],), ([1],), ([-1],), ([0, 0, 0],), ([1, 2, 3],), ([-1, 0, 1],), ([10**9, -10**9],), ([5] * 40,),
         ([rng.randint(-5, 5) for _ in range(100)],)],
        signature="countPositive(self, nums: List[int]) -> int",
        constraints=["0 <= nums.length <= 100", "-10^9 <= nums[i] <= 10^9"])
    yield Problem(
        "90004", "Double Everything", "easy", "2025-02-01T00:00:00",
        "Given a list nums of integers, return a list with every element doubled, in the same order.",
        lambda nums: [x + x for x in nums],
        [([1, 2, 3],), ([-4, 0],)],
        [([],), ([0],), ([2],), ([-1],), ([5, 5],), ([10, 20, 30],), ([1, -1, 1, -1],), ([10**9],), ([0, 2, 0, 2],),
         ([rng.randint(-50, 50) for _ in range(50)],)],
        signature="doubleAll(self, nums: List[int]) -> List[int]",
        constraints=["0 <= nums.length <= 100", "-10^9 <= nums[i] <= 10^9"])
    yield Problem(
        "90005", "Words in Reverse", "easy", "2025-02-15T00:00:00",
        "Given a string sentence of words separated by single spaces, return the words in reverse order, separated by single "
        "spaces.",
        lambda sentence: " ".join(sentence.split(" ")[::-1]),
        [("red green blue",), ("hello world",)],
        [("one",), ("a b",), ("a b c d",), ("same same",), ("we like long words",), ("x y x",), ("to be or not to be",),
         ("first second third fourth fifth",), ("z " * 20 + "a",), ("abc de f",)],
        signature="turnSentence(self, sentence: str) -> str", constraints=["1 <= sentence.length <= 200"])
    yield Problem(
        "90006", "Spread", "easy", "2025-02-15T00:00:00",
        "Given a non-empty list nums of integers, return the difference between its largest and its smallest element.",
        lambda nums: max(abs(a - b) for a in nums for b in nums),
        [([4, 9, 1],), ([7],)],
        [([0, 0],), ([-1, 1],), ([5, 3],), ([3, 5],), ([1, 10, 2],), ([-8, -3, -5],), ([2, 2, 2, 2],), ([-10**9, 10**9],),
         ([9, 1, 9],), ([rng.randint(-1000, 1000) for _ in range(60)],)],
        signature="spread(self, nums: List[int]) -> int", constraints=["1 <= nums.length <= 100", "-10^9 <= nums[i] <= 10^9"])
    yield Problem(
        "90007", "Two Kinds of Fruit", "medium", "2025-03-01T00:00:00",
        "Trees stand in a row; nums[i] is the kind of fruit on tree i. Return the length of the longest run of consecutive trees "
        "with at most two kinds of fruit.",
        longest_two_kinds,
        [([1, 2, 1, 3],), ([4, 4, 4],)],
        [([1],), ([1, 2],), ([1, 2, 3],), ([1, 2, 2, 3, 2, 2],), ([3, 3, 1, 1, 2, 2, 2, 1],), ([1, 2, 3, 4, 5],),
         ([7, 7, 8, 9, 9, 8, 8],), ([0, 1] * 30,), ([rng.randint(0, 2) for _ in range(80)],),
         ([rng.randint(0, 4) for _ in range(80)],)],
        signature="longestTwoKinds(self, nums: List[int]) -> int", constraints=["1 <= nums.length <= 10^5", "0 <= nums[i] <= 10^9"])
    yield Problem(
        "90008", "Turn the Grid", "medium", "2025-03-01T00:00:00",
        "Given a grid of integers with equal rows, return the grid turned by 90 degrees clockwise.",
        turn_right,
        [([[1, 2], [3, 4]],), ([[1, 2, 3]],)],
        [([[5]],), ([[1], [2]],), ([[1, 2], [1, 2]],), ([[1, 2, 3], [4, 5, 6]],), ([[1, 2], [3, 4], [5, 6]],),
         ([[0, 0], [0, 0]],), ([[1, 2, 3], [4, 5, 6], [7, 8, 9]],), ([[-1, -2, -3, -4]],),
         ([[rng.randint(-9, 9) for _ in range(6)] for _ in range(4)],)],
        signature="turnRight(self, grid: List[List[int]]) -> List[List[int]]", constraints=["1 <= rows, columns <= 100"])
    yield Problem(
        "90009", "Ways to Pay", "medium", "2025-03-22T00:00:00",
        "Given different coin values coins, each to be used any number of times, return the number of ways to pay exactly amount. "
        "The order of the coins does not matter. There is one way to pay 0.",
        pay_ways,
        [([1, 2, 5], 5), ([3], 4)],
        [([1], 0), ([2], 7), ([7], 7), ([1, 2], 4), ([2, 4, 6], 9), ([5, 10, 25], 100), ([1, 5, 10, 50], 120),
         ([3, 5], 1), ([4, 9, 11], 60), ([10, 1, 3], 45)],
        signature="payWays(self, coins: List[int], amount: int) -> int",
        constraints=["1 <= coins.length <= 20", "1 <= coins[i] <= 1000", "0 <= amount <= 5000"])
    yield Problem(
        "90010", "Most Used Words", "medium", "2025-03-22T00:00:00",
        "Given a list words and an integer k, return the k different words that occur most often, the most frequent first. Words "
        "that occur equally often stand in alphabetical order.",
        most_used,
        [(["b", "a", "b", "c"], 2), (["dog", "cat"], 1)],
        [(["a"], 1), (["z", "y", "x"], 3), (["x", "x", "y", "y"], 1), (["y", "x", "y", "x"], 2),
         (["ab", "a", "b", "ab", "b"], 3), (["q"] * 9 + ["r"] * 9 + ["p"], 2), (["c", "b", "a", "b", "c"], 3),
         (["to", "be", "or", "not", "to", "be"], 3), ([random_word(rng, "ab", 2) for _ in range(60)], 4),
         ([random_word(rng, "abc", 1) for _ in range(60)], 3)],
        signature="mostUsed(self, words: List[str], k: int) -> List[str]",
        constraints=["1 <= words.length <= 10^4", "1 <= k <= number of different words"])
    yield Problem(
        "90011", "Shortest Cover", "hard", "2025-04-12T00:00:00",
        "Given the strings text and pattern, return the length of the shortest substring of text from which pattern can be made by "
        "deleting zero or more letters without changing the order of the rest. Return -1 if there is none.",
        shortest_cover,
        [("abxcabc", "abc"), ("abc", "d")],
        [("a", "a"), ("a", "b"), ("ab", "ba"), ("abab", "bb"), ("axxbaxb", "ab"), ("aab", "ab"), ("abcabdab", "abd"),
         ("zzzz", "zzz"), ("abcde", "ace"), ("cababdbacbd", "abd"), (random_word(rng, "ab", 60), "abba"),
         (random_word(rng, "abc", 80), "cabac")],
        signature="shortestCover(self, text: str, pattern: str) -> int",
        constraints=["1 <= text.length <= 10^4", "1 <= pattern.length <= 100"])
    yield Problem(
        "90012", "Largest Field", "hard", "2025-04-12T00:00:00",
        "A map is given as equal strings rows of the characters 0 and 1. Return the area of the largest rectangle that holds only "
        "the character 1, or 0 if there is none.",
        largest_field,
        [(["101", "111", "111"],), (["0"],)],
        [(["1"],), (["1111"],), (["1", "1", "0", "1"],), (["00", "00"],), (["110", "011"],), (["0110", "1111", "0110"],),
         (["11111", "10001", "11111"],), (["111", "111"],), ([random_word(rng, "0111", 12) for _ in range(10)],),
         ([random_word(rng, "011111", 14) for _ in range(9)],)],
        signature="largestField(self, rows: List[str]) -> int", constraints=["1 <= rows.length, rows[0].length <= 200"])


# --- running programs, building rows ---------------------------------------------------------------------------------

def run_stdin_program(source, text):
    out = io.StringIO()
    before = sys.stdin
    sys.stdin = io.StringIO(text)
    try:
        with contextlib.redirect_stdout(out):
            exec(compile(source, "<program>", "exec"), {"__name__": "__main__"})
    except Exception:
        return None
    finally:
        sys.stdin = before
    return out.getvalue().split("\n")


def run_functional_program(source, name, arguments):
    scope = {"List": typing.List}
    try:
        exec(compile(source, "<program>", "exec"), scope)
        return getattr(scope["Solution"](), name)(*json.loads(json.dumps(arguments)))
    except Exception:
        return None


def passes(problem, source, case, expected):
    if problem.functional:
        return run_functional_program(source, problem.signature.split("(")[0], case) == expected
    lines = run_stdin_program(source, case)
    return lines is not None and "\n".join(lines).strip() == expected.strip()


def check_programs(problem, cases):
    folder = HERE / "solutions"
    right = (folder / f"{problem.question_id}.py").read_text(encoding="utf-8")
    for case, expected in cases:
        assert passes(problem, right, case, expected), ("solution disagrees with the oracle", problem.question_id, case)
    wrong = sorted(folder.glob(f"{problem.question_id}.wrong_*.py"))
    assert wrong, ("no wrong solution", problem.question_id)
    for path in wrong:
        source = path.read_text(encoding="utf-8")
        assert any(not passes(problem, source, case, expected) for case, expected in cases), ("passes", path.name)


def test_object(problem, case, expected):
    if problem.functional:
        return {"input": "\n".join(json.dumps(value) for value in case), "output": json.dumps(expected),
                "testtype": "functional"}
    return {"input": case, "output": expected, "testtype": "stdin"}


def statement_of(problem, public):
    parts = [problem.statement]
    if problem.functional:
        names = [part.split(":")[0].strip() for part in problem.signature.split("(", 1)[1].split("->")[0].split(",")]
        names = [name for name in names if name != "self"]
        for number, (case, expected) in enumerate(public, start=1):
            shown = ", ".join(f"{name} = {json.dumps(value)}" for name, value in zip(names, case))
            parts.append(f"Example {number}:\n\nInput: {shown}\nOutput: {json.dumps(expected)}")
        parts.append("Constraints:\n\n" + "\n".join(problem.constraints))
    else:
        parts.append("Input\n\nThe input is given from Standard Input in the following format:\n" + problem.input_format)
        parts.append("Output\n\n" + problem.output)
        parts.append("Constraints\n\n" + "\n".join(problem.constraints))
        for number, (case, expected) in enumerate(public, start=1):
            parts.append(f"Sample Input {number}\n\n{case.strip()}\n\nSample Output {number}\n\n{expected.strip()}")
    return "\n\n".join(parts) + "\n"


def encode_private(tests):
    """As the published files: JSON text, pickled as one str, deflated, in base64."""
    return base64.b64encode(zlib.compress(pickle.dumps(json.dumps(tests), protocol=4))).decode("ascii")


def row_of(problem, plain_private_tests):
    def solved(cases):
        if problem.functional:
            return [(case, problem.oracle(*case)) for case in cases]
        return [(case, f"{problem.oracle(case)}\n") for case in cases]
    public, hidden = solved(problem.public), solved(problem.hidden)
    inputs = [json.dumps(case) for case, _ in public + hidden]
    assert len(hidden) >= 8 and len(set(inputs)) == len(inputs), problem.question_id
    assert "2025-01-01" <= problem.date <= "2025-04-30"
    check_programs(problem, public + hidden)
    private = [test_object(problem, *case) for case in hidden]
    starter = f"class Solution:\n    def {problem.signature}:\n        " if problem.functional else ""
    metadata = {"func_name": problem.signature.split("(")[0]} if problem.functional else {}
    return {
        "question_title": problem.title, "question_content": statement_of(problem, public),
        "platform": "leetcode" if problem.functional else "atcoder", "question_id": problem.question_id,
        "contest_id": "jw_biweekly" if problem.functional else problem.question_id[:6],
        "contest_date": problem.date, "starter_code": starter, "difficulty": problem.difficulty,
        "public_test_cases": json.dumps([test_object(problem, *case) for case in public]),
        "private_test_cases": json.dumps(private) if plain_private_tests else encode_private(private),
        "metadata": json.dumps(metadata),
    }


def build_rows():
    problems = list(stdin_problems()) + list(functional_problems())
    rows = [row_of(problem, plain_private_tests=index % 4 == 3) for index, problem in enumerate(problems)]
    assert len(rows) == 24 and sum(row["starter_code"] == "" for row in rows) == 12
    assert [sum(row["difficulty"] == d for row in rows) for d in ("easy", "medium", "hard")] == [12, 8, 4]
    assert len({row["question_id"] for row in rows}) == 24
    assert all(isinstance(value, str) for row in rows for value in row.values())
    return rows


def main():
    out = HERE / "livecodebench_v6"
    out.mkdir(exist_ok=True)
    rows = build_rows()
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (out / "test.jsonl").write_text(text, encoding="utf-8")
    print(f"livecodebench_v6/test.jsonl: {len(rows)} rows")


if __name__ == "__main__":
    main()
