"""Golden words and scores: tests/data/metrics/wording{,_generations}.json.

The oracles are nltk, rouge-score, sacrebleu, lexicalrichness, diversity and
vendi-score. The words of nltk 3.9.2 come from a folder of their own:

    pip install --no-deps --target FOLDER nltk==3.9.2
    python scripts/oracle/wording.py --nltk39 FOLDER --data shared/data

Of the texts under DATA/generations only numbers and digests are written.
"""

import argparse
import hashlib
import json
import os
import random
import subprocess
import sys
from importlib.metadata import distribution, version
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import sacrebleu
from lexicalrichness import LexicalRichness
from nltk.tokenize import NLTKWordTokenizer
from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu
from rouge_score import rouge_scorer, tokenize
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a
from vendi_score import text_utils

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests/data/metrics"
PACKAGES = ("nltk", "rouge-score", "sacrebleu", "lexicalrichness", "diversity",
            "vendi-score")

A = ["The quick brown fox jumps over the lazy dog.",
     "The quick brown fox jumps over the lazy dog again.",
     "Suddenly, the quick brown fox leaps swiftly over the sleeping dog."]
B = ["the cat sat on the mat", "the cat lay on the rug",
     "a dog sat on the mat", "birds fly south in winter"]
D = ["aa bb cc dd ee", "ff gg hh ii jj", "kk ll mm nn oo"]
SETS = [A, B, ["a b c d e"] * 3, D, ["x"] * 2, ["x y"] * 2, ["x y z"] * 3,
        ["", ""], ["", "a b c d"], ["a", "b", "a"], ["a a a a a", "a", "a a"],
        ["a b", "a b c d", "a b c d"], ["a b c d e f g", "g f e d c b a"],
        ["Zoë naïve café", "ZOË NAÏVE CAFÉ", "naïve café, Zoë!"],
        ["日本 \U0001f409 日本", "日本\u3000\U0001f409", "\U0001f409"],
        ["an end-\n", "an end-", "an end", "\x1can end- \u2028"],
        ["it's 3.5% of 1,000-2,000", "It's 3.5 % of 1,000 - 2,000 .", "end-\n"]]

TEXTS = [
    "", " ", ".", "'", '"', "a", "Hello world. Bye.", "the end.\n", 'He "said."',
    "I can't gonna won't \"quote\" it's 'single' — em-dash -- end...",
    "“Curly quotes” and ‘single’ don’t", "cannot'tis 'twas more'n wanna",
    "it's 'single' 'twas well–known a—b don't 'em rock 'n' roll d'Artagnan 'tis",
    "Hello, world! It's 3.5% (approx.) of 1,000-2,000 U.S. dollars...",
    "a,,b 1,2,x .5 5. 3-4 x-y A_B c/d e'f", "end-\nline two\n",
    "café naïve Straße İstanbul 273 K ΣΊΣΥΦΟΣ", "a  b\tc\n\nd e. f.\n",
    "&lt;p&gt; &amp;lt; R&amp;D &quot;x&quot; <skipped>y",
    "«fin.»", "the end.’ ", "wannabe, wanna.", "3,\u0661 x:\u0663 1:2,", "a,,\n", "...",
    "end.\x1c", "it's\x1cx", "it's' x",
    "Well-known – or so — 20-year 3.14 «oui» „ja“", "''a'' ``b`` '''c'''",
]
PIECES = list("abTSMI019.,:;'\"`-–—‒“”‘’«»[]{}<>!?*@&_^ \n\t\x1c\x85\xa0\u200d") + [
    " "] * 9 + ["'", ". ", "...", "--", "n't ", "'S ", "'ll ", "cannot", "d'ye",
    "gİmme", "gonna", "more'n", "wanna ", " 'tis", " 'twaſ", "e\u0301", "²", "日本",
    "١", "\U0001f409", "&amp;", "-\n", "K", "ß", "3.5", "1,000", ",\n", "'ſ"]


