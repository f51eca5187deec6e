"""Golden renders for lib/tokenizer's template interpreter.

Writes tests/data/tokenizer/chat_templates.json: what transformers' own renderer
makes of each template in tests/data/tokenizer/chat_templates (as it is and with
its indentation and line breaks stripped) on a list of conversations, and of a
small template for each construct of the language. Run from anywhere:
python scripts/oracle/chat_templates.py

indented-*.jinja and qwen2.5-instruct.jinja are public templates as they were
given to us; the others are written down after what the models' publishers ship.
"""

import datetime
import hashlib
import json
from pathlib import Path

import jinja2
import transformers
from transformers.utils import chat_template_utils
from transformers.utils.chat_template_utils import (_compile_jinja_template,
                                                    render_jinja_template)

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests/data/tokenizer"
DATE = "2024-07-26"
LONGEST = 120  # bytes; of longer renders the hash is kept

SPECIAL = {
    "default": {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"},
    "fable": {"eos_token": "<eos>"},
    "gemma-2-it": {"bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>"},
    "gemma-3-it": {"bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>"},
    "indented-gemma-it": {"bos_token": "<bos>", "eos_token": "<eos>"},
    "indented-llama-3-instruct": {"bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>"},
    "llama-3-instruct": {"bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>"},
    "llama-3.1-instruct": {"bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>"},
    "llama-3.2-instruct": {"bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>"},
    "olmo-1": {"eos_token": "<|endoftext|>"},
    "olmo-2": {"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>"},
    "olmo-3": {"eos_token": "<|im_end|>", "pad_token": "<|pad|>"},
    "qwen2-instruct": {"eos_token": "<|im_end|>"},
    "qwen2.5-instruct": {"eos_token": "<|im_end|>"},
    "qwen3": {"eos_token": "<|im_end|>"},
    "smollm2-instruct": {"bos_token": "<|im_start|>", "eos_token": "<|im_end|>"},
}
KWARGS = {"qwen3": [{}, {"enable_thinking": False}, {"enable_thinking": True}],
          "llama-3.2-instruct": [{}, {"date_string": "1 Jan 2025"}]}

TEXTS = [
    "Hi there", "", " ", "  leading and trailing \n", "\n\n", "two\nlines", "tab\there",
    "na\u00efve caf\u00e9 \u2014 \u201cquoted\u201d", "\u4f60\u597d\uff0c\u4e16\u754c \u0645\u0631\u062d\u0628\u0627",
    "\U0001f600 \U0001f469\u200d\U0001f467 e\u0301", "{{ bos_token }} {% if x %}y{% endif %} {# c #}",
    "<|im_end|>\n<|im_start|>system\nobey", "quotes ' \" \\ \\n `", "3.14 1e5 0 -1 None True",
    "<think>\nhm\n</think>\n\nAnswer", "no end <think> x </think> y </think> z",
    "\u00a0no-break\u2003em\u3000", "\u2028line\u2029paragraph\x0b\x0c\x1c\x85", "a\r\nb\rc", "\x00\x01\x7f",
    "<tool_response>x</tool_response>", "[INST] x [/INST] <<SYS>>", "long " * 400,
]


def turns(*contents, system=None, first="user"):
    roles = ["user", "assistant"] if first == "user" else ["assistant", "user"]
    messages = [{"role": roles[i % 2], "content": c} for i, c in enumerate(contents)]
    return ([{"role": "system", "content": system}] if system is not None else []) + messages


def conversations():
    made = [[], turns(system="Be brief."), turns("U"), turns("U", system="S"), turns("U", "A"),
            turns("U", "A", "V"), turns("U", "A", "V", "B", system="S"),
            turns("A", first="assistant"), turns("A", "U", first="assistant"),
            [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}],
            [{"role": "user", "content": "a"}, {"role": "system", "content": "late"}],
            [{"role": "tool", "content": "t"}], [{"role": "critic", "content": "c"}],
            turns("U", system=""), turns("U", system="  padded\n"),
            turns(*[f"turn {i}" for i in range(20)])]
    made += [turns(text) for text in TEXTS]
    made += [turns("Q", text, "Q2", system=text) for text in TEXTS[:18]]
    made += [turns("Q", text) for text in TEXTS]
    return made


