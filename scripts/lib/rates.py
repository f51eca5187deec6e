"""Prints what each condition of a run took: rates.py RUN."""

import json
import pathlib
import sys

for path in sorted(pathlib.Path(sys.argv[1], "segments").glob("*.json")):
    segment = json.loads(path.read_text())
    machine = segment["machine"]
    print(f"{machine['device']}, {machine['dtype']}, {machine['threads']} threads")
    for condition, rate in segment["rates"].items():
        print(
            f"  {condition:20} {rate['tokens']:8} tokens "
            f"{rate['seconds']:8.2f} s {rate['tokens_per_second']:10.0f} tokens/s"
        )
