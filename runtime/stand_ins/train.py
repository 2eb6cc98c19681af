#!/usr/bin/env python3
"""Train the stand-ins: three small models of real architectures that answer questions in the forms of the benchmarks.

    python3 train.py standin-axk1 [--out DIR]                        # 1,000 steps on lessons that fit in 512 tokens
    python3 train.py standin-axk1 [--out DIR] --continue-long 300    # then with prompts as long as five shots make them

Run by hand; the checkpoints in this folder were made by it. One process per model, one CPU thread. What it draws and how
it starts is seeded; the last bits of a weight depend on the CPU and on the version of torch.
"""
import argparse
import collections
import ctypes
import json
import math
import os
import random
import shutil
import time

import torch
from safetensors.torch import load_file, save_file

import configs
import corpus
import model as decoder
import tokenization

HERE = os.path.dirname(os.path.abspath(__file__))
VOCAB = 4096
SHAPES = {"first": (8, 512), "long": (4, 1024)}     # rows of a batch and their tokens; lessons are packed into rows
KEPT = 1400              # positions of a batch whose next token counts
PROMPT_WEIGHT = 0.1      # of a prompt's token in the loss, beside 1 for a reply's


# -- batches ----------------------------------------------------------------------------------------------------------

class Encoder:
    """Lessons to token ids, through the model's own chat template."""

    def __init__(self, style, tok):
        self.style, self.tok, self.frames = style, tok, {}

    def _frame(self, system, think):
        """The text before and after the user's text."""
        key = (system, think)
        if key not in self.frames:
            messages = ([{"role": "system", "content": system}] if system else []) + [{"role": "user", "content": "\0"}]
            self.frames[key] = self.style.render(messages, think).split("\0")
        return self.frames[key]

    def ids(self, text):
        return self.tok.encode(text, add_special_tokens=False).ids

    def prompt(self, lesson, think=True):
        head, tail = self._frame(lesson.system, think)
        return head + lesson.shared + lesson.user + tail

    def encode(self, group, rng):
        """Lessons with one shared part -> [(segment, ids, number of reply ids at its end)]; segment 0 is the shared part."""
        think = rng.random() >= 0.03
        head, tail = self._frame(group[0].system, think)
        parts = []
        if len(group) > 1:
            parts.append((0, self.ids(head + group[0].shared), 0))
        for i, lesson in enumerate(group):
            before = "" if len(group) > 1 else head + lesson.shared
            reply = self.ids(self.style.reply(lesson.thinking if think else None, lesson.answer))
            parts.append((i + 1, self.ids(before + lesson.user + tail) + reply, len(reply)))
        return parts


def draw_group(c, rng, progress, stage):
    """One lesson, or several with the same shots. `progress` runs from 0 to 1; drills are for the beginning, long
    prompts for the time after it."""
    if rng.random() < (0.05 if stage == "long" else 0.32 * max(0.0, 1 - 4 * progress) + 0.08):
        return c.drill()
    x = rng.random()
    if stage == "long" and x < 0.22:
        return c.mmlu(5, 3)
    if x < 0.10 and progress > 0.15:
        return c.mmlu(rng.choice([2, 4, 5, 5, 5, 5]), rng.choice([1, 1, 2]))
    if x < 0.36:
        return c.mmlu(rng.choice([0, 0, 0, 1]))
    if x < 0.66:
        return c.kmmlu()
    if x < 0.91:
        return c.aime()
    return c.lcb()


