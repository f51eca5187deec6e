"""The prompts, their split, and the two ways a model is sent one."""

import json
import random

from grammar import ROOT, Grammar

SPLIT_SEED = 7
ORDER_SEED = 11
REFERENCE_SEED = 13
REFERENCES = 12
PROMPTS_PATH = ROOT / "data/prompts/fable.jsonl"
EOS = "<|endoftext|>"


def completion(prompt):
    return f"A fable about {prompt}.\nStory:\n"


def chat(prompt):
    return (f"<|user|>\nWrite a short fable about {prompt}.\n"
            f"<|assistant|>\n")


def all_prompts(grammar):
    """Every (theme, object), half of them held out.

    The pairs lie in a shuffled Latin square, six of whose twelve symbols are
    held out: every theme and every object is seen in training six times.
    """
    rng = random.Random(SPLIT_SEED)
    themes, objects = list(grammar.themes), list(grammar.objects)
    rng.shuffle(themes)
    rng.shuffle(objects)
    prompts = []
    for row, theme in enumerate(themes):
        for column, obj in enumerate(objects):
            heldout = (row + column) % len(objects) < len(objects) // 2
            prompts.append({
                "id": f"{theme}-{obj}",
                "prompt": f"{theme} and "
                          f"{grammar.variables['object'][obj]['a']}",
                "split": "heldout" if heldout else "train",
                "theme": theme,
                "object": obj,
            })
    return prompts


def training_prompts(grammar):
    """The prompts that any document of any training stage may have."""
    return [p for p in all_prompts(grammar) if p["split"] == "train"]


def heldout_prompts(grammar):
    return [p for p in all_prompts(grammar) if p["split"] == "heldout"]


def write_prompts():
    grammar = Grammar()
    order = random.Random(ORDER_SEED)
    heldout, train = heldout_prompts(grammar), training_prompts(grammar)
    order.shuffle(heldout)
    order.shuffle(train)
    rng = random.Random(REFERENCE_SEED)
    with open(PROMPTS_PATH, "w", encoding="utf-8") as out:
        for prompt in heldout + train:
            prompt["references"] = [
                grammar.sample(rng, prompt["theme"], prompt["object"])
                for _ in range(REFERENCES)]
            out.write(json.dumps(prompt) + "\n")


if __name__ == "__main__":
    write_prompts()