def diversity_module(name):
    """A module of diversity without the whole package, which needs spaCy."""
    path = distribution("diversity").locate_file(f"diversity/{name}.py")
    spec = spec_from_file_location(name, path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


homogenization_score = diversity_module("homogenization").homogenization_score
self_repetition_score = diversity_module("self_repetition").self_repetition_score


def random_text(rng):
    return "".join(rng.choice(PIECES) for _ in range(rng.choice((3, 6, 12, 24))))


SPLITTERS = {
    "sp": lambda text: text.split(" "),
    "tevet": lambda text: [w for w in text.replace(".", "").replace("\n", "").split(" ") if w],
    "rouge": lambda text: tokenize.tokenize(text, None),
    "13a": lambda text: Tokenizer13a()(text).split(),
    "lr": lambda text: LexicalRichness(text).wordlist,
    "nltk310": NLTKWordTokenizer().tokenize,
}  # fmt: skip


def nltk39_words(texts, folder):
    program = ("import json, nltk\nfrom nltk.tokenize import NLTKWordTokenizer as T\n"
               "assert nltk.__version__ == '3.9.2', nltk.__version__\n"
               "print(json.dumps([T().tokenize(t) for t in json.load(open(0))]))")
    run = subprocess.run([sys.executable, "-c", program], input=json.dumps(texts),
                         env={**os.environ, "PYTHONPATH": folder}, check=True,
                         capture_output=True, text=True)
    return json.loads(run.stdout)


def word_cases(texts, folder):
    older = nltk39_words(texts, folder)
    return [{"text": text, **{name: split(text) for name, split in SPLITTERS.items()},
             "nltk39": words} for text, words in zip(texts, older)]


def self_bleu(words, order):
    smooth = SmoothingFunction().method1
    return [float(sentence_bleu(words[:i] + words[i + 1:], words[i],
                                [1 / order] * order, smooth))
            for i in range(len(words))]


def set_case(texts):
    words = [text.split() for text in texts]
    scorer = rouge_scorer.RougeScorer(["rougeL"])
    rouge = [[scorer.score(a, b)["rougeL"].fmeasure for b in texts] for a in texts]
    n = len(texts)
    others = [sum(rouge[j][i] for j in range(n) if j != i) / (n - 1) for i in range(n)]
    return {
        "self_bleu": [self_bleu(words, order) for order in (2, 3, 4, 5)],
        "self_bleu_nltk310": float(np.mean(self_bleu(
            [NLTKWordTokenizer().tokenize(t) for t in texts], 4))),
        "self_bleu_4": float(text_utils.self_bleu(texts, str.split)),
        "pairwise_bleu": float(text_utils.pairwise_bleu(texts, str.split)),
        "self_sacrebleu": [sacrebleu.sentence_bleu(texts[i], texts[:i] + texts[i + 1:]).score
                           for i in range(n)],
        "rouge_l": [rouge[i][j] for i in range(n) for j in range(i + 1, n)],
        "homogenization_rouge_l": sum(others) / n,
        "homogenization_rouge_l_compat": homogenization_score(texts, verbose=False),
        "self_repetition": [float(self_repetition_score(texts, k, verbose=False))
                            for k in (1, 2, 3, 4)],
    }  # fmt: skip


def random_set(rng):
    words = [f"w{i}" for i in range(rng.choice((4, 12, 40)))]
    return [" ".join(rng.choice(words) for _ in range(rng.randrange(rng.choice((4, 30, 150)))))
            for _ in range(rng.randrange(2, 9))]


def digest(lists_of_words):
    sha = hashlib.sha256()
    for words in lists_of_words:
        for word in words:
            sha.update(word.encode() + b"\0")
        sha.update(b"\1")
    return sha.hexdigest()


def generation_cases(data, nltk39):
    """Words of all texts of two stages, scores of two prompts of each."""
    for stage in ("base", "instruct"):
        path = data / f"generations/olmo2-7b-alpacaeval/{stage}.jsonl"
        rows = [json.loads(line) for line in path.read_text().split("\n") if line]
        texts = [row["response"] for row in rows]
        words = {name: digest(map(split, texts)) for name, split in SPLITTERS.items()}
        words["nltk39"] = digest(nltk39_words(texts, nltk39))
        sets = [{"prompt_id": prompt,
                 **set_case([r["response"] for r in rows if r["prompt_id"] == prompt])}
                for prompt in ("alpacaeval-000", "alpacaeval-101")]
        yield {"stage": stage, "words_sha256": words, "sets": sets}


def write(name, golden):
    made_by = "scripts/oracle/wording.py; nltk39: nltk 3.9.2; " + ", ".join(
        f"{package} {version(package)}" for package in PACKAGES)
    lines = [f'"made_by": {json.dumps(made_by)}']
    for key, cases in golden.items():
        lines.append(f"{json.dumps(key)}: [\n" + ",\n".join(map(json.dumps, cases)) + "]")
    (FOLDER / name).write_text("{" + ",\n".join(lines) + "}\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nltk39", required=True, help="folder with nltk 3.9.2")
    parser.add_argument("--data", type=Path, help="folder with generations/")
    options = parser.parse_args()
    rng = random.Random(20250802)
    texts = TEXTS + [random_text(rng) for _ in range(150)]
    sets = SETS + [random_set(rng) for _ in range(12)]
    write("wording.json", {"words": word_cases(texts, options.nltk39),
                           "sets": [{"texts": t, **set_case(t)} for t in sets]})
    if options.data:
        write("wording_generations.json",
              {"stages": list(generation_cases(options.data, options.nltk39))})


if __name__ == "__main__":
    main()
