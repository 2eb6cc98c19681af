#!/usr/bin/env python3
"""Train four small tokenizers with the structure of the published ones, and record ids and decodings for hard text.

    python3 make_tokenizers.py OUT --data DATA [--seed N --cases-only]

DATA is a folder with question sets (kmmlu, mmlu_pro, lcb) to train on. Needs tokenizers >= 0.22. One folder each: tokenizer.json, and cases.jsonl with one object a line:
text; ids (no special tokens added); ids_with_special (post-processor applied); decoded and decoded_skip_special
(special tokens kept and dropped) of ids_with_special.
"""
import argparse
import json
import os
import random
import unicodedata

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

CONTRACTIONS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
SUPERWORD = (CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]?"
             r"|\s*[\r\n]|\s+(?!\S)|\s+")
QWEN2 = (CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
DEEPSEEK = (r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"""
            r"""| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+""")


def special(text, **kw):
    return AddedToken(text, special=True, normalized=False, **kw)


def plain(text, **kw):
    return AddedToken(text, special=False, **kw)


def byte_level(normalizer, stages, added, vocab, **model):
    tok = Tokenizer(models.BPE(**model))
    if normalizer:
        tok.normalizer = normalizer
    splits = [pre_tokenizers.Split(Regex(r), behavior="isolated") for r in stages]
    tok.pre_tokenizer = pre_tokenizers.Sequence(
        splits + [pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False)])
    tok.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=vocab, special_tokens=[t for t in added if t.special], show_progress=False,
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), max_token_length=24)
    return tok, trainer, [t for t in added if not t.special]


def superword():
    """As K-EXAONE: NFC, pre-tokens that span several words, template-written BOS."""
    added = [special("[PAD]"), special("[BOS]"), special("[EOS]"), special("<|system|>"), special("<|user|>"),
             special("<|assistant|>"), special("<|endofturn|>"), plain("<think>"), plain("</think>"),
             plain("<tool_call>"), plain("</tool_call>")]
    return byte_level(normalizers.NFC(), [SUPERWORD], added, 6000)


def qwen2_regex():
    """As Solar Open: Qwen2's pattern, whole pre-tokens looked up before merging, BOS added by the post-processor."""
    added = [special(t) for t in ("<unk>", "<s>", "</s>", "<|begin|>", "<|end|>", "<|think|>", "<|content|>",
                                  "<|flush|>", "<|calls|>", "<|tool_calls|>")]
    return byte_level(None, [QWEN2], added, 5000, ignore_merges=True)


def three_stages():
    """As DeepSeek-style ChatML tokenizers: three splits one after another, added tokens that swallow white space."""
    added = [special("<|pad|>"), special("<|endoftext|>"), special("<|im_start|>"), special("<|im_end|>"),
             special("<|strip|>", lstrip=True, rstrip=True), plain("<think>", rstrip=True), plain("</think>"),
             plain("단답", single_word=True), plain("ＡＢＣ", normalized=True), plain("  ", normalized=False)]
    return byte_level(None, [r"\p{N}{1,3}", r"[一-龥぀-ゟ゠-ヿ]+", DEEPSEEK], added, 5000)


def byte_fallback():
    """As VAETKI: SentencePiece-like BPE with a byte for what the vocabulary lacks."""
    tok = Tokenizer(models.BPE(byte_fallback=True, fuse_unk=True, unk_token="<unk>"))
    tok.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tok.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(),
                                     decoders.Strip(content=" ", left=1, right=0)])
    specials = [special("<unk>"), special("<|START|>"), special("<|END|>"), special("<|role_start|>"),
                special("<|role_end|>")] + [AddedToken(f"<0x{b:02X}>", special=False, normalized=False) for b in range(256)]
    # No pre-tokenizer, as in converted SentencePiece models, but merges that do not cross "▁" in the middle.
    tok.pre_tokenizer = pre_tokenizers.Split("▁", behavior="merged_with_next")
    trainer = trainers.BpeTrainer(vocab_size=5000, special_tokens=specials, show_progress=False, limit_alphabet=1400,
                                  max_token_length=16)
    return tok, trainer, [plain("<think>"), plain("</think>")]


MAKERS = dict(superword=superword, qwen2_regex=qwen2_regex, three_stages=three_stages, byte_fallback=byte_fallback)


