"""Losses of the embedded detector: proposals, box adjustment, and the three mask layers."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from physperception.detection.nanodet import grid_centers
from physperception.detection.network import STRIDE, ObjectHeads, Refined
from physperception.training.scene_batches import TrainingScene
from physperception.vision.roi import box_area, box_iou, encode_boxes, roi_align

MASK_SIZE = 28
PROPOSALS = 16
NEGATIVES = 6
MATCH_IOU = 0.5


def detector_loss(
    heads: ObjectHeads, features: Tensor, scenes: Sequence[TrainingScene], generator: torch.Generator
) -> dict[str, Tensor]:
    """Every term of the loss by name, already weighted; their sum is what is minimised."""
    heat, distances = (values.float() for values in heads.centers(features))
    losses = center_loss(heat, distances, scenes)
    boxes, batch_index, matched = sample_regions(heads, heat.detach(), distances.detach(), scenes, generator)
    for number, refined in enumerate(heads.refine(features, boxes, batch_index)):
        for name, value in region_loss(refined.in_float32(), batch_index, matched, scenes).items():
            losses[f"{name}{number + 1}"] = value
    return losses


def center_loss(heat: Tensor, distances: Tensor, scenes: Sequence[TrainingScene]) -> dict[str, Tensor]:
    """Penalty-reduced focal loss of the heat map (Law & Deng 2018, eq. 1) and GIoU loss of the boxes at centres
    (Rezatofighi et al. 2019)."""
    height, width = heat.shape[-2:]
    centers = grid_centers(height, width, STRIDE, heat.device, heat.dtype)
    heat_total, box_total, count = heat.new_zeros(()), heat.new_zeros(()), 0
    for index, scene in enumerate(scenes):
        target, peaks = _heat_target(scene.boxes, centers)
        heat_total = heat_total + _focal(heat[index].flatten(), target, peaks)
        count += len(scene.boxes)
        if len(scene.boxes):
            near = _cells_near_centers(scene.boxes, centers)
            cells, objects = torch.nonzero(near, as_tuple=True)
            sides = distances[index].flatten(1).T[cells]
            predicted = torch.cat((centers[cells] - sides[:, :2], centers[cells] + sides[:, 2:]), -1)
            box_total = box_total + (1 - _giou(predicted, scene.boxes[objects])).mean() * len(scene.boxes)
    return {"heat": heat_total / max(count, 1), "proposal": 2 * box_total / max(count, 1)}


def sample_regions(
    heads: ObjectHeads,
    heat: Tensor,
    distances: Tensor,
    scenes: Sequence[TrainingScene],
    generator: torch.Generator,
) -> tuple[Tensor, Tensor, Tensor]:
    """Regions to learn from: jittered true boxes, and the network's own proposals, right and wrong ones.

    Returns:
        Boxes [R, 4], image of each int64 [R], and the object each belongs to int64 [R], -1 for none.
    """
    boxes, images, objects = [], [], []
    for index, scene in enumerate(scenes):
        truth = scene.boxes
        jittered = _jitter(truth, generator)
        proposed, _ = heads.propose(heat[index : index + 1], distances[index : index + 1], PROPOSALS)
        overlap = box_iou(proposed, truth) if len(truth) else proposed.new_zeros((len(proposed), 1))
        best, which = overlap.max(1)
        right = torch.nonzero(best >= MATCH_IOU).squeeze(1)[:NEGATIVES]
        wrong = torch.nonzero(best < 0.4).squeeze(1)[:NEGATIVES]
        boxes += [jittered, proposed[right], proposed[wrong]]
        objects += [torch.arange(len(truth)), which[right], torch.full((len(wrong),), -1)]
        images.append(torch.full((len(truth) + len(right) + len(wrong),), index))
    return torch.cat(boxes), torch.cat(images), torch.cat(objects)


def region_loss(
    refined: Refined, batch_index: Tensor, matched: Tensor, scenes: Sequence[TrainingScene]
) -> dict[str, Tensor]:
    """Box quality and adjustment, and the losses of the layers (thesis 2.3.1, training)."""
    positive = torch.nonzero(matched >= 0).squeeze(1)
    quality_target = torch.zeros_like(refined.quality)
    if not len(positive):
        quality = functional.binary_cross_entropy_with_logits(refined.quality, quality_target)
        return {"quality": quality}
    truth = torch.stack([scenes[int(batch_index[r])].boxes[matched[r]] for r in positive.tolist()])
    boxes = refined.boxes[positive]
    overlap = box_iou(boxes.detach(), truth).diagonal()
    quality_target[positive] = torch.where(overlap >= MATCH_IOU, overlap, torch.zeros_like(overlap))
    deltas = encode_boxes(boxes, truth)
    layers = layer_targets(boxes.detach(), batch_index[positive], matched[positive], scenes)
    target = refined.masks.target[positive, 0]
    return {
        "quality": functional.binary_cross_entropy_with_logits(refined.quality, quality_target),
        "box": functional.smooth_l1_loss(deltas, torch.zeros_like(deltas), beta=0.1),
        "target": functional.binary_cross_entropy_with_logits(target, layers[:, 0]) + _dice(target, layers[:, 0]),
        **{
            name: 0.5 * _layer_loss(logits[positive, 0], truth)
            for name, logits, truth in (
                ("occluder", refined.masks.occluder, layers[:, 1]),
                ("occludee", refined.masks.occludee, layers[:, 2]),
                ("connected", refined.masks.connected, torch.maximum(layers[:, 1], layers[:, 2])),
            )
            if logits is not None
        },
    }


def layer_targets(boxes: Tensor, batch_index: Tensor, matched: Tensor, scenes: Sequence[TrainingScene]) -> Tensor:
    """Target, occluder and occludee masks of each region, cut to its box: float [R, 3, 28, 28] of 0 and 1."""
    out = boxes.new_zeros((len(boxes), 3, MASK_SIZE, MASK_SIZE))
    for index, scene in enumerate(scenes):
        chosen = torch.nonzero(batch_index == index).squeeze(1)
        if not chosen.numel():
            continue
        stack = scene.layers.flatten(0, 1)[None].float()
        cut = roi_align(stack, boxes[chosen], torch.zeros_like(chosen), MASK_SIZE, 1.0)
        cut = cut.unflatten(1, (-1, 3))
        out[chosen] = (cut[torch.arange(len(chosen)), matched[chosen]] >= 0.5).float()
    return out


def _heat_target(boxes: Tensor, centers: Tensor) -> tuple[Tensor, Tensor]:
    """A Gaussian an object, and the cells that are its peak."""
    if not len(boxes):
        empty = centers.new_zeros(len(centers))
        return empty, empty.bool()
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    sigma = ((boxes[:, 2:] - boxes[:, :2]) * 0.10).clamp(min=0.75 * STRIDE)
    offset = (centers[:, None] - middle[None]) / sigma[None]
    heat = torch.exp(-0.5 * (offset**2).sum(-1)).amax(1)
    peaks = torch.zeros(len(centers), dtype=torch.bool)
    peaks[((centers[:, None] - middle[None]) ** 2).sum(-1).argmin(0)] = True
    return heat, peaks


def _focal(logits: Tensor, target: Tensor, peaks: Tensor) -> Tensor:
    probability = logits.sigmoid().clamp(1e-4, 1 - 1e-4)
    at_peaks = -((1 - probability) ** 2 * torch.log(probability))[peaks].sum()
    elsewhere = -((1 - target) ** 4 * probability**2 * torch.log(1 - probability))[~peaks].sum()
    return at_peaks + elsewhere


def _cells_near_centers(boxes: Tensor, centers: Tensor) -> Tensor:
    """Cells within one stride of an object's centre and inside its box, bool [cells, objects]; smallest object wins."""
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    near = ((centers[:, None] - middle[None]).abs() <= STRIDE).all(-1)
    inside = ((centers[:, None] >= boxes[None, :, :2]) & (centers[:, None] <= boxes[None, :, 2:])).all(-1)
    near &= inside
    smallest = torch.where(near, box_area(boxes)[None], torch.inf).argmin(1, keepdim=True)
    return near & (torch.arange(len(boxes))[None] == smallest)


