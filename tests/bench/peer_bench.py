#!/usr/bin/env python3
"""Tokens a second of `jangwon bench` beside ik_llama.cpp, a fork of llama.cpp for CPUs, as a Markdown table.

    peer_bench.py PROGRAM CHECKPOINT PEER [--numerics amx,chain] [--weights bf16,int8:32,int4:32] [--rounds N] [--threads N]
                  [--gguf STEM] [--options "-rtr 1 ..."] [--before COMMAND]

CHECKPOINT is a folder that make_checkpoint.py wrote. PEER is a clone of the peer with its library built in the folder
`build` (target llama, shared). The peer gets the checkpoint's own tensors, written once to STEM-bf16.gguf and the like, with a routing and
an attention of the same shape: `glm4moe` for solar_open (its biases of queries, keys and values are zero, as it has no form
without them), `deepseek2` for deepseek_v3. Matrices that `--weights` quantises are Q8_0 or Q4_0 there, by the package's
own quantiser; norms, router and biases are F32, all else BF16. Needs the packages numpy and gguf for the writing alone.

In every round each row is measured by PROGRAM, with each numerics, and then by the peer, each in a process of its own; the
ratio is of the two medians of one round. The peer is called through peer_rates.cc, which says why its own benchmarks do not do.
"""

import argparse
import collections
import json
import os
import pathlib
import shlex
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent


class Failure(Exception):
    pass


# --- the checkpoint as a GGUF file ---------------------------------------------------------------

# What the peer calls the values of config.json that both architectures have: (its key, the name there).
NUMBERS = [
    ("vocab_size", "vocab_size"), ("context_length", "max_position_embeddings"), ("embedding_length", "hidden_size"),
    ("block_count", "num_hidden_layers"), ("attention.head_count", "num_attention_heads"),
    ("attention.head_count_kv", "num_key_value_heads"), ("expert_count", "n_routed_experts"),
    ("expert_used_count", "num_experts_per_tok"), ("expert_shared_count", "n_shared_experts"),
    ("expert_feed_forward_length", "moe_intermediate_size"),
]
SIGMOID = 2  # of expert_gating_func
TOP = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight",
       "lm_head.weight": "output.weight"}
OF_A_LAYER = {
    "input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "self_attn.q_a_proj": "attn_q_a", "self_attn.q_a_layernorm": "attn_q_a_norm",
    "self_attn.q_b_proj": "attn_q_b", "self_attn.kv_a_proj_with_mqa": "attn_kv_a_mqa",
    "self_attn.kv_a_layernorm": "attn_kv_a_norm", "self_attn.kv_b_proj": "attn_kv_b", "mlp.gate": "ffn_gate_inp",
}
PARTS = ("gate", "up", "down")
# The peer's type for each value of `--weights`; both have groups of 32 and a scale of two bytes.
TYPES = {"bf16": "BF16", "int8:32": "Q8_0", "int4:32": "Q4_0"}
# Latent attention's kv_b_proj stays as it is in PROGRAM, too.
UNQUANTISED = ("token_embd", "output", "attn_kv_b")


def read_config(checkpoint):
    with open(checkpoint / "config.json", encoding="utf-8") as file:
        config = json.load(file)
    if config.get("model_type") not in ("solar_open", "deepseek_v3"):
        raise Failure(f"{checkpoint} is a model of type {config.get('model_type')}; what the peer calls its tensors is known of "
                      f"solar_open and deepseek_v3")
    return config


def metadata(config):
    values = {key: config[name] for key, name in NUMBERS}
    values |= {"expert_gating_func": SIGMOID, "expert_weights_norm": config["norm_topk_prob"],
               "expert_weights_scale": float(config["routed_scaling_factor"]),
               "attention.layer_norm_rms_epsilon": float(config["rms_norm_eps"])}
    if config["model_type"] == "solar_open":
        size = config["head_dim"]
        return values | {"attention.key_length": size, "attention.value_length": size, "rope.dimension_count": size,
                         "rope.freq_base": float(config["rope_parameters"]["rope_theta"]), "leading_dense_block_count": 0,
                         "feed_forward_length": config["moe_intermediate_size"]}
    rotary = config["qk_rope_head_dim"]
    return values | {"attention.key_length": config["qk_nope_head_dim"] + rotary, "attention.value_length": config["v_head_dim"],
                     "attention.q_lora_rank": config["q_lora_rank"], "attention.kv_lora_rank": config["kv_lora_rank"],
                     "rope.dimension_count": rotary, "rope.freq_base": float(config["rope_theta"]),
                     "leading_dense_block_count": config["first_k_dense_replace"],
                     "feed_forward_length": config["intermediate_size"]}


def read_tensors(path, numpy):
    """{name: the bits of a bf16 tensor}, from a file that stays on the disk."""
    data = numpy.memmap(path, dtype=numpy.uint8, mode="r")
    begin = 8 + int.from_bytes(data[:8].tobytes(), "little")
    header = json.loads(data[8:begin].tobytes())
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        if entry["dtype"] != "BF16":
            raise Failure(f"{path}: {name} is {entry['dtype']}, and only BF16 can be handed to the peer")
        first, last = entry["data_offsets"]
        tensors[name] = data[begin + first:begin + last].view(numpy.uint16).reshape(entry["shape"])
    return tensors


