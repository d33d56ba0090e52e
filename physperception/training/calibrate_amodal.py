"""Find how sure the embedded completer should be of itself, and write that into the header of its weights.

    python -m physperception.training.calibrate_amodal --weights physperception/weights/amodal.safetensors \\
        --val data/scenes/val

Two numbers, one after the other: the spread of shapes, so that the stated deviation of the hidden part is as large as
its error, on average and as for a normal distribution; then the temperature with the least calibration error of the
pixels' probabilities.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from safetensors.torch import load_file, save_file

from physperception.amodal import AmodalConfig, create
from physperception.amodal.network import Calibration
from physperception.config import load
from physperception.datasets.coco import SceneDataset
from physperception.evaluation.amodal import evaluate
from physperception.evaluation.methods import with_completer
from physperception.evaluation.truth import read_truth
from physperception.weights import read_metadata, weights_path

SPREADS = (1.0, 2.0, 2.5, 3.0, 3.5, 4.0)
TEMPERATURES = (0.7, 1.0, 1.3, 1.7, 2.2)
MEAN_ERROR = math.sqrt(2 / math.pi)
"""Of a normal distribution, in standard deviations."""


def calibrate(weights: Path, val: Path, images: int) -> Calibration:
    """The best calibration of a weights file, on the first images of a val set; prints what it tried."""
    best = Calibration()
    for name, values in (("spread", SPREADS), ("temperature", TEMPERATURES)):
        tried = {}
        for value in values:
            found = _figures(weights, replace(best, **{name: value}), val, images)
            unfit = abs(found["occlusion_error"] - MEAN_ERROR * found["occlusion_std"])
            tried[value] = found["pixel_ece"] if name == "temperature" else unfit
            kept = ("occlusion_coverage", "occlusion_error", "occlusion_std", "score_excess", "pixel_ece", "miou_inv")
            print(json.dumps({name: value} | {key: round(found[key], 4) for key in kept}), flush=True)
        best = replace(best, **{name: min(tried, key=lambda value: tried[value])})
    return best


def write(weights: Path, calibration: Calibration, out: Path) -> None:
    """A copy of a weights file with a calibration in its header."""
    save_file(load_file(weights), out, read_metadata(weights) | calibration.metadata())
    out.chmod(0o644)


def _figures(weights: Path, calibration: Calibration, val: Path, images: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / weights.name
        write(weights, calibration, path)
        completer = create(load(AmodalConfig, "amodal", weights=str(path), device="cpu", cpu_threads=1))
        data = SceneDataset(val)
        truths = (read_truth(data, index) for index in range(min(images, len(data))))
        figures = evaluate(truths, {"": with_completer(completer)})[""].figures()
        completer.close()
    return figures


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, default=weights_path("amodal.safetensors"), help="changed in place")
    parser.add_argument("--val", type=Path, required=True, help="validation scenes")
    parser.add_argument("--images", type=int, default=120, help="of them, from the first on")
    chosen = parser.parse_args(arguments)
    calibration = calibrate(chosen.weights, chosen.val, chosen.images)
    write(chosen.weights, calibration, chosen.weights)
    print(json.dumps({"spread": calibration.spread, "temperature": calibration.temperature}))


if __name__ == "__main__":
    main()
