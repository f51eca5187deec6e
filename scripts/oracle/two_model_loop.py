#!/usr/bin/env python3
"""Golden files of conformative decoding: what a plain loop over two models of
transformers makes of the operator of docs/method.md, in fp32 on the CPU.

    two_model_loop.py fable      tests/data/decoding/two_models_fable.json
    two_model_loop.py smollm2    tests/data/decoding/two_models_smollm2.json;
                                 scripts/fetch_smollm2 makes its model

Greedy continuations come twice, and both ways must agree: from the instruct
model's own generate() with a LogitsProcessor that holds the base model, and from
a loop that feeds both whole texts again at each step and mixes by definition.
Prompts and prefixes whose numbers hang on the last bits of a logit are passed over.

Imports nothing of cdx; needs the packages of scripts/dev/requirements.txt.
"""

import json
import math
import sys
from collections import namedtuple
from pathlib import Path

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer, DynamicCache
from transformers import LogitsProcessor, LogitsProcessorList

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests/data/decoding"
PROMPTS = ROOT / "data/prompts/fable.jsonl"
CHAT = "Write a short fable about {prompt}."
MADE_BY = (
    f"scripts/oracle/two_model_loop.py, transformers {transformers.__version__}, "
    f"torch {torch.__version__.split('+')[0]}"
)

Rule = namedtuple("Rule", "gamma top_p temperature")
# q: token to probability, the instruct model's most probable first. below, above:
# distance of top_p to the instruct model's mass without and with the last token
# kept. edge: that token's lead over the first one cut, relative to it.
Step = namedtuple("Step", "q below above edge")

GREEDY_NUCLEUS = (0.95, 1.0)
GAMMAS = [0, 0.5, 1]
NUCLEI = [(0.95, 1.0), (0.9, 0.7)]
PREFIXES = 4  # distributions follow the first 0, 5, … tokens of gamma 0.5
LARGEST = 200  # tokens of a distribution that are listed
LEAST_LEAD = 1e-5  # of a greedy token over the next, in q
NUDGE = 1e-5  # of top_p: more than rounding changes a mass
LEAST_EDGE = 1e-3

PAIRS = {
    "fable": dict(
        base="data/models/fable/base", instruct="data/models/fable/dpo",
        completion="A fable about {prompt}.\nStory:\n",
        greedy_gammas=[0.25, 0.5, 0.75], max_new_tokens=96, prompts=20, distributions=6,
    ),
    "smollm2": dict(
        base=".deps/SmolLM2-135M-Instruct", instruct=".deps/SmolLM2-135M-Instruct",
        completion="A fable about {prompt}.\n\n",
        greedy_gammas=[0.5], max_new_tokens=32, prompts=4, distributions=4,
    ),
}  # fmt: skip


class Half:
    """One of the two models."""

    def __init__(self, folder):
        self.tokenizer = AutoTokenizer.from_pretrained(ROOT / folder)
        self.model = AutoModelForCausalLM.from_pretrained(
            ROOT / folder, dtype=torch.float32, attn_implementation="eager"
        ).eval()
        assert len(self.tokenizer) == self.model.config.vocab_size  # no column to drop

    def end_ids(self):
        ids = {self.tokenizer.eos_token_id}
        for config in (self.model.config, self.model.generation_config):
            found = config.eos_token_id
            ids |= set(found if isinstance(found, list) else [found])
        return ids

    def logits(self, ids):
        return self.model(torch.tensor([ids])).logits[0]

    def log_prob(self, prompt, continuation):
        """Raw: of the whole continuation in one pass, nothing cut."""
        rows = self.logits(prompt + continuation)[len(prompt) - 1 : -1].double()
        chosen = torch.tensor(continuation)[:, None]
        return rows.log_softmax(1).gather(1, chosen).sum().item()


class Conformative(LogitsProcessor):
    """Makes log q of the instruct model's scores. The base model has its own
    prompt and cache, and is fed what generate() has chosen since the last call."""

    def __init__(self, base, base_prompt, instruct_prompt, rule):
        self.base, self.rule = base, rule
        self.offset = len(instruct_prompt)
        self.pending, self.cache = base_prompt, DynamicCache()

    def __call__(self, input_ids, scores):
        self.pending = self.pending + input_ids[0, self.offset :].tolist()
        self.offset = input_ids.shape[1]
        out = self.base.model(torch.tensor([self.pending]), past_key_values=self.cache)
        self.pending = []
        return mixture(scores[0], out.logits[0, -1], self.rule).log()[None]


