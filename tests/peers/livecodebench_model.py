"""LiveCodeBench's checker at its head, modelled from its documented behaviour: one forked process a program, an alarm a test,
mocked streams, exact decimals. Needs nothing but Python 3.11 and, for programs that import it, numpy.

    judge(row) -> (passed, codes)      row: fn_name, code, inputs, outputs, timeout_s

It runs programs in a plain process: only programs of one's own may be given to it.
"""
import ast
import concurrent.futures.process  # noqa: F401  there before the guard, as in the checker's own runner
import contextlib
import decimal
import faulthandler
import io
import json
import multiprocessing
import multiprocessing.managers  # noqa: F401
import os
import shutil
import signal
import subprocess
import sys
import time
import types
import unittest.mock

try:
    import numpy
    import numpy.random  # noqa: F401
except ImportError:
    numpy = None

STARRED = ("string re datetime collections heapq bisect copy math random statistics itertools functools operator io sys json "
           "builtins typing").split()
PROLOGUE = "\n".join([f"from {name} import *" for name in STARRED]
                     + [f"import {name}" for name in STARRED if name not in ("builtins", "typing")]
                     + ["sys.setrecursionlimit(50000)"]) + "\n"


class TimeoutException(Exception):
    pass


def on_alarm(signum, frame):
    print("timeout occured: alarm went off")
    raise TimeoutException


class Bytes:
    """What programs find as sys.stdin.buffer."""

    def __init__(self, text):
        self.data = text.encode()

    def read(self, *args):
        return self.data

    def readline(self, *args):
        return self.data.split(b"\n")[0] + b"\n"


class Stdin:
    def __init__(self, text):
        self.text, self.cursor, self.buffer = text, io.StringIO(text), Bytes(text)

    def read(self, *args):
        return self.text

    def readline(self, *args):
        return self.cursor.readline(*args)

    def readlines(self, *args):
        return self.text.split("\n")

    def __getattr__(self, name):
        return getattr(self.cursor, name)


class Captured:
    def __enter__(self):
        self.before = sys.stdout
        self.stream = sys.stdout = io.StringIO()
        self.stream.close = lambda x: 1
        return self

    def __exit__(self, *_):
        self.text = self.stream.getvalue()
        sys.stdout = self.before


def guard():
    faulthandler.disable()
    import builtins
    builtins.quit = None
    os.environ["OMP_NUM_THREADS"] = "1"
    for name in ("kill system putenv remove removedirs rmdir fchdir setuid fork forkpty killpg rename renames truncate replace "
                 "unlink fchmod fchown chmod chown chroot lchflags lchmod lchown getcwd chdir").split():
        setattr(os, name, None)
    for name in ("rmtree", "move", "chown"):
        setattr(shutil, name, None)
    subprocess.Popen = None
    builtins.help = None
    for name in ("ipdb", "joblib", "resource", "psutil", "tkinter"):
        sys.modules[name] = None


def load(source, seconds):
    signal.alarm(seconds)
    try:
        module = types.ModuleType("tmp_sol", "")
        exec(source, module.__dict__)
        return module.Solution() if "class Solution" in source else module
    finally:
        signal.alarm(0)


def inline_guard(source):
    try:
        tree = ast.parse(source)
        last = tree.body[-1]
        if isinstance(last, ast.If) and ast.unparse(last.test).strip() == "__name__ == '__main__'":
            return ast.unparse(tree.body[:-1]) + "\n" + ast.unparse(last.body)
    except Exception:
        pass
    return source


def wrap(source):
    try:
        tree = ast.parse(source)
        imports = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
        others = [node for node in tree.body if not isinstance(node, (ast.Import, ast.ImportFrom))]
        empty = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
        function = ast.FunctionDef(name="wrapped_function", args=empty, body=others, decorator_list=[], lineno=-1)
        return PROLOGUE + "\n" + ast.unparse(imports) + "\n" + ast.unparse(function)
    except Exception:
        return source


