#!/usr/bin/env python3
"""Hold the exact integer rule of `jangwon grade aime25` and the extraction of programs against rules in Python.

    integer_rule.py JANGWON [COUNT [SEED]]

Replies to integer problems are put together from a number and decorations that the rule takes or does not take, so that what must be
read is known from the making. Replies with programs are drawn from fences and lines, and held against the checker's rule about the last
two lines with a fence (these are few: each is also run).
"""
import json
import random
import subprocess
import sys

import extraction_official

TAKEN = ["{n}", " {n} ", "0{n}", "00{n}", "{n}.", "{n}.0", "{n}.000", "${n}$", "\\({n}\\)", "{{{n}}}", "~{n}\\,", "\\;{n}\\!", "\\text{{{n}}}", "\\mathrm{{{n}}}",
         "\\mathbf{{{n}}}", "\\textbf{{{n}}}", "\\text{{ {n} }}", "{n}^\\circ", "{n}^{{\\circ}}", "{n}°", "x={n}", "x = {n}", "N={n}", "m+n={n}", "m + n = {n}", "\\frac{{{d}}}{{2}}",
         "\\dfrac{{{d}}}{{2}}", "\\tfrac{{{d}}}{{2}}", "{d}/2", "\\frac{{{n}}}{{1}}", "{n}\\text{{ units}}", "{n}\\ \\text{{cm}}", "{n}\\%", "{n}, {n}", "\n{n}\n", "+{n}", "\\mathbf {n}",
         "\\left({n}\\right)", "\\displaystyle {n}", "**{n}**", "{n}개", "{wide}", "\\text{{answer}}={n}", "S_n={n}", "f(3)={n}", "a_{{2}} = {n}", "\\boxed{{{n}}}", "\\mathbf{{{n}}}\\text{{.}}"]
SPOILED = ["{n}, {m}", "{n} and {m}", "{n} \\text{{ or }} {m}", "{n}.5", "\\frac{{{odd}}}{{2}}", "\\frac{{{n}}}{{0}}", "{n}\\pi", "{n}\\sqrt{{2}}", "\\sqrt{{{n}}}", "{n}^2", "{n}x", "x", "\\text{{none}}", "{n} \\times 10",
           "{n}!", "2^{{{n}}}", "{n}_7", "{n}+{m}", "{n}-1", "\\pm {n}", "{n}:{m}", "({n},{m})", "1.{n}e3", "{n}i", "\\approx {n}", "{n}\\ldots", "{n} \\cdot {m}", "\\log {n}", "{odd}/2"]
BOXES = ["\\boxed{{{x}}}", "\\fbox{{{x}}}", "$\\boxed{{{x}}}$", "$$\\boxed{{{x}}}$$", "\\[\\boxed{{{x}}}\\]", "\\boxed {{{x}}}", "**\\boxed{{{x}}}**", "The final answer is: $\\boxed{{{x}}}$. I hope it is correct.", "정답: \\boxed{{{x}}}"]
SENTENCES = ["The final answer is {n}.", "final answer is {n}", "Final Answer: {n}", "**Final Answer:** {n}", "The final answer is ${n}$.", "The final answer is **{n}**.", "the final answer is: {n}", "최종 답: {n}", "최종 정답: {n}", "The final answer is \\({n}\\)."]
PROSE = ["So we get 12 cases.", "Let x = 5.", "\\[ x^2 = 9 \\]", "Thus $n = 7$.", "모두 3가지이다.", "(a) 4", "{ }", "\\frac{1}{2}", "The answer was 17 before.", "**Step 2**", "} {", "\\box{3}", "5", "\\boxedx"]
BEHIND = ["", "", "\n", " ", ".", "\n\nI am sure.", " Q.E.D.", "\n\nThere are 4 others.", "$"]


def make_reply(rng):
    """A reply and the integer in it, None where there is none."""
    n, m = rng.randrange(0, 1000), rng.randrange(1000, 2000)
    values = dict(n=n, m=m, d=2 * n, odd=2 * n + 1, wide="".join(chr(0xff10 + int(c)) for c in str(n)))
    prose = [rng.choice(PROSE) for _ in range(rng.randrange(0, 4))]
    if rng.random() < 0.2:
        prose.append("\\boxed{%d}" % m)  # an earlier box, which the last one replaces
    if rng.random() < 0.1:
        prose.insert(0, "<think>first I thought \\boxed{1}\nfinal answer is 2</think>")
    kind = rng.random()
    if kind < 0.5:
        end, answer = rng.choice(BOXES).format(x=rng.choice(TAKEN).format(**values)), n
    elif kind < 0.75:
        end, answer = rng.choice(BOXES).format(x=rng.choice(SPOILED).format(**values)), None
    elif kind < 0.8:
        end, answer = "\\boxed %d" % n, n
    else:
        prose = [part for part in prose if "\\boxed{" not in part or part.startswith("<think>")]
        end, answer = rng.choice(SENTENCES).format(n=n), n
        if rng.random() < 0.3:
            end, answer = "I cannot tell.", None
    return "\n".join(prose + [end]) + rng.choice(BEHIND), answer


def is_integer(text):
    return text is not None and text.lstrip("-").isdigit()


def hold_integers(jangwon, rng, count):
    replies = [make_reply(rng) for _ in range(count)]
    answers = extraction_official.grade(jangwon, ["aime25", "-"], [
        {"id": i, "output": text, "target": 7} for i, (text, _) in enumerate(replies)])
    wrong = 0
    for i, (text, expected) in enumerate(replies):
        found = answers.get(i, "no row")
        same = found == str(expected) if expected is not None else not is_integer(found)
        if not same:
            wrong += 1
            if wrong <= 30:
                print(f"integer: {found!r} instead of {expected} in {text!r}")
    print(f"integers: {count - wrong} of {count}")
    return wrong


def hold_programs(jangwon, rng, count):
    texts = ["".join(rng.choice(extraction_official.FENCES) for _ in range(rng.randrange(0, 14))) for _ in range(count)]
    rows = [{"id": i, "output": text, "inputs": [""], "outputs": ["1"]} for i, text in enumerate(texts)]
    result = subprocess.run([jangwon, "grade", "livecodebench_v6", "-"], capture_output=True,
                            input="".join(json.dumps(row) + "\n" for row in rows).encode())
    answers = {row["id"]: row["answer"] for row in map(json.loads, result.stdout.split(b"\n")[:-1])}
    wrong = 0
    for i, text in enumerate(texts):
        # No program and a blank one are the same to the checker, and a reply without a program to us.
        expected, found = extraction_official.code(text), answers.get(i, "no row")
        if (found or "") != (expected if expected.strip(" \t\r\n") else ""):
            wrong += 1
            print(f"program: {found!r} instead of {expected!r} in {text!r}")
    print(f"programs: {count - wrong} of {count}")
    return wrong


def main():
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 20000
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    wrong = hold_integers(sys.argv[1], rng, count) + hold_programs(sys.argv[1], rng, count // 20)
    sys.exit(wrong != 0)


if __name__ == "__main__":
    main()
