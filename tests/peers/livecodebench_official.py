#!/usr/bin/env python3
"""Judge some 800 small programs by a model of LiveCodeBench's checker and by `jangwon grade`, and print what differs.

    livecodebench_official.py JANGWON [FILE.jsonl | SEED COUNT]

The programs are those of livecodebench_probes.py, or the rows of a file in the format of `jangwon grade livecodebench_v6`, or COUNT
programs drawn from calls and statements, whose expected outputs are what the model prints; the model
is livecodebench_model.py. Compared are the verdict of the official mode and its codes, test by test. Where the native mode differs
from the official one, the program is listed too, for reading. To be run with the Python that the sandbox finds.
"""
import json
import random
import subprocess
import sys

import livecodebench_model
import livecodebench_probes

# What differs on purpose (harness/sandbox/README.md), by the name of the probe.
KNOWN = {
    "too slow swallowed": "the alarm is no exception inside, so it cannot be swallowed",
}


def grade(jangwon, rows):
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    result = subprocess.run([jangwon, "grade", "livecodebench_v6", "-", "--mode", "both"], input=lines, capture_output=True,
                            text=True)
    verdicts = {}
    for line in result.stdout.split("\n")[:-1]:
        verdict = json.loads(line)
        verdicts[verdict["id"], verdict["mode"]] = verdict
    if len(verdicts) < 2 * len(rows):
        print(result.stderr, file=sys.stderr)
    return verdicts


def main():
    rows = livecodebench_probes.ROWS
    if len(sys.argv) > 3:
        rows = livecodebench_probes.random_rows(random.Random(int(sys.argv[2])), int(sys.argv[3]))
        for row in rows:
            printed = livecodebench_model.outputs_of(row) or []
            row["outputs"] = ([text if isinstance(text, str) else "" for text in printed] + ["", ""])[:2]
    elif len(sys.argv) > 2:
        rows = [json.loads(line) for line in open(sys.argv[2], encoding="utf-8")]
    verdicts = grade(sys.argv[1], rows)
    same, native_differs = 0, []
    for row in rows:
        name = row["id"].partition(" ")[2] if row in livecodebench_probes.ROWS else row["id"]
        expected = livecodebench_model.judge(row)
        official, native = (verdicts.get((row["id"], mode)) for mode in ("official", "native"))
        if official is None:
            print(f"{row['id']}: no verdict; the model says {expected}")
            continue
        found = (official["passed"], official["results"])
        if found == expected or name in KNOWN:
            same += 1
        else:
            print(f"{row['id']}: {found} instead of {expected}; {official.get('explanation', '')[:200]}")
        if native["passed"] != official["passed"]:
            native_differs.append(f"{row['id']}: official {official['results']}, native {native['results']} "
                                  f"{native.get('explanation', '')}")
    if native_differs:
        print("\nnative differs:", *native_differs, sep="\n  ")
    print(f"{same} of {len(rows)}")
    sys.exit(same != len(rows))


if __name__ == "__main__":
    main()
