"""Golden numbers for lib/metrics on embeddings: tests/data/metrics/vectors.json.

Oracles: diversity (remote clique, Chamfer), vendi-score, prdc, scikit-learn's
PCA, faiss's k-means, mauve-text. The rows come from an integer hash, so that
the tests make the same ones: hashed() here, test::hashed_rows there.
Run from anywhere: OMP_NUM_THREADS=1 python scripts/oracle/vectors.py
"""

import contextlib
import importlib.util
import io
import json
from importlib.metadata import version
from pathlib import Path

import faiss
import mauve
import numpy as np
from prdc import compute_prdc
from sklearn.decomposition import PCA
from sklearn.metrics.pairwise import cosine_similarity
from sklearn.preprocessing import normalize
from vendi_score import vendi

OUTPUT = Path(__file__).resolve().parents[2] / "tests/data/metrics/vectors.json"
ORDERS = [0.5, 1, 2, "inf"]
THRESHOLDS = [.5, .6, .7, .8, .9, .95]


def load_embedding():
    """diversity's module alone: importing the package needs spaCy."""
    folder = importlib.util.find_spec("diversity").submodule_search_locations[0]
    spec = importlib.util.spec_from_file_location(
        "embedding", Path(folder) / "embedding.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


embedding = load_embedding()


def hashed(rows):
    """[n, columns] float32: nearly normal multiples of 1/128.

    clusters > 0: row i lies around centre i mod clusters, at `spread`, or on it
    where noise is 0."""
    def values(n, columns, salt):
        x = np.arange(n * columns, dtype=np.uint32) + np.uint32(salt * 1000003)
        x ^= x >> 16
        x *= np.uint32(0x7feb352d)
        x ^= x >> 15
        x *= np.uint32(0x846ca68b)
        x ^= x >> 16
        total = sum(((x >> s) & 255).astype(np.int64) for s in (0, 8, 16, 24))
        return (total - 510).reshape(n, columns)

    n, columns, salt = rows["n"], rows["columns"], rows["salt"]
    x = values(n, columns, salt) // rows.get("divide", 1) * rows.get("noise", 1)
    if rows.get("clusters", 0):
        centres = values(rows["clusters"], columns, rows["centre_salt"])
        x = x + rows["spread"] * centres[np.arange(n) % rows["clusters"]]
    return (x + rows.get("shift", 0)).astype(np.float32) / np.float32(128)


def rows(n, columns, salt, **more):
    return {"n": n, "columns": columns, "salt": salt, **more}


class Encoded:
    """Stands for a SentenceTransformer: returns the rows it was given."""

    def __init__(self, data):
        self.data = data

    def encode(self, *_, **__):
        return self.data


def semantic_case(spec):
    x = hashed(spec)
    embedding.SentenceTransformer = lambda _: Encoded(x)
    unit = normalize(x.astype(np.float64))
    kernel = unit @ unit.T
    n = len(x)
    others = kernel - 3 * np.eye(n)
    return {
        "rows": spec,
        "remote_clique_compat": float(embedding.remote_clique([], verbose=False)),
        "chamfer_compat": float(embedding.chamfer_dist([], verbose=False)),
        "remote_clique": float((1 - kernel).sum() / n**2),
        "chamfer": float((1 - others.max(axis=1)).mean()) if n > 1 else None,
        "vendi": [float(vendi.score_K(kernel, q)) for q in ORDERS[1:]],
        "vendi_dual": [float(vendi.score_dual(unit, q, normalize=False))
                       for q in ORDERS],
        "distinct_k": [greedy(x, t) for t in THRESHOLDS],
    }


def greedy(x, threshold):
    """Class of each row, by definition."""
    cosines = cosine_similarity(x.astype(np.float64))
    firsts, classes = [], []
    for i in range(len(x)):
        same = [c for c, f in enumerate(firsts) if cosines[i, f] > threshold]
        classes.append(same[0] if same else len(firsts))
        if not same:
            firsts.append(i)
    return classes


def balls(real, fake, k):
    with contextlib.redirect_stdout(io.StringIO()):
        values = compute_prdc(real.astype(np.float64), fake.astype(np.float64), k)
    return [float(values[n]) for n in ("precision", "recall", "density", "coverage")]


def closed_balls(real, fake, k):
    """With <=, in exact integers (128ths), by definition."""
    def squares(a, b):
        a, b = (np.rint(v.astype(np.float64) * 128).astype(np.int64) for v in (a, b))
        return ((a[:, None] - b[None]) ** 2).sum(-1)

    radii = np.sort(squares(real, real), axis=1)[:, k]
    model_radii = np.sort(squares(fake, fake), axis=1)[:, k]
    d = squares(real, fake)
    inside = d <= radii[:, None]
    return [inside.any(0).mean(), (d <= model_radii).any(1).mean(),
            inside.sum() / (k * len(fake)), inside.any(1).mean()]


def neighbour_case(real, fake, k):
    r, f = hashed(real), hashed(fake)
    return {"reference": real, "model": fake, "k": k, "open": balls(r, f, k),
            "closed": [float(v) for v in closed_balls(r, f, k)]}


def components(x):
    """Of the rows of length 1, in double; float32 afterwards."""
    unit = normalize(x.astype(np.float64))
    pca = PCA(whiten=False).fit(unit)
    share = np.cumsum(pca.explained_variance_ratio_)
    kept = int(np.argmax(share >= .9)) + 1
    return pca.transform(unit)[:, :kept].astype(np.float32)


def le_bronnec_case(real, fake):
    r, f = hashed(real), hashed(fake)
    n = min(len(r), len(f))
    x = components(np.concatenate([f[:n], r[:n]]))
    return {"reference": real, "model": fake, "kept": x.shape[1],
            "values": balls(x[n:], x[:n], 4)}


def pca_case(spec):
    scores = components(hashed(spec))
    return {"rows": spec, "size": np.abs(scores).round(8).tolist()}


def kmeans_case(spec, clusters, seed):
    x = hashed(spec)
    model = faiss.Kmeans(x.shape[1], clusters, niter=500, nredo=5, seed=seed)
    model.train(x)
    return {"rows": spec, "clusters": clusters, "seed": seed,
            "labels": model.index.search(x, 1)[1][:, 0].tolist()}


def one_step_case(spec, clusters, seed):
    """Centroids after one iteration, empty clusters filled."""
    x = hashed(spec)
    model = faiss.Kmeans(x.shape[1], clusters, niter=1, nredo=1, seed=seed)
    model.train(x)
    return {"rows": spec, "clusters": clusters, "seed": seed,
            "centroids": model.centroids.astype(float).tolist()}


def mauve_case(p, q, **options):
    out = mauve.compute_mauve(p_features=hashed(p), q_features=hashed(q),
                              verbose=False, **options)
    return {"p": p, "q": q, "options": options,
            "p_counts": np.rint(out.p_hist * p["n"]).astype(int).tolist(),
            "q_counts": np.rint(out.q_hist * q["n"]).astype(int).tolist(),
            "values": [float(v) for v in (
                out.mauve, out.frontier_integral, out.mauve_star,
                out.frontier_integral_star)]}


def neighbour_cases():
    return [
        neighbour_case(rows(40, 3, 1), rows(40, 3, 2), 3),
        neighbour_case(rows(301, 8, 3), rows(150, 8, 4, shift=40), 5),
        neighbour_case(rows(7, 2, 5), rows(9, 2, 6), 5),
        neighbour_case(rows(140, 24, 7), rows(139, 24, 8), 1),
        # Lattices: many exact ties and duplicates.
        neighbour_case(rows(60, 2, 9, divide=100), rows(50, 2, 10, divide=100), 2),
        neighbour_case(rows(200, 3, 11, divide=150), rows(210, 3, 12, divide=150), 4),
        neighbour_case(rows(30, 1, 13, divide=300), rows(30, 1, 14, divide=300), 3)]


def main():
    faiss.omp_set_num_threads(1)
    names = ("diversity", "vendi-score", "prdc", "scikit-learn", "faiss-cpu",
             "mauve-text", "numpy")
    golden = {
        "semantic": [semantic_case(r) for r in (
            rows(1, 4, 1), rows(2, 3, 2), rows(9, 24, 3), rows(40, 6, 4),
            rows(25, 16, 5, clusters=4, centre_salt=6, spread=3),
            rows(30, 8, 7, clusters=30, centre_salt=8, spread=1))],
        "neighbours": neighbour_cases(),
        "le_bronnec": [
            le_bronnec_case(rows(120, 20, 21), rows(150, 20, 22, shift=30)),
            le_bronnec_case(rows(30, 80, 23), rows(30, 80, 24))],
        "pca": [pca_case(rows(30, 6, 31)), pca_case(rows(8, 20, 32))],
        "kmeans": [
            kmeans_case(rows(200, 8, 41), 10, 27),
            kmeans_case(rows(500, 12, 42, clusters=40, centre_salt=43, spread=2), 40, 1234),
            kmeans_case(rows(700, 3, 44), 2, 27),
            kmeans_case(rows(12, 3, 45), 12, 27),
            # Copies among the first centroids: empty clusters are split.
            *(kmeans_case(rows(200, 5, 46, clusters=150, centre_salt=47, spread=1,
                               noise=0), 60, seed) for seed in (3, 4, 5))],
        "kmeans_step": [one_step_case(
            rows(200, 3, 46, clusters=30, centre_salt=47, spread=1, noise=0), 40, 6)],
        "mauve":
            [mauve_case(rows(1000, 20, 51), rows(1000, 20, 52), seed=s)
             for s in range(25, 33)]
            + [mauve_case(rows(300, 16, 53), rows(260, 16, 54, shift=20), seed=s)
               for s in range(25, 29)]
            + [mauve_case(rows(90, 120, 55), rows(120, 120, 56, shift=20),
                          num_buckets=7, mauve_scaling_factor=2.0)]}
    made_by = "scripts/oracle/vectors.py; " + ", ".join(
        f"{name} {version(name)}" for name in names)
    parts = [f'"made_by": {json.dumps(made_by)}']
    for key, cases in golden.items():
        parts.append(f"{json.dumps(key)}: [\n"
                     + ",\n".join(json.dumps(case) for case in cases) + "]")
    OUTPUT.write_text("{" + ",\n".join(parts) + "}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
