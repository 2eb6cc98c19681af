#!/usr/bin/env python3
"""Draws replies to competition problems whose answer is known by construction.

A sentence is a marker of the final answer or a box, an expression around the number and a tail, each chosen at random; the
number is drawn first. `answer` is null where a reader would say that the reply gives no single integer.

  draw_integer_sentences.py [SEED [ROUNDS]] > integer_sentences.jsonl

The kept file is seed 1, one round; another seed draws other sentences of the same families.
"""

import json
import random
import sys

MARKERS_EN = [
    "The final answer is ", "Final answer: ", "Final Answer: ", "**Final Answer:** ", "**Final Answer**: ",
    "**Final Answer**\n\n", "### Final Answer\n", "## Final Answer:\n\n", "Therefore, the final answer is ",
    "So the final answer is: ", "Thus our final answer is ", "FINAL ANSWER: ", "Final answer = ", "Final answer - ",
    "Hence the final answer should be ", "The final answer is therefore ", "The final answer is simply ",
    "The final answer to the problem is ", "This gives a final answer of ", "The final answer would be ",
    "> **Final answer:** ", "- Final answer: ", "The final answer equals ", "The final answer comes out to ",
    "The final answer, then, is ", "Final answer → ", "Final answer\n",
]
MARKERS_KO = [
    "최종 답: ", "최종 답은 ", "최종 정답: ", "최종 정답은 ", "**최종 답:** ", "**최종 답**: ", "## 최종 답\n", "### 최종 정답\n\n",
    "따라서 최종 답은 ", "최종답: ", "최종답은 ", "최종 답안: ", "최종 답안은 ", "최종 답변: ", "그러므로 최종 정답은 ", "최종 답 = ",
    "최종 답： ", "최종 답은 다음과 같습니다: ", "최종 답은 바로 ", "최종 답 → ", "최종적으로 최종 답은 ",
]
COPULAS = ["입니다.", "이다.", "입니다", "임.", "이 된다.", "이 됩니다.", "이에요."]
TAILS_EN = ["", ".", ".", "!", ".\n\nI checked 3 small cases.", ".\n\n---\nThere were 12 cases in all.", " ✅",
            " (as required).", ".\n\n12 of the 40 cases were symmetric."]
TAILS_KO = ["", "\n\n경우는 모두 12가지였다.", "\n\n(3번 검산했다.)", " ✅"]


class Draw:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.rows = []

    def pick(self, things):
        return self.random.choice(things)

    def number(self, low=2, high=999):
        return self.random.randint(low, high)

    def add(self, family, reply, answer):
        self.rows.append({"family": family, "reply": reply, "answer": None if answer is None else str(answer)})


