"""A two-stage detector with the tri-layer plugin (thesis eq. 2.1-2.4), and its training in stages."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models.detection.generalized_rcnn import GeneralizedRCNN
from torchvision.models.detection.transform import GeneralizedRCNNTransform

from physperception.detection.full.config import FullDetectorConfig
from physperception.detection.full.regions import RegionHeads
from physperception.errors import ConfigError

STAGES = ("tri_layer", "box_adjustment", "reweighting", "all")
MEAN_RGB, STD_RGB = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class TriLayerRCNN(GeneralizedRCNN):
    """Boxes, classes and the masks of target, occluder and occludee.

    `forward` takes a list of images, float RGB [3, H, W] of 0..1. When training it also takes a dictionary an image:
    `boxes` [N, 4] xyxy in image pixels, `labels` int64 [N] from 1, and `masks`, `occluder_masks` and
    `occludee_masks` uint8 [N, H, W] (all zero where an object has none; the last two only for a plugin). It gives
    the losses by name, numbered by iteration. When evaluating it gives a dictionary an image: `boxes` [K, 4] in image
    pixels, `labels` and `scores` [K], best first, and for each layer of the plugin `LAYER_masks` [K, 28, 28]: the
    probability at cells spread over the box (`occlusion.paste` brings them to the image).

    Built by `build`.
    """

    def __init__(
        self, config: FullDetectorConfig, backbone: nn.Module, proposals: nn.Module, regions: RegionHeads
    ) -> None:
        transform = LayerTransform(config.sizes.min_size, config.sizes.max_size, MEAN_RGB, STD_RGB)
        super().__init__(backbone, proposals, regions, transform)
        self.config = config
        regions.reweighting = config.reweighting

    def set_stage(self, stage: str, whole: bool = False) -> None:
        """Choose what trains and runs. The thesis adds the parts one by one, each on the result of the one before.

        Args:
            stage: "tri_layer" trains the mask heads, without a second iteration (a cascade has all its iterations);
                "box_adjustment" the heads of the second iteration; "reweighting" the same with weighted features;
                "all" everything the configuration has, whole.
            whole: train the whole network in this stage (rows C of Table 2.3), not its heads alone (rows B).

        Raises:
            ConfigError: no such stage, or the configuration lacks its part.
        """
        if stage not in STAGES:
            raise ConfigError(f"a stage must be one of {', '.join(STAGES)}, got {stage!r}")
        lacking = {
            "tri_layer": self.config.plugin == "none",
            "box_adjustment": not self.config.box_adjustment,
            "reweighting": not self.config.reweighting,
            "all": False,
        }
        if lacking[stage]:
            raise ConfigError(f"this detector was built without what stage {stage} trains")
        regions = self.roi_heads
        stages = regions.stages
        regions.active = 1 if stage == "tri_layer" and not self.config.is_cascade else len(stages)
        regions.reweighting = self.config.reweighting and stage in ("reweighting", "all")
        self.requires_grad_(whole or stage == "all")
        if stage == "tri_layer":
            _unfreeze(heads.masks for heads in stages[: regions.active])
        elif stage != "all":
            _unfreeze([stages[-1]])
        self.train(self.training)

    def train(self, mode: bool = True) -> TriLayerRCNN:
        """As for any module, but frozen parts behave as in evaluation: no stochastic depth, fixed statistics."""
        super().train(mode)
        parts = [self.backbone]
        for heads in self.roi_heads.stages:
            parts += [heads.box_head, heads.masks]
        for part in parts:
            if not any(weight.requires_grad for weight in part.parameters()):
                part.eval()
        return self


class LayerTransform(GeneralizedRCNNTransform):
    """Torchvision's input transform, which also resizes the masks of occluders and occludees."""

    def resize(self, image: Tensor, target: dict[str, Tensor] | None = None) -> tuple[Tensor, dict[str, Tensor] | None]:
        image, target = super().resize(image, target)
        for name in ("occluder_masks", "occludee_masks"):
            if target is not None and name in target:
                target[name] = _resized(target[name], target["masks"].shape[-2:])
        return image, target


def _resized(masks: Tensor, size: torch.Size) -> Tensor:
    if not len(masks):
        return masks.new_zeros((0, *size))
    return functional.interpolate(masks[:, None].float(), size=size)[:, 0].to(masks.dtype)


def _unfreeze(parts: Iterable[nn.Module]) -> None:
    for part in parts:
        part.requires_grad_(True)
