#!/usr/bin/env python3
"""Builds aime26/test.jsonl and checks it. As in make_aime25.py, every answer stands twice: as a number worked out by
hand and as a brute-force computation that knows nothing of the solution.
"""

import itertools
import json
import math
import pathlib
from fractions import Fraction


def is_prime(n):
    return n > 1 and all(n % d for d in range(2, math.isqrt(n) + 1))


def reduced_sum(fraction):
    """m + n of the answer m/n in lowest terms."""
    return fraction.numerator + fraction.denominator


def walks(steps):
    """Walks of unit steps in the plane that end where they began."""
    at = {(0, 0): 1}
    for _ in range(steps):
        after = {}
        for (x, y), ways in at.items():
            for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                after[x + dx, y + dy] = after.get((x + dx, y + dy), 0) + ways
        at = after
    return at[0, 0]


PROBLEMS = [
    ("Find the number of positive divisors of $720$.", 30, lambda: sum(720 % d == 0 for d in range(1, 721))),
    ("Find the remainder when $3^{50}$ is divided by $100$.", 49, lambda: 3**50 % 100),
    ("Find the sum of all prime numbers between $10$ and $50$.", 311,
     lambda: sum(n for n in range(10, 51) if is_prime(n))),
    ("How many three-digit positive integers have digits whose product is $12$?", 15,
     lambda: sum(math.prod(map(int, str(n))) == 12 for n in range(100, 1000))),
    ("A fair coin is flipped $6$ times. The probability of exactly $3$ heads is $\\frac{m}{n}$, where $m$ and $n$ are "
     "relatively prime positive integers. Find $m + n$.", 21,
     lambda: reduced_sum(Fraction(sum(sum(f) == 3 for f in itertools.product((0, 1), repeat=6)), 64))),
    ("How many arrangements of the letters of LEVEL read the same forwards and backwards?", 2,
     lambda: sum(p == p[::-1] for p in set(itertools.permutations("LEVEL")))),
    ("Find the largest integer $n$ less than $1000$ such that $n^2 + n + 41$ is not prime and $n$ is divisible by $41$.",
     984, lambda: max(n for n in range(1, 1000) if n % 41 == 0 and not is_prime(n * n + n + 41))),
    ("How many ordered triples $(a, b, c)$ of positive integers satisfy $a + b + c = 20$?", 171,
     lambda: sum(1 for a in range(1, 19) for b in range(1, 20 - a) if 20 - a - b >= 1)),
    ("A walk of $6$ unit steps in the directions north, east, south and west begins and ends at the same point. How many "
     "such walks are there?", 400, lambda: walks(6)),
    ("Two distinct numbers are chosen at random from $1, 2, \\dots, 10$. The probability that their sum is divisible by "
     "$3$ is $\\frac{m}{n}$, where $m$ and $n$ are relatively prime positive integers. Find $m + n$.", 4,
     lambda: reduced_sum(Fraction(sum((a + b) % 3 == 0 for a, b in itertools.combinations(range(1, 11), 2)), 45))),
    ("Find the number of subsets of $\\{1, 2, \\dots, 10\\}$ that contain no two consecutive integers.", 144,
     lambda: sum(all(not (s >> i & 1 and s >> (i + 1) & 1) for i in range(9)) for s in range(1024))),
    ("Find the smallest positive integer that leaves remainder $2$ when divided by $3$, $3$ when divided by $5$ and $5$ "
     "when divided by $7$.", 68, lambda: next(n for n in range(1, 1000) if (n % 3, n % 5, n % 7) == (2, 3, 5))),
]


def main():
    rows = []
    for i, (problem, answer, compute) in enumerate(PROBLEMS):
        assert compute() == answer, (i + 1, answer, compute())
        assert 0 <= answer <= 999
        rows.append({"id": str(i + 1), "problem": problem, "answer": str(answer)})
    out = pathlib.Path(__file__).parent / "aime26"
    out.mkdir(exist_ok=True)
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (out / "test.jsonl").write_text(text, encoding="utf-8")
    print(f"aime26/test.jsonl: {len(rows)} rows")


if __name__ == "__main__":
    main()
