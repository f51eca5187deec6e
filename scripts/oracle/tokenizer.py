"""Golden numbers for lib/tokenizer: tests/data/tokenizer.

Makes four small tokenizers from the text below and writes each as a folder with
tokenizer.json and golden.jsonl (texts, their ids, the ids back as text), and
chat.json (what Jinja makes of fable's template). Oracles: tokenizers,
transformers, jinja2. Run from anywhere: python scripts/oracle/tokenizer.py

With folders of real tokenizers as arguments it writes NAME.jsonl for each, for
the tests of tier "weights".
"""

import json
import random
import sys
from collections import Counter
from pathlib import Path

import jinja2
import tokenizers
import transformers
from tokenizers import (AddedToken, Regex, Tokenizer, decoders, models,
                        normalizers, pre_tokenizers, processors, trainers)
from transformers import PreTrainedTokenizerFast

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests/data/tokenizer"
MADE_BY = {"made_by": "scripts/oracle/tokenizer.py",
           "tokenizers": tokenizers.__version__,
           "transformers": transformers.__version__}

ENGLISH = """
Once upon a time, in a village by the sea, there lived an old fisherman who could not sleep.
Every night he listened to the waves and counted them: one hundred, two hundred, 1,234 and more.
"You'll never finish," said the gull, "for the sea doesn't end." He didn't answer; he'd heard it before.
In the winter of 1892 the harbour froze, and the children walked across the ice to the lighthouse.
They're still telling the story there: how the keeper lit the lamp, how the ship came home at last.
The girl found a small silver key under the stairs, and she wondered what it could possibly open.
Her brother wouldn't believe her. "It's only a key," he said, "and there isn't a door that wants it."
But the door was waiting in the forest, behind the tallest oak, where nobody had looked for years.
It opened without a sound; beyond it lay a garden, a clock without hands, and a naïve little fox.
The fox asked for three things: a café au lait, a song by Dvořák, and the promise of an honest friend.
"I've brought neither coffee nor music," she answered, "but I'm here, and I will stay until morning."
So they waited together while the stars went out, and in the first light the clock began to tick.
Nobody in the village ever learned where the key had gone, or why the fisherman slept so well at last.
"""

# GPT-4's pattern as OLMo 2 and Llama 3 ship it.
CL100K = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|"
          r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")

TEXTS = [
    "", " ", "a", "Hello world", "  two leading", "tab\tnl\n\n  x", "\r\n\r\n a\r\n",
    "I'LL we'll don\u2019t DON'T it\u017f '\u017f", "12345 1,234.5 \u0661\u0662\u0663 \u216b \u00bd",
    "caf\u00e9 cafe\u0301 \u212b \ufb01 q\u0307\u0323", "\u1112\u1161\u11ab \ud55c\uae00",
    "\u65e5\u672c\u8a9e\u3002\u4f60\u597d \U0002b920 \U0002b820", "\U0001f600\U0001f44d\U0001f3fd \U0001f469\u200d\U0001f467 \u2764\ufe0f",
    "\u00a0x\u2003y\u3000z\u0085w\u2028v\u180eu\u1680t", "a\u200bb\u00adc\u200dd\ufeffe\x00f\x01g\x7fh\ufffdi",
    "\u0130stanbul \u01c5 \u1e9e \u00df \u03a3\u03c3\u03c2 \u0406 \u1fbc", "\u0928\u092e\u0938\u094d\u0924\u0947 \u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35 \u0645\u0631\u062d\u0628\u0627",
    "a_b-c.d,e;f!g?h(i)[j]{k}\"l'm/n\\o|p~q`r^s+t=u<v>w$x%y&z*@#",
    "\u2014\u2026\u00ab\u00bb\u00bf\u00a1\u2018\u201c\u3001 \u166d \u0964", "  " * 40, "\n" * 30, "\t \t \t", " \n \n x",
    "a" * 300, "ab" * 120, "x" * 101 + " " + "y" * 100, "the " * 60, "once upon a time" * 8,
    "Once upon a time, the fisherman's daughter wouldn't sleep; 1892 waves.",
    "unreachable", " unreachable unreachable", "na\u00efve Dvo\u0159\u00e1k don't do not I'm you've they're it's",
    "<|endoftext|>", "a<|endoftext|>b", "<|endoftext|><|endoftext|> <|endoftext|>", "<|endoftext", "<|endoftext|",
    "the<mask>sea", "the  <mask>  sea", "<mask>\n<mask>  <mask>", "\u3000<mask>\u00a0x",
    "word", "sword words word, -word- _word 1word word\u0301 word\u200d \u00e9word", "wordword word",
    "CAF\u00c9 caf\u00e9 cafe\u0301", "   three    four     five", "key<|user|>\nHi<|assistant|>\n",
    "[CLS] a [SEP] [UNK] [MASK] [PAD] [cls]", "[MASK]x y[MASK]", "\U000e0041\U0010ffff\ue000\ud7a3",
]


