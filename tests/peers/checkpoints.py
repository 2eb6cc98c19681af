#!/usr/bin/env python3
"""Make checkpoints of other shapes, seeds and weight formats than the golden ones and hold `jangwon models verify` against them.

    checkpoints.py JANGWON OUT [NAME…]        (folders that are there already are not made again)

Uses the makers beside the golden checkpoints and needs what they need: torch, transformers, safetensors, compressed-tensors.
"""
import copy
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "golden" / "models"))

import make_checkpoints as plain  # noqa: E402
import make_quantized as quantised  # noqa: E402
import make_reference as reference  # noqa: E402
import torch  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402
from transformers.utils import logging as transformers_logging  # noqa: E402

WIDE = quantised.CHANGES


def vary(name, seed, drop=(), recipe=None, **config):
    spec = copy.deepcopy(plain.CHECKPOINTS.get(name) or reference.CHECKPOINTS[name])
    spec.update(recipe or {}, seed=seed)
    spec["config"].update(config)
    for key in drop:
        spec["config"].pop(key, None)
    return spec


def yarn(**parameters):
    return dict(dict(rope_type="yarn", factor=8.0, original_max_position_embeddings=64), **parameters)


PLAIN = {
    "axk1_odd": vary("axk1_groups", 201, hidden_size=104, intermediate_size=133, moe_intermediate_size=37, num_attention_heads=3,
                     num_key_value_heads=3, q_lora_rank=29, kv_lora_rank=19, qk_nope_head_dim=10, qk_rope_head_dim=6, v_head_dim=13,
                     n_routed_experts=15, n_group=5, topk_group=3, num_experts_per_tok=5, vocab_size=611),
    "axk1_no_scaling": vary("axk1_groups", 202, rope_scaling=None, n_group=1, topk_group=1, first_k_dense_replace=0,
                            norm_topk_prob=False, rope_theta=500000.0),
    "axk1_fp16": vary("axk1_bias", 203, recipe=dict(dtype="float16", shards=4), num_hidden_layers=6, first_k_dense_replace=3),
    "axk1_rope_parameters": vary("axk1_bias", 204, drop=("rope_scaling", "rope_theta"), rope_parameters=yarn(
        rope_theta=20000.0, factor=6.0, original_max_position_embeddings=96, beta_fast=16, beta_slow=2, mscale=0.7,
        mscale_all_dim=0.5)),
    "axk1_one_expert": vary("axk1_bias", 205, num_experts_per_tok=1, n_group=4, topk_group=2, n_shared_experts=3),
    "axk1_far_yarn": vary("axk1_groups", 206, num_hidden_layers=3, max_position_embeddings=2048, rope_scaling=dict(
        type="yarn", factor=32.0, original_max_position_embeddings=64, beta_fast=32, beta_slow=1, mscale=1.0, mscale_all_dim=1.0)),
    "exaone_small_window": vary("exaone_window", 211, sliding_window=3, num_attention_heads=8, num_key_value_heads=1, head_dim=20,
                                moe_intermediate_size=33, vocab_size=501),
    "exaone_pattern": vary("exaone_window", 212, drop=("layer_types", "mlp_layer_types"), num_hidden_layers=8, sliding_window=17,
                           first_k_dense_replace=2, sliding_window_pattern=4),
    "exaone_tied": vary("exaone_lists", 213, sliding_window=200, num_hidden_layers=3, num_experts=9, n_group=3, topk_group=2,
                        layer_types=["sliding_attention", "full_attention", "sliding_attention"], num_experts_per_tok=4,
                        mlp_layer_types=["sparse", "sparse", "dense"],
                        rope_parameters=dict(rope_type="default", rope_theta=123456.0)),
    "exaone_fp16": vary("exaone_lists", 214, recipe=dict(dtype="float16"), norm_topk_prob=False, routed_scaling_factor=0.7),
    "solar_odd": vary("solar_yarn", 221, hidden_size=90, moe_intermediate_size=31, num_attention_heads=6, num_key_value_heads=3,
                      head_dim=22, n_routed_experts=13, num_experts_per_tok=6, vocab_size=777, rope_scaling=yarn(
                          factor=5.0, original_max_position_embeddings=100, attention_factor=1.3)),
    "solar_many_experts": vary("solar_plain", 222, n_routed_experts=40, num_experts_per_tok=8, n_shared_experts=2,
                               num_hidden_layers=6),
    "solar_groups": vary("solar_yarn", 223, n_group=4, topk_group=2, drop=("rope_theta", "rope_scaling"),
                         rope_parameters=yarn(rope_theta=10000.0, beta_fast=24, beta_slow=3)),
    "qwen3_tied_yarn": vary("qwen3_moe", 232, mlp_only_layers=[0, 3], rope_scaling=yarn(), tie_word_embeddings=True,
                            num_experts=30, num_experts_per_tok=8),
    "hyperclovax_no_post_norm": vary("hyperclovax", 241, use_post_norm=False, hidden_size=84, head_dim=14, num_key_value_heads=6,
                                     vocab_size=333),
    "hyperclovax_tied": vary("hyperclovax", 242, tie_word_embeddings=True, num_hidden_layers=6, attention_multiplier=0.35),
}
PLAIN |= {f"{name}_{seed}": vary(name, seed)
          for seed in (501, 502, 503, 504) for name in [*plain.CHECKPOINTS, "qwen3_moe", "hyperclovax"]}


