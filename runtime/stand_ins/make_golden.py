#!/usr/bin/env python3
"""Write what the Hugging Face classes do with the stand-ins, for the engine's tests.

    python3 make_golden.py [--models DIR] [--out DIR] [NAME ...]

One JSON file a model. Prompts are lessons drawn with a fixed seed. fp32 arithmetic on the bf16 weights; each greedy step
is recomputed without a cache, so that it is the definition and not an optimisation of it. A prompt whose continuation is
decided by less than GAP is drawn again, so that another correct fp32 implementation decides alike.
"""
import argparse
import json
import os
import random

import torch
from transformers.utils import logging as hf_logging

import configs
import corpus
import evaluate
import tokenization

GAP = 2e-3
NEW_TOKENS = 64


def draws(c):
    """(name, think, lesson drawer)."""
    return [("aime", True, lambda: c.aime()[0]), ("kmmlu", True, lambda: c.kmmlu()[0]), ("mmlu_zero_shot", True, lambda: c.mmlu(0)[0]),
            ("mmlu_five_shot", True, lambda: c.mmlu(5)[0]), ("program", True, lambda: c.lcb()[0]),
            ("kmmlu_without_thinking", False, lambda: c.kmmlu()[0])]


@torch.no_grad()
def greedy(model, ids, stop):
    """(continuation up to the stop token, smallest gap between the two best log-probabilities, the first step's best five)."""
    seq, smallest, first = list(ids), float("inf"), None
    while len(seq) < len(ids) + NEW_TOKENS:
        top = model(torch.tensor([seq]), use_cache=False).logits[0, -1].double().log_softmax(-1).topk(5)
        first = first or [[int(i), float(v)] for i, v in zip(top.indices, top.values)]
        smallest = min(smallest, float(top.values[0] - top.values[1]))
        seq.append(int(top.indices[0]))
        if seq[-1] in stop:
            break
    return seq[len(ids):], smallest, first


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("--models", default=tokenization.HERE)
    parser.add_argument("--out", default=os.path.join(tokenization.HERE, "..", "..", "tests", "golden", "stand_ins"))
    args = parser.parse_args()
    torch.set_num_threads(1)
    hf_logging.set_verbosity_error()
    os.makedirs(args.out, exist_ok=True)
    for name in args.names or sorted(configs.CONFIGS):
        style = tokenization.STYLES[name]
        model, tok, stop, _ = evaluate.load(f"{args.models}/{name}")
        cases = []
        c = corpus.Corpus(random.Random(77), corpus.Guard())
        for case, think, draw in draws(c):
            for _ in range(40):
                lesson = draw()
                messages = ([{"role": "system", "content": lesson.system}] if lesson.system else []) + [
                    {"role": "user", "content": lesson.shared + lesson.user}]
                text = style.render(messages, think)
                ids = tok.encode(text, add_special_tokens=False).ids
                continuation, gap, first = greedy(model, ids, stop)
                if gap > GAP:
                    break
            else:
                raise SystemExit(f"{name}: no clear continuation for {case}")
            cases.append({"name": case, "messages": messages,
                          "template_arguments": style.think_kwargs if think else style.plain_kwargs, "rendered": text,
                          "prompt_ids": ids, "greedy_ids": continuation,
                          "greedy_text": tok.decode(continuation, skip_special_tokens=False), "first_logprobs": first,
                          "smallest_gap": gap})
        with open(f"{args.out}/{name}.json", "w") as f:
            json.dump({"model": name, "stop_token_ids": stop, "cases": cases}, f, indent=1, ensure_ascii=False)
            f.write("\n")
        print(name, [len(x["prompt_ids"]) for x in cases], [len(x["greedy_ids"]) for x in cases], min(x["smallest_gap"] for x in cases))


if __name__ == "__main__":
    main()
