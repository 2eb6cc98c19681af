"""Small programs that ask the LiveCodeBench checker every question we could think of. Each row: name, fn_name, code, inputs,
outputs, timeout_s. Tables are multiplied out: a way to read meets every shape of input, a way to write every expected text.
"""
import json
import sys

ROWS = []


def add(name, code, inputs, outputs, fn_name=None, timeout_s=2):
    one = not isinstance(inputs, list)
    ROWS.append(dict(id=f"{len(ROWS):03} {name}", fn_name=fn_name, code=code, inputs=[inputs] if one else inputs,
                     outputs=[outputs] if one else outputs, timeout_s=timeout_s))


# --- standard input: how it is read × what it looks like

SHAPES = {"plain": "3\n1 2 3\n", "no newline": "3\n1 2 3", "crlf": "3\r\n1 2 3\r\n", "blank line": "3\n\n1 2 3\n\n",
          "leading blank": "\n3\n1 2 3\n", "tabs": "3\t\n1\t2 3\n", "empty": "", "one newline": "\n", "form feed": "3\n1\f2 3\n",
          "unicode": "3\n１ ２ ３\n", "next line": "3\n1 2\x853\n"}
READERS = {
    "input": "n = int(input())\nprint(n, sum(map(int, input().split())))",
    "stdin.readline": "import sys\nn = int(sys.stdin.readline())\nprint(n, sum(map(int, sys.stdin.readline().split())))",
    "stdin.read": "import sys\nw = sys.stdin.read().split()\nprint(int(w[0]), sum(map(int, w[1:])))",
    "readlines": "import sys\nl = sys.stdin.readlines()\nprint(int(l[0]), sum(map(int, l[1].split())), len(l))",
    "for line": "import sys\nprint([line for line in sys.stdin])",
    "buffer.read": "import sys\nw = sys.stdin.buffer.read().split()\nprint(int(w[0]), sum(map(int, w[1:])))",
    "buffer.readline": "import sys\nr = sys.stdin.buffer.readline\nprint(int(r()), sum(map(int, r().split())))",
    "open(0)": "w = open(0).read().split()\nprint(int(w[0]), sum(map(int, w[1:])))",
    "os.read": "import os\nw = os.read(0, 100).split()\nprint(int(w[0]), sum(map(int, w[1:])))",
    "fileinput": "import fileinput\nl = [line for line in fileinput.input()]\nprint(int(l[0]), sum(map(int, l[1].split())))",
    "from sys import stdin": "from sys import stdin\nn = int(stdin.readline())\nprint(n, sum(map(int, stdin.readline().split())))",
    "bare stdin": "n = int(stdin.readline())\nprint(n, sum(map(int, stdin.readline().split())))",
    "input alias": "import sys\ninput = sys.stdin.readline\nn = int(input())\nprint(n, sum(map(int, input().split())))",
    "input lambda": "import sys\ninput = lambda: sys.stdin.readline().rstrip()\nn = int(input())\nprint(n, sum(map(int, input().split())))",
    "iter input": "l = list(iter(input, ''))\nprint(len(l), l[-1])",
    "walrus": "import sys\nc = 0\nwhile (line := sys.stdin.readline()):\n    c += len(line)\nprint(c)",
    "until eof": "t = 0\ntry:\n    while True:\n        t += len(input())\nexcept EOFError:\n    print(t)",
    "until bare except": "t = 0\nwhile 1:\n    try:\n        t += len(input())\n    except:\n        break\nprint(t)",
    "io.open": "import io\nprint(len(io.open(0).read()))",
    "builtins.open": "import builtins\nprint(len(builtins.open(0).read()))",
    "open stdin by name": "print(len(open('/dev/stdin').read()))",
    "io.BytesIO": "import os, io, sys\ninput = io.BytesIO(os.read(0, os.fstat(0).st_size)).readline\nprint(int(input()))",
    "stdin.buffer lines": "import sys\nprint(len(sys.stdin.buffer.readlines()))",
    "next(stdin)": "import sys\nprint(int(next(sys.stdin)))",
    "map stdin": "import sys\nprint(sum(1 for _ in map(str, sys.stdin)))",
    "splitlines": "import sys\nl = sys.stdin.read().splitlines()\nprint(int(l[0]), len(l))",
    "isatty": "import sys\nprint(sys.stdin.isatty(), sys.stdin.readable())",
    "fileno": "import sys\nprint(sys.stdin.fileno())",
    "seek": "import sys\nsys.stdin.readline()\nsys.stdin.seek(0)\nprint(int(sys.stdin.readline()))",
    "mixed": "import sys\na = input()\nprint(len(sys.stdin.read()), len(sys.stdin.readline()))",
}
SUMS = "3 6"
for reader, code in READERS.items():
    for shape, text in SHAPES.items():
        if shape in ("plain", "crlf") or reader in ("input", "stdin.read", "readlines", "until eof", "from sys import stdin"):
            expected = {"readlines": "3 6 2", "until eof": "6", "until bare except": "6", "walrus": "8", "iter input": "2 1 2 3",
                        "stdin.buffer lines": "2", "next(stdin)": "3", "splitlines": "3 2", "mixed": "8 6",
                        "isatty": "False True", "io.open": "8", "builtins.open": "8", "seek": "3",
                        "for line": "['3\\n', '1 2 3\\n']", "map stdin": "2", "io.BytesIO": "3"}.get(reader, SUMS)
            if shape == "no newline":
                expected = expected.replace("3 6 2", "3 6 2")
            add(f"read {reader} / {shape}", code, text, expected)
add("readlines has an empty last line", "import sys\nprint(len(sys.stdin.readlines()))", "3\n1\n", "3")
add("two inputs, second shorter", "import sys\nprint(sys.stdin.readline().strip())", ["a\n", ""], ["a", ""])
add("input with a prompt", "n = input('n? ')\nprint(n)", "4\n", "4")
add("input with a prompt, expected so", "n = input('n? ')\nprint(n)", "4\n", "n? 4")
add("surrogate in the output", "print('\\ud800')", "", "x")
add("null byte", "print('a\\0b')", "", "a\0b")
add("byte order mark in the input", "print(input())", "\ufeff3\n", "3")
add("form feed in the output", "print('a\\fb')", "", "a b")

# --- standard output: what is printed × what is expected

