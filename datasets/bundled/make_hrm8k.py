#!/usr/bin/env python3
"""Builds hrm8k/test.jsonl and checks it: problems in Korean and English in the five parts of HRM8K, with integers,
decimals and fractions as golds. Every gold stands twice: as it is published (decimal or LaTeX) and as an exact
computation; the builder stops where the two differ.
"""

import json
import math
import pathlib
import re
from fractions import Fraction

# part, Korean, English, gold, computation
PROBLEMS = [
    ("GSM8K", "민지는 사과를 하루에 3개씩 먹는다. 2주 동안 먹는 사과는 모두 몇 개인가?",
     "Minji eats 3 apples a day. How many apples does she eat in two weeks?", "42", lambda: 3 * 14),
    ("GSM8K", "한 권에 1,200원인 공책 5권을 사고 10,000원을 냈다. 거스름돈은 몇 원인가?",
     "A notebook costs 1,200 won. You buy 5 and pay with 10,000 won. How many won is the change?", "4000",
     lambda: 10000 - 5 * 1200),
    ("GSM8K", "물통에 물이 2.5리터 들어 있다. 0.75리터를 마시면 몇 리터가 남는가?",
     "A bottle holds 2.5 litres of water. You drink 0.75 litres. How many litres are left?", "1.75",
     lambda: Fraction(5, 2) - Fraction(3, 4)),
    ("MATH", r"$\sqrt{144} + 2^3$의 값을 구하시오.", r"Find the value of $\sqrt{144} + 2^3$.", "20",
     lambda: math.isqrt(144) + 2**3),
    ("MATH", r"방정식 $2x^2 - 8x + 6 = 0$의 두 근의 합을 구하시오.",
     r"Find the sum of the two roots of $2x^2 - 8x + 6 = 0$.", "4",
     lambda: sum(x for x in range(-10, 11) if 2 * x * x - 8 * x + 6 == 0)),
    ("MATH", r"$\frac{1}{2} + \frac{1}{3}$의 값을 기약분수로 나타내시오.",
     r"Write $\frac{1}{2} + \frac{1}{3}$ as a fraction in lowest terms.", r"\frac{5}{6}",
     lambda: Fraction(1, 2) + Fraction(1, 3)),
    ("OMNI_MATH", "$2^{100}$을 $7$로 나눈 나머지를 구하시오.", "Find the remainder when $2^{100}$ is divided by $7$.", "2",
     lambda: 2**100 % 7),
    ("OMNI_MATH", "1부터 1000까지의 자연수 가운데 3의 배수이거나 5의 배수인 수는 모두 몇 개인가?",
     "How many integers from 1 to 1000 are multiples of 3 or of 5?", "467",
     lambda: sum(n % 3 == 0 or n % 5 == 0 for n in range(1, 1001))),
    ("OMNI_MATH", "주사위 두 개를 던질 때 눈의 합이 7이 될 확률을 구하시오.",
     "Two dice are thrown. Find the probability that the sum is 7.", r"\frac{1}{6}",
     lambda: Fraction(sum(a + b == 7 for a in range(1, 7) for b in range(1, 7)), 36)),
    ("MMMLU", "다음 가운데 소수가 아닌 것은?\n1. 2\n2. 17\n3. 21\n4. 29",
     "Which of these is not prime?\n1. 2\n2. 17\n3. 21\n4. 29", "3",
     lambda: 1 + next(i for i, n in enumerate([2, 17, 21, 29]) if any(n % d == 0 for d in range(2, n)))),
    ("MMMLU", "집합 {1, 2, 3}의 부분집합의 개수는?\n1. 3\n2. 6\n3. 7\n4. 8",
     "How many subsets does {1, 2, 3} have?\n1. 3\n2. 6\n3. 7\n4. 8", "4", lambda: 1 + [3, 6, 7, 8].index(2**3)),
    ("MMMLU", "$\\int_0^1 2x\\,dx$의 값은?\n1. 0\n2. 1\n3. 2\n4. 3",
     "What is the value of $\\int_0^1 2x\\,dx$?\n1. 0\n2. 1\n3. 2\n4. 3", "2", lambda: 1 + [0, 1, 2, 3].index(1**2 - 0**2)),
    ("KSM", r"등차수열 $2, 5, 8, \dots$의 제20항을 구하시오.",
     r"Find the 20th term of the arithmetic sequence $2, 5, 8, \dots$.", "59", lambda: range(2, 1000, 3)[19]),
    ("KSM", r"$\log_2 32 + \log_3 \frac{1}{9}$의 값을 구하시오.", r"Find the value of $\log_2 32 + \log_3 \frac{1}{9}$.",
     "3", lambda: next(k for k in range(9) if 2**k == 32) - next(k for k in range(9) if 3**k == 9)),
    ("KSM", r"이차함수 $y = x^2 - 4x + 1$의 최솟값을 구하시오.", r"Find the minimum of $y = x^2 - 4x + 1$.", "-3",
     lambda: min(x * x - 4 * x + 1 for x in range(-20, 21))),
    ("KSM", "두 점 $(1, 2)$와 $(4, 6)$ 사이의 거리를 구하시오.", "Find the distance between $(1, 2)$ and $(4, 6)$.", "5",
     lambda: math.isqrt(3**2 + 4**2)),
]


def exact(gold):
    fraction = re.fullmatch(r"\\frac\{(\d+)\}\{(\d+)\}", gold)
    return Fraction(*map(int, fraction.groups())) if fraction else Fraction(gold)


def main():
    rows = []
    for part, korean, english, gold, compute in PROBLEMS:
        assert exact(gold) == compute(), (korean, gold, compute())
        rows.append({"question": korean, "answer": gold, "original": english, "part": part})
    assert len({row["question"] for row in rows}) == len(rows)
    out = pathlib.Path(__file__).parent / "hrm8k"
    out.mkdir(exist_ok=True)
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (out / "test.jsonl").write_text(text, encoding="utf-8")
    print(f"hrm8k/test.jsonl: {len(rows)} rows")


if __name__ == "__main__":
    main()