def renamed(config, tensors, numpy):
    """The checkpoint's tensors by the peer's names, the experts of a layer as one."""
    for name, there in TOP.items():
        yield there, tensors[name]
    solar = config["model_type"] == "solar_open"
    for layer in range(config["num_hidden_layers"]):
        of, there = f"model.layers.{layer}.", f"blk.{layer}."
        for name, short in OF_A_LAYER.items():
            if of + name + ".weight" in tensors:
                yield f"{there}{short}.weight", tensors[of + name + ".weight"]
        yield there + ("post_attention_norm" if solar else "ffn_norm") + ".weight", tensors[of + "post_attention_layernorm.weight"]
        if solar:
            for part in "qkv":
                yield f"{there}attn_{part}.bias", numpy.zeros(tensors[f"{of}self_attn.{part}_proj.weight"].shape[0], numpy.uint16)
        if of + "mlp.gate.weight" not in tensors:
            for part in PARTS:
                yield f"{there}ffn_{part}.weight", tensors[f"{of}mlp.{part}_proj.weight"]
            continue
        yield f"{there}exp_probs_b.bias", tensors[of + "mlp.gate.e_score_correction_bias"]
        for part in PARTS:
            yield f"{there}ffn_{part}_shexp.weight", tensors[f"{of}mlp.shared_experts.{part}_proj.weight"]
            yield f"{there}ffn_{part}_exps.weight", numpy.stack(
                [tensors[f"{of}mlp.experts.{expert}.{part}_proj.weight"] for expert in range(config["n_routed_experts"])])


def write_gguf(checkpoint, config, weights, path):
    try:
        import gguf
        import numpy
    except ImportError as error:
        raise Failure(f"{path} has to be written first, and Python has no package {error.name}: install numpy and gguf") from error
    name = "glm4moe" if config["model_type"] == "solar_open" else "deepseek2"
    unfinished = path.with_name(path.name + ".part")
    writer = gguf.GGUFWriter(unfinished, name)
    for key, value in metadata(config).items():
        add = {bool: writer.add_bool, int: writer.add_uint32, float: writer.add_float32}[type(value)]
        add(f"{name}.{key}", value)
    # Without text: its own benchmarks draw token numbers.
    writer.add_string("tokenizer.ggml.model", "none")
    form = gguf.GGMLQuantizationType[TYPES[weights]]
    bf16 = gguf.GGMLQuantizationType.BF16
    for tensor, bits in renamed(config, read_tensors(checkpoint / "model.safetensors", numpy), numpy):
        short = tensor.removesuffix(".weight").rpartition(".")[2]
        if bits.ndim == 1 or short == "ffn_gate_inp":
            writer.add_tensor(tensor, (bits.astype(numpy.uint32) << 16).view(numpy.float32))
        elif form == bf16 or short in UNQUANTISED:
            writer.add_tensor(tensor, numpy.ascontiguousarray(bits).view(numpy.uint8), raw_dtype=bf16)
        else:
            values = (bits.astype(numpy.uint32) << 16).view(numpy.float32)
            writer.add_tensor(tensor, gguf.quants.quantize(values, form), raw_dtype=form)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    os.replace(unfinished, path)


# --- one measurement -----------------------------------------------------------------------------

Row = collections.namedtuple("Row", "title phase prompt tokens batch")
# Replies begin behind a short prompt: what is timed is reading weights, not a long cache.
ROWS = [Row("prompt of 512 tokens", "prefill", 512, 1, 1),
        *(Row(f"decode, batch {batch}", "decode", 8, 64, batch) for batch in (1, 4, 16, 32))]
# Tokens a second of one process's passes, and the share of what the machine can do where that is told.
Passes = collections.namedtuple("Passes", "best median share ceilings", defaults=(None, None))


def output_of(options, words):
    words = options.before + [str(word) for word in words]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        raise Failure(f"`{shlex.join(words)}` ended with {done.returncode}: {said[-1] if said else 'it said nothing'}")
    return done.stdout


def measure_program(options, weights, numerics, row):
    words = [options.program, "bench", "--model", options.checkpoint, "--batch", row.batch, "--prefill", row.prompt,
             "--decode", row.tokens, "--repeats", options.passes, "--threads", options.threads, "--numerics", numerics, "--json"]
    told = json.loads(output_of(options, words + ([] if weights == "bf16" else ["--weights", weights])))
    (found,) = told["rows"]
    share = found["prefill_share_of_peak" if row.phase == "prefill" else "decode_share_of_bandwidth"]
    rate = f"{row.phase}_tokens_per_s"
    return Passes(found[rate], found[rate + "_median"], share, (told["peak_flop_per_s"], told["memory_gb_per_s"]))


def measure_peer(options, driver, model, row):
    words = [driver, model, options.threads, row.batch, row.prompt, row.tokens, options.passes, *options.options]
    column = 0 if row.phase == "prefill" else 1
    rates = [float(line.split()[column]) for line in output_of(options, words).splitlines()]
    return Passes(max(rates), statistics.median(rates))


