"""Box and region operations in plain torch: no compiled extension is needed, on any device."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def roi_align(
    features: Tensor, boxes: Tensor, batch_index: Tensor, size: int, scale: float, samples: int = 2
) -> Tensor:
    """Average bilinear samples of a feature map on a grid inside each box (He et al. 2017, "Mask R-CNN", 3).

    Args:
        features: [N, C, H, W].
        boxes: [R, 4] xyxy in image pixels; parts outside the image read as zero.
        batch_index: int64 [R], which image of the batch a box belongs to.
        size: output height and width in cells.
        scale: feature cells a pixel, 1 / stride.
        samples: sampling points a cell and axis.

    Returns:
        [R, C, size, size].
    """
    channels, height, width = features.shape[1:]
    count, points = boxes.shape[0], size * samples
    steps = (torch.arange(points, device=boxes.device, dtype=boxes.dtype) + 0.5) / points
    columns, across = _between(boxes[:, 0:1] + (boxes[:, 2:3] - boxes[:, 0:1]) * steps, scale, width)
    rows, down = _between(boxes[:, 1:2] + (boxes[:, 3:4] - boxes[:, 1:2]) * steps, scale, height)
    place = ((batch_index[:, None, None] * height + rows) * width)[:, :, None, :, None] + columns[:, None, :, None]
    share = (down[:, :, None, :, None] * across[:, None, :, None]) / samples**2

    def by_cell(values: Tensor) -> Tensor:
        """Four neighbours of each point, [R, points, points, 2, 2], to those of each cell, [R size^2, 4 samples^2]."""
        split = values.unflatten(2, (size, samples)).unflatten(1, (size, samples))
        return split.transpose(2, 3).reshape(count * size**2, 4 * samples**2)

    table = features.permute(0, 2, 3, 1).reshape(-1, channels).float()
    weights = by_cell(share).to(table.dtype)
    cells = functional.embedding_bag(by_cell(place), table, per_sample_weights=weights, mode="sum")
    return cells.reshape(count, size, size, channels).permute(0, 3, 1, 2)


def _between(pixels: Tensor, scale: float, length: int) -> tuple[Tensor, Tensor]:
    """The two cells on both sides of positions [R, P] along one axis, and the weight of each, 0 outside the map.

    Returns:
        int64 and float [R, P, 2].
    """
    middle = pixels * scale - 0.5
    first = middle.detach().floor()
    cells = torch.stack((first, first + 1), -1)
    weights = (1 - (middle[..., None] - cells).abs()) * ((cells >= 0) & (cells < length))
    return cells.clamp(0, length - 1).long(), weights


def box_iou(first: Tensor, second: Tensor) -> Tensor:
    """Intersection over union of every pair: [A, 4] and [B, 4] xyxy to [A, B]; 0 for empty unions."""
    top_left = torch.maximum(first[:, None, :2], second[None, :, :2])
    bottom_right = torch.minimum(first[:, None, 2:], second[None, :, 2:])
    shared = (bottom_right - top_left).clamp(min=0).prod(-1)
    union = box_area(first)[:, None] + box_area(second)[None] - shared
    return shared / union.clamp(min=1e-9)


def box_area(boxes: Tensor) -> Tensor:
    """Areas of [N, 4] xyxy boxes."""
    return (boxes[:, 2:] - boxes[:, :2]).clamp(min=0).prod(-1)


def nms(boxes: Tensor, scores: Tensor, threshold: float, groups: Tensor | None = None) -> Tensor:
    """Greedy non-maximum suppression.

    Args:
        boxes: [N, 4] xyxy.
        scores: [N].
        threshold: a box is dropped when its IoU with a better kept one is above this.
        groups: int [N]; boxes of different groups do not suppress each other.

    Returns:
        int64 indices of the boxes kept, best first.
    """
    order = scores.argsort(descending=True, stable=True)
    overlaps = box_iou(boxes[order], boxes[order]) > threshold
    if groups is not None:
        overlaps &= groups[order][:, None] == groups[order][None]
    alive = torch.ones(order.numel(), dtype=torch.bool, device=boxes.device)
    kept = []
    for index in range(order.numel()):
        if alive[index]:
            kept.append(index)
            alive &= ~overlaps[index]
    return order[torch.tensor(kept, dtype=torch.int64, device=boxes.device)]


def encode_boxes(boxes: Tensor, anchors: Tensor) -> Tensor:
    """Regression targets (dx, dy, log dw, log dh) of `boxes` against `anchors`, both [N, 4] xyxy (R-CNN form)."""
    centers, sizes = _center_size(boxes)
    anchor_centers, anchor_sizes = _center_size(anchors)
    return torch.cat(((centers - anchor_centers) / anchor_sizes, torch.log(sizes / anchor_sizes)), -1)


def decode_boxes(deltas: Tensor, anchors: Tensor) -> Tensor:
    """The inverse of `encode_boxes`; growth is limited to a factor of four."""
    anchor_centers, anchor_sizes = _center_size(anchors)
    centers = anchor_centers + deltas[:, :2] * anchor_sizes
    sizes = anchor_sizes * torch.exp(deltas[:, 2:].clamp(max=1.386))
    return torch.cat((centers - sizes / 2, centers + sizes / 2), -1)


def _center_size(boxes: Tensor) -> tuple[Tensor, Tensor]:
    sizes = (boxes[:, 2:] - boxes[:, :2]).clamp(min=1.0)
    return (boxes[:, :2] + boxes[:, 2:]) / 2, sizes