def call(function, text):
    lines = iter(text.split("\n"))
    with contextlib.ExitStack() as stack:
        for target, value in (("sys.stdin.read", lambda *a: text), ("sys.stdin.readlines", lambda *a: text.split("\n")),
                              ("sys.stdin.readline", lambda *a: next(lines)), ("sys.stdin", Stdin(text)),
                              ("builtins.open", unittest.mock.mock_open(read_data=text))):
            stack.enter_context(unittest.mock.patch(target, value))
        try:
            return function()
        except SystemExit:
            return None


def stripped_lines(text):
    return [line.strip() for line in text.strip().split("\n")]


def decimals(line):
    try:
        return [decimal.Decimal(word) for word in line.split()]
    except Exception:
        return None


def same_output(produced, expected):
    a, b = stripped_lines(produced), stripped_lines(expected)
    if len(a) != len(b):
        return False
    for left, right in zip(a, b):
        if left == right:
            continue
        left, right = decimals(left), decimals(right)
        if left is None or right is None or not left == right:
            return False
    return True


def failure_of(error):
    return -3 if "timeoutexception" in repr(error).lower() else -4


def run_stdin(row, seconds):
    function = getattr(load(wrap(inline_guard(row["code"])), seconds), "wrapped_function")
    codes = []
    for text, expected in zip(row["inputs"], row["outputs"]):
        signal.alarm(seconds)
        faulthandler.enable()
        with Captured() as captured:
            try:
                call(function, text)
                signal.alarm(0)
            except Exception as error:
                signal.alarm(0)
                return codes + [failure_of(error)]
            finally:
                signal.alarm(0)
                faulthandler.disable()
        if TRANSCRIPT in row:
            codes.append(captured.text)
            continue
        if not same_output(captured.text, expected):
            return codes + [-2]
        codes.append(True)
    return codes


def run_calls(row, seconds):
    method = getattr(load(PROLOGUE + "\n\n" + row["code"], seconds), row["fn_name"])
    inputs = [[json.loads(line) for line in text.split("\n")] for text in row["inputs"]]
    outputs = [json.loads(text) for text in row["outputs"]]
    codes = []
    for arguments, expected in zip(inputs, outputs):
        signal.alarm(seconds)
        faulthandler.enable()
        try:
            value = method(*arguments)
            signal.alarm(0)
            if isinstance(value, tuple):
                value = list(value)
            same = value == expected
            codes.append(same)
            if not same:
                return codes
        except Exception as error:
            signal.alarm(0)
            return codes + [failure_of(error)]
        finally:
            signal.alarm(0)
            faulthandler.disable()
    return codes


TRANSCRIPT = "transcript"  # a key of rows whose outputs are to be found, not compared


def child(row, seconds, pipe):
    sys.set_int_max_str_digits(50000)
    sys.argv = [""]  # of the checker's own runner, and so anything
    null = os.open("/dev/null", os.O_WRONLY)
    os.dup2(null, 1)  # what programs write past the mocked stream goes nowhere
    os.dup2(null, 2)
    signal.signal(signal.SIGALRM, on_alarm)
    guard()
    try:
        codes = (run_calls if row["fn_name"] else run_stdin)(row, seconds)
    except Exception:
        codes = [-4]
    # A cell of an array stands for itself; what is true is a pass.
    if TRANSCRIPT in row:
        return pipe.send_bytes(json.dumps(codes).encode())
    codes = [code.item(0) if numpy is not None and isinstance(code, numpy.ndarray) else code for code in codes]
    pipe.send_bytes(json.dumps([int(code) if isinstance(code, int) and not isinstance(code, bool) else (1 if code else -2)
                                for code in codes]).encode())


def outputs_of(row):
    """What the program prints in each test, up to a failure, whose code stands last."""
    return run_child(dict(row, **{TRANSCRIPT: True}))


def judge(row):
    codes = run_child(row)
    if codes is None:
        codes = [-2]  # no result came: the caller notes -5
    return all(code > 0 for code in codes), codes


def run_child(row):
    seconds = int(row.get("timeout_s", 6))
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=child, args=(row, seconds, theirs))
    process.start()
    theirs.close()
    end = time.monotonic() + (seconds + 1) * len(row["inputs"]) + 5
    codes = None
    try:
        if ours.poll(max(0, end - time.monotonic())):
            codes = json.loads(ours.recv_bytes())
    except (EOFError, OSError):
        pass
    process.kill()
    process.join()
    return codes
