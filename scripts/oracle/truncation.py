#!/usr/bin/env python3
"""Golden files tests/data/decoding/truncation.{bin,json}: which tokens the
truncation rules keep. Preset hf is what the warpers of transformers do in fp32;
vllm and llamacpp, whose engines are not here, are their published definitions
in float64.

    truncation.py

Imports nothing of cdx; needs the packages of scripts/dev/requirements.txt.

Logits are made from a hash, exactly, so that the test makes them again. A row
and case is stored as a hash of the kept set, its size, and whether it is *near*:
whether the same rule in float64 decides with a margin of at most NEAR at some
stage, so that fp32 may decide otherwise. The margins:

    temperature, top_k   infinite: division and comparison of fp32 are exact
    top_p                mass up to the last kept token, and up to the one
                         before it, against top_p
    min_p, epsilon, eta  ln p of any token against ln of the bound, except the
                         most probable tokens, which always stay
    typical_p            mass up to the last kept group of equal tokens, and up
                         to the group before it, against typical_p; and how
                         much nearer to, or farther from, the entropy this group
                         is than its neighbours
    top_n_sigma          logits against the bound, except the largest

Exact ties of logits are not near: both sides treat them alike. Elsewhere
transformers and float64 must agree, and nearby they may differ by one token (by
one group of equal tokens where the rule looks at values).
"""

import json
import struct
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
NEAR_BIT = 1 << 31

# Rows. hf has the first ones, the other presets those after them.
HF_ROWS, PRESET_ROWS = 10_000, 500
LARGE_EVERY, LARGE_VOCAB = 97, 256_000
DRAWS = 1 << 31  # columns from here on draw what holds for the whole row
KINDS = (
    ["peaked"] * 5 + ["bell"] * 5 + ["ties"] * 3 + ["flat"] * 2
    + ["third_never"] * 2 + ["three", "one_hot", "uniform"]
)  # fmt: skip
ONE_HOT_REST = [-np.inf, -40.0, -8.0]

TEMPERATURE = [1.0, 0.7, 1.3]
SINGLES = {
    "top_k": [1, 2, 50, 999_999],
    "top_p": [0.0, 0.1, 0.5, 0.9, 0.95, 0.999],
    "min_p": [0.02, 0.1, 0.5, 1.0],
    "typical_p": [0.2, 0.5, 0.9, 0.95],
    "epsilon_cutoff": [3e-4, 9e-4, 0.01, 0.4],
    "eta_cutoff": [3e-4, 4e-3, 0.1],
}
CHAINS = [
    {"temperature": [0.8], "top_k": [40], "top_p": [0.9]},
    {"temperature": [1.2], "top_p": [0.95], "min_p": [0.05]},
    {"top_k": [100], "typical_p": [0.9], "epsilon_cutoff": [1e-3],
     "eta_cutoff": [2e-3]},
]  # fmt: skip
VLLM = {
    "temperature": TEMPERATURE,
    "min_p": [0, 0.02, 0.1, 1.0],
    "top_k": [0, 1, 5, 40, 9_999],
    "top_p": [0.0, 0.3, 0.9, 0.999, 1.0],
}
LLAMA_SINGLES = {
    "top_n_sigma": [0.5, 1.0, 3.0],
    "top_k": [1, 2, 40, 9_999],
    "typical_p": [0.2, 0.5, 0.95],
    "top_p": [0.0, 0.1, 0.5, 0.95, 0.999],
    "min_p": [0.02, 0.1, 1.0],
}
LLAMA_CHAIN = {
    "top_n_sigma": [0, 2.0],
    "top_k": [0, 7, 40],
    "typical_p": [0.7, 1.0],
    "top_p": [0.95, 1.0],
    "min_p": [0, 0.05],
    "temperature": TEMPERATURE,
}
OFF = {"top_p": 1.0, "typical_p": 1.0, "temperature": 1.0}  # else 0


# ---- Logits.


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


def parts16(bits):
    return [(bits >> np.uint64(16 * n)).astype(np.int64) & 0xFFFF for n in range(4)]


