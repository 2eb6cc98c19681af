#!/usr/bin/env python3
"""Hold the official extraction of `jangwon grade` against Python's re module, on real replies and on mutations of them.

    extraction_official.py JANGWON DATA [COUNT [SEED]]

DATA is a folder of real data as tests that read JANGWON_DATA know it. COUNT (default 20,000) mutated replies are drawn for each of
MMLU-Pro and KMMLU-Pro in both languages, half as many for programs. Compared are the answers themselves.
"""
import csv
import glob
import gzip
import json
import random
import re
import subprocess
import sys

PIECES = ["answer is ", "answer is (", "The answer is ", "Answer: ", "answer:", "nswer:", "Answer:\n", "ANSWER: ", "Anſwer: ", "answer", "is", "(", ")", "정답",
          "정답:", "정답 : ", "정답：", "정답은 ", ":", ": ", "A", "B", "C", "D", "E", "F", "J", "K", "a", "e", "I", " A ", "\nB\n", "(C)", "\n", "\n\n", " ", "\t",
          "\v", "\f", "\r", "\x1c", "\x1f", "\x85", "\u2028", "\u3000", "\xa0", "\u200b", "는", "입니다", "é", "É", "_", "**", "`", "$\\boxed{A}$", "1", "①", "Ａ", "\u0301",
          "A\u0301", "😀", "²", "ª", "ͅ", "\0", "\ufeff", ".", "K", "İ", "ß", "A의", "_B", "C_", "C1", "-D-", "정", "답"]
FENCES = ["```", "```python\n", "```python", "```py\n", "\n```\n", "\n```", "~~~", "    ```\n", "````", "``", "`", "print(1)\n", "import sys\n", "\n", "\r\n", "text ",
          "x = '```'\n", "\u2028", "\x85", "\v", "1. item\n", "   ```python\n", "def f():\n    return 1\n", "```\n```\n", " ", "```c++\n"]


def mmlu_pro(text):
    for pattern in (r"answer is \(?([A-J])\)?", r".*[aA]nswer:\s*([A-J])"):
        if found := re.search(pattern, text):
            return found.group(1)
    found = re.search(r"\b[A-J]\b(?!.*\b[A-J]\b)", text, re.DOTALL)
    return found and found.group(0)


def kmmlu_pro(text):
    found = re.findall(r"(?i)정답[^A-E]*:[^A-E]*([A-E])", text)
    return found[-1].upper() if found else None


def kmmlu_pro_english(text):
    found = re.findall(r"(?i)Answer[^A-E]*: [^A-E]*([A-E])", text)
    return found[-1].upper() if found else None


def code(text):
    lines = text.split("\n")
    fences = [i for i, line in enumerate(lines) if "```" in line]
    return "\n".join(lines[fences[-2] + 1:fences[-1]]) if len(fences) > 1 else ""


def mutate(rng, text, pieces):
    text = text[-rng.randrange(1, 900):] if rng.random() < 0.7 else text[:rng.randrange(1, 900)]
    for _ in range(rng.randrange(0, 12)):
        at = rng.randrange(len(text) + 1)
        kind = rng.randrange(6)
        if kind == 0:
            text = text[:at] + text[at + rng.randrange(1, 20):]
        elif kind == 1:
            end = at + rng.randrange(1, 60)
            text = text[:at] + text[at:end] * 2 + text[end:]
        elif kind == 2:
            text = text[:at] + text[at:at + 20].swapcase() + text[at + 20:]
        else:
            text = text[:at] + "".join(rng.choice(pieces) for _ in range(rng.randrange(1, 5))) + text[at:]
    return text


def real_replies(data):
    mmlu, kmmlu = [], []
    for path in sorted(glob.glob(data + "/mmlu_pro/outputs/*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            mmlu += [json.loads(line)["output"] or "" for line in lines]
    for path in sorted(glob.glob(data + "/kmmlu/outputs/*.csv")):
        with open(path, encoding="utf-8", newline="") as lines:
            kmmlu += [row["response"] for row in csv.DictReader(lines)]
    return mmlu, kmmlu


def grade(jangwon, arguments, rows):
    result = subprocess.run([jangwon, "grade", *arguments, "--mode", "official"], capture_output=True,
                            input="".join(json.dumps(row) + "\n" for row in rows).encode())
    return {row["id"]: row["answer"] for row in map(json.loads, result.stdout.split(b"\n")[:-1])}


def hold(title, jangwon, arguments, rule, texts, row_of):
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    answers = grade(jangwon, arguments, [row_of(i, text) for i, text in enumerate(texts)])
    wrong = 0
    for i, text in enumerate(texts):
        expected = rule(text)
        if answers.get(i, "no row") != expected:
            wrong += 1
            if wrong <= 5:
                print(f"{title}: {answers.get(i, 'no row')!r} instead of {expected!r} in {text[-300:]!r}")
    print(f"{title}: {len(texts) - wrong} of {len(texts)}")
    return wrong


def letters(i, text):
    return {"id": i, "output": text, "target": "A"}


def program(i, text):
    return {"id": i, "output": text, "inputs": [], "outputs": []}


def main():
    jangwon, data = sys.argv[1:3]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 20000
    rng = random.Random(int(sys.argv[4]) if len(sys.argv) > 4 else 1)
    mmlu, kmmlu = real_replies(data)
    short = [text for text in mmlu if len(text) < 2000]  # the expressions of the original are quadratic
    # Half of the draws end in an empty reply or in pieces alone.
    draw = [mutate(rng, rng.choice(short if i % 3 else kmmlu) if i % 5 else "x", PIECES) for i in range(count)]
    wrong = hold("real MMLU-Pro", jangwon, ["mmlu_pro", "-"], mmlu_pro, short, letters)
    wrong += hold("real KMMLU", jangwon, ["kmmlu_pro", "-"], kmmlu_pro, kmmlu, letters)
    wrong += hold("MMLU-Pro", jangwon, ["mmlu_pro", "-"], mmlu_pro, draw, letters)
    wrong += hold("KMMLU-Pro", jangwon, ["kmmlu_pro", "-"], kmmlu_pro, draw, letters)
    wrong += hold("KMMLU-Pro in English", jangwon, ["kmmlu_pro", "-", "--language", "en"], kmmlu_pro_english, draw, letters)
    sys.exit(wrong != 0)


if __name__ == "__main__":
    main()