PRINTED = ["1", "1.0", "01", "+1", "-1", "1e0", "1E0", "1_0", "١", "1.", ".5", "0.5", "0.50", "5e-1", "-0", "0", "nan", "NaN", "inf",
           "Infinity", "-inf", "1e5", "100000", "100000.0", "0x10", "1 2", "1  2", " 1 2 ", "1\t2", "1\n2", "1\r\n2\r\n", "1\n\n2", "\n1\n",
           "YES", "Yes", "[1, 2]", "[1,2]", "1,2", "(1, 2)", "True", "None", "a b", "a  b", "1 a", "01 a", "1.0 a", "1e400", "1e-400",
           "9" * 60, "9" * 60 + ".0", "1/2", "0.1", "0.1000000001", "1e1000000000000000000", "\x1c1\x1d", "\u30001", "１.0", "sNaN",
           "1 snan", "½", "--1", "1e+05", "1e+5", "", " ", "\n\n", "'a'", "\"a\"", "1\v2", "1\x852", "1\u20282", "-0.0", "1d5", "1j"]
PAIRS = [("1.0", "1"), ("01", "1"), ("+1", "1"), ("1e0", "1"), ("1_0", "10"), ("١", "1"), ("1.", "1"), (".5", "0.5"), ("-0", "0"),
         ("nan", "nan"), ("nan 1", "nan 1.0"), ("NaN", "nan"), ("inf", "Infinity"), ("-inf", "inf"), ("1e5", "100000"), ("0x10", "16"),
         ("1 2", "1  2"), ("1\t2", "1 2"), ("1\n2", "1 2"), ("1\r\n2\r\n", "1\n2\n"), ("1\n\n2", "1\n2"), ("\n1\n", "1"), ("YES", "Yes"),
         ("[1, 2]", "[1,2]"), ("[1, 2]", "[1, 2]"), ("a b", "a  b"), ("1 a", "1 a"), ("1.0 a", "1 a"), ("9" * 60 + ".0", "9" * 60),
         ("0.1000000001", "0.1"), ("1e1000000000000000000", "1"), ("\u30001", "1"), ("１.0", "1"), ("sNaN", "1"), ("1 snan", "2 1"),
         ("1 snan", "1 1"), ("1 snan", "1"), ("", ""), (" ", ""), ("", "\n"), ("\n\n", ""), ("", "0"), ("1\v2", "1 2"), ("1\x852", "1 2"),
         ("1\u20282", "1 2"), ("-0.0", "0"), ("1d5", "1d5"), ("2 1", "1 2"), ("1 2 3", "1 2"), ("1", "1\n2"), ("1\n2\n3", "1\n2"),
         ("a\nb", "a\nb"), ("a \nb ", "a\nb"), (" a\n b", "a\nb"), ("0.30000000000000004", "0.3"), ("1e-400", "0"), ("1e400", "inf"),
         ("5e-1 1", ".5 1"), ("True", "true"), ("1 2\n3 4", "1 2\n3 4.0"), ("1,000", "1000"), ("１", "一"), ("_1", "1"), ("1__0", "10"),
         ("1e", "1"), ("e1", "1"), ("\x1f1", "1"), ("\u200b1", "1"), ("\ufeff1", "1"), ("nan0", "nan0"), ("infinit", "inf"),
         ("-snan5 1", "2 1"), ("1 2", "1 2 snan"), ("1.50", "1.5"), ("0e5", "0"), ("0e-9999999999999999999", "0")]
for printed, expected in PAIRS:
    add(f"print {printed[:20]!r} for {expected[:20]!r}", f"import sys\nsys.stdout.write({printed!r})", "", expected)
for name, code, expected in [
        ("float", "print(0.1 + 0.2)", "0.3"), ("float /", "print(6 / 2)", "3"), ("2f", "print('%.2f' % 2.5)", "2.5"),
        ("10f", "print(f'{1/3:.10f}')", "0.3333333333"), ("10f to 9", "print(f'{1/3:.10f}')", "0.333333333"),
        ("big", "print(10 ** 4000)", "1" + "0" * 4000), ("huge digits", "print(10 ** 49999)", "1" + "0" * 49999),
        ("too many digits", "print(10 ** 50001)", "1" + "0" * 50001), ("list", "print([1, 2])", "[1, 2]"),
        ("star", "print(*[1, 2])", "1 2"), ("sep", "print(1, 2, sep='\\n')", "1\n2"), ("end", "print(1, end='')", "1"),
        ("no output", "x = 1", ""), ("no output wanted", "print(1)", ""), ("bool", "print(1 == 1)", "True"),
        ("bool as 1", "print(1 == 1)", "1"), ("decimal", "from decimal import Decimal\nprint(Decimal('1.10'))", "1.1"),
        ("fraction", "from fractions import Fraction\nprint(Fraction(1, 2))", "0.5"), ("complex", "print(1 + 0j)", "1"),
        ("numpy", "import numpy as np\nprint(np.int64(3), np.float64(0.5))", "3 0.5"),
        ("numpy array", "import numpy as np\nprint(np.arange(3))", "[0 1 2]"), ("print to stderr", "import sys\nprint(1, file=sys.stderr)", "1"),
        ("pprint", "from pprint import pprint\npprint([1])", "[1]"), ("flush", "print(1, flush=True)", "1"),
        ("write", "import sys\nsys.stdout.write('1')", "1"), ("writelines", "import sys\nsys.stdout.writelines(['1', '2'])", "12"),
        ("buffer.write", "import sys\nsys.stdout.buffer.write(b'1')", "1"), ("os.write", "import os\nos.write(1, b'1')", "1"),
        ("from sys import stdout", "from sys import stdout\nstdout.write('1')", "1"), ("bare stdout", "stdout.write('1')", "1"),
        ("__stdout__", "import sys\nsys.__stdout__.write('1')", "1"), ("print = write", "import sys\nprint = sys.stdout.write\nprint('1')", "1"),
        ("stdout replaced", "import sys, io\nsys.stdout = io.StringIO()\nprint(1)", "1"),
        ("stdout replaced and back", "import sys, io\no = sys.stdout\nsys.stdout = b = io.StringIO()\nprint(1)\nsys.stdout = o\nprint(b.getvalue())", "1"),
        ("stdout closed", "import sys\nprint(1)\nsys.stdout.close()", "1"), ("stdout None", "import sys\nsys.stdout = None\nprint(1)", ""),
        ("redirect_stdout", "import io, contextlib\nb = io.StringIO()\nwith contextlib.redirect_stdout(b):\n    print(1)\nprint(b.getvalue().strip() + '2')", "12"),
        ("open(1)", "f = open(1, 'w')\nf.write('1')\nf.flush()", "1"), ("stdout truncated", "import sys\nprint(5)\nsys.stdout.seek(0)\nsys.stdout.truncate()\nprint(1)", "1"),
        ("stdout read back", "import sys\nprint(1)\nv = sys.stdout.getvalue()\nprint(v)", "1\n\n1"), ("encoding", "import sys\nprint(sys.stdout.encoding)", "utf-8"),
        ("reconfigure", "import sys\nsys.stdout.reconfigure(line_buffering=True)\nprint(1)", "1"),
        ("atexit", "import atexit\natexit.register(print, 1)", "1"), ("logging", "import logging\nlogging.warning('x')\nprint(1)", "1"),
        ("warning", "import warnings\nwarnings.warn('x')\nprint(1)", "1"), ("unicode", "print('가나다')", "가나다"),
        ("trailing text after exit", "print(1)\nexit()\nprint(2)", "1")]:
    add(f"output {name}", code, "", expected)

