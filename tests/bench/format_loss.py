#!/usr/bin/env python3
"""Measures what each form of the weights, the numerics and the cache loses on the stand-ins, and writes the tables.

    format_loss.py BUILD FILE [--runs FOLDER]

BUILD holds `jangwon` and `format_loss`. In FILE (docs/formats.md) everything behind the line "## Measured" is written anew.
Run folders are kept in FOLDER, or thrown away. The figures are the same on every machine; only the date and the machine's
name are not.

Forms that are stored (FP8, MXFP4, compressed-tensors) are written from a stand-in's bf16 weights in the layouts of
tests/golden/models/make_quantized.py, which needs torch; this needs the standard library alone, because a test runs it.
Beside each stored form lies what it means, in float32: a kernel that reads the form otherwise is an error here and no line of a table.
"""

import argparse
import array
import bisect
import collections
import datetime
import json
import math
import os
import pathlib
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
STAND_INS = {name: ROOT / "runtime/stand_ins" / name for name in ("standin-axk1", "standin-k-exaone", "standin-solar-open")}
TASKS = {"aime25": "AIME25", "livecodebench_v6": "LiveCodeBench v6", "kmmlu_pro": "KMMLU-Pro", "mmlu_pro": "MMLU-Pro"}
# Of a form computed in float32 from what its weights mean in float32: other orders of summation, and nothing else.
LARGEST_ROUNDING_KL = 1e-8
CHECKED_TEXTS = 6


class Failure(Exception):
    pass


# --- floats -------------------------------------------------------------------------------------

def to_float32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def bf16_bits(value):
    bits = struct.unpack("<I", struct.pack("<f", value))[0]
    return (bits + 0x7FFF + (bits >> 16 & 1)) >> 16


def to_bf16(value):
    return struct.unpack("<f", struct.pack("<I", bf16_bits(value) << 16))[0]


def floats_of_bf16(data):
    return array.array("f", array.array("I", (half << 16 for half in array.array("H", data))).tobytes())


def bf16_bytes(values):
    return array.array("H", (bf16_bits(value) for value in values)).tobytes()