def make_batch(encoder, c, rng, progress, stage, used):
    """Packed rows. Each token sees the earlier ones of its own lesson and of the part its group shares."""
    rows, length = SHAPES[stage]
    ids, pos = torch.zeros(rows, length, dtype=torch.long), torch.zeros(rows, length, dtype=torch.long)
    doc, seg = torch.full((rows, length), -1), torch.zeros(rows, length, dtype=torch.long)
    target, weight = torch.zeros(rows, length, dtype=torch.long), torch.zeros(rows, length)
    fill = [0] * rows
    missed, n_docs = 0, 0
    while missed < 6:
        group = draw_group(c, rng, progress, stage)
        parts = encoder.encode(group, rng)
        size = sum(len(p[1]) for p in parts)
        if size > length:
            continue
        row = next((b for b in range(rows) if fill[b] + size <= length), None)
        if row is None:
            missed += 1
            continue
        for lesson in group:
            used.add(lesson.question)
        n_docs += 1
        shared = 0
        for segment, tokens, n_reply in parts:
            a, b = fill[row], fill[row] + len(tokens)
            ids[row, a:b] = torch.tensor(tokens)
            start = 0 if segment == 0 else shared
            pos[row, a:b] = torch.arange(start, start + len(tokens))
            doc[row, a:b], seg[row, a:b] = n_docs, segment
            target[row, a:b - 1] = ids[row, a + 1:b]
            weight[row, a:b - 1] = PROMPT_WEIGHT
            if n_reply:
                weight[row, b - 1 - n_reply:b - 1] = 1.0
            if segment == 0:
                shared = len(tokens)
            fill[row] = b
    same = (doc[:, :, None] == doc[:, None, :]) & ((seg[:, None, :] == 0) | (seg[:, :, None] == seg[:, None, :]))
    same &= torch.ones(length, length, dtype=torch.bool).tril()
    same |= torch.eye(length, dtype=torch.bool)          # padding sees itself, so that no row of the softmax is empty
    masks = {"full": torch.zeros(same.shape, dtype=torch.bfloat16).masked_fill_(~same, -1e9)[:, None]}
    window = encoder.window
    if window:
        near = (pos[:, :, None] - pos[:, None, :]) < window
        masks["window"] = torch.zeros(same.shape, dtype=torch.bfloat16).masked_fill_(~(same & near), -1e9)[:, None]
    flat = weight.flatten()
    keep = (flat + torch.rand(flat.shape, generator=encoder.gen) * 0.05 * (flat > 0)).topk(KEPT).indices.sort().values
    return ids, pos, masks, keep, target.flatten()[keep], flat[keep]


# -- optimizer --------------------------------------------------------------------------------------------------------

def orthogonalised(g):
    """The nearest (semi-)orthogonal matrices to a stack g [n, rows, columns], by five Newton-Schulz steps."""
    x = g.bfloat16()
    tall = x.shape[-2] > x.shape[-1]
    if tall:
        x = x.mT
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(5):
        a = x @ x.mT
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
    return (x.mT if tall else x).float()


class Optimizer:
    """Matrices inside the layers: momentum, orthogonalised (Muon), which learns from fewer tokens than Adam does here.
    Everything else (embedding, head, norms, router): AdamW."""

    def __init__(self, net, lr_matrix=0.02, lr_other=0.004):
        self.lr_matrix, self.step_count = lr_matrix, 0
        stacks, other = collections.defaultdict(list), []
        for key, p in net.named_parameters():
            inside = p.ndim >= 2 and not any(n in key for n in ("embed_tokens", "lm_head", "/gate/weight"))
            (stacks[tuple(p.shape[-2:])] if inside else other).append(p)
        self.stacks = list(stacks.values())
        self.momentum = [[torch.zeros_like(p) for p in s] for s in self.stacks]
        self.adam = torch.optim.AdamW(other, lr=lr_other, betas=(0.9, 0.97), eps=1e-10, weight_decay=0.0, fused=True)
        self.lr_other = lr_other

    @torch.no_grad()
    def step(self, factor):
        for group in self.adam.param_groups:
            group["lr"] = self.lr_other * factor
        self.adam.step()
        self.step_count += 1
        mu = min(0.95, 0.85 + 0.1 * self.step_count / 200)
        for stack, momentum in zip(self.stacks, self.momentum):
            for p, m in zip(stack, momentum):
                m.lerp_(p.grad, 1 - mu)
            look = torch.cat([p.grad.lerp(m, mu).reshape(-1, *p.shape[-2:]) for p, m in zip(stack, momentum)])
            rows, columns = stack[0].shape[-2:]
            update = orthogonalised(look) * (self.lr_matrix * factor * math.sqrt(max(1.0, rows / columns)))
            at = 0
            for p in stack:
                n = p.numel() // (rows * columns)
                p.mul_(1 - self.lr_matrix * factor * 0.02)
                p.sub_(update[at:at + n].view_as(p))
                at += n