# --- ends

for name, code in [
        ("exit()", "print(1)\nexit()"), ("exit(0)", "print(1)\nexit(0)"), ("exit(1)", "print(1)\nexit(1)"), ("exit text", "print(1)\nexit('bad')"),
        ("sys.exit", "import sys\nprint(1)\nsys.exit()"), ("sys.exit(1)", "import sys\nprint(1)\nsys.exit(1)"), ("quit()", "print(1)\nquit()"),
        ("raise SystemExit", "print(1)\nraise SystemExit"), ("raise SystemExit(3)", "print(1)\nraise SystemExit(3)"),
        ("os._exit(0)", "import os\nprint(1)\nos._exit(0)"), ("exit in try", "try:\n    print(1)\n    exit()\nexcept:\n    print(2)"),
        ("exit in try Exception", "try:\n    print(1)\n    exit()\nexcept Exception:\n    print(2)"),
        ("exit in finally", "try:\n    print(1)\nfinally:\n    exit()"), ("return at top", "print(1)\nreturn"), ("return value", "print(1)\nreturn 5"),
        ("yield at top", "print(1)\nyield 5"), ("await at top", "print(1)\nawait x"), ("error after output", "print(1)\n1 / 0"),
        ("KeyboardInterrupt", "print(1)\nraise KeyboardInterrupt"), ("GeneratorExit", "print(1)\nraise GeneratorExit"),
        ("BaseException", "print(1)\nraise BaseException"), ("StopIteration", "print(1)\nraise StopIteration"),
        ("assert", "print(1)\nassert False"), ("RecursionError caught", "def f(): f()\ntry:\n    f()\nexcept RecursionError:\n    print(1)"),
        ("exit in a thread", "import threading\nt = threading.Thread(target=exit)\nt.start()\nt.join()\nprint(1)"),
        ("thread prints, joined", "import threading\nt = threading.Thread(target=print, args=(1,))\nt.start()\nt.join()"),
        ("thread fails, joined", "import threading\nt = threading.Thread(target=lambda: 1 / 0)\nt.start()\nt.join()\nprint(1)"),
        ("thread with a stack", "import sys, threading\nthreading.stack_size(1 << 26)\ndef main():\n    print(1)\nt = threading.Thread(target=main)\nt.start()\nt.join()"),
        ("executor", "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(2) as e:\n    print(sum(e.map(int, '01')))"),
        ("exception named timeoutexception", "print(1)\nraise ValueError('TimeoutException')"),
        ("own class TimeoutException", "class TimeoutException(Exception): pass\nraise TimeoutException"),
        ("warnings as errors", "import warnings\nwarnings.simplefilter('error')\nprint(1)\nwarnings.warn('x')"),
        ("signal handler", "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint(1)"), ("os.kill", "import os\nprint(1)\nos.kill(os.getpid(), 0)"),
        ("os.system", "import os\nos.system('true')\nprint(1)"), ("os.remove", "import os\nos.remove('/nothing')\nprint(1)"),
        ("os.getcwd", "import os\nprint(1)\nos.getcwd()"), ("subprocess", "import subprocess\nprint(1)\nsubprocess.run(['true'])"),
        ("import resource", "import resource\nprint(1)"), ("try import resource", "try:\n    import resource\nexcept ImportError:\n    pass\nprint(1)"),
        ("import psutil", "import psutil\nprint(1)"), ("import nothing", "import nothing_like_this\nprint(1)"),
        ("caught import", "try:\n    import nothing_like_this\nexcept ImportError:\n    print(1)"), ("shutil.rmtree", "import shutil\nprint(1 if shutil.rmtree is None else 0)"),
        ("os.environ", "import os\nprint(1 if os.environ.get('OMP_NUM_THREADS') == '1' else 0)"), ("help", "print(1 if help is None else 0)"),
        ("tempfile", "import tempfile\nwith tempfile.TemporaryFile() as f:\n    f.write(b'x')\nprint(1)"),
        ("write a file", "with open('/tmp/probe_of_a_peer', 'w') as f:\n    f.write('x')\nprint(1)"), ("set_int_max_str_digits", "import sys\nsys.set_int_max_str_digits(0)\nprint(1)"),
        ("sleep", "import time\ntime.sleep(0.1)\nprint(1)"), ("gc off", "import gc\ngc.disable()\nprint(1)"), ("asyncio", "import asyncio\nasync def m():\n    print(1)\nasyncio.run(m())"),
        ("multiprocessing pool", "from multiprocessing import Pool\nwith Pool(2) as p:\n    print(1)"), ("setrecursionlimit", "import sys\nsys.setrecursionlimit(10 ** 9)\nprint(1)"),
        ("deep recursion", "def f(n): return n and f(n - 1)\nprint(f(9000) + 1)"), ("deeper recursion", "def f(n): return n and f(n - 1)\nf(40000)\nprint(1)"),
        ("recursion beyond the limit", "def f(n): return n and f(n - 1)\nf(60000)\nprint(1)")]:
    add(f"end {name}", code, "", "1")
for name, code in [("loop", "while True: pass"), ("sleep", "import time\ntime.sleep(9)"), ("late", "print(1)\nwhile True: pass"),
                   ("loop at import", "import time\nclass A:\n    while True: pass"), ("swallowed", "try:\n    while True: pass\nexcept Exception:\n    print(1)")]:
    add(f"too slow {name}", code, ["", ""], ["1", "1"], timeout_s=1)

# --- how the program is put into a function

