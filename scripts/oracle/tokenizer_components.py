"""Golden numbers for the components of tokenizer.json: tests/data/tokenizer.

Writes components.jsonl: the synthetic tokenizers of compare_tokenizers.py, small,
each as its difference from the first of its family, with a few texts and what
Hugging Face's tokenizers makes of them. Run: python scripts/oracle/tokenizer_components.py

With a folder of JSONL files of texts and folders of real tokenizers it writes
generations.json: a CRC-32 of the ids of all texts of each file, for the tests of
tier "weights".
"""

import json
import random
import sys
import zlib
from pathlib import Path

import tokenizers
from compare_tokenizers import (ROOT, added_ones, byte_level_ones, one_piece_ones, processed_ones,
                                random_texts, row)
from tokenizers import Tokenizer

FOLDER = ROOT / "tests/data/tokenizer"
MADE_BY = {"made_by": "scripts/oracle/tokenizer_components.py", "tokenizers": tokenizers.__version__}
TEXTS = [" The  caf\u00e9 cafe\u0301,\ta\u00a0fisher-man's 123 \u0661\u00bd tales! \u4f60\u597d\u3002\n\n\U0001f600 x",
         "I'LL\u2581go \u01c5 \u1c89\U00010d40\U0001e4eb\U00011bf0 -- end of\u2028line  "]


def differences(base, data):
    """The parts of `data` that are not those of `base`; of the model all but its tokens."""
    changes = {key: data[key] for key in base if key != "model" and data[key] != base[key]}
    model = {key: value for key, value in data["model"].items() if base["model"].get(key) != value}
    same = base["model"]["vocab"] == data["model"]["vocab"] and "merges" not in model
    return {**changes, **({"model": model} if model else {})} if same else None


def lines():
    rng = random.Random(5)
    sample = random_texts(400, ["<|end|>"])
    for family in (byte_level_ones, added_ones, one_piece_ones, processed_ones):
        base = None
        for name, data in family(sample, 700):
            changes = differences(base, data) if base else None
            if changes is None:
                base, changes = data, {}
                yield {"base": base}
            oracle = Tokenizer.from_str(json.dumps(data))
            added = [t["content"] for t in data["added_tokens"]] or ["x"]
            texts = TEXTS + rng.sample([t for t in random_texts(300, added) if len(t) < 50], 3)
            cases = [{"text": text, **answer} for text in texts if (answer := row(oracle, text))]
            for case in cases:
                if case["with_special"] == case["ids"]:
                    del case["with_special"]
                if case["skipped"] == case["decoded"]:
                    del case["skipped"]
            yield {"name": name, "changes": changes, "cases": cases}


def checksums(generations, folders):
    table = {}
    for folder in folders:
        oracle = Tokenizer.from_file(str(folder / "tokenizer.json"))
        oracle.no_truncation()
        oracle.no_padding()
        for path in sorted(generations.glob("*.jsonl")):
            texts = [json.loads(line)["response"] for line in path.open(encoding="utf-8")]
            ids = [e.ids for e in oracle.encode_batch(texts, add_special_tokens=False)]
            data = "".join(" ".join(map(str, row)) + "\n" for row in ids)
            table.setdefault(folder.name, {})[path.name] = zlib.crc32(data.encode())
    return table


def main():
    if len(sys.argv) > 1:
        table = {**MADE_BY, **checksums(Path(sys.argv[1]), [Path(name).resolve() for name in sys.argv[2:]])}
        (FOLDER / "generations.json").write_text(json.dumps(table, indent=1) + "\n")
        return
    with (FOLDER / "components.jsonl").open("w", encoding="utf-8") as file:
        for line in [MADE_BY, *lines()]:
            file.write(json.dumps(line, separators=(",", ":"), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
