"""Weights of full detectors: our own safetensors files, and the start from other weights."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from physperception.detection.full.build import build
from physperception.detection.full.config import FullDetectorConfig, from_json, paper_config, to_json
from physperception.detection.full.model import TriLayerRCNN
from physperception.errors import ConfigError, ModelUnavailable
from physperception.weights import read_weights

FORMAT = "physperception-full-detector-1"
COCO_IDS = tuple(index for index in range(1, 91) if index not in (12, 26, 29, 30, 45, 66, 68, 69, 71, 83))
"""The 80 categories among the 91 numbers of COCO, which torchvision's detectors keep."""


def save(network: TriLayerRCNN, path: Path) -> None:
    """Weights as safetensors, with the configuration in the metadata; an interruption leaves an old file whole."""
    tensors = {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}
    partial = path.with_name(path.name + ".partial")
    save_file(tensors, partial, metadata={"format": FORMAT, "config": to_json(network.config)})
    partial.replace(path)


def load(path: Path, model: str) -> TriLayerRCNN:
    """A detector as it was saved.

    A file without our metadata is taken for the thesis' best configuration of the model on COCO.

    Args:
        path: a local safetensors file.
        model: what it must be; a key of `config.BACKBONES`.

    Raises:
        ModelUnavailable: no such file, another model, or the first tensor that is missing, unknown or of another shape.
    """
    config = read_config(path) or paper_config(model)
    if config.model != model:
        raise ModelUnavailable(f"{path} holds weights of {config.model}, not of {model}")
    network = build(config)
    load_into(network, read_weights(path), str(path))
    return network


def read_config(path: Path) -> FullDetectorConfig | None:
    """The configuration in a file's metadata; None where there is none.

    Raises:
        ModelUnavailable: the file is missing or damaged.
    """
    if not path.is_file():
        raise ModelUnavailable(f"the weights file {path} does not exist")
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
        return from_json(metadata["config"]) if metadata.get("format") == FORMAT else None
    except (OSError, SafetensorError, ConfigError, KeyError) as error:
        raise ModelUnavailable(f"cannot read model weights from {path}: {error}") from error


def load_into(network: TriLayerRCNN, weights: Mapping[str, Tensor], source: str) -> None:
    """Load weights that must fit exactly.

    Args:
        source: what a message calls them.

    Raises:
        ModelUnavailable: names the first tensor that is missing, unknown or of another shape.
    """
    own = network.state_dict()
    for name, value in own.items():
        if name not in weights:
            raise ModelUnavailable(f"{source} lacks the weight {name} of {network.config.model}")
        if weights[name].shape != value.shape:
            found, wanted = list(weights[name].shape), list(value.shape)
            raise ModelUnavailable(f"{source} holds {name} of shape {found}, {network.config.model} needs {wanted}")
    unknown = next((name for name in weights if name not in own), None)
    if unknown is not None:
        raise ModelUnavailable(f"{source} holds the weight {unknown}, which {network.config.model} does not have")
    network.load_state_dict(dict(weights))


def start_from(network: TriLayerRCNN, path: Path) -> list[str]:
    """Start a training from the stage before, or from torchvision's own weights.

    Reads our safetensors files, and torchvision's state dictionaries (`.pth` or safetensors) of
    `maskrcnn_resnet50_fpn` and of ImageNet classifiers. What the file has and the network too is taken; a wider
    first convolution of a target head gets zeros for the layers' embeddings, so that the detector begins as what it
    was; a second iteration that the file lacks starts as a copy of the first.

    Returns:
        Names of the weights that stay random.

    Raises:
        ModelUnavailable: the file can't be read, or fits nowhere.
    """
    weights = _from_torchvision(_read_any(path), len(network.config.classes))
    own = network.state_dict()
    taken = {}
    for name, value in own.items():
        source = weights.get(name)
        if source is None and not network.config.is_cascade:
            source = weights.get(name.replace("roi_heads.stages.1.", "roi_heads.stages.0."))
        fitted = None if source is None else _fit(source, value, name)
        if fitted is not None:
            taken[name] = fitted
    if not taken:
        raise ModelUnavailable(f"{path} holds no weight of {network.config.model}")
    network.load_state_dict(own | taken)
    return [name for name in own if name not in taken]


def _fit(source: Tensor, own: Tensor, name: str) -> Tensor | None:
    if source.shape == own.shape:
        return source
    widened = name.endswith(".masks.target.embed.0.weight") and source.shape[1] < own.shape[1]
    if widened and source.shape[0] == own.shape[0]:
        padding = source.new_zeros((own.shape[0], own.shape[1] - source.shape[1], *own.shape[2:]))
        return torch.cat((source, padding), 1)
    return None


def _from_torchvision(weights: Mapping[str, Tensor], classes: int) -> dict[str, Tensor]:
    """Torchvision's names to ours; any other name stays. The 91 COCO rows become 80 where there are 80 classes."""
    classifier = "features.0.0.weight" in weights or "layer1.0.conv1.weight" in weights
    found = {}
    for name, value in weights.items():
        if classifier:
            name = f"backbone.body.{name}"
        name = re.sub(r"^(backbone\.fpn\.\w+_blocks\.\d)\.(weight|bias)$", r"\1.0.\2", name)
        name = re.sub(r"^rpn\.head\.conv\.(weight|bias)$", r"rpn.head.conv.0.0.\1", name)
        name = re.sub(r"^roi_heads\.box_", "roi_heads.stages.0.box_", name)
        layer = re.match(r"^roi_heads\.mask_head\.(?:mask_fcn(\d)|(\d)\.0)\.(weight|bias)$", name)
        if layer:
            place = int(layer[1]) - 1 if layer[1] else int(layer[2])
            name = f"roi_heads.stages.0.masks.target.embed.{2 * place}.{layer[3]}"
        name = name.replace("roi_heads.mask_predictor.conv5_mask.", "roi_heads.stages.0.masks.target.upsample.")
        name = name.replace("roi_heads.mask_predictor.mask_fcn_logits.", "roi_heads.stages.0.masks.target.predict.")
        found[name] = _coco_rows(name, value) if classes == len(COCO_IDS) else value
    return found


def _coco_rows(name: str, value: Tensor) -> Tensor:
    ids = torch.tensor(COCO_IDS)
    rows = torch.cat((ids.new_zeros(1), ids))
    if "cls_score" in name and len(value) == 91:
        return value[rows]
    if "bbox_pred" in name and len(value) == 4 * 91:
        return value.unflatten(0, (91, 4))[rows].flatten(0, 1)
    if "target.predict" in name and len(value) == 91:
        return value[ids]
    return value


def _read_any(path: Path) -> dict[str, Tensor]:
    if path.suffix == ".safetensors":
        return read_weights(path)
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise ModelUnavailable(f"cannot read model weights from {path}: {error}") from error
    if not isinstance(content, Mapping) or not all(isinstance(value, Tensor) for value in content.values()):
        raise ModelUnavailable(f"{path} is not a state dictionary of tensors")
    return dict(content)
