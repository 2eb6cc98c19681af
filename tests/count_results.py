"""Adds up the results that the test programs left in a folder and prints "N passed, N failed".

Every GoogleTest program leaves NAME.json with its cases; ctest leaves ctest.xml with one case a program. A program that failed
without leaving a file (it crashed), or that is no GoogleTest program, counts as one case. tests/full.sh leaves NAME.count files:
two numbers, passed and failed.
"""

import json
import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def main() -> int:
    folder = pathlib.Path(sys.argv[1])
    passed = failed = skipped = 0
    counted = set()
    for path in sorted(folder.glob("*.json")):
        report = json.loads(path.read_text(encoding="utf-8"))
        counted.add(path.stem)
        for suite in report["testsuites"]:
            for case in suite["testsuite"]:
                if case.get("failures"):
                    failed += 1
                    print(f"FAILED {path.stem}: {suite['name']}.{case['name']}")
                elif case.get("result") == "SKIPPED":
                    skipped += 1
                elif case.get("status") == "RUN":
                    passed += 1
    ctest = folder / "ctest.xml"
    if not ctest.exists():
        print("FAILED ctest left no results")
        failed += 1
    else:
        for case in ElementTree.parse(ctest).getroot().iter("testcase"):
            name = case.get("name")
            crashed = case.get("status") == "fail"
            if name not in counted:
                passed += 0 if crashed else 1
                failed += 1 if crashed else 0
                if crashed:
                    print(f"FAILED {name}")
    for path in sorted(folder.glob("*.count")):
        more_passed, more_failed = map(int, path.read_text().split())
        passed += more_passed
        failed += more_failed
        if more_failed:
            print(f"FAILED {path.stem}: {more_failed}")
    if skipped:
        print(f"{skipped} skipped (the lines above say why)")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
