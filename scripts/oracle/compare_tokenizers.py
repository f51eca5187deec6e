"""Compares cdx's tokenizers with Hugging Face's on many texts, for developers.

    cmake --build --preset release --target tokenize_lines
    python scripts/oracle/compare_tokenizers.py [FOLDER | MODEL]... \\
        [--texts F.jsonl]... [--random 20000] [--only NAME]

FOLDER holds a tokenizer.json; MODEL is a sentencepiece tokenizer.model, which
transformers converts (in the two forms that are found in the wild). Without any,
only the synthetic tokenizers made here, one for each component and flag, are
compared. Each is asked for its ids with and without special tokens and for what
they decode to, at once and token by token. Prints the first differences and
exits with 1 if there are any.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from tokenizers import (AddedToken, Regex, Tokenizer, decoders, models, normalizers,
                        pre_tokenizers, processors, trainers)

ROOT = Path(__file__).resolve().parents[2]
ENGLISH = ("Once upon a time there lived an old fisherman, and he couldn't sleep. \"I'll never finish,\" "
           "she'd said; they've counted 1,234 waves and 56 more! We're waiting - isn't it?").split(" ")
CL100K = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|"
          r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN = CL100K.replace("{1,3}", "")
SPACES = " \t\n\r\x0b\x0c\x1c\x1f\x85\xa0\u1680\u180e\u2000\u2003\u200a\u200b\u2028\u2029\u202f\u205f\u3000\ufeff"
EMOJI = ["\U0001f600", "\U0001f44d\U0001f3fd", "\U0001f469\u200d\U0001f467", "\u2764\ufe0f",
         "\U0001f1e9\U0001f1ea", "\U0001fae8", "\U0001fabf"]
# Beginnings of blocks that Unicode 15 to 17 added, and single newer characters.
NEWER = [0x897, 0x1C89, 0xA7CB, 0xA7DA, 0x10D40, 0x10D4A, 0x10D50, 0x10EC2, 0x11380, 0x113B8, 0x116D0,
         0x11BC0, 0x11BF0, 0x11DE0, 0x11F00, 0x11F50, 0x13460, 0x16100, 0x16D40, 0x16EA0, 0x1CCF0,
         0x1CC00, 0x1D2C0, 0x1E030, 0x1E4D0, 0x1E4EC, 0x1E5D0, 0x2EBF0, 0x31350, 0x323B0]
MARKS = [*range(0x300, 0x370), 0x334, 0x5B0, 0x93C, 0x94D, 0xE48, 0x1AB0, 0x1AC5, 0x1734, 0x1CF2, 0x20DD,
         0xFE20, 0x10A0F, 0x11938, 0x1193E, 0x1E4EC]


def point(rng):
    while True:
        c = rng.randrange(0x110000) if rng.random() < 0.3 else rng.choice([
            rng.randrange(0x20, 0x7F), rng.randrange(0x80, 0x250), rng.randrange(0x370, 0x600),
            rng.randrange(0x900, 0x1200), rng.randrange(0x1E00, 0x2C00), rng.randrange(0x3040, 0xA000),
            rng.randrange(0xA000, 0xD7B0), rng.randrange(0xF900, 0x10000), rng.randrange(0x10000, 0x1FB00),
            rng.choice(NEWER) + rng.randrange(10)])
        if not 0xD800 <= c < 0xE000:
            return chr(c)


def random_texts(count, added):
    rng = random.Random(20250728)
    kinds = [lambda: rng.choice(ENGLISH), lambda: " " + rng.choice(ENGLISH), lambda: " ",
             lambda: point(rng), lambda: point(rng), lambda: chr(rng.choice(MARKS)),
             lambda: rng.choice("aeinou") + chr(rng.choice(MARKS)) + chr(rng.choice(MARKS)),
             lambda: rng.choice(SPACES), lambda: "".join(rng.choices(SPACES, k=rng.randrange(1, 6))),
             lambda: rng.choice(EMOJI), lambda: chr(rng.randrange(0x20)), lambda: rng.choice(added),
             lambda: rng.choice(added), lambda: rng.choice(" \n\tax0-\u2581\u00e9\u4e2d") * rng.randrange(1, 90),
             lambda: str(rng.randrange(10 ** rng.randrange(1, 9))), lambda: rng.choice("ABCXYZ").join(ENGLISH[:2]),
             lambda: "'" + rng.choice(["s", "S", "\u017f", "re", "RE", "ll", "t", "x"]),
             lambda: rng.choice(["<0x41>", "<0xE2>", "\u2581", "\u2581\u2581a", "##a", "</w>", "\0", "\ufffd"]),
             lambda: rng.choice("-,.!?;:'\"()[]{}<>|_@#$%^&*+=~`\\/")]
    return ["".join(rng.choice(kinds)() for _ in range(rng.randrange(1, 24))) for _ in range(count)]


def with_bytes(data):
    """Adds the tokens of byte_fallback to a trained model."""
    vocab = data["model"]["vocab"]
    for byte in range(256):
        vocab.setdefault(f"<0x{byte:02X}>", len(vocab))
    data["model"]["byte_fallback"] = True
    return data


def trained(texts, size, normalizer=None, pre_tokenizer=None, alphabet=None, special=(), limit=400):
    """Its merges cross all borders that a pre-tokenizer would keep."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>" if "<unk>" in special else None))
    if normalizer:
        tokenizer.normalizer = normalizer
    if pre_tokenizer:
        tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=size, show_progress=False, initial_alphabet=sorted(alphabet or []),
        special_tokens=list(special), limit_alphabet=limit, max_token_length=12))
    return tokenizer


