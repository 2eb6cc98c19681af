#!/usr/bin/env python3
"""Write what the Hugging Face classes lose on the stand-ins in bf16 against fp32, for the engine's tests.

    python3 make_bf16_loss.py [--models DIR] [--golden DIR]

Reads the cases of make_golden.py and writes bf16_loss.json beside them. A case is its prompt and its greedy continuation, computed
at once, without a cache, eagerly: once in fp32 on the bf16 weights, once with everything in bf16. Of all positions together: the
mean Kullback-Leibler divergence of the fp32 distribution from the bf16 one and the largest difference of a log-probability.
Products of bf16 are summed as this machine and this torch do, so the last digits depend on both; what is compared with them
allows for that.
"""
import argparse
import json
import os

import torch
import transformers
from transformers import AutoModelForCausalLM
from transformers.utils import logging as hf_logging

import configs
import tokenization


def load(folder, dtype):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, attn_implementation="eager", experts_implementation="eager").eval()


@torch.no_grad()
def log_probabilities(model, ids):
    """[positions, vocabulary], of the token behind each of the ids but the last."""
    return model(torch.tensor([ids]), use_cache=False).logits[0, :-1].double().log_softmax(-1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--models", default=tokenization.HERE)
    parser.add_argument("--golden", default=os.path.join(tokenization.HERE, "..", "..", "tests", "golden", "stand_ins"))
    args = parser.parse_args()
    torch.set_num_threads(1)
    hf_logging.set_verbosity_error()
    models = {}
    for name in sorted(configs.CONFIGS):
        single, half = (load(f"{args.models}/{name}", dtype) for dtype in (torch.float32, torch.bfloat16))
        with open(f"{args.golden}/{name}.json") as f:
            cases = json.load(f)["cases"]
        positions = 0
        kl = largest = 0.0
        for case in cases:
            ids = case["prompt_ids"] + case["greedy_ids"]
            exact, other = log_probabilities(single, ids), log_probabilities(half, ids)
            kl += float((exact.exp() * (exact - other)).sum())
            largest = max(largest, float((exact - other).abs().max()))
            positions += len(exact)
        models[name] = {"num_positions": positions, "mean_kl": kl / positions, "max_abs_dlogp": largest}
        print(name, models[name])
    with open(f"{args.golden}/bf16_loss.json", "w") as f:
        json.dump({"torch": torch.__version__, "transformers": transformers.__version__, "models": models}, f, indent=1)
        f.write("\n")


if __name__ == "__main__":
    main()