def shape_of(kind, bits, width):
    """Integers / 2^k. Width 0, 1, 2: standard deviation 4.6, 2.3, 1.2 of bells."""
    if kind == "flat":  # uniform in [0, 2)
        return (bits >> np.uint64(40)).astype(np.int64) * 2.0**-23
    if kind == "peaked":  # 2 · geometric + uniform in [0, 2)
        low = bits | np.uint64(1 << 16)
        zeros = np.bitwise_count((low - np.uint64(1)) & ~low).astype(np.int64)
        return 2.0 * zeros + (bits >> np.uint64(47)).astype(np.int64) * 2.0**-16
    total = sum(parts16(bits))
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
        z = np.full(vocab, ONE_HOT_REST[option])
        z[some[0]] = 0
        return z.astype(np.float32)
    z = shape_of(kind, bits, option)
    kept = np.zeros(vocab, bool)
    kept[some if kind == "three" else some[:1]] = True
    if kind == "three":
        z[~kept] = -np.inf
    if kind == "third_never":
        z[(bits % np.uint64(3) == 0) & ~kept] = -np.inf
    return z.astype(np.float32)


# ---- The rules in float64: logits (finite, float64) and the option's value to
# (which are kept, margin). Ties that a rule breaks go to the lower index.


def log_p(z):
    shifted = z - z.max()
    return shifted - np.log(np.exp(shifted).sum())


def entropy(z):
    return -(np.exp(log_p(z)) * log_p(z)).sum()


def kept_first(order, count):
    keep = np.zeros(len(order), bool)
    keep[order[:count]] = True
    return keep


def distance(values, bound):
    return np.abs(values - bound).min() if len(values) else np.inf


def not_below(x, bound):
    """Values from the bound on, and the largest."""
    return (x >= bound) | (x == x.max()), distance(x[x < x.max()], bound)


def top_k(z, k):
    return z >= np.sort(z)[-min(k, len(z))], np.inf


def exactly_top_k(z, k):
    return kept_first(np.argsort(-z, kind="stable"), k), np.inf


def top_p(z, p):
    order = np.argsort(-z, kind="stable")
    mass = np.exp(log_p(z)[order]).cumsum()
    last = min(np.searchsorted(mass, p), len(z) - 1)
    return kept_first(order, last + 1), distance(mass[max(last - 1, 0) : last + 1], p)


def min_p(z, share):
    return not_below(z - z.max(), np.log(share))


def epsilon(z, cutoff):
    return not_below(log_p(z), np.log(cutoff))


def eta(z, cutoff):
    bound = min(np.log(cutoff), np.log(cutoff) / 2 - entropy(z))
    return not_below(log_p(z), bound)


def neighbours_gap(shift, first, last):
    """How far the sorted shifts first … last are from those beside them."""
    gaps = []
    if first > 0:
        gaps.append(shift[first] - shift[first - 1])
    if last + 1 < len(shift):
        gaps.append(shift[last + 1] - shift[last])
    return min(gaps, default=np.inf)


def typical(z, wanted):
    shift = np.abs(-log_p(z) - entropy(z))
    order = np.argsort(shift, kind="stable")
    shift, mass = shift[order], np.exp(log_p(z)[order]).cumsum()
    crossing = min(np.searchsorted(mass, wanted), len(z) - 1)
    first = np.searchsorted(shift, shift[crossing], side="left")
    last = np.searchsorted(shift, shift[crossing], side="right") - 1
    ends = ([mass[first - 1]] if first > 0 else []) + (
        [mass[last]] if last + 1 < len(z) else []
    )
    margin = min(distance(np.array(ends), wanted), neighbours_gap(shift, first, last))
    return kept_first(order, last + 1), margin


def typical_above(z, wanted):
    """llama.cpp's: the mass must exceed `wanted`, and ties are broken."""
    shift = np.abs(-log_p(z) - entropy(z))
    order = np.argsort(shift, kind="stable")
    shift, mass = shift[order], np.exp(log_p(z)[order]).cumsum()
    last = min(np.searchsorted(mass, wanted, side="right"), len(z) - 1)
    first = np.searchsorted(shift, shift[last], side="left")
    end = np.searchsorted(shift, shift[last], side="right") - 1
    margin = distance(mass[max(last - 1, 0) : min(last + 1, len(z) - 1)], wanted)
    return kept_first(order, last + 1), min(margin, neighbours_gap(shift, first, end))