# -- checkpoints ------------------------------------------------------------------------------------------------------

def write_checkpoint(net, style, tok, folder):
    tmp = folder + ".part"
    shutil.rmtree(tmp, ignore_errors=True)
    os.makedirs(tmp)
    ids = {name: tok.token_to_id(name) for name in [style.eos, style.pad, *style.stop] + ([style.bos] if style.bos else [])}
    special = {"eos_token_id": ids[style.eos], "pad_token_id": ids[style.pad]}
    special["bos_token_id"] = ids[style.bos] if style.bos else tok.token_to_id("<|endoftext|>")
    config = dict(net.c, **special, dtype="bfloat16")
    stop = [ids[s] for s in style.stop]
    generation = dict(special, eos_token_id=stop if len(stop) > 1 else stop[0], do_sample=False)
    stand_in = {"stand_in": True, "stands_in_for": configs.STANDS_FOR[style.name],
                "parameters": sum(p.numel() for p in net.parameters())}
    for name, data in (("config.json", config), ("generation_config.json", generation), ("stand_in.json", stand_in)):
        with open(f"{tmp}/{name}", "w") as f:
            json.dump(data, f, indent=2, ensure_ascii=False)
            f.write("\n")
    tokenization.save_tokenizer(style, tok, tmp)
    save_file(net.to_tensors(), f"{tmp}/model.safetensors", metadata={"format": "pt"})
    shutil.rmtree(folder, ignore_errors=True)
    os.rename(tmp, folder)
    for file in os.listdir(folder):
        os.chmod(f"{folder}/{file}", 0o644)


@torch.no_grad()
def check_against_transformers(net, folder, ids):
    """The largest difference in log-probability between this file's forward pass and the Hugging Face class, in fp32."""
    from transformers import AutoModelForCausalLM
    reference, info = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager",
                                                           output_loading_info=True)
    missing = [k for k in info["missing_keys"] if not k.endswith("e_score_correction_bias")]
    assert not missing and not info["mismatched_keys"], (missing, info["mismatched_keys"])
    assert all("layers.0" in k and "post_mlp_layernorm" in k for k in info["unexpected_keys"]), info["unexpected_keys"]
    want = reference.eval()(torch.tensor([ids]), use_cache=False).logits[0].log_softmax(-1)
    n = len(ids)
    full = torch.zeros(n, n).masked_fill(~torch.ones(n, n, dtype=torch.bool).tril(), -1e9)
    masks = {"full": full}
    if net.c.get("sliding_window"):
        masks["window"] = full.masked_fill(torch.ones(n, n, dtype=torch.bool).tril(-net.c["sliding_window"]), -1e9)
    w = {name: getattr(net, key).to(torch.bfloat16).float() for key, name in net.names.items()}
    got = net(w, torch.tensor([ids]), torch.arange(n)[None], masks, torch.arange(n))[0].log_softmax(-1)
    return (got - want).abs().max().item()


# -- the run ----------------------------------------------------------------------------------------------------------

