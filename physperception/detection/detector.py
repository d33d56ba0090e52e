"""The embedded detector: an image in, a scene of objects with their visible, occluder and occludee masks out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from physperception.detection.config import DetectorConfig
from physperception.detection.nanodet import COCO_CLASSES, decode, normalise
from physperception.detection.network import EmbeddedNetwork, HeadOptions
from physperception.detection.occlusion import LayeredObject, disjoint_masks, occlusion_pairs, paste
from physperception.detection.trilayer import LayerLogits
from physperception.devices import prepare_device
from physperception.errors import ModelUnavailable
from physperception.scene import Box, Instance, Scene
from physperception.vision.images import check_image
from physperception.vision.roi import box_iou, nms
from physperception.weights import read_metadata, read_weights, weights_path

MODEL_ID = "physperception-embedded-trilayer-1"
GRAIN = 32
PROPOSALS = 40
NAMED = 30
OBJECT, UNNAMED = "object", -1
SHIPPED = ("household",)
NAMED_QUALITY, SURE_NAME = 0.5, 0.5
"""What COCO names is no object below both, such as a table, say heads with a trunk of their own; of val's, a third of
the wrong ones and two of 118 right ones go."""
SCORE_POWER = 0.3
"""Brings heat x quality of an unnamed object to the range of COCO's scores; chosen on val for AP and recall."""


def create(config: DetectorConfig) -> Detector:
    """Load the model a configuration names.

    Raises:
        ModelUnavailable: weights, device or torchvision are not there; the message says what to do.
    """
    if config.model == "embedded":
        return Detector(config)
    from physperception.detection.full.adapter import FullDetector

    return FullDetector(config)


def heads_path(weights: str) -> Path:
    """Where the heads are that an option `weights` names: "" and those of `SHIPPED` are shipped, else it is a path."""
    if weights in SHIPPED:
        return weights_path(f"detector_{weights}.safetensors")
    return Path(weights) if weights else weights_path("detector.safetensors")


