"""Measures each stage on the held-out prompts.

Usage: evaluate.py [--stories N] [--encoder FOLDER] [--top-p P]
Prints a table and writes data/models/fable/evaluation.json. With --encoder (a
sentence-transformers folder) it also measures the mean pairwise cosine
distance of the stories of one prompt.
"""

import argparse
import itertools
import math
from collections import Counter

import torch

from checkpoint import MODELS, THREADS, TOKENIZER, load, write_json
from data import encode, load_tokenizer
from grammar import Grammar
from model import sample_all
from prompts import chat, completion, heldout_prompts

SEED = 23
STAGES = {"base": completion, "sft": chat, "dpo": chat}


def entropy(values):
    """Bits of the empirical distribution (plug-in)."""
    counts = Counter(values)
    total = sum(counts.values())
    return -sum(c / total * math.log2(c / total) for c in counts.values())


def distinct_2(stories):
    pairs = [pair for s in stories
             for pair in itertools.pairwise(s.split())]
    return len(set(pairs)) / len(pairs)


def distance(encoder, stories):
    x = encoder.encode(stories, normalize_embeddings=True,
                       show_progress_bar=False)
    n = len(stories)
    return float(1 - ((x @ x.T).sum() - n) / (n * (n - 1)))


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def measure(stage, header, grammar, tokenizer, options, encoder):
    prompts = heldout_prompts(grammar)
    ids = encode(tokenizer, [header(p["prompt"]) for p in prompts])
    stories = sample_all(
        load(stage), [i for i in ids for _ in range(options.stories)],
        torch.Generator().manual_seed(SEED), options.top_p)
    texts = [tokenizer.decode(s) for s in stories]
    groups = [texts[i:i + options.stories]
              for i in range(0, len(texts), options.stories)]
    checks = [grammar.check(text, p["theme"], p["object"])
              for p, group in zip(prompts, groups) for text in group]
    result = {key: mean(c[key] for c in checks)
              for key in ("grammatical", "agreeing", "on_prompt", "valid")}
    result["entropy"] = {
        slot: entropy(c["choices"][slot] for c in checks)
        for slot in grammar.slots}
    result["mean_entropy"] = mean(result["entropy"].values())
    result["distinct_2"] = mean(map(distinct_2, groups))
    if encoder:
        result["distance"] = mean(distance(encoder, g) for g in groups)
    result["words"] = mean(len(t.split()) for t in texts)
    result["tokens"] = mean(len(s) + 1 for s in stories)
    return result


def rounded(value):
    if isinstance(value, dict):
        return {key: rounded(v) for key, v in value.items()}
    return round(value, 4)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--stories", type=int, default=10)
    parser.add_argument("--top-p", type=float, default=0.95)
    parser.add_argument("--encoder")
    options = parser.parse_args()
    torch.set_num_threads(THREADS)
    encoder = None
    if options.encoder:
        from sentence_transformers import SentenceTransformer
        encoder = SentenceTransformer(options.encoder, device="cpu")
    grammar, tokenizer = Grammar(), load_tokenizer(TOKENIZER)
    results = {
        stage: rounded(measure(stage, header, grammar, tokenizer, options,
                               encoder))
        for stage, header in STAGES.items()}
    write_json(MODELS / "evaluation.json", {
        "stories_per_prompt": options.stories, "top_p": options.top_p,
        "prompts": "held out", "seed": SEED, "stages": results})
    for stage, result in results.items():
        print(stage, result)


if __name__ == "__main__":
    main()
