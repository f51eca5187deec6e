#!/usr/bin/env python3
"""Golden files of tests/model: what transformers and sentence-transformers
compute, in fp32 on the CPU.

    models.py tiny     tests/data/model/tiny-*: random models with their outputs
    models.py fable    tests/data/model/fable.json: data/models/fable/*
    models.py minilm   tests/data/model/minilm.*: .deps/all-MiniLM-L6-v2

Imports nothing of cdx; needs the packages of scripts/dev/requirements.txt.
"""

import json
import sys
from pathlib import Path

import safetensors.torch
import sentence_transformers
import torch
import transformers
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling
from transformers import (
    AutoModelForCausalLM,
    BertConfig,
    BertModel,
    LlamaConfig,
    LlamaForCausalLM,
    MPNetConfig,
    MPNetModel,
)

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests/data/model"
MINILM = ROOT / ".deps/all-MiniLM-L6-v2"
MADE_BY = (
    f"scripts/oracle/models.py, transformers {transformers.__version__}, "
    f"sentence-transformers {sentence_transformers.__version__}, "
    f"torch {torch.__version__.split('+')[0]}"
)


def number(value):
    """The shortest decimal that reads back as this float32."""
    for digits in range(6, 10):
        text = f"{value:.{digits}g}"
        if torch.tensor(float(text), dtype=torch.float32).item() == value:
            break
    return float(text)


def numbers(tensor):
    if tensor.dim() == 1:
        return [number(value) for value in tensor.tolist()]
    return [numbers(row) for row in tensor]


def write_json(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps({"made_by": MADE_BY, **content}, ensure_ascii=False) + "\n"
    )
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes")


def randomise(model, seed, deviation=0.4):
    """Weights large enough for every part to matter in the output."""
    generator = torch.Generator().manual_seed(seed)
    one = 0 if "gemma" in model.config.model_type else 1  # Gemma adds it itself
    with torch.no_grad():
        for name, weight in sorted(model.named_parameters()):
            noise = torch.randn(weight.shape, generator=generator)
            is_norm = "norm" in name.lower() and name.endswith("weight")
            weight.copy_(one + 0.3 * noise if is_norm else deviation * noise)
    return model.eval()


def random_ids(seed, vocab_size, length):
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(vocab_size, (1, length), generator=generator)


def logits_of(model, ids):
    with torch.no_grad():
        return model(ids).logits[0]


def write_tiny_llama(name, config, seed, max_shard_size):
    folder = DATA / name
    torch.manual_seed(seed)
    config._attn_implementation = "eager"
    model = randomise(LlamaForCausalLM(config), seed)
    model.save_pretrained(folder, max_shard_size=max_shard_size)
    inputs = []
    for length in (1, 17, 40):
        ids = random_ids(seed + length, config.vocab_size, length)
        inputs.append(
            {"ids": ids[0].tolist(), "logits": numbers(logits_of(model, ids))}
        )
    write_json(folder / "golden.json", {"inputs": inputs})


def spell(path, version):
    """config.json with the keys of transformers 4.55 or 5."""
    config = json.loads(path.read_text())
    if version == 4:
        config["torch_dtype"] = config.pop("dtype")
    else:
        config["rope_parameters"] = {
            "rope_theta": config.pop("rope_theta"),
            "rope_type": "default",
        }
        del config["rope_scaling"]
    path.write_text(json.dumps(config, indent=2) + "\n")


def write_tiny_llamas():
    write_tiny_llama(
        "tiny-llama",
        LlamaConfig(
            vocab_size=64,
            hidden_size=24,
            intermediate_size=32,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=64,
            tie_word_embeddings=False,
            eos_token_id=[2, 5],
        ),
        seed=1,
        max_shard_size="1MB",
    )
    # Tied, several files, and heads · head_dim is not hidden_size.
    write_tiny_llama(
        "tiny-llama-tied",
        LlamaConfig(
            vocab_size=61,
            hidden_size=20,
            intermediate_size=28,
            num_hidden_layers=3,
            num_attention_heads=3,
            num_key_value_heads=1,
            head_dim=10,
            max_position_embeddings=64,
            rms_norm_eps=1e-5,
            rope_theta=500.0,
            tie_word_embeddings=True,
        ),
        seed=2,
        max_shard_size="20KB",
    )
    spell(DATA / "tiny-llama/config.json", version=4)
    spell(DATA / "tiny-llama-tied/config.json", version=5)