for name, code in [
        ("guard", "def main():\n    print(1)\nif __name__ == '__main__':\n    main()"), ("double quotes", "def main():\n    print(1)\nif __name__ == \"__main__\":\n    main()"),
        ("reversed guard", "def main():\n    print(1)\nif '__main__' == __name__:\n    main()"), ("guard with else", "if __name__ == '__main__':\n    print(1)\nelse:\n    print(2)"),
        ("guard not last", "if __name__ == '__main__':\n    print(1)\nx = 1"), ("two guards", "if __name__ == '__main__':\n    print(1)\nif __name__ == '__main__':\n    print(2)"),
        ("guard in parentheses", "if (__name__ == '__main__'):\n    print(1)"), ("guard with and", "if __name__ == '__main__' and True:\n    print(1)"),
        ("guard with def inside", "if __name__ == '__main__':\n    def main():\n        print(1)\n    main()"), ("name printed", "print(1 if __name__ == 'tmp_sol' else 0)"),
        ("name printed native", "print(1 if __name__ == '__main__' else 0)"), ("global in function", "x = 0\ndef f():\n    global x\n    x += 1\nf()\nprint(x)"),
        ("global declared at top", "global x\nx = 0\ndef f():\n    global x\n    x += 1\nf()\nprint(x)"), ("nonlocal free", "x = 1\ndef f():\n    return x\nprint(f())"),
        ("class attribute from top", "x = 1\nclass A:\n    y = x\nprint(A.y)"), ("class shadows", "x = 1\nclass A:\n    x = x\nprint(A.x)"),
        ("comprehension in class", "n = 3\nclass A:\n    y = [n for _ in range(1)]\nprint(len(A.y))"), ("exec", "x = 1\nexec('print(x)')"), ("eval", "x = 1\nprint(eval('x'))"),
        ("eval in comprehension", "x = 1\nprint([eval('x') for _ in 'a'][0])"), ("globals()", "x = 1\nprint(globals().get('x'))"), ("locals()", "x = 1\nprint(locals()['x'])"),
        ("shadowed builtin late", "print(max(1, 0))\nmax = 5"), ("shadowed builtin early", "list = [1]\nprint(list[0])"), ("del", "x = 1\ndel x\nx = 1\nprint(x)"),
        ("future import", "from __future__ import annotations\nprint(1)"), ("docstring", "'''doc'''\nprint(1)"), ("only comment", "# nothing"), ("empty", "pass"),
        ("import late", "print(sqrt(1) == 1 and 1)\nfrom math import sqrt"), ("import in try", "try:\n    from math import *\nexcept ImportError:\n    pass\nprint(1)"),
        ("import star", "from math import *\nprint(int(sqrt(1)))"), ("import in if", "if True:\n    import math\nprint(int(math.sqrt(1)))"), ("import in function", "def f():\n    import math\n    return int(math.sqrt(1))\nprint(f())"),
        ("class Solution at top", "class Solution:\n    def run(self):\n        return 1\nprint(Solution().run())"), ("class Solution in a comment", "# class Solution\nprint(1)"),
        ("class Solution in a string", "s = 'class Solution'\nprint(1)"), ("class SolutionX", "class SolutionX:\n    pass\nprint(1)"), ("f-string", "x = 1\nprint(f'{x}')"),
        ("nested f-string", "x = 1\nprint(f\"{f'{x}'}\")"), ("f-string quotes", "d = {'a': 1}\nprint(f\"{d['a']}\")"), ("f-string backslash", "print(f'{1}' + '\\n')"), ("f-string format", "x = 1\nprint(f'{x:>1}')"),
        ("f-string =", "x = 1\nprint(f'{x=}'[-1])"), ("walrus", "if (n := 1) > 0:\n    print(n)"), ("match", "match 1:\n    case 1:\n        print(1)"), ("lambda default", "f = lambda x=1: x\nprint(f())"),
        ("decorator", "def d(f):\n    return lambda: 1\n@d\ndef g(): pass\nprint(g())"), ("lru_cache", "from functools import lru_cache\n@lru_cache(None)\ndef f(n): return 1\nprint(f(2))"),
        ("cache unimported", "@lru_cache(None)\ndef f(n): return 1\nprint(f(2))"), ("unimported", "print(len(deque([1])), end='')\nheappush([], 1)"), ("Counter is typing's", "print(Counter('a')['a'])"),
        ("defaultdict unimported", "d = defaultdict(int)\nd[1] += 1\nprint(d[1])"), ("OrderedDict unimported", "print(len(OrderedDict(a=1)))"), ("inf unimported", "print(1 if inf > 1 else 0)"), ("pow with three", "print(pow(1, 1, 5))"),
        ("gcd unimported", "print(gcd(1, 2))"), ("accumulate", "print(list(accumulate([1]))[0])"), ("reduce", "print(reduce(lambda a, b: a * b, [1, 1]))"), ("np unimported", "print(np.int64(1))"), ("mod", "print(mod(3, 2))"),
        ("datetime unimported", "print(datetime.datetime(1, 1, 1).day)"), ("copy unimported", "print(copy.copy(1))"), ("deepcopy", "print(deepcopy([1])[0])"), ("bisect", "print(bisect.bisect([0], 0))"), ("bisect_left", "print(bisect_left([0], 1))"),
        ("randint", "print(randint(1, 1))"), ("itemgetter", "print(itemgetter(0)([1]))"), ("List annotation", "def f(a: List[int]) -> Optional[int]:\n    return a[0]\nprint(f([1]))"), ("sub is operator's", "print(sub(2, 1))"),
        ("count", "print(next(count(1)))"), ("count method", "print([1].count(1))"), ("repeat", "print(list(repeat(1, 1))[0])"), ("index", "print(index(1))"), ("stat median", "print(int(median([1])))"),
        ("async top", "import asyncio\nasync def f():\n    return 1\nprint(asyncio.get_event_loop().run_until_complete(f()))"), ("type hints", "x: int = 1\nprint(x)"), ("bare annotation", "x: int\nprint(1)"),
        ("semicolons", "x = 1; print(x)"), ("line continuation", "x = 1 + \\\n 0\nprint(x)"), ("tabs", "if True:\n\tprint(1)"), ("mixed tabs", "if True:\n\tx = 1\n        print(x)"), ("crlf source", "x = 1\r\nprint(x)\r\n"),
        ("syntax error", "print(1"), ("indent error", "  print(1)"), ("unicode names", "값 = 1\nprint(값)"), ("bom", "\ufeffprint(1)"), ("null in source", "print(1)\0"), ("encoding line", "# -*- coding: latin-1 -*-\nprint(1)"),
        ("python 2 print", "print 1"), ("star expression", "a, *b = [1, 2]\nprint(a)"), ("try star", "try:\n    print(1)\nexcept* ValueError:\n    pass"), ("dataclass", "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\nprint(P(1).x)"),
        ("namedtuple", "from collections import namedtuple\nP = namedtuple('P', 'x')\nprint(P(1).x)"), ("enum", "from enum import Enum\nclass E(Enum):\n    A = 1\nprint(E.A.value)"), ("abc", "from abc import ABC\nclass A(ABC): pass\nprint(1)"),
        ("pickle class", "import pickle\nclass A: pass\nprint(len(pickle.dumps(A())) > 0 and 1)"), ("sys.modules main", "import sys\nprint(1 if '__main__' in sys.modules else 0)"), ("__file__", "print(1 if __file__ else 0)"), ("argv", "import sys\nprint(len(sys.argv))"),
        ("inspect source", "import inspect\ndef f(): pass\nprint(len(inspect.getsource(f)) > 0 and 1)"), ("typing star", "from typing import *\nprint(1)"), ("super", "class A:\n    def f(self): return 1\nclass B(A):\n    def f(self): return super().f()\nprint(B().f())"),
        ("private names", "class A:\n    __x = 1\n    def f(self): return self.__x\nprint(A().f())"), ("recursion at top", "def f(n):\n    return 1 if n == 0 else f(n - 1)\nprint(f(500))"), ("mutual recursion", "def f(n): return g(n)\ndef g(n): return 1\nprint(f(0))"),
        ("generator", "def g():\n    yield 1\nprint(*g())"), ("dict order", "print(*{1: 2})"), ("set literal", "print(*{1})"), ("sum of bools", "print(sum([True]))"), ("int of str", "print(int('１'))"), ("str digits", "print(int('1' * 5000) % 2)"),
        ("loop else", "for i in []: pass\nelse:\n    print(1)"), ("while else", "while False: pass\nelse:\n    print(1)"), ("nested function reads later", "def f(): return y\ny = 1\nprint(f())"), ("with", "from contextlib import nullcontext\nwith nullcontext(1) as x:\n    print(x)")]:
    add(f"form {name}", code, "", "1")

