#!/usr/bin/env python3
"""Builds mmlu_prox_ko/test.jsonl and validation.jsonl and checks them.

Ten options in ten columns, as in MMLU-ProX; a question with fewer has null in the last ones. Every gold is computed, and
the wrong options are drawn around it. The validation split holds five shots a category, each with its chain of thought.
"""

import json
import math
import pathlib
import random
from fractions import Fraction

from multiple_choice import gold_positions

MATH, PHYSICS = "math", "physics"
LETTERS = "ABCDEFGHIJ"

# category, question, gold, how it is computed again, options
TEST = [
    (MATH, "x + 7 = 15일 때 x의 값은?", 8, lambda: 15 - 7, 8),
    (MATH, "1부터 10까지 자연수의 합은?", 55, lambda: sum(range(1, 11)), 10),
    (MATH, "반지름이 3인 원의 넓이를 π로 나눈 값은?", 9, lambda: 3**2, 10),
    (MATH, "서로 다른 책 4권을 한 줄로 꽂는 방법의 수는?", 24, lambda: math.factorial(4), 10),
    (MATH, "2의 10제곱을 7로 나눈 나머지는?", 2, lambda: 2**10 % 7, 7),
    (MATH, "함수 f(x) = x² + 3x의 x = 2에서의 미분계수는?", 7, lambda: 2 * 2 + 3, 10),
    (PHYSICS, "질량이 2 kg인 물체에 10 N의 알짜힘이 작용할 때 가속도의 크기는 몇 m/s²인가?", 5, lambda: 10 // 2, 10),
    (PHYSICS, "정지해 있던 물체가 3 m/s²로 4초 동안 가속하면 속력은 몇 m/s인가?", 12, lambda: 3 * 4, 10),
    (PHYSICS, "진동수가 50 Hz인 파동의 주기는 몇 ms인가?", 20, lambda: 1000 // 50, 10),
    (PHYSICS, "질량이 3 kg인 물체가 4 m/s로 움직일 때 운동 에너지는 몇 J인가?", 24, lambda: 3 * 4**2 // 2, 10),
    (PHYSICS, "10 Ω인 저항 두 개를 병렬로 연결하면 합성저항은 몇 Ω인가?", 5, lambda: 1 / (Fraction(1, 10) * 2), 10),
    (PHYSICS, "200 N의 힘으로 물체를 힘의 방향으로 6 m 옮길 때 한 일은 몇 J인가?", 1200, lambda: 200 * 6, 10),
]

# category, question, gold, how it is computed again, the thought
VALIDATION = [
    (MATH, "3 × 14의 값은?", 42, lambda: 3 * 14, "3 × 14 = 30 + 12 = 42입니다."),
    (MATH, "가로가 5, 세로가 8인 직사각형의 둘레는?", 26, lambda: 2 * (5 + 8), "둘레는 2 × (5 + 8) = 26입니다."),
    (MATH, "60의 양의 약수의 개수는?", 12, lambda: sum(60 % d == 0 for d in range(1, 61)),
     "60 = 2² × 3 × 5이므로 약수는 3 × 2 × 2 = 12개입니다."),
    (MATH, "정육각형의 한 내각은 몇 도인가?", 120, lambda: 180 * 4 // 6, "내각의 합은 180 × 4 = 720도이고, 720 ÷ 6 = 120도입니다."),
    (MATH, "1부터 6까지 자연수의 합은?", 21, lambda: sum(range(1, 7)), "6 × 7 ÷ 2 = 21입니다."),
    (PHYSICS, "72 km/h는 몇 m/s인가?", 20, lambda: 72 * 1000 // 3600, "72 × 1000 ÷ 3600 = 20입니다."),
    (PHYSICS, "중력 가속도가 10 m/s²일 때 질량이 5 kg인 물체의 무게는 몇 N인가?", 50, lambda: 5 * 10, "5 × 10 = 50입니다."),
    (PHYSICS, "12 V 전지에 4 Ω인 저항을 연결하면 전류는 몇 A인가?", 3, lambda: 12 // 4, "옴의 법칙으로 12 ÷ 4 = 3입니다."),
    (PHYSICS, "파장이 2 m이고 진동수가 170 Hz인 소리의 속력은 몇 m/s인가?", 340, lambda: 2 * 170, "2 × 170 = 340입니다."),
    (PHYSICS, "일률이 60 W인 장치가 10초 동안 한 일은 몇 J인가?", 600, lambda: 60 * 10, "60 × 10 = 600입니다."),
]


def options_around(gold, count, position, rng):
    near = {gold + d for d in (-3, -2, -1, 1, 2, 3, 4, 5, 6)} | {gold * 2, gold * 3, gold // 2, gold * 10}
    wrong = rng.sample(sorted(value for value in near if value >= 0 and value != gold), count - 1)
    options = wrong[:position] + [gold] + wrong[position:]
    assert options[position] == gold and len(set(options)) == count
    return options


def rows_of(items, counts, first_id, seed):
    rng = random.Random(seed)
    rows = []
    for i, (item, count, position) in enumerate(zip(items, counts, gold_positions(counts, seed + 1))):
        category, question, gold, compute = item[:4]
        assert compute() == gold, question
        options = [str(option) for option in options_around(gold, count, position, rng)]
        row = {"question_id": first_id + i, "question": question}
        for k in range(10):
            row[f"option_{k}"] = options[k] if k < count else None
        thought = ""
        if isinstance(item[4], str):
            thought = f"A: 한 단계씩 생각해 봅시다. {item[4]} 답은 ({LETTERS[position]})입니다."
        row |= {"answer": LETTERS[position], "answer_index": position, "cot_content": thought, "category": category,
                "src": "mini"}
        rows.append(row)
    assert len({row["question"] for row in rows}) == len(rows)
    return rows


def main():
    out = pathlib.Path(__file__).parent / "mmlu_prox_ko"
    out.mkdir(exist_ok=True)
    splits = {"test": rows_of(TEST, [item[4] for item in TEST], 100, 91),
              "validation": rows_of(VALIDATION, [10] * len(VALIDATION), 0, 95)}
    for name, rows in splits.items():
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (out / f"{name}.jsonl").write_text(text, encoding="utf-8")
        print(f"mmlu_prox_ko/{name}.jsonl: {len(rows)} rows")


if __name__ == "__main__":
    main()
