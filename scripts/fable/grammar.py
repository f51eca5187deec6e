"""The tale grammar: sampling tales and parsing them back.

The format of data/fable/grammar.json is described in data/fable/README.md.
This parser is written on regular expressions, apart from the C++ one
(lib/metrics/tale.cc), so that each can test the other.
"""

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GRAMMAR_PATH = ROOT / "data/fable/grammar.json"
UNRECOGNISED = "unrecognised"
MENTION = re.compile(r"\{(\w+)(?:\.(\w+))?\}")
SENTENCE = re.compile(r'[^.!?]*[.!?]"?')


def capitalised(text):
    return text[:1].upper() + text[1:]


class Grammar:
    def __init__(self, path=GRAMMAR_PATH):
        self.data = json.loads(Path(path).read_text(encoding="utf-8"))
        self.variables = self.data["variables"]
        self.free = self.data["free"]
        self.parts = self.data["parts"]
        self.slots = self.data["slots"]
        self.themes = list(self._theme_part()["choices"])
        self.objects = list(self.variables["object"])
        self.patterns = [
            (number, choice, *self._pattern(template))
            for number, part in enumerate(self.parts)
            for choice, templates in part["choices"].items()
            for template in templates
        ]

    def _theme_part(self):
        return next(p for p in self.parts if p.get("slot") == "theme")

    def choices(self, slot):
        """The values that a slot can take, in the order of the file."""
        if slot in self.variables:
            return list(self.variables[slot])
        return list(next(
            p for p in self.parts if p.get("slot") == slot)["choices"])

    # Sampling.

    def sample(self, rng, theme, obj):
        """One tale on a theme and an object: every other choice uniform."""
        bound = {v: rng.choice(list(values))
                 for v, values in self.variables.items()}
        bound["object"] = obj
        sentences = []
        for part in self.parts:
            choices = part["choices"]
            choice = (theme if part.get("slot") == "theme"
                      else rng.choice(list(choices)))
            sentences.append(
                self._fill(rng.choice(choices[choice]), bound, rng))
        return " ".join(sentences)

    def _fill(self, template, bound, rng):
        def text(match):
            variable, form = match.group(1), match.group(2) or "self"
            key = variable.lower()
            if key in self.free:
                value = rng.choice(self.free[key])
            else:
                value = self.variables[key][bound[key]][form]
            return capitalised(value) if variable[0].isupper() else value
        return MENTION.sub(text, template)

    # Parsing.

    def _pattern(self, template):
        """A template as (regular expression, variable and form a group)."""
        pattern, mentions, end = "", [], 0
        for match in MENTION.finditer(template):
            pattern += re.escape(template[end:match.start()])
            end = match.end()
            key, form = match.group(1).lower(), match.group(2) or "self"
            texts = (self.free[key] if key in self.free else
                     [forms[form] for forms in self.variables[key].values()])
            if match.group(1)[0].isupper():
                texts = [capitalised(text) for text in texts]
            alternatives = "|".join(map(re.escape, dict.fromkeys(texts)))
            if key in self.free:
                pattern += f"(?:{alternatives})"
            else:
                pattern += f"({alternatives})"
                mentions.append((key, form))
        return re.compile(pattern + re.escape(template[end:])), mentions

    def _recognise(self, sentence):
        """(part, choice, [(variable, its possible values)]) or None."""
        for number, choice, pattern, mentions in self.patterns:
            match = pattern.fullmatch(sentence)
            if match:
                return number, choice, [
                    (v, self._values(v, form, text))
                    for (v, form), text in zip(mentions, match.groups())]
        return None

    def _values(self, variable, form, text):
        return {value for value, forms in self.variables[variable].items()
                if text in (forms[form], capitalised(forms[form]))}

    def check(self, text, theme, obj):
        """The fields of cdx::TaleCheck as a dict."""
        text = text.strip(" \t\r\n")
        sentences = [s.strip(" \t\r\n") for s in SENTENCE.findall(text)]
        found = [self._recognise(s) for s in sentences]
        grammatical = (
            " ".join(sentences) == text
            and [f and f[0] for f in found] == list(range(len(self.parts))))
        values, first, choices = {}, {}, {}
        agree = True
        for item in filter(None, found):
            number, choice, mentions = item
            choices.setdefault(self.parts[number].get("slot"), choice)
            for variable, possible in mentions:
                values[variable] = values.get(variable, possible) & possible
                agree = agree and bool(values[variable])
                if len(possible) == 1:
                    first.setdefault(variable, next(iter(possible)))
        choices.update(first)
        on_prompt = (choices.get("theme") == theme
                     and values.get("object") == {obj})
        return {
            "grammatical": grammatical,
            "agreeing": grammatical and agree,
            "on_prompt": on_prompt,
            "valid": grammatical and agree and on_prompt,
            "choices": {s: choices.get(s, UNRECOGNISED) for s in self.slots},
        }
