#!/usr/bin/env python3
"""Makes packed_tests.jsonl: lists of tests packed as LiveCodeBench packs its private tests, by CPython's own pickle and
zlib, one row a form of pickle that the reader must know. Run by hand; the file is deterministic for one zlib version.
"""

import base64
import hashlib
import json
import pathlib
import pickle
import zlib


def pack(text, protocol):
    return base64.b64encode(zlib.compress(pickle.dumps(text, protocol=protocol))).decode("ascii")


def stdin_tests(*pairs):
    return [{"input": i, "output": o, "testtype": "stdin"} for i, o in pairs]


SHORT = stdin_tests(("1 2\n", "3\n"))
FUNCTIONAL = [{"input": "[1, 2]\n\"x\"", "output": "true", "testtype": "functional"}]
KOREAN = stdin_tests(("장원\n", "급제 🎓\n"), ("\\u0041 \\ \"\t\n", "a\\nb\n"))
MEDIUM = stdin_tests(*[(f"{n}\n", f"{n * n}\n") for n in range(40)])
LARGE = stdin_tests(*[("7 " * 2000 + "\n", f"{n}\n") for n in range(20)])  # above pickle's frame of 64 KiB

VECTORS = [
    ("short_binunicode", SHORT, pack(json.dumps(SHORT), 4)),
    ("binunicode", MEDIUM, pack(json.dumps(MEDIUM), 4)),
    ("above_one_frame", LARGE, pack(json.dumps(LARGE), 4)),
    ("functional", FUNCTIONAL, pack(json.dumps(FUNCTIONAL), 4)),
    ("escaped_korean", KOREAN, pack(json.dumps(KOREAN), 4)),
    ("raw_korean", KOREAN, pack(json.dumps(KOREAN, ensure_ascii=False), 4)),
    ("empty_list", [], pack("[]", 4)),
    ("plain_json", FUNCTIONAL, json.dumps(FUNCTIONAL)),
    ("plain_json_after_blanks", SHORT, " \n" + json.dumps(SHORT)),
] + [(f"protocol_{p}", KOREAN, pack(json.dumps(KOREAN, ensure_ascii=False), p)) for p in (0, 1, 2, 3, 5)]


def main():
    rows = []
    for name, tests, column in VECTORS:
        lines = "".join(json.dumps([t["input"], t["output"]], ensure_ascii=False, separators=(",", ":")) + "\n" for t in tests)
        rows.append({"name": name, "column": column, "num_tests": len(tests),
                     "functional": bool(tests) and tests[0]["testtype"] == "functional",
                     "tests_sha256": hashlib.sha256(lines.encode("utf-8")).hexdigest()})
    out = pathlib.Path(__file__).parent / "packed_tests.jsonl"
    out.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


if __name__ == "__main__":
    main()