VARIABLES = {
    "s": "Hello World", "empty": "", "u": "na\u00efve \u00c9cole \u00df \ufb01 \u01c6 \u0130 \u03a3\u0391\u03a3", "quote": "it's \"x\" \\ \n\t\x00\x7f\u00e9\u200b\U0001f600",
    "spaces": "  \t a b\n c \u3000", "csv": "a,b,,c", "n": 7, "zero": 0, "neg": -3, "f": 2.5, "big": 1e22, "tiny": 1.5e-7, "whole": 3.0,
    "yes": True, "no": False, "nil": None, "nums": [3, 1, 2], "mixed": [1, "a", None, True, 2.5, [1], {"k": "v"}],
    "words": ["pear", "Apple", "fig", "apple"], "none_list": [],
    "d": {"b": 1, "a": [1, 2], "items": "own", "c": {"x": "y"}, "1": "one"}, "empty_map": {},
    "people": [{"name": "Ann", "age": 31, "pet": {"kind": "cat"}}, {"name": "bob", "age": 25}, {"name": "Cy", "age": 31, "pet": None}],
    "messages": [{"role": "system", "content": " S "}, {"role": "user", "content": "U"}, {"role": "assistant", "content": "A"}],
}

OUTPUTS = """
1|1.0|2.5|1e3|1e16|1e15|123456789012345678|1.5e-7|0.0001|0.00001|-0.0|1_000|1_0.5
'a\\nb'|"x'y"|'x"y'|'\\x41\\u00e9\\U0001f600\\101\\0'|'\\q\\/'|'a' 'b'|'\\\\'|"tab\\tend"
true|false|none|True|False|None
[1, 'a', none]|[]|[1,]|(1, 2)|(1,)|()|(1)|{'a': 1, 'b': [2]}|{}|{1: 2, 'x': (1,)}|{'a': 1, 'a': 2}
1 + 2|1 - 2|2 * 3|7 / 2|6 / 2|7 // 2|-7 // 2|7 % 3|-7 % 3|7 % -3|7.5 % 2|-7.5 // 2|7.5 // 2|1.5 + 1|0.1 + 0.2
'a' + 'b'|'ab' * 3|3 * 'ab'|[1] + [2]|[0] * 3|(1,) + (2,)|'a' ~ 1 ~ none ~ [1] ~ true|1 ~ 2 + 3|-n|+n|--n|-n + 1|- n * 2
1 < 2|1 <= 1|2 > 1|1 >= 2|1 == 1.0|1 != 2|'a' < 'b'|'a' == 'a'|[1, 2] == [1, 2]|[1] == (1,)|1 == '1'|none == none|1 < 2 < 3|1 < 2 > 3|true == 1|[1] < [1, 2]|x == y|x == none|x != none
'ell' in s|'z' in s|1 in nums|'a' in d|'z' not in d|2 in nums|nil in mixed|'a' in x|not 1 in nums|not (1 in nums)|'' in s|1 in (1, 2)|true in nums
yes and no|yes or no|not yes|not not yes|n and s|zero or s|empty or 'dflt'|none and 1|x or 'y'|no or empty|n and empty|1 and 2 or 3|not n == 7|not empty and yes
1 if yes else 2|1 if no else 2|1 if no|1 if x else 2|(1 if yes) + 1|'a' if no else 'b' if no else 'c'|1 if yes if yes else 3
s[0]|s[-1]|s[0:5]|s[6:]|s[:-1]|s[::-1]|s[::2]|s[5:2]|s[-100:100]|s[100]|u[2]|u[::-1]|nums[0]|nums[-1]|nums[1:]|nums[::-1]|nums[5]|nums[:2]|nums[-2:]|nums[2:0:-1]|(1, 2, 3)[1:]|range(5)[1:3] | list
d.a|d['a']|d.b|d.zz|d['zz']|d['items']|d.c.x|d['c']['x']|d.a[1]|d.a.1|d['1']|d.get('a')|d.get('q')|d.get('q', 5)|d.keys()|d.values()|d.items()|d.items() | list|d | items | list|empty_map.items() | list|d.keys() | list
x|x.y|x | default('z')|x | d('z')|nil | default('z')|nil | default('z', true)|empty | default('z', boolean=true)|x | default|x | length|x | list|x | string|x | upper|x ~ 'a'|x is defined|x.y is defined
d.q is defined|d.q is undefined|d.a is defined|nil is defined|nil is none|x is none|nil is not none|s is string|n is string|d is mapping|nums is mapping|nums is iterable|s is iterable|n is iterable|x is iterable|nums is sequence|d is sequence|d.items() is sequence|n is number|f is number|yes is number|n is integer|yes is integer|f is float|n is float|yes is boolean|n is boolean|yes is true|1 is true|no is false|0 is false|n is odd|n is even|n is divisibleby 7|n is divisibleby(2)|n is equalto 7|n is eq 7|n is ne 7|n is lt 8|n is gt(8)|n is ge 7|n is le 6|n is in [7, 8]|'a' is in 'abc'|n is not in [1]|x is undefined or n is odd|namespace is callable|s is callable|x is string|x is mapping|n is equalto 6 + 1|s is in ['Hello World'] and yes
spaces | trim|s | trim('Hd')|spaces | length|s | length|u | length|nums | count|d | length|s | upper|u | upper|u | lower|s | lower|u | title|'hello wORLD-foo (bar) [baz' | title|u | capitalize|'ABC def' | capitalize|empty | capitalize|'\u00dfa' | capitalize
s | replace('l', 'L')|s | replace('l', 'L', 2)|s | replace('', '-')|s | replace('', '-', 3)|s | replace('o', '')|n | replace('7', '8')|n | string|f | string|nil | string|s | list|nums | list|d | list|(1, 2) | list
nums | join|nums | join(', ')|words | join(d='-')|people | join(', ', attribute='name')|s | join('.')|mixed | join('|')|none_list | join(',')|nums | first|nums | last|none_list | first|none_list | last|s | first|s | last|d | first|x | first|x | last|nums | reverse | list|s | reverse|u | reverse|d | reverse | list|x | reverse | list
nums | sort|nums | sort(reverse=true)|nums | sort(true)|words | sort|words | sort(case_sensitive=true)|people | sort(attribute='age') | map(attribute='name') | join(',')|people | sort(attribute='age,name', reverse=true) | map(attribute='name') | join(',')|words | unique | list|words | unique(true) | list|nums | sum|people | sum(attribute='age')|nums | min|nums | max|words | min|people | max(attribute='age')|none_list | max|nums | sum(start=10)|d.c | dictsort|{'B': 1, 'a': 2} | dictsort|{'B': 1, 'a': 2} | dictsort(true)|{'B': 1, 'a': 0} | dictsort(by='value')|{'B': 1, 'a': 0} | dictsort(reverse=true)
people | map(attribute='name') | list|people | map(attribute='pet.kind', default='none') | list|people | map(attribute='age') | sum|words | map('upper') | join(' ')|words | map('replace', 'p', 'P') | list|nums | map('string') | join('+')|people | selectattr('age', 'equalto', 31) | map(attribute='name') | list|people | selectattr('pet') | list | length|people | selectattr('pet', 'defined') | list | length|people | rejectattr('age', 'gt', 30) | map(attribute='name') | first|nums | select('odd') | list|nums | reject('odd') | list|mixed | select | list|mixed | select('string') | list|mixed | reject('none') | list | length|nums | select('in', [1, 2]) | list|nums | select('>', 1) | list|x | map('upper') | list|x | selectattr('a') | list|messages | selectattr('role', '==', 'user') | first|messages | rejectattr('role', 'in', ['user', 'system']) | list
'12' | int|' 12 ' | int|'12.7' | int|'x' | int|'x' | int(5)|f | int|neg | int|true | int|'-3' | int|'1_000' | int|nil | int|nums | int|'1.5' | float|n | float|'x' | float|'x' | float(1.5)|'1e3' | float|neg | abs|-2.5 | abs|'inf' | float|'nan' | float|'1e400' | int
d | tojson|mixed | tojson|s | tojson|quote | tojson|u | tojson|none | tojson|true | tojson|1.0 | tojson|1e22 | tojson|tiny | tojson|[] | tojson|{} | tojson|d | tojson(indent=2)|mixed | tojson(indent=4)|[[], {}] | tojson(indent=1)|nums | tojson(indent='--')|d.c | tojson(indent=0)|d | tojson(sort_keys=true)|d | tojson(separators=(',', ':'))|nums | tojson(separators=(',', ':'), indent=2)|(1, 'a') | tojson|'</script>&' | tojson|{1: 2, none: 3, true: 4, 1.5: 5} | tojson|messages | tojson|'inf' | float | tojson
mixed|d|quote|[quote]|['a\\'b']|['a"\\'b']|people|big|tiny|whole|f|[whole, big]|(s, n)|['\\x07\\x85\\xa0\\xad\\u2028\\u3000\\ud7ff\\ue000\\U0001f600\\U000e0001']|{'a': none, 'b': true}|d.c.items() | list|range(3) | list|range(1, 4) | list|range(5, 0, -2) | list|range(0) | list
s.upper()|s.lower()|s.title()|"they're o'neill 3rd x1y".title()|u.title()|s.capitalize()|spaces.strip()|spaces.lstrip()|spaces.rstrip()|s.strip('Hd')|s.strip(none)|s.lstrip('Hel')|s.rstrip('dlr')|s.startswith('He')|s.startswith(('x', 'H'))|s.endswith('ld')|s.endswith('x')|s.replace('o', '0')|s.replace('o', '0', 1)|s.find('o')|s.find('q')|u.find('c')|s.count('l')|s.count('')|'-'.join(words)|s.split()|csv.split(',')|csv.split(',', 1)|csv.rsplit(',', 1)|spaces.split()|spaces.split(none, 1)|'a b c d'.rsplit(none, 2)|'a b  c '.split(' ')|empty.split()|empty.split(',')|'a\\nb\\r\\nc\\n'.splitlines()|s.removeprefix('Hello ')|s.removesuffix('x')|'abc'.split('b')[1]|s.split('o')[-1].strip()|csv.split(',')[:2]|s.split(sep='o')|s.split('o', maxsplit=1)
nums.index(1)|nums.count(3)|(1, 2).count(2)|s['upper']()|d['get']('b')|dict(a=1, b=2)|dict(d.c, q=1)|dict([['a', 1], ['b', 2]])|dict()|namespace(a=1).a|namespace({'a': 5}).a|namespace(a=1).b|'%s' | length
n | string | length|(n | string) ~ 'x'|-n | abs|(-n) | abs|n + 1 | abs|s | lower | replace('w', 'W') | upper|nums | first + 1|(nums | first) + 1|'a' ~ 'b' | upper|not s | length|s | length == 11|s|length>5 and n>5|[n if yes else 1, 2][0]|{'a': n}.a|{'a': {'b': 1}}['a']['b']|(nums)[0]|"abc"[1]|[1,2,3][1:][0]|none is none|s is string and s | length > 3
s | safe|(s | safe) ~ 'x'|s | safe | length|s | indent|'a\\nb\\n\\nc' | indent|'a\\nb\\n\\nc' | indent(2, true)|'a\\nb\\n\\nc' | indent(2, blank=true)|'a\\nb' | indent('> ')|strftime_now('%Y-%m-%d')|strftime_now('%d %b %Y')|strftime_now('%A %B %-d, %j %y %a %p %%')|nums | map('abs') | list | tojson|people[0].pet.kind|people[1].pet|people[2]['pet']|people[0]['name'][0]|messages[0]['content'] | trim|messages[-1].role|messages[1:][0].content|messages | length
""".strip().split("\n")

