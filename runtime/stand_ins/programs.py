"""Programming lessons: small problem families in our own words, each with the program that solves it.

A family has several statements, a generator of inputs and a program. Sample outputs are worked out by running the
program, so a lesson cannot contradict itself. Names of functions and parameters are drawn at random, because what a
model must learn about them is to copy them from the starter code.
"""

WORDS = ("sun moon star tree leaf bird fish rain snow wind rock sand lake road milk rice salt soup cake lamp door desk book "
         "ring bell coat shoe hand foot gold iron wood corn pear plum fox cat dog owl bee ant cow hen pig bat").split()
PALINDROMES = ["noon", "radar", "civic", "rotor", "kayak", "deed", "peep", "abba", "xyzzyx", "s"]


def _numbers(rng, low=1, high=6, spread=30):
    return [rng.randint(-spread, spread) for _ in range(rng.randint(low, high))]


def _word(rng):
    return rng.choice(WORDS) if rng.random() < 0.6 else "".join(rng.choice("abcdeiouxyz") for _ in range(rng.randint(1, 7)))


def _row(values):
    return " ".join(map(str, values))


def _list_input(rng):
    a = _numbers(rng)
    return f"{len(a)}\n{_row(a)}"


def _list_with_k(rng):
    a = [rng.randint(0, 9) for _ in range(rng.randint(2, 6))]
    return f"{len(a)} {rng.randint(2, 14)}\n{_row(a)}"


def _brackets(rng):
    return "".join(rng.choice(["()", "[]", "{}", "([])", "{()}", "(]", "[", "}", "([)]"]) for _ in range(rng.randint(1, 4)))


def _maze(rng):
    h, w = rng.randint(2, 4), rng.randint(2, 4)
    grid = [[rng.choice("..#") for _ in range(w)] for _ in range(h)]
    grid[0][0] = grid[-1][-1] = "."
    return f"{h} {w}\n" + "\n".join("".join(r) for r in grid)


def _segments(rng):
    n = rng.randint(1, 4)
    rows = []
    for _ in range(n):
        left = rng.randint(-10, 20)
        rows.append(f"{left} {left + rng.randint(1, 9)}")
    return f"{n}\n" + "\n".join(rows)


