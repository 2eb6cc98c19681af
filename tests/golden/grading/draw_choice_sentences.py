#!/usr/bin/env python3
"""Draws replies to multiple choice that name several options or deny some, with the option that they commit to by construction.

`label` is null where a reader would say that the reply commits to no single option: two letters affirmed, or letters only denied.

  draw_choice_sentences.py [SEED [ROUNDS]] > choice_sentences.jsonl

The kept file is seed 1, one round; another seed draws other sentences of the same families.
"""

import json
import random
import sys

CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩"

# {y} is the option that the sentence commits to; {a}, {b}, {c} are others. J is drawn from particles by the letter's sound in {y은} and the like.
AFFIRMED_KO = [
    "정답은 {a도} {b도} 아니고 {y}입니다.", "{a도} {b도} 아니고 {y}입니다.", "정답은 {a}, {b가} 아니라 {y}입니다.", "정답은 {a와} {b가} 아니라 {y}입니다.",
    "정답은 {a나} {b가} 아니라 {y}이다.", "정답은 {a가} 아니라 {y}입니다.", "정답은 {a가} 아닌 {y}입니다.", "정답은 {a}, {b가} 아닌 {y}이다.",
    "{a가} 아닌 {y가} 정답입니다.", "{a와} {b는} 틀렸고 {y가} 정답입니다.", "{a}, {b는} 오답이고 정답은 {y}입니다.", "정답은 {a가} 아니고, {b도} 아니며, {y}입니다.",
    "정답은 {a도} {b도} 아닌 {y}입니다.", "정답은 {a}, {b}, {c가} 아니라 {y}입니다.", "정답은 {a도}, {b도}, {c도} 아니고 {y}입니다.", "정답은 {a} 대신 {y}입니다.",
    "정답은 {a보다는} {y}입니다.", "{a는} 정답이 될 수 없고 {y가} 정답이다.", "정답은 {a일} 수 없으므로 {y}입니다.", "정답은 {a} 또는 {b가} 아니라 {y}입니다.",
    "정답: {a가} 아니라 {y}", "정답: {a}, {b가} 아니라 {y}", "정답: {y} ({a}, {b는} 오답)", "정답: {y} ({a가} 아님)", "정답은 {y}이고 {a와} {b는} 오답입니다.",
    "정답은 {y}이며 {a가} 아닙니다.", "정답은 {y}이지 {a가} 아닙니다.", "정답은 {y}입니다. {a와} {b는} 정답이 아닙니다.", "{a}, {b}, {c는} 모두 틀린 설명이므로 정답은 {y}입니다.",
    "{a는} 아니고 {b도} 아니므로 정답은 {y}이다.", "{a와} {b를} 제외하면 {y가} 정답입니다.", "{a나} {b는} 아니므로 {y가} 답이다.", "답은 {a도} {b도} 아니고 {y}이다.",
    "{a}와 {b} 중에서 고민했지만 정답은 {y}입니다.", "{a가} 정답이 아니라 {y가} 정답이다.", "{a가} 아니라 {y가} 맞습니다.", "{a도} 아니고 {b도} 아니고 {y가} 맞습니다.",
    "{a와} {b는} 옳고 {y가} 옳지 않으므로 정답은 {y}이다.", "정답은 {a가} 아닙니다. 정답은 {y}입니다.", "정답은 {a가} 아니며, 따라서 {y}입니다.", "정답은 {y} 하나뿐이며 {a나} {b는} 아닙니다.",
    "정답은 {a}번이 아니라 {y}번입니다.", "{a도} {b도} 정답이 아니다. 정답: {y}", "정답은 {a}·{b가} 아닌 {y}이다.", "정답은 ({a})도 ({b})도 아니고 ({y})입니다.",
    "**정답은 {a가} 아니라 {y}입니다.**", "정답은 {a}가 아니라 **{y}**입니다.", "올바른 답은 {a나} {b가} 아니라 {y}입니다.", "정답은 {a}, {b} 둘 다 아니고 {y}입니다.",
    "정답은 {a}와 {b} 모두 아니고 {y}입니다.", "정답은 {a}라고 착각하기 쉽지만 {y}입니다.", "정답은 {a}처럼 보이지만 {y}입니다.", "{a}를 고르기 쉽지만 정답은 {y}입니다.",
    "{a}, {b} 말고 {y가} 정답입니다.", "정답은 {a} 말고 {y}입니다.", "{a도} {b도} 아니라 {y이다}.", "따라서 {a나} {b가} 아니라 {y}입니다.", "따라서 {a가} 아니라 {y이다}.",
]
AFFIRMED_EN = [
    "The answer is neither {a} nor {b}, so {y}.", "Neither {a} nor {b}, so {y}.", "The answer is neither {a} nor {b} but {y}.", "The answer is not {a} but {y}.",
    "The answer is not {a} or {b} but {y}.", "The answer is not {a}, {b}, or {c}, but {y}.", "The answer isn't {a}; it's {y}.", "The answer is not {a}. It is {y}.",
    "Neither {a} nor {b} is correct; the answer is {y}.", "The answer is {y}, not {a}.", "The answer is {y} rather than {a}.", "The answer is {y} and not {a}.",
    "The answer is {y} (not {a} or {b}).", "The answer is {y}, not {a} or {b}.", "Rather than {a}, the answer is {y}.", "The answer is {y} instead of {a}.",
    "{a} is wrong, {b} is wrong, so the answer is {y}.", "{a} and {b} are incorrect, so the answer is {y}.", "Options {a}, {b}, and {c} are incorrect. The answer is {y}.",
    "Since {a} and {b} are false, the answer is {y}.", "The answer cannot be {a}, so it must be {y}.", "The answer can't be {a} or {b}; it must be {y}.",
    "Answer: not {a}, but {y}", "Answer: {y}, not {a}", "Answer: {y} (and not {a})", "Answer: {y} (not {a} or {b})", "**Answer:** not {a} or {b} but {y}",
    "The correct answer isn't {a} or {b}, it's {y}.", "The correct option is not {a} but {y}.", "The correct choice is {y}, since {a} and {b} are wrong.",
    "It is not {a} and not {b}; therefore {y}.", "Not {a}, not {b}, so {y}.", "The answer is neither ({a}) nor ({b}); it is ({y}).", "The answer is, instead of {a}, {y}.",
    "The answer is neither option {a} nor option {b}; it is option {y}.", "So the answer is not {a}, it is {y}.", "I considered {a} and {b}, but the answer is {y}.",
    "The answer is not {a}; rather, it is {y}.", "The answer is {y}; {a} and {b} are both wrong.", "Both {a} and {b} are false, so {y} is correct.", "The answer is {y}, as neither {a} nor {b} holds.",
    "The answer is {y} because {a} and {b} fail.", "The answer is **not {a}** but **{y}**.", "Of {a} and {b}, neither works. The answer is {y}.", "{y} is correct, not {a}.",
    "{y}, not {a}, is the correct answer.", "{a} is not the answer; {y} is the answer.", "The answer is not {a} and not {b} but {y}.", "Instead of {a} or {b}, the correct answer is {y}.",
    "The correct answer is {y}, though {a} and {b} are close.", "The answer is no longer {a}; it is {y}.", "The answer seems to be {a}, but the answer is {y}.", "The final answer is not {a}, but rather {y}.",
    "The answer is {y} over {a}.", "The answer is {y}, whereas {a} and {b} are distractors.", "The answer is not {a} nor {b} but {y}.", "Unlike {a} and {b}, the answer is {y}.",
]
NONE_KO = [
    "정답은 {a와} {b}입니다.", "정답은 {a}, {b}, {c}이다.", "정답은 {a} 또는 {b}입니다.", "정답은 {a도} {b도} 아니다.", "정답은 {a가} 아니다.", "{a와} {b} 모두 정답입니다.",
    "{a}, {b} 둘 다 맞습니다.", "{a도} {b도} 정답입니다.", "정답은 {a와} {b} 두 개입니다.", "{a} 및 {b가} 정답이다.", "{a와} {b가} 정답입니다.", "정답: {a}, {b}", "정답: {a}와 {b}",
    "정답: {a} 또는 {b}", "정답: {a}/{b}", "정답: {a} 및 {b}", "정답은 {a}이거나 {b}입니다.", "정답은 {a나} {b}이다.", "정답은 {a}, {b} 모두입니다.", "정답은 {a} 혹은 {b}이다.",
    "정답은 {a와} {b가} 아니다.", "정답은 {a}, {b가} 아니다.", "{a가} 정답이 아니다.", "{a도} {b도} 정답이 아니다.", "{a는} 정답이 될 수 없다.", "정답은 {a일} 수 없다.",
    "정답은 {a}, {b}, {c가} 아닙니다.", "{a}, {b}, {c가} 모두 정답이다.", "정답은 {a}·{b}이다.", "정답은 {a} 그리고 {b}입니다.", "정답은 {a}이고 {b도} 정답입니다.", "정답은 ({a}), ({b})입니다.",
    "정답: ({a}), ({b})", "정답은 {a}, {b} 중 하나입니다.", "정답은 {a와} {b} 중 하나이다.", "{a}와 {b} 중 하나가 정답입니다.", "정답은 {a하고} {b}이다.", "정답은 {a도} 맞고 {b도} 맞습니다.",
    "정답: {a가} 아님", "정답은 {a} 아님.", "따라서 {a와} {b이다}.", "따라서 {a}, {b}.", "**정답: {a}, {b}**", "정답: **{a}**, **{b}**", "정답: {a} & {b}", "정답: {a} 그리고 {b}",
    "{a가} 맞다고 볼 수 있다. 정답은 {a와} {b}입니다.", "정답은 {a}, {b}가 될 수 있습니다.", "정답은 {a} 아니면 {b}입니다.", "정답은 {a}이 아닌 것 같지만 확실하지 않다.",
]
NONE_EN = [
    "The answer is both {a} and {b}.", "The answer is {a} and {b}.", "{a} and {b} are correct.", "Both {a} and {b} are correct.", "The answer is either {a} or {b}.",
    "The answer is {a} or {b}.", "The answer is {a}, {b}, and {c}.", "The answer is not {a}.", "The answer is neither {a} nor {b}.", "The answer isn't {a}.", "{a} is not the answer.",
    "The answer cannot be {a}.", "Answer: {a}, {b}", "Answer: {a} and {b}", "Answer: {a} or {b}", "Answer: {a}/{b}", "Answer: {a} & {b}", "Answer: both {a} and {b}",
    "Answer: either {a} or {b}", "Answer: not {a}", "Answer: neither {a} nor {b}", "The correct answers are {a} and {b}.", "All of {a}, {b} and {c} are correct.",
    "The correct option is {a} or {b}.", "The answer is ({a}) and ({b}).", "The answer is option {a} or option {b}.", "The answer is {a} and/or {b}.", "The answer could be {a} or {b}.",
    "It is {a} or {b}.", "Either {a} or {b} is correct.", "The answer is not {a} or {b}.", "The answer is not {a}, {b}, or {c}.", "The answer is {a}, but also {b}.",
    "The answer is {a} as well as {b}.", "The answer is {a} together with {b}.", "The answer is {a} plus {b}.", "{a} is incorrect and {b} is incorrect.", "Neither {a} nor {b} is correct.",
    "The answers are {a}, {b}.", "**Answer: {a}, {b}**", "**Answer:** {a} and {b}", "{a} might fit. The answer is {a} and {b}.", "The answer is one of {a} and {b}.", "The answer is between {a} and {b}.",
    "So {a} and {b}.", "Therefore, {a} or {b}.", "\\boxed{{{a}, {b}}}", "$\\boxed{{\\text{{{a} and {b}}}}}$", "\\boxed{{{a},{b}}}", "The answer is anything but {a}.", "The answer is {a} — or {b}.",
]
# Decorations of LaTeX around a boxed letter.
BOXES = [
    r"\boxed{{\color{{red}}{{{y}}}}}", r"\boxed{{\textcolor{{blue}}{{{y}}}}}", r"\boxed{{\textcolor{{red}}{{\textbf{{{y}}}}}}}", r"\boxed{{\large {y}}}", r"\boxed{{\Large\textbf{{{y}}}}}",
    r"\boxed{{\boldsymbol{{{y}}}}}", r"\boxed{{\bm{{{y}}}}}", r"\boxed{{\pmb{{{y}}}}}", r"\boxed{{\mathsf{{{y}}}}}", r"\boxed{{\;{y}\;}}", r"\boxed{{\,\text{{{y}}}\,}}", r"\boxed{{\quad {y} \quad}}",
    r"\boxed{{\hspace{{2mm}}{y}}}", r"\boxed{{\underline{{{y}}}}}", r"\boxed{{\colorbox{{yellow}}{{{y}}}}}", r"\boxed{{\text{{({y})}}}}", r"\boxed{{\left({y}\right)}}", r"\boxed{{\mathbb{{{y}}}}}",
    r"\boxed{{\phantom{{0}}{y}}}", r"\textcolor{{red}}{{\boxed{{{y}}}}}", r"{{\color{{red}}\boxed{{{y}}}}}", r"\boxed{{{{\bf {y}}}}}", r"\boxed{{\textsc{{{y}}}}}", r"\boxed{{\textsl{{{y}}}}}",
    r"\boxed{{\ensuremath{{{y}}}}}", r"\boxed{{\Huge {y}}}", r"\boxed{{\mathfrak{{{y}}}}}", r"\boxed{{\mathscr{{{y}}}}}", r"\boxed{{\textup{{{y}}}}}", r"\boxed{{\bigl({y}\bigr)}}",
]
BOX_FRAMES = ["{}", "The answer is ${}$.", "정답은 ${}$입니다.", "정답: ${}$", "Answer: ${}$", "**Answer:** ${}$"]
LEADS_KO = ["", "", "", "해설은 이렇다.\n\n", "각 보기를 살펴보았다. ", "먼저 개념을 정리한다.\n\n### 결론\n"]
TAILS_KO = ["", "", "\n", " 이상이다."]
LEADS_EN = ["", "", "", "Let me think.\n\n", "We go through the options. ", "**Conclusion**\n\n"]
TAILS_EN = ["", "", "\n"]

