"""Checks the grammar on samples and prints its exact entropies.

Every tale must be valid for the parser, of 50 to 80 words, and no sentence may
fit two templates of different meaning.
"""

import math
import random

from grammar import SENTENCE, Grammar

SEED = 31
TALES = 3000


def meanings(grammar, sentence):
    return {(number, choice)
            for number, choice, pattern, _ in grammar.patterns
            if pattern.fullmatch(sentence)}


def check_tales(grammar):
    rng = random.Random(SEED)
    lengths = []
    for _ in range(TALES):
        theme, obj = rng.choice(grammar.themes), rng.choice(grammar.objects)
        tale = grammar.sample(rng, theme, obj)
        assert grammar.check(tale, theme, obj)["valid"], tale
        lengths.append(len(tale.split()))
        for sentence in SENTENCE.findall(tale):
            assert len(meanings(grammar, sentence.strip())) == 1, sentence
    assert 50 <= min(lengths) and max(lengths) <= 80
    return lengths


def story_bits(grammar):
    """Entropy of a tale given its prompt: all draws are uniform."""
    bits = sum(math.log2(len(values))
               for variable, values in grammar.variables.items()
               if variable != "object")
    for part in grammar.parts:
        choices = part["choices"].values()
        if part.get("slot") != "theme":
            bits += math.log2(len(choices))
        for templates in choices:
            words = sum(
                math.log2(len(texts)) * sum(
                    f"{{{name}}}" in t.lower() for t in templates)
                for name, texts in grammar.free.items()) / len(templates)
            bits += (math.log2(len(templates)) + words) / len(choices)
    return bits


def main():
    grammar = Grammar()
    lengths = check_tales(grammar)
    for slot in grammar.slots:
        count = len(grammar.choices(slot))
        print(f"| {slot} | {count} | {math.log2(count):.3f} |")
    alternatives = len(grammar.patterns) + sum(
        map(len, [*grammar.variables.values(), *grammar.free.values()]))
    print(f"templates {len(grammar.patterns)}, alternatives {alternatives}, "
          f"bits a story given its prompt {story_bits(grammar):.1f}, words "
          f"{min(lengths)}-{max(lengths)}, "
          f"mean {sum(lengths) / len(lengths):.1f}")


if __name__ == "__main__":
    main()
