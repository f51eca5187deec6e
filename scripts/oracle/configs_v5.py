#!/usr/bin/env python3
"""config.json of the tiny models as transformers 5 writes it, and a check that
it computes the golden logits too.

    python3.11 -m venv .venv5 && .venv5/bin/pip install -r scripts/dev/requirements-v5.txt
    .venv5/bin/python scripts/oracle/configs_v5.py

Writes tests/data/model/config_v5/NAME.json. Left out: tiny-llama-tied, whose
hidden_size transformers 5 refuses because heads do not divide it, and
tiny-olmo3, because its reader of version 4 configurations loses a rope_theta
other than 500,000 (harmless for the released models). Imports nothing of cdx.
"""

import json
from pathlib import Path

import torch
import transformers

DATA = Path(__file__).resolve().parents[2] / "tests/data/model"
LEFT_OUT = {"tiny-llama-tied", "tiny-olmo3", "tiny-gemma3-vision"}


def largest_difference(model, golden):
    worst = 0.0
    for case in golden["inputs"]:
        with torch.no_grad():
            ours = model(torch.tensor([case["ids"]])).logits[0]
        theirs = torch.tensor(case["logits"])
        worst = max(worst, ((ours - theirs).abs().max() / theirs.abs().max()).item())
    return worst


def main():
    torch.set_num_threads(1)
    out = DATA / "config_v5"
    out.mkdir(exist_ok=True)
    for folder in sorted(DATA.glob("tiny-*")):
        golden = folder / "golden.json"
        if folder.name in LEFT_OUT or '"logits"' not in golden.read_text():
            continue
        model = transformers.AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float32, attn_implementation="eager"
        ).eval()
        worst = largest_difference(model, json.loads(golden.read_text()))
        assert worst < 1e-5, (folder.name, worst)
        config = model.config.to_dict()
        config.pop("_name_or_path", None)  # where it lay on this machine
        path = out / f"{folder.name}.json"
        path.write_text(json.dumps(config, indent=1) + "\n")
        print(f"{folder.name}: {worst:.1e}")


if __name__ == "__main__":
    main()
