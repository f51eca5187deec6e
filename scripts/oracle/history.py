#!/usr/bin/env python3
"""Golden file tests/data/decoding/history.json: what the processors of
transformers that look at the tokens so far do to logits, in fp32 on the CPU.

    history.py

Imports nothing of cdx; needs the packages of scripts/dev/requirements.txt.

A case: `tokens` is prompt and output; `logits` times UNIT, which is exact, are
the logits; `penalised` is what RepetitionPenaltyLogitsProcessor makes of them,
the fp32 values in full; `banned` are the tokens to which
NoRepeatNGramLogitsProcessor gives minus infinity (it changes no other).
"""

import json
import random
from pathlib import Path

import torch
import transformers
from transformers import NoRepeatNGramLogitsProcessor, RepetitionPenaltyLogitsProcessor

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "tests/data/decoding/history.json"
MADE_BY = (
    f"scripts/oracle/history.py, transformers {transformers.__version__}, "
    f"torch {torch.__version__.split('+')[0]}"
)
UNIT = 1 / 64
CASES = 60
PENALTIES = [0.8, 1.2, 2.0]
NGRAMS = [1, 2, 3, 4]
NEVER = -torch.inf


def random_tokens(numbers, vocab):
    """Few ids, so that n-grams come again; every length from 0 to 40."""
    ids = numbers.sample(range(vocab), numbers.randint(2, 4))
    return numbers.choices(ids, k=numbers.randint(0, 40))


def processed(processor, tokens, logits):
    ids = torch.tensor([tokens], dtype=torch.long)
    return processor(ids, logits[None].clone())[0]


def case(numbers, n):
    vocab = numbers.randint(20, 50)
    tokens = [] if n == 0 else random_tokens(numbers, vocab)
    units = [numbers.randint(-320, 320) for _ in range(vocab)]
    units[numbers.randrange(vocab)] = 0
    logits = torch.tensor(units) * UNIT
    penalty, ngram = PENALTIES[n % 3], NGRAMS[n % 4]
    penalised = processed(RepetitionPenaltyLogitsProcessor(penalty), tokens, logits)
    kept = processed(NoRepeatNGramLogitsProcessor(ngram), tokens, logits)
    banned = kept == NEVER
    assert torch.equal(kept[~banned], logits[~banned])
    return {
        "tokens": tokens,
        "logits": units,
        "penalty": penalty,
        "penalised": penalised.tolist(),
        "ngram": ngram,
        "banned": banned.nonzero().flatten().tolist(),
    }


def main():
    numbers = random.Random(1)
    cases = [case(numbers, n) for n in range(CASES)]
    for ngram in NGRAMS:
        bans = [len(each["banned"]) for each in cases if each["ngram"] == ngram]
        print(f"n = {ngram}: {sum(map(bool, bans))} of {len(bans)} cases ban a token")
    lines = ",\n".join(json.dumps(each) for each in cases)
    head = json.dumps({"made_by": MADE_BY, "unit": UNIT})[:-1]
    TARGET.write_text(f'{head}, "cases": [\n{lines}]}}\n')
    print(f"{TARGET.relative_to(ROOT)}: {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
