"""Parameters and operations of the full detectors, beside thesis Table 2.5.

    python -m physperception.detection.full.counts

Convention of the operations, that of MMDetection's `get_flops`, which the table was made with: one image of
1280 x 800; each iteration's box head on 1000 regions and its mask heads on 100; one operation is one multiplication
with its addition (what is called FLOPs there); of convolutions, matrix products and linear layers. Region pooling,
normalisation, activations and, in the column "without attention", the products of queries, keys and values are not
counted: MMDetection's counter sees modules, and those products are none. Nothing is computed: tensors are on torch's
meta device.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.utils.flop_counter import FlopCounterMode

from physperception.detection.full.build import build
from physperception.detection.full.config import FullDetectorConfig
from physperception.detection.full.heads import BOX_GRID, MASK_GRID
from physperception.detection.full.model import TriLayerRCNN

IMAGE = (800, 1280)
BOX_REGIONS, MASK_REGIONS = 1000, 100


@dataclass(frozen=True)
class Row:
    """A row of Table 2.5: parameters in millions, operations in 10^9."""

    config: FullDetectorConfig
    parameters: float
    operations: float


def _row(model: str, parameters: float, operations: float, parts: str = "") -> Row:
    plugin = "tri_layer" if "tri_layer" in parts else "none"
    config = FullDetectorConfig(
        model, plugin, box_adjustment="box_adjustment" in parts, reweighting="reweighting" in parts
    )
    return Row(config, parameters, operations)


TABLE = (
    _row("maskrcnn-swin-t", 47.8, 263.78),
    _row("maskrcnn-swin-t", 54.2, 389.87, "tri_layer"),
    _row("maskrcnn-swin-t", 77.6, 583.33, "tri_layer box_adjustment"),
    _row("maskrcnn-swin-t", 77.6, 583.33, "tri_layer box_adjustment reweighting"),
    _row("maskrcnn-swin-s", 69.1, 353.77),
    _row("maskrcnn-swin-s", 75.5, 479.86, "tri_layer"),
    _row("maskrcnn-swin-s", 98.9, 673.32, "tri_layer box_adjustment"),
    _row("maskrcnn-swin-s", 98.9, 673.32, "tri_layer box_adjustment reweighting"),
    _row("cascade-swin-b", 145.0, 975.44),
    _row("cascade-swin-b", 164.3, 1353.68, "tri_layer"),
)


def parameters(config: FullDetectorConfig) -> float:
    """Parameters in millions."""
    return sum(weight.numel() for weight in _on_meta(config).parameters()) / 1e6


def operations(config: FullDetectorConfig) -> tuple[float, float]:
    """Multiply-additions of one image in 10^9, with and without the products of attention."""
    network = _on_meta(config)
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad(), torch.device("meta"):
        features = network.backbone(torch.empty(1, 3, *IMAGE))
        network.rpn.head(list(features.values()))
        channels = network.backbone.out_channels
        for stage in network.roi_heads.stages:
            stage.boxes(torch.empty(BOX_REGIONS, channels, BOX_GRID, BOX_GRID))
            stage.masks(torch.empty(MASK_REGIONS, channels, MASK_GRID, MASK_GRID))
    by_kind = {str(kind): count for kind, count in counter.get_flop_counts()["Global"].items()}
    total = counter.get_total_flops()
    return total / 2e9, (total - by_kind.get("aten.bmm", 0)) / 2e9


def table() -> str:
    """Ours beside the thesis', as Markdown."""
    lines = [
        "| model | layers | box adjustment | re-weighting | parameters, M | Table 2.5 | ratio "
        "| operations, G | without attention | Table 2.5 | ratio |",
        "| --- | --- | --- | --- | --: | --: | --: | --: | --: | --: | --: |",
    ]
    for row in TABLE:
        config, count = row.config, parameters(row.config)
        every, most = operations(config)
        lines.append(
            f"| {config.model} | {config.plugin} | {_yes(config.box_adjustment)} | {_yes(config.reweighting)} "
            f"| {count:.1f} | {row.parameters} | {count / row.parameters:.4f} "
            f"| {every:.1f} | {most:.1f} | {row.operations} | {most / row.operations:.3f} |"
        )
    return "\n".join(lines)


def _on_meta(config: FullDetectorConfig) -> TriLayerRCNN:
    with torch.device("meta"):
        return build(config).eval()


def _yes(value: bool) -> str:
    return "yes" if value else ""


if __name__ == "__main__":
    print(table())
