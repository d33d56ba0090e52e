"""The heads of one iteration: box and class, and the masks of the layers."""

from __future__ import annotations

from torch import Tensor, nn
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead

from physperception.detection.trilayer import MaskBranch, mask_head

BOX_GRID, MASK_GRID = 7, 14


class Iteration(nn.Module):
    """Heads that turn the regions of one iteration into boxes, classes and masks.

    Args:
        box_head: region features [R, C, 7, 7] to vectors [R, width].
        width: of those vectors.
        channels: of the region features, and of the mask heads.
        mask_depth: convolutions of a mask head.
        classes: without background.
        plugin: layers of the mask head, as for `mask_head`.
        overlap: IoU with an object from which on a region is one of it.
        spread: weights of the box deltas (x, y, w, h).
        weight: of this iteration's losses.
    """

    def __init__(
        self,
        box_head: nn.Module,
        width: int,
        channels: int,
        mask_depth: int,
        classes: int,
        plugin: str,
        overlap: float = 0.5,
        spread: tuple[float, float, float, float] = (10.0, 10.0, 5.0, 5.0),
        weight: float = 1.0,
    ) -> None:
        super().__init__()
        self.box_head = box_head
        self.box_predictor = FastRCNNPredictor(width, classes + 1)
        self.masks = mask_head(plugin, channels, channels, mask_depth, classes, channels)
        self.overlap, self.spread, self.weight = overlap, spread, weight
        _initialise(self.masks)

    def boxes(self, regions: Tensor) -> tuple[Tensor, Tensor]:
        """Features [R, C, 7, 7] to class logits [R, classes + 1], background first, and deltas [R, 4 (classes + 1)]."""
        return self.box_predictor(self.box_head(regions))


def two_layer_box_head(channels: int, width: int) -> nn.Module:
    """The two fully connected layers that Mask R-CNN's classes and boxes share."""
    return TwoMLPHead(channels * BOX_GRID**2, width)


def _initialise(masks: nn.Module) -> None:
    """He initialisation of the mask branches, as in Mask R-CNN."""
    for branch in masks.modules():
        if isinstance(branch, MaskBranch):
            for layer in branch.modules():
                if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
                    nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
                    nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
