"""Muon for the matrices of the blocks, AdamW for all other weights.

Muon (Keller Jordan, 2024): the momentum of a matrix, made nearly orthogonal
by five Newton-Schulz steps, is its update.
"""

import math

import torch


def orthogonal(update):
    """Newton-Schulz iteration on a stack of matrices [n, rows, columns]."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = update / (update.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    tall = x.shape[-2] > x.shape[-1]
    x = x.mT if tall else x
    for _ in range(5):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.mT if tall else x


class Muon:
    """Stacks matrices of one shape; a fused matrix counts as its pieces."""

    def __init__(self, matrices, rate, momentum=0.95, decay=0.0):
        self.rate, self.momentum, self.decay = rate, momentum, decay
        self.pieces = {}
        for matrix, pieces in matrices:
            rows = matrix.shape[0] // pieces
            self.pieces.setdefault((rows, matrix.shape[1]), []).extend(
                (matrix, i * rows) for i in range(pieces))
        self.buffers = {shape: torch.zeros(len(p), *shape)
                        for shape, p in self.pieces.items()}

    @torch.no_grad()
    def step(self, scale):
        for shape, pieces in self.pieces.items():
            rows, columns = shape
            grad = torch.stack([m.grad[i:i + rows] for m, i in pieces])
            buffer = self.buffers[shape]
            buffer.lerp_(grad, 1 - self.momentum)
            update = orthogonal(grad.lerp(buffer, self.momentum))
            rate = self.rate * scale * math.sqrt(max(1, rows / columns))
            for (matrix, i), delta in zip(pieces, update):
                piece = matrix.data[i:i + rows]
                piece.mul_(1 - self.rate * scale * self.decay)
                piece.sub_(delta, alpha=rate)


class Optimizer:
    """Both optimisers under one learning-rate schedule."""

    def __init__(self, model, muon_rate, adam_rate, decay=0.01):
        blocks = [(p, 3 if "qkv" in n else 2 if "gate_up" in n else 1)
                  for n, p in model.named_parameters()
                  if p.ndim == 2 and n.startswith("layers.")]
        inside = {id(p) for p, _ in blocks}
        rest = [p for p in model.parameters() if id(p) not in inside]
        self.model = model
        self.muon = Muon(blocks, muon_rate, decay=decay)
        self.adam_rate = adam_rate
        self.adam = torch.optim.AdamW(rest, lr=adam_rate, betas=(0.9, 0.95),
                                      weight_decay=0.0, fused=True)

    def step(self, scale):
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.muon.step(scale)
        for group in self.adam.param_groups:
            group["lr"] = self.adam_rate * scale
        self.adam.step()
        self.model.zero_grad(set_to_none=True)
