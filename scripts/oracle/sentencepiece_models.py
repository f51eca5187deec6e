#!/usr/bin/env python3
"""tokenizer.model files: what the Python package sentencepiece and transformers'
LlamaTokenizer make of texts.

    sentencepiece_models.py
        writes tests/data/tokenizer/spm_*: small models and their goldens
    sentencepiece_models.py MODEL… [--texts F.jsonl] [--random N] [--driver D]
        compares cdx's tokenize_lines on each MODEL, alone and with the
        tokenizer_config.json that makes its control pieces added tokens, legacy
        and not; exits with 1 when a text differs

Texts without added tokens have the ids, and ids without them the text, that the
package gives; with them the ids are LlamaTokenizer's (GemmaTokenizer's) and the
text LlamaTokenizerFast's (GemmaTokenizerFast's). Imports nothing of cdx; needs
the packages of scripts/dev/requirements.txt.
"""

import argparse
import io
import json
import shutil
import sys
import tempfile
from pathlib import Path

import sentencepiece
import transformers
from compare_tokenizers import ask, random_texts
from sentencepiece import sentencepiece_model_pb2
from tokenizer import ENGLISH, FOLDER, TEXTS, dump
from tokenizer import random_texts as fewer_random_texts
from unigram import MORE_TEXTS, train

ROOT = Path(__file__).resolve().parents[2]
MADE_BY = {
    "made_by": "scripts/oracle/sentencepiece_models.py",
    "sentencepiece": sentencepiece.__version__,
    "transformers": transformers.__version__,
}
TALKS = [
    "<s>[INST] hi [/INST]", "<s> [INST] hi [/INST]", "a</s>", "a </s> b", "</s></s> x", " <s>", "<s> ", "<s>  a",
    "x<unk>y", "<s>a<s>b", "[INST]a[/INST]b</s>[INST]c", "  a<s>  b", "a<pad><pad>", "<0x0A>\n<0x41>",
    "a  </s>  b", "<mark> a<mark>b <mark>", " a ", "a ", "a  ", "\u2581", "\u2581\u2581", "a\u2581b \u2581c\u2581", "a \u2581",
]  # fmt: skip


class Oracle:
    def __init__(self, folder):
        config = folder / "tokenizer_config.json"
        family = "GemmaTokenizer" if config.exists() and "Gemma" in config.read_text() else "LlamaTokenizer"
        self.slow = getattr(transformers, family).from_pretrained(folder)
        self.fast = getattr(transformers, family + "Fast").from_pretrained(folder)
        self.legacy = getattr(self.slow, "legacy", True)
        self.processor = sentencepiece.SentencePieceProcessor(
            model_file=str(folder / "tokenizer.model")
        )
        added = self.slow.added_tokens_decoder
        self.ids_added = set(added)
        self.special = {i for i, token in added.items() if token.special}
        self.added = [token.content for token in added.values()]

    def decode(self, ids):
        if self.legacy and not self.ids_added & set(ids):
            return self.processor.decode(ids)
        return self.fast.decode(ids, clean_up_tokenization_spaces=False)

    def row(self, text):
        ids = self.slow.encode(text, add_special_tokens=False)
        if self.legacy and not any(token in text for token in self.added):
            assert ids == self.processor.encode(text)
        return {
            "ids": ids,
            "with_special": self.slow.encode(text),
            "decoded": self.decode(ids),
            "skipped": self.decode([i for i in ids if i not in self.special]),
        }


def golden(oracle, text):
    """What is left out equals the field before it."""
    row = oracle.row(text)
    line = {"text": text, "ids": row["ids"]}
    before = {"with_special": "ids", "skipped": "decoded"}
    for key in ("with_special", "decoded", "skipped"):
        if row[key] != (text if key == "decoded" else row[before[key]]):
            line[key] = row[key]
    return line