def write_sentence_layout(folder, hidden_size, max_seq_length):
    package = "sentence_transformers.models."
    modules = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    content = {
        "modules.json": [
            {"idx": i, "name": str(i), "path": path, "type": package + kind}
            for i, (path, kind) in enumerate(modules)
        ],
        "sentence_bert_config.json": {
            "max_seq_length": max_seq_length,
            "do_lower_case": False,
        },
        "1_Pooling/config.json": {
            "word_embedding_dimension": hidden_size,
            "pooling_mode_cls_token": False,
            "pooling_mode_mean_tokens": True,
            "pooling_mode_max_tokens": False,
            "pooling_mode_mean_sqrt_len_tokens": False,
        },
    }
    for name, value in content.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(json.dumps(value, indent=2) + "\n")


def embed(bert, ids):
    """The Pooling and Normalize modules of sentence-transformers on one text."""
    pooling = Pooling(bert.config.hidden_size, pooling_mode="mean")
    mask = torch.ones_like(ids)
    with torch.no_grad():
        tokens = bert(ids, attention_mask=mask).last_hidden_state
        features = pooling({"token_embeddings": tokens, "attention_mask": mask})
        features = Normalize()(features)
    return features["sentence_embedding"][0]


def write_tiny_mpnet():
    folder = DATA / "tiny-mpnet"
    config = MPNetConfig(
        vocab_size=50,
        hidden_size=18,
        intermediate_size=26,
        num_hidden_layers=2,
        num_attention_heads=3,
        max_position_embeddings=202,
        layer_norm_eps=1e-5,
        attn_implementation="eager",
    )
    model = randomise(MPNetModel(config), seed=4)
    model.save_pretrained(folder)
    write_sentence_layout(folder, config.hidden_size, max_seq_length=200)
    texts = []
    # Distances below 8, below 128 and above.
    for length in (1, 2, 9, 40, 200):
        ids = 2 + random_ids(200 + length, config.vocab_size - 2, length)
        texts.append(
            {"ids": ids[0].tolist(), "embedding": numbers(embed(model, ids))}
        )
    write_json(folder / "golden.json", {"texts": texts})


def write_last_token():
    """Features of MAUVE: the last token's hidden state after the last norm."""
    for name in ("tiny-gpt2", "tiny-gemma2"):
        model = AutoModelForCausalLM.from_pretrained(
            DATA / name, dtype=torch.float32, attn_implementation="eager"
        ).eval()
        texts = []
        for length in (1, 2, 17, 40):
            ids = random_ids(300 + length, model.config.vocab_size, length)
            with torch.no_grad():
                hidden = model.base_model(ids).last_hidden_state[0, -1]
            texts.append({"ids": ids[0].tolist(), "embedding": numbers(hidden)})
        write_json(DATA / name / "last_token.json", {"texts": texts})


def write_tiny_bert():
    folder = DATA / "tiny-bert"
    config = BertConfig(
        vocab_size=50,
        hidden_size=18,
        intermediate_size=26,
        num_hidden_layers=2,
        num_attention_heads=3,
        max_position_embeddings=40,
        attn_implementation="eager",
    )
    bert = randomise(BertModel(config), seed=3)
    bert.save_pretrained(folder)
    write_sentence_layout(folder, config.hidden_size, max_seq_length=32)
    texts = []
    for length in (1, 2, 9, 9, 31, 32):
        ids = random_ids(100 + length + len(texts), config.vocab_size, length)
        texts.append(
            {"ids": ids[0].tolist(), "embedding": numbers(embed(bert, ids))}
        )
    write_json(folder / "golden.json", {"texts": texts})


FABLE_PROMPTS = [
    "Theme: a lost key\nStory:\n",
    "Once upon a time there was a",
    "Write a short story about winter.",
    "The old fox said nothing. The young hen laughed, and the river went by "
    "as it had always done, slowly and without looking back at the mill.",
]


