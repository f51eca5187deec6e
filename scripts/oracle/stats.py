"""Golden numbers for lib/stats: tests/data/stats/statistics.json.

scipy is the oracle of tests and intervals, statsmodels of corrections and
equivalence, numpy of quantiles. Run from anywhere: python scripts/oracle/stats.py
"""

import itertools
import json
import warnings
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import scipy
import statsmodels
from scipy import stats
from scipy.special import ndtri
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.weightstats import ttost_paired

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
    corrected = min(1.0, 2 * min(up.pvalue, down.pvalue))
    if up.method == "asymptotic":
        # L is linear in the ranks: the variance of its rows' permutations.
        ranks = stats.rankdata(rows, axis=1)
        columns = np.arange(1, rows.shape[1] + 1)
        variance = np.sum(ranks.var(axis=1, ddof=1)) * np.sum(
            (columns - columns.mean()) ** 2)
        distance = abs(np.sum((ranks - ranks.mean()) * columns))
        corrected = 2 * stats.norm.sf(distance / np.sqrt(variance))
    return {
        "p_corrected": float(corrected),
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


class SplitMix:
    """The random numbers that cdx documents, written apart."""

    def __init__(self, seed=20250728):
        self.state = seed

    def next(self):
        mask = 2 ** 64 - 1
        self.state = (self.state + 0x9E3779B97F4A7C15) & mask
        z = (self.state ^ self.state >> 30) * 0xBF58476D1CE4E5B9 & mask
        z = (z ^ z >> 27) * 0x94D049BB133111EB & mask
        return z ^ z >> 31

    def below(self, n):
        return (self.next() >> 32) * n >> 32


def splitmix_resamples(n, resamples=9999):
    random = SplitMix()
    return np.array([[random.below(n) for _ in range(n)]
                     for _ in range(resamples)])


def splitmix_bootstrap(values):
    resamples = splitmix_resamples(len(values))
    # Summed in order, as the equality of means decides on quantiles.
    means = [sum(values[i] for i in r) / len(values) for r in resamples]
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


def interval_of(values, statistic, distribution, method, confidence):
    """scipy's interval on resamples that are given to it."""
    given = SimpleNamespace(bootstrap_distribution=distribution)
    result = stats.bootstrap((values,), statistic, n_resamples=0, batch=1,
                             bootstrap_result=given, method=method,
                             confidence_level=confidence)
    return [float(x) for x in result.confidence_interval]


def studentised(values, resamples, confidence):
    n, estimate = len(values), values.mean()
    picked = values[resamples]
    spread = picked.std(axis=1, ddof=1)
    defined = spread > 1e-9
    t = (picked.mean(axis=1) - estimate)[defined] / spread[defined]
    tail = (1 - confidence) / 2
    low, high = np.quantile(t, [1 - tail, tail])
    deviation = values.std(ddof=1)
    return [float(estimate - low * deviation),
            float(estimate - high * deviation)]


def interval_case(values, confidence=0.95):
    values = np.asarray(values, dtype=float)
    resamples = splitmix_resamples(len(values))
    case = {"values": values.tolist(), "confidence": confidence,
            "studentised": studentised(values, resamples, confidence)}
    statistics = [("mean", np.mean)]
    if len(np.unique(values)) > 6:  # else ties of which rounding decides
        statistics.append(("deviation", np.std))
    for name, statistic in statistics:
        # Values are integers/2^k: sums are exact in any order.
        distribution = statistic(values[resamples], axis=1)
        case[name] = {method: interval_of(values, statistic, distribution,
                                          method, confidence)
                      for method in ("percentile", "basic", "BCa")}
    return case


def interval_cases(rng):
    def dyadic(values):
        return np.round(values * 64) / 64
    return [interval_case(dyadic(rng.normal(0.2, 1, 8))),
            interval_case(dyadic(rng.gamma(1, 1, 24))),
            interval_case(dyadic(rng.gamma(1, 1, 60)), 0.9),
            interval_case(rng.integers(-2, 4, 30))]


def distribution_cases():
    p = [1e-300, 1e-30, 1e-12, 1e-4, 0.01, 0.07, 0.08, 0.3, 0.5, 0.6, 0.925, 0.975,
         0.99, 1 - 1e-9]
    t = [-30.0, -2.5, -0.1, 0.0, 1e-3, 0.5, 1.0, 1.96, 4.0, 25.0]
    df = [1.0, 2.0, 3.5, 9.0, 39.0, 150.0, 5000.0]
    levels = [0.001, 0.05, 0.4, 0.5, 0.9, 0.975, 0.9999]
    return {"p": p, "normal_quantile": ndtri(p).tolist(), "t": t, "df": df,
            "t_tail": [stats.t.sf(t, k).tolist() for k in df],
            "levels": levels,
            "t_quantile": [stats.t.ppf(levels, k).tolist() for k in df]}


def sign_flip_case(d):
    d = np.asarray(d, dtype=float)
    case = {"d": d.tolist()}
    for side in ("two-sided", "greater", "less"):
        test = stats.permutation_test((d,), np.sum, vectorized=True,
                                      permutation_type="samples",
                                      n_resamples=np.inf, alternative=side)
        case[side] = float(test.pvalue)
    return case


def sign_flip_cases(rng):
    cases = [sign_flip_case([0.3, -0.1, 0.2]), sign_flip_case([0.1, -0.1])]
    for n in (2, 5, 8, 13, 17):
        cases.append(sign_flip_case(np.round(rng.normal(0.4, 1, n), 4)))
        cases.append(sign_flip_case(rng.integers(-2, 4, n) / 10))
        cases.append(sign_flip_case(-np.round(rng.gamma(0.5, 1, n), 5)))
    return cases


def sign_flip_sampled(rng, n, shift):
    d = np.round(rng.gamma(1, 1, n) - 1 + shift, 4)
    flips = 0
    for _ in range(20):
        signs = rng.integers(0, 2, (100_000, n)) * 2 - 1
        flips += int(np.sum(np.abs(signs @ d) >= abs(d.sum()) - 1e-9))
    return {"d": d.tolist(), "p": flips / 2_000_000}


def cliffs_delta_case(a, b):
    u = stats.mannwhitneyu(b, a).statistic
    return {"a": [float(x) for x in a], "b": [float(x) for x in b],
            "delta": float(2 * u / (len(a) * len(b)) - 1)}


def equivalence_case(d, margin, alpha):
    d = np.asarray(d, dtype=float)
    p = ttost_paired(d, np.zeros(len(d)), -margin, margin)[0]
    ci = stats.ttest_1samp(d, 0).confidence_interval(1 - 2 * alpha)
    above = stats.ttest_1samp(d, -margin, alternative="greater").pvalue
    return {"d": d.tolist(), "margin": margin, "alpha": alpha, "p": float(p),
            "p_non_inferiority": float(above),
            "low": float(ci.low), "high": float(ci.high)}


def equivalence_cases(rng):
    return [equivalence_case(np.round(rng.normal(shift, 1, n), 5), margin, a)
            for n, shift, margin, a in (
                (2, 0, 1, .05), (10, 0.1, 1, .05), (40, 0, .5, .05),
                (40, -.4, .2, .01), (100, .9, .3, .05), (100, -.9, .3, .05))]


def log_variance_ratio(a, b, axis=-1):
    return np.log(np.var(b, axis=axis)) - np.log(np.var(a, axis=axis))


def permutation_pairs_case(rng, n):
    """One text a side: all 2^n exchanges, by scipy."""
    a, b = np.round(rng.normal(0, (1, 2), (n, 2)).T, 3)
    case = {"values": np.concatenate([a, b]).tolist(),
            "prompts": list(range(n)) * 2, "in_b": [False] * n + [True] * n,
            "statistic": float(log_variance_ratio(a, b))}
    for side in ("two-sided", "greater", "less"):
        case[side] = float(stats.permutation_test(
            (a, b), log_variance_ratio, vectorized=True, n_resamples=np.inf,
            permutation_type="samples", alternative=side).pvalue)
    return case


def permutation_blocks_case(rng, in_a, in_b):
    """Several texts a side: all arrangements, by enumeration."""
    prompts, labels = [], []
    for prompt, (m, n) in enumerate(zip(in_a, in_b)):
        prompts += [prompt] * (m + n)
        labels += [False] * m + [True] * n
    values = np.round(rng.normal(np.array(labels) * 0.8, 1), 3)
    places = [np.flatnonzero(np.array(prompts) == p)
              for p in range(len(in_a))]
    null = []
    for picks in itertools.product(*(itertools.combinations(where, n)
                                     for where, n in zip(places, in_b))):
        mask = np.zeros(len(values), dtype=bool)
        mask[list(itertools.chain(*picks))] = True
        null.append(log_variance_ratio(values[~mask], values[mask]))
    null = np.array(null)
    observed = log_variance_ratio(values[~np.array(labels)],
                                  values[np.array(labels)])
    greater = float(np.mean(null >= observed - 1e-12))
    less = float(np.mean(null <= observed + 1e-12))
    return {"values": values.tolist(), "prompts": prompts, "in_b": labels,
            "statistic": float(observed), "greater": greater, "less": less,
            "two-sided": min(1.0, 2 * min(greater, less))}


def jackknife_case(rng, n, deleted, subsets=999, confidence=0.95):
    values = np.round(rng.gamma(2, 1, n), 3)
    estimate = values.var()
    if deleted == 1:
        picks = [np.delete(values, i) for i in range(n)]
    else:
        random, picks = SplitMix(), []
        for _ in range(subsets):
            order = list(range(n))
            for i in range(n - deleted):
                j = i + random.below(n - i)
                order[i], order[j] = order[j], order[i]
            picks.append(values[order[:n - deleted]])
    found = np.array([np.var(pick) for pick in picks])
    error = np.sqrt((n - deleted) / deleted * found.var())
    half = error * stats.t.ppf((1 + confidence) / 2, n - 1)
    return {"values": values.tolist(), "deleted": deleted,
            "confidence": confidence, "estimate": float(estimate),
            "low": float(estimate - half), "high": float(estimate + half)}


def contrast_case(rng, n, stages):
    rows = rng.integers(0, 9, (n, stages)) / 8 + np.arange(stages) ** 2 / 8
    steps = np.diff(rows)
    means = steps[splitmix_resamples(n)].mean(axis=1)
    case = {"rows": rows.tolist(), "means": steps.mean(axis=0).tolist(),
            "intervals": np.quantile(means, [.025, .975], axis=0).T.tolist(),
            "contrasts": []}
    for name, size in (("rise", means), ("fall", -means),
                       ("magnitude", np.abs(means))):
        top = size == size.max(axis=1, keepdims=True)
        shares = top / top.sum(axis=1, keepdims=True)
        case[name] = shares.mean(axis=0).tolist()
    for j, k in itertools.combinations(range(stages - 1), 2):
        low, high = np.quantile(means[:, k] - means[:, j], [.025, .975])
        d = steps[:, k] - steps[:, j]
        case["contrasts"].append(
            {"mean": float(d.mean()), "low": float(low), "high": float(high),
             "p": sign_flip_case(d)["two-sided"]})
    return case


def more_cases():
    """Cases with random numbers of their own."""
    rng = np.random.default_rng(20260101)
    return {
        "intervals": interval_cases(rng),
        "distributions": distribution_cases(),
        "sign_flip": sign_flip_cases(rng),
        "sign_flip_sampled": [sign_flip_sampled(rng, n, shift) for n, shift
                              in ((30, .5), (63, .1), (64, -.3), (100, .2))],
        "cliffs_delta": [
            cliffs_delta_case(rng.integers(0, 9, m), rng.normal(5, 3, n).round())
            for m, n in ((1, 1), (5, 4), (40, 30), (7, 200))],
        "equivalence": equivalence_cases(rng),
        "permutation": [permutation_pairs_case(rng, 2),
                        permutation_pairs_case(rng, 4),
                        permutation_pairs_case(rng, 9),
                        permutation_blocks_case(rng, [2, 1, 3], [2, 2, 1]),
                        permutation_blocks_case(rng, [3, 0, 2], [3, 2, 2])],
        "jackknife": [jackknife_case(rng, 2, 1), jackknife_case(rng, 20, 1),
                      jackknife_case(rng, 20, 9),
                      jackknife_case(rng, 45, 20)],
        "contrasts": [contrast_case(rng, 6, 3), contrast_case(rng, 15, 4)],
    }


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
        **more_cases(),
    }
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{json.dumps(key)}: {json.dumps(value)}"
             for key, value in golden.items()]
    OUTPUT.write_text("{" + ",\n".join(lines) + "}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