def build_driver(peer, folder):
    """Compiles peer_rates.cc against the peer."""
    libraries = {name: next(iter((peer / "build").rglob(f"lib{name}.so")), None) for name in ("llama", "ggml")}
    for name, path in libraries.items():
        if path is None:
            raise Failure(f"{peer}/build has no lib{name}.so; build the peer's target llama with shared libraries")
    words = ["c++", "-std=c++17", "-O2", f"-I{peer}/include", f"-I{peer}/ggml/include", HERE / "peer_rates.cc",
             *libraries.values(), *(f"-Wl,-rpath,{path.parent}" for path in libraries.values()), "-o", folder / "peer_rates"]
    done = subprocess.run([str(word) for word in words], stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise Failure(f"peer_rates.cc cannot be compiled against {peer}: {done.stderr.strip().splitlines()[0]}")
    return folder / "peer_rates"


# --- the table -----------------------------------------------------------------------------------

def cell(rounds):
    return f"{max(passes.best for passes in rounds):,.1f} ({statistics.median(passes.median for passes in rounds):,.1f})"


def line(weights, row, numerics, ours, theirs):
    ratios = [mine.median / other.median for mine, other in zip(ours, theirs)]
    best = max(ours, key=lambda passes: passes.best)
    of = "arithmetic" if row.phase == "prefill" else "memory"
    return (f"| {weights} / {TYPES[weights]} | {row.title} | `{numerics}` | {cell(ours)} | {cell(theirs)} "
            f"| {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) | {100 * best.share:.0f} % of {of} |")


def print_table(options, measured):
    print(f"`{options.checkpoint.name}`, {options.threads} threads, {options.rounds} rounds of {options.passes} passes; the peer with "
          f"`{shlex.join(options.options)}`.\n")
    print("| weights, jangwon / peer | | numerics | jangwon, tokens/s, best (median) | ik_llama.cpp, best (median) "
          "| jangwon / peer, median of rounds | jangwon's best |")
    print("|---|---|---|--:|--:|--:|--:|")
    for (weights, row), found in measured.items():
        for numerics in options.numerics:
            print(line(weights, row, numerics, found[numerics], found["peer"]))
    print()
    for numerics in options.numerics:
        ceilings = [passes.ceilings for found in measured.values() for passes in found[numerics]]
        peak, memory = (max(values) for values in zip(*ceilings))
        print(f"Ceilings with `{numerics}`: {peak / 1e12:.2f} TFLOP/s, {memory:.1f} GB/s.")


def names(text):
    return [name for name in text.split(",") if name]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("checkpoint", type=pathlib.Path)
    parser.add_argument("peer", type=pathlib.Path)
    parser.add_argument("--numerics", type=names, default=["chain"], help="of PROGRAM, separated by commas")
    parser.add_argument("--weights", type=names, default=["bf16"], help=", ".join(TYPES))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--passes", type=int, default=3, help="of one process")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--gguf", type=pathlib.Path, metavar="STEM", help="default: CHECKPOINT")
    parser.add_argument("--options", type=shlex.split, default="-fa 1 -fmoe 1 -mla 3 -rtr 1", help="of the peer")
    parser.add_argument("--before", type=shlex.split, default="", metavar="COMMAND",
                        help="put before each measured one, as in \"taskset -c 0,1\"")
    options = parser.parse_args()
    for name in options.weights:
        if name not in TYPES:
            raise Failure(f"the peer has no form of {name}; there is one for {', '.join(TYPES)}")
    if min(options.rounds, options.passes, options.threads) < 1:
        raise Failure("--rounds, --passes and --threads must be positive")
    options.peer = options.peer.resolve()
    return options


def main():
    options = arguments()
    config = read_config(options.checkpoint)
    models = {}
    for weights in options.weights:
        stem = options.gguf or options.checkpoint
        models[weights] = stem.with_name(f"{stem.name}-{TYPES[weights].lower()}.gguf")
        if not models[weights].exists():
            print(f"writing {models[weights]}", file=sys.stderr, flush=True)
            write_gguf(options.checkpoint, config, weights, models[weights])
    with tempfile.TemporaryDirectory() as folder:
        driver = build_driver(options.peer, pathlib.Path(folder))
        measured = {(weights, row): collections.defaultdict(list) for weights in options.weights for row in ROWS}
        for number in range(options.rounds):
            for (weights, row), found in measured.items():
                for numerics in options.numerics:
                    found[numerics].append(measure_program(options, weights, numerics, row))
                found["peer"].append(measure_peer(options, driver, models[weights], row))
                rates = ", ".join(f"{name} {passes[-1].median:.1f}" for name, passes in found.items())
                print(f"round {number + 1}, {weights}, {row.title}: {rates}", file=sys.stderr, flush=True)
    print_table(options, measured)


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"peer_bench.py: {failure}")
    except OSError as failure:
        sys.exit(f"peer_bench.py: {failure.filename}: {failure.strerror}; CHECKPOINT is a folder that make_checkpoint.py wrote")
