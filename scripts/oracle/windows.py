"""Mean pairwise distances of long texts read by windows, and their bounds.

Prints the number that tests/apps/measure_files_test.cc has: sentence-transformers encodes each
window as a text of its own. Texts and rule are written down here once more; nothing of cdx is
imported.

    .venv/bin/python scripts/oracle/windows.py .deps/all-MiniLM-L6-v2
"""

import itertools
import re
import sys

import numpy as np
from sentence_transformers import SentenceTransformer

SUBJECTS = ["The captain", "An old miller", "My sister", "Nobody", "The fox"]
VERBS = ["found", "sold", "feared", "painted", "forgot"]
OBJECTS = ["a lantern", "the last map", "three letters", "a broken clock", "the sea"]


def text(number):
    """60 sentences, in an order of the text's own."""
    sentences = []
    for i in range(60):
        k = i * (number + 1) + number
        sentences.append(
            f"{SUBJECTS[k % 5]} {VERBS[k // 5 % 5]} {OBJECTS[(k // 25 + i) % 5]} in year {i}."
        )
    return " ".join(sentences)


def windows(model, whole):
    """As many whole sentences as fit, and the tokens of each window."""
    room = model.max_seq_length - 2
    size = lambda part: len(model.tokenizer.encode(part, add_special_tokens=False))
    found, current, used = [], [], 0
    for sentence in re.findall(r".+?\.(?=\s|$)\s*", whole):
        tokens = size(sentence)
        if used + tokens > room:
            found.append((" ".join(current), used))
            current, used = [], 0
        current.append(sentence.strip())
        used += tokens
    return found + [(" ".join(current), used)]


def by_windows(model, whole):
    parts = windows(model, whole)
    vectors = model.encode([part for part, _ in parts]).astype(float)
    mean = np.average(vectors, axis=0, weights=[tokens for _, tokens in parts])
    return mean / np.linalg.norm(mean)


def mean_distance(vectors):
    return np.mean([1 - a @ b for a, b in itertools.combinations(vectors, 2)])


model = SentenceTransformer(sys.argv[1], device="cpu")
texts = [text(number) for number in range(4)]
print("windows of each text:", [[tokens for _, tokens in windows(model, t)] for t in texts])
print("windows:", mean_distance([by_windows(model, t) for t in texts]))
print("truncated:", mean_distance(model.encode(texts).astype(float)))