def small_models():
    lines = ENGLISH.strip().splitlines()
    plain = {"normalization_rule_name": "identity", "remove_extra_whitespaces": False}
    marks = {"control_symbols": ["[INST]", "[/INST]"], "user_defined_symbols": ["<mark>", "\u2581\u2581\u2581"]}
    yield "spm_bpe", train(lines, 620, model_type="bpe", byte_fallback=True, **plain, **marks)
    yield "spm_gemma", train(lines, 400, model_type="bpe", add_dummy_prefix=False, **plain, pad_id=0, eos_id=1,
                             bos_id=2, unk_id=3, bos_piece="<bos>", eos_piece="<eos>",
                             user_defined_symbols=["\n", "\n\n", "<mark>"])
    yield "spm_unigram", train(lines, 400, **marks)


def config_of(model, legacy=None):
    """Control pieces as added tokens, a pad token without a piece."""
    flags = {"lstrip": False, "rstrip": False, "single_word": False, "normalized": False}
    control = [(i, p.piece) for i, p in enumerate(model.pieces) if p.type in (2, 3)]
    config = {"tokenizer_class": "LlamaTokenizer", "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>",
              "pad_token": "<pad>", "add_bos_token": True, "add_eos_token": legacy is False,
              "added_tokens_decoder": {str(i): {"content": piece, **flags, "special": True} for i, piece in control}}
    return config if legacy is None else {**config, "legacy": legacy}


def write_folder(folder, model, config):
    folder.mkdir(parents=True)
    (folder / "tokenizer.model").write_bytes(model.SerializeToString())
    if config:
        (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1) + "\n")


def write_small():
    texts = [*dict.fromkeys(TEXTS + MORE_TEXTS + TALKS)]
    for name, model in small_models():
        variants = [("", None)]
        if name == "spm_bpe":
            variants = [("", config_of(model)), ("_once", config_of(model, False))]
        if name == "spm_gemma":
            variants = [("", {"tokenizer_class": "GemmaTokenizer", "pad_token": "<pad>"})]
        for part, settings in variants:
            folder = FOLDER / (name + part)
            shutil.rmtree(folder, ignore_errors=True)
            write_folder(folder, model, settings)
            oracle = Oracle(folder)
            more = fewer_random_texts(60, oracle.added)
            header = {**MADE_BY, "vocab_size": len(oracle.slow)}
            dump(folder / "golden.jsonl", [header, *(golden(oracle, text) for text in texts + more)])


def models_of(paths):
    for path in paths:
        model = sentencepiece_model_pb2.ModelProto()
        model.ParseFromString(path.read_bytes())
        yield path.parent.name, model, None
        yield path.parent.name + ", control pieces added", model, config_of(model, True)
        yield path.parent.name + ", not legacy", model, config_of(model, False)


def compare(name, folder, driver, given, count):
    oracle = Oracle(folder)
    texts = given + TEXTS + MORE_TEXTS + TALKS + random_texts(count, oracle.added[:40] + ["<s>", "</s>"])
    answers = ask(driver, folder, texts)
    if isinstance(answers, str):
        print(f"{name}: refused: {answers}")
        return False
    rows = [(text, answer, oracle.row(text)) for text, answer in zip(texts, answers, strict=True)]
    wrong = [row for row in rows if row[1] != row[2]]
    print(f"{name}: {len(texts)} texts, {len(wrong)} differ", flush=True)
    for text, answer, right in sorted(wrong, key=lambda row: len(row[0]))[:4]:
        for key in sorted({*answer, *right}):
            if answer.get(key) != right.get(key):
                print(f"  {text!r:.150}\n    {key}: {answer.get(key)!r:.300}\n    not {right.get(key)!r:.300}")
    return not wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", type=Path)
    parser.add_argument("--driver", default=ROOT / "build/release/tests/tokenizer/tokenize_lines", type=Path)
    parser.add_argument("--texts", action="append", default=[], type=Path)
    parser.add_argument("--random", default=20000, type=int)
    options = parser.parse_args()
    if not options.models:
        write_small()
        return 0
    given = [json.loads(line)["response"] for path in options.texts for line in path.open(encoding="utf-8")]
    good = True
    with tempfile.TemporaryDirectory() as temporary:
        for i, (name, model, config) in enumerate(models_of(options.models)):
            folder = Path(temporary, str(i))
            write_folder(folder, model, config)
            good &= compare(name, folder, options.driver, given, options.random)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
