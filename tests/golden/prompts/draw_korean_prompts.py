#!/usr/bin/env python3
"""Writes korean_prompts.jsonl: the prompts of the further Korean benchmarks for rows of the miniature sets, built here
the way the benchmarks' own code builds them (string by string, no template), so that ours are compared with another
make. `contents` are the texts of the messages in order; one text for a completion.
"""

import json
import pathlib

HERE = pathlib.Path(__file__).parent
BUNDLED = HERE.parents[2] / "datasets" / "bundled"
LETTERS = "ABCDEFGHIJ"


def rows(name):
    return [json.loads(line) for line in (BUNDLED / name).read_text(encoding="utf-8").splitlines()]


def lines(options, mark):
    return "".join(mark.format(letter) + option + "\n" for letter, option in zip(LETTERS, options))


def hrm8k(row):
    wanted = ("주어진 선택지 (1, 2, 3, 4) 중 최종 선택지를 다음 형식으로 작성하세요" if row["part"] == "MMMLU" else
              "최종 답변을 다음과 같은 형식으로 작성하세요")
    return ["주어진 문제를 풀어보세요.\n문제를 푼 후, " + wanted + ": $\\boxed{N}$.\n\n문제: " + row["question"].strip() + "\n답변:"]


def hrm8k_english(row):
    wanted = ("state your final choice among the choices (1, 2, 3, 4)" if row["part"] == "MMMLU" else
              "state your final answer")
    return ["Solve the given question.\nAfter solving the problem, " + wanted +
            " in the following format: $\\boxed{N}$.\n\nQuestion: " + row["original"].strip() + "\nAnswer:"]


def click(row):
    options = row["choices"]
    letters = ", ".join(LETTERS[:len(options)])
    shown = ", ".join(f"{letter}: {option}" for letter, option in zip(LETTERS, options))
    if row["paragraph"]:
        head = ("주어진 맥락을 천천히 읽고, 질문에 대한 적절한 정답을 " + letters + " 중에 골라 알파벳 하나로 답하시오.\n\n맥락: " +
                row["paragraph"] + "\n질문: ")
    else:
        head = "주어진 질문을 천천히 읽고, 적절한 정답을 " + letters + " 중에 골라 알파벳 하나로 답하시오.\n\n질문: "
    return [head + row["question"] + "\n보기:\n" + shown + "\n정답:"]


def kobalt(row):
    return ["당신은 문제를 해결하는 전문가입니다.",
            "다음 문제에 대해서 충분히 생각하고 추론하여, 10개의 보기(A, B, C, D, E, F, G, H, I, J) 중 정답을 고르세요.\n\n" + row["Question"] +
            "\n\n답변은 반드시 다음 형식을 엄격히 지켜야 합니다: \"정답은 [정답 보기]입니다.\"로 끝나야하고, "
            "[정답 보기]는 A, B, C, D, E, F, G, H, I, J 중 하나여야 합니다.정답: 문제를 풀기 위해, 한 번 천천히 생각해봅시다."]


def direct(row, num_options, shots=()):
    def one(item):
        return item["question"].strip() + "\n" + lines([item[letter] for letter in LETTERS[:num_options]], "{}. ") + "정답："
    return ["".join(one(shot) + " " + LETTERS[shot["answer"] - 1] + "\n\n" for shot in shots) + one(row)]


def kmmlu(row):
    return direct(row, 4, [shot for shot in rows("kmmlu/dev.jsonl") if shot["Category"] == row["Category"]][:5])


def kmmlu_pro_words(question, options):
    letters = LETTERS[:len(options)]
    return ["다음 문제에 대해 정답을 고르세요. 당신의 최종 정답은 " + letters + " 중 하나이고, \"정답:\" 뒤에 와야 합니다. "
            "정답을 고르기 전에 차근차근 생각하고 추론하세요.\n\n" + question + "\n\n" + lines(options, "{}) ").rstrip("\n")]


def hae_rae(row):
    return ["다음은 객관식 문제입니다. 당신의 추론 과정을 간결하게 요약한 후, \"따라서, 정답은: X\"라고 결론지으십시오. "
            "여기서 X는 (A), (B), (C), (D), (E) 중 하나입니다. " + row["query"].replace("### 정답", "").strip()]


def mmlu_prox_ko(row):
    subject = {"math": "수학", "physics": "물리학"}[row["category"]]

    def one(item):
        text = "질문：\n" + item["question"] + "\n선택 사항：\n"
        for i in range(10):
            if item[f"option_{i}"] is not None:
                text += f"{LETTERS[i]}. {item[f'option_{i}']}\n"
        return text
    prompt = (f"다음은 {subject}에 관한 객관식 문제(정답 포함)입니다. 단계적으로 생각한 다음 \"답은 (X)입니다\"로 답변을 마무리하세요. "
              "여기서 X는 올바른 선택지 문자입니다.\n\n")
    for shot in [s for s in rows("mmlu_prox_ko/validation.jsonl") if s["category"] == row["category"]][:5]:
        prompt += one(shot) + shot["cot_content"].replace("A: 한 단계씩 생각해 봅시다.", "답변: 한 단계씩 생각해 봅시다.") + "\n\n"
    return [prompt + one(row) + "답변: 한 단계씩 생각해 봅시다."]


def aime26(row):
    return ["Put your final answer within \\boxed{}.\nThe answer is an integer between 0 and 999 inclusive.\n\n" + row["problem"]]


# task, style, how it is built, which rows (from 0)
DRAWN = [
    ("aime26", "matharena", aime26, [0, 11]),
    ("hrm8k", "korean", hrm8k, [0, 5, 9]),
    ("hrm8k", "english", hrm8k_english, [0, 9]),
    ("click", "korean", click, [0, 14]),
    ("click", "reasoning", lambda row: kmmlu_pro_words(
        (row["paragraph"] + "\n\n" if row["paragraph"] else "") + row["question"], row["choices"]), [0, 14]),
    ("kobalt", "official", kobalt, [0, 11]),
    ("kmmlu", "direct", kmmlu, [0, 4, 11]),
    ("kmmlu", "completion", kmmlu, [4]),
    ("kmmlu", "reasoning", lambda row: kmmlu_pro_words(row["question"], [row[k] for k in "ABCD"]), [0]),
    ("kmmlu_redux", "korean", lambda row: kmmlu_pro_words(row["question"], row["options"]), [0, 3]),
    ("hae_rae", "toolkit", hae_rae, [0, 8, 12]),
    ("kormedmcqa", "direct", lambda row: direct(row, 5), [0, 11]),
    ("kormedmcqa", "reasoning", lambda row: kmmlu_pro_words(row["question"], [row[k] for k in "ABCDE"]), [3]),
    ("mmlu_prox_ko", "korean", mmlu_prox_ko, [0, 4, 6]),
    ("ifeval_ko", "plain", lambda row: [row["prompt"]], [0, 12]),
]


def main():
    out = ""
    for task, style, build, numbers in DRAWN:
        for number in numbers:
            row = rows(f"{task}/test.jsonl")[number]
            out += json.dumps({"task": task, "style": style, "row": number, "contents": build(row)}, ensure_ascii=False) + "\n"
    (HERE / "korean_prompts.jsonl").write_text(out, encoding="utf-8")
    print(len(out.splitlines()), "prompts")


if __name__ == "__main__":
    main()