# name of the idea (it becomes the thinking), statements, input format, output line, constraint, generator, program
STDIN = [
    ("add two integers",
     ["Two integers {A} and {B} stand on one line. Output their sum.", "Read {A} and {B} and write the value of {A} + {B}.",
      "You get two whole numbers. Add them and print the result.", "Compute the sum of the integers {A} and {B}."],
     "{A} {B}", "The sum.", "-10^9 <= {A}, {B} <= 10^9", lambda r: f"{r.randint(-50, 99)} {r.randint(-50, 99)}",
     "a, b = map(int, input().split())\nprint(a + b)"),
    ("multiply two integers",
     ["Two integers {A} and {B} stand on one line. Output their product.", "Read {A} and {B} and write the value of {A} * {B}.",
      "Compute the product of the integers {A} and {B}."],
     "{A} {B}", "The product.", "-10^9 <= {A}, {B} <= 10^9", lambda r: f"{r.randint(-9, 20)} {r.randint(-9, 20)}",
     "a, b = map(int, input().split())\nprint(a * b)"),
    ("subtract two integers",
     ["Two integers {A} and {B} stand on one line. Output their difference.", "Read {A} and {B} and write {A} - {B}."],
     "{A} {B}", "The difference.", "-10^9 <= {A}, {B} <= 10^9", lambda r: f"{r.randint(-9, 60)} {r.randint(-9, 60)}",
     "a, b = map(int, input().split())\nprint(a - b)"),
    ("reverse the string",
     ["Write the string {S} backwards.", "A word {S} is given. Output its letters in reverse order.",
      "Read a string of small letters and print the reversed string.", "Turn {S} around, so that its last letter comes first."],
     "{S}", "The word backwards.", "1 <= |{S}| <= 100", _word, "print(input()[::-1])"),
    ("upper case",
     ["Write the string {S} in capital letters.", "A word {S} of lowercase letters is given. Output it in upper case."],
     "{S}", "The word in capitals.", "1 <= |{S}| <= 100", _word, "print(input().upper())"),
    ("length of the string",
     ["Write how many letters the string {S} has.", "A word {S} is given. Output its length."],
     "{S}", "The length.", "1 <= |{S}| <= 100", _word, "print(len(input()))"),
    ("stack of brackets",
     ["The string {S} holds the brackets ( ) [ ] { }. Output Yes if every bracket is closed in the right order, else No.",
      "Check whether the brackets of {S}, of three kinds ()[]{}, are balanced. Write Yes or No.",
      "A text of brackets (), [] and {} is balanced when all of them match. Decide whether {S} is balanced: Yes or No."],
     "{S}", "Yes or No.", "1 <= |{S}| <= 200", _brackets,
     "s = input().strip()\npair = {')': '(', ']': '[', '}': '{'}\nstack = []\nok = True\nfor c in s:\n    if c in '([{':\n"
     "        stack.append(c)\n    elif stack and stack[-1] == pair[c]:\n        stack.pop()\n    else:\n        ok = False\n"
     "print('Yes' if ok and not stack else 'No')"),
    ("maximum of the list",
     ["A list of {N} integers is given. Output the maximum.", "Find the biggest of the {N} numbers and write it.",
      "Among {N} integers, which one is the largest? Print it.", "Read {N} values {A}_1 to {A}_{N}. Write the largest value."],
     "{N}\n{A}_1 ... {A}_{N}", "The maximum.", "1 <= {N} <= 100", _list_input, "n = int(input())\nprint(max(map(int, input().split())))"),
    ("minimum of the list",
     ["A list of {N} integers is given. Output the minimum.", "Find the least of the {N} numbers and write it.",
      "Among {N} integers, which one is the smallest? Print it."],
     "{N}\n{A}_1 ... {A}_{N}", "The minimum.", "1 <= {N} <= 100", _list_input, "n = int(input())\nprint(min(map(int, input().split())))"),
    ("sum of the list",
     ["A list of {N} integers is given. Output the total.", "Add up the {N} numbers and write their sum."],
     "{N}\n{A}_1 ... {A}_{N}", "The total.", "1 <= {N} <= 100", _list_input, "n = int(input())\nprint(sum(map(int, input().split())))"),
    ("sort the list",
     ["Write the {N} integers in increasing order.", "Sort the {N} numbers from small to large and output them on one line."],
     "{N}\n{A}_1 ... {A}_{N}", "The sorted numbers.", "1 <= {N} <= 100", _list_input,
     "n = int(input())\nprint(*sorted(map(int, input().split())))"),
    ("count vowels",
     ["How many vowels does the word {S} have? The vowels are a, e, i, o, u.", "Count the letters a, e, i, o and u in {S}.",
      "Write the number of vowels in the string {S}.", "A string of small letters is given. Count its vowels (a e i o u)."],
     "{S}", "The count of vowels.", "1 <= |{S}| <= 100", _word, "print(sum(c in 'aeiou' for c in input()))"),
    ("count pairs with a given sum",
     ["Count the pairs of positions whose two numbers add up to {K}.", "In how many ways can you take two of the {N} numbers with sum {K}?",
      "How many pairs i < j have values that sum to {K}? There are {N} integers."],
     "{N} {K}\n{A}_1 ... {A}_{N}", "The number of such pairs.", "1 <= {N} <= 10^5", _list_with_k,
     "n, k = map(int, input().split())\nseen = {}\ntotal = 0\nfor x in map(int, input().split()):\n    total += seen.get(k - x, 0)\n"
     "    seen[x] = seen.get(x, 0) + 1\nprint(total)"),
    ("even or odd",
     ["Write Even for an even number {N} and Odd for an odd one.", "Decide whether the integer {N} is even or odd. Output Even or Odd.",
      "Is {N} divisible by 2? Then print Even, otherwise print Odd."],
     "{N}", "Even or Odd.", "-10^9 <= {N} <= 10^9", lambda r: str(r.randint(-40, 99)), "print('Even' if int(input()) % 2 == 0 else 'Odd')"),
    ("sign of a number",
     ["Write Positive, Negative or Zero for the integer {N}.", "Decide the sign of {N}: output Positive, Negative or Zero."],
     "{N}", "Positive, Negative or Zero.", "-10^9 <= {N} <= 10^9", lambda r: str(r.choice([0, r.randint(1, 99), -r.randint(1, 99)])),
     "n = int(input())\nprint('Positive' if n > 0 else 'Negative' if n < 0 else 'Zero')"),
    ("count with words for 3 and 5",
     ["Count from 1 to {N}, a line each. Multiples of both 3 and 5 become {X}{Y}, other multiples of 3 become {X}, other multiples of 5 become {Y}.",
      "Print the numbers 1 to {N}, one a line, but {X} for those divisible by 3, {Y} for those divisible by 5 and {X}{Y} for both.",
      "For i = 1, ..., {N} write {X} when 3 divides i, {Y} when 5 divides i, {X}{Y} when both do, and i when none does."],
     "{N}", "{N} lines.", "1 <= {N} <= 100", lambda r: str(r.choice([3, 5, 6])),
     "n = int(input())\nfor i in range(1, n + 1):\n    if i % 15 == 0:\n        print('{X}{Y}')\n    elif i % 3 == 0:\n        print('{X}')\n"
     "    elif i % 5 == 0:\n        print('{Y}')\n    else:\n        print(i)"),
    ("shortest way in a grid",
     ["A grid has {N} rows and {K} columns, with . for free and # for wall. How many steps does the shortest way from the first to the last cell take? Write -1 if there is no way.",
      "Walk through a maze of . and # from the top left to the bottom right cell, by sides. Output the least number of steps, -1 if impossible.",
      "In a maze with free cells (.) and walls (#), find the shortest way from the upper left corner to the lower right one. Print its steps or -1."],
     "{N} {K}\nrow_1\n...\nrow_{N}", "The steps, or -1.", "1 <= {N}, {K} <= 200", _maze,
     "from collections import deque\nh, w = map(int, input().split())\ng = [input() for _ in range(h)]\nd = {(0, 0): 0}\nq = deque(d)\n"
     "while q:\n    x, y = q.popleft()\n    for p in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)):\n"
     "        if 0 <= p[0] < h and 0 <= p[1] < w and g[p[0]][p[1]] == '.' and p not in d:\n            d[p] = d[x, y] + 1\n"
     "            q.append(p)\nprint(d.get((h - 1, w - 1), -1))"),
    ("length of a union of intervals",
     ["There are {N} intervals from {A}_i to {B}_i. How long is their union?", "{N} lamps light a street, lamp i from {A}_i to {B}_i. Output the length that is lit by at least one lamp.",
      "Workers paint parts of a wall, part i from {A}_i to {B}_i. Write the total length that is painted at all."],
     "{N}\n{A}_1 {B}_1\n...\n{A}_{N} {B}_{N}", "The total length.", "1 <= {N} <= 10^5", _segments,
     "n = int(input())\nparts = sorted(tuple(map(int, input().split())) for _ in range(n))\ntotal = 0\nend = -10**18\nfor a, b in parts:\n"
     "    total += max(0, b - max(a, end))\n    end = max(end, b)\nprint(total)"),
]