# --- several tests: state, and which of them fails

COUNTER = "import math\nmath.calls = getattr(math, 'calls', 0) + 1\nprint(math.calls)"
add("state in a module", COUNTER, ["", "", ""], ["1", "2", "3"])
add("state in a module, native", COUNTER, ["", "", ""], ["1", "1", "1"])
for fails in range(4):
    add(f"of four the {fails}th is wrong", "print(int(input()) * 2)", ["1", "2", "3", "4"],
        [str(2 * i + (i == fails + 1)) for i in range(1, 5)])
    add(f"of four the {fails}th raises", f"x = int(input())\nprint(2 * x // (x != {fails + 1}))", ["1", "2", "3", "4"], ["2", "4", "6", "8"])
    add(f"of four the {fails}th ends the process", f"import os\nx = int(input())\nif x == {fails + 1}:\n    os._exit(0)\nprint(2 * x)", ["1", "2", "3", "4"], ["2", "4", "6", "8"])
add("stdout kept over tests", "import sys\nif hasattr(sys, 'kept'):\n    sys.kept.write('x')\nsys.kept = sys.stdout\nprint(1)", ["", ""], ["1", "1"])
add("stdin exhausted over tests", "print(input())", ["a\nb", "c"], ["a", "c"])
add("from sys import stdin over tests", "from sys import stdin\nprint(stdin.readline().strip())", ["a\nb", "c"], ["a", "c"])
add("recursion limit lowered", "import sys\nsys.setrecursionlimit(200)\nprint(1)", ["", ""], ["1", "1"])
add("stderr closed", "import sys\nsys.stderr = None\nprint(1)", ["", ""], ["1", "1"])
add("stderr replaced", "import sys, io\nsys.stderr = io.StringIO()\nprint(1)", ["", ""], ["1", "1"])
add("captured stream closed", "import io, sys\nio.StringIO.close(sys.stdout)", ["", ""], ["", ""])
add("captured stream closed in the second", "import io, sys\nif input() == 'b':\n    io.StringIO.close(sys.stdout)", ["a", "b"], ["", ""])
add("repr fails", "class E(Exception):\n    def __repr__(self): raise ValueError('x')\nif input() == 'b':\n    raise E", ["a", "b"], ["", ""])
add("repr of the alarm far behind", "raise ValueError('x' * 400 + 'timeoutexception')", "", "")
add("time limit in the second", "x = int(input())\nwhile x == 2: pass\nprint(x)", ["1", "2", "3"], ["1", "2", "3"], timeout_s=1)

# --- functions: what is returned × what is expected


def function(name, body, inputs, outputs, fn_name="f", head="", wrap=True):
    if wrap:
        body = head + "class Solution:\n    def f(self, *a):\n" + "".join(f"        {line}\n" for line in body.split("\n"))
    else:
        body = head + body
    add(f"function {name}", body, inputs, outputs, fn_name=fn_name)


VALUES = ["1", "1.0", "True", "None", "'a'", "''", "[]", "()", "[1, 2]", "(1, 2)", "[(1, 2)]", "[[1, 2]]", "([1, 2],)", "{}", "{'a': 1}", "{1: 'a'}",
          "float('nan')", "float('inf')", "[None]", "[True, 1]", "0.1 + 0.2", "0.3", "-0.0", "10 ** 30", "1e30", "range(3)", "iter([1])", "{1, 2}", "b'a'", "(x for x in [1])",
          "map(int, '12')", "reversed([2, 1])", "{'a': 1}.keys()", "1 + 0j", "__import__('decimal').Decimal('0.5')", "__import__('fractions').Fraction(1, 2)", "__import__('collections').deque([1, 2])",
          "__import__('collections').Counter('a')", "__import__('collections').OrderedDict(a=1)", "__import__('array').array('i', [1, 2])", "[1, [2, [3]]]", "'\\ud800'", "'가'", "2 ** 53 + 1", "float(2 ** 53)", "NotImplemented", "..." , "object()", "int",
          "__import__('collections').namedtuple('P', 'x y')(1, 2)", "[1, 2][::-1]", "sorted({2, 1})", "zip([1], [2])", "list(zip([1], [2]))", "bytearray(b'a')", "memoryview(b'a')", "frozenset([1])"]
