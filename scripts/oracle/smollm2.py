#!/usr/bin/env python3
"""Golden file tests/data/model/smollm2.json: what transformers computes in fp32
on the CPU with .deps/SmolLM2-135M-Instruct, which scripts/fetch_smollm2 makes.

    smollm2.py

Imports nothing of cdx; needs the packages of scripts/dev/requirements.txt.
"""

import json
from pathlib import Path

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".deps/SmolLM2-135M-Instruct"
TARGET = ROOT / "tests/data/model/smollm2.json"
MADE_BY = (
    f"scripts/oracle/smollm2.py, transformers {transformers.__version__}, "
    f"torch {torch.__version__.split('+')[0]}"
)
STEP = 64  # every so many columns of a row of logits are kept
TOP = 32
GREEDY = 64
WITH_LOGITS = 5  # so many of the prompts

TEXTS = [
    "Once upon a time",
    "The lighthouse keeper counted 12345 waves before he",
    "Café in Zürich, 3.14 euros — “schön”\n\n  two blanks\tand a tab:",
    "Nobody in the village had ever opened the red door, until one morning",
    "The old clockmaker",
    "It was a dark and stormy night;",
    "My grandmother's recipe for bread begins with",
    "Dear diary,",
    "The robot looked at the sea and said:",
    "Chapter 1\n\nThe train to Omsk was late, and",
    "def story():\n    return",
    "Two foxes and a hen",
]
CHATS = [
    "Write a short story about a ferry on a foggy lake.",
    "Write a tale of a miller who sells the wind.",
    "Tell me about a child who finds a map, in three sentences.",
    "Write the first lines of a ghost story.",
    "A story without the letter e, please.",
    "Write a fable about a snail and a comet.",
    "What happened at 12:45?",
    "Describe a market in 1923 through the eyes of a cat.",
]


def all_ids(tokenizer):
    """The first prompts of both kinds come first: theirs are the logits."""
    plain = [tokenizer.encode(text) for text in TEXTS]
    chats = [
        tokenizer.apply_chat_template(
            [{"role": "user", "content": text}], add_generation_prompt=True
        )
        for text in CHATS
    ]
    return [*plain[:3], *chats[:2], *plain[3:], *chats[2:]]


def rounded(tensor):
    return [round(value, 5) for value in tensor.flatten().tolist()]


def logits_case(logits):
    """Per position the largest logits and the log of the sum of all; of the
    last position every STEP-th logit."""
    top = logits.topk(TOP)
    return {
        "top_ids": top.indices.tolist(),
        "top_logits": [rounded(row) for row in top.values],
        "log_sum_exp": rounded(logits.logsumexp(1)),
        "last": rounded(logits[-1, ::STEP]),
    }


def greedy(model, ids):
    """GREEDY tokens or those up to the end of the text, and the smallest lead of
    a chosen token over the next best: an error below half of it changes none."""
    ids, cache, chosen, leads = torch.tensor([ids]), None, [], []
    for _ in range(GREEDY):
        out = model(ids, past_key_values=cache, use_cache=True)
        cache = out.past_key_values
        best, second = out.logits[0, -1].topk(2).values.tolist()
        leads.append(best - second)
        chosen.append(out.logits[0, -1].argmax().item())
        if chosen[-1] == model.config.eos_token_id:
            break
        ids = torch.tensor([[chosen[-1]]])
    return {"greedy": chosen, "lead": round(min(leads), 5)}


@torch.no_grad()
def main():
    tokenizer = AutoTokenizer.from_pretrained(FOLDER)
    model = AutoModelForCausalLM.from_pretrained(
        FOLDER, dtype=torch.float32, attn_implementation="eager"
    ).eval()
    cases = []
    for ids in all_ids(tokenizer):
        case = {"ids": ids, **greedy(model, ids)}
        if len(cases) < WITH_LOGITS:
            case["logits"] = logits_case(model(torch.tensor([ids])).logits[0])
        cases.append(case)
    print("smallest lead:", min(case["lead"] for case in cases))
    lines = ",\n".join(json.dumps(case) for case in cases)
    head = json.dumps({"made_by": MADE_BY, "last_step": STEP})[:-1]
    TARGET.write_text(f'{head}, "cases": [\n{lines}]}}\n')
    print(f"{TARGET.relative_to(ROOT)}: {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
