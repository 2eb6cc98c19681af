#!/usr/bin/env python3
"""Parquet files → JSON Lines that `jangwon data import` reads. Needs pyarrow (pip install pyarrow); Jangwon itself does not.

    python3 datasets/fetch/parquet_to_jsonl.py test-00000-of-00001.parquet … > test.jsonl
    jangwon data import mmlu_pro test.jsonl --split test

Every column is kept under its name, in the order of the files and rows. Lists become lists, missing values null, dates ISO 8601;
bytes that are UTF-8 become text. A value that JSON has no form for is an error that names row and column.
"""

import datetime
import json
import sys


def json_value(value):
    if isinstance(value, bytes):
        return value.decode("utf-8")
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: json_value(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_value(inner) for inner in value]
    if value is None or isinstance(value, (bool, int, str)) or (isinstance(value, float) and value == value and abs(value) != float("inf")):
        return value
    raise ValueError(f"JSON has no form for {value!r}")


def main():
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    try:
        import pyarrow.parquet
    except ImportError:
        sys.exit("parquet_to_jsonl.py: pyarrow is missing; pip install pyarrow")
    number = 0
    for path in sys.argv[1:]:
        for batch in pyarrow.parquet.ParquetFile(path).iter_batches(batch_size=256):
            for row in batch.to_pylist():
                try:
                    line = {column: json_value(value) for column, value in row.items()}
                except (ValueError, UnicodeDecodeError) as error:
                    sys.exit(f"{path}: row {number}: {error}")
                sys.stdout.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
                number += 1
    sys.stderr.write(f"{number} rows\n")


if __name__ == "__main__":
    main()