def _jitter(boxes: Tensor, generator: torch.Generator) -> Tensor:
    size = boxes[:, 2:] - boxes[:, :2]
    noise = (torch.rand((len(boxes), 4), generator=generator) - 0.5) * 0.4
    moved = torch.cat((boxes[:, :2] + noise[:, :2] * size, boxes[:, 2:] + noise[:, 2:] * size), -1)
    return torch.cat((moved[:, :2], torch.maximum(moved[:, 2:], moved[:, :2] + 2)), -1)


def _giou(first: Tensor, second: Tensor) -> Tensor:
    shared = (torch.minimum(first[:, 2:], second[:, 2:]) - torch.maximum(first[:, :2], second[:, :2])).clamp(min=0)
    union = box_area(first) + box_area(second) - shared.prod(-1)
    hull = (torch.maximum(first[:, 2:], second[:, 2:]) - torch.minimum(first[:, :2], second[:, :2])).prod(-1)
    return shared.prod(-1) / union.clamp(min=1e-6) - (hull - union) / hull.clamp(min=1e-6)


def _layer_loss(logits: Tensor, truth: Tensor) -> Tensor:
    """Cross-entropy, and Dice where the layer is not empty: most are, and their pixels would drown the others."""
    loss = functional.binary_cross_entropy_with_logits(logits, truth)
    present = truth.flatten(1).any(1)
    return loss + _dice(logits[present], truth[present]) if bool(present.any()) else loss


def _dice(logits: Tensor, target: Tensor) -> Tensor:
    probability = logits.sigmoid()
    shared = (probability * target).sum((1, 2))
    return (1 - (2 * shared + 1) / (probability.sum((1, 2)) + target.sum((1, 2)) + 1)).mean()
