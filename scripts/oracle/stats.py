"""Golden numbers for lib/stats: tests/data/stats/statistics.json.

scipy is the oracle of the tests, statsmodels of the corrections, numpy of the
quantiles. Run from anywhere: python scripts/oracle/stats.py
"""

import itertools
import json
import warnings
from pathlib import Path

import numpy as np
import scipy
import statsmodels
from scipy import stats
from statsmodels.stats.multitest import multipletests

ROOT = Path(__file__).resolve().parents[2]
OUTPUT = ROOT / "tests/data/stats/statistics.json"


def wilcoxon_case(differences):
    d = np.asarray(differences, dtype=float)
    two_sided = stats.wilcoxon(d)
    r_plus = stats.wilcoxon(d, alternative="greater").statistic
    r_minus = stats.wilcoxon(-d, alternative="greater").statistic
    deviation = d.std(ddof=1)
    return {
        "d": d.tolist(),
        "r_plus": float(r_plus),
        "r_minus": float(r_minus),
        "statistic": float(two_sided.statistic),
        "p": float(two_sided.pvalue),
        "rank_biserial": float((r_plus - r_minus) / (r_plus + r_minus)),
        "d_z": float(d.mean() / deviation),
    }


def wilcoxon_cases(rng):
    cases = []
    for n in (5, 6, 8, 12, 13, 14, 20, 33, 49, 50, 51, 60):
        shifted = np.round(rng.normal(0.3, 1, n), 6)  # neither ties nor zeros
        cases.append(wilcoxon_case(shifted))
        cases.append(wilcoxon_case(-np.abs(shifted) - 0.001))  # most extreme
        tied = rng.choice([-3, -2, -1, 1, 2, 3, 4], n)
        cases.append(wilcoxon_case(tied))
        with_zeros = rng.integers(-3, 6, n)
        with_zeros[:2] = (0, 2)
        cases.append(wilcoxon_case(with_zeros))
    return cases


def trend_case(rows, x):
    rows = np.asarray(rows, dtype=float)
    up = stats.page_trend_test(rows)
    down = stats.page_trend_test(rows[:, ::-1])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # rows of equal values
        spearman = [stats.spearmanr(x, row).statistic for row in rows]
    slopes = [stats.linregress(x, row).slope for row in rows]
    return {
        "rows": rows.tolist(),
        "x": list(x),
        "l": float(up.statistic),
        "test": "page_" + up.method,
        "p_increasing": float(up.pvalue),
        "p_decreasing": float(down.pvalue),
        "mean_spearman": float(np.mean(np.nan_to_num(spearman))),
        "slope": float(np.mean(slopes)),
    }


def trend_cases(rng):
    statext = [[3, 4, 3], [2, 2, 4], [3, 3, 5], [1, 3, 2], [2, 3, 2],
               [2, 4, 5], [1, 2, 4], [3, 4, 4], [2, 4, 5], [1, 3, 4]]
    cases = [trend_case(statext, [0.0, 0.5, 1.0])]
    for m, k in ((2, 3), (5, 4), (12, 5), (6, 8), (13, 3), (20, 3), (21, 3),
                 (13, 4), (4, 9), (40, 5)):
        x = np.round(np.linspace(0, 1, k) ** 1.5, 3)
        noise = rng.normal(0, 1, (m, k))
        trend = rng.choice([-0.6, 0.0, 0.6])
        cases.append(trend_case(np.round(noise + trend * np.arange(k), 4), x))
        cases.append(trend_case(rng.integers(0, 3, (m, k)), x))
    return cases


def exhaustive_bootstrap(d):
    means = [np.mean(pick) for pick in itertools.product(d, repeat=len(d))]
    low, high = np.quantile(means, [0.025, 0.975])
    return {"d": list(d), "means": len(means), "low": low, "high": high}


def sampled_bootstrap(rng, n):
    values = np.round(rng.gamma(2.0, 1.0, n), 4)
    result = stats.bootstrap(
        (values,), np.mean, n_resamples=200_000, method="percentile",
        vectorized=True, batch=2000, rng=np.random.default_rng(1))
    return {"values": values.tolist(),
            "low": float(result.confidence_interval.low),
            "high": float(result.confidence_interval.high),
            "standard_error": float(result.standard_error)}


def splitmix_bootstrap(values, resamples=9999, seed=20250728):
    """The interval that cdx documents, from SplitMix64 written apart."""
    mask, state, means = 2 ** 64 - 1, seed, []
    for _ in range(resamples):
        total = 0.0
        for _ in values:
            state = (state + 0x9E3779B97F4A7C15) & mask
            z = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & mask
            z = (z ^ z >> 27) * 0x94D049BB133111EB & mask
            z ^= z >> 31
            total += values[(z >> 32) * len(values) >> 32]
        means.append(total / len(values))
    low, high = np.quantile(means, [0.025, 0.975])
    return {"values": values, "low": float(low), "high": float(high)}


def correction_case(p):
    return {"p": list(p),
            "holm": multipletests(p, method="holm")[1].tolist(),
            "bh": multipletests(p, method="fdr_bh")[1].tolist()}


def correction_cases(rng):
    cases = [correction_case(p) for p in (
        [.01, .04, .03, .005], [.01, .02, .02, .5], [0.2], [1.0, 0.9, 0.0])]
    cases += [correction_case(np.round(rng.beta(0.4, 2, m), 5).tolist())
              for m in (7, 30)]
    return cases


def compare_case(a, b):
    """b minus a, rounded as scipy advises, so that ties are ties."""
    d = np.round(b - a, 9)
    test = stats.wilcoxon(d)
    return {"a": a.tolist(), "b": b.tolist(),
            "mean_a": float(a.mean()), "mean_b": float(b.mean()),
            "delta": float(d.mean()), "p": float(test.pvalue),
            "rank_biserial": wilcoxon_case(d)["rank_biserial"]}


def compare_cases(rng):
    cases = []
    for n in (6, 10, 40, 80):
        a = rng.integers(10, 40, n) / 100  # differences tie but for rounding
        b = rng.integers(14, 44, n) / 100
        cases.append(compare_case(a, b))
    return cases


def main():
    rng = np.random.default_rng(20250728)
    quantile_values = np.round(rng.normal(0, 1, 11), 4)
    levels = [0, 0.025, 0.1, 0.25, 0.5, 0.77, 0.975, 1]
    golden = {
        "made_by": f"scripts/oracle/stats.py; scipy {scipy.__version__}, "
                   f"statsmodels {statsmodels.__version__}, "
                   f"numpy {np.__version__}",
        "wilcoxon": wilcoxon_cases(rng),
        "trend": trend_cases(rng),
        "bootstrap_exhaustive": exhaustive_bootstrap([.1, .3, -.2, .4]),
        "bootstrap_sampled": [sampled_bootstrap(rng, n) for n in (12, 40)],
        "bootstrap_pinned": splitmix_bootstrap(
            [0.11, 0.52, 0.33, 0.97, 0.48, 0.21, 0.6]),
        "correction": correction_cases(rng),
        "compare": compare_cases(rng),
        "quantile": {"values": quantile_values.tolist(), "levels": levels,
                     "quantiles": np.quantile(quantile_values,
                                              levels).tolist()},
    }
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{json.dumps(key)}: {json.dumps(value)}"
             for key, value in golden.items()]
    OUTPUT.write_text("{" + ",\n".join(lines) + "}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
