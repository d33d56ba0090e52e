"""Occluder and occludee labels for data sets that have visible masks only (thesis 000, 2.4).

    python -m physperception.datasets.pseudo_labels --data instances_val2017.json --images val2017 --out pseudo.json

Every object is completed, connected pairs are ordered, and the order is checked against depth where there is any.
The output has the fields of the generated scenes, so `SceneDataset` and the detector's training read it as it is.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from physperception.config import load
from physperception.datasets.coco import AnnotatedImages, DatasetError, SceneSample, encode_rle
from physperception.datasets.occlusion_reasoning import (
    DEPTH_AT,
    Completer,
    PseudoLabels,
    ReasoningConfig,
    convex_hulls,
    infer_occlusion,
)
from physperception.datasets.pseudo_statistics import Agreement, Statistics
from physperception.datasets.readers import FORMATS, open_dataset
from physperception.errors import PhysperceptionError
from physperception.scene import BoolArray

PROGRAM = "python -m physperception.datasets.pseudo_labels"
FORMAT = "physperception-pseudo-labels-1"


@dataclass(frozen=True)
class LabelRequest:
    """What makes a file of pseudo-labels what it is; stored in its `info`.

    Attributes:
        data: the annotation file.
        completer: name of the amodal completer.
        depth: folder of depth images, "" without.
        images: number of images labelled.
        reasoning: how occlusion is inferred.
    """

    data: str
    completer: str
    depth: str
    images: int
    reasoning: ReasoningConfig


def label(data: AnnotatedImages, complete: Completer, request: LabelRequest, out: Path, progress: bool = True) -> Path:
    """Label the first `request.images` images of `data` and write them to `out` as COCO JSON.

    Finished images are kept in `out` + ".partial", a JSON object a line; the same request continues there, and does
    nothing when `out` is whole.

    Args:
        data: read for its images and visible masks only.
        complete: amodal masks for an image, uint8 RGB [H, W, 3], and visible masks, in their order.

    Returns:
        `out`.

    Raises:
        DatasetError: an image, mask or depth image can't be read, or `out` was made by another request.
    """
    info = {"format": FORMAT, "amodal": "pseudo", "order": "pseudo", "request": asdict(request)}
    if out.exists():
        if _stored_info(out) != info:
            raise DatasetError(f"{out} exists and was made by another request; choose another file or delete it")
        return out
    partial = out.with_name(out.name + ".partial")
    records = _resume(partial, info)
    with (
        partial.open("a", encoding="utf-8") as file,
        tqdm(total=request.images, initial=len(records), unit="image", disable=not progress, desc=str(out)) as bar,
    ):
        if not records and not partial.stat().st_size:
            file.write(json.dumps(info) + "\n")
        for index in range(len(records), request.images):
            records.append(_label_image(data, index, complete, request, out.parent))
            file.write(json.dumps(records[-1], allow_nan=False) + "\n")
            file.flush()
            bar.update()
    _write(out, info, data, records)
    partial.unlink()
    return out


def coco_records(sample: SceneSample, labels: PseudoLabels) -> list[dict[str, Any]]:
    """COCO annotations of the N objects: the fields of the generated scenes, `split` and `order_verified`.

    `order_verified` is True when depth has confirmed every relation of the object, False when it could not, and
    None when it has no relation. Objects without a visible pixel are left out.
    """
    ids = sample.annotation_ids or tuple(range(1, len(sample.visible) + 1))
    kept = [index for index, mask in enumerate(sample.visible) if mask.any()]
    records: list[dict[str, Any]] = []
    for index in kept:
        visible, amodal = sample.visible[index], labels.amodal[index]
        relations = labels.occludes[index] | labels.occludes[:, index]
        confirmed = labels.verified[index] | labels.verified[:, index]
        records.append(
            {
                "id": ids[index],
                "image_id": sample.image_id,
                "category_id": sample.categories[index],
                "iscrowd": 0,
                "bbox": _bounds(visible),
                "area": int(visible.sum()),
                "segmentation": encode_rle(visible),
                "amodal_bbox": _bounds(amodal),
                "amodal_segmentation": encode_rle(amodal),
                "occlusion": 1 - float(visible.sum() / amodal.sum()),
                "occluder_ids": [ids[other] for other in np.flatnonzero(labels.occludes[:, index])],
                "occludee_ids": [ids[other] for other in np.flatnonzero(labels.occludes[index])],
                "order_verified": bool(confirmed[relations].all()) if relations.any() else None,
                "split": labels.splits[index],
            }
        )
    return records


def read_depth(folder: Path, image: Path) -> NDArray[np.float32]:
    """The depth image of an image file: `<stem>.npy` in any unit, else a 16-bit `<stem>.png` in millimetres.

    Returns:
        float32 [H, W], larger is farther; 0 is unknown.

    Raises:
        DatasetError: neither is there, or it is not of one channel.
    """
    array, picture = folder / f"{image.stem}.npy", folder / f"{image.stem}.png"
    try:
        depth: Any = np.load(array, allow_pickle=False) if array.is_file() else None
    except (OSError, ValueError) as error:
        raise DatasetError(f"cannot read the depth image {array}: {error}") from error
    if depth is None:
        depth = cv2.imread(str(picture), cv2.IMREAD_UNCHANGED) if picture.is_file() else None
        if depth is None or depth.dtype != np.uint16:
            raise DatasetError(f"there is no depth image {array} nor a 16-bit {picture}")
    if depth.ndim != 2 or depth.dtype.kind not in "uif":
        raise DatasetError(f"the depth image of {image} must have one channel, got shape {list(depth.shape)}")
    return depth.astype(np.float32)


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog=PROGRAM, description="Infer occluder and occludee labels from visible masks.")
    parser.add_argument("--data", type=Path, required=True, help="annotation file with visible masks, such as COCO's")
    parser.add_argument("--images", type=Path, help="folder of the images (default: look near the file)")
    parser.add_argument("--out", type=Path, required=True, help="JSON file to write; a stopped run continues")
    parser.add_argument("--format", choices=FORMATS, default="auto", help="of --data (default auto)")
    parser.add_argument("--depth", type=Path, help="folder of depth images, STEM.npy or 16-bit STEM.png in mm")
    parser.add_argument("--completer", default="embedded", help="embedded, hull, FILE, or occamodal:FILE")
    parser.add_argument("--limit", type=int, help="label only the first images")
    parser.add_argument("--dilation", type=int, default=2, help="pixels visible masks grow by (default 2)")
    parser.add_argument("--depth-at", choices=DEPTH_AT, default="border", help="where depths are compared")
    parser.add_argument("--check", action="store_true", help="compare with the true order, where --data has one")
    options = parser.parse_args(arguments)
    try:
        data = open_dataset(options.data, options.format, options.images)
        if options.depth is not None and not options.depth.is_dir():
            raise DatasetError(f"the folder of depth images {options.depth} does not exist")
        if options.check and not data.has_order:
            raise DatasetError(f"{options.data} does not say who occludes whom, so --check has nothing to compare with")
        if options.limit is not None and options.limit < 1:
            raise DatasetError(f"--limit must be 1 or more, got {options.limit}")
        number = min(options.limit or len(data), len(data))
        reasoning = ReasoningConfig(dilation_px=options.dilation, depth_at=options.depth_at)
        depth = "" if options.depth is None else str(options.depth)
        request = LabelRequest(str(options.data), options.completer, depth, number, reasoning)
        label(data, load_completer(options.completer), request, options.out)
        print(Statistics.of(options.out).table())
        if options.check:
            print(Agreement.between(data, options.out).table())
    except (PhysperceptionError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; the same command continues", file=sys.stderr)
        return 130
    return 0


def load_completer(name: str) -> Completer:
    """The completer of a name: "embedded", "hull" (convex hulls), weights FILE of the embedded one, or "MODEL:FILE".

    Raises:
        ModelUnavailable: its weights or a library are missing.
        ConfigError: there is no such model.
    """
    if name == "hull":
        return convex_hulls
    from physperception.amodal import AmodalConfig, create

    model, separator, weights = name.partition(":")
    if not separator:
        model, weights = "embedded", "" if name == "embedded" else name
    completer = create(load(AmodalConfig, "amodal", model=model, weights=weights))
    return lambda image, masks: [completion.amodal for completion in completer.complete(image, masks)]


def _label_image(
    data: AnnotatedImages, index: int, complete: Completer, request: LabelRequest, folder: Path
) -> dict[str, Any]:
    sample = data[index]
    path = data.image_path(index)
    depth = read_depth(Path(request.depth), path) if request.depth else None
    labels = infer_occlusion(sample.image, sample.visible, complete, depth, request.reasoning)
    height, width = sample.image.shape[:2]
    name = os.path.relpath(path.resolve(), folder.resolve())
    image = {"id": sample.image_id, "file_name": name, "width": width, "height": height}
    image["inconsistent_pairs"] = labels.inconsistent
    return {"image": image, "annotations": coco_records(sample, labels)}


def _resume(partial: Path, info: dict[str, Any]) -> list[dict[str, Any]]:
    """Records of whole lines of an earlier run; a line cut off by its end is removed from the file."""
    partial.parent.mkdir(parents=True, exist_ok=True)
    if not partial.exists():
        return []
    whole = partial.read_text(encoding="utf-8").rpartition("\n")[0]
    partial.write_text(whole + "\n" if whole else "", encoding="utf-8")
    try:
        head, *records = [json.loads(line) for line in whole.splitlines()] or [info]
    except ValueError as error:
        raise DatasetError(f"{partial} is damaged, delete it to start again: {error}") from error
    if head != info:
        raise DatasetError(f"{partial} is of another request; delete it to start again")
    return records


def _write(out: Path, info: dict[str, Any], data: AnnotatedImages, records: list[dict[str, Any]]) -> None:
    content = {
        "info": info,
        "images": [record["image"] for record in records],
        "categories": [{"id": number, "name": name} for number, name in data.category_names.items()],
        "annotations": [annotation for record in records for annotation in record["annotations"]],
    }
    whole = out.with_name(out.name + ".new")
    whole.write_text(json.dumps(content, allow_nan=False) + "\n", encoding="utf-8")
    os.replace(whole, out)


def _stored_info(out: Path) -> Any:
    try:
        return json.loads(out.read_text(encoding="utf-8")).get("info")
    except (OSError, ValueError, AttributeError):
        return None


def _bounds(mask: BoolArray) -> list[int]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    left, top = int(columns[0]), int(rows[0])
    return [left, top, int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top]


if __name__ == "__main__":
    sys.exit(main())
