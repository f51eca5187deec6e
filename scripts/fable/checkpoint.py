"""Checkpoints as Hugging Face folders."""

import json
import shutil
import time

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

from data import EOS
from grammar import ROOT
from model import (EPS, HEADS, HIDDEN, LAYERS, MLP, POSITIONS, THETA,
                   FableModel, hugging_face_state)

MODELS = ROOT / "data/models/fable"
TOKENIZER = MODELS / "base/tokenizer.json"
THREADS = 2
CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '<|' + message['role'] + '|>\\n' + "
    "message['content'] + ('\\n' if message['role'] == 'user' else eos_token)"
    " }}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\\n' }}"
    "{% endif %}")


def config(vocabulary):
    return {
        "architectures": ["LlamaForCausalLM"],
        "attention_bias": False,
        "attention_dropout": 0.0,
        "bos_token_id": None,
        "eos_token_id": EOS,
        "head_dim": HIDDEN // HEADS,
        "hidden_act": "silu",
        "hidden_size": HIDDEN,
        "initializer_range": 0.02,
        "intermediate_size": MLP,
        "max_position_embeddings": POSITIONS,
        "mlp_bias": False,
        "model_type": "llama",
        "num_attention_heads": HEADS,
        "num_hidden_layers": LAYERS,
        "num_key_value_heads": HEADS,
        "pad_token_id": EOS,
        "pretraining_tp": 1,
        "rms_norm_eps": EPS,
        "rope_scaling": None,
        "rope_theta": THETA,
        "tie_word_embeddings": True,
        "torch_dtype": "bfloat16",
        "transformers_version": "4.57.6",
        "use_cache": True,
        "vocab_size": vocabulary,
    }


def tokenizer_config(chat):
    tokens = json.loads(TOKENIZER.read_text())["added_tokens"]
    settings = {
        "add_bos_token": False,
        "add_prefix_space": False,
        "added_tokens_decoder": {
            str(t["id"]): {k: v for k, v in t.items() if k != "id"}
            for t in tokens},
        "bos_token": None,
        "clean_up_tokenization_spaces": False,
        "eos_token": tokens[EOS]["content"],
        "model_max_length": POSITIONS,
        "pad_token": tokens[EOS]["content"],
        "tokenizer_class": "PreTrainedTokenizerFast",
        "unk_token": None,
    }
    if chat:
        settings["chat_template"] = CHAT_TEMPLATE
    return settings


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def save(model, stage):
    """Writes a folder that transformers loads, and checks that it does."""
    folder = MODELS / stage
    folder.mkdir(parents=True, exist_ok=True)
    state = {name: w.to(torch.bfloat16)
             for name, w in hugging_face_state(model).items()}
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    write_json(folder / "config.json", config(model.embed.num_embeddings))
    write_json(folder / "generation_config.json", {
        "bos_token_id": None, "do_sample": True, "eos_token_id": EOS,
        "pad_token_id": EOS, "transformers_version": "4.57.6"})
    if stage != "base":
        shutil.copy(TOKENIZER, folder / "tokenizer.json")
    write_json(folder / "tokenizer_config.json",
               tokenizer_config(chat=stage != "base"))
    check(stage)


def load(stage):
    """The model of a stage in float32, from its shipped file."""
    state = load_file(MODELS / stage / "model.safetensors")
    state = {name: w.float() for name, w in state.items()}
    model = FableModel(len(state["model.embed_tokens.weight"]))
    with torch.no_grad():
        model.embed.weight.copy_(state["model.embed_tokens.weight"])
        model.norm.weight.copy_(state["model.norm.weight"])
        for number, layer in enumerate(model.layers):
            def get(name):
                return state[f"model.layers.{number}.{name}.weight"]
            layer.qkv.weight.copy_(torch.cat(
                [get(f"self_attn.{n}_proj") for n in "qkv"]))
            layer.o_proj.weight.copy_(get("self_attn.o_proj"))
            layer.gate_up.weight.copy_(torch.cat(
                [get("mlp.gate_proj"), get("mlp.up_proj")]))
            layer.down_proj.weight.copy_(get("mlp.down_proj"))
            for norm in ("input_layernorm", "post_attention_layernorm"):
                getattr(layer, norm).weight.copy_(get(norm))
    return model


@torch.no_grad()
def check(stage):
    """Our model and transformers' compute the same from the same file."""
    folder = MODELS / stage
    reference = LlamaForCausalLM.from_pretrained(
        folder, torch_dtype=torch.float32, attn_implementation="eager")
    assert isinstance(reference.config, LlamaConfig)
    ids = torch.randint(reference.config.vocab_size, (2, 96),
                        generator=torch.Generator().manual_seed(1))
    ours, theirs = load(stage)(ids), reference(ids).logits
    assert (ours - theirs).abs().max() < 2e-4, (ours - theirs).abs().max()
    AutoTokenizer.from_pretrained(folder)


class Stage:
    """Notes what a stage of the training cost, in training.json."""

    def __init__(self, name, **settings):
        torch.set_num_threads(THREADS)
        self.name, self.notes = name, dict(settings)
        self.wall, self.cpu = time.time(), time.process_time()

    def finish(self, **results):
        path = MODELS / "training.json"
        stages = json.loads(path.read_text()) if path.exists() else {}
        self.notes.update(
            results, threads=THREADS, torch=torch.__version__,
            cpu_seconds=round(time.process_time() - self.cpu, 1),
            wall_seconds=round(time.time() - self.wall, 1))
        stages[self.name] = self.notes
        write_json(path, stages)
        print(f"{self.name}: {self.notes}", flush=True)
