"""Stage 2: the base model learns to answer the chat prompt with a tale."""

import torch

from checkpoint import TOKENIZER, Stage, load, save
from data import Tales, batch, load_tokenizer
from grammar import Grammar
from optimizer import Optimizer
from prompts import chat, training_prompts

SEED = 2
STEPS, WARM_UP, ROWS = 120, 10, 64
MUON_RATE, ADAM_RATE = 0.005, 0.001


def schedule(step):
    return min(1, (step + 1) / WARM_UP, (STEPS - step) / STEPS)


def main():
    stage = Stage("sft", seed=SEED, steps=STEPS, rows=ROWS,
                  muon_rate=MUON_RATE, adam_rate=ADAM_RATE)
    torch.manual_seed(SEED)
    grammar, tokenizer = Grammar(), load_tokenizer(TOKENIZER)
    tales = Tales(grammar, tokenizer, training_prompts(grammar), chat, SEED)
    model = load("base")
    optimizer = Optimizer(model, MUON_RATE, ADAM_RATE)
    for step in range(STEPS):
        ids, targets, mask = batch(*tales.take(ROWS))
        loss = -(model.log_probabilities(ids, targets, mask).sum()
                 / mask.sum())
        loss.backward()
        optimizer.step(schedule(step))
        if (step + 1) % 20 == 0:
            print(f"sft {step + 1}/{STEPS} loss {loss.item():.3f}",
                  flush=True)
    save(model, "sft")
    stage.finish(documents=STEPS * ROWS, last_loss=round(loss.item(), 4))


if __name__ == "__main__":
    main()