def fable_case(model, tokenizer, text):
    """Per position the ten largest logits and the mean and the largest of all;
    at the last position every sixteenth logit."""
    ids = tokenizer.encode(text).ids[:64]
    logits = logits_of(model, torch.tensor([ids]))
    top = logits.topk(10)
    return {
        "ids": ids,
        "top_ids": top.indices.tolist(),
        "top_logits": numbers(top.values),
        "mean": numbers(logits.mean(1)),
        "log_sum_exp": numbers(logits.logsumexp(1)),
        "last": numbers(logits[-1, ::16]),
    }


def write_fable():
    from tokenizers import Tokenizer

    models = {}
    for folder in sorted((ROOT / "data/models/fable").iterdir()):
        if not (folder / "model.safetensors").exists():
            continue
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        model = AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float32, attn_implementation="eager"
        ).eval()
        models[folder.name] = [
            fable_case(model, tokenizer, text) for text in FABLE_PROMPTS
        ]
    write_json(DATA / "fable.json", {"last_step": 16, "models": models})


LONG_TEXT = " ".join(
    f"On day {day} the {who} crossed the {where}, counted the {what} and told "
    f"nobody what it had cost."
    for day, (who, where, what) in enumerate(
        [
            ("miller", "frozen river", "geese"),
            ("widow", "market square", "candles"),
            ("boy", "long bridge", "stars"),
            ("soldier", "burnt field", "graves"),
            ("clockmaker", "empty hall", "hours"),
        ]
        * 5,
        start=1,
    )
)

MINILM_TEXTS = [
    "",
    "fox",
    "The fox ran home.",
    "the FOX ran HOME",
    "The fox ran home. ",
    "The hen ran home.",
    "Stock prices fell sharply on Tuesday.",
    "Once upon a time a small fox lived by a river. Every night she counted "
    "the lights on the far shore, and every night there was one fewer.",
    "Once upon a time a young fox lived near a river. Each evening she counted "
    "the lamps across the water, and each evening one more was gone.",
    "“Who goes there?” said the gatekeeper. Nobody answered. He wrote nobody "
    "into his book, with the hour, as the rules required.",
    "The lighthouse keeper's daughter had never seen the lighthouse lit. When "
    "at last she climbed the stairs with a match, the sea had moved away.",
    "It rained frogs on the day of the wedding, and the bride, who had "
    "expected worse, opened her umbrella.",
    "He wasn't sure; she'd said it'd be all right, hadn't she?",
    "Café naïve — déjà vu, Straße, İstanbul, ﬁre",
    "1,234.5 tokens at $3.50 = 4,320.75 (approx.)",
    "🙂 A story in emoji: 🦊🌲🌙 … 🐔❓",
    "你好世界 and こんにちは",
    "zero\u200bwidth and soft\u00adhyphen",
    "Line one.\n\nLine two,\tafter a tab.\r\nLine three.",
    "antidisestablishmentarianism pneumonoultramicroscopicsilicovolcanoconiosis",
    "x" * 120,
    "[CLS] [SEP] [MASK] are special",
    "word " * 253,
    "word " * 254,
    "word " * 255,
    LONG_TEXT,
    "A robot learned to paint. Its first picture was of a door. Its second was "
    "of the same door, open. It never painted a third.",
    "The king asked for a story without an ending. The storyteller began, and "
    "the king's grandson is still listening.",
    "In winter the village forgot its own name. In spring the postman brought "
    "it back in a brown envelope, slightly torn.",
    "!!! ... ??? --- ***",
]


def write_minilm():
    model = sentence_transformers.SentenceTransformer(str(MINILM), device="cpu")
    embeddings = model.encode(MINILM_TEXTS, convert_to_tensor=True)
    texts = []
    for text in MINILM_TEXTS:
        ids = model.preprocess([text])["input_ids"][0].tolist()
        texts.append({"text": text, "ids": ids})
    write_json(DATA / "minilm.json", {"texts": texts})
    path = DATA / "minilm.safetensors"
    safetensors.torch.save_file(
        {"embeddings": embeddings.float().contiguous()},
        path,
        metadata={"made_by": MADE_BY},
    )
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes")


def write_tiny():
    write_tiny_llamas()
    write_tiny_bert()
    write_tiny_mpnet()
    write_last_token()


def main():
    commands = {"tiny": write_tiny, "fable": write_fable, "minilm": write_minilm}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    torch.set_num_threads(1)
    commands[sys.argv[1]]()


if __name__ == "__main__":
    main()