class Detector:
    """Finds objects, named where COCO has a name for them, and what hides and is hidden by each.

    Stateless: ids are "0", "1", ... within one image. Not for use by two threads at once, except `reconfigure`.
    """

    model_id = MODEL_ID

    def __init__(self, config: DetectorConfig) -> None:
        self._config = config
        self._device = prepare_device(config.device, config.cpu_threads)
        heads = heads_path(config.weights)
        network = EmbeddedNetwork(HeadOptions.from_metadata(read_metadata(heads)))
        network.trunk.load_state_dict(read_weights(weights_path("nanodet.safetensors")))
        try:
            network.heads.load_state_dict(read_weights(heads))
        except RuntimeError as error:
            raise ModelUnavailable(f"{heads} does not hold weights of {MODEL_ID}: {error}") from error
        self._network = network.eval().to(self._device).in_channels_last()

    @property
    def device(self) -> str:
        return str(self._device)

    def reconfigure(self, config: DetectorConfig) -> None:
        """Take over live options from the next image on."""
        self._config = config

    def close(self) -> None:
        """Give the memory back; the detector can't be used afterwards."""
        del self._network
        if self._device.type == "cuda":
            torch.cuda.empty_cache()

    @torch.inference_mode()
    def detect(self, image: NDArray[np.uint8]) -> Scene:
        """Objects in an image.

        Args:
            image: uint8 RGB [H, W, 3].

        Returns:
            Instances, best score first, with visible, occluder and occludee masks in original pixels.

        Raises:
            InvalidImage: another dtype or shape, no pixels, or more than 100 megapixels.
        """
        height, width = check_image(image)
        config = self._config
        scale = config.input_size / max(height, width)
        inputs = self._letterbox(image, scale)
        outputs, features = self._network(inputs)
        named = _named(outputs, config)
        own_boxes, own_scores = self._network.heads.propose(*self._network.heads.centers(features), PROPOSALS)
        likely = own_scores >= config.score_threshold ** (1 / SCORE_POWER)
        own = _Candidates(own_boxes[likely], own_scores[likely], torch.full_like(own_scores[likely], UNNAMED).long())
        candidates = named.and_also(own)
        boxes, quality = self._network.heads.locate(features, candidates.boxes, torch.zeros_like(candidates.classes))
        count, whole = len(named.boxes), quality.sigmoid()
        if self._network.heads.trunk is not None:
            named = named.select((whole[:count] >= NAMED_QUALITY) | (named.scores >= SURE_NAME))
        own = _Candidates(boxes[count:], (own.scores * whole[count:]) ** SCORE_POWER, own.classes)
        found = named.and_also(own)
        kept, classes = _merge(found, config)
        masks = self._network.heads.layers(features, found.boxes[kept], torch.zeros_like(kept))
        return compose_scene(
            self.model_id,
            (width, height),
            (found.boxes[kept] / scale).cpu().numpy().astype(np.float64),
            found.scores[kept].cpu().numpy(),
            [OBJECT if index == UNNAMED else COCO_CLASSES[index] for index in classes.tolist()],
            _layers(masks).cpu().numpy(),
            config,
        )

    def _letterbox(self, image: NDArray[np.uint8], scale: float) -> Tensor:
        height, width = (max(1, round(side * scale)) for side in image.shape[:2])
        interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        canvas = np.full((-(-height // GRAIN) * GRAIN, -(-width // GRAIN) * GRAIN, 3), 114, dtype=np.uint8)
        canvas[:height, :width] = cv2.resize(image, (width, height), interpolation=interpolation)
        batch = torch.from_numpy(canvas).to(self._device).permute(2, 0, 1)[None]
        return normalise(batch).contiguous(memory_format=torch.channels_last)


def _layers(masks: LayerLogits) -> Tensor:
    """Probabilities of target, occluder and occludee, [K, 3, S, S]; a layer the heads lack is empty.

    The connected objects of a bi-layer head are shown as occluders, as the thesis does (2.5.1).
    """
    nothing = torch.full_like(masks.target, -torch.inf)
    front = masks.connected if masks.occluder is None else masks.occluder
    parts = [nothing if part is None else part for part in (masks.target, front, masks.occludee)]
    return torch.cat(parts, 1).sigmoid()


@dataclass(frozen=True)
class _Candidates:
    """Boxes [K, 4] in input pixels, scores [K], and COCO class indices [K], `UNNAMED` for none."""

    boxes: Tensor
    scores: Tensor
    classes: Tensor

    def select(self, chosen: Tensor) -> _Candidates:
        return _Candidates(self.boxes[chosen], self.scores[chosen], self.classes[chosen])

    def and_also(self, other: _Candidates) -> _Candidates:
        pairs = zip((self.boxes, self.scores, self.classes), (other.boxes, other.scores, other.classes))
        return _Candidates(*(torch.cat(pair) for pair in pairs))


def _named(outputs: list[Tensor], config: DetectorConfig) -> _Candidates:
    """What COCO's head sees."""
    scores, boxes = decode(outputs)
    best, classes = scores[0].max(-1)
    found = _Candidates(boxes[0], best, classes)
    found = found.select(best >= config.name_threshold)
    found = found.select(found.scores.argsort(descending=True)[:300])
    return found.select(nms(found.boxes, found.scores, config.nms_threshold, found.classes)[:NAMED])


def _merge(found: _Candidates, config: DetectorConfig) -> tuple[Tensor, Tensor]:
    """Which candidates to keep, best first, and their classes.

    Of the boxes of one object the best stays. Where that one has no name, the named box that overlaps it most
    gives its own.
    """
    is_named = found.classes != UNNAMED
    eligible = torch.nonzero(is_named | (found.scores >= config.score_threshold)).squeeze(1)
    kept = eligible[nms(found.boxes[eligible], found.scores[eligible], config.nms_threshold)][: config.max_objects]
    classes = found.classes[kept]
    named = found.select(is_named)
    if len(named.boxes) and len(kept):
        overlap, which = box_iou(found.boxes[kept], named.boxes).max(1)
        takes_name = (classes == UNNAMED) & (overlap >= config.nms_threshold)
        classes = torch.where(takes_name, named.classes[which], classes)
    return kept, classes


def compose_scene(
    model: str,
    size: tuple[int, int],
    boxes: NDArray[np.float64],
    scores: NDArray[np.float32],
    names: list[str],
    layers: NDArray[np.float32],
    config: DetectorConfig,
) -> Scene:
    """A scene of K detections, best first.

    Args:
        model: id of what found them.
        size: width and height of the image.
        boxes: [K, 4] xyxy in image pixels.
        scores: [K] of 0..1.
        names: of the classes.
        layers: [K, 3, S, S] of 0..1, target, occluder and occludee within the box.
        config: thresholds.
    """
    pasted = []
    for box, score, name, grids in zip(boxes, scores, names, layers):
        whole = Box(box[0], box[1], max(box[0], box[2]), max(box[1], box[3])).clip(*size)
        pasted.append((whole, float(score), name, [paste(grid, box, size) for grid in grids]))
    targets = [target for *_, (target, _, _) in pasted]
    visible = disjoint_masks(targets, [score for _, score, *_ in pasted], size, config.mask_threshold)
    found = [
        (box, score, name, LayeredObject(mask, occluder, occludee))
        for (box, score, name, (_, occluder, occludee)), mask in zip(pasted, visible)
        if mask.area
    ]
    pairs = occlusion_pairs([item for *_, item in found], config.order_threshold)
    instances = tuple(
        Instance(
            id=str(index),
            class_id=name,
            score=min(score, 1.0),
            visible_box=box,
            visible_mask=item.target,
            occluder_mask=item.occluder.mask(config.mask_threshold).minus(item.target),
            occludee_mask=item.occludee.mask(config.mask_threshold).minus(item.target),
            occluder_ids=tuple(str(front) for front, back in pairs if back == index),
            occludee_ids=tuple(str(back) for front, back in pairs if front == index),
        )
        for index, (box, score, name, item) in enumerate(found)
    )
    return Scene(width=size[0], height=size[1], instances=instances, model=model)
