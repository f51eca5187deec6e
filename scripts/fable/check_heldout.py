"""Proves that no training document has a held-out (theme, object).

Draws every prompt that any stage of the training draws, from the same seeds,
and looks for the held-out pairs of data/prompts/fable.jsonl among them.
"""

import json
import random

import train_base
import train_dpo
import train_sft
import train_tokenizer
from data import Tales
from grammar import Grammar
from prompts import PROMPTS_PATH, chat, completion, training_prompts


class HeadersOnly:
    """In place of a tokenizer: hands the texts through."""

    def encode_batch(self, texts):
        return [type("Encoding", (), {"ids": text}) for text in texts]


def stream(grammar, header, seed, steps, rows):
    """The headers of a stage of tales, drawn as the stage draws them."""
    tales = Tales(grammar, HeadersOnly(), training_prompts(grammar), header,
                  seed)
    return {h for _ in range(steps) for h in tales.take(rows)[0]}


def main():
    grammar = Grammar()
    with open(PROMPTS_PATH, encoding="utf-8") as lines:
        prompts = [json.loads(line) for line in lines]
    heldout = [p for p in prompts if p["split"] == "heldout"]
    assert 2 * len(heldout) == len(prompts)
    stages = {
        "tokenizer": set(train_tokenizer.texts()),
        "base": stream(grammar, completion, train_base.SEED,
                       train_base.STEPS, train_base.ROWS),
        "sft": stream(grammar, chat, train_sft.SEED, train_sft.STEPS,
                      train_sft.ROWS),
        "dpo": {chat(p["prompt"]) for p in train_dpo.pair_prompts(grammar)},
    }
    for stage, texts in stages.items():
        for prompt in heldout:
            about = f" about {prompt['prompt']}.\n"
            assert not any(about in text for text in texts), (stage, prompt)
        print(f"{stage}: {len(texts)} distinct texts, no held-out pair")


if __name__ == "__main__":
    main()
