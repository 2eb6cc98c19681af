"""The three decoders in plain PyTorch, written for training small models on one CPU core.

Why not the Hugging Face classes themselves: their expert loop is slow for tiny matrices, and packed rows need a mask of
our own. The forward pass computes the same function; train.py loads every checkpoint it writes into the Hugging Face
class and compares logits, so the two cannot drift apart.

Shapes: B rows, L tokens of a row, D hidden size, H query heads, G key/value heads, K head width, E experts,
F expert width. Weights have the Hugging Face orientation [out, in]; the experts of a layer are held together as
[E, 2F, D] and [E, D, F] and are split into one tensor per expert on disk.
"""
import math

import torch
import torch.nn.functional as F


def yarn_frequencies(dim, base, scaling):
    """Inverse frequencies [dim/2] and the factor on cos and sin. `scaling` is the config's rope_scaling (or None)."""
    plain = 1.0 / (base ** (torch.arange(0, dim, 2).float() / dim))
    if not scaling:
        return plain, 1.0
    factor, original = scaling["factor"], scaling["original_max_position_embeddings"]

    def turn_dim(turns):
        return dim * math.log(original / (turns * 2 * math.pi)) / (2 * math.log(base))

    low = max(math.floor(turn_dim(scaling.get("beta_fast", 32))), 0)
    high = min(math.ceil(turn_dim(scaling.get("beta_slow", 1))), dim - 1)
    ramp = ((torch.arange(dim // 2).float() - low) / max(high - low, 0.001)).clamp(0, 1)

    def mscale(m):
        return 0.1 * m * math.log(factor) + 1.0

    if scaling.get("mscale") and scaling.get("mscale_all_dim"):
        attention_factor = mscale(scaling["mscale"]) / mscale(scaling["mscale_all_dim"])
    else:
        attention_factor = mscale(1.0)
    return plain / factor * ramp + plain * (1 - ramp), attention_factor


class StandIn(torch.nn.Module):
    """One decoder of the kind that config["model_type"] names; parameters are named as the tensors on disk, with '/'."""

    def __init__(self, config, seed):
        super().__init__()
        self.c = c = config
        self.kind = c["model_type"]
        self.gen = torch.Generator().manual_seed(seed)
        self.names = {}
        d, n_layers = c["hidden_size"], c["num_hidden_layers"]
        self.n_experts = c.get("n_routed_experts") or c.get("num_experts")
        self.n_dense = c.get("first_k_dense_replace", 0)
        self._matrix("model.embed_tokens.weight", c["vocab_size"], d, std=0.5)
        self._matrix("lm_head.weight", c["vocab_size"], d, std=0.02)
        self._norm("model.norm.weight", d)
        for i in range(n_layers):
            p = f"model.layers.{i}."
            self._norm(p + "input_layernorm.weight", d)
            self._norm(p + "post_attention_layernorm.weight", d)
            self._mla(p + "self_attn.") if self.kind == "axk1" else self._gqa(p + "self_attn.")
            if i < self.n_dense:
                self._swiglu(p + "mlp.", c["intermediate_size"])
            else:
                self._experts(p + "mlp.")
            if self.kind == "axk1":  # stored for the dense layer too, as the released model has it; unused there
                self._norm(p + "post_mlp_layernorm.weight", d)
        rope_dim = c["qk_rope_head_dim"] if self.kind == "axk1" else c["head_dim"]
        freq, self.rope_factor = yarn_frequencies(rope_dim, c["rope_theta"], c.get("rope_scaling"))
        self.register_buffer("freq", freq, persistent=False)
        bias = torch.zeros(n_layers, self.n_experts)  # selection bias of the router, steered by load, not by gradient
        self.register_buffer("bias", bias)
        self.has_bias = self.kind != "axk1"

    # -- parameters ---------------------------------------------------------------------------------------------------

    def _add(self, name, value):
        key = name.replace(".", "/")
        self.names[key] = name
        self.register_parameter(key, torch.nn.Parameter(value))

    def _matrix(self, name, *shape, std=None):
        std = std if std is not None else 0.8 / math.sqrt(shape[-1])
        self._add(name, torch.randn(*shape, generator=self.gen) * std)

    def _norm(self, name, size):
        self._add(name, torch.ones(size))

    def _swiglu(self, p, inner):
        d, out_std = self.c["hidden_size"], 0.8 / math.sqrt(inner * 2 * self.c["num_hidden_layers"])
        self._matrix(p + "gate_proj.weight", inner, d)
        self._matrix(p + "up_proj.weight", inner, d)
        self._matrix(p + "down_proj.weight", d, inner, std=out_std)

    def _experts(self, p):
        d, f = self.c["hidden_size"], self.c["moe_intermediate_size"]
        self._matrix(p + "gate.weight", self.n_experts, d)
        self._matrix(p + "experts.gate_up", self.n_experts, 2 * f, d)
        self._matrix(p + "experts.down", self.n_experts, d, f, std=0.8 / math.sqrt(f * 2 * self.c["num_hidden_layers"]))
        self._swiglu(p + "shared_experts.", f)

    def _gqa(self, p):
        c, d = self.c, self.c["hidden_size"]
        h, g, k = c["num_attention_heads"], c["num_key_value_heads"], c["head_dim"]
        self._matrix(p + "q_proj.weight", h * k, d)
        self._matrix(p + "k_proj.weight", g * k, d)
        self._matrix(p + "v_proj.weight", g * k, d)
        self._matrix(p + "o_proj.weight", d, h * k, std=0.8 / math.sqrt(h * k * 2 * c["num_hidden_layers"]))
        if self.kind == "exaone_moe":
            self._norm(p + "q_norm.weight", k)
            self._norm(p + "k_norm.weight", k)

    def _mla(self, p):
        c, d, h = self.c, self.c["hidden_size"], self.c["num_attention_heads"]
        nope, rope, v = c["qk_nope_head_dim"], c["qk_rope_head_dim"], c["v_head_dim"]
        self._matrix(p + "q_a_proj.weight", c["q_lora_rank"], d)
        self._norm(p + "q_a_layernorm.weight", c["q_lora_rank"])
        self._matrix(p + "q_b_proj.weight", h * (nope + rope), c["q_lora_rank"])
        self._matrix(p + "kv_a_proj_with_mqa.weight", c["kv_lora_rank"] + rope, d)
        self._norm(p + "kv_a_layernorm.weight", c["kv_lora_rank"])
        self._matrix(p + "kv_b_proj.weight", h * (nope + v), c["kv_lora_rank"])
        self._matrix(p + "o_proj.weight", d, h * v, std=0.8 / math.sqrt(h * v * 2 * c["num_hidden_layers"]))

    # -- forward ------------------------------------------------------------------------------------------------------

    def forward(self, w, ids, pos, masks, keep):
        """Logits [n, vocab] at the kept positions.

        w: parameters by tensor name in the dtype to compute in. ids, pos: [B, L]; masks: {"full": [L, L], and "window"
        where the model has one}, added to the scores: 0 = visible. Rows are padded at their end, so a causal mask is
        enough. keep: flat positions whose logits are wanted.
        Also returns the router loads [layers, E] (fractions of tokens) and the balance loss.
        """
        c = self.c
        angle = pos[..., None].float() * self.freq
        cos, sin = angle.cos() * self.rope_factor, angle.sin() * self.rope_factor
        x = F.embedding(ids, w["model.embed_tokens.weight"])
        rope = (cos[:, :, None].to(x.dtype), sin[:, :, None].to(x.dtype))
        loads, balance = [], 0.0
        for i in range(c["num_hidden_layers"]):
            p = f"model.layers.{i}."
            u = self._rms(x, w[p + "input_layernorm.weight"])
            attention = self._attend_mla if self.kind == "axk1" else self._attend_gqa
            x = x + attention(w, p + "self_attn.", i, u, rope, masks)
            u = self._rms(x, w[p + "post_attention_layernorm.weight"])
            if i < self.n_dense:
                y = self._ffn(w, p + "mlp.", u)
            else:
                y, load, loss = self._moe(w, p + "mlp.", i, u)
                loads.append(load)
                balance = balance + loss
                if self.kind == "axk1":
                    y = self._rms(y, w[p + "post_mlp_layernorm.weight"])
            x = x + y
        x = self._rms(x.reshape(-1, x.shape[-1])[keep], w["model.norm.weight"])
        return F.linear(x, w["lm_head.weight"]).float(), torch.stack(loads), balance

    def _rms(self, x, weight, eps=None):
        f = x.float()
        f = f * torch.rsqrt(f.pow(2).mean(-1, keepdim=True) + (eps or self.c["rms_norm_eps"]))
        return f.to(x.dtype) * weight

    @staticmethod
    def _rotate_halves(x, rope):
        cos, sin = rope
        a, b = x.chunk(2, dim=-1)
        return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)

    @staticmethod
    def _rotate_pairs(x, rope):
        cos, sin = rope
        a, b = x[..., 0::2], x[..., 1::2]
        return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)

    @staticmethod
    def _softmax_attention(q, k, v, mask, scale):
        """q, k, v [B, L, H, K] -> [B, L, H*K]. Written out: torch's fused CPU kernel is half as fast at these sizes."""
        q, k, v = (t.transpose(1, 2) for t in (q * scale, k, v))
        weights = torch.softmax(q @ k.transpose(2, 3) + mask, dim=-1)
        return (weights @ v).transpose(1, 2).flatten(2)

    def _attend_gqa(self, w, p, layer, u, rope, masks):
        c = self.c
        b, n, _ = u.shape
        h, g, k = c["num_attention_heads"], c["num_key_value_heads"], c["head_dim"]
        q = F.linear(u, w[p + "q_proj.weight"]).view(b, n, h, k)
        key = F.linear(u, w[p + "k_proj.weight"]).view(b, n, g, k)
        v = F.linear(u, w[p + "v_proj.weight"]).view(b, n, g, k)
        mask = masks["full"]
        rotate = True
        if self.kind == "exaone_moe":
            q, key = self._rms(q, w[p + "q_norm.weight"]), self._rms(key, w[p + "k_norm.weight"])
            rotate = c["layer_types"][layer] == "sliding_attention"
            mask = masks["window"] if rotate else mask
        if rotate:
            q, key = self._rotate_halves(q, rope), self._rotate_halves(key, rope)
        key, v = key.repeat_interleave(h // g, dim=2), v.repeat_interleave(h // g, dim=2)
        return F.linear(self._softmax_attention(q, key, v, mask, k ** -0.5), w[p + "o_proj.weight"])

    def _attend_mla(self, w, p, layer, u, rope, masks):
        c = self.c
        b, n, _ = u.shape
        h, nope, rot, v = c["num_attention_heads"], c["qk_nope_head_dim"], c["qk_rope_head_dim"], c["v_head_dim"]
        cq = self._rms(F.linear(u, w[p + "q_a_proj.weight"]), w[p + "q_a_layernorm.weight"], 1e-6)
        q = F.linear(cq, w[p + "q_b_proj.weight"]).view(b, n, h, nope + rot)
        kv = F.linear(u, w[p + "kv_a_proj_with_mqa.weight"])
        latent, k_rope = kv.split([c["kv_lora_rank"], rot], dim=-1)
        latent = self._rms(latent, w[p + "kv_a_layernorm.weight"], 1e-6)
        k_nope, value = F.linear(latent, w[p + "kv_b_proj.weight"]).view(b, n, h, nope + v).split([nope, v], dim=-1)
        k_rope = self._rotate_pairs(k_rope[:, :, None], rope).expand(b, n, h, rot)
        q = torch.cat([q[..., :nope], self._rotate_pairs(q[..., nope:], rope)], dim=-1)
        key = torch.cat([k_nope, k_rope], dim=-1)
        o = self._softmax_attention(q, key, value, masks["full"], (nope + rot) ** -0.5)
        return F.linear(o, w[p + "o_proj.weight"])

    @staticmethod
    def _ffn(w, p, u):
        return F.linear(F.silu(F.linear(u, w[p + "gate_proj.weight"])) * F.linear(u, w[p + "up_proj.weight"]),
                        w[p + "down_proj.weight"])

    def _moe(self, w, p, layer, u):
        """All experts are computed and the unchosen ones masked: at this size one wide product beats a gather."""
        c, e = self.c, self.n_experts
        flat = u.reshape(-1, u.shape[-1])
        score = torch.sigmoid(F.linear(flat.float(), w[p + "gate.weight"].float()))
        choice = score.detach() + self.bias[layer]
        groups, keep = c.get("n_group", 1), c.get("topk_group", 1)
        if groups > 1:
            group_score = choice.view(-1, groups, e // groups).topk(2, dim=-1).values.sum(-1)
            kept = torch.zeros_like(group_score).scatter_(1, group_score.topk(keep, dim=-1).indices, 1.0)
            choice = choice.masked_fill(kept.repeat_interleave(e // groups, dim=1) == 0, float("-inf"))
        chosen = choice.topk(c["num_experts_per_tok"], dim=-1).indices
        mask = torch.zeros_like(score).scatter_(1, chosen, 1.0)
        weight = score * mask
        if c["norm_topk_prob"]:
            weight = weight / (weight.sum(-1, keepdim=True) + 1e-20)
        weight = weight * c["routed_scaling_factor"]
        gate, up = F.linear(flat, w[p + "experts.gate_up"].flatten(0, 1)).view(-1, e, 2, c["moe_intermediate_size"]).unbind(2)
        act = F.silu(gate) * up * weight.to(gate.dtype)[:, :, None]
        down = w[p + "experts.down"].permute(1, 0, 2).flatten(1)  # [D, E*F]
        y = F.linear(act.flatten(1), down) + self._ffn(w, p + "shared_experts.", flat)
        load = mask.mean(0)
        share = score / score.sum(-1, keepdim=True)
        return y.view_as(u), load, (share.mean(0) * load.detach()).sum() * e / c["num_experts_per_tok"]

    # -- a start that can copy ----------------------------------------------------------------------------------------

    def seed_copying(self):
        """Lay the two halves of an induction head into the random start: a head that attends to the previous token, and
        later heads that find where the current token stood before and pass on what followed it. Models of this size
        grow such heads by themselves, but only after more tokens than all the rest of their lessons takes."""
        c, d = self.c, self.c["hidden_size"]
        wide = c["v_head_dim"] if self.kind == "axk1" else c["head_dim"]
        frames = [torch.linalg.qr(torch.randn(d, wide, generator=self.gen))[0].T for _ in range(4)]
        from_token, to_previous, from_match, to_match = frames  # each [wide, D], rows orthonormal
        with torch.no_grad():
            embed, head = getattr(self, "model/embed_tokens/weight"), getattr(self, "lm_head/weight")
            embed[:, 0] = 1.5                        # what all tokens share; position alone then decides in the first head
            head.add_(0.25 * embed @ from_match.T @ to_match)   # a passed-on token speaks for itself
            for frame in frames:
                frame[:, 0] = 0
            self._lay_head(0, "previous", from_token, to_previous, None, None)
            for layer in ([3, 7] if self.kind == "exaone_moe" else [1, 2, 4]):
                self._lay_head(layer, "match", from_match, to_match, from_token, to_previous)

    def _lay_head(self, layer, what, read, write, query, key):
        """Set head 0 of a layer: values read through `read`, written through `write`."""
        c, p = self.c, f"model/layers/{layer}/self_attn/"
        get = lambda name: getattr(self, p + name + "/weight")
        o = get("o_proj")
        strength = 1.5
        o[:, :read.shape[0]] = strength * write.T
        if self.kind != "axk1":
            k, half = c["head_dim"], c["head_dim"] // 2
            get("v_proj")[:k] = read
            q_rows, k_rows = get("q_proj")[:k], get("k_proj")[:k]
            if what == "previous":
                self._previous_rows(q_rows, k_rows, torch.arange(half), torch.arange(half) + half, 2.0)
                if self.kind == "exaone_moe":
                    get("q_norm").fill_(1.6)
                    get("k_norm").fill_(1.6)
            elif self.kind == "exaone_moe":          # a global layer: no rotation, all of the width can compare
                q_rows.copy_(query)
                k_rows.copy_(key)
                get("q_norm").fill_(1.4)
                get("k_norm").fill_(1.4)
            else:                                    # compare where the rotation is slow enough not to matter
                slow = torch.arange(half)[self.freq < 0.004]
                rows = torch.cat([slow, slow + half])
                q_rows.mul_(0.1)[rows] = 1.7 * query[:len(rows)]
                k_rows.mul_(0.1)[rows] = 1.7 * key[:len(rows)]
            return
        nope, rot, v = c["qk_nope_head_dim"], c["qk_rope_head_dim"], c["v_head_dim"]
        q_a, q_b, kv_a, kv_b = get("q_a_proj"), get("q_b_proj"), get("kv_a_proj_with_mqa"), get("kv_b_proj")
        latent = c["kv_lora_rank"]
        kv_a[latent - v:latent] = read
        kv_b[nope:nope + v] = 0
        kv_b[nope:nope + v, latent - v:] = torch.eye(v)
        q_b[:nope + rot] *= 0.1
        if what == "previous":
            constant = torch.zeros(1, q_a.shape[1])
            constant[0, 0] = 1.0
            q_a[:1] = constant
            through = torch.zeros(rot, q_a.shape[1])
            self._previous_rows(through, kv_a[latent:], torch.arange(0, rot, 2), torch.arange(1, rot, 2), 2.5)
            q_b[nope:nope + rot] = 0
            q_b[nope:nope + rot, 0] = through[:, 0]
        else:
            q_a[:nope] = query
            q_b[:nope] = 0
            q_b[:nope, :nope] = 1.4 * torch.eye(nope)
            kv_a[:latent - v] = key
            kv_b[:nope] = 0
            kv_b[:nope, :latent - v] = 1.4 * torch.eye(nope)

    def _previous_rows(self, q_rows, k_rows, first, second, size):
        """Queries and keys from the shared component alone, the keys turned by one position; fast frequencies only."""
        fast = self.freq > 0.05
        q_rows.zero_()
        k_rows.zero_()
        q_rows[first[fast], 0] = size
        k_rows[first[fast], 0] = size * torch.cos(self.freq[fast])
        k_rows[second[fast], 0] = size * torch.sin(self.freq[fast])

    # -- tensors on disk ----------------------------------------------------------------------------------------------

    def to_tensors(self):
        """bf16 tensors in the names of the published checkpoints; the router's selection bias stays fp32."""
        out = {}
        f = self.c["moe_intermediate_size"]
        for key, name in self.names.items():
            value = getattr(self, key).detach().to(torch.bfloat16)
            if name.endswith("experts.gate_up"):
                for e in range(self.n_experts):
                    base = name[: -len("gate_up")] + f"{e}."
                    out[base + "gate_proj.weight"] = value[e, :f].contiguous()
                    out[base + "up_proj.weight"] = value[e, f:].contiguous()
            elif name.endswith("experts.down"):
                for e in range(self.n_experts):
                    out[name[: -len("down")] + f"{e}.down_proj.weight"] = value[e].contiguous()
            else:
                out[name] = value.contiguous()
        if self.has_bias:
            leaf = "mlp.e_score_correction_bias" if self.kind == "exaone_moe" else "mlp.gate.e_score_correction_bias"
            for i in range(self.n_dense, self.c["num_hidden_layers"]):
                out[f"model.layers.{i}.{leaf}"] = self.bias[i].float().clone()
        return out

    def from_tensors(self, tensors):
        """The inverse of to_tensors."""
        with torch.no_grad():
            for key, name in self.names.items():
                value = getattr(self, key)
                if name.endswith("experts.gate_up"):
                    base = name[: -len("gate_up")]
                    value.copy_(torch.stack([torch.cat([tensors[f"{base}{e}.gate_proj.weight"], tensors[f"{base}{e}.up_proj.weight"]])
                                             for e in range(self.n_experts)]))
                elif name.endswith("experts.down"):
                    base = name[: -len("down")]
                    value.copy_(torch.stack([tensors[f"{base}{e}.down_proj.weight"] for e in range(self.n_experts)]))
                else:
                    value.copy_(tensors[name])
            if self.has_bias:
                leaf = "mlp.e_score_correction_bias" if self.kind == "exaone_moe" else "mlp.gate.e_score_correction_bias"
                for i in range(self.n_dense, self.c["num_hidden_layers"]):
                    self.bias[i] = tensors[f"model.layers.{i}.{leaf}"]