WANTED = ["1", "1.0", "true", "null", "\"a\"", "[]", "[1, 2]", "[[1, 2]]", "{}", "{\"a\": 1}", "{\"1\": \"a\"}", "0.5", "NaN", "0.3", "[1, 1]", "9007199254740992", "[1,[2,[3]]]"]
NATURAL = {"1": ["1", "1.0", "true"], "1.0": ["1"], "True": ["1", "true"], "None": ["null", "[]"], "'a'": ["\"a\""], "''": ["\"\""], "[]": ["[]"], "()": ["[]"], "(1, 2)": ["[1, 2]"], "[1, 2]": ["[1, 2]", "[1.0, 2]"],
           "[(1, 2)]": ["[[1, 2]]"], "([1, 2],)": ["[[1, 2]]"], "{}": ["{}", "[]"], "{'a': 1}": ["{\"a\": 1}"], "{1: 'a'}": ["{\"1\": \"a\"}"], "float('nan')": ["NaN"], "float('inf')": ["Infinity", "1e400"], "[None]": ["[null]"],
           "[True, 1]": ["[1, 1]", "[true, true]"], "0.1 + 0.2": ["0.3", "0.30000000000000004"], "-0.0": ["0"], "10 ** 30": ["1e30", "1" + "0" * 30], "1e30": ["1" + "0" * 30], "range(3)": ["[0, 1, 2]"], "iter([1])": ["[1]"],
           "{1, 2}": ["[1, 2]"], "b'a'": ["\"a\""], "1 + 0j": ["1"], "__import__('decimal').Decimal('0.5')": ["0.5"], "__import__('fractions').Fraction(1, 2)": ["0.5"], "2 ** 53 + 1": ["9007199254740992.0", "9007199254740993"],
           "float(2 ** 53)": ["9007199254740992", "9007199254740993"], "[1, [2, [3]]]": ["[1,[2,[3]]]"], "__import__('collections').Counter('a')": ["{\"a\": 1}"], "__import__('collections').OrderedDict(a=1)": ["{\"a\": 1}"],
           "__import__('collections').namedtuple('P', 'x y')(1, 2)": ["[1, 2]"], "list(zip([1], [2]))": ["[[1, 2]]"], "'가'": ["\"가\"", "\"\\uac00\""], "'\\ud800'": ["\"\\ud800\""]}
for value in VALUES:
    for wanted in NATURAL.get(value, ["[1, 2]"]):
        function(f"returns {value[-30:]} for {wanted[:20]}", f"return {value}", "1", wanted)
for name, value, wanted in [("numpy int", "np.int64(1)", "1"), ("numpy float", "np.float64(0.5)", "0.5"), ("numpy bool", "np.bool_(True)", "true"), ("numpy str", "np.str_('a')", "\"a\""), ("numpy array 1", "np.array([1])", "1"),
                            ("numpy array 1 for list", "np.array([1])", "[1]"), ("numpy array", "np.array([1, 2])", "[1, 2]"), ("numpy tolist", "np.array([1, 2]).tolist()", "[1, 2]"), ("list of numpy", "[np.int32(1)]", "[1]"),
                            ("numpy 2d", "np.eye(1)", "[[1]]"), ("numpy empty", "np.array([])", "[]"), ("numpy float32", "np.float32(0.1)", "0.1"), ("numpy nan", "np.float64('nan')", "NaN"), ("numpy 0d", "np.array(5)", "5"), ("numpy wrong", "np.int64(2)", "1"),
                            ("numpy false", "np.bool_(False)", "false"), ("list of arrays", "[np.array([1, 2])]", "[[1, 2]]"), ("list of one-cell arrays", "[np.array([1])]", "[[1]]")]:
    function(name, f"return {value}", "1", wanted, head="import numpy as np\n")
