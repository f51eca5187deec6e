"""Stage 1: the base model, from nothing, on tales with their headers."""

import torch
import torch.nn.functional as F

from checkpoint import TOKENIZER, Stage, save
from data import Tales, batch, load_tokenizer
from grammar import Grammar
from model import FableModel
from optimizer import Optimizer
from prompts import completion, training_prompts

SEED = 1
STEPS, WARM_UP, ROWS = 400, 20, 64
MUON_RATE, ADAM_RATE = 0.02, 0.005


def schedule(step):
    """Rises for WARM_UP steps, stays, and falls to zero in the last half."""
    return min(1, (step + 1) / WARM_UP, (STEPS - step) / (STEPS / 2))


def main():
    stage = Stage("base", seed=SEED, steps=STEPS, rows=ROWS,
                  muon_rate=MUON_RATE, adam_rate=ADAM_RATE)
    torch.manual_seed(SEED)
    grammar, tokenizer = Grammar(), load_tokenizer(TOKENIZER)
    tales = Tales(grammar, tokenizer, training_prompts(grammar), completion,
                  SEED)
    model = FableModel(tokenizer.get_vocab_size())
    optimizer = Optimizer(model, MUON_RATE, ADAM_RATE)
    for step in range(STEPS):
        headers, stories = tales.take(ROWS)
        ids, targets, mask = batch(
            [h[:1] for h in headers],
            [h[1:] + s for h, s in zip(headers, stories)])
        losses = F.cross_entropy(model(ids).flatten(0, 1), targets.flatten(),
                                 reduction="none")
        loss = (losses * mask.flatten()).sum() / mask.sum()
        loss.backward()
        optimizer.step(schedule(step))
        if (step + 1) % 50 == 0:
            print(f"base {step + 1}/{STEPS} loss {loss.item():.3f}",
                  flush=True)
    save(model, "base")
    stage.finish(documents=STEPS * ROWS, last_loss=round(loss.item(), 4))


if __name__ == "__main__":
    main()