# Particles that do not depend on the sound before them; of the others, the form behind a vowel and behind a consonant.
FIXED_PARTICLES = {"도", "하고", "보다는", "일", "이다"}
PARTICLES = {"은": ("는", "은"), "는": ("는", "은"), "이": ("가", "이"), "가": ("가", "이"), "을": ("를", "을"), "를": ("를", "을"), "와": ("와", "과"),
             "과": ("와", "과"), "나": ("나", "이나")}


def with_particle(name, particle, ends_in_consonant):
    if particle in FIXED_PARTICLES:
        return name + particle
    return name + PARTICLES[particle][1 if ends_in_consonant else 0]


def render(template, options, style):
    """Fills {a}, {y은} …; doubled braces are braces."""
    out, i = [], 0
    while i < len(template):
        if template.startswith("{{", i) or template.startswith("}}", i):
            out.append(template[i])
            i += 2
        elif template[i] == "{":
            end = template.index("}", i)
            slot = template[i + 1:end]
            index = options[slot[0]]
            name, ends_in_consonant = name_of(index, style)
            out.append(with_particle(name, slot[1:], ends_in_consonant) if slot[1:] else name)
            i = end + 1
        else:
            out.append(template[i])
            i += 1
    return "".join(out)


def name_of(index, style):
    digit_ends_in_consonant = (index + 1) in (1, 3, 6, 7, 8, 10)
    if style == "letter":
        return chr(ord("A") + index), False
    if style == "bracket":
        return f"({chr(ord('A') + index)})", False
    if style == "bold":
        return f"**{chr(ord('A') + index)}**", False
    if style == "number":
        return f"{index + 1}번", True
    return CIRCLED[index], digit_ends_in_consonant


