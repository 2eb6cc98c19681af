"""Writes tests/golden/tensor_core/tensor_core.txt: inputs and outputs of the package `mmasim`, an independent model of tensor cores.

    pip install torch numpy mmasim==2.1.1 && python tests/golden/tensor_core/make_tensor_core.py > tests/golden/tensor_core/tensor_core.txt

One line per case: kind, a, b (k numbers each, as the bits of their format in hex, packed), c and d (the bits of f32).
"""
import numpy as np
import torch

from mmasim.nv_ptx.sim import MMA, WGMMA

CASES_PER_STYLE = 24
random = np.random.default_rng(20251110)

KINDS = {  # name: model, input format of a, of b, k
    "hopper_wgmma_bf16": (WGMMA("Hopper", "m64n8k16.f32.bf16.bf16"), "bf16", "bf16", 32),
    "hopper_mma_bf16": (MMA("Hopper", "m16n8k16.f32.bf16.bf16.f32"), "bf16", "bf16", 16),
    "ampere_mma_bf16": (MMA("Ampere", "m16n8k16.f32.bf16.bf16.f32"), "bf16", "bf16", 16),
    "hopper_wgmma_e4m3": (WGMMA("Hopper", "m64n8k32.f32.e4m3.e4m3"), "e4m3", "e4m3", 64),
    "hopper_wgmma_e5m2": (WGMMA("Hopper", "m64n8k32.f32.e5m2.e4m3"), "e5m2", "e4m3", 32),
}
DTYPES = {"bf16": torch.bfloat16, "e4m3": torch.float8_e4m3fn, "e5m2": torch.float8_e5m2}


def numbers(style, count, dtype):
    x = random.normal(size=count)
    if style == "wide":  # exponents far apart, so that most terms are cut off
        x *= np.exp2(random.integers(-18, 18, size=count) / (1 if dtype == "bf16" else 4))
    if style == "zeros":
        x *= random.random(count) < 0.3
    if style == "tiny":  # subnormal inputs and results
        x *= np.exp2(random.integers(-66, -56, size=count)) if dtype == "bf16" else 2.0**-9
    return torch.tensor(x, dtype=torch.float32).to(DTYPES[dtype])


def any_bits(count, dtype):  # infinities, NaN, overflow
    if dtype == "bf16":
        return torch.tensor(random.integers(-(2**15), 2**15, size=count), dtype=torch.int16).view(torch.bfloat16)
    return torch.tensor(random.integers(0, 2**8, size=count), dtype=torch.uint8).view(DTYPES[dtype])


def hexadecimal(x):
    if x.dtype == torch.bfloat16:
        return "".join(f"{v & 0xFFFF:04x}" for v in x.view(torch.int16).tolist())
    if x.dtype == torch.float32:
        return "".join(f"{v & 0xFFFFFFFF:08x}" for v in x.view(torch.int32).tolist())
    return "".join(f"{v:02x}" for v in x.view(torch.uint8).tolist())


for kind, (model, a_type, b_type, k) in KINDS.items():
    for style in ("normal", "wide", "zeros", "tiny", "cancelling", "any"):
        for case in range(CASES_PER_STYLE):
            make = any_bits if style == "any" else lambda n, t: numbers(style, n, t)
            a, b = make(k, a_type), make(k, b_type)
            c = torch.tensor([random.normal() * 2.0 ** random.integers(-12, 12)], dtype=torch.float32)
            if style == "tiny":
                c = torch.tensor([random.normal()], dtype=torch.float32) * 2.0**-126
            if style == "cancelling":
                c = -(a.float() * b.float()).sum().reshape(1)
            if style == "any":
                c = torch.tensor(random.integers(-(2**31), 2**31, size=1), dtype=torch.int32).view(torch.float32)
                if case % 2 == 0:  # finite inputs only
                    a, b, c = (torch.where(x.float().isfinite(), x.float(), 1.0).to(x.dtype) for x in (a, b, c))
            d = model.dpa(a.clone().reshape(1, k), b.clone().reshape(1, k), c.clone())
            print(kind, hexadecimal(a), hexadecimal(b), hexadecimal(c), hexadecimal(d))
