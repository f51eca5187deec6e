"""Golden powers for lib/stats: tests/data/stats/power.json.

How often scipy's tests, and sign flips drawn by numpy, find a known shift in
simulated experiments. Run from anywhere: python scripts/oracle/power.py
"""

import json
from pathlib import Path

import numpy as np
import scipy
from scipy import stats

ROOT = Path(__file__).resolve().parents[2]
OUTPUT = ROOT / "tests/data/stats/power.json"


def simulated_differences(rng, shape, n, shift, experiments=20_000):
    """b - a of tests/stats/simulation.h, one metric, one row an experiment."""
    size = (experiments, n)
    prompt = 0.6 * rng.normal(size=size)
    a, b = (prompt + 0.8 * rng.normal(size=size) for _ in range(2))
    if shape == "normal":
        return b - a + shift
    if shape == "skewed":
        return np.exp(b / 2) - np.exp(a / 2) + shift
    a, b = (np.clip(np.round(4 + 1.5 * x), 0, 8) for x in (a, b + shift))
    return (b - a) / 8


def share_by_sign_flips(rng, d, flips=999):
    """Share of the rows of d that sign flips, drawn anew for 200, reject."""
    rejected = 0
    for first in range(0, len(d), 200):
        rows = d[first:first + 200]
        signs = rng.integers(0, 2, (flips, d.shape[1])) * 2.0 - 1
        as_far = np.abs(signs @ rows.T) >= np.abs(rows.sum(axis=1)) - 1e-9
        rejected += np.sum((as_far.sum(axis=0) + 1) / (flips + 1) <= 0.05)
    return float(rejected / len(d))


def power_case(rng, shape, n, shift, margin):
    """Shares of 20,000 experiments in which numpy's and scipy's tests reject.

    Wilcoxon's p is scipy's exact one, with ties and zeros the normal one.
    """
    d = simulated_differences(rng, shape, n, shift)
    method = "asymptotic" if shape == "discrete" or n > 50 else "exact"
    signed_rank = stats.wilcoxon(d, axis=1, method=method).pvalue
    unshifted = simulated_differences(rng, shape, n, 0)
    within = np.maximum(
        stats.ttest_1samp(unshifted, -margin, axis=1,
                          alternative="greater").pvalue,
        stats.ttest_1samp(unshifted, margin, axis=1,
                          alternative="less").pvalue)
    return {"shape": shape, "n": n, "shift": shift, "margin": margin,
            "wilcoxon": float(np.mean(signed_rank <= 0.05)),
            "sign_flips": share_by_sign_flips(rng, d),
            "equivalence": float(np.mean(within < 0.05))}


def power_cases(rng):
    return [power_case(rng, *row) for row in (
        ("normal", 50, .45, .5), ("normal", 100, .32, .35),
        ("skewed", 50, .26, .32), ("skewed", 100, .18, .22),
        ("discrete", 50, .45, .09), ("discrete", 100, .32, .06))]


def main():
    golden = {
        "made_by": f"scripts/oracle/power.py; scipy {scipy.__version__}, "
                   f"numpy {np.__version__}",
        "power": power_cases(np.random.default_rng(20260102)),
    }
    OUTPUT.write_text(json.dumps(golden, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
