"""Lessons with numbers: problem families whose instances are drawn at random and worked out step by step.

integer_lesson() gives problems in the form of AIME (an integer from 0 to 999); english_choice() and korean_choice() give
questions whose answer is one of several values. Each returns the steps that the model is to write before its answer.
"""
import math


def _power_remainder(r):
    a, n, m = r.randint(2, 9), r.randint(3, 12), r.randint(3, 11)
    steps, x = [], 1
    for _ in range(n):
        x = x * a % m
        steps.append(str(x))
    q = r.choice([f"What remainder does ${a}^{{{n}}}$ leave when divided by ${m}$?", f"Divide ${a}^{{{n}}}$ by ${m}$. Find the remainder.",
                  f"Find the remainder of ${a}^{{{n}}}$ on division by ${m}$.", f"Compute ${a}^{{{n}}}$ modulo ${m}$.",
                  f"Determine the remainder when ${a}^{{{n}}}$ is divided by ${m}$."])
    return q, " ".join(steps), x


def _digit_sum(r):
    n = r.randint(100, 9999) if r.random() < 0.5 else r.randint(1000, 9999)
    total, steps = 0, []
    for d in str(n):
        steps.append(f"{total} + {d} = {total + int(d)}")
        total += int(d)
    q = r.choice([f"Add the digits of ${n}$.", f"What is the sum of all digits of ${n}$?", f"Compute the digit sum of ${n}$.",
                  f"Find the digit sum of the number ${n}$."])
    return q, ", ".join(steps), total


def _factor(n):
    out, p = [], 2
    while n > 1:
        e = 0
        while n % p == 0:
            n, e = n // p, e + 1
        if e:
            out.append((p, e))
        p += 1
    return out


def _divisor_count(r):
    n = r.choice([x for x in range(6, 200) if len(_factor(x)) > 1 or x < 65])
    f = _factor(n)
    count = math.prod(e + 1 for _, e in f)
    q = r.choice([f"How many positive divisors does ${n}$ have?", f"Count the positive divisors of ${n}$.",
                  f"Find how many positive integers divide ${n}$.", f"Determine the number of positive divisors of the integer ${n}$."])
    return q, " * ".join(f"{p}^{e}" for p, e in f) + ": " + " * ".join(str(e + 1) for _, e in f) + f" = {count}", count


def _gcd(r):
    g = r.randint(2, 45)
    a, b = g * r.randint(1, 9), g * r.randint(1, 9)
    x, y, steps = max(a, b), min(a, b), []
    while y:
        steps.append(f"{x} - {x // y} * {y} = {x % y}")
        x, y = y, x % y
    q = r.choice([f"What is the greatest common divisor of ${a}$ and ${b}$?", f"Compute $\\gcd({a}, {b})$.",
                  f"Find the largest integer that divides both ${a}$ and ${b}$.", f"Determine the greatest common divisor of ${a}$ and ${b}$."])
    return q, ", ".join(steps), x


def _lcm(r):
    a, b = r.randint(4, 24), r.randint(4, 24)
    g = math.gcd(a, b)
    q = r.choice([f"What is the least common multiple of ${a}$ and ${b}$?", f"Compute $\\text{{lcm}}({a}, {b})$.",
                  f"Find the smallest positive integer that is a multiple of both ${a}$ and ${b}$.",
                  f"Determine the least common multiple of ${a}$ and ${b}$."])
    return q, f"gcd {g}, {a} / {g} = {a // g}, {a // g} * {b} = {a // g * b}", a // g * b


def _series(r):
    first, step, n = r.randint(1, 6), r.randint(1, 6), r.randint(5, 12)
    last = first + step * (n - 1)
    total = n * (first + last) // 2
    q = r.choice([f"Compute ${first} + {first + step} + {first + 2 * step} + \\cdots + {last}$.",
                  f"What is the value of the sum ${first} + {first + step} + {first + 2 * step} + \\cdots + {last}$?",
                  f"Add up ${first} + {first + step} + {first + 2 * step} + \\cdots + {last}$."])
    return q, (f"{last} - {first} = {last - first}, {last - first} / {step} = {n - 1}, {n} terms, {first} + {last} = {first + last}, "
               f"{n} * {first + last} / 2 = {total}"), total


