"""Golden numbers for lib/metrics: tests/data/metrics/{lexical,semantic}.json.

Python's gzip (zlib), nltk's n-grams, vendi-score and scikit-learn are the
oracles. Run from anywhere: python scripts/oracle/metrics.py
"""

import gzip
import json
import unicodedata
import zlib
from importlib.metadata import version
from pathlib import Path

import nltk
import numpy as np
import scipy
import sklearn
from nltk.util import ngrams
from scipy import stats
from sklearn.metrics.pairwise import cosine_distances
from vendi_score import vendi

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests/data/metrics"

A = ["The quick brown fox jumps over the lazy dog.",
     "The quick brown fox jumps over the lazy dog again.",
     "Suddenly, the quick brown fox leaps swiftly over the sleeping dog."]
B = ["the cat sat on the mat", "the cat lay on the rug",
     "a dog sat on the mat", "birds fly south in winter"]
UNICODE = ["  Zoe\u0308 \u2028 naïve\u00a0café ", "Zoë naïve café",
           "Zoë \u2028 naïve\u00a0café", "日本 \U0001f409\u3000日本", "", " \x1f "]


def distinct(texts, n):
    grams = [g for text in texts for g in ngrams(text.split(), n)]
    return len(set(grams)) / len(grams) if grams else 0.0


def lexical_case(texts):
    joined = " ".join(texts).encode("utf-8")
    compressed = len(gzip.compress(joined, 9, mtime=0))
    normal = {unicodedata.normalize("NFC", t).strip() for t in texts}
    return {
        "texts": texts,
        "distinct": [distinct(texts, n) for n in (1, 2, 3, 4)],
        "bytes": len(joined),
        "gzip_bytes": compressed,
        "compression_ratio_gzip": len(joined) / compressed,
        "duplicate_rate": 1 - len(normal) / len(texts),
        "words": [len(t.split()) for t in texts],
        "chars": [len(t) for t in texts],
        "utf8_bytes": [len(t.encode("utf-8")) for t in texts],
        "empty": [not t.strip() for t in texts],
    }


def squares_case(count):
    """A text too long for the file: i² mod 10007 for i < count."""
    text = " ".join(str(i * i % 10007) for i in range(count))
    return {"count": count,
            "gzip_bytes": len(gzip.compress(text.encode(), 9, mtime=0))}


def zipf_texts(rng, n_texts, n_words, vocabulary):
    words = ["".join(rng.choice(list("abcdefgh"), 3)) for _ in range(vocabulary)]
    weights = 1 / np.arange(1, vocabulary + 1)
    return [" ".join(rng.choice(words, n_words, p=weights / weights.sum()))
            for _ in range(n_texts)]


def semantic_case(rows):
    """float32 rows, all arithmetic in double."""
    x = np.asarray(rows, dtype=np.float32).astype(np.float64)
    n = len(x)
    distances = cosine_distances(x)
    return {
        "rows": np.asarray(rows).tolist(),
        "mean_pairwise_distance": float(distances.sum() / (n * (n - 1))),
        "vendi_score": float(vendi.score_X(x)),
        "vendi_score_dual": float(vendi.score_dual(x)),
    }


def semantic_cases(rng):
    def normal(n, d):
        return np.round(rng.normal(0, 1, (n, d)), 2)

    def clustered(n, d):  # as sentence embeddings of one prompt are
        return np.round(3 * normal(1, d) + normal(n, d), 2)

    repeated = normal(4, 10)[[0, 1, 2, 3, 0, 0, 1]]
    return [semantic_case(rows) for rows in (
        [[1, 0], [.6, .8], [0, 1], [1, 0]], normal(5, 8), normal(12, 5),
        clustered(10, 24), clustered(30, 6), repeated)]


def kernel_case(k):
    return {"kernel": k, "vendi_score": float(vendi.score_K(np.asarray(k)))}


def entropy_case(counts, categories):
    counts = np.asarray(counts)
    seen, n = int((counts > 0).sum()), int(counts.sum())
    plug_in = stats.entropy(counts, base=2)
    corrected = plug_in + (seen - 1) / (2 * n * np.log(2))
    return {"counts": counts.tolist(), "categories": categories,
            "bits": float(min(corrected, np.log2(categories)))}


def write(name, versions, golden):
    made_by = "scripts/oracle/metrics.py; " + versions
    lines = [f'"made_by": {json.dumps(made_by)}']
    for key, cases in golden.items():
        rows = ",\n".join(json.dumps(case) for case in cases)
        lines.append(f"{json.dumps(key)}: [\n{rows}]")
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / name).write_text("{" + ",\n".join(lines) + "}\n",
                               encoding="utf-8")


def main():
    rng = np.random.default_rng(20250728)
    texts = [A, B, ["a b c d e"] * 3, UNICODE, ["a", "a ", "b", "A"], ["x"],
             [""], ["a b", "c", ""]]
    texts += [zipf_texts(rng, 10, 60, 80), zipf_texts(rng, 3, 400, 2000)]
    write("lexical.json",
          f"nltk {nltk.__version__}, zlib {zlib.ZLIB_RUNTIME_VERSION}",
          {"cases": [lexical_case(t) for t in texts],
           "squares": [squares_case(n) for n in (1000, 30000)]})
    write("semantic.json",
          f"vendi-score {version('vendi-score')}, scikit-learn {sklearn.__version__}, "
          f"scipy {scipy.__version__}, numpy {np.__version__}",
          {"cases": semantic_cases(rng),
           "kernels": [kernel_case(k) for k in (
               [[1, .5], [.5, 1]],
               [[1, .9, 0], [.9, 1, 0], [0, 0, 1]],
               [[1, .9, .1], [.9, 1, .2], [.1, .2, 1]])],
           "entropies": [entropy_case(c, k) for c, k in (
               ([5, 3, 2], 9), ([1, 1], 2), ([10], 7), ([4, 0, 3, 3], 12),
               ([1] * 10, 17), ([2, 2, 2, 2, 2], 5), ([7, 1, 1, 1], 4))]})


if __name__ == "__main__":
    main()
