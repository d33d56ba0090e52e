"""The embedded detector's network: a frozen COCO trunk, and heads of our own trained on generated scenes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from physperception.detection.nanodet import NanoDet, Trunk, grid_centers
from physperception.detection.trilayer import LayerLogits, mask_head, reweight
from physperception.vision.roi import decode_boxes, nms, roi_align

STRIDE = 4
CHANNELS = 64
REGION = 14
PROPOSAL_NMS = 0.7


@dataclass(frozen=True)
class HeadOptions:
    """Which parts of the plugin the heads have (thesis, Table 2.3); the default is all of it.

    Attributes:
        layers: kind of the mask head, "none", "bi_layer" or "tri_layer".
        box_adjustment: whether there is a second iteration.
        reweighting: whether its features are weighted by the first target mask.
        own_trunk: whether the heads have a trunk of their own, which can be trained; else they share the frozen one.
    """

    layers: str = "tri_layer"
    box_adjustment: bool = True
    reweighting: bool = True
    own_trunk: bool = True

    def metadata(self) -> dict[str, str]:
        """As the header of a weights file has it."""
        return {"heads": json.dumps(asdict(self))}

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str]) -> HeadOptions:
        """The inverse of `metadata`; weights without any are of the first version, all but a trunk of their own."""
        return cls(**{"own_trunk": False, **json.loads(metadata.get("heads", "{}"))})


@dataclass(frozen=True)
class Refined:
    """What the region heads make of R proposals after one iteration.

    Attributes:
        boxes: [R, 4] xyxy in input pixels, adjusted.
        quality: logits [R] of the expected overlap of the box with its object.
        masks: mask logits within `boxes`.
    """

    boxes: Tensor
    quality: Tensor
    masks: LayerLogits

    def in_float32(self) -> Refined:
        """The same in float32, for losses of a network run in bfloat16."""
        return Refined(self.boxes.float(), self.quality.float(), self.masks.in_float32())


class ObjectHeads(nn.Module):
    """Class-agnostic objects and their three masks, on the features of a NanoDet.

    A neck brings the trunk's features to stride 4; a centre heat map with box distances (Zhou et al. 2019, "Objects
    as Points") proposes objects of any class; two iterations adjust the box and predict the three layers, the
    second on region features re-weighted by the first target mask (thesis 2.3.1, eq. 2.2-2.4).

    Args:
        options: leave out parts of the plugin, for the ablation.
    """

    def __init__(self, options: HeadOptions | None = None) -> None:
        super().__init__()
        self.options = options or HeadOptions()
        self.trunk = Trunk() if self.options.own_trunk else None
        self.laterals = nn.ModuleList([nn.Conv2d(channels, CHANNELS, 1) for channels in (64, 128, 128, 128)])
        self.smooth = _conv(CHANNELS, CHANNELS)
        self.center_features = _conv(CHANNELS, CHANNELS)
        self.heat = nn.Conv2d(CHANNELS, 1, 1)
        self.distances = nn.Conv2d(CHANNELS, 4, 1)
        self.box_heads = nn.ModuleList([_BoxHead() for _ in range(2 if self.options.box_adjustment else 1)])
        self.masks = mask_head(self.options.layers, CHANNELS, CHANNELS)
        nn.init.constant_(self.heat.bias, -4.6)  # type: ignore[arg-type]
        nn.init.constant_(self.distances.bias, 2.0)  # type: ignore[arg-type]

    def features(self, images: Tensor, shared: NanoDet) -> Tensor:
        """Normalised images [N, 3, H, W] to one map [N, 64, H / 4, W / 4], by the own trunk or the frozen one."""
        if self.trunk is None:
            with torch.no_grad():
                backbone = shared.backbone(images)
                neck = shared.neck(backbone)
        else:
            backbone = self.trunk.backbone(images)
            neck = self.trunk.neck(backbone)
        return self.merge(backbone, neck)

    def merge(self, backbone: Sequence[Tensor], neck: Sequence[Tensor]) -> Tensor:
        """Features of a trunk to one map [N, 64, H / 4, W / 4]."""
        levels = [lateral(level) for lateral, level in zip(self.laterals, (backbone[0], *neck))]
        merged = levels[-1]
        for level in reversed(levels[:-1]):
            merged = level + functional.interpolate(merged, size=level.shape[-2:], mode="nearest")
        return self.smooth(merged)

    def centers(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Heat logits [N, 1, h, w] and distances [N, 4, h, w] in pixels from each cell to its object's sides."""
        hidden = self.center_features(features)
        return self.heat(hidden), STRIDE * torch.exp(self.distances(hidden).clamp(-3, 5))

    def propose(self, heat: Tensor, distances: Tensor, count: int) -> tuple[Tensor, Tensor]:
        """The best local maxima of one image, [1, 1, h, w] and [1, 4, h, w], as boxes [K, 4] and scores [K]."""
        peaks = heat.sigmoid() * (functional.max_pool2d(heat, 3, stride=1, padding=1) == heat)
        scores, index = peaks.flatten().topk(min(count, peaks.numel()))
        height, width = heat.shape[-2:]
        centers = grid_centers(height, width, STRIDE, heat.device, heat.dtype)[index]
        sides = distances[0].flatten(1).T[index]
        boxes = torch.cat((centers - sides[:, :2], centers + sides[:, 2:]), -1)
        kept = nms(boxes, scores, PROPOSAL_NMS)
        return boxes[kept], scores[kept]

    def refine(self, features: Tensor, boxes: Tensor, batch_index: Tensor) -> list[Refined]:
        """Iterations of box adjustment and masks over proposals [R, 4]; the last one is the result."""
        results = []
        weights: Tensor | None = None
        for head in self.box_heads:
            regions = self._regions(features, boxes, batch_index)
            if weights is not None:
                regions = reweight(regions, weights)
            quality, deltas = head(regions)
            boxes = decode_boxes(deltas, boxes.detach())
            masks = self.masks(self._regions(features, boxes.detach(), batch_index))
            weights = masks.target.detach() if self.options.reweighting else None
            results.append(Refined(boxes, quality, masks))
        return results

    def locate(self, features: Tensor, boxes: Tensor, batch_index: Tensor) -> tuple[Tensor, Tensor]:
        """Boxes [R, 4] and quality logits [R] as the last of `refine`, without the masks that nothing follows from."""
        weights: Tensor | None = None
        for number, head in enumerate(self.box_heads):
            regions = self._regions(features, boxes, batch_index)
            quality, deltas = head(regions if weights is None else reweight(regions, weights))
            boxes = decode_boxes(deltas, boxes)
            if self.options.reweighting and number + 1 < len(self.box_heads):
                weights = self.layers(features, boxes, batch_index).target
        return boxes, quality

    def layers(self, features: Tensor, boxes: Tensor, batch_index: Tensor) -> LayerLogits:
        """Mask logits within boxes [R, 4]."""
        return self.masks(self._regions(features, boxes, batch_index))

    def _regions(self, features: Tensor, boxes: Tensor, batch_index: Tensor) -> Tensor:
        return roi_align(features, boxes, batch_index, REGION, 1 / STRIDE)


