#!/usr/bin/env python3
"""Golden files of tests/data/tokenizer/unigram and unigram_bytes: two small
Unigram models that sentencepiece trains on the text of tokenizer.py, as
tokenizer.json, with what tokenizers and transformers make of texts.

    unigram.py
    unigram.py FOLDER TEXTS.jsonl     two large ones, for compare_tokenizers.py

The large ones are trained on the field `response` of TEXTS and carry the table
of characters of sentencepiece's nmt_nfkc, as T5 and XLM-R do; they are not kept.
Imports nothing of cdx; needs the packages of scripts/dev/requirements.txt.
"""

import base64
import io
import json
import sys
import tempfile
from pathlib import Path

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizer import ENGLISH, FOLDER, MADE_BY, TEXTS, dump, goldens

# What becomes of a string: a few kinds of what nmt_nfkc holds.
RULES = {
    **{chr(0xFF01 + i): chr(0x21 + i) for i in range(0x5E)},  # full-width ASCII
    "\t": " ", "\n": " ", "\r": " ", "\u3000": " ", "\u00a0": " ",
    "\u200b": "", "\u00ad": "", "\x01": "",
    "e\u0301": "\u00e9", "E\u0301": "\u00c9", "u\u0308\u0304": "\u01d6",
    "\ufb01": "fi", "\u3392": "MHz", "\u216b": "XII", "\u00bd": "1\u20442",
    "\ufdfa": "\u0635\u0644\u0649 \u0627\u0644\u0644\u0647",
    "\r\n": "\u00b6", "\U0001f44d\U0001f3fd": "+1",
}  # fmt: skip
MORE_TEXTS = [
    "\uff21\uff22\uff23\uff11\uff12", "\uff21\u0301b", "\ufb01ne \ufb01\u0301", "\u3392\u0301 5\u3392",
    "caf\u00e9 cafe\u0301 CAFE\u0301", "u\u0308\u0304 u\u0308", "x\r\ny\r\n", "\u200b\u200bx\u00ady",
    "\ufdfa\ufdfa", "\U0001f44d\U0001f3fd\U0001f44d", "\u2581\u2581a\u2581", "<unk><0x41></s><s>",
    "the\u4e00\u4e01 sea \u4e02", "\x01 \x01", "\ufdfa" * 50, "\u0928\u094d\u0924\u0947\u0301",
]  # fmt: skip


def train(texts, size, **options):
    """The sentencepiece model, which depends on nothing but its arguments."""
    with tempfile.TemporaryDirectory() as folder:
        rules = Path(folder, "rules.tsv")
        lines = [
            " ".join(f"{ord(c):x}" for c in key)
            + "\t"
            + " ".join(f"{ord(c):x}" for c in value)
            for key, value in sorted(RULES.items())
        ]
        rules.write_text("\n".join(lines) + "\n")
        if "normalization_rule_name" not in options:
            options["normalization_rule_tsv"] = str(rules)
        out = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(texts), model_writer=out, vocab_size=size,
            num_threads=1, minloglevel=2, hard_vocab_limit=False, **options
        )  # fmt: skip
    model = sentencepiece_model_pb2.ModelProto()
    model.ParseFromString(out.getvalue())
    return model


def added(token, index):
    flags = {"single_word": False, "lstrip": False, "rstrip": False}
    return {"id": index, "content": token, **flags, "normalized": False, "special": True}


def as_json(model, byte_fallback, precompiled):
    """As transformers' converters of T5 and XLM-R write it."""
    charsmap = base64.b64encode(model.normalizer_spec.precompiled_charsmap).decode()
    space = {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always"}
    normalizer = {
        "type": "Sequence",
        "normalizers": [
            {"type": "Precompiled", "precompiled_charsmap": charsmap},
            {"type": "Strip", "strip_left": False, "strip_right": True},
            {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "\u2581"},
        ],
    }
    fallback = {"type": "Sequence", "decoders": [{"type": "ByteFallback"}, {**space, "split": True}]}
    end = {"</s>": {"id": "</s>", "ids": [2], "tokens": ["</s>"]}}
    return {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [added(token, i) for i, token in enumerate(["<unk>", "<s>", "</s>"])],
        "normalizer": normalizer if precompiled else None,
        "pre_tokenizer": {**space, "split": True},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{"Sequence": {"id": "A", "type_id": 0}},
                       {"SpecialToken": {"id": "</s>", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}},
                     {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": end,
        },
        "decoder": fallback if byte_fallback else {**space, "split": True},
        "model": {
            "type": "Unigram", "unk_id": 0, "byte_fallback": byte_fallback,
            "vocab": [[piece.piece, piece.score] for piece in model.pieces],
        },
    }  # fmt: skip


def write_tokenizer(folder, data):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer.json").write_text(json.dumps(data, ensure_ascii=False))


def write_small():
    texts = ENGLISH.strip().splitlines()
    for name, fallback in (("unigram", False), ("unigram_bytes", True)):
        model = train(texts, 420 + 256 * fallback, byte_fallback=fallback)
        folder = FOLDER / name
        write_tokenizer(folder, as_json(model, fallback, not fallback))
        (folder / "tokenizer_config.json").write_text(
            json.dumps({"tokenizer_class": "PreTrainedTokenizerFast"})
        )
        TEXTS[:] = [*dict.fromkeys(TEXTS + MORE_TEXTS)]
        header, *lines = goldens(folder, 120)
        header |= {
            "made_by": "scripts/oracle/unigram.py",
            "sentencepiece": sentencepiece.__version__,
        }
        dump(folder / "golden.jsonl", [header, *lines])
    assert MADE_BY["tokenizers"] == header["tokenizers"]


def write_large(folder, source):
    texts = [json.loads(line)["response"][:4000] for line in source.open()]
    lines = [line for text in texts for line in text.splitlines() if line.strip()]
    for name, fallback in (("unigram-nfkc", False), ("unigram-bytes", True)):
        model = train(lines, 8000, byte_fallback=fallback, normalization_rule_name="nmt_nfkc")
        write_tokenizer(folder / name, as_json(model, fallback, True))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        write_large(Path(sys.argv[1]), Path(sys.argv[2]))
    else:
        write_small()
