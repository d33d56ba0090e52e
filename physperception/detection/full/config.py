"""What a full detector is built from."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import Any

from physperception.detection.nanodet import COCO_CLASSES
from physperception.errors import ConfigError

PLUGINS = ("none", "bi_layer", "tri_layer")


@dataclass(frozen=True)
class ResNet:
    """Bottleneck blocks in each of the four stages."""

    depths: tuple[int, int, int, int]


@dataclass(frozen=True)
class Swin:
    """A Swin Transformer (Liu et al. 2021): width of the first stage, blocks and heads in each, stochastic depth."""

    width: int
    depths: tuple[int, int, int, int]
    heads: tuple[int, int, int, int]
    drop_path: float
    window: int = 7


BACKBONES: dict[str, ResNet | Swin] = {
    "maskrcnn-resnet50": ResNet((3, 4, 6, 3)),
    "maskrcnn-swin-t": Swin(96, (2, 2, 6, 2), (3, 6, 12, 24), 0.2),
    "maskrcnn-swin-s": Swin(96, (2, 2, 18, 2), (3, 6, 12, 24), 0.2),
    "cascade-swin-b": Swin(128, (2, 2, 18, 2), (4, 8, 16, 32), 0.3),
}


@dataclass(frozen=True)
class Sizes:
    """Widths and counts, as in MMDetection's Mask R-CNN; tests take smaller ones.

    Attributes:
        min_size: shorter side of the network's input; training draws one of them, inference takes the last.
        max_size: longest side of the network's input.
        pyramid: channels of the feature pyramid and of the mask heads.
        mask_depth: convolutions of a mask head.
        box: width of the fully connected box layers.
        anchors: side of the square anchor of each pyramid level, input pixels.
        train_proposals, test_proposals: boxes the proposal network hands on, an image.
        train_regions: boxes an iteration learns from, an image.
    """

    min_size: tuple[int, ...] = (480, 512, 544, 576, 608, 640, 672, 704, 736, 768, 800)
    max_size: int = 1333
    pyramid: int = 256
    mask_depth: int = 4
    box: int = 1024
    anchors: tuple[int, int, int, int, int] = (32, 64, 128, 256, 512)
    train_proposals: int = 2000
    test_proposals: int = 1000
    train_regions: int = 512


@dataclass(frozen=True)
class FullDetectorConfig:
    """Which detector with which parts of the plugin (the rows of thesis Tables 2.3 and 2.4).

    Attributes:
        model: a key of `BACKBONES`; names that begin with "cascade" have three iterations of their own.
        plugin: layers of the mask heads: none, bi_layer or tri_layer.
        box_adjustment: a second iteration with heads of its own.
        reweighting: its region features are weighted by the mask of the first.
        classes: names, in the order of the labels.
        backbone: another backbone than the model's, for experiments and tests.
        sizes: widths and counts.

    Raises:
        ConfigError: an unknown name, no classes, or parts that do not go together.
    """

    model: str
    plugin: str = "none"
    box_adjustment: bool = False
    reweighting: bool = False
    classes: tuple[str, ...] = COCO_CLASSES
    backbone: ResNet | Swin | None = None
    sizes: Sizes = Sizes()

    def __post_init__(self) -> None:
        if self.model not in BACKBONES:
            raise ConfigError(f"a full detector must be one of {', '.join(BACKBONES)}, got {self.model!r}")
        if self.plugin not in PLUGINS:
            raise ConfigError(f"plugin must be one of {', '.join(PLUGINS)}, got {self.plugin!r}")
        if self.reweighting and not self.box_adjustment:
            raise ConfigError("reweighting needs box_adjustment: it weights the features of the second iteration")
        if self.is_cascade and self.box_adjustment:
            raise ConfigError(f"{self.model} iterates already: box_adjustment is for Mask R-CNN")
        if not self.classes:
            raise ConfigError("a detector needs at least one class")

    @property
    def is_cascade(self) -> bool:
        return self.model.startswith("cascade")


def paper_config(model: str, **changes: Any) -> FullDetectorConfig:
    """The thesis' best configuration of a model: the whole plugin, of which a cascade takes the layers only."""
    adjusts = not model.startswith("cascade")
    best = FullDetectorConfig(model, "tri_layer", box_adjustment=adjusts, reweighting=adjusts)
    return replace(best, **changes)


def to_json(config: FullDetectorConfig) -> str:
    """The configuration as text, for the metadata of a checkpoint."""
    return json.dumps(asdict(config))


def from_json(text: str) -> FullDetectorConfig:
    """The inverse of `to_json`. Raises ConfigError for any other text."""
    try:
        values = json.loads(text)
        backbone = values.pop("backbone")
        sizes = Sizes(**_tuples(values.pop("sizes")))
        if backbone is not None:
            backbone = (Swin if "window" in backbone else ResNet)(**_tuples(backbone))
        return FullDetectorConfig(**_tuples(values), backbone=backbone, sizes=sizes)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ConfigError(f"a detector's description can't be read: {error}") from error


def _tuples(values: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