def arithmetic(d):
    """(expression, value): a line of arithmetic that ends in its value, and forms that begin with it."""
    a, b, c = d.number(2, 300), d.number(2, 300), d.number(2, 300)
    k, m = d.number(2, 30), d.number(2, 30)
    low, high = min(a, b), max(a, b) + 1
    total = a + b
    forms = [
        (f"{a} + {b} = {total}", total), (f"{a} + {b} + {c} = {a + b + c}", a + b + c), (f"{a}+{b}={total}", total),
        (f"{k} × {m} = {k * m}", k * m), (f"{k} * {m} = {k * m}", k * m), (f"{k}*{m} = {k * m}", k * m),
        (f"{k} · {m} = {k * m}", k * m), (f"{k} x {m} = {k * m}", k * m), (f"{k}·{m} = {k * m}", k * m),
        (f"{high} - {low} = {high - low}", high - low), (f"{high} − {low} = {high - low}", high - low),
        (f"{high} – {low} = {high - low}", high - low), (f"{high}-{low} = {high - low}", high - low),
        (f"{k * m} / {k} = {m}", m), (f"{k * m} ÷ {k} = {m}", m), (f"{k * m}/{k} = {m}", m),
        (f"{k}^2 + {a} = {k * k + a}", k * k + a), (f"{k}² + {a} = {k * k + a}", k * k + a),
        (f"2^5 + {a} = {32 + a}", 32 + a), (f"2⁵ + {a} = {32 + a}", 32 + a), (f"5! + {a} = {120 + a}", 120 + a),
        (f"√{k * k} = {k}", k), (f"{1000 * k + a} mod 1000 = {a}", a), (f"{1000 * k + a} ≡ {a} (mod 1000)", a),
        (f"{k} × ({a} + {b}) = {k * total}", k * total), (f"({a} + {b}) · {k} = {k * total}", k * total),
        (f"m + n = {a} + {b} = {total}", total), (f"m+n = {total}", total), (f"p + q + r = {total}", total),
        (f"N = {a}", a), (f"S = {a} + {b} = {total}", total), (f"f({k}) = {a}", a), (f"|S| = {a}", a),
        (f"x_1 + x_2 = {a} + {b} = {total}", total), (f"C({k + 2}, 2) = {(k + 2) * (k + 1) // 2}", (k + 2) * (k + 1) // 2),
        (f"m/n = {a}/{b}, so m + n = {total}", total), (f"{a} + {b} => {total}", total), (f"{a} + {b} → {total}", total),
        (f"1,000 - {low} = {1000 - low}", 1000 - low), (f"{total} = {a} + {b}", total), (f"{total} (= {a} + {b})", total),
        (f"{total} ({a} + {b})", total), (f"{a} + {b} = {total}°", total), (f"{a} (mod 1000)", a),
        (f"{a} + {b} = {total} + 0 = {total}", total), (f"{k} × {m} + {a} = {k * m} + {a} = {k * m + a}", k * m + a),
        (f"{a}", a), (f"{a}°", a), (f"{a}.0", a), (f"0{a % 100:02d}", a % 100), (f"−{a}", -a), (f"-{a}", -a),
    ]
    return d.pick(forms)


def latex_arithmetic(d):
    a, b = d.number(2, 300), d.number(2, 300)
    k, m = d.number(2, 30), d.number(2, 30)
    forms = [
        (f"{a} + {b} = {a + b}", a + b), (rf"{k} \times {m} = {k * m}", k * m), (rf"{k} \cdot {m} = {k * m}", k * m),
        (f"m + n = {a} + {b} = {a + b}", a + b), (rf"\frac{{{k * m}}}{{{k}}} = {m}", m), (f"{a}", a), (f"{{{a}}}", a),
        (rf"\sqrt{{{k * k}}} = {k}", k), (f"2^{{5}} + {a} = {32 + a}", 32 + a), (rf"{1000 * k + a} \equiv {a} \pmod{{1000}}", a),
        (rf"{1000 * k + a} \bmod 1000 = {a}", a), (rf"\binom{{{k + 2}}}{{2}} = {(k + 2) * (k + 1) // 2}", (k + 2) * (k + 1) // 2),
        (rf"{a} + {b} \implies {a + b}", a + b), (f"a_{{1}} + a_{{2}} = {a + b}", a + b), (rf"\lfloor {a}.5 \rfloor = {a}", a),
        (f"N={a}", a), (rf"{a}^\circ", a), (rf"\angle ABC = {a}^{{\circ}}", a), (rf"{k} \cdot {m} + {a} = {k * m + a}", k * m + a),
    ]
    return d.pick(forms)


FORMULA_FRAMES = ["${}$", r"\({}\)", "$${}$$", r"\[{}\]", "$$\n{}\n$$", "\\[\n{}\n\\]", "$ {} $", "\\[\n\\begin{{aligned}}\n{}\n\\end{{aligned}}\n\\]",
                  "\n\n\\[\n{}\n\\]", "\n$${}$$\n"]


def english_words(d):
    a, b = d.number(2, 300), d.number(2, 300)
    k, m = d.number(2, 30), d.number(2, 30)
    s = a + b
    forms = [
        (f"{a} plus {b} equals {s}", s), (f"{a} plus {b}, which is {s}", s), (f"the sum of {a} and {b}, which is {s}", s),
        (f"{a} + {b}, which equals {s}", s), (f"{a} + {b}, i.e. {s}", s), (f"{a} + {b}, that is, {s}", s),
        (f"{a} + {b}, giving {s}", s), (f"{k} times {m}, or {k * m}", k * m), (f"{k} times {m} is {k * m}", k * m),
        (f"{s}, since {a} + {b} = {s}", s), (f"{s} because {a} + {b} = {s}", s), (f"{s}, not {s + 1}", s),
        (f"not {s + 1} but {s}", s), (f"{s} rather than {s + 1}", s), (f"{s}, as {a} + {b} = {s}", s),
        (f"{s} after adding {a} and {b}", s), (f"{s} for all {k} cases", s), (f"{s}, the sum of {a} and {b}", s),
        (f"{s} (since {a} + {b} = {s})", s), (f"{s} (not {s + 1})", s), (f"{s}, and we are done", s),
        (f"{s} ways", s), (f"{s} degrees", s), (f"{s} square units", s), (f"exactly {s}", s), (f"equal to {s}", s),
        (f"given by {a} + {b} = {s}", s), (f"the integer {s}", s), (f"the number {s}", s), (f"obtained as {a} + {b} = {s}", s),
        (f"found by adding {a} and {b}: {s}", s), (f"{a} minus {b} is {a - b}", a - b),
        (f"{s}, so we are done", s), (f"{s}; the other root {b} is rejected", s), (f"m + n where m = {a} and n = {b}, so {s}", s),
        (f"m + n = {s}, where m = {a} and n = {b}", s), (f"{s} with m = {a} and n = {b}", s),
    ]
    return d.pick(forms)


def korean_words(d):
    a, b = d.number(2, 300), d.number(2, 300)
    k, m = d.number(2, 30), d.number(2, 30)
    s = a + b
    e = d.pick(COPULAS)
    forms = [
        (f"{a} 더하기 {b}는 {s}{e}", s), (f"{a}와 {b}의 합인 {s}{e}", s), (f"{a}와 {b}를 더한 {s}{e}", s),
        (f"{a}에 {b}를 더한 값인 {s}{e}", s), (f"{k}와 {m}를 곱한 {k * m}{e}", k * m), (f"{a + b}에서 {b}를 뺀 {a}{e}", a),
        (f"{a} + {b}이므로 {s}{e}", s), (f"{a} + {b}, 즉 {s}{e}", s), (f"{a} + {b} 즉 {s}{e}", s),
        (f"m = {a}, n = {b}이므로 m + n = {s}{e}", s), (f"{s}(= {a} + {b}){e}", s), (f"{s}입니다. ({a} + {b} = {s})", s),
        (f"{s}이며, 이는 {a} + {b}이다.", s), (f"{s + 1}이 아니라 {s}{e}", s), (f"{s + 1}이 아닌 {s}{e}", s),
        (f"{s}{e} {s + 1}이 아니다.", s), (f"{a} + {b} = {s}{e}", s), (f"m+n = {a}+{b} = {s}{e}", s),
        (f"총 {s}가지{e}", s), (f"모두 {s}개{e}", s), (f"{s}도{e}", s), (f"{k} × {m} = {k * m}{e}", k * m),
        (f"{a}와 {b}를 더하여 {s}{e}", s), (f"{a}+{b}를 계산하면 {s}{e}", s), (f"정수 {s}{e}", s), (f"{s}{e}", s),
        (f"{a}에 {b}를 더하면 {s}{e}", s), (f"{s}으로 계산됩니다.", s), (f"{s}라고 할 수 있습니다.", s), (f"약수의 합 {s}{e}", s),
        (f"{a} 빼기 {b}는 {a - b}{e}", a - b), (f"{k} 곱하기 {m}은 {k * m}{e}", k * m), (f"{s}(도){e}", s),
        (f"m + n의 값인 {s}{e}", s), (f"{a} + {b}의 값 {s}{e}", s), (f"1000으로 나눈 나머지인 {a}{e}", a),
        (f"{1000 * k + a}를 1000으로 나눈 나머지인 {a}{e}", a), (f"{1000 * k + a}을 1000으로 나눈 나머지 {a}{e}", a),
    ]
    return d.pick(forms)


NONE_EN = ["{a} or {b}", "either {a} or {b}", "{a} and {b}", "{a}, {b}", "between {a} and {b}", "less than {a}", "more than {a}",
           "at least {a}", "at most {a}", "greater than {a}", "not {a}", "unknown", "an integer between 0 and 999", "{a} + {b}",
           "{k}/{p}", r"$\sqrt{{{p}}}$", "{a}x", "2^{k}", "{a}²", "{a}.5", "approximately {a}.4", "{a} ± 1", "≥ {a}", "≤ {a}",
           "{a}½", "{a} to {b}", "{a}–{b}", "{a} or maybe {b}", "neither {a} nor {b}", "both {a} and {b}", "{a}/{b} or {b}/{a}",
           "$x > {a}$", "one of {a}, {b}", "possibly {a} or {b}", "not determined by the {a} equations",
           "hard to find after {a} steps", "still missing; I tried {a} cases", "the set {{{a}, {b}}}", "m = {a}, n = {b}",
           "{a}π", "{a}√2", "{a}:{b}", "{a} × {b}", "{a} · {b}", "${a} \\cdot {b}$", "{a}i", "{a} + {b}i"]
NONE_KO = ["{a} 또는 {b}입니다.", "{a}이나 {b}입니다.", "{a}과 {b}입니다.", "{a}이 아닙니다.", "{a}보다 큽니다.", "{a} 이상입니다.",
           "{a} 이하이다.", "{a} 미만이다.", "{a} 초과입니다.", "알 수 없습니다.", "0 이상 999 이하의 정수입니다.",
           "{a}에서 {b} 사이입니다.", "{a}, {b}입니다.", "{a} 혹은 {b}이다.", "{a}이거나 {b}이다.", "{a}도 {b}도 아니다.",
           "{a} + {b}입니다.", "{k}/{p}입니다.", "약 {a}.4입니다.", "{a}π입니다.", "{a}:{b}이다.", "{a}보다 작은 수이다.",
           "{a}단계로는 구할 수 없습니다.", "{a} 및 {b}이다.", "{a}과 {b} 둘 다이다.", "{a}의 배수이다.", "{a}부터 {b}까지이다."]

# {} is the number; what stands around it decorates and nothing else.
DECORATIONS = [
    r"\mathbf{{{}}}", r"\textbf{{{}}}", r"\boldsymbol{{{}}}", r"\bm{{{}}}", r"\pmb{{{}}}", r"{{\bf {}}}", r"\bf {}", r"{{\bfseries {}}}",
    r"\color{{red}}{{{}}}", r"\color{{red}} {}", r"{{\color{{blue}} {}}}", r"\textcolor{{blue}}{{{}}}", r"\textcolor[rgb]{{1,0,0}}{{{}}}",
    r"\color[rgb]{{0.2,0.4,1}}{{{}}}", r"\textcolor[HTML]{{FF0000}}{{{}}}", r"\color{{#FF0000}}{{{}}}", r"\colorbox{{yellow}}{{{}}}",
    r"\colorbox{{yellow}}{{${}$}}", r"\fcolorbox{{red}}{{yellow}}{{{}}}", r"\bbox[yellow]{{{}}}", r"\bbox[5px, border: 2px solid red]{{{}}}",
    r"\large {}", r"\Large{{{}}}", r"\LARGE {}", r"\huge {}", r"\Huge{{{}}}", r"\normalsize {}", r"\small {}", r"\footnotesize {}",
    r"\tiny {}", r"\scriptsize {}", r"\displaystyle {}", r"\textstyle {}", r"\scriptstyle {}", r"\fontsize{{12}}{{14}}\selectfont {}",
    r"\mathrm{{{}}}", r"\mathit{{{}}}", r"\mathsf{{{}}}", r"\mathtt{{{}}}", r"\mathcal{{{}}}", r"\mathbb{{{}}}", r"\mathfrak{{{}}}",
    r"\mathscr{{{}}}", r"\mathnormal{{{}}}", r"\texttt{{{}}}", r"\textsf{{{}}}", r"\textsc{{{}}}", r"\textsl{{{}}}", r"\textit{{{}}}",
    r"\textup{{{}}}", r"\textmd{{{}}}", r"\textrm{{{}}}", r"\text{{{}}}", r"\text{{ {} }}", r"\rm {}", r"{{\rm {}}}", r"{{\it {}}}", r"\sf {}", r"\tt {}",
    r"\underline{{{}}}", r"\underline{{\underline{{{}}}}}", r"\uline{{{}}}", r"\hl{{{}}}", r"\emph{{{}}}", r"\mathop{{{}}}", r"\mathord{{{}}}",
    r"\ensuremath{{{}}}", r"\raisebox{{2pt}}{{{}}}", r"\scalebox{{1.5}}{{{}}}", r"\resizebox{{2cm}}{{1cm}}{{{}}}", r"\makebox[2cm]{{{}}}",
    r"\framebox{{{}}}", r"\mbox{{{}}}", r"\hbox{{{}}}", r"\fbox{{{}}}", r"\centering {}", r"\phantom{{0}}{}", r"{}\phantom{{00}}", r"\hphantom{{0}} {}",
    r"\vphantom{{2^5}} {}", r"\hspace{{2mm}}{}", r"\hspace*{{3pt}} {}", r"\hskip 5pt {}", r"\kern 3pt {}", r"\mkern3mu {}", r"\mspace{{3mu}}{}",
    r"\,{}\,", r"\;{}\;", r"\: {}", r"\!{}\!", r"\ {}\ ", r"~{}~", r"\quad {} \quad", r"\qquad{}", r"\enspace {}", r"\thinspace {}",
    r"\medspace {}", r"\thickspace {}", r"\negthinspace {}", r"\space {}", r"\hfill {}", r"\strut {}", r"\mathstrut {}", r"\rule{{0pt}}{{2.5ex}} {}",
    r"\left({}\right)", r"\bigl({}\bigr)", r"\Big({}\Big)", r"\left\{{{}\right\}}", r"\begin{{array}}{{c}}{}\end{{array}}",
    r"\begin{{aligned}}{}\end{{aligned}}", r"\begin{{matrix}} {} \end{{matrix}}", r"\begin{{gathered}} {} \end{{gathered}}", r"\enclose{{circle}}{{{}}}",
    r"\textcircled{{{}}}", r"\href{{https://example.org/7}}{{{}}}", r"\class{{result-1}}{{{}}}", r"\style{{color:red;font-size:120%}}{{{}}}",
    r"\cssId{{step2}}{{{}}}", r"\htmlClass{{a1}}{{{}}}", r"\tag*{{}} {}", r"\boldmath {}", r"\unboldmath{}", r"\noindent {}", r"\mathbin{{{}}}", r"\mathrel{{{}}}",
    r"\vspace{{2mm}} {}", r"\operatorname{{{}}}", r"\smash{{{}}}", r"\llap{{}}{}", r"\mathclose{{{}}}", r"\mathopen{{}}{}\mathclose{{}}", r"\cancel{{7}} {}",
    r"{{{{{}}}}}", r"\textnormal{{{}}}", r"\textbf{{\textit{{{}}}}}", r"\mathbf{{\color{{red}}{{{}}}}}", r"\color{{red}}{{\mathbf{{{}}}}}",
    r"\Large\textbf{{{}}}", r"\color{{green}}\large\mathbf{{{}}}", r"\textcolor{{red}}{{\textbf{{{}}}}}", r"\boxed{{{}}}", r"**{}**",
    r"\text{{Answer: }}{}", r"\textbf{{Answer: }}\mathbf{{{}}}", r"x = \color{{red}}{{{}}}", r"m+n = \mathbf{{{}}}", r"\definecolor{{c}}{{rgb}}{{1,0,0}}\color{{c}}{}",
]
BOX_FRAMES = [r"\boxed{{{}}}", r"$\boxed{{{}}}$", r"\[\boxed{{{}}}\]", r"The answer is $\boxed{{{}}}$.", r"정답은 $\boxed{{{}}}$입니다.",
              "$$\n\\boxed{{{}}}\n$$", r"**Final Answer:** $\boxed{{{}}}$", r"\fbox{{{}}}", r"So we get $\boxed{{ {} }}$ after 12 steps.",
              r"따라서 $\boxed{{{}}}$이다. 검산은 3번 했다."]
AROUND_BOX = [r"{{\color{{red}}\boxed{{{}}}}}", r"\textcolor{{red}}{{\boxed{{{}}}}}", r"\color{{blue}}{{\boxed{{{}}}}}", r"\large\boxed{{{}}}",
              r"\mathbf{{\boxed{{{}}}}}", r"\underline{{\boxed{{{}}}}}", r"\boxed{{\boxed{{{}}}}}", r"\boxed\text{{{}}}", r"\boxed \mathbf{{{}}}",
              r"\boxed{{}} so \boxed{{{}}}", r"\boxed\textbf{{{}}}", r"\boxed  {{{}}}", r"\boxed\color{{red}}{{{}}}"]
NOT_BOXED = [r"\color{{red}}{{{a}}}, \color{{blue}}{{{b}}}", r"\mathbf{{{a}}} \text{{ or }} \mathbf{{{b}}}", r"\mathbf{{{a}.5}}", r"\cancel{{{a}}}",
             r"\color{{red}}{{\sqrt{{{p}}}}}", r"\mathbf{{{a}}}^2", r"\color{{red}} {a} x", r"\frac{{\mathbf{{{k}}}}}{{{p}}}", r"\large {a}\pi",
             r"\text{{none of the }}{a}", r"\mathbf{{\le {a}}}", r"\color{{red}}{{}}", r"\hspace{{{a}mm}}", r"\phantom{{{a}}}", r"\textbf{{no answer}}",
             r"\mathbf{{{a}}} + \mathbf{{{b}}}", r"\geq {a}", r"{a} \pm 1", r"{a}!", r"{a} \cdot {b}", r"\binom{{{p}}}{{2}}"]


def draw(seed, rounds):
    d = Draw(seed)
    for _ in range(rounds):
        for marker in MARKERS_EN:
            for _ in range(4):
                expression, value = arithmetic(d)
                head, equals, last = expression.rpartition(" = ")
                if equals and d.random.random() < 0.25:
                    expression = d.pick(["{} = **{}**", "{} = ${}$", "{} = `{}`", "{} = __{}__", "${}$ = ${}$", "{}\n= {}"]).format(head, last)
                d.add("arithmetic_en", marker + expression + d.pick(TAILS_EN), value)
            expression, value = latex_arithmetic(d)
            d.add("formula_en", marker + d.pick(FORMULA_FRAMES).format(expression) + d.pick(TAILS_EN), value)
            for _ in range(2):
                expression, value = english_words(d)
                d.add("words_en", marker + expression + d.pick(TAILS_EN[:5]), value)
        for marker in MARKERS_KO:
            for _ in range(4):
                expression, value = arithmetic(d)
                ending = d.pick(COPULAS) if d.random.random() < 0.5 and expression[-1].isdigit() else ""
                d.add("arithmetic_ko", marker + expression + ending + d.pick(TAILS_KO), value)
            expression, value = latex_arithmetic(d)
            d.add("formula_ko", marker + d.pick(FORMULA_FRAMES).format(expression) + d.pick(["", "입니다.", "이다."]) + d.pick(TAILS_KO), value)
            for _ in range(3):
                expression, value = korean_words(d)
                d.add("words_ko", marker + expression + d.pick(TAILS_KO[:3]), value)
        primes = [3, 5, 7, 11, 13, 17, 19, 23]
        for templates, markers, family in ((NONE_EN, MARKERS_EN, "none_en"), (NONE_KO, MARKERS_KO, "none_ko")):
            for template in templates:
                a = d.number(40, 900)
                values = {"a": a, "b": a + d.number(1, 60), "k": d.pick([2, 4, 8, 16]), "p": d.pick(primes)}
                d.add(family, d.pick(markers) + template.format(**values), None)
        for decoration in DECORATIONS:
            value = d.number(0, 999)
            content = decoration.format(value)
            d.add("decorated_box", d.pick(BOX_FRAMES).format(content), value)
            if "boxed" not in decoration and "fbox" not in decoration:
                d.add("decorated_line", d.pick(MARKERS_EN[:5] + MARKERS_KO[:5]) + d.pick([r"${}$", r"\({}\)", "$${}$$"]).format(content), value)
        for frame in AROUND_BOX:
            value = d.number(0, 999)
            d.add("around_box", "So " + frame.format(value), value)
        for template in NOT_BOXED:
            a = d.number(40, 900)
            content = template.format(a=a, b=a + 7, k=d.pick([2, 4, 8]), p=d.pick(primes))
            d.add("none_box", d.pick(BOX_FRAMES[:3]).format(content), None)
        for _ in range(6):
            a, b = d.number(2, 400), d.number(2, 400)
            d.add("corrected", f"Final answer: {a}. Wait, that is wrong.\n\nFinal answer: {b} + {a} = {a + b}", a + b)
            d.add("corrected", f"최종 답: {a}. 다시 보니 틀렸다.\n\n최종 답은 {b} + {a} = {a + b}입니다.", a + b)
            d.add("corrected", f"The final answer is {a} + {b} = {a + b}. I hope that the final answer is correct.", a + b)
    seen = set()
    for row in d.rows:
        if row["reply"] in seen:
            continue
        seen.add(row["reply"])
        print(json.dumps(row, ensure_ascii=False))


if __name__ == "__main__":
    draw(int(sys.argv[1]) if len(sys.argv) > 1 else 1, int(sys.argv[2]) if len(sys.argv) > 2 else 1)