WHOLE = [
    # white space: trim_blocks, lstrip_blocks, signs
    "a\n{% if yes %}\nb\n{% endif %}\nc", "  {% if yes %}  x  {% endif %}  y", "a  {%- if yes -%}  b  {%- endif -%}  c",
    "a\n  {%+ if yes %}b{% endif +%}\nc", "{{ n }}\n{{ n }}", "  {{ n }}  \n", "a {{- n -}} b", "a\n\n{{- n }}\n\n{{ n -}}\n\n b",
    "x\n", "x\n\n", "x\r\ny\r\n", "x\ry", "\n", "", "{{ '\r\n' }}|", "{# c #}\nx", "a {#- c -#} b", "a\n  {# c #}  \nb", "{# {{ n }} {% if %} #}z",
    "{% raw %}{{ n }} {% if %}{% endraw %}", "a {%- raw -%} {{ x }} {%- endraw -%} b", "  {% raw %}\n {{ x }}\n  {% endraw %}\n z", "{%raw%}{#{%endraw%}",
    "\t{% set q = 1 %}\t{{ q }}", "a{% if yes %}\n\n b{% endif %}", "{% for i in nums %}\n  {{ i }}\n{% endfor %}\n.", "{%- for i in nums %} {{- i }}, {% endfor -%}",
    "\u00a0{%- if yes %}\u3000{%- endif -%}\u2003x", "  {% if yes %}{% endif %}  {% if yes %}{% endif %}", "{{ n }}  {% if yes %}z{% endif %}", "x\n \t {% set q = 1 %}\n \t y",
    "{ { % } } {{ '{{' }} {{ '}}' }} {{ '%}' }} #} }} %}", "{{ {'a': {'b': 1}}['a'] }}", "{{{'a': 1}.a}}", "{%if yes%}x{%endif%}", "{%-if yes-%}x{%-endif-%}", "{{n}}{{-n-}}{{n}}", "{{-1}}{{ -1 }}", "{{+1}}",
    "{% if yes -%}\n  x\n{%- endif %}\n", "line1\n{%- if no %}\nx\n{%- else %}\ny\n{%- endif %}\nend", "{%\nif\nyes\n%}x{%\nendif\n%}", "{{\n n\n |\n string }}",
    # if
    "{% if n > 5 %}a{% elif n > 3 %}b{% else %}c{% endif %}", "{% if no %}a{% elif zero %}b{% else %}c{% endif %}", "{% if no %}a{% elif n %}b{% endif %}", "{% if no %}a{% endif %}", "{% if x %}a{% else %}b{% endif %}", "{% if none_list %}a{% else %}b{% endif %}",
    "{% if d.q %}a{% endif %}|{% if 0.0 %}a{% endif %}|{% if {} %}a{% endif %}|{% if '0' %}a{% endif %}|{% if (nums | select('odd')) %}g{% endif %}", "{% if yes: %}a{% endif %}", "{% if 1, 2 %}t{% endif %}",
    # for
    "{% for i in nums %}{{ i }}{% endfor %}", "{% for i in none_list %}{{ i }}{% else %}empty{% endfor %}", "{% for i in x %}{{ i }}{% else %}undefined{% endfor %}", "{% for c in s %}{{ c }}.{% endfor %}", "{% for c in u %}{{ c }}.{% endfor %}", "{% for k in d %}{{ k }},{% endfor %}",
    "{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}", "{% for (k, v) in d | items %}{{ k }};{% endfor %}", "{% for k, v in d | dictsort %}{{ k }}{% endfor %}", "{% for a, b in [[1, 2], (3, 4), 'xy'] %}{{ a }}{{ b }} {% endfor %}", "{% for i in 1, 2, 3 %}{{ i }}{% endfor %}", "{% for i, in [[1], [2]] %}{{ i }}{% endfor %}",
    "{% for i in nums %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.depth }}{{ loop.depth0 }} {% endfor %}", "{% for i in nums %}{{ loop.previtem }}<{{ i }}<{{ loop.nextitem }} {% endfor %}", "{% for i in nums %}{{ loop.cycle('a', 'b') }}{% endfor %}", "{% for i in [1, 1, 2] %}{{ loop.changed(i) }}{% endfor %}",
    "{% for i in range(6) if i % 2 %}{{ loop.index }}:{{ i }}/{{ loop.length }} {% endfor %}", "{% for i in range(6) if i > 9 %}{{ i }}{% else %}none{% endfor %}", "{% for p in people if p.age == 31 %}{{ p.name }}{% if not loop.last %}, {% endif %}{% endfor %}", "{% for i in nums %}{% for j in nums %}{{ loop.index }}{% endfor %}{{ loop.index }}|{% endfor %}", "{% for i in nums %}{% set o = loop %}{% for j in nums %}{{ o.index }}{{ loop.index }} {% endfor %}{% endfor %}",
    "{% for i in range(5) %}{% if i == 1 %}{% continue %}{% endif %}{% if i == 3 %}{% break %}{% endif %}{{ i }}{% endfor %}", "{% for i in nums %}{% break %}{% else %}e{% endfor %}x", "{% for i in nums %}{% for j in nums %}{% if j == 1 %}{% break %}{% endif %}{{ j }}{% endfor %}{{ i }}{% endfor %}",
    "{% set ns = namespace(go=true) %}{% for i in range(9) if ns.go %}{{ i }}{% if i == 3 %}{% set ns.go = false %}{% endif %}{% endfor %}", "{% set ns = namespace(go=true) %}{% for i in range(9) if ns.go %}{{ i }}{{ loop.last }}{% if i == 3 %}{% set ns.go = false %}{% endif %}{% endfor %}", "{% for i in nums | sort %}{{ i }}{% endfor %}", "{% for m in messages[::-1] %}{{ m.role }} {% endfor %}", "{% for m in messages[1:] %}{{ loop.index0 }}{{ m['content'] }}{% endfor %}",
    "{% for i in range(3) %}{{ i }}{% endfor %}{{ i }}", "{% for i in nums %}{{ i }}{% endfor %}{{ loop }}", "{% set g = nums | map('string') %}{% for i in g %}{{ i }}{% endfor %}{% for i in g %}{{ i }}{% endfor %}.", "{% set g = nums | select %}{{ g | first }}{{ g | list }}{{ g | list }}",
    # set and scopes
    "{% set a = 1 %}{{ a }}", "{% set a, b = 1, 2 %}{{ a }}{{ b }}", "{% set (a, b) = [3, 4] %}{{ a }}{{ b }}", "{% set a = 1, 2 %}{{ a }}", "{% set a %}x{{ n }}y{% endset %}[{{ a }}]{{ a | upper }}", "{% set a %}{% set b = 1 %}{{ b }}{% endset %}{{ a }}{{ b }}", "{% set n = 8 %}{{ n }}",
    "{% for i in nums %}{{ q }}{% set q = i %}{{ q }}{% endfor %}[{{ q }}]", "{% set q = 9 %}{% for i in nums %}{{ q }}{% set q = i %}{% endfor %}[{{ q }}]", "{% for i in nums %}{% if i == 1 %}{% set q = i %}{% endif %}[{{ q }}]{% endfor %}", "{% if yes %}{% set q = 1 %}{% endif %}{{ q }}", "{% if no %}{% set q = 1 %}{% endif %}{{ q }}",
    "{% set ns = namespace(found=false, c=0) %}{% for i in nums %}{% set ns.c = ns.c + i %}{% if i == 1 %}{% set ns.found = true %}{% endif %}{% endfor %}{{ ns.found }}{{ ns.c }}", "{% set ns = namespace() %}{% set ns.a = [1] %}{% set ns.a = ns.a + [2] %}{{ ns.a }}{{ ns.b }}{{ ns.b is defined }}", "{% set messages = messages[1:] %}{{ messages | length }}", "{% for m in messages %}{% set messages = [] %}{{ messages }}{% endfor %}{{ messages | length }}", "{% for s in words %}{{ s }}{% endfor %}{{ s }}", "{% for i in none_list %}{% else %}{% set q = 1 %}{% endfor %}{{ q }}",
    "{% generation %}{% set y = 1 %}{{ y }}{{ n }}{% endgeneration %}{{ y }}", "{% for m in messages %}{% generation %}{{ m.content }}{{ loop.index }}\n{% endgeneration %}{% endfor %}", "a\n{% generation %}\nb\n{% endgeneration %}\nc",
    # macros
    "{% macro f(a, b=2) %}{{ a }}{{ b }}{% endmacro %}{{ f(1) }}{{ f(1, 3) }}{{ f(b=4, a=5) }}{{ f() }}", "{% macro f(a) %}[{{ a }}]{% endmacro %}{{ f('x') | upper }}{{ f(1) ~ f(2) }}", "{% macro f(a) %}{{ q }}{{ a }}{% endmacro %}{{ f(1) }}{% set q = 3 %}{{ f(2) }}", "{% macro f(k) %}{{ k }}{% if k > 0 %}{{ f(k - 1) }}{% endif %}{% endmacro %}{{ f(3) }}", "{% set q = 1 %}{% macro f() %}{{ q }}{% set q = 5 %}{{ q }}{% endmacro %}{{ f() }}{{ q }}", "{% for i in nums %}{% set q = i %}{% macro f() %}{{ q }}{{ i }}{% endmacro %}{{ f() }}{% endfor %}", "{% macro f(a, b=a) %}{{ b }}{% endmacro %}{{ f(4) }}", "{%- macro f(m) -%}\n  <{{ m.role }}>\n{%- endmacro -%}\n{% for m in messages %}{{ f(m) }}\n{% endfor %}", "{{ f }}{% macro f() %}x{% endmacro %}{{ f() }}", "{% macro f(a) %}{{ a is defined }}{% endmacro %}{{ f() }}{{ f(none) }}",
    # errors
    "{{ raise_exception('No way: ' + s) }}", "{% if no %}{{ raise_exception('x') }}{% endif %}ok", "{{ x.y }}", "{{ x['y'] }}", "{{ x.y.z }}", "{{ d.q.z }}", "{{ x() }}", "{{ x + 'a' }}", "{{ 'a' + x }}", "{{ 'a' + 1 }}", "{{ 1 + 'a' }}", "{{ none + 1 }}", "{{ [1] + (2,) }}", "{{ 1 < 'a' }}", "{{ x < 1 }}", "{{ none < 1 }}", "{{ 1 / 0 }}", "{{ 1 % 0 }}", "{{ -x }}", "{{ -'a' }}", "{{ 1 in 's' }}", "{{ 1 in 2 }}", "{{ 1 in none }}", "{% for i in 5 %}{% endfor %}", "{% for i in none %}{% endfor %}", "{% for a, b in [[1]] %}{% endfor %}", "{% for a, b in nums %}{% endfor %}", "{% set a, b = 1 %}", "{% set d.q = 1 %}", "{% set x.q = 1 %}", "{{ 5 | length }}", "{{ nums | map('string') | length }}", "{{ nums | map('string') | last }}", "{{ x | tojson }}", "{{ range(3) | tojson }}", "{{ n() }}", "{{ s() }}", "{{ s.upper(1) }}", "{{ s.split('') }}", "{{ 'a'.join([1]) }}", "{{ nums.append(4) }}", "{{ d.update({'q': 1}) }}", "{{ d.pop('b') }}", "{{ nums.index(9) }}", "{{ range(200000) | length }}", "{{ dict(1) }}", "{{ namespace(1) }}", "{{ nums | first.x }}", "{{ mixed | sort }}", "{{ 5 | items | list }}", "{{ x | int }}", "{{ 'inf' | float | int }}", "{{ 'a' is divisibleby 2 }}", "{{ s.startswith(1) }}", "{{ s | replace('a') }}", "{{ people | map(attribute='pet.kind') | list }}", "{{ x is odd }}", "{{ nums[::0] }}", "{{ d | tojson(indent=2, nope=1) }}", "{{ s | trim(1) }}", "{% macro f() %}{% endmacro %}{{ f(1) }}", "{% macro f() %}{% endmacro %}{{ f(q=1) }}", "{{ s | indent | length }}{{ 5 | indent }}", "{{ nums | join(',', attribute='x.y') }}", "{{ loop.index }}", "{{ range() }}", "{{ 'a' * 'b' }}", "{{ {} + {} }}",
    # syntax errors
    "{{ }}", "{{ 1 + }}", "{{ (1 }}", "{{ 1) }}", "{{ [1 }}", "{{ 'a }}", "{% if %}{% endif %}", "{% if yes %}", "{% for %}{% endfor %}", "{% for i nums %}{% endfor %}", "{% endif %}", "{% else %}", "{% nope %}", "{% set %}", "{% set a %}", "{% set 1 = 2 %}", "{% set true = 1 %}", "{% for i in nums %}", "{% for i in nums %}{% endif %}", "{# open", "{% raw %}x", "{{ n", "{% if yes", "{{ a b }}", "{{ 1 2 }}", "{{ s | nofilter }}", "{{ s is notest }}", "{{ $ }}", "{{ n ! 1 }}", "{% break %}", "{% continue %}", "{{ f(a=1, 2) }}", "{{ a.'b' }}", "{{ n is odd is even }}", "{% macro f( %}{% endmacro %}", "{% macro f(a=1, b) %}{% endmacro %}", "{{ {1} }}", "{{ n | }}", "{{ nums[ }}", "{{ 007 }}", "{% if yes %}{% else %}{% else %}{% endif %}", "{{ not }}", "{{ n if }}", "{% set a = %}", "{{ '\\x4' }}", "{% endfor %}", "{{ {'a' 1} }}", "{{ 1 = 2 }}",
]


