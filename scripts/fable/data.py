"""Tales as padded batches of token ids."""

import random

import torch
from tokenizers import Tokenizer

EOS = 0


def load_tokenizer(path):
    return Tokenizer.from_file(str(path))


def encode(tokenizer, texts):
    return [e.ids for e in tokenizer.encode_batch(texts)]


def batch(prompts, stories):
    """(ids, targets, loss mask on story and end token), a document a row."""
    rows = [p + s + [EOS] for p, s in zip(prompts, stories)]
    width = max(map(len, rows))
    padded = torch.tensor([r + [EOS] * (width - len(r)) for r in rows])
    mask = torch.zeros(padded.shape)
    for i, (prompt, row) in enumerate(zip(prompts, rows)):
        mask[i, len(prompt):len(row)] = 1
    return padded[:, :-1], padded[:, 1:], mask[:, 1:]


class Tales:
    """An endless stream of documents from the grammar, by one seed."""

    def __init__(self, grammar, tokenizer, prompts, header, seed):
        self.grammar, self.tokenizer = grammar, tokenizer
        self.prompts, self.header = prompts, header
        self.rng = random.Random(seed)

    def take(self, count):
        chosen = [self.rng.choice(self.prompts) for _ in range(count)]
        tales = [self.grammar.sample(self.rng, p["theme"], p["object"])
                 for p in chosen]
        headers = [self.header(p["prompt"]) for p in chosen]
        return (encode(self.tokenizer, headers),
                encode(self.tokenizer, tales))