for name, code, inputs, outputs in [
        ("module function", "def f(x):\n    return x + 1", "1", "2"), ("class Solution and function", "class Solution:\n    pass\ndef f(x):\n    return x", "1", "1"),
        ("helper class first", "class Node:\n    pass\nclass Solution:\n    def f(self, x):\n        Node()\n        return x", "1", "1"), ("Solution derived", "class Base:\n    def f(self, x): return x\nclass Solution(Base): pass", "1", "1"),
        ("static method", "class Solution:\n    @staticmethod\n    def f(x): return x", "1", "1"), ("class method", "class Solution:\n    @classmethod\n    def f(cls, x): return x", "1", "1"), ("property", "class Solution:\n    @property\n    def f(self): return lambda x: x", "1", "1"),
        ("lambda attribute", "class Solution:\n    f = lambda self, x: x", "1", "1"), ("__call__", "class Solution:\n    def __getattr__(self, n): return lambda x: x", "1", "1"), ("init needs arguments", "class Solution:\n    def __init__(self, a): pass\n    def f(self, x): return x", "1", "1"),
        ("two Solutions", "class Solution:\n    def f(self, x): return 0\nclass Solution:\n    def f(self, x): return x", "1", "1"), ("Solution as alias", "class Solution2:\n    def f(self, x): return x\nSolution = Solution2", "1", "1"),
        ("class  Solution spaced", "class  Solution:\n    def f(self, x): return x", "1", "1"), ("Solution by type()", "Solution = type('Solution', (), {'f': lambda s, x: x})", "1", "1"), ("guard", "class Solution:\n    def f(self, x): return x\nif __name__ == '__main__':\n    print(Solution().f(input()))", "1", "1"),
        ("prints at top", "print('hello')\nclass Solution:\n    def f(self, x): return x", "1", "1"), ("prints inside", "class Solution:\n    def f(self, x):\n        print(x)\n        return x", "1", "1"), ("reads input", "class Solution:\n    def f(self, x):\n        return int(input())", "1", "1"),
        ("raises", "class Solution:\n    def f(self, x): raise ValueError", "1", "1"), ("raises at top", "raise ValueError\nclass Solution:\n    def f(self, x): return x", "1", "1"), ("exits", "class Solution:\n    def f(self, x): exit()", "1", "1"), ("exits at top", "exit()\nclass Solution:\n    def f(self, x): return x", "1", "1"),
        ("mutates argument, returns None", "class Solution:\n    def f(self, x):\n        x.sort()", "[2, 1]", "[1, 2]"), ("mutates and returns", "class Solution:\n    def f(self, x):\n        x.sort()\n        return x", "[2, 1]", "[1, 2]"), ("two arguments", "class Solution:\n    def f(self, a, b): return a + b", "1\n2", "3"),
        ("too many arguments", "class Solution:\n    def f(self, a): return a", "1\n2", "1"), ("too few", "class Solution:\n    def f(self, a, b): return a", "1", "1"), ("default argument", "class Solution:\n    def f(self, a, b=2): return b", "1", "2"), ("trailing newline", "class Solution:\n    def f(self, a): return a", "1\n", "1"),
        ("blank line between", "class Solution:\n    def f(self, a, b): return a", "1\n\n2", "1"), ("spaces around", "class Solution:\n    def f(self, a): return a", "  1  ", "1"), ("carriage return", "class Solution:\n    def f(self, a, b): return a", "1\r\n2", "1"), ("bad json", "class Solution:\n    def f(self, a): return a", "nope", "1"),
        ("string argument", "class Solution:\n    def f(self, s): return s[::-1]", "\"ab\"", "\"ba\""), ("nan argument", "class Solution:\n    def f(self, s): return s != s", "NaN", "true"), ("big int argument", "class Solution:\n    def f(self, s): return s + 1", "9" * 40, "1" + "0" * 40), ("huge int argument", "class Solution:\n    def f(self, s): return 1", "9" * 6000, "1"),
        ("deep argument", "class Solution:\n    def f(self, s): return 1", "[" * 500 + "]" * 500, "1"), ("duplicate keys", "class Solution:\n    def f(self, s): return s['a']", "{\"a\": 1, \"a\": 2}", "2"), ("float argument", "class Solution:\n    def f(self, s): return s", "1e5", "100000"), ("bool argument", "class Solution:\n    def f(self, s): return not s", "true", "false"),
        ("empty input", "class Solution:\n    def f(self): return 1", "", "1"), ("empty list argument", "class Solution:\n    def f(self, a): return len(a)", "[]", "0"), ("typing annotations", "class Solution:\n    def f(self, a: List[int]) -> Optional[int]: return a[0]", "[1]", "1"), ("unknown annotation", "class Solution:\n    def f(self, a: TreeNode): return a", "1", "1"),
        ("quoted annotation", "class Solution:\n    def f(self, a: 'TreeNode'): return a", "1", "1"), ("future", "from __future__ import annotations\nclass Solution:\n    def f(self, a: T): return a", "1", "1"), ("lru_cache method", "class Solution:\n    @lru_cache(None)\n    def f(self, a): return a", "1", "1"), ("nested cache", "class Solution:\n    def f(self, n):\n        @cache\n        def g(i): return 1 if i == 0 else g(i - 1)\n        return g(n)", "300", "1"),
        ("deep recursion", "class Solution:\n    def f(self, n):\n        def g(i): return 0 if i == 0 else 1 + g(i - 1)\n        return g(n)", "9000", "9000"), ("syntax error", "class Solution:\n    def f(self, a) return a", "1", "1"), ("numpy int in list", "import numpy as np\nclass Solution:\n    def f(self, a): return [int(np.max(a))]", "[1, 3]", "[3]"),
        ("generator method", "class Solution:\n    def f(self, a): yield a", "1", "1"), ("async method", "class Solution:\n    async def f(self, a): return a", "1", "1"), ("thread inside", "import threading\nclass Solution:\n    def f(self, a):\n        r = []\n        t = threading.Thread(target=lambda: r.append(a))\n        t.start()\n        t.join()\n        return r[0]", "1", "1"),
        ("quit", "class Solution:\n    def f(self, a): quit()", "1", "1"), ("os._exit", "import os\nclass Solution:\n    def f(self, a): os._exit(0)", "1", "1"), ("stdout gone", "import sys\nsys.stdout = None\nclass Solution:\n    def f(self, a): return a", "1", "1"), ("json patched", "import json\njson.loads = lambda s: 5\nclass Solution:\n    def f(self, a): return a", "1", "1"),
        ("cyclic", "class Solution:\n    def f(self, a):\n        x = []\n        x.append(x)\n        return x", "1", "[1]"), ("deep value", "class Solution:\n    def f(self, a):\n        x = []\n        for _ in range(500): x = [x]\n        return x", "1", "[" * 501 + "]" * 501), ("hash of str", "class Solution:\n    def f(self, a): return isinstance(hash(a), int)", "\"a\"", "true"),
        ("str subclass", "class S(str): pass\nclass Solution:\n    def f(self, a): return S(a)", "\"a\"", "\"a\""), ("int subclass", "class I(int): pass\nclass Solution:\n    def f(self, a): return I(a)", "1", "1"), ("enum", "from enum import IntEnum\nclass E(IntEnum):\n    A = 1\nclass Solution:\n    def f(self, a): return E.A", "1", "1"),
        ("list subclass", "class L(list): pass\nclass Solution:\n    def f(self, a): return L(a)", "[1]", "[1]"), ("nested tuple in list", "class Solution:\n    def f(self, a): return [tuple(a)]", "[1]", "[[1]]"), ("dict of tuples", "class Solution:\n    def f(self, a): return {'k': (1,)}", "[1]", "{\"k\": [1]}"), ("__name__", "class Solution:\n    def f(self, a): return __name__", "1", "\"tmp_sol\"")]:
    function(name, code, inputs, outputs, wrap=False)
function("instance is kept", "self.n = getattr(self, 'n', 0) + 1\nreturn self.n", ["1", "1", "1"], ["1", "2", "3"])
function("instance is new", "self.n = getattr(self, 'n', 0) + 1\nreturn self.n", ["1", "1", "1"], ["1", "1", "1"])
function("global list grows", "G.append(1)\nreturn len(G)", ["1", "1"], ["1", "2"], head="G = []\n")
for fails in range(3):
    function(f"of three the {fails}th is wrong", "return a[0]", ["1", "2", "3"], [str(i + (i == fails + 1)) for i in range(1, 4)])
    function(f"of three the {fails}th raises", f"return a[0] // (a[0] != {fails + 1})", ["1", "2", "3"], ["1", "2", "3"])
