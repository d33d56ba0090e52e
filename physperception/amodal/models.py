"""What every amodal model offers to the completer: logits of square crops, and checkpoints with clear failures."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from physperception.errors import ConfigError, ModelUnavailable

CHUNK = 8


@dataclass(frozen=True)
class CropOutput:
    """What a model says about R crops, each float [R, 1, S, S].

    Attributes:
        amodal: logits of the whole object; the sigmoid is a probability.
        occluder: logits of what hides the object, or None where the model doesn't predict it.
        deviation: standard deviation of the amodal probability, above 0, or None where the model doesn't predict it.
    """

    amodal: Tensor
    occluder: Tensor | None = None
    deviation: Tensor | None = None


@dataclass(frozen=True)
class CropTruth:
    """Annotations of R crops.

    Attributes:
        amodal: float 0/1 [R, 1, S, S], the whole object.
        occluder: float 0/1 [R, 1, S, S], the union of what hides it; zero where that isn't known.
        known: bool [R], whether what hides it is annotated; None for all.
    """

    amodal: Tensor
    occluder: Tensor
    known: Tensor | None = None


class CropModel(Protocol):
    """An amodal model that works on square crops around objects, S = `size` pixels a side."""

    @property
    def size(self) -> int: ...

    def prepare(self, image: NDArray[np.uint8], generator: torch.Generator | None) -> Any:
        """What the crops of one frame share, computed once.

        Args:
            image: uint8 RGB [H, W, 3].
            generator: source of randomness, on the CPU; None gives the same result every time.
        """
        ...

    def logits(self, prepared: Any, modal: Tensor, boxes: Tensor) -> Tensor:
        """Amodal logits of R objects of the prepared frame, float [R, 1, S, S].

        Args:
            prepared: from `prepare`.
            modal: float 0/1 [R, 1, S, S], visible masks cropped by `boxes`.
            boxes: float [R, 4], square xyxy in image pixels; may leave the image.
        """
        ...

    def outputs(self, prepared: Any, modal: Tensor, boxes: Tensor) -> CropOutput:
        """Like `logits`, with everything else the model predicts."""
        ...


class TrainableCropModel(nn.Module, ABC):
    """Base of the full models: `crop` and `forward` with gradients for training, `outputs` and `logits` without."""

    kind = ""

    def __init__(self, size: int) -> None:
        super().__init__()
        if size < 32 or size % 32:
            raise ConfigError(f"size must be a positive multiple of 32 pixels, got {size}")
        self._size = size

    @property
    def size(self) -> int:
        return self._size

    @property
    def device(self) -> torch.device:
        return next(self.parameters()).device

    @abstractmethod
    def options(self) -> dict[str, Any]:
        """Keyword arguments that make this architecture again."""

    @abstractmethod
    def prepare(self, image: NDArray[np.uint8], generator: torch.Generator | None = None) -> Any:
        """See `CropModel.prepare`."""

    @abstractmethod
    def crop(self, prepared: Any, boxes: Tensor) -> tuple[Tensor, ...]:
        """The part of a prepared frame inside R boxes, as tensors [R, ...] that `forward` takes."""

    @abstractmethod
    def forward(self, features: tuple[Tensor, ...], modal: Tensor, occluder: Tensor | None = None) -> CropOutput:
        """Cropped features and modal masks [R, 1, S, S] to outputs; crops of several frames may be in one batch."""

    @abstractmethod
    def load_imagenet(self, path: Path) -> None:
        """Start the image encoders from ImageNet weights of torchvision's `resnet18`, a local file."""

    @abstractmethod
    def losses(self, output: CropOutput, truth: CropTruth) -> dict[str, Tensor]:
        """The terms whose sum is minimised."""

    @torch.no_grad()
    def outputs(self, prepared: Any, modal: Tensor, boxes: Tensor, occluder: Tensor | None = None) -> CropOutput:
        """See `CropModel.outputs`; inputs may be on any device, results are on the model's.

        `occluder`, float 0/1 [R, 1, S, S], is used by models that can be told what hides the object.
        """
        modal, boxes = modal.to(self.device), boxes.to(self.device)
        parts = []
        for start in range(0, max(1, len(modal)), CHUNK):
            chosen = slice(start, start + CHUNK)
            hint = None if occluder is None else occluder[chosen].to(self.device)
            parts.append(self(self.crop(prepared, boxes[chosen]), modal[chosen], hint))
        return CropOutput(
            torch.cat([part.amodal for part in parts]),
            _join([part.occluder for part in parts]),
            _join([part.deviation for part in parts]),
        )

    def logits(self, prepared: Any, modal: Tensor, boxes: Tensor) -> Tensor:
        """See `CropModel.logits`."""
        return self.outputs(prepared, modal, boxes).amodal

    def save(self, path: Path) -> None:
        """The trained tensors as safetensors, with the options of the architecture in the header."""
        header = {"kind": self.kind, "options": json.dumps(self.options())}
        partial = path.with_name(path.name + ".partial")
        save_file({name: value.contiguous().cpu() for name, value in self.state_dict().items()}, partial, header)
        partial.chmod(0o644)
        partial.replace(path)

    def load_weights(self, path: Path) -> None:
        """Fill this model from a file made by `save`.

        Raises:
            ModelUnavailable: the file can't be read, or a tensor is missing, unknown or of another shape.
        """
        _, tensors = read_checkpoint(path, self.kind)
        fill(self, tensors, path)


def read_checkpoint(path: Path, kind: str | None = None) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Options and tensors of a safetensors file; options are those of `TrainableCropModel.save`, or none.

    Raises:
        ModelUnavailable: the file is missing, not a safetensors file, or of another kind of model than `kind`.
    """
    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        options = json.loads(header.get("options", "{}"))
    except (OSError, SafetensorError, ValueError) as error:
        raise ModelUnavailable(f"cannot read model weights from {path}: {error}") from error
    if kind is not None and header.get("kind", kind) != kind:
        raise ModelUnavailable(f"{path} holds weights of {header['kind']}, not of {kind}")
    return options, tensors


def read_torch(path: Path, device: torch.device | str = "cpu") -> dict[str, Any]:
    """A dictionary from a file made by `torch.save`, plain data and tensors only.

    Raises:
        ModelUnavailable: the file can't be read; on a damaged one torch's unpickler raises nearly anything.
    """
    try:
        content = torch.load(path, map_location=device, weights_only=True)
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ModelUnavailable(f"cannot read {path}: {reason}") from error
    if not isinstance(content, dict):
        raise ModelUnavailable(f"cannot read {path}: it holds no dictionary")
    return content


def fill(module: nn.Module, tensors: Mapping[str, Tensor], source: Path) -> None:
    """Copy tensors into a module whose names and shapes must match.

    Raises:
        ModelUnavailable: names the first tensor, in the module's order, that is missing or of another shape.
    """
    own = module.state_dict()
    for name, value in own.items():
        if name not in tensors:
            raise ModelUnavailable(f"{source} lacks the tensor {name} that this model needs")
        if tensors[name].shape != value.shape:
            found, needed = list(tensors[name].shape), list(value.shape)
            raise ModelUnavailable(f"tensor {name} in {source} has shape {found}, this model needs {needed}")
    for name in tensors:
        if name not in own:
            raise ModelUnavailable(f"{source} holds the tensor {name}, which this model doesn't have")
    module.load_state_dict(dict(tensors))


def _join(parts: list[Tensor | None]) -> Tensor | None:
    present = [part for part in parts if part is not None]
    return torch.cat(present) if present else None
