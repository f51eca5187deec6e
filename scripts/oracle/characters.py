"""What Hugging Face's tokenizers library knows about every code point.

Asks the library itself (Oniguruma and Rust's standard library, both newer than
the PCRE2 and ICU of a Linux distribution) and writes

    lib/tokenizer/newer_characters.inc       the code points that Unicode 14 does
                                             not have, as the library sees them
    tests/data/tokenizer/characters.json     a CRC-32 for each 4096 code points
                                             of each class, form and mapping

Needs Python 3.11, whose unicodedata is Unicode 14. Run from anywhere:
python scripts/oracle/characters.py
"""

import json
import sys
import unicodedata
import zlib
from itertools import groupby, zip_longest
from pathlib import Path

import tokenizers
from tokenizers import Regex, normalizers, pre_tokenizers

ROOT = Path(__file__).resolve().parents[2]
MADE_BY = {"made_by": "scripts/oracle/characters.py", "tokenizers": tokenizers.__version__}
POINTS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
BLOCK = 4096
CATEGORIES = ("Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po "
              "Sm Sc Sk So Zs Zl Zp Cc Cf Co Cn").split()
# One mark of each of several combining classes, in descending order.
MARKS = "\u0345\u0301\u0316\u05b0\u093c\u0334"


def categories():
    """Of all code points, by Oniguruma."""
    text = "".join(map(chr, POINTS))
    found = {}
    for name in CATEGORIES:
        split = pre_tokenizers.Split(Regex(rf"\p{{{name}}}"), "removed", invert=True)
        for _, (begin, end) in split.pre_tokenize_str(text):
            found.update((POINTS[i], name) for i in range(begin, end))
    assert len(found) == len(POINTS)
    return found


def apart(pre_tokenizer, before, after):
    """The code points of which `before`, themselves and `after` stay together or not."""
    width = len(before) + 1 + len(after)
    text = "".join(before + chr(c) + after for c in POINTS)
    starts = {begin for _, (begin, _) in pre_tokenizer.pre_tokenize_str(text)}
    return {c for i, c in enumerate(POINTS) if i * width + len(before) in starts}


def classes():
    spaces = apart(pre_tokenizers.WhitespaceSplit(), "", " ")
    return {
        "space": set(POINTS) - spaces,
        # a word character joins the letter before it
        "word": spaces - apart(pre_tokenizers.Whitespace(), "a", " "),
        "number": apart(pre_tokenizers.Digits(True), "a", "a"),
        "punctuation": apart(pre_tokenizers.Punctuation(), "a", "a"),
    }


def mappings():
    forms = {name: getattr(normalizers, name)().normalize_str
             for name in ("NFC", "NFD", "NFKC", "NFKD")}
    table = {name: [form(chr(c) + MARKS + chr(c)) for c in POINTS] for name, form in forms.items()}
    bert = normalizers.BertNormalizer(strip_accents=False, lowercase=False)
    for name, normalizer in [("Lowercase", normalizers.Lowercase()), ("BertNormalizer", bert),
                             ("StripAccents", normalizers.StripAccents())]:
        table[name] = [normalizer.normalize_str(chr(c)) for c in POINTS]
    return table


def is_newer(c, category):
    """Of two bytes there is nothing newer, and nothing to stand for what is unassigned."""
    old = unicodedata.category(chr(c))
    return old != category[c] or (old == "Cn" and c > 0x7FF)


def newer(category, found):
    """Runs of equal properties of what is unassigned in Unicode 14 or another category there."""
    runs = []
    for c in filter(lambda c: is_newer(c, category), POINTS):
        key = (category[c], c in found["number"])
        if runs and runs[-1][1] == c - 1 and key == runs[-1][2]:
            runs[-1][1] = c
        else:
            runs.append([c, c, key])
    return [f"{{0x{first:X}, 0x{last:X}, Category::k{name}, {str(number).lower()}}},"
            for first, last, (name, number) in runs]


def newer_lowercase(lower):
    pairs = [(c, ord(small)) for c, small in zip(POINTS, lower) if small != chr(c).lower()]
    runs = []
    for _, group in groupby(enumerate(pairs), lambda item: (item[1][0] - item[0], item[1][1] - item[0])):
        group = [pair for _, pair in group]
        runs.append(f"{{0x{group[0][0]:X}, 0x{group[-1][0]:X}, 0x{group[0][1]:X}}},")
    return runs


def write_table(category, found, lower):
    rows = newer(category, found)
    lines = ["// Made by scripts/oracle/characters.py with tokenizers "
             f"{tokenizers.__version__}; do not edit.", "", "// clang-format off",
             "constexpr Newer kNewer[] = {", *map("".join, zip_longest(*[iter(rows)] * 2, fillvalue="")), "};", "",
             "constexpr NewerLowercase kNewerLowercase[] = {", *newer_lowercase(lower), "};"]
    (ROOT / "lib/tokenizer/newer_characters.inc").write_text("\n".join(lines) + "\n")


def checksums(texts):
    """Of the UTF-8 of each 4096 texts, each followed by a newline."""
    data = ["".join(text + "\n" for text in texts[i:i + BLOCK]).encode()
            for i in range(0, len(texts), BLOCK)]
    return [zlib.crc32(block) for block in data]


def main():
    assert unicodedata.unidata_version == "14.0.0", "needs Python 3.11"
    category, found, mapped = categories(), classes(), mappings()
    write_table(category, found, mapped["Lowercase"])
    texts = {"category": [category[c] for c in POINTS], **mapped}
    for name, members in found.items():
        texts[name] = [str(int(c in members)) for c in POINTS]
    rows = [f'"{name}":{json.dumps(checksums(values), separators=(",", ":"))}'
            for name, values in texts.items()]
    header = json.dumps(MADE_BY)[1:-1]
    (ROOT / "tests/data/tokenizer/characters.json").write_text(
        "{" + header + ",\n" + ",\n".join(rows) + "}\n")


if __name__ == "__main__":
    sys.exit(main())