def _nums(rng):
    return _numbers(rng, 0, 6, 20)


def _some(rng):
    return _numbers(rng, 1, 6, 20)


def _sentence(rng):
    return " ".join(rng.choice(WORDS) for _ in range(rng.randint(1, 4)))


def _grid(rng):
    h, w = rng.randint(1, 3), rng.randint(1, 3)
    return [[rng.randint(0, 9) for _ in range(w)] for _ in range(h)]


# idea, statements, return type, parameters [(names, type, generator)], body; {0}, {1} are the parameters' names
FUNCTIONAL = [
    ("same forwards and backwards",
     ["Return true when the string {0} is a palindrome, false when it is not.", "Does {0} read alike from both ends? Return true or false.",
      "A word {0} is a mirror of itself if reversing it changes nothing. Return whether it is.", "Tell if {0} equals its reverse."],
     "bool", [("word s text w name", "str", lambda r: r.choice(PALINDROMES) if r.random() < 0.5 else _word(r))], "return {0} == {0}[::-1]"),
    ("sum of the list",
     ["Add up all numbers in {0} and return the total. An empty list gives 0.", "Return the sum of the integers in the list {0}.",
      "What do the elements of {0} add up to? Return that number."],
     "int", [("nums values a arr numbers", "List[int]", _nums)], "return sum({0})"),
    ("count positive numbers",
     ["Count the positive numbers in {0}.", "Return how many elements of {0} are positive, that is above zero.",
      "How many integers of the list {0} are larger than zero?"],
     "int", [("nums values a arr numbers", "List[int]", _nums)], "return sum(x > 0 for x in {0})"),
    ("count negative numbers",
     ["Count the negative numbers in {0}.", "Return how many elements of {0} are below zero."],
     "int", [("nums values a arr numbers", "List[int]", _nums)], "return sum(x < 0 for x in {0})"),
    ("count even numbers",
     ["Count the even numbers in {0}.", "Return how many elements of {0} are divisible by 2."],
     "int", [("nums values a arr numbers", "List[int]", _nums)], "return sum(x % 2 == 0 for x in {0})"),
    ("double each element",
     ["Double each number of {0} and return the new list.", "Return the list whose elements are twice those of {0}, order kept.",
      "Multiply every element of {0} by 2 and return them as a list."],
     "List[int]", [("nums values a arr numbers", "List[int]", _nums)], "return [2 * x for x in {0}]"),
    ("square each element",
     ["Square each number of {0} and return the new list.", "Return the list whose elements are the squares of those of {0}."],
     "List[int]", [("nums values a arr numbers", "List[int]", _nums)], "return [x * x for x in {0}]"),
    ("reverse the list",
     ["Return the list {0} from back to front.", "Turn the order of the elements of {0} around and return the list."],
     "List[int]", [("nums values a arr numbers", "List[int]", _nums)], "return {0}[::-1]"),
    ("sort the list",
     ["Return the numbers of {0} from small to large.", "Sort {0} in increasing order and return it."],
     "List[int]", [("nums values a arr numbers", "List[int]", _nums)], "return sorted({0})"),
    ("words in reverse order",
     ["Return the words of {0} from last to first, one space between them.", "A text {0} has words with one space between two. Put the words in the opposite order.",
      "Reverse the order of the words (not the letters) of the sentence {0}."],
     "str", [("sentence text s line phrase", "str", _sentence)], "return ' '.join({0}.split()[::-1])"),
    ("count words",
     ["Return the number of words in {0}.", "How many words does the sentence {0} have?"],
     "int", [("sentence text s line phrase", "str", _sentence)], "return len({0}.split())"),
    ("largest minus smallest",
     ["Return the maximum of {0} minus its minimum.", "How far apart are the biggest and the least element of {0}? The list is not empty.",
      "Return the range of {0}: largest value minus smallest value."],
     "int", [("nums values a arr numbers", "List[int]", _some)], "return max({0}) - min({0})"),
    ("window with two kinds",
     ["A row of trees bears fruit, {0}[i] being the kind of tree i. How long can a run of trees with two kinds or fewer be?",
      "Return the length of the longest part of {0} that has at most two different values.",
      "Find the longest consecutive run in {0} with no more than two kinds of numbers and return its length."],
     "int", [("nums fruits a arr kinds", "List[int]", lambda r: [r.randint(1, 3) for _ in range(r.randint(1, 7))])],
     "count = {}\n        left = best = 0\n        for i, x in enumerate({0}):\n            count[x] = count.get(x, 0) + 1\n"
     "            while len(count) > 2:\n                y = {0}[left]\n                count[y] -= 1\n                if count[y] == 0:\n"
     "                    del count[y]\n                left += 1\n            best = max(best, i - left + 1)\n        return best"),
    ("turn the grid clockwise",
     ["Rotate {0} by 90 degrees to the right and return it.", "Turn the matrix {0} a quarter clockwise.",
      "Return {0}, a table of integers, after a clockwise quarter turn."],
     "List[List[int]]", [("grid matrix m table g", "List[List[int]]", _grid)], "return [list(r) for r in zip(*{0}[::-1])]"),
    ("transpose the grid",
     ["Swap rows and columns of {0} and return it.", "Return the transpose of the matrix {0}."],
     "List[List[int]]", [("grid matrix m table g", "List[List[int]]", _grid)], "return [list(r) for r in zip(*{0})]"),
    ("count ways with coins",
     ["In how many ways can coins with the values {0} pay {1}? Each coin may be used again, and order is of no matter.",
      "Return the number of ways to make the amount {1} from coins {0}, used as often as you like, without regard to order.",
      "Coins of the values {0} are at hand without limit. Count the ways to pay {1} exactly."],
     "int", [("coins values c", "List[int]", lambda r: sorted(r.sample(range(1, 8), r.randint(1, 3)))), ("amount total n", "int", lambda r: r.randint(0, 9))],
     "ways = [1] + [0] * {1}\n        for c in {0}:\n            for v in range(c, {1} + 1):\n                ways[v] += ways[v - c]\n        return ways[{1}]"),
    ("most frequent words",
     ["Return the {1} most frequent words of {0}, by falling frequency, then by the alphabet.",
      "Which {1} words come most often in {0}? Sort by count, highest first, and equal counts alphabetically.",
      "Count the words of {0} and return the top {1}; ties are in alphabetical order."],
     "List[str]", [("words items names", "List[str]", lambda r: [r.choice("abc") for _ in range(r.randint(3, 6))]), ("k n", "int", lambda r: 1)],
     "count = {}\n        for w in {0}:\n            count[w] = count.get(w, 0) + 1\n        return sorted(count, key=lambda w: (-count[w], w))[:{1}]"),
]

