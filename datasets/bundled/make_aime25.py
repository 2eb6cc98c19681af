#!/usr/bin/env python3
"""Builds aime25/test.jsonl and checks it.

Every answer stands twice: as a number worked out by hand (the comment shows how, where it is not obvious) and as a
brute-force count that knows nothing of the solution; the builder stops where the two differ. Problems 1 to 12 are easy,
13 to 24 medium, 25 to 30 hard.
"""

import itertools
import json
import math
import pathlib
from fractions import Fraction


def divisors(n):
    return [d for d in range(1, n + 1) if n % d == 0]


def count(iterable):
    return sum(1 for _ in iterable)


def grid_paths(width, height, forbidden):
    """Paths from (0, 0) to (width, height) by unit steps right and up, walked one by one."""
    def walk(x, y):
        if (x, y) == forbidden or x > width or y > height:
            return 0
        if (x, y) == (width, height):
            return 1
        return walk(x + 1, y) + walk(x, y + 1)
    return walk(0, 0)


def domino_tilings(rows, columns):
    """Fills the first empty cell in both ways until none is empty."""
    def fill(cells):
        if not cells:
            return 1
        r, c = min(cells, key=lambda cell: (cell[1], cell[0]))
        total = 0
        for other in ((r + 1, c), (r, c + 1)):
            if other in cells:
                total += fill(cells - {(r, c), other})
        return total
    return fill(frozenset((r, c) for r in range(rows) for c in range(columns)))


def incentre_circumcentre_distance_squared():
    """A = (5, 12), B = (0, 0), C = (14, 0): AB = 13, BC = 14, CA = 15, in exact coordinates."""
    ax, ay, cx = 5, 12, 14
    ox = Fraction(cx, 2)
    oy = (Fraction(ax * ax + ay * ay) - 2 * ax * ox) / (2 * ay)  # equidistant from A and B
    assert ox**2 + oy**2 == (ox - ax)**2 + (oy - ay)**2 == (ox - cx)**2 + oy**2
    a, b, c = 14, 15, 13  # opposite A, B, C; the incentre is the mean of the corners with these weights
    ix, iy = Fraction(a * ax + c * cx, a + b + c), Fraction(a * ay, a + b + c)
    return (ix - ox)**2 + (iy - oy)**2


def linear_recurrence(first, second, steps):
    values = [first, second]
    while len(values) < steps:
        values.append(3 * values[-1] - values[-2])
    return values[steps - 1]


def numerator_plus_denominator(value):
    return value.numerator + value.denominator