def mixture(instruct, base, rule):
    """q over the whole vocabulary, from two rows of logits."""
    p, b = ((row.double() / rule.temperature).softmax(0) for row in (instruct, base))
    values, order = p.sort(descending=True, stable=True)
    kept = order[: (values.cumsum(0) < rule.top_p).sum() + 1]
    q = torch.zeros_like(p)
    q[kept] = torch.lerp(p[kept], b[kept], rule.gamma)
    return q / q.sum()


def softmax(logits, temperature):
    largest = max(logits)
    weights = [math.exp((logit - largest) / temperature) for logit in logits]
    total = math.fsum(weights)
    return [weight / total for weight in weights]


def mixture_by_definition(instruct, base, rule):
    """The same in plain Python, one token at a time."""
    p = softmax(instruct.tolist(), rule.temperature)
    b = softmax(base.tolist(), rule.temperature)
    order = sorted(range(len(p)), key=lambda token: (-p[token], token))
    kept, mass = [], 0.0
    while mass < rule.top_p:
        kept.append(order[len(kept)])
        mass += p[kept[-1]]
    last, cut = p[kept[-1]], p[order[len(kept)]]
    weights = [(1 - rule.gamma) * p[token] + rule.gamma * b[token] for token in kept]
    total = math.fsum(weights)
    q = {token: weight / total for token, weight in zip(kept, weights)}
    return Step(q, rule.top_p - (mass - last), mass - rule.top_p, (last - cut) / last)


def nudged(rows, rule, chosen):
    """The least lead of the chosen token in q, and the most that its log q moves,
    when top_p moves by NUDGE."""
    leads, logs = [], []
    for top_p in (rule.top_p - NUDGE, rule.top_p, rule.top_p + NUDGE):
        q = mixture(*rows, rule._replace(top_p=top_p))
        logs.append(q[chosen].log().item())
        others = torch.cat((q[:chosen], q[chosen + 1 :]))
        leads.append((q[chosen] - others.max()).item())
    return min(leads), max(abs(log - logs[1]) for log in logs)


class Prompt:
    def __init__(self, record, pair, base, instruct):
        self.id, self.base, self.instruct = record["id"], base, instruct
        text = pair["completion"].format(prompt=record["prompt"])
        turn = {"role": "user", "content": CHAT.format(prompt=record["prompt"])}
        self.base_ids = base.tokenizer.encode(text, add_special_tokens=False)
        self.instruct_ids = instruct.tokenizer.apply_chat_template(
            [turn], add_generation_prompt=True
        )

    def rows(self, story):
        """Both models' logits after the story, without any cache."""
        return (
            self.instruct.logits(self.instruct_ids + story)[-1],
            self.base.logits(self.base_ids + story)[-1],
        )

    def generate(self, rule, limit):
        processor = Conformative(self.base, self.base_ids, self.instruct_ids, rule)
        ids = torch.tensor([self.instruct_ids])
        out = self.instruct.model.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=limit,
            do_sample=False, logits_processor=LogitsProcessorList([processor]),
        )  # fmt: skip
        return out[0, len(self.instruct_ids) :].tolist()

    def greedy(self, rule, limit):
        """The story, and how many tokens were kept at each step."""
        story, steps = [], []
        while len(story) < limit and not (story and story[-1] in self.base.end_ids()):
            rows = self.rows(story)
            q = mixture_by_definition(*rows, rule).q
            story.append(min(q, key=lambda token: (-q[token], token)))
            steps.append((q, *nudged(rows, rule, story[-1])))
        assert story == self.generate(rule, limit), (self.id, rule)
        chosen = [math.log(step[0][token]) for step, token in zip(steps, story)]
        return [len(step[0]) for step in steps], {
            "gamma": rule.gamma,
            "ids": story,
            "lead": number(min(step[1] for step in steps)),
            "log_prob_base": number(self.base.log_prob(self.base_ids, story)),
            "log_prob_instruct": number(self.instruct.log_prob(self.instruct_ids, story)),
            "log_prob_q": number(math.fsum(chosen)),
            "slack": number(math.fsum(step[2] for step in steps)),
        }

    def distribution(self, prefix, top_p, temperature):
        """The tokens kept depend on the instruct model alone, so one list serves
        every gamma."""
        rows = self.rows(prefix)
        rules = [Rule(gamma, top_p, temperature) for gamma in GAMMAS]
        steps = [mixture_by_definition(*rows, rule) for rule in rules]
        ids = list(steps[0].q)
        for rule, step in zip(rules, steps):
            q = mixture(*rows, rule)
            assert set(q.nonzero().flatten().tolist()) == set(step.q) == set(ids)
            assert all(math.isclose(q[t].item(), step.q[t], rel_tol=1e-10) for t in ids)
        listed = [[step.q[token] for token in ids[:LARGEST]] for step in steps]
        return {
            "prefix": prefix,
            "top_p": top_p,
            "temperature": temperature,
            "below": number(steps[0].below),
            "above": number(steps[0].above),
            "edge": number(steps[0].edge),
            "kept": len(ids),
            "ids": ids[:LARGEST],
            "q": [[number(value) for value in row] for row in listed],
            "rest": [number(math.fsum(list(s.q.values())[LARGEST:])) for s in steps],
        }

    def distributions(self, story, sizes):
        """After no and five tokens and where the most tokens are kept, but only
        where rounding cannot change which."""
        by_size = sorted(range(len(story)), key=lambda length: -sizes[length])
        made = []
        for length in dict.fromkeys([0, 5, *by_size]):
            cases = [self.distribution(story[:length], *nucleus) for nucleus in NUCLEI]
            if all(min(c["below"], c["above"]) > NUDGE and c["edge"] > LEAST_EDGE for c in cases):
                made += cases
            if len(made) == PREFIXES * len(NUCLEI):
                return made
        raise AssertionError(self.id)