VERBS = "get find compute make solve count check give do take run build is my return".split()
NOUNS = "Answer Result Value Sum Total Word List Items All Reverse Mirror Kinds Grid Ways Words Range Number Text Double Top Best Turn Positive Spread Count".split()


def _fill(text, names):
    for key, value in names.items():
        text = text.replace("{" + key + "}", value)
    return text


def run_stdin(code, text):
    """Output of one of our own programs on `text`, run in this process."""
    lines, out = iter(text.split("\n")), []
    scope = {"input": lambda: next(lines), "print": lambda *a: out.append(" ".join(map(str, a)))}
    exec(compile(code, "lesson", "exec"), scope)
    return "\n".join(out)


def stdin_lesson(rng):
    """(idea, statement with samples, program)."""
    idea, statements, form, output, limit, make, code = rng.choice(STDIN)
    names = {"A": rng.choice("AXPU"), "B": rng.choice("BYQV"), "S": rng.choice(["S", "T", "W"]), "N": rng.choice(["N", "M", "L"]),
             "K": rng.choice(["K", "D", "X"]), "X": rng.choice(["Fizz", "Tip", "Ping", "Hop", "Pin", "Foo", "Tick"]),
             "Y": rng.choice(["Buzz", "Top", "Pong", "Hip", "Pon", "Bar", "Tock"])}
    code = code.replace("{X}", names["X"]).replace("{Y}", names["Y"])
    text = _fill(rng.choice(statements), names)
    form, output, limit = _fill(form, names), _fill(output, names), _fill(limit, names)
    text += f"\n\nInput\n\nThe input is given from Standard Input in the following format:\n{form}\n\nOutput\n\n{output}\n\nConstraints\n\n{limit}"
    for i in range(rng.choice([1, 2, 2])):
        sample = make(rng)
        text += f"\n\nSample Input {i + 1}\n\n{sample}\n\nSample Output {i + 1}\n\n{run_stdin(code, sample)}"
    return idea, text + "\n", code


