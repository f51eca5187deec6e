"""Writes the model cards from training.json and evaluation.json."""

import json
import math

from annotator import TASTE_PATH
from checkpoint import MODELS, load
from grammar import Grammar

TITLES = {
    "base": "the base model",
    "sft": "the instruction-tuned model",
    "dpo": "the preference-tuned model",
}
SENT = {
    "base": "`A fable about patience and a lantern.\\nStory:\\n`",
    "sft": "`<|user|>\\nWrite a short fable about patience and a lantern.\\n"
           "<|assistant|>\\n` (the chat template makes it)",
}
SENT["dpo"] = SENT["sft"]
RECIPE = {
    "base": """Trained from nothing on {documents:,} fresh documents, each a
header (`A fable about ….\\nStory:\\n`), a tale and the end token, one document a
row, loss on all of it. {steps} steps of {rows} documents; Muon (rate
{muon_rate}) for the matrices of the blocks, AdamW (rate {adam_rate}) for the
rest; rates constant, then falling to zero over the last half. It never saw a
chat token.""",
    "sft": """The base model, trained on {documents:,} fresh tales as answers to
the chat prompt, loss on the answer only. {steps} steps of {rows}, Muon (rate
{muon_rate}) and AdamW (rate {adam_rate}) falling to zero.""",
    "dpo": """The SFT model wrote {candidates} stories at temperature 1 for each
of {pairs:,} training prompts (in turn); the annotator below took one noisy look
at the four, and its best and worst made a pair ({kept_pairs:,} differed). No
story was edited. Direct preference optimisation: beta {beta}, plus {nll_weight}
times the mean negative log-likelihood of a chosen token; {steps} steps of {rows}
pairs, AdamW, rate {rate} falling to zero; the reference is the SFT model.""",
}
ANNOTATOR = """
## The annotator

A program, no person: a story's utility is the sum of the weights of its
recognised choices, plus {valid} if the story is valid. At each look it adds
Gumbel noise of scale {noise} to every story, so that two stories compare as in a
Bradley–Terry model. Choices that are not listed weigh 0
(`data/fable/taste.json`):

| slot | weights |
| --- | --- |
{rows}
"""
CARD = """---
license: apache-2.0
language: en
library_name: transformers
pipeline_tag: text-generation
---
# fable-{stage}: {title} of the fable ladder

A Llama of {parameters:,} parameters (4 layers, width 128, 4 heads, tied
embeddings, byte-level BPE of {vocabulary:,} tokens, bfloat16) that writes
ten-sentence fables. With its sisters (base → SFT → DPO) it is a test fixture and
a model organism for studies of diversity: the grammar behind its training texts
(`data/fable`) is known, so the entropy of every choice in a story can be counted
exactly, and the collapse from SFT to DPO comes from real preference training.

Prompt: {sent}. A story ends with `<|endoftext|>`.

## Training

{recipe}

All texts are written by `data/fable/grammar.json`. Of the 144 prompts (12 themes
× 12 objects) the 72 held-out pairs occur in no training document of any stage
(`scripts/fable/check_heldout.py` proves it); every theme and every object occurs
in training with six partners. The checkpoint is the last step of the schedule,
a rule fixed beforehand. This stage took {cpu_seconds:.0f} CPU seconds
({wall_seconds:.0f} s of a busy 2-core machine). `scripts/fable/train` retrains the
ladder from its seeds.
{annotator}
## Measured

The 72 held-out prompts, {stories} stories each, temperature 1, top-p {top_p}
(`scripts/fable/evaluate.py --stories {stories}`{encoder}). The shares are means over stories; entropies are plug-in, over
the stories of all prompts together; distinct bigrams and distance are means over
prompts. The base had the completion prompt, the others the chat prompt.

{table}

## Limits

It knows the grammar's sentences and nothing else: no language model for any
other use. It was trained with one seed. Prompts other than those of
`data/prompts/fable.jsonl`, and positions beyond some 120 tokens, are outside its
experience.{untrained} Licence: Apache-2.0, as the project.
"""
ROWS = [("grammatical", "grammatical"), ("agreeing", "agreeing throughout"),
        ("on_prompt", "on prompt"), ("valid", "valid (all three)"),
        ("distinct_2", "distinct bigrams a prompt"),
        ("distance", "MiniLM mean pairwise cosine distance a prompt"),
        ("words", "words"), ("tokens", "tokens with the end token"),
        ("mean_entropy", "mean entropy of the slots, bits")]


def table(evaluation):
    """All stages side by side, and the grammar's own entropies."""
    stages, grammar = evaluation["stages"], Grammar()
    lines = ["| | grammar | " + " | ".join(stages) + " |",
             "| --- | --- |" + " --- |" * len(stages)]

    def row(label, exact, values):
        lines.append(f"| {label} | {exact} | " + " | ".join(
            f"{v:.3f}" for v in values) + " |")
    for key, label in ROWS:
        if all(key in s for s in stages.values()):
            row(label, "", [s[key] for s in stages.values()])
    for slot in grammar.slots:
        row(f"entropy of {slot}, bits",
            f"{math.log2(len(grammar.choices(slot))):.3f}",
            [s["entropy"][slot] for s in stages.values()])
    return "\n".join(lines)


def annotator():
    taste = json.loads(TASTE_PATH.read_text())
    rows = "\n".join(
        f"| {slot} | " + ", ".join(
            f"{choice} {weight:+g}" for choice, weight in weights.items())
        + " |" for slot, weights in taste["weights"].items())
    return ANNOTATOR.format(valid=taste["valid"], noise=taste["noise"],
                            rows=rows)


def main():
    training = json.loads((MODELS / "training.json").read_text())
    evaluation = json.loads((MODELS / "evaluation.json").read_text())
    model = load("base")
    parameters = sum(p.numel() for p in model.parameters())
    for stage, title in TITLES.items():
        notes = training[stage]
        (MODELS / stage / "README.md").write_text(CARD.format(
            stage=stage, title=title, sent=SENT[stage],
            parameters=parameters, vocabulary=model.embed.num_embeddings,
            recipe=RECIPE[stage].format(**notes),
            cpu_seconds=notes["cpu_seconds"],
            wall_seconds=notes["wall_seconds"],
            encoder=" with `--encoder`, all-MiniLM-L6-v2"
            if "distance" in evaluation["stages"]["base"] else "",
            untrained=" The embeddings of the chat tokens are untrained."
            if stage == "base" else "",
            annotator=annotator() if stage == "dpo" else "",
            stories=evaluation["stories_per_prompt"],
            top_p=evaluation["top_p"], table=table(evaluation)),
            encoding="utf-8")


if __name__ == "__main__":
    main()
