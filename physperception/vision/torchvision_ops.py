"""Torchvision without its compiled operators: its detectors run on operators of plain torch.

Torchvision wheels are built against one CUDA version of torch. Beside a CPU torch their library does not load, and
`import torchvision` fails because `torchvision::nms` does not exist. `import_torchvision` declares what is missing.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import torch
from torch import Tensor
from torch.nn import functional

from physperception.errors import ModelUnavailable
from physperception.vision import roi

SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "roi_align(Tensor input, Tensor rois, float spatial_scale, int pooled_height, int pooled_width, "
    "int sampling_ratio, bool aligned) -> Tensor",
)
SAMPLES_AT_ONCE = 4_000_000


def import_torchvision() -> ModuleType:
    """Torchvision, with `nms` and `roi_align` of this module where its own do not load. Does nothing twice.

    Call it before anything else imports torchvision. Its other compiled operators stay unavailable.

    Raises:
        ModelUnavailable: torchvision is not installed, or is of a version this torch can't load.
    """
    if "torchvision" in sys.modules:
        return sys.modules["torchvision"]
    found = importlib.util.find_spec("torchvision")
    if found is None or found.origin is None:
        raise ModelUnavailable('torchvision is not installed: pip install "torchvision>=0.19,<0.29"')
    missing = not _loads(Path(found.origin).parent)
    if missing:
        _declare()
    try:
        torchvision = importlib.import_module("torchvision")
    except (ImportError, RuntimeError) as error:
        raise ModelUnavailable(f"torchvision does not fit torch {torch.__version__}: {error}") from error
    if missing:
        _announce()
    return torchvision


def roi_align(
    features: Tensor,
    rois: Tensor,
    spatial_scale: float,
    pooled_height: int,
    pooled_width: int,
    sampling_ratio: int,
    aligned: bool,
) -> Tensor:
    """`torchvision::roi_align` in plain torch (He et al. 2017, section 3), differentiable in `features`.

    Args:
        features: [N, C, H, W].
        rois: [R, 5]: index of the map, x1, y1, x2, y2.
        spatial_scale: feature cells a unit of the boxes.
        pooled_height, pooled_width: of the output, in cells.
        sampling_ratio: samples a cell and axis; one a feature cell (rounded up) when not positive.
        aligned: half a cell is taken off each coordinate; without, sample points are half a cell too far to the
            right and below, and boxes are at least one cell wide: torchvision's default, which its weights expect.

    Returns:
        [R, C, pooled_height, pooled_width].
    """
    offset = 0.5 if aligned else 0.0
    corners = rois[:, 1:].to(torch.float32) * spatial_scale - offset
    extent = corners[:, 2:] - corners[:, :2]
    if not aligned:
        extent = extent.clamp(min=1.0)
    pooled = (pooled_width, pooled_height)
    if sampling_ratio > 0:
        samples = extent.new_full((len(rois), 2), sampling_ratio).long()
    else:
        samples = torch.stack([torch.ceil(extent[:, axis] / pooled[axis]) for axis in (0, 1)], 1).long().clamp(min=1)
    if not len(rois):
        return features.new_zeros((0, features.shape[1], pooled_height, pooled_width))
    order, parts = [], []
    key = torch.cat((rois[:, :1].long(), samples), 1)
    for group in torch.unique(key, dim=0).tolist():
        members = torch.nonzero((key == key.new_tensor(group)).all(1)).squeeze(1)
        cost = features.shape[1] * pooled_height * pooled_width * group[1] * group[2]
        for chosen in members.split(max(1, SAMPLES_AT_ONCE // cost)):
            parts.append(_pool(features[group[0]], corners[chosen, :2], extent[chosen], pooled, (group[1], group[2])))
            order.append(chosen)
    return torch.cat(parts)[torch.cat(order).argsort()].to(features.dtype)


def nms(boxes: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    """`torchvision::nms` in plain torch: int64 indices of the boxes [N, 4] that are kept, best first."""
    return roi.nms(boxes, scores, iou_threshold)


def _pool(plane: Tensor, start: Tensor, extent: Tensor, pooled: tuple[int, int], samples: tuple[int, int]) -> Tensor:
    """Mean bilinear samples of one map [C, H, W] in the cells of K boxes given by corner and extent [K, 2]."""
    lines = []
    for axis in (0, 1):
        count = pooled[axis] * samples[axis]
        steps = (torch.arange(count, device=plane.device, dtype=torch.float32) + 0.5) / count
        lines.append(start[:, axis, None] + extent[:, axis, None] * steps)
    xs, ys = lines
    height, width = plane.shape[-2:]
    inside_x, inside_y = (xs >= -1) & (xs <= width), (ys >= -1) & (ys <= height)
    grid_x = (2 * xs / max(width - 1, 1) - 1)[:, None, :].expand(-1, ys.shape[1], -1)
    grid_y = (2 * ys / max(height - 1, 1) - 1)[:, :, None].expand(-1, -1, xs.shape[1])
    grid = torch.stack((grid_x, grid_y), -1).flatten(0, 1)[None]
    sampled = functional.grid_sample(plane[None].float(), grid, padding_mode="border", align_corners=True)
    sampled = sampled[0].unflatten(1, (len(start), -1)).transpose(0, 1)
    sampled = sampled * (inside_y[:, :, None] & inside_x[:, None, :])[:, None]
    return functional.avg_pool2d(sampled, (samples[1], samples[0]))


def _loads(folder: Path) -> bool:
    """Whether the compiled operators in torchvision's folder load beside this torch."""
    for library in sorted(folder.glob("_C*.so")) + sorted(folder.glob("_C*.pyd")):
        try:
            torch.ops.load_library(str(library))
        except OSError:
            continue
        return True
    return False


def _declare() -> None:
    library = torch.library.Library("torchvision", "FRAGMENT")
    for schema in SCHEMAS:
        library.define(schema)
    library.impl("nms", nms, "CompositeExplicitAutograd")
    library.impl("roi_align", roi_align, "CompositeImplicitAutograd")
    _LIBRARIES.append(library)


def _announce() -> None:
    """Tell torchvision's modules, some of which hold the answer by name, that the operators are there."""
    for name, module in list(sys.modules.items()):
        if name.startswith("torchvision.") and "_has_ops" in vars(module):
            module._has_ops = _present  # type: ignore[attr-defined]


def _present() -> bool:
    return True


_LIBRARIES: list[torch.library.Library] = []