# e4m3: sign, four bits of exponent with bias 7, three of mantissa; 0x7f is no number.
E4M3 = [code / 8 * 2.0 ** -6 if code < 8 else (1 + code % 8 / 8) * 2.0 ** (code // 8 - 7) for code in range(0x7F)]
E4M3_CODES = {value: code for code, value in enumerate(E4M3)}


def to_e4m3(value):
    """The code of the nearest, the even one of two; what is too large becomes the largest."""
    magnitude = min(abs(value), E4M3[-1])
    step = 2.0 ** (max(math.frexp(magnitude)[1] - 1, -6) - 3)
    return E4M3_CODES[round(magnitude / step) * step] | (0x80 if value < 0 else 0)


# --- forms that are stored ----------------------------------------------------------------------
# Each takes a matrix [rows][cols] and returns the tensors that stand in the file, {suffix: (dtype, shape, bytes)}, and the
# matrix that they mean.

def fp8(matrix, block_rows, block_cols, name, round_scale, pack_scales, scale_dtype):
    rows, cols = len(matrix), len(matrix[0])
    codes, meant, scales = bytearray(), [], []
    for top in range(0, rows, block_rows):
        band = matrix[top:top + block_rows]
        lefts = range(0, cols, block_cols)
        of_band = [round_scale(max(max(abs(x) for x in row[left:left + block_cols]) for row in band) / E4M3[-1] or 1.0)
                   for left in lefts]
        scales += of_band
        for row in band:
            values = []
            for left, scale in zip(lefts, of_band):
                for x in row[left:left + block_cols]:
                    code = to_e4m3(x / scale)
                    codes.append(code)
                    values.append((-1 if code & 0x80 else 1) * E4M3[code & 0x7F] * scale)
            meant.append(values)
    shape = [-(-rows // block_rows), -(-cols // block_cols)]
    return {"weight": ("F8_E4M3", [rows, cols], bytes(codes)), name: (scale_dtype, shape, pack_scales(scales))}, meant


def fp8_blocks(matrix):
    return fp8(matrix, 128, 128, "weight_scale_inv", to_float32, lambda scales: array.array("f", scales).tobytes(), "F32")


def fp8_rows(matrix):
    return fp8(matrix, 1, len(matrix[0]), "weight_scale", to_bf16, bf16_bytes, "BF16")


def packed_words(codes, bits):
    """int32 words of codes without a sign, the first in the lowest bits; the last word is filled up with zeros."""
    per_word = 32 // bits
    return b"".join(struct.pack("<I", sum(code << bits * i for i, code in enumerate(codes[at:at + per_word])))
                    for at in range(0, len(codes), per_word))


def packed_integers(bits, group_size, symmetric):
    """compressed-tensors; a group is a row where `group_size` is 0. Scales are in bf16."""
    low, high = -(1 << bits - 1), (1 << bits - 1) - 1

    def steps(values):
        if symmetric:
            return to_bf16(max(map(abs, values)) / (high + 0.5)) or 1.0, 0
        least, most = min(min(values), 0.0), max(max(values), 0.0)
        scale = to_bf16((most - least) / (high - low)) or 1.0
        return scale, min(max(round(low - least / scale), low), high)

    def quantise(matrix):
        rows, cols = len(matrix), len(matrix[0])
        size = group_size or cols
        words, scales, zeros, meant = [], [], [], []
        for row in matrix:
            codes, values = [], []
            for left in range(0, cols, size):
                group = row[left:left + size]
                scale, zero = steps(group)
                scales.append(scale)
                zeros.append(zero)
                integers = [min(max(round(x / scale + zero), low), high) for x in group]
                codes += [integer - low for integer in integers]
                values += [(integer - zero) * scale for integer in integers]
            words.append(packed_words(codes, bits))
            meant.append(values)
        groups = len(scales) // rows
        parts = {"weight_packed": ("I32", [rows, -(-cols * bits // 32)], b"".join(words)),
                 "weight_scale": ("BF16", [rows, groups], bf16_bytes(scales)),
                 "weight_shape": ("I64", [2], struct.pack("<2q", rows, cols))}
        if not symmetric:  # packed along the rows, group by group
            columns = [packed_words([zero - low for zero in zeros[group::groups]], bits) for group in range(groups)]
            height = len(columns[0]) // 4
            parts["weight_zero_point"] = ("I32", [height, groups], b"".join(
                column[4 * at:4 * at + 4] for at in range(height) for column in columns))
        return parts, meant

    return quantise


E2M1 = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0]
E2M1_BETWEEN = [(a + b) / 2 for a, b in zip(E2M1, E2M1[1:])]


def mxfp4(matrix):
    """Each value is one that bf16 holds exactly, and is stored so: MXFP4 itself is read in the fused experts of gpt_oss alone."""
    meant = []
    for row in matrix:
        values = []
        for left in range(0, len(row), 32):
            block = row[left:left + 32]
            scale = 2.0 ** (math.frexp(max(max(map(abs, block)), 2.0 ** -100))[1] - 3)
            values += [math.copysign(E2M1[bisect.bisect_left(E2M1_BETWEEN, abs(x) / scale)] * scale, x) for x in block]
        meant.append(values)
    data = b"".join(bf16_bytes(values) for values in meant)
    return {"weight": ("BF16", [len(matrix), len(matrix[0])], data)}, meant


def compressed(layout, **weights):
    full = {"num_bits": 8, "type": "int", "symmetric": True, "group_size": None, "strategy": "channel", "block_structure": None,
            "dynamic": False, "actorder": None, "observer": "minmax"} | weights
    return {"quant_method": "compressed-tensors", "format": layout, "quantization_status": "compressed",
            "config_groups": {"group_0": {"targets": ["Linear"], "weights": full, "input_activations": None,
                                          "output_activations": None}},
            "ignore": ["lm_head", "re:.*mlp\\.gate$"], "kv_cache_scheme": None, "global_compression_ratio": None}


def packed_form(bits, group_size, symmetric):
    config = compressed("pack-quantized", num_bits=bits, symmetric=symmetric, group_size=group_size or None,
                        strategy="group" if group_size else "channel")
    return Stored(config, packed_integers(bits, group_size, symmetric), group_size or 1)


# `config`: quantization_config; `divisor`: rows must be as long as a multiple of it.
Stored = collections.namedtuple("Stored", "config quantise divisor", defaults=(1,))
STORED = {
    "fp8-blocks": Stored({"quant_method": "fp8", "fmt": "e4m3", "activation_scheme": "dynamic", "weight_block_size": [128, 128]},
                         fp8_blocks),
    "fp8-rows": Stored(compressed("float-quantized", type="float"), fp8_rows),
    "mxfp4": Stored(None, mxfp4),
    "packed-int8": packed_form(8, 0, True),
    "packed-int8-asymmetric": packed_form(8, 0, False),
    "packed-int4": packed_form(4, 0, True),
    "packed-int4-asymmetric": packed_form(4, 0, False),
    "packed-int4-16": packed_form(4, 16, True),
    "packed-int4-16-asymmetric": packed_form(4, 16, False),
}


def is_quantised(name):
    """Linear layers of attention and feed-forward; no router, norm, embedding or output head."""
    return ".layers." in name and name.endswith(("_proj.weight", "_proj_with_mqa.weight"))


def read_tensors(path):
    data = path.read_bytes()
    begin = 8 + struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:begin])
    return {name: (entry["dtype"], entry["shape"], data[begin + entry["data_offsets"][0]:begin + entry["data_offsets"][1]])
            for name, entry in header.items() if name != "__metadata__"}


def write_tensors(path, tensors):
    header, offset = {}, 0
    for name, (dtype, shape, data) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [offset, offset + len(data)]}
        offset += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, _, data in tensors.values():
            file.write(data)


def write_folder(folder, source, tensors, quantization):
    folder.mkdir(parents=True)
    for path in source.iterdir():
        if path.name not in ("model.safetensors", "config.json"):
            shutil.copy(path, folder)
    config = json.loads((source / "config.json").read_text(encoding="utf-8"))
    if quantization:
        config["quantization_config"] = quantization
    (folder / "config.json").write_text(json.dumps(config, indent=1), encoding="utf-8")
    write_tensors(folder / "model.safetensors", tensors)


def matrices_of(source):
    """Of a bf16 checkpoint: the matrices that a form quantises, {name: [rows][cols]}, and all other tensors."""
    matrices, others = {}, {}
    for name, (dtype, shape, data) in read_tensors(source / "model.safetensors").items():
        if is_quantised(name):
            if dtype != "BF16":
                raise Failure(f"{source}: {name} is {dtype}, and forms are made of BF16")
            values, cols = floats_of_bf16(data), shape[1]
            matrices[name] = [values[at:at + cols] for at in range(0, len(values), cols)]
        else:
            others[name] = (dtype, shape, data)
    return matrices, others


def write_stored(source, form, stored_folder, meant_folder):
    """The stand-in in a stored form, and in float32 what that means. The stored form's bytes are returned; nothing is written
    and None returned where the layout has no place for matrices as short as this stand-in's."""
    matrices, others = matrices_of(source)
    if any(len(matrix[0]) % form.divisor for matrix in matrices.values()):
        return None
    stored, meant = dict(others), dict(others)
    for name, matrix in matrices.items():
        parts, values = form.quantise(matrix)
        module = name.removesuffix("weight")
        stored |= {module + suffix: part for suffix, part in parts.items()}
        meant[name] = ("F32", [len(matrix), len(matrix[0])], b"".join(array.array("f", row).tobytes() for row in values))
    write_folder(stored_folder, source, stored, form.config)
    write_folder(meant_folder, source, meant, None)
    if form.quantise is mxfp4:
        return sum(len(data) for _, _, data in others.values()) + sum(
            len(matrix) * (len(matrix[0]) / 2 + -(-len(matrix[0]) // 32)) for matrix in matrices.values())
    return sum(len(data) for _, _, data in stored.values())


def bytes_made(source, weights):
    """Of the checkpoint with weights made at load, scales in bf16. A latent attention's kv_b_proj stays as it is."""
    kind, _, size = weights.partition(":")
    bits = int(kind.removeprefix("int"))
    matrices, others = matrices_of(source)
    total = sum(len(data) for _, _, data in others.values())
    for name, matrix in matrices.items():
        rows, cols = len(matrix), len(matrix[0])
        groups = -(-cols // int(size))
        total += 2 * rows * cols if name.endswith("kv_b_proj.weight") else rows * (cols * bits / 8 + 2 * groups)
    return total


# --- what is measured ---------------------------------------------------------------------------

# `stored`: a key of STORED; without it the checkpoint is the stand-in's own.
Form = collections.namedtuple("Form", "title numerics cache weights stored", defaults=(None, None))
REFERENCE = Form("bf16", "float32", "float32")
FORMS = [
    REFERENCE,
    Form("bf16", "float32", "bfloat16"),
    Form("bf16", "chain", "float32"),
    Form("bf16", "chain", "bfloat16"),
    Form("bf16", "amx", "bfloat16"),
    *(Form(f"`--weights {name}`", "chain", "bfloat16", weights=name)
      for name in ("int8:128", "int8:64", "int8:32", "int4:128", "int4:64", "int4:32")),
    *(Form(title, "chain", "bfloat16", stored=key) for key, title in {
        "fp8-blocks": "FP8, blocks of 128 × 128",
        "fp8-rows": "FP8, rows",
        "mxfp4": "MXFP4",
        "packed-int8": "packed int8, rows",
        "packed-int8-asymmetric": "packed int8, rows, asymmetric",
        "packed-int4": "packed int4, rows",
        "packed-int4-asymmetric": "packed int4, rows, asymmetric",
        "packed-int4-16": "packed int4, groups of 16",
        "packed-int4-16-asymmetric": "packed int4, groups of 16, asymmetric",
    }.items()),
]


def options_of(form, folder):
    options = {"folder": str(folder), "numerics": form.numerics, "kv_cache_dtype": form.cache}
    return options | ({"weights": form.weights} if form.weights else {})


def output_of(words):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise Failure(f"{' '.join(words[:2])} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def divergences(program, reference, others, texts):
    """What format_loss.cc says of `others` against `reference`, both as options_of() gives them."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump({"reference": reference, "others": others, "texts": texts}, file)
        file.flush()
        return json.loads(output_of([str(program), file.name]))


def check_stored(program, form, stored_folder, meant_folder, texts):
    """Fails where the engine's float32 products of a stored form are not those of what it means."""
    exact = Form(form, "float32", "float32")
    found = divergences(program, options_of(exact, meant_folder), [options_of(exact, stored_folder)], texts)["others"][0]
    if not abs(found["largest_kl"]) < LARGEST_ROUNDING_KL:
        raise Failure(f"{form}: computed from the stored form and from what it means in float32, the distributions of a token "
                      f"are {found['largest_kl']:.2g} nats apart; rounding allows {LARGEST_ROUNDING_KL:.0e}")
    return found


def texts_of_run(run, name):
    """The prompts of a run and its replies, question by question."""
    samples = {}
    with open(run / "samples.jsonl", encoding="utf-8") as file:
        for line in file:
            sample = json.loads(line)
            if sample["model"] == name:
                samples[list(TASKS).index(sample["task"]), sample["sample_id"]] = sample
    return [{"prompt": sample["prompt_text"], "reply": sample["completion"]["token_ids"]} for _, sample in sorted(samples.items())]


def evaluate(jangwon, form, folders, out):
    words = [str(jangwon), "run", "--model", ",".join(map(str, folders)), "--tasks", ",".join(TASKS), "--max-tokens", "384",
             "--repeats", "1", "--threads", "1", "--numerics", form.numerics, "--kv-cache-dtype", form.cache, "-o", str(out)]
    output_of(words + (["--weights", form.weights] if form.weights else []))


def compare(jangwon, reference, other):
    """{model: {task: what `jangwon compare` says}}"""
    found = json.loads(output_of([str(jangwon), "compare", str(reference), str(other), "--json"]))
    return {pair["model_b"]: {task["task"]: task for task in pair["tasks"]} for pair in found["pairs"]}


# --- the tables ---------------------------------------------------------------------------------

def right(task, side):
    return round(task[side]["value"] * task["n"])


def score_cell(task):
    lost, won = (len(task["flips"][key]) for key in ("r2w", "w2r"))
    star = "" if task["ci"] is None or task["ci"][0] <= 0 <= task["ci"][1] else " \\*"
    return f"{right(task, 'candidate')}{star} (−{lost} +{won})"


def kl(nats):
    """In thousandths of a nat, to two digits."""
    if nats < 5e-7:
        return "< 0.0005" if nats else "0"
    return f"{1e3 * nats:.{max(0, 1 - math.floor(math.log10(1e3 * nats)))}f}"


def divergence_cells(loss, tokens):
    return [f"{kl(loss['mean_kl'])} ± {kl(loss['standard_error'])}", kl(loss["median_kl"]), f"{loss['largest_kl']:.2f}",
            f"{100 * loss['changed_most_probable'] / tokens:.2f} %"]


def table(rows):
    titles = ["weights", "numerics", "cache", "MB", "mean KL ± SE, 10⁻³ nats", "median KL, 10⁻³", "largest KL, nats", "other token", *TASKS.values(), "all"]
    return "\n".join(["| " + " | ".join(titles) + " |", "|---|---|---|" + "--:|" * (len(titles) - 3),
                      *("| " + " | ".join(row) + " |" for row in rows)])


def section(name, lines):
    """`lines`: of one stand-in, (form, bytes or None, loss or None, its tasks in a comparison with the reference)."""
    rows, half_widths = [], {task: [] for task in TASKS}
    for form, size, loss, tokens, tasks in lines:
        begin = [form.title, f"`{form.numerics}`", form.cache]
        if size is None:
            rows.append(begin + ["no multiple of 16"] + ["–"] * 9)
        elif form == REFERENCE:
            counts = [right(tasks[task], "baseline") for task in TASKS]
            rows.append(begin + [f"{size / 1e6:.2f}", "0", "0", "0", "0"] + [str(count) for count in counts + [sum(counts)]])
        else:
            in_order = [tasks[task] for task in TASKS]
            for task in in_order:
                if task["ci"]:
                    half_widths[task["task"]].append(50 * (task["ci"][1] - task["ci"][0]))
            lost, won = (sum(len(task["flips"][key]) for task in in_order) for key in ("r2w", "w2r"))
            whole = f"{sum(right(task, 'candidate') for task in in_order)} (−{lost} +{won})"
            rows.append(begin + [f"{size / 1e6:.2f}", *divergence_cells(loss, tokens), *map(score_cell, in_order), whole])
    first = lines[0][-1]
    questions = ", ".join(f"{title} {first[task]['n']}" for task, title in TASKS.items())
    widths = ", ".join(f"{TASKS[task]} ±{statistics.median(widths):.0f}" for task, widths in half_widths.items() if widths)
    return (f"### {name}\n\n{table(rows)}\n\nQuestions: {questions}. Tokens: {lines[0][3]:,}. Median half width of the 95 % intervals "
            f"of a difference, in points: {widths}.\n")


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        return next((line.partition(":")[2].strip() for line in file if line.startswith("model name")), "a CPU of no name")


def measure(jangwon, program, work, runs):
    """{stand-in: the lines of its section}"""
    sizes, folders = {}, {}
    for form in FORMS:
        for name, source in STAND_INS.items():
            folders[form, name] = source
            if form.stored:
                folders[form, name] = work / "stored" / form.stored / name
                sizes[form, name] = write_stored(source, STORED[form.stored], folders[form, name], work / "meant" / form.stored / name)
            elif form.weights:
                sizes[form, name] = bytes_made(source, form.weights)
            else:
                sizes[form, name] = sum(len(data) for _, _, data in read_tensors(source / "model.safetensors").values())
    comparisons = {}
    for at, form in enumerate(FORMS):
        out = runs / f"{at:02}"
        there = [folders[form, name] for name in STAND_INS if sizes[form, name] is not None]
        print(f"{at + 1} of {len(FORMS)}: {form.title}, {form.numerics}, cache in {form.cache}", file=sys.stderr, flush=True)
        evaluate(jangwon, form, there, out)
        comparisons[form] = compare(jangwon, runs / "00", out)
    lines = {}
    for name in STAND_INS:
        texts = texts_of_run(runs / "00", name)
        there = [form for form in FORMS if sizes[form, name] is not None]
        for form in there:
            if form.stored:
                check_stored(program, form.stored, folders[form, name], work / "meant" / form.stored / name, texts[:CHECKED_TEXTS])
        print(f"{name}: {len(texts)} texts", file=sys.stderr, flush=True)
        found = divergences(program, options_of(REFERENCE, folders[REFERENCE, name]),
                            [options_of(form, folders[form, name]) for form in there], texts)
        losses = dict(zip(there, found["others"]))
        lines[name] = [(form, sizes[form, name], losses.get(form), found["tokens"], comparisons[form].get(name)) for form in FORMS]
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("file", type=pathlib.Path)
    parser.add_argument("--runs", type=pathlib.Path, metavar="FOLDER")
    arguments = parser.parse_args()
    head, mark, _ = arguments.file.read_text(encoding="utf-8").partition("## Measured\n")
    if not mark:
        raise Failure(f"{arguments.file} has no line \"## Measured\"; tables are written behind it")
    with tempfile.TemporaryDirectory() as work:
        lines = measure(arguments.build.resolve() / "jangwon", arguments.build.resolve() / "format_loss",
                        pathlib.Path(work), arguments.runs or pathlib.Path(work) / "runs")
    told = (f"{datetime.date.today().isoformat()}, one thread of {machine()}, by "
            f"`python3 tests/bench/format_loss.py build {os.path.relpath(arguments.file.resolve(), ROOT)}`.\n")
    arguments.file.write_text(head + mark + "\n" + told + "\n" + "\n".join(section(name, rows) for name, rows in lines.items()),
                              encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except (Failure, OSError) as failure:
        sys.exit(f"format_loss.py: {failure}")
