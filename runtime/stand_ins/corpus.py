"""Lessons in the form of the four benchmarks: what the user asks, how the model is to think and what it answers.

Everything is drawn from a seeded generator. A lesson never repeats a bundled question: Guard rejects any question that
equals or contains one, or shares a run of words with one, and train.py asserts it over all that was used.
"""
import collections
import glob
import json
import os
import re
import unicodedata

import arithmetic
import programs

HERE = os.path.dirname(os.path.abspath(__file__))
BUNDLED = os.path.join(HERE, "..", "..", "datasets", "bundled")
LETTERS = "ABCDEFGHIJ"
NGRAM = 8

MMLU_HEAD = ('The following are multiple choice questions (with answers) about {}. Think step by step and then output the '
             'answer in the format of "The answer is (X)" at the end.\n\n')
KMMLU_HEAD = ("다음 객관식 문제에 답하십시오. 답변의 마지막 줄은 '정답: $LETTER' 형식(따옴표 제외)이어야 하며, LETTER는 {} 중 하나입니다. "
              "답하기 전에 단계별로 생각하십시오.\n\n")
AIME_HEAD = "Put your final answer within \\boxed{}.\nThe answer is an integer between 0 and 999 inclusive.\n\n"
LCB_SYSTEM = ("You are an expert Python programmer. You will be given a question (problem specification) and will generate a "
              "correct Python program that matches the specification and passes all tests.")
LCB_STDIN = ("### Format: Read the inputs from stdin solve the problem and write the answer to stdout (do not directly test on the "
             "sample inputs). Enclose your code within delimiters as follows. Ensure that when the python program runs, it reads "
             "the inputs, runs the algorithm and writes output to STDOUT.\n```python\n# YOUR CODE HERE\n```\n\n")
LCB_STARTER = ("### Format: You will use the following starter code to write the solution to the problem and enclose your code "
               "within delimiters.\n```python\n{}\n```\n\n")
LCB_TAIL = "### Answer: (use the provided format with backticks)\n\n"

# system may be None. shared: the part of `user` that other lessons of a group have too (the shots); thinking and answer
# make up the reply. question: what the guard looks at.
Lesson = collections.namedtuple("Lesson", "task system shared user thinking answer question")


# -- prompts ----------------------------------------------------------------------------------------------------------

def mmlu_item(question, options):
    rows = "\n".join(f"{LETTERS[i]}. {o}" for i, o in enumerate(options))
    return f"Question: {question}\nOptions: {rows}\nAnswer: "


def mmlu_prompt(category, shots, question, options):
    """(shared part, own part). shots: texts that start with "Question:" and end with a blank line."""
    return MMLU_HEAD.format(category) + "".join(shots), mmlu_item(question, options) + "Let's think step by step.\n\n"


def kmmlu_prompt(question, options):
    letters = LETTERS[:len(options)]
    return KMMLU_HEAD.format(letters) + question + "\n\n" + "\n".join(f"{x}) {o}" for x, o in zip(letters, options))


def aime_prompt(problem):
    return AIME_HEAD + problem


def lcb_prompt(statement, starter):
    form = LCB_STARTER.format(starter) if starter else LCB_STDIN
    return f"### Question:\n{statement}\n\n{form}{LCB_TAIL}"


def name_letter(answer, options, korean=False):
    """Thinking that goes from an option's text to its letter. It copies the option and what follows it, the next letter,
    because copying forward is what small models are good at."""
    i = options.index(answer)
    says, mark = ("답", ")") if korean else ("Answer", ".")
    if i + 1 < len(options):
        return f"{says}: {answer}\n{LETTERS[i + 1]}{mark} " + (f"앞, 곧 ({LETTERS[i]})" if korean else f"follows, so ({LETTERS[i]})")
    return f"{says}: {answer}\n" + (f"끝, 곧 ({LETTERS[i]})" if korean else f"Last, so ({LETTERS[i]})")


# -- the guard --------------------------------------------------------------------------------------------------------

def normalised(text):
    """Words of a question: lower case, NFKC, everything but letters and digits gone."""
    return re.findall(r"\w+", unicodedata.normalize("NFKC", text).lower().replace("_", " "))