def random_texts(count, added):
    rng = random.Random(20250728)
    words = ENGLISH.split()
    pools = [lambda: rng.choice(words), lambda: " ", lambda: rng.choice(added),
             lambda: rng.choice(" \t\n\r\u00a0\u2003\u3000\u0085\u2028\x1c"),
             lambda: chr(rng.randrange(32, 127)),
             lambda: chr(rng.choice([rng.randrange(0xA0, 0x250), rng.randrange(0x300, 0x370),
                                     rng.randrange(0x400, 0x500), rng.randrange(0x4E00, 0x9FFF),
                                     rng.randrange(0x1F300, 0x1F700), rng.randrange(1, 32)]))]
    return ["".join(rng.choice(pools)() for _ in range(rng.randrange(1, 20)))
            for _ in range(count)]


def train_byte_level(size, pre_tokenizer, pattern):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pattern
    trainer = trainers.BpeTrainer(vocab_size=size, show_progress=False,
                                  initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.train_from_iterator(ENGLISH.splitlines(), trainer)
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def gpt2():
    """ByteLevel with its own pattern, NFC, every flag of added tokens; merges as strings."""
    pattern = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer = train_byte_level(512, pattern, pattern)
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.add_special_tokens(["<|endoftext|>"])
    tokenizer.add_tokens([
        AddedToken("<mask>", lstrip=True, rstrip=True, normalized=False),
        AddedToken("word", single_word=True, normalized=False),
        AddedToken("cafe\u0301", normalized=True),
        AddedToken("   ", normalized=True), AddedToken("  ", normalized=True),
        AddedToken("<|user|>", normalized=True)])
    data = json.loads(tokenizer.to_str())
    data["model"]["merges"] = [" ".join(pair) for pair in data["model"]["merges"]]
    del data["model"]["ignore_merges"]
    flags = {"single_word": False, "lstrip": False, "rstrip": False}
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|endoftext|>",
              "pad_token": {"__type": "AddedToken", "content": "<|endoftext|>", **flags, "normalized": False},
              "added_tokens_decoder": {
                  # other flags than in tokenizer.json, and one that it lacks
                  "518": {"content": "<|user|>", **flags, "normalized": False, "special": True},
                  "519": {"content": "<|assistant|>", **flags, "normalized": False,
                          "special": True}}}
    return data, config


def cl100k():
    """Split + Digits + ByteLevel, ignore_merges, a template that adds a BOS."""
    train_on = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(CL100K), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    pipeline = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(CL100K), "removed", invert=True),
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer = train_byte_level(400, pipeline, train_on)
    tokenizer.post_processor = processors.Sequence([
        processors.ByteLevel(),
        processors.TemplateProcessing(single="<|begin|> $A", pair="<|begin|> $A <|begin|> $B",
                                      special_tokens=[("<|begin|>", 401)])])
    data = json.loads(tokenizer.to_str())
    data["model"]["ignore_merges"] = True
    # a token that no merges lead to
    data["model"]["vocab"]["\u0120unreachable"] = 400
    flags = {"single_word": False, "lstrip": False, "rstrip": False,
             "normalized": False, "special": True}
    data["added_tokens"] = [{"id": 401, "content": "<|begin|>", **flags},
                            {"id": 402, "content": "<|endoftext|>", **flags}]
    return data, {"tokenizer_class": "PreTrainedTokenizerFast",
                  "eos_token": "<|endoftext|>"}


def prefix_space():
    """ByteLevel with add_prefix_space behind String splits of each behaviour."""
    split = pre_tokenizers.Split
    pipeline = pre_tokenizers.Sequence([
        split(",", "merged_with_previous"), split("1", "merged_with_next"),
        split("ab", "contiguous"), split("@", "removed"),
        pre_tokenizers.ByteLevel(add_prefix_space=True)])
    tokenizer = train_byte_level(300, pipeline, pre_tokenizers.ByteLevel())
    data = json.loads(tokenizer.to_str())
    data["model"]["vocab"].pop("\u00c3")  # the first byte of many letters
    data["model"]["merges"] = [m for m in data["model"]["merges"] if "\u00c3" not in "".join(m)]
    data["model"]["vocab"] = {t: i for t, i in data["model"]["vocab"].items()
                              if "\u00c3" not in t}
    data["model"]["unk_token"] = "!"
    data["model"]["fuse_unk"] = True
    return data, {"tokenizer_class": "PreTrainedTokenizerFast"}


