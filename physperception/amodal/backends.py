"""What computes a completion: the embedded network, or one of the full models; the same answer from each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from physperception.amodal.config import AmodalConfig
from physperception.amodal.crops import Crop, cut_image, cut_inside, cut_mask
from physperception.amodal.models import CropOutput, TrainableCropModel
from physperception.amodal.network import HINT_CHANNEL, INSIDE_CHANNEL, SIZE, VISIBLE_CHANNEL, AmodalUNet, Calibration
from physperception.amodal.occamodal import OccAmodal
from physperception.amodal.sdamodal import SDAmodal
from physperception.amodal.stable_diffusion import StableDiffusionFeatures
from physperception.devices import prepare_device
from physperception.errors import ModelUnavailable
from physperception.scene import Mask
from physperception.weights import read_metadata, read_weights, weights_path

if TYPE_CHECKING:
    from physperception.amodal.completer import OrderHint

MODEL_ID = "physperception-embedded-amodal-1"
UNCERTAINTY_SAMPLES = 8
"""Shapes drawn in any case, to say how uncertain the occlusion is."""
FloatArray = NDArray[np.float32]


@dataclass(frozen=True)
class Prediction:
    """What a model says about R crops, on its grid of S x S cells.

    Attributes:
        probability: float32 [R, S, S] of 0..1 that the object is there.
        occluder: float32 [R, S, S] of 0..1 that what hides it is seen there.
        samples: float32 [K, R, S, S] of 0..1, the shapes that were asked for; K is 0 where the model has one only.
        occlusion_std: float32 [R], deviation of the hidden part over the shapes the model finds likely; NaN unknown.
        score: float32 [R], mean IoU of the most probable mask with those shapes; NaN unknown.
    """

    probability: FloatArray
    occluder: FloatArray
    samples: FloatArray
    occlusion_std: FloatArray
    score: FloatArray


class Backend(Protocol):
    """A loaded model."""

    model_id: str

    @property
    def device(self) -> str: ...

    def predict(
        self,
        image: NDArray[np.uint8],
        crops: Sequence[Crop],
        visible: Sequence[Mask],
        hints: Sequence[OrderHint],
        samples: int,
    ) -> Prediction:
        """Complete the R objects of one image, and draw `samples` shapes of each where the model has several."""
        ...

    def close(self) -> None: ...


def open_backend(config: AmodalConfig) -> Backend:
    """Load the model a configuration names. Raises ModelUnavailable."""
    return EmbeddedBackend(config) if config.model == "embedded" else FullBackend(config)


class EmbeddedBackend:
    """The small network shipped with the package."""

    model_id = MODEL_ID

    def __init__(self, config: AmodalConfig) -> None:
        self._device = prepare_device(config.device, config.cpu_threads)
        path = Path(config.weights) if config.weights else weights_path("amodal.safetensors")
        network = AmodalUNet()
        weights = read_weights(path)
        counters = {name: value for name, value in network.state_dict().items() if not value.is_floating_point()}
        try:
            network.load_state_dict(weights | counters)
        except RuntimeError as error:
            raise ModelUnavailable(f"{path} does not hold weights that fit {MODEL_ID}") from error
        fused = network.eval().fuse().to(self._device)
        self._network = fused.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._seed = config.seed
        self._calibration = Calibration.from_metadata(read_metadata(path))

    @property
    def device(self) -> str:
        return str(self._device)

    @torch.inference_mode()
    def predict(
        self,
        image: NDArray[np.uint8],
        crops: Sequence[Crop],
        visible: Sequence[Mask],
        hints: Sequence[OrderHint],
        samples: int,
    ) -> Prediction:
        inputs = torch.stack([_input(image, *item) for item in zip(crops, visible, hints)]).to(self._device)
        found = self._network(inputs.contiguous(memory_format=torch.channels_last))
        possibilities = found.spread_out(self._calibration.spread)
        generator = torch.Generator().manual_seed(self._seed)
        possible = can_hide(found.occluder, inputs)
        probability = found.tempered(self._calibration.temperature).probability() * possible
        shapes = possibilities.coarse().sample(UNCERTAINTY_SAMPLES, generator).sigmoid()
        seen, likely, coarsely = (
            functional.avg_pool2d(part, 2) for part in (inputs[:, VISIBLE_CHANNEL], probability, possible)
        )
        deviation, score = spread(shapes * coarsely >= 0.5, seen >= 0.5, likely >= 0.5)
        return Prediction(
            probability=probability.cpu().numpy(),
            occluder=found.occluder.sigmoid().cpu().numpy(),
            samples=(possibilities.sample(samples, generator).sigmoid() * possible).cpu().numpy(),
            occlusion_std=deviation.cpu().numpy(),
            score=score.cpu().numpy(),
        )

    def close(self) -> None:
        del self._network


class FullBackend:
    """OccAmodal or SDAmodal.

    OccAmodal draws shapes by moving all probabilities of an object by one multiple of their deviations; SDAmodal by
    new noise, one pass of Stable Diffusion a sample, and therefore only those that are asked for.

    Raises:
        ModelUnavailable: weights, base model or library are not there.
    """

    def __init__(self, config: AmodalConfig) -> None:
        if not config.weights:
            raise ModelUnavailable(f"{config.model} needs weights: set weights to a file trained by this project")
        self._device = prepare_device(config.device, config.cpu_threads)
        self._seed = config.seed
        self._model = _load(config, self._device)
        self.model_id = config.model

    @property
    def device(self) -> str:
        return str(self._device)

    @torch.inference_mode()
    def predict(
        self,
        image: NDArray[np.uint8],
        crops: Sequence[Crop],
        visible: Sequence[Mask],
        hints: Sequence[OrderHint],
        samples: int,
    ) -> Prediction:
        size = self._model.size
        boxes = torch.tensor([(c.x, c.y, c.x + c.side, c.y + c.side) for c in crops], dtype=torch.float32)
        modal = torch.stack([_cells(mask, crop, size) for mask, crop in zip(visible, crops)])
        told = torch.stack([_cells(hint.occluder, crop, size) for hint, crop in zip(hints, crops)])
        prepared = self._model.prepare(image, torch.Generator().manual_seed(self._seed))
        found = self._model.outputs(prepared, modal, boxes)
        if found.occluder is not None and bool(told.any()):
            seen = torch.maximum(found.occluder.sigmoid(), told.to(found.occluder))
            found = replace(self._model.outputs(prepared, modal, boxes, seen), occluder=found.occluder)
        probability = found.amodal.sigmoid()[:, 0].float()
        occluder = torch.zeros_like(probability) if found.occluder is None else found.occluder.sigmoid()[:, 0].float()
        drawn = self._draw(found, image, modal, boxes, samples)
        deviation = score = torch.full((len(crops),), torch.nan)
        if len(drawn):
            deviation, score = spread(drawn >= 0.5, modal[:, 0] >= 0.5, probability >= 0.5)
        asked = drawn[:samples] if samples else drawn[:0]
        parts = (probability, occluder, asked, deviation, score)
        return Prediction(*(part.cpu().numpy() for part in parts))

    def close(self) -> None:
        del self._model

    def _draw(self, found: CropOutput, image: NDArray[np.uint8], modal: Tensor, boxes: Tensor, samples: int) -> Tensor:
        generator = torch.Generator().manual_seed(self._seed + 1)
        if found.deviation is not None:
            multiples = torch.randn(max(samples, UNCERTAINTY_SAMPLES), len(modal), 1, 1, generator=generator)
            moved = found.amodal.sigmoid()[:, 0] + multiples.to(found.deviation) * found.deviation[:, 0]
            return moved.clamp(0, 1).float()
        drawn = [self._model.logits(self._model.prepare(image, generator), modal, boxes) for _ in range(samples)]
        return torch.stack(drawn).sigmoid()[:, :, 0].float() if drawn else found.amodal.new_zeros(0)


def _load(config: AmodalConfig, device: torch.device) -> TrainableCropModel:
    path = Path(config.weights)
    if config.model == "occamodal":
        return OccAmodal.load(path, device)
    if not config.base:
        raise ModelUnavailable("sdamodal needs a base model: set base to a local copy of Stable Diffusion 2.1")
    return SDAmodal.load(path, StableDiffusionFeatures.load(config.base, device), device)


def can_hide(occluder: Tensor, inputs: Tensor) -> Tensor:
    """Probability that what is seen at a cell is in front of the object, so that the object can be there unseen.

    1 on known occluders, on the object itself and outside the image; 0 on objects known to be no occluders; elsewhere
    what the network says of it.

    Args:
        occluder: logits [R, S, S].
        inputs: [R, 6, S, S], as `AmodalUNet` takes them.
    """
    seen, hint, inside = inputs[:, VISIBLE_CHANNEL], inputs[:, HINT_CHANNEL], inputs[:, INSIDE_CHANNEL]
    sure = (hint > 0) | (seen > 0) | (inside == 0)
    return torch.where(sure, 1.0, torch.where(hint < 0, 0.0, occluder.sigmoid()))


def spread(shapes: Tensor, seen: Tensor, guess: Tensor) -> tuple[Tensor, Tensor]:
    """How much K shapes of each object differ.

    Args:
        shapes: bool [K, R, S, S].
        seen: bool [R, S, S], visible cells; they belong to every shape.
        guess: bool [R, S, S], the mask that is given out.

    Returns:
        Standard deviation of the hidden part, and mean IoU with the guess, float [R] each.
    """
    whole, guess = shapes | seen, guess | seen
    hidden = 1 - seen.sum((1, 2)) / whole.sum((2, 3)).clamp(min=1)
    shared, union = (whole & guess).sum((2, 3)), (whole | guess).sum((2, 3))
    return hidden.std(0, correction=0), (shared / union.clamp(min=1)).mean(0)


def _input(image: NDArray[np.uint8], crop: Crop, visible: Mask, hint: OrderHint) -> Tensor:
    """One crop as `AmodalUNet` takes it, float32 [6, S, S]."""
    height, width = image.shape[:2]
    inside = cut_inside(width, height, crop, SIZE)
    color = (cut_image(image, crop, SIZE).astype(np.float32) / 127.5 - 1) * inside[..., None]
    known = np.zeros((SIZE, SIZE), dtype=np.float32)
    for mask, value in ((hint.occluder, 1.0), (hint.other, -1.0)):
        if mask is not None:
            known += np.float32(value) * (cut_mask(mask, crop, SIZE) >= 0.5)
    shown = (cut_mask(visible, crop, SIZE) >= 0.5).astype(np.float32)
    return torch.from_numpy(np.concatenate([color.transpose(2, 0, 1), np.stack([shown, known, inside])]))


def _cells(mask: Mask | None, crop: Crop, size: int) -> Tensor:
    """A mask on the cells of a crop, float 0/1 [1, S, S]; none is empty."""
    if mask is None:
        return torch.zeros(1, size, size)
    return torch.from_numpy((cut_mask(mask, crop, size) >= 0.5).astype(np.float32))[None]