PROBLEMS = [
    # Easy.
    ("Find the remainder when $2^{10}$ is divided by $7$.", 2, lambda: 2**10 % 7),
    ("Find the sum of the digits of $4837$.", 22, lambda: sum(map(int, "4837"))),
    ("Find the number of positive divisors of $72$.", 12, lambda: len(divisors(72))),
    ("Find the greatest common divisor of $84$ and $126$.", 42,
     lambda: max(set(divisors(84)) & set(divisors(126)))),
    ("Find the least common multiple of $12$ and $18$.", 36,
     lambda: next(n for n in itertools.count(1) if n % 12 == 0 and n % 18 == 0)),
    ("Find the sum $3 + 7 + 11 + \\cdots + 39$.", 210, lambda: sum(range(3, 40, 4))),
    ("Find the number of subsets with exactly $2$ elements of a set with $6$ elements.", 15,
     lambda: count(itertools.combinations(range(6), 2))),
    ("Find the remainder when $1234$ is divided by $9$.", 1, lambda: 1234 % 9),
    ("Find the number of integers from $1$ to $100$ that are divisible by $7$.", 14,
     lambda: count(n for n in range(1, 101) if n % 7 == 0)),
    ("Find the units digit of $3^{7}$.", 7, lambda: int(str(3**7)[-1])),
    ("Find the sum of the positive divisors of $28$.", 56, lambda: sum(divisors(28))),
    ("Find the value of $5! - 4!$.", 96,
     lambda: count(itertools.permutations(range(5))) - count(itertools.permutations(range(4)))),

    # Medium.
    # 6! / (2! 2!), as F and E stand twice.
    ("Find the number of different arrangements of the six letters of the word $\\text{COFFEE}$.", 180,
     lambda: len(set(itertools.permutations("COFFEE")))),
    # n is 17 modulo 35: 17 + 52 + 87.
    ("Find the sum of all two-digit positive integers that leave remainder $3$ when divided by $7$ and remainder $2$ when "
     "divided by $5$.", 156, lambda: sum(n for n in range(10, 100) if n % 7 == 3 and n % 5 == 2)),
    # x is a multiple of 5 from 5 to 30.
    ("Find the number of ordered pairs $(x, y)$ of positive integers such that $3x + 5y = 100$.", 6,
     lambda: count(1 for x in range(1, 101) for y in range(1, 101) if 3 * x + 5 * y == 100)),
    # From 10! on every term ends in 00: 1+2+6+24+20+20+40+20+80 = 213.
    ("Find the remainder when $1! + 2! + 3! + \\cdots + 20!$ is divided by $100$.", 13,
     lambda: sum(math.factorial(n) for n in range(1, 21)) % 100),
    # C(9,4) - C(4,2) C(5,2) = 126 - 60.
    ("An ant walks from $(0,0)$ to $(5,4)$ on the grid, each step one unit right or one unit up. Find the number of its "
     "paths that do not pass through $(2,2)$.", 66, lambda: grid_paths(5, 4, (2, 2))),
    # 15 of 36 products are multiples of 6: 5/12.
    ("Two fair six-sided dice are rolled. The probability that the product of the two numbers is a multiple of $6$ is "
     "$\\frac{m}{n}$, where $m$ and $n$ are relatively prime positive integers. Find $m + n$.", 17,
     lambda: numerator_plus_denominator(
         Fraction(count(1 for a in range(1, 7) for b in range(1, 7) if a * b % 6 == 0), 36))),
    # s^3 - 3ps = 343 - 105.
    ("Let $a$ and $b$ be the roots of $x^2 - 7x + 5 = 0$. Find $a^3 + b^3$.", 238,
     lambda: round(sum(((7 + sign * math.sqrt(29)) / 2)**3 for sign in (1, -1)), 6)),
    # Heron: area 84; inradius 84 / 21 = 4. The check takes the height 12 on the side 14, and r = 2K / perimeter.
    ("A triangle has sides $13$, $14$ and $15$. Let $K$ be its area and $r$ the radius of its inscribed circle. Find "
     "$K \\cdot r$.", 336, lambda: Fraction(14 * 12, 2) * (14 * 12) / (13 + 14 + 15)),
    # Each set of four digits from 1 to 9 gives one number: C(9,4).
    ("Find the number of four-digit positive integers whose digits are strictly increasing from left to right.", 126,
     lambda: count(n for n in range(1000, 10000) if list(str(n)) == sorted(set(str(n))))),
    # 10 = 5 x 2 and 2^4 x 3 = 48 is below 2^9.
    ("Find the smallest positive integer that has exactly $10$ positive divisors.", 48,
     lambda: next(n for n in itertools.count(1) if len(divisors(n)) == 10)),
    # 166 + 71 - 2 x 23.
    ("Find the number of integers from $1$ to $500$ that are multiples of exactly one of $3$ and $7$.", 191,
     lambda: count(n for n in range(1, 501) if (n % 3 == 0) != (n % 7 == 0))),
    # 200/5 + 200/25 + 200/125 rounded down: 40 + 8 + 1.
    ("Find the number of zeros at the end of the decimal form of $200!$.", 49,
     lambda: len(str(math.factorial(200))) - len(str(math.factorial(200)).rstrip("0"))),

    # Hard.
    # Proper 3-colourings of a cycle of 9: 2^9 - 2.
    ("Nine numbered chairs stand around a round table. Each is painted red, blue or green so that chairs next to each other "
     "have different colors. Find the number of ways to paint the chairs.", 510,
     lambda: count(1 for c in itertools.product(range(3), repeat=9) if all(c[i] != c[i - 1] for i in range(9)))),
    # F(14) = 377 subsets without neighbours; walking i = 1..12 with (last taken?, sum mod 3)
    # as the state splits them by sum modulo 3 into 128, 126 and 123.
    ("Find the number of subsets of $\\{1, 2, 3, \\ldots, 12\\}$, the empty set included, that contain no two consecutive "
     "integers and whose elements have a sum divisible by $3$.", 128,
     lambda: count(1 for mask in range(1 << 12)
                   if mask & (mask << 1) == 0 and sum(i + 1 for i in range(12) if mask >> i & 1) % 3 == 0)),
    # t(n) = 4 t(n-2) - t(n-4): 1, 3, 11, 41, 153 for n = 0, 2, 4, 6, 8.
    ("Find the number of ways to cover a $3 \\times 8$ board with twelve $1 \\times 2$ dominoes.", 153,
     lambda: domino_tilings(3, 8)),
    # For a prime with exponent e the exponents have minimum 0 and maximum e in 6e ways: 12 x 12 x 6 for 2^2 3^2 5.
    ("Find the number of ordered triples $(a, b, c)$ of positive integers whose greatest common divisor is $1$ and whose "
     "least common multiple is $180$.", 864,
     lambda: count(1 for a, b, c in itertools.product(divisors(180), repeat=3)
                   if math.gcd(a, b, c) == 1 and math.lcm(a, b, c) == 180)),
    # Euler: R (R - 2r) with R = 65/8 and r = 4, that is 65/64.
    ("In triangle $ABC$ let $AB = 13$, $BC = 14$ and $CA = 15$. The square of the distance between the center of the "
     "inscribed circle and the center of the circumscribed circle is $\\frac{m}{n}$, where $m$ and $n$ are relatively prime "
     "positive integers. Find $m + n$.", 129,
     lambda: numerator_plus_denominator(incentre_circumcentre_distance_squared())),
    # a_n = F(2n+1), as F(3) = 2, F(5) = 5 and F(m+4) = 3 F(m+2) - F(m); F has period 1500 modulo 1000, and
    # 2 x 2025 + 1 = 4051 is 1051 modulo 1500.
    ("Let $a_1 = 2$, $a_2 = 5$ and $a_{n+2} = 3a_{n+1} - a_n$ for every positive integer $n$. Find the remainder when "
     "$a_{2025}$ is divided by $1000$.", 949, lambda: linear_recurrence(2, 5, 2025) % 1000),
]


def build_rows():
    rows = []
    for index, (problem, answer, brute_force) in enumerate(PROBLEMS, start=1):
        value = brute_force()
        assert value == answer, (index, answer, value)
        assert 0 <= answer <= 999, index
        rows.append({"problem_idx": index, "problem": problem, "answer": answer})
    assert len(rows) == 30 and len({row["problem"] for row in rows}) == 30
    return rows


def main():
    out = pathlib.Path(__file__).parent / "aime25"
    out.mkdir(exist_ok=True)
    rows = build_rows()
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (out / "test.jsonl").write_text(text, encoding="utf-8")
    print(f"aime25/test.jsonl: {len(rows)} rows")


if __name__ == "__main__":
    main()