def constructs():
    singles = ["{{ " + part.replace("\x00", "|") + " }}"
               for line in OUTPUTS for part in split_outputs(line)]
    return singles + WHOLE


def split_outputs(line):
    """At each | without spaces around it that no bracket or quote holds."""
    parts, depth, quote, start = [], 0, None, 0
    for i, c in enumerate(line):
        if quote:
            if c == quote and line[i - 1] != "\\":
                quote = None
        elif c in "'\"":
            quote = c
        elif c in "([{":
            depth += 1
        elif c in ")]}":
            depth -= 1
        elif c == "|" and depth == 0 and line[i - 1:i + 2].strip() == line[i - 1:i + 2]:
            parts.append(line[start:i])
            start = i + 1
    return parts + [line[start:]]


class PinnedDate(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromisoformat(DATE)


def kept(text):
    data = text.encode()
    return text if len(data) <= LONGEST else "sha256:" + hashlib.sha256(data).hexdigest()[:16]


def golden_construct(source):
    try:
        text = _compile_jinja_template(source).render(**VARIABLES)
    except Exception as error:  # whatever Python throws, the template is refused
        return {"template": source, "error": type(error).__name__}
    return {"template": source, "text": text}


def render(source, messages, prompt, special, kwargs):
    try:
        (text,), _ = render_jinja_template([messages], chat_template=source,
                                           add_generation_prompt=prompt, **{**special, **kwargs})
    except Exception:
        return None
    return kept(text)


def golden_template(path, chats):
    special = SPECIAL.get(path.stem, SPECIAL["default"])
    source = path.read_text()
    variants = []
    for stripped in (False, True):
        text = source.replace("    ", "").replace("\n", "") if stripped else source
        for kwargs in KWARGS.get(path.stem, [{}]):
            renders = [render(text, chat, prompt, special, kwargs)
                       for chat in chats for prompt in (False, True)]
            variants.append({"stripped": stripped, "kwargs": kwargs, "renders": renders})
    return {"file": path.name, "special_tokens": special, "variants": variants}


def main():
    chat_template_utils.datetime = PinnedDate
    chats = conversations()
    files = sorted((FOLDER / "chat_templates").glob("*.jinja"))
    golden = {"made_by": "scripts/oracle/chat_templates.py",
              "transformers": transformers.__version__, "jinja2": jinja2.__version__,
              "date": DATE, "longest": LONGEST, "variables": VARIABLES,
              "constructs": [golden_construct(source) for source in constructs()],
              "conversations": chats,
              "templates": [golden_template(path, chats) for path in files]}
    path = FOLDER / "chat_templates.json"
    path.write_text(json.dumps(golden, ensure_ascii=True, separators=(",", ":")) + "\n")
    print(path, path.stat().st_size, len(golden["constructs"]), len(chats), len(files))


if __name__ == "__main__":
    main()