def _choose(r):
    n, k = r.randint(4, 10), r.choice([2, 2, 2, 3])
    c = math.comb(n, k)
    q = r.choice([f"How many subsets of a set with ${n}$ elements have exactly ${k}$ elements?", f"In how many ways can ${k}$ of ${n}$ people be chosen?",
                  f"Count the ${k}$-element subsets of a set of ${n}$ elements.", f"A set has ${n}$ elements. Find the number of its subsets with ${k}$ elements."])
    top = " * ".join(str(n - i) for i in range(k))
    return q, f"{top} / {math.factorial(k)} = {c}", c


def _remainder(r):
    n, m = r.randint(100, 9999), r.randint(2, 9)
    x, steps = 0, []
    for d in str(n):
        t = x * 10 + int(d)
        x = t % m
        steps.append(f"{t}: {x}")
    q = r.choice([f"What remainder does ${n}$ leave when divided by ${m}$?", f"Divide ${n}$ by ${m}$. Find the remainder.",
                  f"Find the remainder of ${n}$ on division by ${m}$.", f"Compute ${n}$ modulo ${m}$.",
                  f"Determine the remainder when ${n}$ is divided by ${m}$."])
    return q, ", ".join(steps), x


def _multiples(r):
    n, k = r.choice([20, 30, 40, 50, 60, 70, 80, 90, 100, 100, 100, 120, 150, 200]), r.randint(3, 13)
    q = r.choice([f"How many integers from $1$ to ${n}$ are multiples of ${k}$?", f"Count the multiples of ${k}$ between $1$ and ${n}$.",
                  f"Find how many positive integers up to ${n}$ are divisible by ${k}$.",
                  f"How many of the integers from $1$ to ${n}$ can be divided by ${k}$?"])
    return q, f"{n // k} * {k} = {n // k * k}, {n // k * k} + {k} = {n // k * k + k}", n // k


def _units_digit(r):
    a, n = r.randint(2, 9), r.randint(3, 12)
    x, steps = 1, []
    for _ in range(n):
        x = x * a % 10
        steps.append(str(x))
    q = r.choice([f"What is the last digit of ${a}^{{{n}}}$?", f"Determine the units digit of ${a}^{{{n}}}$.", f"Compute the ones digit of ${a}^{{{n}}}$.",
                  f"With which digit does ${a}^{{{n}}}$ end?"])
    return q, " ".join(steps), x


def _divisor_sum(r):
    n = r.randint(6, 60)
    d = [x for x in range(1, n + 1) if n % x == 0]
    q = r.choice([f"Add all positive divisors of ${n}$.", f"What do the positive divisors of ${n}$ add up to?",
                  f"Compute the sum of all positive divisors of ${n}$.", f"Determine the sum of the divisors of ${n}$."])
    return q, " + ".join(map(str, d)) + f" = {sum(d)}", sum(d)


def _factorials(r):
    a, b = r.randint(3, 6), r.randint(1, 5)
    plus = a <= b or r.random() < 0.4
    value = math.factorial(a) + math.factorial(b) if plus else math.factorial(a) - math.factorial(b)
    sign = "+" if plus else "-"
    q = r.choice([f"Compute ${a}! {sign} {b}!$.", f"What is ${a}! {sign} {b}!$?", f"Evaluate ${a}! {sign} {b}!$.", f"Determine the value of ${a}! {sign} {b}!$."])
    return q, f"{a}! = {math.factorial(a)}, {b}! = {math.factorial(b)}, {math.factorial(a)} {sign} {math.factorial(b)} = {value}", value


def _trailing_zeros(r):
    n = r.choice(range(10, 310, 10))
    parts, x = [], n
    while x >= 5:
        x //= 5
        parts.append(x)
    q = r.choice([f"With how many zeros does ${n}!$ end?", f"How many zeros stand at the end of ${n}!$?", f"Count the trailing zeros of ${n}!$.",
                  f"The decimal form of ${n}!$ ends with some zeros. How many?"])
    return q, " + ".join(map(str, parts)) + f" = {sum(parts)}", sum(parts)


INTEGER = [_power_remainder, _digit_sum, _divisor_count, _gcd, _lcm, _series, _choose, _remainder, _multiples, _units_digit, _divisor_sum,
           _factorials, _trailing_zeros]


def integer_lesson(rng):
    """(problem, steps, answer), the answer from 0 to 999."""
    while True:
        problem, steps, answer = rng.choice(INTEGER)(rng)
        if 0 <= answer <= 999:
            return problem, steps, answer


def _fmt(x):
    return f"{x:,}" if isinstance(x, int) else f"{x:g}"


