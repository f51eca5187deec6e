"""A small Llama in plain PyTorch: training, sampling, and its export.

The weights are those of transformers' LlamaForCausalLM, by the same names;
export.py asserts that both compute the same logits.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn

HIDDEN, LAYERS, HEADS, MLP = 128, 4, 4, 384
HEAD = HIDDEN // HEADS
EPS, THETA = 1e-5, 10000.0
POSITIONS = 512


def rotary_tables():
    inverse = THETA ** (-torch.arange(0, HEAD, 2).float() / HEAD)
    angles = torch.outer(torch.arange(POSITIONS).float(), inverse)
    angles = torch.cat([angles, angles], dim=-1)
    return angles.cos(), angles.sin()


def rotate(x, cos, sin):
    low, high = x.chunk(2, dim=-1)
    return x * cos + torch.cat([-high, low], dim=-1) * sin


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.input_layernorm = nn.RMSNorm(HIDDEN, eps=EPS)
        self.post_attention_layernorm = nn.RMSNorm(HIDDEN, eps=EPS)
        self.qkv = nn.Linear(HIDDEN, 3 * HIDDEN, bias=False)
        self.o_proj = nn.Linear(HIDDEN, HIDDEN, bias=False)
        self.gate_up = nn.Linear(HIDDEN, 2 * MLP, bias=False)
        self.down_proj = nn.Linear(MLP, HIDDEN, bias=False)

    def forward(self, x, cos, sin, cache=None, position=0):
        rows, length, _ = x.shape
        q, k, v = self.qkv(self.input_layernorm(x)).view(
            rows, length, 3 * HEADS, HEAD).transpose(1, 2).chunk(3, dim=1)
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        if cache is not None:
            end = position + length
            cache[0][:, :, position:end], cache[1][:, :, position:end] = k, v
            k, v = cache[0][:, :, :end], cache[1][:, :, :end]
        y = F.scaled_dot_product_attention(q, k, v, is_causal=length > 1)
        x = x + self.o_proj(y.transpose(1, 2).reshape(rows, length, HIDDEN))
        gate, up = self.gate_up(
            self.post_attention_layernorm(x)).chunk(2, dim=-1)
        return x + self.down_proj(F.silu(gate) * up)


class FableModel(nn.Module):
    def __init__(self, vocabulary):
        super().__init__()
        self.embed = nn.Embedding(vocabulary, HIDDEN)
        self.layers = nn.ModuleList(Block() for _ in range(LAYERS))
        self.norm = nn.RMSNorm(HIDDEN, eps=EPS)
        cos, sin = rotary_tables()
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        self._initialise()

    def _initialise(self):
        nn.init.normal_(self.embed.weight, std=0.05)
        for name, parameter in self.named_parameters():
            if parameter.ndim == 2 and name != "embed.weight":
                nn.init.normal_(parameter, std=0.5 / math.sqrt(HIDDEN))
            if name.endswith(("o_proj.weight", "down_proj.weight")):
                nn.init.zeros_(parameter)

    def hidden(self, ids, caches=None, position=0):
        end = position + ids.shape[1]
        cos, sin = self.cos[position:end], self.sin[position:end]
        x = self.embed(ids)
        for number, layer in enumerate(self.layers):
            cache = caches[number] if caches is not None else None
            x = layer(x, cos, sin, cache, position)
        return self.norm(x)

    def forward(self, ids, caches=None, position=0):
        return F.linear(self.hidden(ids, caches, position), self.embed.weight)

    def log_probabilities(self, ids, targets, mask):
        """Sum over the masked positions of each row: [rows]."""
        logits = self(ids)
        picked = F.cross_entropy(logits.flatten(0, 1), targets.flatten(),
                                 reduction="none").view_as(targets)
        return -(picked * mask).sum(1)


def hugging_face_state(model):
    """The weights under the names of LlamaForCausalLM."""
    state = {"model.embed_tokens.weight": model.embed.weight,
             "model.norm.weight": model.norm.weight}
    for number, layer in enumerate(model.layers):
        prefix = f"model.layers.{number}."
        q, k, v = layer.qkv.weight.chunk(3)
        gate, up = layer.gate_up.weight.chunk(2)
        attention = {"q": q, "k": k, "v": v, "o": layer.o_proj.weight}
        mlp = {"gate": gate, "up": up, "down": layer.down_proj.weight}
        state.update({f"{prefix}self_attn.{n}_proj.weight": w
                      for n, w in attention.items()})
        state.update({f"{prefix}mlp.{n}_proj.weight": w
                      for n, w in mlp.items()})
        for norm in ("input_layernorm", "post_attention_layernorm"):
            state[f"{prefix}{norm}.weight"] = getattr(layer, norm).weight
    return {name: w.detach().contiguous() for name, w in state.items()}


@torch.inference_mode()
def sample(model, prompts, generator, top_p=1.0, max_new=128, eos=0):
    """One continuation (without the end token) for each list of prompt ids.

    Prompts must have one length; temperature is 1.
    """
    ids = torch.tensor(prompts)
    rows, start = ids.shape
    caches = [torch.zeros(2, rows, HEADS, start + max_new, HEAD)
              for _ in model.layers]
    out = torch.full((rows, max_new), eos)
    alive, position = torch.arange(rows), 0
    for step in range(max_new):
        logits = F.linear(model.hidden(ids, caches, position)[:, -1],
                          model.embed.weight)
        position = start + step
        out[alive, step] = draw(logits, top_p, generator)
        going = (out[alive, :step + 1] != eos).all(dim=1)
        if not going.any():
            break
        if going.sum() < 0.8 * len(alive):
            alive = alive[going]
            caches = [cache[:, going] for cache in caches]
        ids = out[alive, step:step + 1]
    return [row[:row.index(eos)] if eos in row else row
            for row in out.tolist()]


def draw(logits, top_p, generator):
    probabilities = logits.softmax(-1)
    if top_p < 1.0:
        ranked, order = probabilities.sort(
            dim=-1, descending=True, stable=True)
        ranked[ranked.cumsum(-1) - ranked >= top_p] = 0
        pick = torch.multinomial(ranked, 1, generator=generator)
        return order.gather(-1, pick)[:, 0]
    return torch.multinomial(probabilities, 1, generator=generator)[:, 0]


def sample_all(model, prompts, generator, top_p=1.0, rows=512):
    """sample() for prompts of any lengths, in the order given."""
    by_length = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
    stories = [None] * len(prompts)
    while by_length:
        length = len(prompts[by_length[0]])
        group = [i for i in by_length[:rows] if len(prompts[i]) == length]
        by_length = by_length[len(group):]
        drawn = sample(model, [prompts[i] for i in group], generator, top_p)
        for i, story in zip(group, drawn):
            stories[i] = story
    return stories
