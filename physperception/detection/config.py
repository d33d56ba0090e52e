"""Options of the detector."""

from __future__ import annotations

from dataclasses import dataclass

from physperception.config import option

MODELS = ("embedded", "maskrcnn-resnet50", "maskrcnn-swin-t", "maskrcnn-swin-s", "cascade-swin-b")


@dataclass(frozen=True)
class DetectorConfig:
    """What a `Detector` is built from; defaults are in config/detector.yaml."""

    model: str = option(
        "Which detector: embedded is the small one shipped with the package, the others need torchvision and weights.",
        choices=MODELS,
    )
    weights: str = option(
        "Weights: of the embedded model's heads, empty for the usual ones, household for those with a trunk of their "
        "own, which find more and take longer, or a path; of a full model a path."
    )
    device: str = option("Where the model runs: auto (a GPU if there is one), cpu, cuda or cuda:N.")
    cpu_threads: int = option(
        "Threads of a model on the CPU, for the whole process; 0 for half the cores, at most 4.", minimum=0, maximum=256
    )
    input_size: int = option(
        "Longer side, in pixels, of the image as the embedded model sees it: larger finds smaller things and takes "
        "longer, by the square.",
        minimum=128,
        maximum=1536,
        live=True,
    )
    score_threshold: float = option(
        "Keep objects without a name with at least this score.", minimum=0.0, maximum=1.0, live=True
    )
    name_threshold: float = option(
        "Keep objects of the 80 COCO categories with at least this score; their scores run lower.",
        minimum=0.0,
        maximum=1.0,
        live=True,
    )
    nms_threshold: float = option(
        "Of two boxes that overlap more than this (IoU), keep the better.", minimum=0.0, maximum=1.0, live=True
    )
    mask_threshold: float = option(
        "A pixel belongs to a mask from this probability on.", minimum=0.05, maximum=0.95, live=True
    )
    order_threshold: float = option(
        "Name an occluder when the part layers agree on it with at least this probability.",
        minimum=0.0,
        maximum=1.0,
        live=True,
    )
    max_objects: int = option("Keep at most this many objects, best first.", minimum=1, maximum=300, live=True)
