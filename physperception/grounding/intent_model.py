"""The classifier behind `intent.py`: a small pretrained sentence encoder, trained on to tell what a prompt asks for.

Its transformer layers read the word pieces in order. Each of four classes attends to the words that speak for it, and
sums up their evidence; so it is known which words decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import nn

from physperception.errors import ModelUnavailable
from physperception.grounding.intent_pieces import MOST_PIECES, WordPieces
from physperception.grounding.intent_storage import unpack
from physperception.grounding.words import FloatArray
from physperception.weights import read_metadata, read_weights, weights_path

CLASSES = ("UNSAID", "VISIBLE", "AMODAL", "EITHER")
"""Nothing said about hidden parts; the visible part asked for; hidden or complete parts asked for; read either way."""
LAYERS = 6
_WIDTH, _HEADS, _INNER, _EPSILON = 384, 12, 1536, 1e-12


class IntentNetwork(nn.Module):
    """Scores of `CLASSES`.

    Args:
        pieces: size of the vocabulary.
        layers: of the encoder.
    """

    def __init__(self, pieces: int, layers: int = LAYERS) -> None:
        super().__init__()
        self.pieces = nn.Embedding(pieces, _WIDTH, padding_idx=0)
        self.places = nn.Embedding(MOST_PIECES, _WIDTH)
        self.norm = nn.LayerNorm(_WIDTH, eps=_EPSILON)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(_WIDTH, _HEADS, _INNER, 0.1, "gelu", _EPSILON, batch_first=True)
            for _ in range(layers)
        )
        self.attention = nn.Linear(_WIDTH, len(CLASSES))
        self.evidence = nn.Linear(_WIDTH, len(CLASSES))

    def forward(self, numbers: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """float32 [N, 4] scores before softmax, and [N, L, 4], what each piece adds to them.

        Args:
            numbers: int64 [N, L] of pieces, 0 after a prompt's end; the first and the last of each are not counted.
        """
        padding = numbers == 0
        state = self.norm(self.pieces(numbers) + self.places.weight[: numbers.shape[1]])
        for layer in self.layers:
            state = layer(state, src_key_padding_mask=padding)
        outside = padding | (padding.roll(-1, 1).index_fill(1, torch.tensor([numbers.shape[1] - 1]), True))
        outside = outside.index_fill(1, torch.tensor([0]), True)
        weights = self.attention(state).masked_fill(outside[..., None], -1e4).softmax(1)
        added = weights * self.evidence(state)
        return added.sum(1), added


class IntentModel:
    """A trained network with its calibration.

    Args:
        network: in evaluation mode.
        pieces: the vocabulary it was trained with.
        temperature: scores are divided by it, which calibrates the probabilities (Guo et al. 2017).
    """

    def __init__(self, network: IntentNetwork, pieces: WordPieces, temperature: float) -> None:
        self._network = network
        self._pieces = pieces
        self.temperature = temperature

    def judge(self, prompts: Sequence[Sequence[str]]) -> tuple[FloatArray, list[FloatArray]]:
        """float32 [N, 4]: probability of each of `CLASSES`, rows sum to 1; and for each prompt [words, 4].

        The latter is what each word adds to the score of each class; words that were left out of a long prompt add 0.

        Args:
            prompts: given as words, none of them empty.
        """
        if not prompts:
            return np.zeros((0, len(CLASSES)), np.float32), []
        spelt = [self._pieces.spell(prompt) for prompt in prompts]
        with torch.inference_mode():
            scores, added = self._network(stack([numbers for numbers, _ in spelt]))
        shares = []
        for prompt, (_, places), of_pieces in zip(prompts, spelt, added.numpy()):
            share = np.zeros((len(prompt), len(CLASSES)), np.float32)
            kept = np.array(places) >= 0
            np.add.at(share, np.array(places)[kept], of_pieces[: len(places)][kept])
            shares.append(share)
        return np.asarray((scores / self.temperature).softmax(-1).numpy(), dtype=np.float32), shares


def amodal_probability(probabilities: FloatArray) -> FloatArray:
    """[...]: that of AMODAL, of class probabilities [..., 4]; less than half of EITHER counts, which leans to VISIBLE.

    The paper's rule is VISIBLE without explicit mention (section 3.3), though its own amodal queries may mention no
    more than that an object is partly hidden (figure 10).
    """
    return np.asarray(probabilities[..., 2] + 0.45 * probabilities[..., 3], dtype=np.float32)


def stack(prompts: Sequence[Sequence[int]]) -> torch.Tensor:
    """int64 [N, L]: numbers of the prompts' pieces, zeros after the end of the shorter ones."""
    numbers = np.zeros((len(prompts), max(len(prompt) for prompt in prompts)), np.int64)
    for row, prompt in zip(numbers, prompts):
        row[: len(prompt)] = prompt
    return torch.from_numpy(numbers)


@lru_cache(maxsize=1)
def intent_model() -> IntentModel:
    """The shipped model, read once. Raises ModelUnavailable where its files are missing or unreadable."""
    return read_intent_model(weights_path("intent.safetensors"))


def read_intent_model(path: Path) -> IntentModel:
    """A model from a file that `python -m physperception.training.intent` wrote.

    Raises:
        ModelUnavailable: the file is missing, is no safetensors file, or is of another network.
    """
    words, network = read_network(path)
    facts = read_metadata(path)
    try:
        temperature = float(facts["temperature"])
        pieces = WordPieces(words)
    except (KeyError, ValueError) as error:
        raise ModelUnavailable(f"{path} does not hold weights of the intent classifier: {error}") from error
    return IntentModel(network.eval(), pieces, temperature)


def read_network(path: Path) -> tuple[list[str], IntentNetwork]:
    """The vocabulary and the network alone. Raises ModelUnavailable as `read_intent_model`."""
    tensors = read_weights(path)
    try:
        words = bytes(tensors.pop("vocabulary").byte().tolist()).decode("ascii").split("\n")
        state = unpack(tensors)
        network = IntentNetwork(
            len(words), 1 + max(int(name.split(".")[1]) for name in state if name.startswith("layers."))
        )
        network.load_state_dict(state)
    except (RuntimeError, KeyError, ValueError) as error:
        raise ModelUnavailable(f"{path} does not hold weights of the intent classifier: {error}") from error
    return words, network
