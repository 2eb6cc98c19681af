"""Tokenizers and chat formats of the stand-ins.

Each tokenizer is a byte-level BPE with the pre-tokenizer and the special tokens (with their ids, where they are small
enough) of the model it stands in for, trained on the lessons. Digits are always single tokens.
"""
import json
import os

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from tokenizers import AddedToken
from transformers.utils.chat_template_utils import render_jinja_template

HERE = os.path.dirname(os.path.abspath(__file__))
CONTRACTIONS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
QWEN2 = CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
SUPERWORD = (CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]?"
             r"|\s*[\r\n]|\s+(?!\S)|\s+")
HANGUL = r"[^\r\n\p{L}\p{N}]?[가-힣ㄱ-ㆎ]+"


class Style:
    """How one model writes a turn. reply(): the text after the generation prompt, its end-of-turn token included."""

    def __init__(self, name, specials, eos, stop, bos, pad, regexes, nfc, reply, think_kwargs, plain_kwargs):
        self.name, self.specials, self.eos, self.stop, self.bos, self.pad = name, specials, eos, stop, bos, pad
        self.regexes, self.nfc, self.reply = regexes, nfc, reply
        self.think_kwargs, self.plain_kwargs = think_kwargs, plain_kwargs
        with open(f"{HERE}/templates/{name}.jinja") as f:
            self.template = f.read()

    def render(self, messages, think=True):
        kwargs = dict(self.think_kwargs if think else self.plain_kwargs)
        out, _ = render_jinja_template([messages], chat_template=self.template, add_generation_prompt=True,
                                       bos_token=self.bos or "", **kwargs)
        return out[0]


def _axk1_reply(thinking, answer):
    return (f"\n{thinking}\n</think>" if thinking is not None else "") + f"\n\n{answer}<|im_end|>"


def _exaone_reply(thinking, answer):
    return (f"{thinking}\n</think>\n\n" if thinking is not None else "") + f"{answer}<|endofturn|>"


def _solar_reply(thinking, answer):
    head = f"<|think|>{thinking}<|end|><|begin|>assistant" if thinking is not None else ""
    return head + f"<|content|>{answer}<|flush|>"


def _numbered(known, count):
    """Special tokens with the ids of the published tokenizer; the gaps are reserved."""
    return [known.get(i, f"<|reserved_{i}|>") for i in range(count)]


STYLES = {
    "standin-axk1": Style(
        "standin-axk1", ["<|endoftext|>", "<|pad|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>"],
        eos="<|im_end|>", stop=["<|im_end|>"], bos=None, pad="<|pad|>", regexes=[r"\p{N}", HANGUL, QWEN2], nfc=False,
        reply=_axk1_reply, think_kwargs={"enable_thinking": True}, plain_kwargs={"enable_thinking": False}),
    "standin-k-exaone": Style(
        "standin-k-exaone",
        _numbered({0: "[PAD]", 1: "[BOS]", 2: "[EOS]", 3: "[UNK]", 4: "<|system|>", 5: "<|user|>", 6: "<|assistant|>",
                   7: "<|tool|>", 8: "<think>", 9: "</think>", 53: "<|endofturn|>"}, 54),
        eos="<|endofturn|>", stop=["<|endofturn|>"], bos="[BOS]", pad="[PAD]", regexes=[SUPERWORD], nfc=True,
        reply=_exaone_reply, think_kwargs={"enable_thinking": True}, plain_kwargs={"enable_thinking": False}),
    "standin-solar-open": Style(
        "standin-solar-open",
        _numbered({0: "<unk>", 1: "<s>", 2: "</s>", 20: "<|begin|>", 21: "<|end|>", 22: "<|think|>", 23: "<|content|>",
                   24: "<|flush|>", 25: "<|calls|>", 30: "<|tool_calls|>", 31: "<|tool_call:begin|>",
                   32: "<|tool_call:end|>", 33: "<|tool_call:name|>", 34: "<|tool_call:args|>"}, 35),
        eos="</s>", stop=["<|flush|>", "<|calls|>"], bos="<s>", pad="</s>", regexes=[QWEN2], nfc=False,
        reply=_solar_reply, think_kwargs={"reasoning_effort": "high"}, plain_kwargs={"reasoning_effort": "low"}),
}


def _pre_tokenizer(regexes):
    parts = [pre_tokenizers.Split(Regex(r), "isolated") for r in regexes]
    parts.append(pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False))
    return pre_tokenizers.Sequence(parts)


def train_tokenizer(style, texts, vocab_size):
    """Byte-level BPE on `texts`. Merges are learnt within words, also for the pattern whose pieces span words: with so
    little text whole phrases would become tokens, and a fact asked in other words would look like another fact."""
    at_end = style.name == "standin-axk1"
    tok = Tokenizer(models.BPE())
    if style.nfc:
        tok.normalizer = normalizers.NFC()
    tok.pre_tokenizer = _pre_tokenizer([QWEN2] if style.regexes == [SUPERWORD] else style.regexes)
    tok.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size - (len(style.specials) if at_end else 0), min_frequency=2, show_progress=False,
        special_tokens=[] if at_end else style.specials, initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tok.train_from_iterator(texts, trainer)
    tok.pre_tokenizer = _pre_tokenizer(style.regexes)
    tok.add_special_tokens([AddedToken(s, special=True, normalized=False) for s in style.specials])
    return tok


def save_tokenizer(style, tok, folder):
    tok.save(f"{folder}/tokenizer.json", pretty=False)
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": style.eos, "pad_token": style.pad,
              "model_max_length": 4096, "clean_up_tokenization_spaces": False}
    if style.bos:
        config["bos_token"] = style.bos
    with open(f"{folder}/tokenizer_config.json", "w") as f:
        json.dump(config, f, indent=2, ensure_ascii=False)
        f.write("\n")
    with open(f"{folder}/chat_template.jinja", "w") as f:
        f.write(style.template)
