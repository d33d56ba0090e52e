"""What computes a completion: the embedded network, or one of the full models; the same answer from each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from physperception.amodal.config import AmodalConfig
from physperception.amodal.crops import Crop, cut_image, cut_inside, cut_mask
from physperception.amodal.network import SIZE, AmodalUNet
from physperception.detection.detector import prepare_device
from physperception.errors import ModelUnavailable
from physperception.scene import Mask
from physperception.weights import read_weights, weights_path

if TYPE_CHECKING:
    from physperception.amodal.completer import OrderHint

MODEL_ID = "physperception-embedded-amodal-1"
FloatArray = NDArray[np.float32]


@dataclass(frozen=True)
class Prediction:
    """What a model says about R crops, on its grid of S x S cells.

    Attributes:
        probability: float32 [R, S, S] of 0..1 that the object is there.
        occluder: float32 [R, S, S] of 0..1 that what hides it is seen there.
        samples: float32 [K, R, S, S] of 0..1, whole shapes; None where the model gives one answer only.
    """

    probability: FloatArray
    occluder: FloatArray
    samples: FloatArray | None


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
        """Complete the R objects of one image."""
        ...

    def close(self) -> None: ...


def open_backend(config: AmodalConfig) -> Backend:
    """Load the model a configuration names. Raises ModelUnavailable."""
    return EmbeddedBackend(config) if config.model == "embedded" else FullBackend(config)


class EmbeddedBackend:
    """The small network shipped with the package."""

    model_id = MODEL_ID

    def __init__(self, config: AmodalConfig) -> None:
        self._device = prepare_device(config)
        path = Path(config.weights) if config.weights else weights_path("amodal.safetensors")
        network = AmodalUNet()
        weights = read_weights(path)
        counters = {name: value for name, value in network.state_dict().items() if not value.is_floating_point()}
        try:
            network.load_state_dict(weights | counters)
        except RuntimeError as error:
            raise ModelUnavailable(f"{path} does not hold weights of {MODEL_ID}: {error}") from error
        self._network = network.eval().to(self._device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._seed = config.seed

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
        generator = torch.Generator().manual_seed(self._seed)
        return Prediction(
            probability=found.probability().cpu().numpy(),
            occluder=found.occluder.sigmoid().cpu().numpy(),
            samples=found.sample(samples, generator).sigmoid().cpu().numpy(),
        )

    def close(self) -> None:
        del self._network


class FullBackend:
    """OccAmodal or SDAmodal."""

    def __init__(self, config: AmodalConfig) -> None:
        from physperception.amodal.models import TrainableCropModel

        if not config.weights:
            raise ModelUnavailable(f"{config.model} needs weights: set weights to a file trained by this project")
        self._device = prepare_device(config)
        self._seed = config.seed
        self._has_noise = config.model == "sdamodal"
        self._model: TrainableCropModel = load_full(config).to(self._device).eval()
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
        modal = torch.stack([_cells(mask, crop, size) for mask, crop in zip(visible, crops)])[:, None]
        generator = torch.Generator().manual_seed(self._seed)
        found = self._model.outputs(self._model.prepare(image, generator), (modal >= 0.5).float(), boxes)
        probability = found.amodal.sigmoid()[:, 0].float().cpu().numpy()
        occluder = np.zeros_like(probability)
        if found.occluder is not None:
            occluder = found.occluder.sigmoid()[:, 0].float().cpu().numpy()
        return Prediction(probability, occluder, None)

    def close(self) -> None:
        del self._model


def load_full(config: AmodalConfig):  # type: ignore[no-untyped-def]
    """The full model of a configuration, filled with its weights. Raises ModelUnavailable."""
    raise ModelUnavailable(f"{config.model} is not there yet")


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


def _cells(mask: Mask, crop: Crop, size: int) -> Tensor:
    return torch.from_numpy(cut_mask(mask, crop, size))
