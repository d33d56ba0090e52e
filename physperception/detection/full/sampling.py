"""What an iteration learns from: sampled regions with their truth, and the losses over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional
from torchvision.models.detection._utils import BalancedPositiveNegativeSampler, BoxCoder, Matcher
from torchvision.models.detection.roi_heads import project_masks_on_boxes
from torchvision.ops import box_iou

from physperception.detection.trilayer import LayerLogits

POSITIVE_SHARE = 0.25
LAYERS = {"target": "masks", "occluder": "occluder_masks", "occludee": "occludee_masks", "connected": "connected_masks"}
"""Where the truth of each layer is in an image's targets."""


@dataclass(frozen=True)
class Samples:
    """Regions of B images to learn from; every list has an item an image.

    Attributes:
        boxes: [R, 4] xyxy.
        guesses: int64 [R], the class the iteration before thinks of each, from 1.
        labels: int64 [R], the true class, 0 for background.
        matched: int64 [R], index of the object each belongs to; meaningless for background.
        deltas: [R, 4], from box to object.
    """

    boxes: list[Tensor]
    guesses: list[Tensor]
    labels: list[Tensor]
    matched: list[Tensor]
    deltas: list[Tensor]

    @property
    def label(self) -> Tensor:
        return torch.cat(self.labels)


def sample(
    proposals: Sequence[Tensor],
    guesses: Sequence[Tensor],
    targets: Sequence[dict[str, Tensor]],
    count: int,
    overlap: float,
    coder: BoxCoder,
) -> Samples:
    """At most `count` regions an image, a quarter of them on objects; the true boxes are among the candidates.

    Args:
        proposals: boxes [P, 4] an image.
        guesses: classes [P] an image, see `Samples`.
        targets: of each image, with boxes [N, 4] and labels int64 [N] from 1.
        count: of regions.
        overlap: IoU from which on a region belongs to an object.
        coder: of box deltas.
    """
    matcher = Matcher(overlap, overlap, allow_low_quality_matches=False)
    sampler = BalancedPositiveNegativeSampler(count, POSITIVE_SHARE)
    found = Samples([], [], [], [], [])
    for proposed, guessed, target in zip(proposals, guesses, targets):
        truth = target["boxes"].to(proposed.dtype)
        boxes, guess = torch.cat((proposed, truth)), torch.cat((guessed, target["labels"]))
        if len(truth):
            match = matcher(box_iou(truth, boxes))
            matched = match.clamp(min=0)
            labels = torch.where(match >= 0, target["labels"][matched], 0)
            objects = truth[matched]
        else:
            labels = torch.zeros_like(guess)
            matched, objects = labels, boxes
        (positive,), (negative,) = sampler([labels])
        chosen = torch.nonzero((positive | negative) > 0).squeeze(1)
        found.boxes.append(boxes[chosen])
        found.guesses.append(guess[chosen])
        found.labels.append(labels[chosen])
        found.matched.append(matched[chosen])
        found.deltas.append(coder.encode_single(objects[chosen], boxes[chosen]))
    return found


def mask_losses(
    logits: LayerLogits, boxes: Sequence[Tensor], matched: Sequence[Tensor], targets: Sequence[dict[str, Tensor]]
) -> dict[str, Tensor]:
    """Binary cross-entropy of each layer the head has (thesis 2.3.1, training).

    Args:
        logits: of the P regions of all images, in order.
        boxes: of those regions, [P_i, 4] an image.
        matched: object of each, int64 [P_i] an image.
        targets: of each image: `masks`, `occluder_masks` and `occludee_masks` uint8 [N, H, W], all zero where an
            object has none, and `labels`.
    """
    losses = {}
    for layer, key in LAYERS.items():
        values = getattr(logits, layer)
        if values is None:
            continue
        if not len(values):
            losses[layer] = values.sum() * 0
            continue
        truth = torch.cat(
            [
                project_masks_on_boxes(_truth(target, key), box, index, values.shape[-1])
                for box, index, target in zip(boxes, matched, targets)
                if len(box)
            ]
        )
        if layer == "target":
            labels = torch.cat([target["labels"][index] for index, target in zip(matched, targets)])
            values = of_class(values, labels)
        losses[layer] = functional.binary_cross_entropy_with_logits(values[:, 0], truth.to(values.dtype))
    return losses


def of_class(logits: Tensor, labels: Tensor) -> Tensor:
    """The masks [R, 1, S, S] of one class (from 1) a region, of [R, classes, S, S]."""
    return logits[torch.arange(len(logits), device=logits.device), labels - 1][:, None]


def _truth(target: dict[str, Tensor], key: str) -> Tensor:
    if key == "connected_masks":
        return torch.maximum(target["occluder_masks"], target["occludee_masks"])
    return target[key]