def _pick(r, category, questions, steps, value, wrong, unit="", commas=False):
    """One numeric choice lesson: the right value with its unit, and candidates for wrong ones."""
    show = (lambda v: f"{v:,}" if isinstance(v, int) else f"{v:g}") if commas else (lambda v: f"{v:g}" if isinstance(v, float) else str(v))
    near = [value + d for d in (-10, -5, -3, -2, -1, 1, 2, 3, 5, 10)] + [value * 2, value * 10] if isinstance(value, int) else [value * 2, value * 4, value / 2, 1, 2, 3]
    pool = {show(v) + unit for v in list(wrong) + r.sample(near, len(near)) if v >= 0} - {show(value) + unit}
    return category, r.choice(questions), steps, show(value) + unit, sorted(pool, key=lambda _: r.random())


def english_choice(r):
    """(category, question, steps, answer, wrong answers)."""
    kind = r.randint(0, 17)
    if kind == 0:
        a = r.randint(10, 90)
        b = a + r.randint(2, 40)
        return _pick(r, "business", [f"A trader buys for {a} and sells for {b}. Find the profit.", f"Bought at {a}, sold at {b}: how large is the gain?",
                                     f"Goods that cost {a} are sold for {b}. How much profit is made?"], f"{b} - {a} = {b - a}", b - a, [a, b, a + b])
    if kind == 1:
        b = 50 * r.randint(1, 14)
        a = b + 50 * r.randint(1, 12)
        return _pick(r, "business", [f"A firm has assets of {a} and owes liabilities of {b}. Find its equity.", f"Liabilities are {b}, assets {a}. How large is equity?"],
                     f"{a} - {b} = {a - b}", a - b, [a, b, a + b])
    if kind == 2:
        m, n = r.randint(2, 10), 10 * r.randint(2, 40)
        return _pick(r, "business", [f"Each unit brings a margin of {m}, and fixed cost is {m * n}. At how many units does the firm break even?",
                                     f"Fixed cost {m * n}, margin {m} a unit: find the break-even number of units."], f"{m * n} / {m} = {n}", n, [m, m * n, m * n + m, 10 * n, n + m])
    if kind == 3:
        p, e = r.choice([2, 4, 5, 10, 20]), r.choice([1, 2, 3, 4])
        return _pick(r, "economics", [f"A price goes up {p}% and the quantity demanded goes down {p * e}%. Find the price elasticity (absolute value).",
                                      f"Demand falls {p * e}% after a price rise of {p}%. How elastic is demand, in absolute value?"],
                     f"{p * e} / {p} = {e}", e, [0.5, p, p * e, 0.2, 10])
    if kind == 4:
        i = r.randint(1, 6)
        n = i + r.randint(1, 8)
        return _pick(r, "economics", [f"Inflation is {i}% and the nominal interest rate {n}%. About how high is the real rate?", f"With a nominal rate of {n}% and prices rising {i}%, find the real rate."],
                     f"{n} - {i} = {n - i}", n - i, [n, i, n + i, n * i], "%")
    if kind == 5:
        a, b = r.randint(1, 20), r.randint(1, 20)
        return _pick(r, "engineering", [f"Find the total resistance of {a} ohm and {b} ohm in series.", f"A {a} ohm and a {b} ohm resistor are connected one after the other, in series. Add them up."],
                     f"{a} + {b} = {a + b}", a + b, [a, b, a * b, abs(a - b)], " ohm")
    if kind == 6:
        a, p = r.randint(2, 10), 5 * r.randint(1, 12)
        return _pick(r, "engineering", [f"Find the pressure of {a * p} N on {a} m^2.", f"{a * p} N press evenly on an area of {a} m^2. How large is the pressure?"],
                     f"{a * p} / {a} = {p}", p, [a, a * p, a * a * p, a * p + a], " Pa")
    if kind == 7:
        e, base = r.choice([10, 20, 25, 40, 50, 60, 75, 80, 90]), r.choice([100, 200, 400, 1000])
        return _pick(r, "engineering", [f"A machine uses {base} J and delivers {base * e // 100} J. Find its efficiency.", f"Work out is {base * e // 100} J, energy in is {base} J. How efficient is the motor?"],
                     f"{base * e // 100} / {base} = {e}%", e, [100 - e, 33, 133, 15, 150], "%")
    if kind == 8:
        n, m = r.randint(10, 99), r.randint(3, 9)
        return _pick(r, "math", [f"Divide {n} by {m}. What remains?", f"{n} divided by {m} leaves which remainder?", f"Find {n} mod {m}."], f"{n // m} * {m} = {n // m * m}, {n} - {n // m * m} = {n % m}", n % m, range(10))
    if kind == 9:
        g = r.randint(2, 15)
        x, y = r.sample([1, 2, 3, 4, 5, 6], 2)
        g2 = math.gcd(g * x, g * y)
        return _pick(r, "math", [f"Find the greatest common divisor of {g * x} and {g * y}.", f"The largest number dividing both {g * x} and {g * y} is which?", f"Compute gcd({g * x}, {g * y})."],
                     f"{g * x} = {g2} * {g * x // g2}, {g * y} = {g2} * {g * y // g2}", g2, [1, 2, 3, 4, 6, g * x, g * y])
    if kind == 10:
        n, x = r.choice([2, 3, 3, 4]), r.randint(1, 5)
        return _pick(r, "math", [f"Find the slope of x^{n} at x = {x}.", f"Differentiate x^{n} and put x = {x}.", f"f(x) = x^{n}. How large is f'({x})?"],
                     f"{n} * {x}^{n - 1} = {n * x ** (n - 1)}", n * x ** (n - 1), [x ** n, n * x, x ** (n - 1), n])
    if kind == 11:
        n = r.randint(2, 8)
        return _pick(r, "math", [f"A set has {n} elements. Count its subsets.", f"Find the number of subsets for a set with {n} elements.", f"{n} elements: how many subsets can be formed?"],
                     f"2^{n} = {2 ** n}", 2 ** n, [n * n, 2 * n, 2 ** n - 1, n, 2 ** (n + 1), 2 ** (n - 1)])
    if kind == 12:
        n = r.randint(4, 31)
        return _pick(r, "computer science", [f"Write the binary number {n:b} as a decimal number.", f"{n:b} in base 2 is which decimal number?", f"Convert {n:b} from binary."],
                     " + ".join(str(1 << i) for i in range(4, -1, -1) if n >> i & 1) + f" = {n}", n, [n - 1, n + 1, n + 2, 2 * n])
    if kind == 13:
        n = r.randint(2, 9)
        return _pick(r, "computer science", [f"With {n} bits, how many values can be told apart?", f"Count the values that {n} bits can hold.", f"A field of {n} bits holds how many different values?"],
                     f"2^{n} = {2 ** n}", 2 ** n, [n * n, 2 * n, 2 ** n - 1, n, 2 ** (n + 1), 2 ** (n - 1)])
    if kind == 14:
        h = r.randint(1, 5)
        words = ["one", "two", "three", "four", "five"][h - 1]
        half = r.random() < 0.5
        m = h * 60 + (30 if half else 0)
        shown = f"{words} and a half hours" if half else f"{words} hours"
        return _pick(r, "other", [f"Change {shown} into minutes.", f"A film lasts {shown}. How many minutes is that?", f"Count the minutes in {shown}."], f"{h} * 60" + (" + 30" if half else "") + f" = {m}", m, [60, 90, 100 * h, m + 30, m - 30, 30 + m * 2])
    if kind == 15:
        m, a = r.randint(2, 12), r.randint(2, 9)
        return _pick(r, "physics", [f"Find the force that gives {m} kg an acceleration of {a} m/s^2.", f"{m} kg are accelerated at {a} m/s^2. Which net force acts?", f"Mass {m} kg, acceleration {a} m/s^2: how large is the force?"],
                     f"{m} * {a} = {m * a}", m * a, [m, a, m + a, m * a * a], " N")
    if kind == 16:
        m, v = r.choice([2, 4, 6, 8, 10]), r.choice([1, 2, 3, 4, 5, 6, 10])
        e = m * v * v // 2
        return _pick(r, "physics", [f"A body of {m} kg moves at {v} m/s. Find its kinetic energy.", f"Mass {m} kg, speed {v} m/s: how large is the kinetic energy?"],
                     f"{m} / 2 * {v} * {v} = {e}", e, [m * v, m * v * v, m * v // 2, 2 * e], " J")
    a, b = r.randint(5, 60), r.randint(5, 60)
    return _pick(r, "math", [f"Add {a} and {b}.", f"Find the sum {a} + {b}.", f"Work out {a} + {b}."], f"{a} + {b} = {a + b}", a + b, [a, b, abs(a - b)])


def _won(v):
    """Amounts in won as Korean texts write them: 5,000만원, 2억 4천만원, 1억원."""
    eok, man = divmod(v, 10000)
    if eok == 0:
        return f"{man:,}만원"
    if man == 0:
        return f"{eok}억원"
    return f"{eok}억 {man // 1000}천만원"


def korean_choice(r):
    """(licence, question, steps, answer, wrong answers)."""
    kind = r.randint(0, 12)
    if kind == 0:
        a, b = 50 * r.randint(1, 8), 50 * r.randint(4, 16)
        c = 50 * r.randint(1, (a + b) // 50 - 1)
        return _pick(r, "", [f"당기매입 {b}원, 기초재고 {a}원, 기말재고 {c}원이다. 매출원가를 구하면?", f"매출원가를 구하시오. 기초재고는 {a}원, 매입은 {b}원, 기말재고는 {c}원이다.",
                             f"기초 재고자산 {a}원에 {b}원을 매입하고 기말에 {c}원이 남았다. 매출원가는 얼마인가?"],
                     f"{a} + {b} - {c} = {a + b - c}", a + b - c, [a + b, b - c, a + b + c, b], "원")
    if kind == 1:
        n, d, s = r.randint(2, 6), 50 * r.randint(2, 10), 100 * r.randint(0, 3)
        return _pick(r, "", [f"잔존가치 {s}원, 내용연수 {n}년, 취득원가 {n * d + s:,}원이다. 정액법으로 한 해 감가상각비를 구하면?", f"{n * d + s:,}원에 산 기계를 {n}년 쓰고 {s}원이 남는다. 정액법 감가상각비는 해마다 얼마인가?"],
                     f"{n * d + s} - {s} = {n * d}, {n * d} / {n} = {d}", d, [n * d, s, n * d + s, d + s], "원", commas=True)
    if kind == 2:
        b, m = 50 * r.randint(2, 10), r.choice([1, 2, 3, 4])
        return _pick(r, "", [f"유동부채 {b}원, 유동자산 {b * m}원이면 유동비율은 얼마인가?", f"유동비율을 구하시오. 유동자산은 {b * m}원, 유동부채는 {b}원이다."],
                     f"{b * m} / {b} = {m}00%", m * 100, [50, 150, 100, 200, 300], "%")
    if kind == 3:
        c, v = r.choice([("0.5", 2), ("0.6", 2.5), ("0.75", 4), ("0.9", 10)])
        if c == "0.5" and r.random() < 0.5:
            c, v = "0.80", 5
        return _pick(r, "", [f"단순한 모형에서 한계소비성향이 {c}이면 정부지출승수는 얼마인가?", f"한계소비성향 {c}, 정부지출의 승수를 구하면?"],
                     f"1 / (1 - {c}) = {v:g}", v, [1.25, 4, 8, 0.8, 2, 5, 10])
    if kind == 4:
        m, n, v = 10 * r.randint(1, 5), 10 * r.randint(2, 20), 10 * r.randint(1, 6)
        return _pick(r, "", [f"고정비 {m * n:,}원, 판매가격 {v + m}원, 단위당 변동비 {v}원이다. 손익분기점은 몇 개인가?", f"한 개를 {v + m}원에 팔고 변동비는 {v}원이다. 고정비가 {m * n:,}원일 때 손익분기 판매량을 구하면?"],
                     f"{v + m} - {v} = {m}, {m * n} / {m} = {n}", n, [m * n // (v + m), m * n // v, 2 * n, n // 2], "개")
    if kind == 5:
        h, k = r.randint(2, 9), r.randint(1, 4)
        v = {1: 50, 2: 25, 3: 12.5, 4: 6.25}[k]
        steps = ", ".join(["50%", "25%", "12.5%", "6.25%"][:k])
        return _pick(r, "", [f"약물의 반감기가 {h}시간이면 {h * k}시간이 지난 뒤 몇 %가 남는가? (1차 소실)", f"{h}시간마다 반으로 줄어드는 약물은 {h * k}시간 뒤 얼마나 남는가?"],
                     f"{h * k} / {h} = {k}, {steps}", v, [0, 75, 50, 25, 12.5], "%")
    if kind == 6:
        a, b, d = r.choice([2, 3, 4, 5, 10, 15]), r.choice([2, 3, 4]), r.choice([3, 5, 7, 10, 14])
        return _pick(r, "", [f"하루 {b}번 {a} mL씩 {d}일 먹는 시럽은 모두 몇 mL인가?", f"{d}일 동안 매일 {b}번, 한 번에 {a} mL를 먹는다. 시럽의 총량을 구하면?"],
                     f"{a} * {b} = {a * b}, {a * b} * {d} = {a * b * d}", a * b * d, [a * b, a * d, b * d], " mL")
    if kind == 7:
        b, c, p = r.randint(1, 4), r.randint(1, 4), r.choice([5, 10, 15, 20, 25, 30])
        a = (b + c) * p
        bs, cs = ("" if b == 1 else str(b)), ("" if c == 1 else str(c))
        return _pick(r, "", [f"공급이 Q = {cs}P, 수요가 Q = {a} - {bs}P이다. 균형가격을 구하면?", f"시장의 수요는 Q = {a} - {bs}P, 공급은 Q = {cs}P이다. 균형가격은 얼마인가?"],
                     f"{a} / ({b} + {c}) = {a} / {b + c} = {p}", p, [a // 2, a, p * c, p * 2])
    if kind == 8:
        rate = r.choice([4, 5, 8, 10])
        base = r.choice([5000, 10000, 20000, 30000, 40000, 50000])
        income = base * rate // 100
        out = _pick(r, "", [f"환원율이 {rate}%이고 순영업소득이 {income:,}만원인 부동산의 수익가치를 구하면?", f"해마다 순영업소득 {income:,}만원을 내는 건물을 {rate}%로 환원하면 가치는 얼마인가?"],
                    f"{income} / {rate}% = {base}만원", 1, [])
        pool = {_won(v) for v in (2500, 5000, 10000, 20000, 30000, 40000, 50000)} - {_won(base)}
        return out[:3] + (_won(base), sorted(pool, key=lambda _: r.random()))
    if kind == 9:
        value, p = r.choice([2, 3, 4, 5]), r.choice([20, 30, 40, 50, 60, 70, 80])
        loan = value * 10000 * p // 100
        return _pick(r, "", [f"{value}억원짜리 집을 담보로 {_won(loan)}을 대출했다. LTV는 몇 %인가?", f"대출 {_won(loan)}, 담보가치 {value}억원일 때 담보인정비율을 구하면?"],
                     f"{loan} / {value * 10000} = {p}%", p, [100 - p, p + 4, p * value, 167, 24], "%")
    if kind == 10:
        v, k, loss = 100 * r.randint(4, 20), r.choice([2, 4, 5]), 100 * r.randint(1, 8)
        loss = loss * k // math.gcd(loss, k) if loss % k else loss
        return _pick(r, "", [f"보험금액 {v // k}원, 보험가액 {v:,}원인 일부보험이다. 손해 {loss}원에 대한 비례보상액을 구하면?", f"손해가 {loss}원이다. 보험가액 {v:,}원에 보험금액 {v // k}원만 들었다면 비례보상으로 얼마를 받는가?"],
                     f"{loss} * {v // k} / {v} = {loss // k}", loss // k, [loss, v // k, loss * 2, 100], "원")
    if kind == 11:
        assets, debts = r.sample(["현금", "건물", "토지", "재고자산", "기계", "예금"], 2), r.sample(["차입금", "외상매입금", "미지급금", "사채"], 1)
        ask_debt = r.random() < 0.4
        items = assets + debts
        r.shuffle(items)
        marks = "ㄱㄴㄷ"
        chosen = [m for m, item in zip(marks, items) if (item in debts) == ask_debt]
        every = ["ㄱ", "ㄴ", "ㄷ", "ㄱ, ㄴ", "ㄱ, ㄷ", "ㄴ, ㄷ"]
        answer = ", ".join(chosen)
        listing = "".join(f"\n{m}. {item}" for m, item in zip(marks, items))
        what = "부채" if ask_debt else "자산"
        wrong = [e for e in every if e != answer]
        r.shuffle(wrong)
        return "", r.choice([f"{what}인 것만 모두 고르시오.{listing}", f"다음 중 {what}에 해당하는 것을 모두 고르면?{listing}"]), ", ".join(
            f"{m} {'부채' if item in debts else '자산'}" for m, item in zip(marks, items)), answer, wrong
    a, b = r.randint(10, 90), r.randint(10, 90)
    return _pick(r, "", [f"{a}원과 {b}원을 더하면?", f"{a}원짜리와 {b}원짜리를 하나씩 사면 모두 얼마인가?"], f"{a} + {b} = {a + b}", a + b, [a, b, abs(a - b)], "원")