def byte_level(texts, size=3000):
    plain = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer = trained(texts, size, None, plain, plain.alphabet(), ["<|end|>"])
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer, plain


def byte_level_ones(texts, size=3000):
    """Pre-tokenizers and normalizers, in front of byte-level BPE."""
    tokenizer, plain = byte_level(texts, size)
    pre, split = pre_tokenizers, pre_tokenizers.Split
    steps = {
        "llama3": split(Regex(CL100K), "isolated"), "qwen": split(Regex(QWEN), "isolated"),
        "olmo2": split(Regex(CL100K), "removed", invert=True), "smollm2": pre.Sequence(
            [pre.Digits(True), pre.ByteLevel(add_prefix_space=False)]),
        "digits": pre.Digits(False), "whitespace": pre.Whitespace(), "whitespace-split": pre.WhitespaceSplit(),
        "bert-pre": pre.BertPreTokenizer(), "gpt2-prefix": pre.ByteLevel(add_prefix_space=True),
    }
    behaviors = ("removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous")
    for behavior in behaviors:
        steps[f"punctuation-{behavior}"] = pre.Punctuation(behavior)
        for invert in (False, True):
            name = behavior + "-inverted" * invert
            steps[f"split-string-{name}"] = split("e", behavior, invert)
            steps[f"split-regex-{name}"] = split(Regex(r"\s+|\p{Lu}|[^\p{Ll}\p{P}\s]"), behavior, invert)
    for name, category in [("marks", r"\p{M}+"), ("symbols", r"\p{S}|\p{Cn}|\p{Mc}"), ("not", r"\P{L}\p{^N}"),
                           ("letters", r"\p{Lt}|\p{Lm}|\p{Lo}"), ("folded", "(?i:k|'ve|[^a-y ])|\\S(?=\\s)")]:
        steps[f"split-{name}"] = split(Regex(category), "isolated")
    for name, step in steps.items():
        tokenizer.pre_tokenizer = step if name == "smollm2" else pre.Sequence([step, plain])
        data = json.loads(tokenizer.to_str())
        data["model"]["ignore_merges"] = name == "llama3"
        if name == "qwen":
            data["normalizer"] = {"type": "NFC"}
        yield name, data
    norm = normalizers
    forms = {
        "nfc": norm.NFC(), "nfd": norm.NFD(), "nfkc": norm.NFKC(), "nfkd": norm.NFKD(), "lowercase": norm.Lowercase(),
        "strip-accents": norm.StripAccents(), "nfd-strip": norm.Sequence([norm.NFD(), norm.StripAccents(), norm.Lowercase()]),
        "replace-string": norm.Replace("an", ""), "replace-regex": norm.Replace(Regex(r" {2,}|\p{Nd}+"), "<>"),
        "replace-empty": norm.Replace(Regex("x*"), "-"), "prepend": norm.Prepend("ab"), "strip": norm.Strip(),
        "strip-left": norm.Strip(True, False), "strip-right": norm.Strip(False, True),
        "bert": norm.BertNormalizer(), "bert-accents": norm.BertNormalizer(False, False, True, False),
        "empty-sequence": norm.Sequence([]),
    }
    tokenizer.pre_tokenizer = plain
    for name, form in forms.items():
        tokenizer.normalizer = form
        yield "norm-" + name, json.loads(tokenizer.to_str())