def _show(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, list):
        return "[" + ", ".join(_show(v) for v in value) + "]"
    return str(value)


def functional_lesson(rng):
    """(idea, statement with examples, starter code, program)."""
    idea, statements, returns, params, body = rng.choice(FUNCTIONAL)
    name = rng.choice(VERBS) + "".join(rng.sample(NOUNS, rng.choice([1, 1, 2])))
    names = [rng.choice(p[0].split()) for p in params]
    fill = {str(i): n for i, n in enumerate(names)}
    signature = f"class Solution:\n    def {name}(self, " + ", ".join(f"{n}: {p[1]}" for n, p in zip(names, params)) + f") -> {returns}:\n        "
    code = signature + _fill(body, fill)
    text = _fill(rng.choice(statements), fill)
    import typing
    scope = {"List": typing.List}
    exec(compile(code, "lesson", "exec"), scope)
    for i in range(2):
        args = [p[2](rng) for p in params]
        shown = ", ".join(f"{n} = {_show(a)}" for n, a in zip(names, args))
        text += f"\n\nExample {i + 1}:\n\nInput: {shown}\nOutput: {_show(getattr(scope['Solution'](), name)(*args))}"
    text += "\n\nConstraints:\n\n" + rng.choice([f"1 <= {names[0]}.length <= 100", f"0 <= {names[0]}.length <= 100", f"1 <= {names[0]}.length <= 10^5"])
    return idea, text + "\n", signature, code