def top_n_sigma(z, n):
    return not_below(z, z.max() - n * z.std())


def vllm_top_p(z, p):
    """vLLM's own words: ascending, removed while the mass is <= 1 - p. It masks
    what top_k cuts before, in the same sorted copy: the joint definition."""
    order = np.argsort(z, kind="stable")
    mass = np.exp(log_p(z)[order]).cumsum()
    removed = mass <= 1 - p
    removed[-1] = False
    return ~kept_first(order, removed.sum()), distance(mass[:-1], 1 - p)


RULES = {
    "hf": {"top_k": top_k, "top_p": top_p, "min_p": min_p, "typical_p": typical,
           "epsilon_cutoff": epsilon, "eta_cutoff": eta},
    "vllm": {"min_p": min_p, "top_k": top_k, "top_p": vllm_top_p},
    "llamacpp": {"top_n_sigma": top_n_sigma, "top_k": exactly_top_k,
                 "typical_p": typical_above, "top_p": top_p, "min_p": min_p},
}  # fmt: skip
WARPERS = {
    "temperature": hf.TemperatureLogitsWarper,
    "top_k": hf.TopKLogitsWarper,
    "top_p": hf.TopPLogitsWarper,
    "min_p": hf.MinPLogitsWarper,
    "typical_p": hf.TypicalLogitsWarper,
    "epsilon_cutoff": hf.EpsilonLogitsWarper,
    "eta_cutoff": hf.EtaLogitsWarper,
}


# ---- Cases, and what is stored of them.


def case(preset, name, stages):
    """A hash of ids cannot be told where ties are broken at will (top_p of hf
    and vllm): there it is one of the bits of the kept logits."""
    by_value = preset != "llamacpp" and "top_p" in stages
    stages = [{"stage": key, "values": values} for key, values in stages.items()]
    return {"preset": preset, "name": name, "hash_of": "logits" if by_value else "ids",
            "first_row": 0 if preset == "hf" else HF_ROWS,
            "rows": HF_ROWS if preset == "hf" else PRESET_ROWS,
            "stages": stages}  # fmt: skip


def all_cases():
    cases = [case("hf", name, {"temperature": TEMPERATURE, name: values})
             for name, values in SINGLES.items()]  # fmt: skip
    cases += [case("hf", " ".join(stages), stages) for stages in CHAINS]
    cases.append(case("vllm", " ".join(VLLM), VLLM))
    cases += [case("llamacpp", name, {name: values})
              for name, values in LLAMA_SINGLES.items()]  # fmt: skip
    cases.append(case("llamacpp", " ".join(LLAMA_CHAIN), LLAMA_CHAIN))
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


def by_transformers(case, row, logits, dtype):
    """Kept ids and the logits as they are then."""
    scores = torch.from_numpy(logits)[None]
    for name, value in active_stages(case, row):
        if name != "temperature":
            scores = scores.to(dtype)
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


def hash_of(case, ids, logits):
    """Σ of the upper halves of splitmix64 of what is kept, mod 2^32."""
    kept = ids if case["hash_of"] == "ids" else logits[ids].view(np.uint32)
    return int((splitmix64(kept.astype(np.uint64)) >> np.uint64(32)).sum()) % 2**32


def record(case, row, logits):
    """(hash, count, near) that the files tell, and whether float64 agrees."""
    ids, changed, margin = by_definition(case, row, logits)
    exact = hash_of(case, ids, changed), len(ids)
    told = exact
    if case["preset"] == "hf":
        ids, changed = by_transformers(case, row, logits)
        told = hash_of(case, ids, changed), len(ids)
    near = bool(margin <= NEAR)
    if not near and told != exact:
        raise SystemExit(f"{case['name']}, row {row}: {told} is not {exact}")
    return *told, near, told == exact


def record_rows(case, logits_by_row):
    records = [
        record(case, row, logits_by_row(row))
        for row in range(case["first_row"], case["first_row"] + case["rows"])
    ]
    case["near"] = sum(near for *_, near, _ in records)
    case["near_and_other_than_float64"] = sum(not same for *_, same in records)
    return b"".join(
        struct.pack("<II", kept, count | (NEAR_BIT if near else 0))
        for kept, count, near, _ in records
    )
