#!/usr/bin/env python3
"""Writes the random-weight checkpoint that benchmarks of the engine are run on.

    make_checkpoint.py solar_open  FOLDER   grouped attention, 753 M parameters
    make_checkpoint.py deepseek_v3 FOLDER   latent attention, the same size
    ... --layers N                          fewer layers
    ... --text FOLDER                       the tokenizer, template and vocabulary of another model, for what serves text

Twelve layers, hidden 1024, 32 experts (top 4) of width 512 and one shared, vocabulary 32,768, bf16. Without --text it has no
tokenizer: it is to be timed, not to be talked to. The same bytes every time; nothing but the standard library is needed.
"""

import argparse
import json
import os
import random
import shutil
import struct

HIDDEN, EXPERTS, CHOSEN, WIDTH, HEADS = 1024, 32, 4, 512, 16

COMMON = {
    "hidden_act": "silu", "attention_bias": False, "tie_word_embeddings": False, "bos_token_id": 1, "eos_token_id": 2,
    "hidden_size": HIDDEN, "vocab_size": 32768, "num_attention_heads": HEADS, "moe_intermediate_size": WIDTH,
    "n_routed_experts": EXPERTS, "num_experts_per_tok": CHOSEN, "n_shared_experts": 1, "n_group": 1, "topk_group": 1,
    "norm_topk_prob": True, "routed_scaling_factor": 1.0, "max_position_embeddings": 4096, "torch_dtype": "bfloat16",
}
CONFIGS = {
    "solar_open": {
        "architectures": ["SolarOpenForCausalLM"], "num_key_value_heads": 4, "head_dim": 128, "rms_norm_eps": 1e-5,
        "partial_rotary_factor": 1.0, "rope_parameters": {"rope_type": "default", "rope_theta": 500000.0},
    },
    "deepseek_v3": {
        "architectures": ["DeepseekV3ForCausalLM"], "num_key_value_heads": HEADS, "q_lora_rank": 384, "kv_lora_rank": 512,
        "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128, "intermediate_size": 2048,
        "first_k_dense_replace": 1, "moe_layer_freq": 1, "topk_method": "noaux_tc", "scoring_func": "sigmoid",
        "rope_interleave": True, "rope_theta": 10000.0, "rope_scaling": None, "rms_norm_eps": 1e-6,
    },
}


def swiglu(prefix, width):
    return {prefix + "gate_proj.weight": (width, HIDDEN), prefix + "up_proj.weight": (width, HIDDEN),
            prefix + "down_proj.weight": (HIDDEN, width)}


def attention(prefix, config):
    if "head_dim" in config:
        queries, keys = HEADS * config["head_dim"], config["num_key_value_heads"] * config["head_dim"]
        return {prefix + "q_proj.weight": (queries, HIDDEN), prefix + "k_proj.weight": (keys, HIDDEN),
                prefix + "v_proj.weight": (keys, HIDDEN), prefix + "o_proj.weight": (HIDDEN, queries)}
    low, rank, rotary = config["q_lora_rank"], config["kv_lora_rank"], config["qk_rope_head_dim"]
    nope, value = config["qk_nope_head_dim"], config["v_head_dim"]
    return {prefix + "q_a_proj.weight": (low, HIDDEN), prefix + "q_a_layernorm.weight": (low,),
            prefix + "q_b_proj.weight": (HEADS * (nope + rotary), low),
            prefix + "kv_a_proj_with_mqa.weight": (rank + rotary, HIDDEN), prefix + "kv_a_layernorm.weight": (rank,),
            prefix + "kv_b_proj.weight": (HEADS * (nope + value), rank), prefix + "o_proj.weight": (HIDDEN, HEADS * value)}


def shapes(config):
    vocabulary = config["vocab_size"]
    tensors = {"model.embed_tokens.weight": (vocabulary, HIDDEN), "model.norm.weight": (HIDDEN,),
               "lm_head.weight": (vocabulary, HIDDEN)}
    for layer in range(config["num_hidden_layers"]):
        prefix = f"model.layers.{layer}."
        tensors[prefix + "input_layernorm.weight"] = (HIDDEN,)
        tensors[prefix + "post_attention_layernorm.weight"] = (HIDDEN,)
        tensors.update(attention(prefix + "self_attn.", config))
        if layer < config.get("first_k_dense_replace", 0):
            tensors.update(swiglu(prefix + "mlp.", config["intermediate_size"]))
            continue
        tensors[prefix + "mlp.gate.weight"] = (EXPERTS, HIDDEN)
        tensors[prefix + "mlp.gate.e_score_correction_bias"] = (EXPERTS,)
        for expert in range(EXPERTS):
            tensors.update(swiglu(f"{prefix}mlp.experts.{expert}.", WIDTH))
        tensors.update(swiglu(prefix + "mlp.shared_experts.", WIDTH))
    return tensors


# A bf16's high byte: 0x3c has exponent -7 or -6, so weights are between 2^-7 and 2^-5, about as far from zero as 0.02.
HIGH_BYTES = bytes(0x3C if byte < 128 else 0xBC for byte in range(256))


def content(name, shape, generator):
    count = 1
    for size in shape:
        count *= size
    if name.endswith("bias"):
        return bytes(2 * count)
    if name.endswith("norm.weight"):
        return b"\x80\x3f" * count
    halves = bytearray(2 * count)
    halves[0::2] = generator.randbytes(count)
    halves[1::2] = generator.randbytes(count).translate(HIGH_BYTES)
    return bytes(halves)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model_type", choices=CONFIGS)
    parser.add_argument("folder")
    parser.add_argument("--layers", type=int, default=12)
    parser.add_argument("--text", metavar="FOLDER")
    arguments = parser.parse_args()
    config = {"model_type": arguments.model_type, "num_hidden_layers": arguments.layers} | COMMON
    config |= CONFIGS[arguments.model_type]
    os.makedirs(arguments.folder, exist_ok=True)
    if arguments.text:
        with open(os.path.join(arguments.text, "config.json")) as file:
            other = json.load(file)
        config |= {key: other[key] for key in ("vocab_size", "bos_token_id", "eos_token_id") if key in other}
        for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "special_tokens_map.json"):
            if os.path.exists(os.path.join(arguments.text, name)):
                shutil.copy(os.path.join(arguments.text, name), arguments.folder)
    header, offset = {}, 0
    for name, shape in shapes(config).items():
        size = 2
        for dimension in shape:
            size *= dimension
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    generator = random.Random(1)
    with open(os.path.join(arguments.folder, "model.safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name, entry in header.items():
            file.write(content(name, entry["shape"], generator))
    with open(os.path.join(arguments.folder, "config.json"), "w") as file:
        json.dump(config, file, indent=1)


if __name__ == "__main__":
    main()