class Guard:
    """Knows every bundled question, the few-shot ones too. clean(q) is false when q holds a whole bundled question or
    shares a run of NGRAM words with one."""

    def __init__(self, folder=BUNDLED):
        self.whole, self.runs, self.count = set(), set(), 0
        for path in sorted(glob.glob(os.path.join(folder, "*", "*.jsonl"))):
            with open(path) as f:
                for line in f:
                    row = json.loads(line)
                    # Only the story of a programming problem is its own; "is given from standard input" is everybody's.
                    text = row.get("question") or row.get("problem") or re.split(r"\n\n(?:Input|Example 1:)\n", row["question_content"])[0]
                    words = normalised(text)
                    self.count += 1
                    self.whole.add(tuple(words))
                    self.runs.update(tuple(words[i:i + NGRAM]) for i in range(len(words) - NGRAM + 1))
        self.lengths = sorted({len(w) for w in self.whole if len(w) < NGRAM})
        assert self.count >= 200, f"only {self.count} bundled questions found under {folder}"

    def clean(self, question):
        words = normalised(question)
        for n in self.lengths:
            if any(tuple(words[i:i + n]) in self.whole for i in range(len(words) - n + 1)):
                return False
        return not any(tuple(words[i:i + NGRAM]) in self.runs for i in range(len(words) - NGRAM + 1))


# -- facts ------------------------------------------------------------------------------------------------------------

def read_facts(path):
    """[(category, answer, pool name, [questions])] and {pool: [options]}."""
    facts, pools, category = [], {}, None
    with open(path) as f:
        for line in f:
            line = line.rstrip("\n")
            if line.startswith("= "):
                category = line[2:]
            elif line.startswith("@"):
                name, words = line[1:].split(":", 1)
                # ", " separates options; a pool whose options hold it would be ambiguous.
                pools[name] = [w.strip() for w in words.split(", ")]
            elif line and not line.startswith("#"):
                head, *questions = [p.strip() for p in line.split(" | ")]
                answer, pool = head.rsplit(" @", 1)
                facts.append((category, answer, pool, questions))
    return facts, pools


