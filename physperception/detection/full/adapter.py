"""A full detector with the interface of the embedded one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from physperception.detection.config import DetectorConfig
from physperception.detection.detector import Detector, compose_scene
from physperception.detection.full.checkpoint import load
from physperception.detection.full.config import FullDetectorConfig
from physperception.devices import prepare_device
from physperception.errors import ModelUnavailable
from physperception.scene import Scene
from physperception.vision.images import check_image


class FullDetector(Detector):
    """Finds objects of the classes it was trained on, and what hides and is hidden by each.

    Objects need a score of `name_threshold`: every one has a name. A model without layers names no occluders; one
    of two layers shows its connected objects as occluders, as the thesis does (2.5.1).

    Raises:
        ModelUnavailable: the configuration names no weights, or weights that do not fit; or no such device.
    """

    def __init__(self, config: DetectorConfig) -> None:
        if not config.weights:
            raise ModelUnavailable(
                f"{config.model} is not shipped with weights: set `weights` to a file that "
                "`python -m physperception.training.full_detector` has written"
            )
        self._config = config
        self._device = prepare_device(config.device, config.cpu_threads)
        self._full = load(Path(config.weights), config.model).eval().to(self._device)
        self.model_id = model_id(self._full.config)
        self.reconfigure(config)

    def reconfigure(self, config: DetectorConfig) -> None:
        self._config = config
        heads = self._full.roi_heads
        heads.score_threshold = config.name_threshold
        heads.nms_threshold = config.nms_threshold
        heads.detections = config.max_objects

    def close(self) -> None:
        del self._full
        if self._device.type == "cuda":
            torch.cuda.empty_cache()

    @torch.inference_mode()
    def detect(self, image: NDArray[np.uint8]) -> Scene:
        height, width = check_image(image)
        pixels = torch.from_numpy(np.ascontiguousarray(image)).to(self._device).permute(2, 0, 1)
        (found,) = self._full([pixels.float() / 255])
        classes = self._full.config.classes
        return compose_scene(
            self.model_id,
            (width, height),
            found["boxes"].cpu().numpy().astype(np.float64),
            found["scores"].cpu().numpy(),
            [classes[label - 1] for label in found["labels"].tolist()],
            _layers(found).cpu().numpy(),
            self._config,
        )


def model_id(config: FullDetectorConfig) -> str:
    """What a scene says it was made by: "maskrcnn-swin-t+tri_layer+box_adjustment"."""
    parts = [config.model, config.plugin if config.plugin != "none" else ""]
    parts += [name for name in ("box_adjustment", "reweighting") if getattr(config, name)]
    return "+".join(part for part in parts if part)


def _layers(found: dict[str, Tensor]) -> Tensor:
    """Target, occluder and occludee probabilities [K, 3, S, S]; zero for layers the model lacks."""
    target = found["target_masks"]
    none = torch.zeros_like(target)
    occluder = found.get("occluder_masks", found.get("connected_masks", none))
    return torch.stack((target, occluder, found.get("occludee_masks", none)), 1)