def added_ones(texts, size=3000):
    """Flags of added tokens, under a normalizer and without."""
    for name, form in [("added", None), ("added-nfc", normalizers.NFC()),
                       ("added-prepend", normalizers.Sequence([normalizers.Prepend("_"), normalizers.Lowercase()]))]:
        tokenizer, _ = byte_level(texts, size)
        if form:
            tokenizer.normalizer = form
        tokens = []
        for flags in range(16):
            options = {"lstrip": flags & 1 > 0, "rstrip": flags & 2 > 0, "single_word": flags & 4 > 0,
                       "normalized": flags & 8 > 0}
            tokens.append(AddedToken(f"<{flags}>", **options))
            tokens.append(AddedToken(f"w{flags}", special=flags % 3 == 0, **options))
        tokens += [AddedToken(" " * n, normalized=n % 2 > 0) for n in (2, 3, 4, 8)]
        tokens += [AddedToken("e\u0301", normalized=True), AddedToken("\u00c9A", normalized=False), AddedToken("\n\n")]
        tokenizer.add_tokens(tokens)
        yield name, json.loads(tokenizer.to_str())


def one_piece_ones(texts, size=4000):
    """Sentencepiece's kinds: byte fallback, unknown tokens, Metaspace."""
    norm, dec, pre = normalizers, decoders, pre_tokenizers
    legacy = norm.Sequence([norm.Prepend("\u2581"), norm.Replace(" ", "\u2581")])
    special = ["<unk>", "<s>", "</s>"]
    base = trained(texts, size, legacy, None, None, special, size // 10)
    start = [dec.Replace("\u2581", " "), dec.ByteFallback(), dec.Fuse()]
    llama = dec.Sequence([*start, dec.Strip(" ", 1, 0)])

    def made(normalizer=None, pre_tokenizer=None, decoder=None, fallback=True, fuse=True, **model):
        data = json.loads(base.to_str())
        part = lambda x: json.loads(x.__getstate__()) if x else None
        data.update(normalizer=part(normalizer), pre_tokenizer=part(pre_tokenizer), decoder=part(decoder))
        data["model"].update(fuse_unk=fuse, **model)
        return with_bytes(data) if fallback else data

    def metaspace(*, scheme="always", split=True):
        return pre.Metaspace(prepend_scheme=scheme, split=split)

    def decoded(scheme):
        return dec.Metaspace(prepend_scheme=scheme)

    yield "llama-legacy", made(legacy, None, llama)
    yield "gemma", made(norm.Replace(" ", "\u2581"), pre.Split(" ", "merged_with_previous"), dec.Sequence(start))
    for scheme in ("always", "first", "never"):
        for split in (True, False):
            yield f"metaspace-{scheme}-{split}", made(None, metaspace(scheme=scheme, split=split), decoded(scheme))
    yield "metaspace-mixed", made(None, pre.Sequence([pre.Digits(True), metaspace(scheme="first")]), decoded("first"))
    old = made(None, metaspace(), decoded("always"))
    for step in (old["pre_tokenizer"], old["decoder"]):
        step.pop("prepend_scheme"), step.pop("split"), step.update(add_prefix_space=True)
    yield "metaspace-old", old
    yield "decoder-null", made(legacy, None, None)
    yield "decoder-strip", made(legacy, None, dec.Sequence([dec.Strip("\u2581", 2, 0), dec.Replace(Regex("a+"), "A")]))
    yield "decoder-word-piece", made(legacy, None, dec.WordPiece("\u2581", True))
    yield "llama-unknown", made(legacy, None, llama, fallback=False, fuse=False)
    yield "llama-fused", made(legacy, None, llama, fallback=False)
    yield "llama-drops", made(legacy, None, llama, fallback=False, unk_token=None)
    part = made(legacy, None, llama)
    for byte in (0x80, 0x90, 0xE4):
        name, vocab = f"<0x{byte:02X}>", part["model"]["vocab"]
        vocab[f"no {name}"] = vocab.pop(name)
    yield "llama-some-bytes", part


def processed_ones(texts, size=3000):
    tokenizer, _ = byte_level(texts, size)
    pro, end = processors, ("<|end|>", 0)
    template = pro.TemplateProcessing(single="<|end|> $A <|end|> <|end|>", pair="$A $B", special_tokens=[end])
    for name, step in {"bert": pro.BertProcessing(end, ("!", 1)), "roberta": pro.RobertaProcessing(end, ("!", 1)),
                       "byte-level": pro.ByteLevel(), "template": template,
                       "sequence": pro.Sequence([pro.ByteLevel(), template, pro.ByteLevel()])}.items():
        tokenizer.post_processor = step
        yield "post-" + name, json.loads(tokenizer.to_str())


def converted(path):
    """What transformers makes of a sentencepiece model: with the legacy normalizer, and without."""
    from transformers import LlamaTokenizer
    from transformers.convert_slow_tokenizer import LlamaConverter
    for legacy in (True, False):
        slow = LlamaTokenizer(str(path), legacy=legacy)
        yield f"{path.parent.name}-{'legacy' if legacy else 'metaspace'}", LlamaConverter(slow).converted()


def ask(driver, folder, texts):
    lines = "".join(json.dumps(text) + "\n" for text in texts)
    done = subprocess.run([driver, folder], input=lines, capture_output=True, text=True)
    if done.returncode:
        return done.stderr.strip()
    return [json.loads(line) for line in done.stdout.split("\n")[:-1]]


def row(tokenizer, text):
    """None where the library itself fails (an index out of bounds)."""
    try:
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        return {"ids": ids, "with_special": tokenizer.encode(text).ids,
                "decoded": tokenizer.decode(ids, skip_special_tokens=False), "skipped": tokenizer.decode(ids)}
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        return None


def compare(driver, name, tokenizer, folder, given, count):
    added = [t.content for t in tokenizer.get_added_tokens_decoder().values()]
    rng = random.Random(1)
    texts = given + random_texts(count, rng.sample(added, min(len(added), 60)) or ["x"])
    answers = ask(driver, folder, texts)
    if isinstance(answers, str):
        print(f"{name}: refused: {answers}")
        return False
    tokenizer.no_truncation()
    tokenizer.no_padding()
    rows = [(text, answer, row(tokenizer, text)) for text, answer in zip(texts, answers, strict=True)]
    failed = sum(right is None for _, _, right in rows)
    wrong = [(t, a, r) for t, a, r in rows if r is not None and a != r]
    print(f"{name}: {len(texts)} texts, {len(wrong)} differ" +
          (f", the library fails on {failed}" if failed else ""), flush=True)
    for text, answer, right in sorted(wrong, key=lambda row: len(row[0]))[:2]:
        for key in sorted({*answer, *right}):
            if answer.get(key) != right.get(key):
                print(f"  {text!r:.150}\n    {key}: {answer.get(key)!r:.300}\n    not {right.get(key)!r:.300}")
    return not wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--driver", default=ROOT / "build/release/tests/tokenizer/tokenize_lines", type=Path)
    parser.add_argument("--texts", action="append", default=[], type=Path)
    parser.add_argument("--field", default="response")
    parser.add_argument("--random", default=20000, type=int)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    given = [json.loads(line)[options.field] for path in options.texts for line in path.open(encoding="utf-8")]
    good = True
    with tempfile.TemporaryDirectory() as temporary:
        def check(name, data, texts=()):
            nonlocal good
            if options.only not in name:
                return
            folder = Path(temporary) / name
            folder.mkdir()
            text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
            (folder / "tokenizer.json").write_text(text, encoding="utf-8")
            tokenizer = Tokenizer.from_str(text)
            good &= compare(options.driver, name, tokenizer, folder, list(texts), options.random)

        for path in options.paths:
            if path.is_dir():
                check(path.name, (path / "tokenizer.json").read_text(encoding="utf-8"), given)
            else:
                for name, tokenizer in converted(path):
                    check(name, tokenizer.to_str(), given)
        # Training depends on the order of hash tables for ties: kept small, compared within one run.
        sample = random_texts(3000, ["<|end|>"]) + given[:300]
        for family in (byte_level_ones, added_ones, one_piece_ones, processed_ones):
            for name, data in family(sample) if not options.paths or options.only else ():
                check(name, data)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
