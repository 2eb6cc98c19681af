#!/usr/bin/env python3
"""Shows that tests notice each synchronising line of the GPU's kernels when it is left out.

    removed_lines.py PROGRAM [--filter PATTERN] [--only FILE] [--long]

PROGRAM is a GoogleTest program whose kernels run on the emulator. Its tests are run once to learn which lines synchronise
(barriers, waits, fences, arrivals, copies) and which test reaches each first. Then, for each line of a .cu file or of a
header, tests are run as if the line were deleted, until one fails: the one that reached it, in index order and under a
random schedule; its suite; at last all of them, under more schedules. A line without which every test passes is an error: a barrier too many,
or a weak test. A kernel that comes later is found by itself.

One kind of line is left to ThreadSanitizer (tests/full.sh): without it two lanes race, and yet every order of them gives the
same numbers. Such a line says so in its source, in the comment above it: `// race alone: REASON`.
"""

import argparse
import itertools
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[2]
SOURCES = [ROOT / "runtime/kernels/cuda", ROOT / "tests/cuda_emulator"]
LONGEST_SECONDS = 600  # who takes longer hangs, and so has noticed


def run(program, tests, environment):
    """Whether these tests pass, and what they print."""
    inherited = {name: value for name, value in os.environ.items() if name != "GTEST_OUTPUT"}  # failures wanted, not counted
    try:
        done = subprocess.run([program, f"--gtest_filter={tests}", "--gtest_fail_fast"], timeout=LONGEST_SECONDS,
                              env={**inherited, **environment}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              text=True, errors="replace")
        return done.returncode == 0, done.stdout
    except subprocess.TimeoutExpired:
        return False, ""


def lines_reached(program, tests):
    """For each line, its operation and the test that reaches it first."""
    passed, printed = run(program, tests, {"JANGWON_EMULATOR_LIST_LINES": "/dev/stdout"})
    if not passed:
        sys.exit("a test fails with nothing left out")
    reached, test = {}, ""
    for line in printed.splitlines():
        if line.startswith("[ RUN      ] "):
            test = line.split("] ")[1]
        elif match := re.fullmatch(r"(\S+\.(?:cu|h):\d+) (\w+)", line):
            reached[match[1]] = (match[2], test)
    return reached


def suite_of(test):
    """The pattern for the tests of this one's suite and parameter, where it has one."""
    suite, name = test.split(".", 1)
    parameter = "/" + name.split("/", 1)[1] if "/" in name else ""
    return f"{suite}.*{parameter}"


def is_race_alone(place):
    name, line = place.split(":")
    for folder in SOURCES:
        if (folder / name).exists():
            above = (folder / name).read_text().splitlines()[:int(line) - 1]
            comment = itertools.takewhile(lambda text: text.lstrip().startswith("//"), reversed(above))
            return any("// race alone: " in text for text in comment)
    return False


def who_notices(program, place, first, tests):
    suite = suite_of(first)
    for chosen, schedules in ((first, "01"), (suite, "01"), (tests, "01234")):
        for schedule in schedules:
            if not run(program, chosen, {"JANGWON_EMULATOR_LEAVE_OUT": place, "JANGWON_EMULATOR_SCHEDULE": schedule})[0]:
                return f"{chosen}, schedule {schedule}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--filter", default="*", help="of the tests, as --gtest_filter takes it")
    parser.add_argument("--only", default="", help="lines of this file")
    parser.add_argument("--long", action="store_true", help="only where JANGWON_LONG_TESTS is set")
    arguments = parser.parse_args()
    if arguments.long and not os.environ.get("JANGWON_LONG_TESTS"):
        print("skipped: takes minutes; ./test.sh --full runs it")
        return

    reached = lines_reached(arguments.program, arguments.filter)
    places = sorted((place for place in reached if place.startswith(arguments.only)),
                    key=lambda place: (place.split(":")[0], int(place.split(":")[1])))
    unnoticed = 0
    for place in places:
        operation, first = reached[place]
        if is_race_alone(place):
            print(f"{place} {operation}: left to ThreadSanitizer")
            continue
        noticed = who_notices(arguments.program, place, first, arguments.filter)
        unnoticed += noticed is None
        print(f"{place} {operation}: {'noticed by ' + noticed if noticed else 'NOT NOTICED'}", flush=True)
    print(f"{len(places)} lines, {unnoticed} not noticed")
    sys.exit(0 if places and unnoticed == 0 else 1)


if __name__ == "__main__":
    main()
