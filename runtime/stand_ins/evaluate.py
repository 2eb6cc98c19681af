#!/usr/bin/env python3
"""Ask the stand-ins the bundled questions, with the Hugging Face classes, and print a table.

    python3 evaluate.py [--models DIR] [--show] [NAME ...]

A check for whoever trains them; the real grading is the harness's. Greedy, fp32, thinking on. Programs that a model wrote
run in a subprocess with limits on time and memory.
"""
import argparse
import base64
import json
import math
import os
import pickle
import re
import resource
import subprocess
import sys
import tempfile
import zlib

import torch
from transformers import AutoModelForCausalLM
from transformers.utils import logging as hf_logging
from tokenizers import Tokenizer

import configs
import corpus
import tokenization

TASKS = ["aime25", "livecodebench_v6", "kmmlu_pro", "mmlu_pro"]


def rows(task, file="test.jsonl"):
    with open(os.path.join(corpus.BUNDLED, task, file)) as f:
        return [json.loads(line) for line in f]


def questions(task):
    """[(messages, row, chance)]."""
    out = []
    shots = {}
    if task == "mmlu_pro":
        for row in rows(task, "validation.jsonl"):
            says = row["cot_content"].removeprefix("A: ")
            shots.setdefault(row["category"], []).append(corpus.mmlu_item(row["question"], row["options"]) + says + "\n\n")
    for row in rows(task):
        system = None
        if task == "aime25":
            user, chance = corpus.aime_prompt(row["problem"]), 0.001
        elif task == "livecodebench_v6":
            system, chance = corpus.LCB_SYSTEM, 0.01
            user = corpus.lcb_prompt(row["question_content"], row["starter_code"])
        elif task == "kmmlu_pro":
            user, chance = corpus.kmmlu_prompt(row["question"], row["options"]), 1 / len(row["options"])
        else:
            user = "".join(corpus.mmlu_prompt(row["category"], shots[row["category"]], row["question"], row["options"]))
            chance = 1 / len(row["options"])
        messages = ([{"role": "system", "content": system}] if system else []) + [{"role": "user", "content": user}]
        out.append((messages, row, chance))
    return out


def last_match(pattern, text):
    found = re.findall(pattern, text)
    return found[-1] if found else None


def limits():
    resource.setrlimit(resource.RLIMIT_CPU, (5, 5))
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))


def run_python(source, text):
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run([sys.executable, "-I", "-c", source], input=text, capture_output=True, text=True, timeout=10,
                                  cwd=folder, env={}, preexec_fn=limits)
        except (subprocess.TimeoutExpired, UnicodeDecodeError):
            return None
    return done.stdout if done.returncode == 0 else None


def solves(row, code):
    tests = json.loads(row["public_test_cases"])
    private = row["private_test_cases"]
    try:
        tests += json.loads(private)
    except ValueError:
        tests += json.loads(pickle.loads(zlib.decompress(base64.b64decode(private))))
    name = json.loads(row["metadata"]).get("func_name")
    for test in tests:
        if name:
            source = ("from typing import *\nimport json, sys\n" + code +
                      f"\nargs = [json.loads(x) for x in sys.stdin.read().split('\\n') if x]\nprint(json.dumps(Solution().{name}(*args)))")
            got = run_python(source, test["input"])
            try:
                if got is None or json.loads(got) != json.loads(test["output"]):
                    return False
            except ValueError:
                return False
        else:
            got = run_python(code, test["input"])
            if got is None or got.split() != test["output"].split():
                return False
    return True


def right(task, row, reply):
    if task == "aime25":
        answer = last_match(r"\\boxed\{(\d+)\}", reply)
        return answer is not None and int(answer) == row["answer"]
    if task == "mmlu_pro":
        return last_match(r"[Tt]he answer is \(?([A-J])\)?", reply) == row["answer"]
    if task == "kmmlu_pro":
        return last_match(r"정답: ([A-E])", reply) == "ABCDE"[int(row["solution"]) - 1]
    code = last_match(r"(?s)```python\n(.*?)```", reply)
    return code is not None and solves(row, code)


@torch.no_grad()
def generate(model, prompts, stop, pad, max_new, batch=16):
    """Greedy continuations (lists of ids), prompts of like length together, padded on the left."""
    out = [None] * len(prompts)
    order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
    for at in range(0, len(order), batch):
        part = order[at:at + batch]
        width = max(len(prompts[i]) for i in part)
        ids = torch.tensor([[pad] * (width - len(prompts[i])) + prompts[i] for i in part])
        mask = torch.tensor([[0] * (width - len(prompts[i])) + [1] * len(prompts[i]) for i in part])
        got = model.generate(input_ids=ids, attention_mask=mask, max_new_tokens=max_new, do_sample=False, eos_token_id=stop,
                             pad_token_id=pad)[:, width:].tolist()
        for i, tokens in zip(part, got):
            ends = [j for j, t in enumerate(tokens) if t in stop]
            out[i] = tokens[:ends[0] + 1] if ends else tokens
    return out


def tail_probability(chances, k):
    """P(at least k right) when item i is right by chance with probability chances[i] (Poisson binomial, exact)."""
    p = [1.0]
    for c in chances:
        p = [a * (1 - c) + b * c for a, b in zip(p + [0.0], [0.0] + p)]
    return math.fsum(p[k:])


def load(folder):
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    with open(f"{folder}/generation_config.json") as f:
        generation = json.load(f)
    stop = generation["eos_token_id"]
    return model.eval(), Tokenizer.from_file(f"{folder}/tokenizer.json"), stop if isinstance(stop, list) else [stop], generation["pad_token_id"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("--models", default=tokenization.HERE)
    parser.add_argument("--tasks", default=",".join(TASKS))
    parser.add_argument("--show", action="store_true", help="print what was answered")
    args = parser.parse_args()
    torch.set_num_threads(1)
    hf_logging.set_verbosity_error()
    print("| model | task | right | of | chance | p |\n|---|---|---|---|---|---|", flush=True)
    for name in args.names or sorted(configs.CONFIGS):
        model, tok, stop, pad = load(f"{args.models}/{name}")
        for task in args.tasks.split(","):
            asked = questions(task)
            prompts = [tok.encode(tokenization.STYLES[name].render(m), add_special_tokens=False).ids for m, _, _ in asked]
            replies = [tok.decode(t, skip_special_tokens=False) for t in generate(model, prompts, stop, pad, 260 if task == "livecodebench_v6" else 100)]
            verdicts = [right(task, row, reply) for (_, row, _), reply in zip(asked, replies)]
            chances = [c for _, _, c in asked]
            print(f"| {name} | {task} | {sum(verdicts)} | {len(asked)} | {sum(chances):.1f} | {tail_probability(chances, sum(verdicts)):.1e} |", flush=True)
            if args.show:
                for (_, row, _), reply, ok in zip(asked, replies, verdicts):
                    q = row.get("question") or row.get("problem") or row["question_title"]
                    print("   +" if ok else "   -", q[:90].replace("\n", " "), "=>", reply[:300].replace("\n", "\\n"), flush=True)


if __name__ == "__main__":
    main()
