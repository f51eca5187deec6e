#!/usr/bin/env python3
"""Golden models of tests/model/families_test.cc: for each family tiny random
checkpoints, written and run by transformers on the CPU with eager attention.

    families.py tiny     tests/data/model/tiny-FAMILY-VARIANT/
    families.py sizes    tests/data/model/sizes.json: the tensors of real sizes

golden.json holds per input the logits in fp32 ("logits") and, computed by the
same model in bfloat16, in "logits_bf16". Imports nothing of cdx; needs the
packages of scripts/dev/requirements.txt.
"""

import copy
import hashlib
import json
import shutil
import sys

import safetensors.torch
import torch
import transformers as hf
from models import DATA, logits_of, numbers, random_ids, randomise, write_json

VOCAB = 40
LENGTHS = (1, 23)

COMMON = {
    "vocab_size": VOCAB,
    "hidden_size": 24,
    "intermediate_size": 28,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 64,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
LLAMA3 = {
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 16,
}
YARN = {
    "rope_type": "yarn",
    "factor": 4.0,
    "original_max_position_embeddings": 16,
}


def variants():
    """(folder, configuration class, its arguments)"""
    many = {"num_hidden_layers": 4}
    return [
        ("llama-3.1", hf.LlamaConfig, {"rope_scaling": LLAMA3, "rope_theta": 500.0}),
        (
            "llama-biases",
            hf.LlamaConfig,
            {
                "attention_bias": True,
                "mlp_bias": True,
                "head_dim": 14,
                "rope_scaling": {"type": "linear", "factor": 2.5},
            },
        ),
        # SmolLM2's shape: three query heads a key head, tied.
        (
            "smollm2",
            hf.LlamaConfig,
            {
                "hidden_size": 36,
                "num_attention_heads": 9,
                "num_key_value_heads": 3,
                "rope_theta": 1e5,
                "rms_norm_eps": 1e-5,
                "tie_word_embeddings": True,
            },
        ),
        ("mistral-window", hf.MistralConfig, {"sliding_window": 5}),
        (
            "mistral",
            hf.MistralConfig,
            {"sliding_window": None, "rope_theta": 1e6, "head_dim": 10},
        ),
        ("olmo", hf.OlmoConfig, {"clip_qkv": 1.5}),
        ("olmo-tied", hf.OlmoConfig, {"attention_bias": True, "tie_word_embeddings": True}),
        ("olmo2", hf.Olmo2Config, {"rope_theta": 500000.0}),
        (
            "olmo2-tied",
            hf.Olmo2Config,
            {"num_key_value_heads": 4, "rms_norm_eps": 1e-6, "tie_word_embeddings": True},
        ),
        (
            "olmo3",
            hf.Olmo3Config,
            {**many, "sliding_window": 6, "rope_scaling": YARN, "rope_theta": 500.0},
        ),
        (
            "olmo3-layers",
            hf.Olmo3Config,
            {
                "sliding_window": 4,
                "layer_types": ["full_attention", "sliding_attention"],
            },
        ),
        (
            "gemma2",
            hf.Gemma2Config,
            {
                **many,
                "head_dim": 10,
                "query_pre_attn_scalar": 7,
                "sliding_window": 6,
                "attn_logit_softcapping": 2.0,
                "final_logit_softcapping": 3.0,
            },
        ),
        (
            "gemma2-uncapped",
            hf.Gemma2Config,
            {
                "head_dim": 6,
                "query_pre_attn_scalar": 6,
                "sliding_window": 3,
                "attn_logit_softcapping": None,
                "final_logit_softcapping": None,
            },
        ),
        (
            "gemma3",
            hf.Gemma3TextConfig,
            {
                "num_hidden_layers": 6,
                "head_dim": 6,
                "query_pre_attn_scalar": 20,
                "sliding_window": 6,
                "rope_scaling": {"rope_type": "linear", "factor": 8.0},
                "rope_theta": 1000.0,
                "rope_local_base_freq": 50.0,
            },
        ),
        (
            "gemma3-layers",
            hf.Gemma3TextConfig,
            {
                "head_dim": 8,
                "query_pre_attn_scalar": 5,
                "sliding_window": 4,
                "layer_types": ["full_attention", "sliding_attention"],
            },
        ),
        ("qwen2", hf.Qwen2Config, {"sliding_window": 4}),
        (
            "qwen2-window",
            hf.Qwen2Config,
            {
                "num_hidden_layers": 3,
                "use_sliding_window": True,
                "sliding_window": 4,
                "max_window_layers": 1,
                "tie_word_embeddings": True,
                "rope_scaling": YARN,
            },
        ),
        ("qwen3", hf.Qwen3Config, {"head_dim": 10, "rope_theta": 1e6}),
        (
            "qwen3-tied",
            hf.Qwen3Config,
            {"head_dim": 8, "attention_bias": True, "tie_word_embeddings": True},
        ),
    ]


def gpt2_variants():
    common = {
        "vocab_size": VOCAB,
        "n_layer": 2,
        "n_positions": 64,
        "bos_token_id": 1,
        "eos_token_id": 2,
    }
    return [
        ("gpt2", hf.GPT2Config, {**common, "n_embd": 24, "n_head": 4}),
        # Heads of odd size, and an inner size of its own.
        ("gpt2-odd", hf.GPT2Config, {**common, "n_embd": 15, "n_head": 3, "n_inner": 22}),
    ]


def write_golden(folder, model, seed):
    half = copy.deepcopy(model).to(torch.bfloat16)
    inputs = []
    for length in LENGTHS:
        ids = random_ids(seed + length, VOCAB, length)
        inputs.append(
            {
                "ids": ids[0].tolist(),
                "logits": numbers(logits_of(model, ids)),
                "logits_bf16": numbers(logits_of(half, ids).float()),
            }
        )
    write_json(folder / "golden.json", {"inputs": inputs})


def make(config, seed):
    config._attn_implementation = "eager"
    torch.manual_seed(seed)
    # Calm enough for bfloat16 to stay near.
    return randomise(hf.AutoModelForCausalLM.from_config(config), seed, 0.15)


def fresh(name):
    folder = DATA / f"tiny-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def write(name, config_class, arguments, seed):
    folder = fresh(name)
    model = make(config_class(**arguments), seed)
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    write_golden(folder, model, seed)


def write_gpt2_without_prefix(seed):
    """As the folder openai-community/gpt2 stores it: no "transformer.", and the
    masks that old versions wrote."""
    folder = DATA / "tiny-gpt2-odd"
    path = folder / "model.safetensors"
    tensors = {
        name.removeprefix("transformer."): tensor
        for name, tensor in safetensors.torch.load_file(path).items()
    }
    tensors["h.0.attn.bias"] = torch.ones(1, 1, 4, 4)
    safetensors.torch.save_file(tensors, path, metadata={"format": "pt"})


def write_gemma3_with_vision(seed):
    """The decoder inside a model that sees pictures: text_config, other names."""
    folder = fresh("gemma3-vision")
    text = hf.Gemma3TextConfig(
        **{**COMMON, "head_dim": 6, "query_pre_attn_scalar": 6, "sliding_window": 5}
    )
    model = make(text, seed)
    tensors = {f"language_model.{n}": t for n, t in model.state_dict().items()}
    del tensors["language_model.lm_head.weight"]
    tensors["vision_tower.x.weight"] = torch.ones(2, 2)
    tensors["multi_modal_projector.x.weight"] = torch.ones(2)
    folder.mkdir(parents=True)
    safetensors.torch.save_file(tensors, folder / "model.safetensors")
    inner = {
        key: value
        for key, value in text.to_dict().items()
        if key in COMMON or key in ("head_dim", "query_pre_attn_scalar", "sliding_window")
    }
    # What equals the class's default is left out there too.
    del inner["pad_token_id"], inner["bos_token_id"], inner["eos_token_id"]
    config = {
        "architectures": ["Gemma3ForConditionalGeneration"],
        "model_type": "gemma3",
        "eos_token_id": [1, 2],
        "torch_dtype": "float32",
        "text_config": {**inner, "model_type": "gemma3_text"},
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    write_golden(folder, model, seed)


def spell_as_version_5():
    """rope_parameters, by type of layer where the family has two."""
    for name in ("mistral", "olmo2-tied", "qwen3-tied"):
        change(name, lambda c: flat(c))
    change("gemma3-layers", lambda c: by_layer(c, c.pop("rope_local_base_freq")))
    change("olmo3-layers", lambda c: by_layer(c, c["rope_theta"]))


def flat(config):
    config["rope_parameters"] = {
        **(config.pop("rope_scaling", None) or {"rope_type": "default"}),
        "rope_theta": config.pop("rope_theta"),
    }


def by_layer(config, sliding_theta):
    flat(config)
    config["rope_parameters"] = {
        "full_attention": config["rope_parameters"],
        "sliding_attention": {"rope_type": "default", "rope_theta": sliding_theta},
    }


def spell_as_version_4():
    for name in ("olmo3", "gemma2", "qwen2", "llama-3.1"):
        change(name, lambda c: c.update(torch_dtype=c.pop("dtype")))
    change("gemma2", lambda c: c.pop("layer_types"))
    change("gemma3", lambda c: c.pop("layer_types"))
    change("gemma3", lambda c: c.update(sliding_window_pattern=6))


def change(name, edit):
    path = DATA / f"tiny-{name}/config.json"
    config = json.loads(path.read_text())
    edit(config)
    path.write_text(json.dumps(config, indent=2) + "\n")


def rows(text):
    """name family d F L H K [h] V"""
    for line in text.strip().splitlines():
        name, family, *numbers = line.split()
        yield name, family, [int(number) for number in numbers]


# Sizes as config.json of the checkpoints has them.
SIZES = """
OLMo-1B            olmo        2048 8192 16 16 16 128 50304
OLMo-7B            olmo        4096 11008 32 32 32 128 50304
OLMo-2-0425-1B     olmo2       2048 8192 16 16 16 128 100352
OLMo-2-1124-7B     olmo2       4096 11008 32 32 32 128 100352
OLMo-2-1124-13B    olmo2       5120 13824 40 40 40 128 100352
OLMo-2-0325-32B    olmo2       5120 27648 64 40 8 128 100352
Olmo-3-7B          olmo3       4096 11008 32 32 32 128 100278
gemma-2-2b         gemma2      2304 9216 26 8 4 256 256000
gemma-2-9b         gemma2      3584 14336 42 16 8 256 256000
gemma-3-270m       gemma3_text 640 2048 18 4 1 256 262144
gemma-3-1b         gemma3_text 1152 6912 26 4 1 256 262144
Mistral-7B-v0.1    mistral     4096 14336 32 32 8 128 32000
Llama-2-7b         llama       4096 11008 32 32 32 128 32000
Llama-3.1-8B       llama       4096 14336 32 32 8 128 128256
Llama-3.2-1B       llama-tied  2048 8192 16 32 8 64 128256
SmolLM2-135M       llama-tied  576 1536 30 9 3 64 49152
Qwen2.5-0.5B       qwen2-tied  896 4864 24 14 2 64 151936
Qwen2.5-7B         qwen2       3584 18944 28 28 4 128 152064
Qwen3-0.6B         qwen3-tied  1024 3072 28 16 8 128 151936
Qwen3-8B           qwen3       4096 12288 36 32 8 128 151936
"""
GPT2_SIZES = {"gpt2": (768, 12, 12), "gpt2-large": (1280, 36, 20)}


def size_configs():
    for name, family, (d, f, layers, heads, kv, dim, vocab) in rows(SIZES):
        family, _, tied = family.partition("-")
        config = {
            "model_type": family,
            "hidden_size": d,
            "intermediate_size": f,
            "num_hidden_layers": layers,
            "num_attention_heads": heads,
            "num_key_value_heads": kv,
            "head_dim": dim,
            "vocab_size": vocab,
            "pad_token_id": 0,
            "eos_token_id": 1,
        }
        if not family.startswith("gemma"):
            config["tie_word_embeddings"] = bool(tied)
        yield name, config
    for name, (d, layers, heads) in GPT2_SIZES.items():
        yield name, {
            "model_type": "gpt2",
            "n_embd": d,
            "n_layer": layers,
            "n_head": heads,
            "vocab_size": 50257,
        }


def write_sizes():
    sizes = []
    for name, config in size_configs():
        with torch.device("meta"):
            model = hf.AutoModelForCausalLM.from_config(
                hf.AutoConfig.for_model(**config)
            )
        tensors = {
            key.removeprefix("transformer."): list(tensor.shape)
            for key, tensor in model.named_parameters()
        }
        lines = sorted(f"{key} {shape}\n" for key, shape in tensors.items())
        sizes.append(
            {
                "name": name,
                "config": config,
                "tensors": len(tensors),
                "parameters": sum(p.numel() for p in model.parameters()),
                "sha256": hashlib.sha256("".join(lines).encode()).hexdigest(),
            }
        )
    write_json(DATA / "sizes.json", {"sizes": sizes})


def write_tiny():
    for seed, (name, config_class, arguments) in enumerate(variants(), start=100):
        write(name, config_class, {**COMMON, **arguments}, seed)
    for seed, (name, config_class, arguments) in enumerate(gpt2_variants(), start=200):
        write(name, config_class, arguments, seed)
    write_gpt2_without_prefix(300)
    write_gemma3_with_vision(301)
    spell_as_version_5()
    spell_as_version_4()


def main():
    commands = {"tiny": write_tiny, "sizes": write_sizes}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    commands[sys.argv[1]]()


if __name__ == "__main__":
    main()
