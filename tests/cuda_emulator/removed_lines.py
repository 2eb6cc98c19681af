#!/usr/bin/env python3
"""Shows that tests notice each synchronising line of the GPU's kernels when it is left out.

    removed_lines.py PROGRAM [--filter PATTERN] [--only FILE] [--seconds N]

PROGRAM is a GoogleTest program whose kernels run on the emulator. Its tests are run one by one to learn which of them
reach which lines (barriers, waits, fences, arrivals, copies); then, for each line of a .cu file, the tests that reach it
are run as if the line were deleted, the quickest first, in index order and then under random schedules, until one fails.
A line without which every test passes is an error: a barrier too many, or a weak test. A kernel that comes later is found
by itself.

With --seconds N a line that the quick tests do not notice is given up after that long, and said to be so.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time

SCHEDULES = ["0", "1", "2", "3", "4"]


def names_of_tests(program, pattern):
    listed = subprocess.run([program, "--gtest_list_tests", f"--gtest_filter={pattern}"], check=True,
                            capture_output=True, text=True).stdout
    names, suite = [], ""
    for line in listed.splitlines():
        name = line.split("#")[0].rstrip()
        if name.startswith("  "):
            names.append(suite + name.strip())
        elif name.endswith("."):
            suite = name
    return names


def run(program, test, environment):
    """Whether the test passes, and the seconds that it took. One that hangs does not pass."""
    start = time.monotonic()
    try:
        done = subprocess.run([program, f"--gtest_filter={test}"], env={**os.environ, **environment}, timeout=300,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        passed = done.returncode == 0
    except subprocess.TimeoutExpired:
        passed = False
    return passed, time.monotonic() - start


def lines_reached(program, tests):
    """For each line, its operation and the tests that reach it, the quickest first."""
    reached = {}
    for test in tests:
        with tempfile.NamedTemporaryFile(mode="r", suffix=".lines") as lines:
            passed, seconds = run(program, test, {"JANGWON_EMULATOR_LIST_LINES": lines.name})
            if not passed:
                sys.exit(f"{test} fails with nothing left out")
            for line in lines.read().splitlines():
                place, operation = line.split(" ", 1)
                reached.setdefault(place, (operation, []))[1].append((seconds, test))
    return {place: (operation, [test for _, test in sorted(tests)]) for place, (operation, tests) in reached.items()}


def who_notices(program, place, tests, deadline):
    for schedule in SCHEDULES:
        for test in tests:
            passed, _ = run(program, test, {"JANGWON_EMULATOR_LEAVE_OUT": place, "JANGWON_EMULATOR_SCHEDULE": schedule})
            if not passed:
                return f"{test}, schedule {schedule}"
            if time.monotonic() > deadline:
                return None
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--filter", default="*", help="of the tests, as --gtest_filter takes it")
    parser.add_argument("--only", default=".cu", help="lines of files whose name ends like this")
    parser.add_argument("--seconds", type=float, default=1e9, help="for each line at most")
    arguments = parser.parse_args()

    reached = lines_reached(arguments.program, names_of_tests(arguments.program, arguments.filter))
    places = sorted((place for place in reached if place.split(":")[0].endswith(arguments.only)),
                    key=lambda place: (place.split(":")[0], int(place.split(":")[1])))
    unnoticed = 0
    for place in places:
        operation, tests = reached[place]
        noticed = who_notices(arguments.program, place, tests, time.monotonic() + arguments.seconds)
        unnoticed += noticed is None
        print(f"{place} {operation}: {'noticed by ' + noticed if noticed else 'NOT NOTICED'}", flush=True)
    print(f"{len(places)} lines, {unnoticed} not noticed")
    sys.exit(0 if places and unnoticed == 0 else 1)


if __name__ == "__main__":
    main()