def draw(seed, rounds):
    r = random.Random(seed)
    seen = set()

    def add(family, task, reply, label):
        if reply in seen:
            return
        seen.add(reply)
        row = {"family": family, "task": task, "options": 5 if task == "kmmlu_pro" else 10, "reply": reply, "label": label}
        print(json.dumps(row, ensure_ascii=False))

    def one(family, task, template, affirmed, styles, leads, tails):
        num_options = 5 if task == "kmmlu_pro" else 10
        y, a, b, c = r.sample(range(num_options), 4)
        style = "number" if "}번" in template else r.choice(styles)
        if "}번" in template:
            template = template.replace("}번", "}")
        reply = r.choice(leads) + render(template, {"y": y, "a": a, "b": b, "c": c}, style) + r.choice(tails)
        add(family, task, reply, chr(ord("A") + y) if affirmed else None)

    for _ in range(rounds):
        for _ in range(3):
            for template in AFFIRMED_KO:
                one("affirmed_ko", "kmmlu_pro", template, True, ["letter", "letter", "number", "circled", "bold"], LEADS_KO, TAILS_KO)
            for template in NONE_KO:
                one("none_ko", "kmmlu_pro", template, False, ["letter", "letter", "number", "circled"], LEADS_KO, TAILS_KO)
            for template in AFFIRMED_EN:
                one("affirmed_en", "mmlu_pro", template, True, ["letter", "letter", "bracket", "bold"], LEADS_EN, TAILS_EN)
            for template in NONE_EN:
                one("none_en", "mmlu_pro", template, False, ["letter", "letter", "bracket"], LEADS_EN, TAILS_EN)
        for template in BOXES:
            y = r.randrange(5)
            box = render(template, {"y": y}, "letter")
            add("decorated_box", r.choice(["kmmlu_pro", "mmlu_pro"]), r.choice(BOX_FRAMES).replace("{}", box), chr(ord("A") + y))


if __name__ == "__main__":
    draw(int(sys.argv[1]) if len(sys.argv) > 1 else 1, int(sys.argv[2]) if len(sys.argv) > 2 else 1)
