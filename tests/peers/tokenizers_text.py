#!/usr/bin/env python3
"""Encode and decode drawn lines with the `tokenizers` library and with `jangwon models tokenize`, and print what differs.

    tokenizers_text.py JANGWON LINES FOLDER…          (each FOLDER holds a tokenizer.json)

A third of the lines are real text of this repository; the others mix characters of many scripts, pieces of text in other normal
forms, white space of all kinds, numbers and the tokenizer's own added tokens. Seeded. Characters that Python's Unicode tables do
not know are left out: two libraries need not know the same newest ones.
"""
import json
import pathlib
import random
import subprocess
import sys
import unicodedata

from tokenizers import Tokenizer

ROOT = pathlib.Path(__file__).resolve().parents[2]
# First and last code point, weight.
SCRIPTS = [
    (0x20, 0x7F, 8), (0xAC00, 0xD7A4, 6), (0x1100, 0x1200, 2), (0x3131, 0x318F, 2), (0x4E00, 0xA000, 3), (0x3040, 0x3100, 2),
    (0x300, 0x370, 2), (0x400, 0x500, 2), (0x600, 0x700, 2), (0x900, 0x980, 1), (0xE00, 0xE5C, 1), (0x1F300, 0x1F650, 2),
    (0x1F1E6, 0x1F200, 1), (0x2000, 0x2070, 3), (0xFF00, 0xFFF0, 2), (0x80, 0x100, 3), (0x0, 0x20, 2), (0xFB00, 0xFB07, 1),
    (0x2100, 0x2190, 1), (0x10000, 0x10100, 1), (0xE0001, 0xE0080, 1), (0xD7B0, 0xD7C7, 1)]
SPACES = [" ", "  ", "\n", "\n\n", "\t", "\r\n", "   \n", "\u00a0", "\u3000", "\u200b"]


def corpus():
    lines = []
    for pattern in ("**/*.md", "**/*.py", "datasets/bundled/**/*.jsonl"):
        for path in sorted(ROOT.glob(pattern)):
            lines += [line for line in path.read_text(encoding="utf-8").split("\n") if line and len(line) < 4000]
    return lines


def character(random_):
    while True:
        first, last, _ = random_.choices(SCRIPTS, [weight for *_, weight in SCRIPTS])[0]
        drawn = chr(random_.randrange(first, last))
        if unicodedata.category(drawn) not in ("Cn", "Cs"):
            return drawn


def draw(random_, real, added):
    if random_.random() < 0.35:
        return random_.choice(real)
    parts = []
    for _ in range(random_.randrange(1, 30)):
        kind = random_.random()
        if kind < 0.35:
            parts.append("".join(character(random_) for _ in range(random_.randrange(1, 6))))
        elif kind < 0.60:
            line = random_.choice(real)
            start = random_.randrange(len(line))
            parts.append(line[start:start + random_.randrange(1, 20)])
        elif kind < 0.72:
            parts.append(random_.choice(added) if added else "x")
        elif kind < 0.85:
            parts.append(random_.choice(SPACES) * random_.randrange(1, 4))
        elif kind < 0.93:
            parts.append(str(random_.randrange(10 ** random_.randrange(1, 9))))
        else:
            parts.append(unicodedata.normalize(random_.choice(["NFD", "NFC", "NFKD"]), random_.choice(real)[:30]))
    return "".join(parts)


def main() -> int:
    program, count, folders = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    real = corpus()
    agreed = 0
    for folder in folders:
        random_ = random.Random(7)
        theirs = Tokenizer.from_file(f"{folder}/tokenizer.json")
        theirs.no_truncation()
        theirs.no_padding()
        added = [token.content for token in theirs.get_added_tokens_decoder().values()]
        lines = [draw(random_, real, added) for _ in range(count)]
        ours = subprocess.run([program, "models", "tokenize", folder, "--jsonl", "-", "--json"], stdout=subprocess.PIPE, check=False,
                              input="\n".join(json.dumps({"text": line}) for line in lines).encode()).stdout.splitlines()
        equal = 0
        for line, row in zip(lines, map(json.loads, ours)):
            ids = theirs.encode(line).ids
            want = {"ids": theirs.encode(line, add_special_tokens=False).ids, "ids_with_special": ids,
                    "decoded": theirs.decode(ids, skip_special_tokens=False),
                    "decoded_skip_special": theirs.decode(ids, skip_special_tokens=True)}
            differing = [key for key, value in want.items() if row.get(key) != value]
            equal += not differing
            for key in differing[:1]:
                print(f"  {line!r}: {key}\n  theirs {want[key]!r}\n  ours   {row.get(key)!r}")
        agreed += equal
        print(f"{folder}: {equal} of {count}")
    print(f"{agreed} of {count * len(folders)}")
    return 0 if agreed == count * len(folders) else 1


if __name__ == "__main__":
    sys.exit(main())