def corpus(data):
    texts = []
    with open(f"{data}/kmmlu/kmmlu_fewshot_rows.jsonl") as f:
        for line in f:
            row = json.loads(line)
            texts += [row["question"], *row["options"], row["cot"]]
    with open(f"{data}/kmmlu/korean_answer_forms.jsonl") as f:
        texts += [json.loads(line)["response"] for line in f]
    with open(f"{data}/mmlu_pro/mmlu_pro_test.jsonl") as f:
        for i, line in enumerate(f):
            if i % 12 == 0:
                texts.append(json.loads(line)["question"])
    with open(f"{data}/lcb/real_programs_on_samples.jsonl") as f:
        for i, line in enumerate(f):
            row = json.loads(line)
            texts += [v for k, v in row.items() if isinstance(v, str) and "\n" in v][:1]
            if i > 400:
                break
    return [t for t in texts if t.strip()]


HARD = [
    "", " ", "  ", "   a", "a   ", "\n", "\n\n\n", "\t\t", " \n ", "\r\n", "a\r\nb\rc\n", "a\n\n  b", "  \n\n\tx  ",
    "Hello, world!", "I'm you're he'LL they'VE it'S 'D 'd", "don't", "DON'T 'TIS", "won’t", "a'b'c",
    "안녕하세요", "안녕하세요 세계! 반갑습니다.", "한국어와 English와 日本語와 中文", "가각갂갃간", "ㄱㄴㄷ ㅏㅑㅓ ㅋㅋㅋ ㅠㅠ",
    "한글", "각", "가", "ㅎㅏㄴ", "①②③④⑤ ㉠㉡ ㈜한국 ㎏ ㎡ ㏂", "１２３ ＡＢＣ ａｂｃ", "정답: ③", "정답은 3번입니다.",
    "12345", "1,234,567.89", "3.14159e-10", "0x1F", "2025년 11월 22일", "１２３４", "½ ¼ Ⅳ ² ³ ₂", "٣٤٥", "१२३",
    "x=1;y=2", "def f(x):\n    return x**2  # 제곱\n", "if (a&&b||!c) { return a<=b ? 1 : 0; }", "a/b//c///d", "a--b---c", "…… —— ～～",
    "print(\"안녕\")\n\n\n", "`code` **bold** __x__ ~~y~~", "http://example.org/a?b=c&d=%20#e", "\\frac{1}{2}\\sqrt{x}", "$\\boxed{042}$",
    "😀", "👨‍👩‍👧‍👦", "🇰🇷🇺🇸", "👍🏽", "e\u0301 é", "A\u030A Å \u212B", "ﬁ ﬂ", "\u200b\u200c\u200d", "\ufeffBOM", "a\u00a0b\u3000c\u2003d\u2028e\u2029f\u0085g",
    "עברית العربية", "ไทย हिन्दी தமிழ்", "Ελληνικά Русский", "İıſß ẞ ŒœǅǄ", "Ω≈ç√∫˜µ≤≥÷", "\u0000\u0001\u001b[0m\u007f", "\U00010348\U0001F9FF\U000E0001", "\ud7ff\ue000\uffff\U0010ffff",
    "𝒜𝓑𝔄 ℝ ℕ", "a" * 300, "가" * 300, "ab " * 100, " " * 100, "\n" * 50, "1" * 50, "!" * 50, "한 글 " * 60,
    "<think>", "</think>", "<think>\n생각\n</think>\n\n답", " <think> x", "<think", "<thin", "<|think|>", "<|endofturn|>", "<|im_start|>user\n안녕<|im_end|>\n<|im_start|>assistant\n<think>\n",
    "<|user|>\n질문<|endofturn|>\n<|assistant|>\n<think>\n", "<|begin|>assistant<|think|>생각<|end|><|begin|>assistant<|content|>답<|flush|>", "[BOS][PAD]", "[BOS", "<s>a</s>", "<s >", "<unk>", "<|START|><|role_start|>user<|role_end|>",
    "x  <|strip|>  y", "x\n<|strip|>\ny", "<|strip|><|strip|>", "  <think>   y", "단답", "단답형", "주관식 단답 문제", "a단답b", "단답.", "ＡＢＣ", "xＡＢＣy", "a  b   c", "<0x41>", "<0xEA><0xB0><0x80>", "▁", "a▁b", " ▁ ", "Ġ Ċ", "Ã©",
    "The quick brown fox jumps over the lazy dog.", "THE QUICK", "tHe", "naïve café", "co-operate re-enter", "U.S.A. e.g. i.e.", "a.b.c", "...", "?!?!", "“인용” ‘따옴표’ 『책』 「글」",
    "다음 중 옳은 것은?\n① 가\n② 나\n③ 다\n④ 라\n⑤ 마\n", "Question: What is 2+2?\nA. 3\nB. 4\n\nAnswer: Let's think step by step.", "```python\nimport sys\nfor line in sys.stdin:\n    print(int(line)*2)\n```",
    "가나다라마바사아자차카타파하 각낙닥락막박삭악작착칵탁팍학", "뷁뛟쀍 쓩 햏", "훈민정음 訓民正音 나랏말ᄊᆞ미", "ᄀᆞᆯ ᄒᆞᆫ글", "조선　시대", "A가1B나2", "3번째", "제1조(목적)", "10%의", "₩1,000", "℃ ℉ Å",
]
ALPHABETS = [
    "abcdefghijklmnopqrstuvwxyz ABC'", "가나다라마바사한국어문제 정답은는이가을를", "0123456789.,-+ ", " \t\n\r", "()[]{}<>|!?#$%&*/\\'\"",
    "①②③가ㄱㅏ각한", "日本語中文漢字かなカナ", "😀👍🏽🇰🇷\u200d\ufe0f", "éèñüßøÅ\u0301\u0308", "אבגدهوहिन्दी",
    "\u00a0\u2003\u3000\u200b\u0085\u2028", "<|>think/endoftur_ims[BOS]", "\u1100\u1161\u11a8\u1112\u1175", "▁Ġ ",
]


