"""Trains the ladder's tokenizer: a byte-level BPE in the manner of GPT-2.

Run in a process of its own: beside torch it is many times slower.
Usage: train_tokenizer.py OUTPUT.json
"""

import random
import sys

from tokenizers import (AddedToken, Tokenizer, decoders, models,
                        pre_tokenizers, trainers)

from grammar import Grammar
from prompts import EOS, completion, training_prompts

SEED = 17
TALES = 20000
VOCABULARY = 1408
SPECIAL_TOKENS = [EOS, "<|user|>", "<|assistant|>"]


def texts():
    grammar, rng = Grammar(), random.Random(SEED)
    prompts = training_prompts(grammar)
    for prompt in prompts:
        yield f"Write a short fable about {prompt['prompt']}.\n"
    for _ in range(TALES):
        prompt = rng.choice(prompts)
        tale = grammar.sample(rng, prompt["theme"], prompt["object"])
        yield completion(prompt["prompt"]) + tale


def main():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(
        add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(texts(), trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[AddedToken(t, special=True) for t in SPECIAL_TOKENS],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False))
    assert tokenizer.token_to_id(EOS) == 0
    tokenizer.save(sys.argv[1])


if __name__ == "__main__":
    main()
