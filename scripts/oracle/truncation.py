#!/usr/bin/env python3
"""Golden files tests/data/decoding/truncation.{bin,json}: which tokens the
truncation rules keep. Preset hf is what the warpers of transformers do in fp32,
vllm and llamacpp are the published definitions of those engines in float64.

    truncation.py

Imports nothing of cdx; needs the packages of scripts/dev/requirements.txt.

Logits are made from a hash, exactly, so that the test makes them again. Stored
are a hash of what is kept, how much, and whether the row is *near*: whether the
same rule in float64 decides with a margin of at most NEAR at some stage, so that
fp32 may decide otherwise. Elsewhere transformers and float64 must agree, or this
script fails. The margins:

    top_k                infinite: fp32 is divided and compared exactly
    top_p                of the mass up to the last kept token, and up to the one
                         before it, to top_p
    min_p, epsilon, eta  of ln p of any token to ln of the bound, but for the most
                         probable tokens, which always stay
    typical_p            of the mass up to the last kept group of equal tokens, and
                         up to the group before it, to typical_p; of this group's
                         distance from the entropy to that of its neighbours
    top_n_sigma          of logits to the bound, but for the largest

Tokens of equal logits are never near one another: both sides see that they tie.

Rows of 256,000 logits go through transformers in float64: over so many terms
torch's fp32 sums are off by 4e-5 in the mass and 1e-4 nats in the entropy, so
that its own answers depend on the order in which it adds.
"""

import json
from pathlib import Path

import numpy as np
import torch
import transformers
from transformers.generation import logits_process as hf

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "tests/data/decoding/truncation"
MADE_BY = (
    f"scripts/oracle/truncation.py, transformers {transformers.__version__}, "
    f"torch {torch.__version__.split('+')[0]}, numpy {np.__version__}"
)
NEAR = 2e-6
LAYOUT = (
    "little-endian; the cases in this order, of each its rows, of each row two "
    "uint32: hash of what is kept, and how many (bit 31: near). The hash is the "
    "sum mod 2^32 of splitmix64(x) >> 32, x an id or the bits of an fp32 logit. A "
    "stage's value in a row: values[splitmix64(row << 32 | 2^31 + draw) % size]"
)
LOGITS = "logits_of() of the script: splitmix64(row << 32 | column), exact in fp32"

HF_ROWS, PRESET_ROWS = 10_000, 500  # the first ones; those after them
LARGE_EVERY, LARGE_VOCAB = 97, 256_000
DRAWS = 1 << 31  # columns from here on draw what holds for the whole row
KINDS = 5 * ["peaked", "bell"] + 3 * ["ties"] + 2 * ["flat", "third_never"]
KINDS += ["three", "one_hot", "uniform"]

# Stages in their order, each with the values that rows choose from.
T = {"temperature": [1.0, 0.7, 1.3]}
CASES = {
    "hf": [
        {**T, "top_k": [1, 2, 50, 999_999]},
        {**T, "top_p": [0.0, 0.1, 0.5, 0.9, 0.95, 0.999]},
        {**T, "min_p": [0.02, 0.1, 0.5, 1.0]},
        {**T, "typical_p": [0.2, 0.5, 0.9, 0.95]},
        {**T, "epsilon_cutoff": [3e-4, 9e-4, 0.01, 0.4]},
        {**T, "eta_cutoff": [3e-4, 4e-3, 0.1]},
        {"temperature": [0.8], "top_k": [40], "top_p": [0.9]},
        {"temperature": [1.2], "top_p": [0.95], "min_p": [0.05]},
        {"top_k": [100], "typical_p": [0.9], "epsilon_cutoff": [1e-3],
         "eta_cutoff": [2e-3]},
    ],
    "vllm": [{**T, "min_p": [0, 0.02, 0.1, 1.0], "top_k": [0, 1, 5, 40, 9_999],
              "top_p": [0.0, 0.3, 0.9, 0.999, 1.0]}],
    "llamacpp": [
        {"top_n_sigma": [0.5, 1.0, 3.0]},
        {"top_k": [1, 2, 40, 9_999]},
        {"typical_p": [0.2, 0.5, 0.95]},
        {"top_p": [0.0, 0.1, 0.5, 0.95, 0.999]},
        {"min_p": [0.02, 0.1, 1.0]},
        {"top_n_sigma": [0, 2.0], "top_k": [0, 7, 40], "typical_p": [0.7, 1.0],
         "top_p": [0.95, 1.0], "min_p": [0, 0.05], **T},
    ],
}  # fmt: skip
OFF = {"top_p": 1.0, "typical_p": 1.0, "temperature": 1.0}  # else 0


def splitmix64(x):
    """The generator's output for state x (uint64 array)."""
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def draws(row, columns):
    return splitmix64(np.uint64(row << 32) | columns.astype(np.uint64))


def row_draw(row, n):
    return int(draws(row, np.array([DRAWS + n]))[0])