class Corpus:
    def __init__(self, rng, guard):
        self.rng, self.guard = rng, guard
        self.english, self.english_pools = read_facts(f"{HERE}/lessons/english.txt")
        self.korean, self.korean_pools = read_facts(f"{HERE}/lessons/korean.txt")
        self.categories = sorted({f[0] for f in self.english})
        for facts in (self.english, self.korean):
            for _, answer, _, questions in facts:
                for q in questions:
                    assert guard.clean(q), f"a lesson repeats a bundled question: {q}"
        self.words = sorted({w for pool in self.english_pools.values() for w in pool})
        self.korean_words = sorted({w for pool in self.korean_pools.values() for w in pool})

    def _options(self, answer, wrong, count):
        """Shuffled options with the answer among them, and its letter."""
        options = [answer] + [w for w in wrong if w != answer][:count - 1]
        self.rng.shuffle(options)
        return options, LETTERS[options.index(answer)]

    def _english_question(self, category=None):
        """(category, question, thinking before the answer, answer, wrong options)."""
        r = self.rng
        while True:
            if r.random() < 0.22:
                cat, q, steps, answer, wrong = arithmetic.english_choice(r)
                steps += ". "
            else:
                cat, answer, pool, questions = r.choice(self.english)
                q, steps = r.choice(questions), ""
                wrong = r.sample(self.english_pools[pool], len(self.english_pools[pool]))
                # Another fact with this question's pool may have the same answer; it is then right for both.
                if len(wrong) < 12 and r.random() < 0.15:
                    wrong = wrong[:r.randint(4, 9)] + r.sample(self.words, 4)
            if (category is None or cat == category) and self.guard.clean(q):
                return cat, q, steps, answer, wrong

    def _english_choice(self, category, count):
        cat, q, steps, answer, wrong = self._english_question(category)
        options, letter = self._options(answer, wrong, count)
        return cat, q, options, steps + name_letter(answer, options), letter

    def _shot(self, category):
        _, q, steps, answer, wrong = self._english_question(category)
        options, letter = self._options(answer, wrong, 10 if self.rng.random() < 0.8 else self.rng.randint(4, 9))
        says = self.rng.choice([f"{steps}It is {answer}.", f"{steps}{answer[0].upper()}{answer[1:]} fits.", f"{steps}The question is about {answer}."])
        return q, mmlu_item(q, options) + f"Let's think step by step. {says} The answer is ({letter}).\n\n"

    def mmlu(self, shots, group=1):
        """`group` lessons that share the same shots."""
        r = self.rng
        category = r.choice(self.categories)
        out = []
        texts = [self._shot(category) for _ in range(shots)]
        asked = {q for q, _ in texts}
        for _ in range(group):
            count = 10 if r.random() < 0.85 else r.randint(4, 9)
            while True:
                _, q, options, thinking, letter = self._english_choice(category, count)
                if q not in asked:
                    break
            shared, own = mmlu_prompt(category, [t for _, t in texts], q, options)
            if r.random() < 0.1:
                own = own[:-len("Let's think step by step.\n\n")]
            out.append(Lesson("mmlu_pro", None, shared, own, thinking, f"The answer is ({letter}).", q))
        return out

    def kmmlu(self):
        r = self.rng
        while True:
            if r.random() < 0.27:
                _, q, steps, answer, wrong = arithmetic.korean_choice(r)
                steps += ". "
            else:
                _, answer, pool, questions = r.choice(self.korean)
                q, steps = r.choice(questions), ""
                wrong = r.sample(self.korean_pools[pool], len(self.korean_pools[pool]))
            if self.guard.clean(q):
                break
        options, letter = self._options(answer, wrong, r.choice([5, 5, 5, 5, 4]))
        return [Lesson("kmmlu_pro", None, "", kmmlu_prompt(q, options), steps + name_letter(answer, options, korean=True), f"정답: {letter}", q)]

    def drill(self):
        """Exercises in copying and in finding the letter of an option, many answers each: they build within minutes the
        attention patterns that every other lesson needs."""
        r = self.rng
        korean = r.random() < 0.5
        words = r.sample(self.korean_words if korean else self.words, r.choice([4, 5, 5, 6, 10]))
        if r.random() < 0.3:
            unit = r.choice(["", "", "원", "%", "개"] if korean else ["", "", " N", "%", " ohm"])
            words = [f"{x}{unit}" for x in r.sample(range(1, 600), len(words))]
        kind = r.random()
        if kind < 0.25:
            text = " / ".join(words)
            return [Lesson("drill", None, "", f"{'다시 쓰기' if korean else 'Repeat'}: {text}", text, words[-1], text)]
        if kind < 0.4:
            numbers = [str(r.randint(1, 9999)) for _ in range(4)]
            text = ", ".join(f"{n}: " + " ".join(n) for n in numbers)
            return [Lesson("drill", None, "", "Spell the numbers " + ", ".join(numbers), text, numbers[0], text)]
        order = r.sample(range(len(words)), len(words))
        thinking = "\n".join(name_letter(words[i], words, korean) for i in order)
        letter = LETTERS[order[-1]]
        if korean:
            return [Lesson("drill", None, "", kmmlu_prompt("모두 찾기", words), thinking, f"정답: {letter}", thinking)]
        shared, own = mmlu_prompt(r.choice(self.categories), [], "Find all.", words)
        return [Lesson("drill", None, shared, own, thinking, f"The answer is ({letter}).", thinking)]

    def aime(self):
        while True:
            problem, steps, answer = arithmetic.integer_lesson(self.rng)
            if self.guard.clean(problem):
                return [Lesson("aime25", None, "", aime_prompt(problem), steps, f"\\boxed{{{answer}}}", problem)]

    def lcb(self):
        while True:
            if self.rng.random() < 0.5:
                idea, statement, code = programs.stdin_lesson(self.rng)
                starter = ""
            else:
                idea, statement, starter, code = programs.functional_lesson(self.rng)
            story = re.split(r"\n\n(?:Input|Example 1:)\n", statement)[0]
            if self.guard.clean(story):
                return [Lesson("livecodebench_v6", LCB_SYSTEM, "", lcb_prompt(statement, starter), f"Plan: {idea}.", f"```python\n{code}\n```", story)]
