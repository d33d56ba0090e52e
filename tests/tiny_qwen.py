"""A Qwen3-VL of the true class, 0.3 million random parameters, built in a second, that answers with given words.

Its layers add next to nothing, so what it says next follows from the last token alone: rows of its output matrix are
set so that every piece of the script follows the one before. Images go through its vision tower and its processor.
"""

import itertools
import json
import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")

THINKING = ("The mug", " is left", " of the box", ".")
ANSWER = ('[{"bbox_2d"', ":[125,250", ",500,750]", ',"label"', ':"mug"}', "]")
RAMBLE = (" I", " hope", " this", " helps", " you", " a", " lot", " today", "!")
GARBAGE = ("purple", " monkeys", " sing")
END = "<|im_end|>"
SPECIAL = ("<|endoftext|>", "<|im_start|>", END, "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>")
TEMPLATE = """
{%- for message in messages %}
{{- '<|im_start|>' + message.role + '\n' }}
{%- if message.content is string %}
{{- message.content }}
{%- else %}
{%- for part in message.content %}
{%- if part.type in ('image', 'image_url') %}{{ '<|vision_start|><|image_pad|><|vision_end|>' }}
{%- else %}{{ part.text }}
{%- endif %}
{%- endfor %}
{%- endif %}
{{- '<|im_end|>\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\n<think>' + ('@' if garbage else '\n') }}
{%- endif %}
"""


def build(folder, thinking=THINKING, width=64, layers=2):
    """Writes model, tokenizer, processor and chat template into a folder, as `save_pretrained` lays them out.

    `thinking` is the reasoning, one token a piece, all different.
    """
    from physperception.vision.torchvision_ops import import_torchvision

    import_torchvision()
    import torch
    from transformers import (
        Qwen2VLImageProcessor,
        Qwen3VLConfig,
        Qwen3VLForConditionalGeneration,
        Qwen3VLProcessor,
        Qwen3VLVideoProcessor,
    )

    tokenizer = build_tokenizer(thinking)
    ids = tokenizer.convert_tokens_to_ids
    torch.manual_seed(0)
    config = Qwen3VLConfig(
        text_config={
            "vocab_size": len(tokenizer),
            "hidden_size": width,
            "intermediate_size": 2 * width,
            "num_hidden_layers": layers,
            "num_attention_heads": 2,
            "num_key_value_heads": 1,
            "head_dim": 32,
            "max_position_embeddings": 8192,
            "rope_parameters": {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [8, 4, 4]},
        },
        vision_config={
            "depth": 2,
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_heads": 2,
            "out_hidden_size": width,
            "num_position_embeddings": 64,
            "deepstack_visual_indexes": [0],
        },
        image_token_id=ids("<|image_pad|>"),
        video_token_id=ids("<|video_pad|>"),
        vision_start_token_id=ids("<|vision_start|>"),
        vision_end_token_id=ids("<|vision_end|>"),
        eos_token_id=ids(END),
        tie_word_embeddings=False,
    )
    model = Qwen3VLForConditionalGeneration(config).eval()
    teach(model, tokenizer, thinking)
    model.generation_config.eos_token_id = [ids(END)]
    model.generation_config.pad_token_id = ids("<|endoftext|>")
    model.save_pretrained(folder)
    size = {"shortest_edge": 32 * 32, "longest_edge": 256 * 256}
    vision = {"patch_size": 16, "temporal_patch_size": 2, "merge_size": 2, "size": size}
    Qwen3VLProcessor(
        Qwen2VLImageProcessor(**vision), tokenizer, Qwen3VLVideoProcessor(**vision), chat_template=TEMPLATE
    ).save_pretrained(folder)
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(folder)
    return folder


def build_tokenizer(thinking=THINKING):
    """A byte-level BPE, trained here, with the pieces of the script as tokens of their own."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import Qwen2Tokenizer

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    words = ["Locate the red mug left of the box, output its bbox coordinates using JSON format.", json.dumps(ANSWER)]
    trainer = trainers.BpeTrainer(vocab_size=400, initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    bpe.train_from_iterator(words * 20, trainer)
    learned = json.loads(bpe.to_str())["model"]
    merges = [tuple(merge) if isinstance(merge, list) else tuple(merge.split(" ")) for merge in learned["merges"]]
    tokenizer = Qwen2Tokenizer(vocab=learned["vocab"], merges=merges, eos_token=END, pad_token="<|endoftext|>")
    tokenizer.add_special_tokens({"additional_special_tokens": list(SPECIAL)})
    pieces = ("<think>", "</think>", "\n\n", *thinking, *ANSWER, *RAMBLE, *GARBAGE)
    tokenizer.add_tokens([AddedToken(piece, normalized=False) for piece in pieces])
    return tokenizer


def teach(model, tokenizer, thinking):
    """Sets the output matrix so that each piece follows the one before; the reasoning is over after its last."""
    import torch

    chains = [
        ("\n", *thinking, "</think>", "\n\n", *ANSWER, *RAMBLE, END),
        ("@", *GARBAGE, END),
    ]
    with torch.no_grad():
        for layer in model.model.language_model.layers:
            layer.self_attn.o_proj.weight.mul_(1e-2)
            layer.mlp.down_proj.weight.mul_(1e-2)
        rows = model.get_input_embeddings().weight
        rows.normal_()
        head = model.lm_head.weight
        head.mul_(0.1)
        for chain in chains:
            numbers = [tokenizer.encode(piece, add_special_tokens=False) for piece in chain]
            assert all(len(number) == 1 for number in numbers), numbers
            for (this,), (following,) in itertools.pairwise(numbers):
                head[following] += 2 * rows[this] / rows[this].norm()