def vocab_of(row):
    if row >= HF_ROWS:
        return 1 + row_draw(row, 0) % 300
    if row % LARGE_EVERY == 0:
        return LARGE_VOCAB
    if row % 10 == 1:
        return 1 + row_draw(row, 0) % 64
    return 300 + row_draw(row, 0) % 2701


def shape_of(kind, bits, width):
    """Integers / 2^k. Width 0, 1, 2: standard deviation 4.6, 2.3, 1.2 of bells."""
    high = (bits >> np.uint64(40)).astype(np.int64)  # 24 bits
    if kind == "flat":  # uniform in [0, 2)
        return high * 2.0**-23
    if kind == "peaked":  # 2 · geometric + uniform in [0, 2)
        low = bits | np.uint64(1 << 16)
        zeros = np.bitwise_count((low - np.uint64(1)) & ~low).astype(np.int64)
        return 2.0 * zeros + (high >> 7) * 2.0**-16
    total = sum((bits >> np.uint64(16 * n)).astype(np.int64) & 0xFFFF for n in range(4))
    if kind == "ties":
        return 0.5 * ((total >> (12 + width)) - (32 >> width))
    return (total - 131072) * 2.0 ** -(13 + width)


def logits_of(row):
    """[V] fp32."""
    vocab, kind = vocab_of(row), KINDS[row_draw(row, 1) % len(KINDS)]
    bits, option = draws(row, np.arange(vocab)), row_draw(row, 2) % 3
    some = [row_draw(row, n) % vocab for n in (3, 4, 5)]
    if kind == "uniform":
        return np.full(vocab, 0.75 * option, np.float32)
    if kind == "one_hot":
        z = np.full(vocab, [-np.inf, -40.0, -8.0][option])
        z[some[0]] = 0
        return z.astype(np.float32)
    z = shape_of(kind, bits, option)
    never = np.full(vocab, kind == "three")
    if kind == "third_never":
        never, some = bits % np.uint64(3) == 0, some[:1]
    never[some] = False
    return np.where(never, -np.inf, z).astype(np.float32)


# The rules in float64: finite logits and the option's value to (which are kept,
# margin). Ties that a rule breaks go to the lower index.
def log_p(z):
    shifted = z - z.max()
    return shifted - np.log(np.exp(shifted).sum())


def entropy(z):
    return -(np.exp(log_p(z)) * log_p(z)).sum()


def first_of(order, count):
    keep = np.zeros(len(order), bool)
    keep[order[:count]] = True
    return keep


def distance(values, bound):
    return np.abs(values - bound).min() if len(values) else np.inf


def not_below(x, bound):
    """Values from the bound on, and the largest."""
    return (x >= bound) | (x == x.max()), distance(x[x < x.max()], bound)


def top_p(z, p):
    order = np.argsort(-z, kind="stable")
    mass = np.exp(log_p(z)[order]).cumsum()
    last = min(np.searchsorted(mass, p), len(z) - 1)
    return first_of(order, last + 1), distance(mass[max(last - 1, 0) : last + 1], p)


def top_p_of_vllm(z, p):
    """Ascending, removed while the mass is <= 1 − p. What top_k masks before in
    the same sorted copy has no mass here: vLLM's joint top-k and top-p."""
    order = np.argsort(z, kind="stable")
    mass = np.exp(log_p(z)[order]).cumsum()
    removed = min((mass <= 1 - p).sum(), len(z) - 1)
    return ~first_of(order, removed), distance(mass[:-1], 1 - p)


def epsilon(z, cutoff):
    return not_below(log_p(z), np.log(cutoff))


def eta(z, cutoff):
    return not_below(log_p(z), min(np.log(cutoff), np.log(cutoff) / 2 - entropy(z)))


def typical(z, wanted, llamacpp=False):
    """llama.cpp wants more than that mass and breaks ties."""
    shift = np.abs(-log_p(z) - entropy(z))
    order = np.argsort(shift, kind="stable")
    shift, mass = shift[order], np.exp(log_p(z)[order]).cumsum()
    crossing = np.searchsorted(mass, wanted, side="right" if llamacpp else "left")
    crossing = min(crossing, len(z) - 1)
    first, end = (np.searchsorted(shift, shift[crossing], s) for s in ("left", "right"))
    beside = np.append(shift[max(first - 1, 0) : first], shift[end : end + 1])
    gap = distance(beside, shift[crossing])
    if llamacpp:
        first, end = crossing, crossing + 1
    ends = mass[[n for n in (first - 1, end - 1) if 0 <= n < len(z) - 1]]
    return first_of(order, end), min(distance(ends, wanted), gap)