def random_lines(seed, count):
    """Mixtures of the alphabets above and of any character assigned in Unicode 14 (Python 3.11's tables)."""
    rng = random.Random(seed)
    lines = []
    for _ in range(count):
        parts = []
        for _ in range(rng.randint(1, 6)):
            if rng.random() < 0.12:
                draws = [chr(rng.randrange(32, 0x11000)) for _ in range(8)]
                parts.append("".join([c for c in draws if unicodedata.category(c) not in ("Cn", "Cs", "Co")][:3]))
            else:
                alphabet = rng.choice(ALPHABETS)
                parts.append("".join(rng.choice(alphabet) for _ in range(rng.randint(1, 12))))
        lines.append("".join(parts))
    return lines


def merges_as_strings(path):
    """The older spelling of merges, "a b" for ["a", "b"]; both are found in published files."""
    with open(path) as f:
        document = json.load(f)
    document["model"]["merges"] = [" ".join(pair) for pair in document["model"]["merges"]]
    with open(path, "w") as f:
        json.dump(document, f, ensure_ascii=False, indent=2)


def cases(tok, lines):
    for text in lines:
        with_special = tok.encode(text, add_special_tokens=True).ids
        yield dict(text=text, ids=tok.encode(text, add_special_tokens=False).ids, ids_with_special=with_special,
                   decoded=tok.decode(with_special, skip_special_tokens=False),
                   decoded_skip_special=tok.decode(with_special, skip_special_tokens=True))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    parser.add_argument("--data", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cases-only", action="store_true", help="keep the tokenizers, write cases of another seed")
    args = parser.parse_args()
    texts = corpus(args.data)
    rng = random.Random(args.seed)
    real = rng.sample([t for t in texts if len(t) < 1500], 250)
    lines = ([] if args.cases_only else HARD) + random_lines(args.seed, 500) + real
    for name, make in MAKERS.items():
        folder = f"{args.out}/{name}"
        if args.cases_only:
            tok = Tokenizer.from_file(f"{folder}/tokenizer.json")
            target = f"{folder}/cases_{args.seed}.jsonl"
        else:
            tok, trainer, later = make()
            tok.train_from_iterator(texts[::2], trainer)
            tok.add_tokens(later)
            if name == "qwen2_regex":
                bos = tok.token_to_id("<s>")
                tok.post_processor = processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", bos)])
            elif name == "byte_fallback":
                bos = tok.token_to_id("<|START|>")
                tok.post_processor = processors.TemplateProcessing(single="<|START|> $A", pair="<|START|> $A $B",
                                                                   special_tokens=[("<|START|>", bos)])
            else:
                tok.post_processor = processors.ByteLevel(trim_offsets=False)
            os.makedirs(folder, exist_ok=True)
            tok.save(f"{folder}/tokenizer.json")
            if name == "three_stages":
                merges_as_strings(f"{folder}/tokenizer.json")
            target = f"{folder}/cases.jsonl"
        n = ids = 0
        with open(target, "w") as f:
            for case in cases(tok, lines):
                f.write(json.dumps(case, ensure_ascii=True) + "\n")
                n, ids = n + 1, ids + len(case["ids"])
        print(name, tok.get_vocab_size(), "tokens;", n, "cases,", ids, "ids,", sum(map(len, lines)), "characters")


if __name__ == "__main__":
    main()