def number(value):
    return float(f"{value:.9g}")


def make_case(prompt, pair, with_distributions):
    """None where a greedy token is not clear."""
    greedy, sizes = [], {}
    for gamma in pair["greedy_gammas"]:
        rule = Rule(gamma, *GREEDY_NUCLEUS)
        sizes[gamma], case = prompt.greedy(rule, pair["max_new_tokens"])
        if case["lead"] < LEAST_LEAD:
            return None
        greedy.append(case)
    story = next(case["ids"] for case in greedy if case["gamma"] == 0.5)
    return {
        "prompt_id": prompt.id,
        "base_ids": prompt.base_ids,
        "instruct_ids": prompt.instruct_ids,
        "greedy": greedy,
        "distributions": prompt.distributions(story, sizes[0.5]) if with_distributions else [],
    }


def make_cases(pair, base, instruct):
    """Of the first prompts of the file; also the prompts that were passed over."""
    cases, passed_over = [], []
    for line in PROMPTS.read_text().splitlines():
        prompt = Prompt(json.loads(line), pair, base, instruct)
        case = make_case(prompt, pair, len(cases) < pair["distributions"])
        if case:
            cases.append(case)
        else:
            passed_over.append(prompt.id)
        print(prompt.id, [greedy["lead"] for greedy in case["greedy"]] if case else "passed over")
        if len(cases) == pair["prompts"]:
            return cases, passed_over
    raise AssertionError("too few prompts")


@torch.no_grad()
def write(name):
    pair = PAIRS[name]
    base, instruct = Half(pair["base"]), Half(pair["instruct"])
    assert base.end_ids() == instruct.end_ids()  # none to move
    cases, passed_over = make_cases(pair, base, instruct)
    head = {
        "made_by": MADE_BY,
        "base": pair["base"],
        "instruct": pair["instruct"],
        "completion": pair["completion"],
        "chat": CHAT,
        "end_ids": sorted(base.end_ids()),
        "top_p": GREEDY_NUCLEUS[0],
        "temperature": GREEDY_NUCLEUS[1],
        "max_new_tokens": pair["max_new_tokens"],
        "gammas": GAMMAS,
        "passed_over": passed_over,
    }
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    path = DATA / f"two_models_{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'{json.dumps(head)[:-1]}, "cases": [\n{lines}]}}\n')
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes")


def main():
    if len(sys.argv) != 2 or sys.argv[1] not in PAIRS:
        sys.exit(__doc__)
    torch.set_num_threads(1)
    write(sys.argv[1])


if __name__ == "__main__":
    main()