class _BoxHead(nn.Module):
    """Region features to box quality and box deltas."""

    def __init__(self) -> None:
        super().__init__()
        self.reduce = nn.Conv2d(CHANNELS, 32, 1)
        self.hidden = nn.Linear(32 * (REGION // 2) ** 2, 128)
        self.output = nn.Linear(128, 5)
        nn.init.zeros_(self.output.weight)
        nn.init.zeros_(self.output.bias)

    def forward(self, regions: Tensor) -> tuple[Tensor, Tensor]:
        pooled = functional.avg_pool2d(functional.relu(self.reduce(regions)), 2)
        output = self.output(functional.relu(self.hidden(pooled.flatten(1))))
        return output[:, 0], output[:, 1:]


def _conv(channels_in: int, channels_out: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(channels_in, channels_out, 3, padding=1), nn.ReLU(inplace=True))


class EmbeddedNetwork(nn.Module):
    """The frozen trunk, which names, and the heads, which find; `options` as for `ObjectHeads`."""

    def __init__(self, options: HeadOptions | None = None) -> None:
        super().__init__()
        self.trunk = NanoDet().requires_grad_(False)
        self.heads = ObjectHeads(options)

    def forward(self, images: Tensor) -> tuple[list[Tensor], Tensor]:
        """Normalised images [N, 3, H, W] to the COCO head's outputs (`NanoDet`), and the features of the heads."""
        backbone, neck, outputs = self.trunk(images)
        if self.heads.trunk is None:
            return outputs, self.heads.merge(backbone, neck)
        return outputs, self.heads.features(images, self.trunk)

    def in_channels_last(self) -> EmbeddedNetwork:
        """The same network with weights laid out for channels-last images, twice as fast on a CPU."""
        return self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
