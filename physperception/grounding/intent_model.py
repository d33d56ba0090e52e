"""The classifier behind `intent.py`: words of a prompt to what it says about the mask.

Every word is the embedding of its sense (`intent_words.py`); words outside that thesaurus are their WordLlama vector.
Three dilated convolutions look at fifteen words around each; attention pooling and a maximum make one vector of the
prompt, a linear layer four scores.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import nn

from physperception.errors import ModelUnavailable
from physperception.grounding.intent_words import OTHER, sense, sense_names
from physperception.grounding.words import FloatArray, WordVectors, word_vectors
from physperception.weights import read_metadata, read_weights, weights_path

CLASSES = ("UNSAID", "VISIBLE", "AMODAL", "EITHER")
"""Nothing said about hidden parts; the visible part asked for; hidden or complete parts asked for; read either way."""
MOST_WORDS = 192
_OTHER = sense_names().index(OTHER)
_SENSE_SIZE, _WORD_SIZE, _WIDTH = 32, 12, 64


class IntentNetwork(nn.Module):
    """Scores of `CLASSES`.

    Args:
        dimensions: of the word vectors.
    """

    def __init__(self, dimensions: int = 256) -> None:
        super().__init__()
        self.sense = nn.Embedding(len(sense_names()), _SENSE_SIZE, padding_idx=0)
        self.word = nn.Linear(dimensions, _WORD_SIZE, bias=False)
        self.entry = nn.Linear(_SENSE_SIZE + _WORD_SIZE, _WIDTH)
        self.layers = nn.ModuleList(nn.Conv1d(_WIDTH, _WIDTH, 3, padding=step, dilation=step) for step in (1, 2, 4))
        self.norms = nn.ModuleList(nn.LayerNorm(_WIDTH) for _ in range(3))
        self.attention = nn.Linear(_WIDTH, 2)
        self.scores = nn.Linear(3 * _WIDTH, len(CLASSES))
        self.drop = nn.Dropout(0.2)

    def forward(self, senses: torch.Tensor, vectors: torch.Tensor) -> torch.Tensor:
        """float32 [N, 4] scores before softmax.

        Args:
            senses: int64 [N, L] of the words, 0 after a prompt's end. Every prompt has at least one word.
            vectors: float32 [N, L, D], of words without a sense; zeros elsewhere.
        """
        known = senses > 0
        here = known[..., None].to(vectors.dtype)
        state = torch.relu(self.entry(torch.cat((self.sense(senses), self.word(vectors)), -1))) * here
        for layer, norm in zip(self.layers, self.norms):
            change = layer(norm(state).mul(here).transpose(1, 2)).transpose(1, 2)
            state = (state + torch.relu(change)) * here
        weights = self.attention(state).masked_fill(~known[..., None], -1e4).softmax(1)
        pooled = torch.einsum("nlk,nlc->nkc", weights, state).flatten(1)
        highest = state.masked_fill(~known[..., None], -1e4).amax(1)
        return torch.as_tensor(self.scores(self.drop(torch.cat((pooled, highest), -1))))


@dataclass(frozen=True)
class Band:
    """Where the probability of AMODAL decides nothing: from `low` to `high`, both in 0..1."""

    low: float
    high: float


class IntentModel:
    """A trained network with its calibration.

    Args:
        network: in evaluation mode.
        words: vectors of words, those it was trained with.
        temperature: scores are divided by it, which calibrates the probabilities (Guo et al. 2017).
        band: probabilities of AMODAL that count as ambiguous.
    """

    def __init__(self, network: IntentNetwork, words: WordVectors, temperature: float, band: Band) -> None:
        self._network = network
        self._encoder = PromptEncoder(words)
        self._temperature = temperature
        self.band = band

    def probabilities(self, prompts: Sequence[Sequence[str]]) -> FloatArray:
        """float32 [N, 4]: probability of each of `CLASSES` for prompts given as words; rows sum to 1."""
        if not prompts:
            return np.zeros((0, len(CLASSES)), np.float32)
        with torch.inference_mode():
            scores = self._network(*self._encoder.batch(prompts)) / self._temperature
        return np.asarray(scores.softmax(-1).numpy(), dtype=np.float32)


def amodal_probability(probabilities: FloatArray) -> FloatArray:
    """[...]: that of AMODAL, of class probabilities [..., 4]; less than half of EITHER counts, which leans to VISIBLE.

    The paper's rule is VISIBLE without explicit mention (section 3.3), though its own amodal queries may mention no
    more than that an object is partly hidden (figure 10).
    """
    return np.asarray(probabilities[..., 2] + 0.45 * probabilities[..., 3], dtype=np.float32)


class PromptEncoder:
    """Turns words into the network's inputs.

    Args:
        words: vectors of words.
    """

    def __init__(self, words: WordVectors) -> None:
        self._words = words
        self._english = frozenset(words.whole_words)
        self._vector = lru_cache(maxsize=50_000)(words.vector)

    def batch(
        self, prompts: Sequence[Sequence[str]], forget: Callable[[], bool] = lambda: False
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """`IntentNetwork.forward`'s arguments; of a longer prompt, the first and last 96 words. No prompt is empty.

        Args:
            prompts: words of each.
            forget: asked for each word whether to leave the sense out, for training.
        """
        cut = [shorten(prompt) for prompt in prompts]
        length = max(len(prompt) for prompt in cut)
        senses = np.zeros((len(cut), length), np.int64)
        vectors = np.zeros((len(cut), length, self._words.dimensions), np.float32)
        for row, prompt in enumerate(cut):
            for place, word in enumerate(prompt):
                number = sense(word, word in self._english)
                senses[row, place] = _OTHER if forget() else number
                if senses[row, place] == _OTHER:
                    vectors[row, place] = self._vector(word)
        return torch.from_numpy(senses), torch.from_numpy(vectors)


def shorten(words: Sequence[str]) -> list[str]:
    """The words, or the first and last 96 of more than 192."""
    half = MOST_WORDS // 2
    return list(words) if len(words) <= MOST_WORDS else [*words[:half], *words[-half:]]


@lru_cache(maxsize=1)
def intent_model() -> IntentModel:
    """The shipped model, read once. Raises ModelUnavailable where its files are missing or unreadable."""
    return read_intent_model(weights_path("intent.safetensors"))


def read_intent_model(path: Path) -> IntentModel:
    """A model from a file that `python -m physperception.training.intent` wrote.

    Raises:
        ModelUnavailable: the file is missing, is no safetensors file, or is of another network.
    """
    network = IntentNetwork()
    tensors, facts = read_weights(path), read_metadata(path)
    try:
        network.load_state_dict(tensors)
        band = Band(float(facts["band_low"]), float(facts["band_high"]))
        temperature = float(facts["temperature"])
    except (RuntimeError, KeyError, ValueError) as error:
        raise ModelUnavailable(f"{path} does not hold weights of the intent classifier: {error}") from error
    return IntentModel(network.eval(), word_vectors(), temperature, band)