def packed(bits, **weights):
    return quantised.compressed("pack-quantized", num_bits=bits, **weights)


def spec_of(name, seed, **config):
    return quantised.spec_of(plain.CHECKPOINTS, name, seed, **config)


QUANTISED = {
    "int8_group": (spec_of("solar_yarn", 301, **WIDE), packed(8, strategy="group", group_size=32),
                   lambda w: quantised.int_group(w, 8, 32, True)),
    "int8_asymmetric": (spec_of("exaone_window", 302, head_dim=32, intermediate_size=192, **WIDE),
                        packed(8, strategy="group", group_size=32, symmetric=False), lambda w: quantised.int_group(w, 8, 32, False)),
    "int4_channel": (spec_of("solar_yarn", 303, hidden_size=152, moe_intermediate_size=104), packed(4, strategy="channel"),
                     lambda w: quantised.int_group(w, 4, w.shape[1], True)),
    "int4_group16": (spec_of("axk1_groups", 304, hidden_size=160, moe_intermediate_size=112, intermediate_size=176),
                     packed(4, strategy="group", group_size=16), lambda w: quantised.int_group(w, 4, 16, True)),
    "fp8_other_blocks": (spec_of("exaone_window", 305, **WIDE), dict(quantised.FP8, weight_block_size=[64, 96]),
                         lambda w: quantised.fp8_block(w, (64, 96), "weight_scale_inv", torch.float32)),
    "fp8_rows": (spec_of("solar_plain", 306, **WIDE), quantised.compressed("float-quantized", type="float", strategy="channel"),
                 quantised.fp8_channel),
}


INSIDE = ("hyperclovax_inside", "hyperclovax_inside_saved")  # a vision-language model


def make_quantised(folder, spec, config_of_weights, quantise):
    with tempfile.TemporaryDirectory() as scratch:
        whole = f"{scratch}/whole"
        plain.write_folder(whole, dict(spec, shards=1))
        stored, meant = {}, {}
        for key, weight in load_file(f"{whole}/model.safetensors").items():
            if not quantised.is_quantised(key):
                stored[key] = meant[key] = weight
                continue
            parts, meant[key] = quantise(weight.float())
            stored.update({key.removesuffix("weight") + part: tensor.contiguous() for part, tensor in parts.items()})
        save_file({key: weight.float().contiguous() for key, weight in meant.items()}, f"{whole}/model.safetensors",
                  metadata={"format": "pt"})
        plain.golden(whole, spec)
        os.makedirs(folder)
        for name in ("generation_config.json", "golden.safetensors"):
            shutil.copy(f"{whole}/{name}", folder)
        config = json.loads(pathlib.Path(f"{whole}/config.json").read_text(encoding="utf-8"))
    config["quantization_config"] = config_of_weights
    pathlib.Path(f"{folder}/config.json").write_text(json.dumps(config, indent=2), encoding="utf-8")
    save_file(stored, f"{folder}/model.safetensors", metadata={"format": "pt"})


