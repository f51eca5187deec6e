"""Stage 3: direct preference optimisation on the SFT model's own stories."""

import random

import torch
import torch.nn.functional as F

from annotator import Annotator
from checkpoint import TOKENIZER, Stage, load, save
from data import batch, encode, load_tokenizer
from grammar import Grammar
from model import sample_all
from prompts import chat, training_prompts

SEED = 3
PAIRS, CANDIDATES = 2048, 4
ROWS, EPOCHS, WARM_UP = 32, 3, 10
BETA, NLL_WEIGHT, RATE = 0.1, 1.0, 4e-4
STEPS = PAIRS // ROWS * EPOCHS


def schedule(step):
    return min(1, (step + 1) / WARM_UP, (STEPS - step) / STEPS)


def pair_prompts(grammar):
    prompts = training_prompts(grammar)
    return [prompts[i % len(prompts)] for i in range(PAIRS)]


def annotated_pairs(model, tokenizer, grammar):
    """[(prompt ids, chosen ids, rejected ids)]; no story is edited.

    For each pair the SFT model writes CANDIDATES stories at temperature 1;
    the annotator picks the best and the worst of them at one noisy look.
    """
    rng = random.Random(SEED)
    generator = torch.Generator().manual_seed(SEED)
    annotator = Annotator(grammar, rng)
    chosen = pair_prompts(grammar)
    ids = encode(tokenizer, [chat(p["prompt"]) for p in chosen])
    stories = sample_all(
        model, [i for i in ids for _ in range(CANDIDATES)], generator)
    pairs = []
    for number, (prompt, header) in enumerate(zip(chosen, ids)):
        group = stories[number * CANDIDATES:(number + 1) * CANDIDATES]
        best, worst = annotator.best_and_worst(
            [tokenizer.decode(s) for s in group], prompt)
        if group[best] != group[worst]:
            pairs.append((header, group[best], group[worst]))
    return pairs


def pair_batch(pairs):
    """Chosen rows, then rejected rows."""
    headers, chosen, rejected = map(list, zip(*pairs))
    return batch(headers + headers, chosen + rejected)


@torch.no_grad()
def reference_scores(model, pairs):
    return torch.cat([
        model.log_probabilities(*pair_batch(pairs[i:i + 128]))
        .view(2, -1).T for i in range(0, len(pairs), 128)])


def dpo_loss(model, pairs, reference):
    ids, targets, mask = pair_batch(pairs)
    scores = model.log_probabilities(ids, targets, mask).view(2, -1)
    gain = scores - reference.T
    margin = BETA * (gain[0] - gain[1])
    nll = -scores[0].sum() / mask[:len(pairs)].sum()
    return (-F.logsigmoid(margin).mean() + NLL_WEIGHT * nll,
            (margin > 0).float().mean())


def main():
    stage = Stage("dpo", seed=SEED, pairs=PAIRS, candidates=CANDIDATES,
                  steps=STEPS, rows=ROWS, beta=BETA, nll_weight=NLL_WEIGHT,
                  rate=RATE)
    torch.manual_seed(SEED)
    grammar, tokenizer = Grammar(), load_tokenizer(TOKENIZER)
    model = load("sft")
    pairs = annotated_pairs(model, tokenizer, grammar)
    reference = reference_scores(model, pairs)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE,
                                  betas=(0.9, 0.95), weight_decay=0.0)
    order = torch.Generator().manual_seed(SEED)
    step = 0
    while step < STEPS:
        shuffled = torch.randperm(len(pairs), generator=order)
        for rows in shuffled.split(ROWS):
            loss, accuracy = dpo_loss(model, [pairs[i] for i in rows],
                                      reference[rows])
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            for group in optimizer.param_groups:
                group["lr"] = RATE * schedule(step)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            step += 1
            if step % 24 == 0:
                print(f"dpo {step}/{STEPS} loss {loss.item():.3f} "
                      f"accuracy {accuracy.item():.2f}", flush=True)
            if step == STEPS:
                break
    save(model, "dpo")
    stage.finish(kept_pairs=len(pairs), last_loss=round(loss.item(), 4))


if __name__ == "__main__":
    main()
