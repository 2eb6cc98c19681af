#!/usr/bin/env python3
"""Write unicode_tables.cc: what Python's str methods know of Unicode and utf8proc does not.

    python3 make_unicode_tables.py > unicode_tables.cc

Run by hand with Python 3.11 (Unicode 14). The facts are the Unicode Character Database's: SpecialCasing.txt without its
conditional lines, the derived properties Lowercase and Uppercase beyond the categories Ll and Lu, and numeric types.
"""
import unicodedata

CHARACTERS = [chr(c) for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]


def ranges(predicate):
    found = []
    for ch in CHARACTERS:
        if predicate(ch):
            c = ord(ch)
            if found and found[-1][1] == c - 1:
                found[-1][1] = c
            else:
                found.append([c, c])
    return found


def table(name, predicate):
    cells = ", ".join(f"{{0x{a:X}, 0x{b:X}}}" for a, b in ranges(predicate))
    print(f"constexpr Range {name}[] = {{{cells}}};")


def mapping(name, convert):
    cells = []
    for ch in CHARACTERS:
        mapped = convert(ch)
        if len(mapped) > 1:
            codes = [f"0x{ord(m):X}" for m in mapped] + ["0"] * (3 - len(mapped))
            cells.append(f"{{0x{ord(ch):X}, {{{', '.join(codes)}}}}}")
    print(f"constexpr Expansion {name}[] = {{{', '.join(cells)}}};")


def main():
    category = unicodedata.category
    print("// Written by make_unicode_tables.py; do not edit.\n")
    print('#include "runtime/jinja/unicode_tables.h"\n')
    print("namespace jangwon::jinja {\n\nnamespace {\n")
    table("kLowercase", lambda c: c.islower() and category(c) != "Ll")
    table("kUppercase", lambda c: c.isupper() and category(c) != "Lu")
    table("kDigit", lambda c: c.isdigit() and not c.isdecimal())
    table("kNumericLetter", lambda c: c.isnumeric() and category(c) not in ("Nd", "Nl", "No"))
    mapping("kUpper", str.upper)
    mapping("kLower", str.lower)
    mapping("kTitle", str.title)
    print("\n}  // namespace\n")
    for name, variable in (("other_lowercase", "kLowercase"), ("other_uppercase", "kUppercase"), ("other_digit", "kDigit"),
                           ("numeric_letter", "kNumericLetter")):
        print(f"std::span<const Range> {name}_ranges() {{ return {variable}; }}")
    for name, variable in (("upper", "kUpper"), ("lower", "kLower"), ("title", "kTitle")):
        print(f"std::span<const Expansion> {name}_expansions() {{ return {variable}; }}")
    print("\n}  // namespace jangwon::jinja")


if __name__ == "__main__":
    main()