def put_inside_a_vision_model(folder, text_folder):
    """`folder` as HyperCLOVA X SEED Think is published, `folder`_saved as transformers saves it; both hold the text model of `text_folder`."""
    from transformers.models.hyperclovax_vision_v2 import (configuration_hyperclovax_vision_v2 as configs,
                                                           modeling_hyperclovax_vision_v2 as models)
    text = json.loads(pathlib.Path(f"{text_folder}/config.json").read_text(encoding="utf-8"))
    vision = dict(model_type="qwen2_5_vl", depth=2, hidden_size=32, intermediate_size=48, num_heads=2, window_size=56,
                  out_hidden_size=text["hidden_size"], patch_size=14, spatial_merge_size=2, fullatt_block_indexes=[1])
    outer = dict(model_type="vlm", text_config=text, vision_config=vision, image_token_id=3, video_token_id=4,
                 tie_word_embeddings=False, torch_dtype="bfloat16")
    model = models.HyperCLOVAXVisionV2ForConditionalGeneration(
        configs.HyperCLOVAXVisionV2Config(**copy.deepcopy(outer))).float().eval()
    weights = load_file(f"{text_folder}/model.safetensors")
    whole = model.state_dict()
    stored = {f"model.language_model.{name}": weight for name, weight in weights.items()}
    for name, weight in whole.items():
        if not name.startswith(("model.language_model.", "lm_head.")):
            stored[name.replace("model.projector", "model.mm_projector")] = weight.bfloat16().contiguous()
    os.makedirs(folder)
    save_file(stored, f"{folder}/model.safetensors", metadata={"format": "pt"})
    config = json.dumps(dict(outer, architectures=["HCXVisionV2ForCausalLM"]), indent=2)
    pathlib.Path(f"{folder}/config.json").write_text(config, encoding="utf-8")
    for name, weight in weights.items():
        own = name if name.startswith("lm_head") else "model.language_model." + name.removeprefix("model.")
        whole[own] = weight.float()
    model.load_state_dict(whole)
    # The golden values came from the text model's own class: the class around it must say the same.
    golden = load_file(f"{text_folder}/golden.safetensors")
    with torch.no_grad():
        logits = model(input_ids=golden["medium.input_ids"][None]).logits[0]
    gap = (logits.log_softmax(-1) - golden["medium.logits"].log_softmax(-1)).abs().max().item()
    assert gap < 3e-5, gap
    model.save_pretrained(f"{folder}_saved")
    for place in (folder, f"{folder}_saved"):
        shutil.copy(f"{text_folder}/golden.safetensors", place)


def main() -> int:
    program, out, wanted = sys.argv[1], sys.argv[2], sys.argv[3:]
    torch.set_num_threads(1)
    transformers_logging.set_verbosity_error()
    names = [name for name in [*PLAIN, *QUANTISED, *INSIDE] if not wanted or name in wanted]
    agreed = 0
    for name in names:
        folder = f"{out}/{name}"
        if not os.path.exists(f"{folder}/golden.safetensors"):
            shutil.rmtree(folder, ignore_errors=True)
            if name in INSIDE:
                put_inside_a_vision_model(folder.removesuffix("_saved"), pathlib.Path(plain.__file__).parent / "hyperclovax")
            elif name in PLAIN:
                plain.write_folder(folder, PLAIN[name])
                plain.golden(folder, PLAIN[name])
            else:
                make_quantised(folder, *QUANTISED[name])
        done = subprocess.run([program, "models", "verify", folder, "--json"], capture_output=True, check=False)
        agreed += done.returncode == 0
        if done.stdout:
            result = json.loads(done.stdout)
            print(f"{name}: {result['max_abs_dlogp']:.1e}, greedy {result['greedy_equal']} of {result['greedy_total']}", flush=True)
        else:
            print(f"{name}: {done.stderr.decode().strip()}", flush=True)
    print(f"{agreed} of {len(names)}")
    return 0 if agreed == len(names) else 1


if __name__ == "__main__":
    sys.exit(main())
