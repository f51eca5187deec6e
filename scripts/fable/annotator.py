"""The annotator of the preference stage; its taste is data/fable/taste.json."""

import json
import math

from grammar import ROOT

TASTE_PATH = ROOT / "data/fable/taste.json"


class Annotator:
    def __init__(self, grammar, rng):
        self.grammar, self.rng = grammar, rng
        self.taste = json.loads(TASTE_PATH.read_text(encoding="utf-8"))

    def utility(self, text, prompt):
        check = self.grammar.check(text, prompt["theme"], prompt["object"])
        weights = self.taste["weights"]
        return self.taste["valid"] * check["valid"] + sum(
            weights.get(slot, {}).get(choice, 0.0)
            for slot, choice in check["choices"].items())

    def best_and_worst(self, texts, prompt):
        """Indices of the story it likes most and least, at one noisy look."""
        seen = [self.utility(t, prompt) + self._noise() for t in texts]
        return seen.index(max(seen)), seen.index(min(seen))

    def _noise(self):
        return -self.taste["noise"] * math.log(self.rng.expovariate(1.0))
