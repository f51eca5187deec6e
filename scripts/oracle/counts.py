"""Golden numbers of the counting metrics: tests/data/metrics/counts.json.

Compression, n-gram diversity: the package `diversity` itself, its clock stopped
where cdx's is. Richness: lexicalrichness on words between white space. n-gram
Vendi: vendi-score (scipy's removed `.A` put back). Lengths: numpy. EAD in exact
fractions, repetition by its definition.

    .venv/bin/python scripts/oracle/counts.py
"""

import gzip
import importlib
import importlib.util
import json
import lzma
import sys
import time
import types
import unicodedata
import warnings
import zlib
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path
from unittest import mock

import numpy as np
import scipy.sparse
from lexicalrichness import LexicalRichness
from vendi_score import text_utils, vendi

scipy.sparse.csr_matrix.A = property(lambda self: self.toarray())
# The modules of diversity without its __init__, which imports spaCy.
package = types.ModuleType("diversity")
package.__path__ = importlib.util.find_spec("diversity").submodule_search_locations
sys.modules["diversity"] = package
compression_ratio = importlib.import_module("diversity.compression").compression_ratio
ngram_diversity_score = importlib.import_module(
    "diversity.ngram_diversity").ngram_diversity_score

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "tests/data/metrics/counts.json"
PROMPTS = ROOT / "data/prompts/fable.jsonl"
CLOCK = 1735689600  # 2025-01-01 00:00:00 UTC
VOCABULARIES = (1, 20, 30522, 50257)

A = ["The quick brown fox jumps over the lazy dog.",
     "The quick brown fox jumps over the lazy dog again.",
     "Suddenly, the quick brown fox leaps swiftly over the sleeping dog."]
B = ["the cat sat on the mat", "the cat lay on the rug",
     "a dog sat on the mat", "birds fly south in winter"]
# The words of the example in the README of lexicalrichness.
README = (
    "measure of textual lexical diversity computed as the mean length of "
    "sequential words in a text that maintains a minimum threshold ttr score "
    "iterates over words until ttr scores falls below a threshold then increase "
    "factor counter by and start over mccarthy and jarvis pg recommends a "
    "factor threshold in the range of mccarthy mccarthy and jarvis")
UNICODE = ["  Zoe\u0308 \u2028 naïve\u00a0café ", "日本 \U0001f409\u3000日本  日本",
           "", " \x1f ", "tab\tand\nline  two  spaces "]


def or_null(compute):
    try:
        value = float(compute())
    except (ZeroDivisionError, ValueError):
        return None
    return None if np.isnan(value) else value


def exact_ngram_diversity(texts):
    words = " ".join(texts).split(" ")
    total = Fraction(0)
    for n in (1, 2, 3, 4):
        grams = [tuple(words[i:i + n]) for i in range(len(words) - n + 1)]
        total += Fraction(len(set(grams)), len(grams))
    return total


def grams_of(texts, n):
    return [tuple(words[i:i + n]) for words in map(str.split, texts)
            for i in range(len(words) - n + 1)]


def exact_ead(grams, v):
    if not grams:
        return Fraction(0)
    return len(set(grams)) / (v * (1 - Fraction(v - 1, v) ** len(grams)))


def vendi_scores(texts):
    """(as the package has it, its kernel with a diagonal of ones)"""
    kernels = []

    def keep_kernel(kernel):
        kernels.append(kernel)
        return vendi.score_K(kernel)

    with mock.patch.object(text_utils, "vendi", mock.Mock(score_K=keep_kernel)):
        raw = or_null(lambda: text_utils.ngram_vendi_score(
            texts, tokenizer=str.split))
    clean = None
    if kernels and np.diagonal(kernels[0]).min() > 0:
        clean = float(vendi.score_K(kernels[0], normalize=True))
    return raw, clean


def loop_of(tokens):
    """(smallest period, share of the tokens), or None"""
    for p in range(1, 65):
        r = 0
        while r < len(tokens) - p and tokens[-1 - r] == tokens[-1 - r - p]:
            r += 1
        if r >= 2 * p and r + p >= 16:
            return p, (r + p) / len(tokens)
    return None


def richness_of(text):
    lex = LexicalRichness(text, preprocessor=None, tokenizer=str.split)
    return {"mtld": or_null(lex.mtld),
            "mtld_50": or_null(lambda: lex.mtld(threshold=0.5)),
            "mattr_5": or_null(lambda: lex.mattr(window_size=5)),
            "mattr_100": or_null(lambda: lex.mattr(window_size=100))}


def text_case(text):
    words = text.split()
    grams = [grams_of([text], n) for n in (1, 2, 3, 4)]
    return richness_of(text) | {
        "seq_rep": [or_null(lambda g=g: 1 - len(set(g)) / len(g)) for g in grams],
        "loop": loop_of(words)}