def tokenizer_texts(c, style, n=3500):
    for _ in range(n):
        for lesson in c.mmlu(1) + c.kmmlu() + c.kmmlu() + c.aime() + c.lcb():
            yield lesson.user
            yield style.reply(lesson.thinking, lesson.answer)
    yield "system user assistant tool\n" * 50


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=sorted(configs.CONFIGS))
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--continue-long", type=int, default=0, metavar="STEPS")
    parser.add_argument("--out", default=HERE)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--save-every", type=int, default=300)
    args = parser.parse_args()
    torch.set_num_threads(1)
    # Big blocks would be handed back to the system after every use, and touching them again costs more than the arithmetic.
    libc = ctypes.CDLL("libc.so.6")
    libc.mallopt(-4, 0)
    libc.mallopt(-1, 2 ** 31 - 1)
    torch.manual_seed(args.seed)

    style = tokenization.STYLES[args.name]
    rng = random.Random(args.seed * 1000 + len(args.name))
    guard = corpus.Guard()
    c = corpus.Corpus(rng, guard)
    if args.continue_long:
        tok = tokenization.Tokenizer.from_file(os.path.join(args.out, args.name, "tokenizer.json"))
        rng.seed(args.seed * 1000 + 500 + len(args.name))
    else:
        tok = tokenization.train_tokenizer(style, tokenizer_texts(c, style), VOCAB)
    encoder = Encoder(style, tok)
    encoder.gen = torch.Generator().manual_seed(args.seed)
    config = dict(configs.CONFIGS[args.name], vocab_size=tok.get_vocab_size())
    encoder.window = config.get("sliding_window")
    net = decoder.StandIn(config, args.seed)
    stage = "long" if args.continue_long else "first"
    folder = os.path.join(args.out, args.name)
    if stage == "first":
        net.seed_copying()
    else:
        args.steps = args.continue_long
        net.from_tensors(load_file(f"{folder}/model.safetensors"))
    optimizer = Optimizer(net)
    forward = torch.compile(net.forward, dynamic=False)
    print(f"{args.name}: {sum(p.numel() for p in net.parameters()) / 1e6:.2f} M parameters, vocabulary {tok.get_vocab_size()}", flush=True)

    used, seen, began, log = set(), 0, time.time(), []
    for step in range(args.steps):
        progress = step / args.steps
        ids, pos, masks, keep, target, weight = make_batch(encoder, c, rng, progress, stage, used)
        w = {name: getattr(net, key).to(torch.bfloat16) for key, name in net.names.items()}
        logits, loads, balance = forward(w, ids, pos, masks, keep)
        each = torch.nn.functional.cross_entropy(logits, target, reduction="none")
        loss = (each * weight).sum() / weight.sum()
        net.zero_grad()
        (loss + (0.001 if net.has_bias else 0.01) * balance / loads.shape[0]).backward()
        factor = min(1.0, (step + 1) / 60) * (1 - progress) ** 0.5 if progress > 0.0 else 1 / 60
        if progress > 0.55:
            factor = min(factor, (1 - progress) / 0.45)
        optimizer.step(factor * (0.5 if stage == "long" else 1.0))
        if net.has_bias:
            with torch.no_grad():   # towards an even load, as the auxiliary-loss-free method does
                net.bias[net.n_dense:] += 0.002 * factor * torch.sign(loads.mean(1, keepdim=True) - loads)
        seen += ids.numel()
        reply = weight == 1.0
        log.append((each[reply].mean().item(), (logits.argmax(-1) == target)[reply].float().mean().item()))
        if step % 50 == 49:
            part = log[-50:]
            print(f"step {step + 1} reply loss {sum(x[0] for x in part) / len(part):.4f} "
                  f"token accuracy {sum(x[1] for x in part) / len(part):.4f} load {loads.min().item():.3f}..{loads.max().item():.3f} "
                  f"{seen / (time.time() - began):.0f} tok/s {time.time() - began:.0f} s, CPU {time.process_time():.0f} s", flush=True)
        if (step + 1) % args.save_every == 0 or step + 1 == args.steps:
            write_checkpoint(net, style, tok, folder)
    dirty = [q for q in used if not guard.clean(q)]
    assert not dirty, f"{len(dirty)} training questions repeat bundled ones: {dirty[:3]}"
    print(f"{len(used)} different questions, none of them bundled ({guard.count} bundled questions known)")
    probe = encoder.ids(encoder.prompt(c.mmlu(5)[0]))
    difference = check_against_transformers(net, folder, probe)
    print(f"largest difference in log-probability from the Hugging Face class on {len(probe)} tokens: {difference:.2e}")
    assert difference < 1e-3


if __name__ == "__main__":
    main()