def word_pieces(size):
    """The commonest beginnings and continuations of words (the library's own trainer gives
    another vocabulary at each run)."""
    normalize = normalizers.BertNormalizer().normalize_str
    split = pre_tokenizers.BertPreTokenizer().pre_tokenize_str
    counts = Counter()
    for word, _ in split(normalize(ENGLISH)):
        for begin in range(len(word)):
            for end in range(begin + 1, min(begin + 5, len(word)) + 1):
                counts["##" * (begin > 0) + word[begin:end]] += 1
    common = sorted(counts, key=lambda piece: (-counts[piece], piece))
    letters = ("0123456789_-\u2014\u3002\u65e5\u672c\u8a9e\u4f60\u01c6\ufb01\u00df\u03c3\u03c2"
               "\u0456\u1112\u1161\u11ab\U0001f600")
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters]
    tokens += ["##" + letter for letter in letters] + common
    return {token: i for i, token in enumerate(list(dict.fromkeys(tokens))[:size])}


def bert():
    """WordPiece as in all-MiniLM-L6-v2, with its truncation and padding, which do not count."""
    tokenizer = Tokenizer(models.WordPiece(word_pieces(400), unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.enable_truncation(8)
    tokenizer.enable_padding(length=16)
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "unk_token": "[UNK]",
              "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]",
              "mask_token": "[MASK]"}
    return json.loads(tokenizer.to_str()), config


def dump(path, lines):
    with open(path, "w", encoding="utf-8") as file:
        for line in lines:
            file.write(json.dumps(line, separators=(",", ":")) + "\n")


def golden(oracle, text):
    """What is left out equals the field before it."""
    ids = oracle.encode(text, add_special_tokens=False)
    options = {"clean_up_tokenization_spaces": False}
    decoded = oracle.decode(ids, **options)
    skipped = oracle.decode(ids, skip_special_tokens=True, **options)
    line = {"text": text, "ids": ids}
    if (with_special := oracle.encode(text)) != ids:
        line["with_special"] = with_special
    if decoded != text:
        line["decoded"] = decoded
    if skipped != decoded:
        line["skipped"] = skipped
    return line


def goldens(folder, count):
    oracle = PreTrainedTokenizerFast.from_pretrained(folder)
    added = [t.content for t in oracle.added_tokens_decoder.values()] or ["x"]
    header = {**MADE_BY, "vocab_size": len(oracle)}
    return [header] + [golden(oracle, t) for t in TEXTS + random_texts(count, added)]


def write_small():
    for build in (gpt2, cl100k, prefix_space, bert):
        folder = FOLDER / build.__name__
        folder.mkdir(parents=True, exist_ok=True)
        data, config = build()
        (folder / "tokenizer.json").write_text(json.dumps(data, ensure_ascii=False))
        (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1))
        dump(folder / "golden.jsonl", goldens(folder, 60))


def write_chat():
    template = ("{% for message in messages %}{{ '<|' + message['role'] + '|>\\n' + "
                "message['content'] + ('\\n' if message['role'] == 'user' else eos_token) }}"
                "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\\n' }}{% endif %}")
    talk = [{"role": "user", "content": "Write a tale. {{ x }}"},
            {"role": "assistant", "content": "Once\n"}, {"role": "user", "content": ""}]
    # the settings of transformers
    environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True)
    cases = [{"messages": talk[:n], "add_generation_prompt": more,
              "text": environment.from_string(template).render(
                  messages=talk[:n], add_generation_prompt=more, eos_token="<eos>")}
             for n in range(4) for more in (False, True)]
    data = {**MADE_BY, "jinja2": jinja2.__version__, "template": template, "cases": cases}
    (FOLDER / "chat.json").write_text(json.dumps(data, indent=1))


def write_real(folder):
    dump(FOLDER / f"{folder.name}.jsonl", goldens(folder, 30))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        for name in sys.argv[1:]:
            write_real(Path(name).resolve())
    else:
        write_small()
        write_chat()