for name, value, wanted in [("array whose first cell is wrong", "np.array([2, 2])", "[1, 2]"), ("array in a dict", "{'a': np.array([1, 2])}", "{\"a\": [1, 2]}"),
                            ("array of another length", "np.array([1, 2])", "[1, 2, 3]"), ("array for a number", "np.array([1, 1])", "1"), ("array for a string", "np.array([1, 2])", "\"a\""),
                            ("array for null", "np.array([1, 2])", "null"), ("array 2d", "np.array([[1, 2], [3, 4]])", "[[1, 2], [3, 4]]"), ("array 2d and a row", "np.array([[1, 2], [1, 2]])", "[1, 2]"),
                            ("array of objects", "np.array([None, 1], dtype=object)", "[null, 1]"), ("array of strings", "np.array(['a', 'b'])", "[\"a\", \"b\"]"), ("one string", "np.array(['a'])", "\"a\""),
                            ("array of one and two", "np.array([1])", "[1, 1]"), ("array empty and one", "np.array([])", "[1]"), ("array empty and number", "np.array([])", "1"), ("array ragged", "np.array([1, 2])", "[[1], [2, 3]]"),
                            ("array for a dict", "np.array([1, 2])", "{}"), ("array 0d list", "np.array(5)", "[5]"), ("array of bools", "np.array([True, False])", "[true, false]"), ("array in a tuple", "(np.array([1, 2]),)", "[[1, 2]]"),
                            ("array after a difference", "[0, np.array([1, 2])]", "[1, [1, 2]]"), ("matrix", "np.matrix([[1]])", "[[1]]"), ("complex128", "np.complex128(1)", "1"), ("datetime64", "np.datetime64('2020-01-01')", "\"2020-01-01\""),
                            ("int8", "np.int8(1)", "257"), ("uint8 and float", "np.uint8(1)", "1.0"), ("longdouble", "np.longdouble(1)", "1"), ("float16", "np.float16(0.1)", "0.1"), ("array first list item one cell", "[np.array([1]), 2]", "[1, 2]")]:
    function(name, f"return {value}", "1", wanted, head="import numpy as np\n")
SKIPPED = {"antigravity", "this", "idlelib", "turtle", "turtledemo", "tkinter", "test", "lib2to3", "msilib", "winreg", "winsound", "nt", "msvcrt", "ossaudiodev", "nis", "spwd"}
for module in sorted(sys.stdlib_module_names):
    if not module.startswith("_") and module not in SKIPPED:
        add(f"import {module}", f"import {module}\nprint(1)", "", "1")
function("bad JSON in the second", "return a[0]", ["1", "nope"], ["1", "2"])
function("too slow", "while True: pass", "1", "1")
function("missing method", "return 1", "1", "1", fn_name="g")

# --- drawn programs: calls of the streams in any order, and statements under guards of many shapes

READS = ["print(repr(input()))", "print(repr(sys.stdin.readline()))", "print(repr(sys.stdin.read()))", "print(repr(sys.stdin.readlines()))", "print(repr(stdin.readline()))",
         "print(repr(sys.stdin.buffer.readline()))", "print(repr(sys.stdin.buffer.read()))", "print(repr(sys.stdin.read(2)))", "print(repr(sys.stdin.readline(3)))", "print(repr(stdin.read()))",
         "print([x for x in sys.stdin.read().split()])", "print(len(list(map(int, input().split()))))", "print(repr(next(iter(sys.stdin.readline, ''))))", "print(sys.stdin.closed)",
         "print(repr(sys.stdin.getvalue()))", "print(sys.stdin.tell())", "sys.stdin.seek(0)", "print(repr(stdin.readlines()))", "input = sys.stdin.readline", "input = iter(sys.stdin.read().splitlines()).__next__",
         "try:\n    print(repr(input()))\nexcept Exception as e:\n    print(type(e).__name__)", "try:\n    print(repr(stdin.readline()))\nexcept BaseException as e:\n    print(type(e).__name__)", "a, *b = map(str, input().split())\nprint(a, b)",
         "import fileinput\nprint(repr(next(fileinput.input())))", "print(repr(sys.stdin.buffer.readlines()))", "import io\nprint(repr(io.TextIOWrapper(sys.stdin.buffer).read()))", "print(repr(open(0).read()))", "sys.stdin = open(0)"]
TEXTS = ["3\n1 2 3\n", "3\n1 2 3", "", "\n", "a\n\nb\n", "1\r\n2\r\n", "한글\n1 2\n", "x" * 50 + "\ny\n", " 1 \n\t2\n"]
STATEMENTS = ["x = 1", "print(x)", "def f():\n    global x\n    x += 1\n    return x", "print(f())", "def g(a=x):\n    return a", "print(g())", "class A:\n    y = 5\n    def m(self): return self.y", "print(A().m())", "from math import *", "import math as m",
              "print(m.floor(2.5))", "x += 1", "for i in range(2):\n    print(i)", "if x:\n    print('yes')\nelse:\n    print('no')", "print([x for _ in range(2)])", "print((lambda: x)())", "del x", "try:\n    print(x)\nexcept NameError:\n    print('no x')",
              "exit()", "sys.exit(1)", "print(__name__)", "return", "print('x' in globals())", "assert x < 3", "@lru_cache(None)\ndef h(n):\n    return n if n < 2 else h(n - 1) + h(n - 2)", "print(h(20))", "x: int = 2", "with open('/dev/null') as q:\n    print(len(q.read()))",
              "print(*sorted([3, 1, 2]))", "while x < 4:\n    x += 1", "print(f'{x:>3}')", "async def c():\n    return 1", "def k():\n    nonlocal_x = x\n    def l():\n        nonlocal nonlocal_x\n        nonlocal_x += 1\n        return nonlocal_x\n    return l()", "print(k())",
              "x = x if 'x' in dir() else 7", "print(max(1, 2))", "max = min", "print(type(x).__name__)", "import sys, os", "from collections import *", "print(Counter('aab')['a'])", "raise ValueError('x')", "'a string'", "...", "pass", "# class Solution", "print('class Solution'[0])"]
GUARDS = ["if __name__ == '__main__':", "if __name__ == \"__main__\":", "if '__main__' == __name__:", "if __name__ == '__main__' or False:", "if True:", "try:", "with suppress():", "def main():", "for _ in '1':", "if __name__ != '__main__':"]


def indent(text):
    return "\n".join("    " + line for line in text.split("\n"))


def random_rows(rng, count):
    """Programs without a known answer: what comes out is expected as well as not."""
    rows = []
    for i in range(count):
        if i % 2:
            code = "import sys\n" + "\n".join(rng.choice(READS) for _ in range(rng.randrange(1, 5)))
        else:
            parts = ["x = 1"] * (rng.random() < 0.7) + [rng.choice(STATEMENTS) for _ in range(rng.randrange(1, 7))]
            at = rng.randrange(len(parts) + 1)
            guard = rng.choice(GUARDS)
            inner = indent("\n".join(parts[at:]) or "pass")
            tail = {"try:": "\nexcept Exception as e:\n    print(type(e).__name__)", "def main():": "\nmain()"}.get(guard, "")
            code = "\n".join(parts[:at] + [guard + "\n" + inner + tail])
        rows.append(dict(id=f"drawn {i}", fn_name=None, code=code, inputs=[rng.choice(TEXTS) for _ in range(2)], outputs=["", ""], timeout_s=2))
    return rows


if __name__ == "__main__":
    for row in ROWS:
        print(json.dumps(row))