SAME = {
    "top_k": lambda z, k: (z >= np.sort(z)[-min(k, len(z))], np.inf),
    "top_p": top_p,
    "min_p": lambda z, share: not_below(z - z.max(), np.log(share)),
}
RULES = {
    "hf": {**SAME, "typical_p": typical, "epsilon_cutoff": epsilon, "eta_cutoff": eta},
    "vllm": {**SAME, "top_p": top_p_of_vllm},
    "llamacpp": {
        **SAME,
        "top_n_sigma": lambda z, n: not_below(z, z.max() - n * z.std()),
        "top_k": lambda z, k: (first_of(np.argsort(-z, kind="stable"), k), np.inf),
        "typical_p": lambda z, wanted: typical(z, wanted, llamacpp=True),
    },
}
WARPERS = {
    "temperature": hf.TemperatureLogitsWarper,
    "top_k": hf.TopKLogitsWarper,
    "top_p": hf.TopPLogitsWarper,
    "min_p": hf.MinPLogitsWarper,
    "typical_p": hf.TypicalLogitsWarper,
    "epsilon_cutoff": hf.EpsilonLogitsWarper,
    "eta_cutoff": hf.EtaLogitsWarper,
}


def case(preset, stages):
    """Where ties are broken at will (top_p of hf and vllm), the hash cannot be
    of the kept ids: it is of the bits of their logits."""
    by_value = preset != "llamacpp" and "top_p" in stages
    return {
        "preset": preset,
        "first_row": 0 if preset == "hf" else HF_ROWS,
        "rows": HF_ROWS if preset == "hf" else PRESET_ROWS,
        "hash_of": "logits" if by_value else "ids",
        "stages": [{"stage": key, "values": stages[key]} for key in stages],
    }


def all_cases():
    cases = [case(preset, stages) for preset in CASES for stages in CASES[preset]]
    for n, stage in enumerate(stage for each in cases for stage in each["stages"]):
        stage["draw"] = 16 + n
    return cases


def active_stages(case, row):
    """(name, value of this row) of the stages that are on."""
    for stage in case["stages"]:
        name, values = stage["stage"], stage["values"]
        value = values[row_draw(row, stage["draw"]) % len(values)]
        if value != OFF.get(name, 0):
            yield name, value


def by_transformers(case, row, logits):
    """Kept ids and the logits as they are then."""
    scores = torch.from_numpy(logits)[None]
    for name, value in active_stages(case, row):
        if name != "temperature" and len(logits) == LARGE_VOCAB:
            scores = scores.double()
        scores = WARPERS[name](value)(None, scores)
    scores = scores[0].float().numpy()
    return np.flatnonzero(scores > -np.inf), scores


def by_definition(case, row, logits):
    """The same in float64 (but division by the temperature in fp32, as
    everywhere), and the smallest margin."""
    ids, margin = np.flatnonzero(logits > -np.inf), np.inf
    for name, value in active_stages(case, row):
        if name == "temperature":
            logits = logits / np.float32(value)
            continue
        rule = RULES[case["preset"]][name]
        keep, room = rule(logits[ids].astype(np.float64), value)
        ids, margin = ids[keep], min(margin, room)
    return ids, logits, margin


def hash_of(x):
    """Σ of the upper halves of splitmix64, mod 2^32; of ids or of fp32 bits."""
    x = x.view(np.uint32) if x.dtype == np.float32 else x
    return int((splitmix64(x.astype(np.uint64)) >> np.uint64(32)).sum()) % 2**32


def summary(case, ids, logits):
    return hash_of(ids if case["hash_of"] == "ids" else logits[ids]), len(ids)


def record(case, row, logits):
    """Hash, count, and 1 if it is near, 1 if float64 decides otherwise."""
    *found, margin = by_definition(case, row, logits)
    exact = told = summary(case, *found)
    if case["preset"] == "hf":
        told = summary(case, *by_transformers(case, row, logits))
    if told != exact and margin > NEAR:
        raise SystemExit(f"{case}, row {row}: {told}, in float64 {exact}")
    return *told, int(margin <= NEAR), int(told != exact)


def record_all(cases):
    """[case][row] records, and the hash of all logits."""
    records, seen = [[] for _ in cases], 0
    for row in range(HF_ROWS + PRESET_ROWS):
        logits = logits_of(row)
        seen = (seen + hash_of(logits)) % 2**32
        for case, rows in zip(cases, records, strict=True):
            if 0 <= row - case["first_row"] < case["rows"]:
                rows.append(record(case, row, logits))
    return records, seen


def main():
    torch.set_num_threads(1)
    cases, stored = all_cases(), b""
    records, seen = record_all(cases)
    for case, rows in zip(cases, records, strict=True):
        near, differs = (sum(column) for column in list(zip(*rows, strict=True))[2:])
        case |= {"near": near, "float64_differs": differs}
        print(near, "near:", case["preset"], *(s["stage"] for s in case["stages"]))
        pairs = [(kept, count | near << 31) for kept, count, near, _ in rows]
        stored += np.array(pairs, "<u4").tobytes()
    head = {"made_by": MADE_BY, "layout": LAYOUT, "logits": LOGITS, "logits_hash": seen}
    lines = ",\n".join(json.dumps(case) for case in cases)
    text = f'{json.dumps(head, indent=1)[:-2]},\n "cases": [\n{lines}]}}\n'
    TARGET.with_suffix(".bin").write_bytes(stored)
    TARGET.with_suffix(".json").write_text(text)


if __name__ == "__main__":
    main()
