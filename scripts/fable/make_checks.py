"""Writes tests/data/fable/checks.jsonl: what the parser of grammar.py finds in
stories of the shipped models, for the C++ checker to agree with.

The stories are samples of all stages on held-out prompts: at temperature 1, a
third of them from the base model after the chat prompt, which it never saw
(so that many are broken). A few are spoilt on purpose.
"""

import json
import random

import torch

from checkpoint import THREADS, TOKENIZER, load
from data import encode, load_tokenizer
from grammar import ROOT, SENTENCE, Grammar
from model import sample_all
from prompts import chat, completion, heldout_prompts

OUTPUT = ROOT / "tests/data/fable/checks.jsonl"
SEED = 29
SOURCES = [("base", completion, 60), ("base", chat, 60), ("sft", chat, 40),
           ("dpo", chat, 40)]


def samples(grammar, tokenizer):
    prompts = heldout_prompts(grammar)
    rng = random.Random(SEED)
    for number, (stage, header, count) in enumerate(SOURCES):
        chosen = [rng.choice(prompts) for _ in range(count)]
        stories = sample_all(
            load(stage), encode(tokenizer, [header(p["prompt"])
                                            for p in chosen]),
            torch.Generator().manual_seed(SEED + number))
        for prompt, story in zip(chosen, stories):
            yield prompt, tokenizer.decode(story)


def spoilt(grammar):
    """Texts that models seldom write, made from tales."""
    rng = random.Random(SEED)
    prompts = heldout_prompts(grammar)

    def tale():
        prompt = rng.choice(prompts)
        return prompt, grammar.sample(rng, prompt["theme"], prompt["object"])
    for damage in (
            lambda t: "",
            lambda t: t[:len(t) // 2],
            lambda t: " \n" + t + "\n\n",
            lambda t: t.replace(". ", ".  ", 1),
            lambda t: t.replace(". ", ".\n", 1),
            lambda t: t + " " + t,
            lambda t: t + " The end",
            lambda t: t.lower(),
            lambda t: t.replace(" he ", " she ").replace(" him ", " her "),
            lambda t: " ".join(reversed(
                [s.strip() for s in SENTENCE.findall(t)])),
            lambda t: t.replace("a ", "á ")):
        for _ in range(2):
            prompt, text = tale()
            yield prompt, damage(text)


def main():
    torch.set_num_threads(THREADS)
    grammar, tokenizer = Grammar(), load_tokenizer(TOKENIZER)
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    with open(OUTPUT, "w", encoding="utf-8") as out:
        for prompt, text in [*samples(grammar, tokenizer), *spoilt(grammar)]:
            found = grammar.check(text, prompt["theme"], prompt["object"])
            out.write(json.dumps({
                "text": text, "theme": prompt["theme"],
                "object": prompt["object"], **found}) + "\n")


if __name__ == "__main__":
    main()