def set_case(texts):
    joined = " ".join(texts).encode()
    with mock.patch.object(time, "time", lambda: CLOCK):
        gzip_compat = compression_ratio(texts, "gzip")
        inner = gzip.compress(joined)
    raw, clean = vendi_scores(texts)
    return {
        "texts": texts,
        "gzip_compat": gzip_compat,
        "gzip_inner_bytes": len(inner),
        "xz_bytes": len(lzma.compress(joined)),
        "xz_compat": compression_ratio(texts, "xz"),
        "ngram_diversity": or_null(lambda: exact_ngram_diversity(texts)),
        "ngram_diversity_compat": or_null(lambda: ngram_diversity_score(texts)),
        "ead": [float(exact_ead(grams_of(texts, 1), v)) for v in VOCABULARIES],
        "ead_avg5": float(sum(exact_ead(grams_of(texts, n), 50257)
                              for n in range(1, 6)) / 5),
        "vendi_compat": raw,
        "vendi": clean,
        "per_text": [text_case(t) for t in texts],
    }


def squares_case(count):
    """A text too long for the file: i² mod 10007 for i < count."""
    text = " ".join(str(i * i % 10007) for i in range(count))
    with mock.patch.object(time, "time", lambda: CLOCK):
        gzip_compat = compression_ratio([text])
    return {"count": count, "gzip_compat": gzip_compat,
            "xz_bytes": len(lzma.compress(text.encode()))}


def lengths_case(values):
    x = np.asarray(values, dtype=float)
    return {"values": values, "mean": float(x.mean()),
            "sd": float(x.std(ddof=1)) if len(x) > 1 else None,
            "quantiles": np.quantile(x, [0, .05, .25, .5, .75, .95, 1]).tolist()}


def shared_case(prompts):
    """Share of texts whose normal form occurs under more than one prompt."""
    def normal(text):
        return unicodedata.normalize("NFC", text).strip()
    where = {}
    for p, texts in enumerate(prompts):
        for text in texts:
            where.setdefault(normal(text), set()).add(p)
    flat = [normal(t) for texts in prompts for t in texts]
    return {"prompts": prompts,
            "rate": sum(len(where[t]) > 1 for t in flat) / len(flat)}


def zipf_text(rng, n_words, vocabulary):
    weights = 1 / np.arange(1, vocabulary + 1)
    ids = rng.choice(vocabulary, n_words, p=weights / weights.sum())
    return " ".join(f"w{i}" for i in ids)


def looping_text(rng, n_words, period, times):
    loop = [f"l{rng.integers(0, 3)}" for _ in range(period)] * times
    return zipf_text(rng, n_words, 20) + " " + " ".join(loop)


def random_sets(rng):
    sets = [[zipf_text(rng, int(rng.integers(0, 60)), 30) for _ in range(8)],
            [zipf_text(rng, 300, 2000) for _ in range(3)],
            [zipf_text(rng, int(rng.integers(0, 5)), 3) for _ in range(12)]]
    sets.append([looping_text(rng, int(rng.integers(0, 30)), p, t)
                 for p, t in ((1, 15), (1, 16), (2, 8), (3, 3), (5, 3), (5, 4),
                              (16, 2), (16, 3), (64, 3), (65, 4))])
    return sets


def tales(n_prompts=2, n_texts=10):
    """The reference tales of the first prompts."""
    lines = PROMPTS.read_text(encoding="utf-8").splitlines()[:n_prompts]
    return [json.loads(line)["references"][:n_texts] for line in lines]


def main():
    real = tales()
    warnings.filterwarnings("ignore", message=".*token_pattern.*")
    rng = np.random.default_rng(20250729)
    sets = [A, B, ["a b c d e"] * 3, ["aa bb cc dd ee", "ff gg hh ii jj"],
            ["a b c d"], ["a  b c d"], ["a"], ["hello"], [""], ["", ""], ["x y"],
            ["a b", "a c", "a b c d e"], ["a b c d", "", "a b c d"], [README],
            ["the cat sat on the mat and the dog sat on the rug while the cat "
             "slept", "a b c d", "a a a a a a"], UNICODE, B * 20,
            *random_sets(rng), *real]
    golden = {
        "sets": [set_case(s) for s in sets],
        "squares": [squares_case(n) for n in (1000, 30000)],
        "lengths": [lengths_case(v) for v in (
            [3], [0, 0], [1, 2], [5, 1, 4, 2, 3],
            rng.integers(0, 1000, 40).tolist(),
            np.round(rng.normal(0, 9, 101), 3).tolist(),
            [len(t.split()) for texts in real for t in texts])],
        "shared": [shared_case(p) for p in (
            [["a", "b"], ["c"]], [["a", "a"], ["b"]], [["a", "b"], ["b ", "c"]],
            [["Zoë", ""], ["Zoe\u0308 ", " "], ["zoë"]], [[], ["x"]], real)],
    }
    packages = ", ".join(f"{p} {version(p)}" for p in (
        "diversity", "lexicalrichness", "vendi-score", "scikit-learn", "scipy",
        "numpy"))
    lines = ['"made_by": ' + json.dumps(
        f"scripts/oracle/counts.py; {packages}, zlib {zlib.ZLIB_RUNTIME_VERSION}")]
    for key, cases in golden.items():
        rows = ",\n".join(json.dumps(case) for case in cases)
        lines.append(f"{json.dumps(key)}: [\n{rows}]")
    FILE.write_text("{" + ",\n".join(lines) + "}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
