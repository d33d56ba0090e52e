"""Measure by how much the intervals of the physical fits must be widened to hold nine truths in ten.

    python -m physperception.training.calibrate_fits --val data/videos --limit 60

Reads `VAL/restitution/val`, its pairs, `VAL/restitution/val2` (a worse camera) and their like, estimates from pixels,
and writes `physperception/physics/fits/calibration.json`: the 90 % quantile of error over half the interval (split
conformal prediction: Vovk et al. 2005), at least a half.
"""

from __future__ import annotations

import argparse
import json
import math
from itertools import chain, islice
from pathlib import Path

import numpy as np
from tqdm import tqdm

from physperception.datasets.videos.dataset import VideoClip, VideoDataset
from physperception.evaluation.properties import Estimator, fitted
from physperception.physics.fits.statistics import CONFIDENCE, Calibration
from physperception.physics.readout.heads import LOGARITHMIC
from physperception.physics.readout.model import NAMES
from physperception.scene import EstimateStatus, Property, PropertyEstimate, Scale

OUT = Path(__file__).parents[1] / "physics" / "fits" / "calibration.json"
PARTS = ("val", "val-pairs", "val2")
LEAST = 20
LEAST_FACTOR = 0.5


def ratio(clip: VideoClip, estimate: PropertyEstimate) -> float | None:
    """Error over the half of the interval on its side; None where nothing was answered."""
    if estimate.status is EstimateStatus.REFUSED or estimate.scale is not Scale.METRIC or clip.value is None:
        return None
    end = estimate.upper if clip.value > estimate.value else estimate.lower
    if clip.property in LOGARITHMIC:
        return abs(math.log(clip.value / estimate.value)) / max(abs(math.log(end / estimate.value)), 1e-9)
    return abs(clip.value - estimate.value) / max(abs(end - estimate.value), 1e-9)


def factor_of(ratios: list[float]) -> float:
    """The factor for one property. Raises ValueError for fewer than 20 answers, of which nothing can be learned."""
    if len(ratios) < LEAST:
        raise ValueError(f"{len(ratios)} answers are fewer than the {LEAST} needed to calibrate")
    rank = min(1.0, CONFIDENCE * (1 + 1 / len(ratios)))
    return max(LEAST_FACTOR, float(np.quantile(ratios, rank, method="higher")))


def calibrate(folder: Path, kind: Property, limit: int, estimator: Estimator, present: float) -> float:
    """The factor of a property, from the clips of those of its folders `PARTS` that there are.

    They are estimated with the present factor.
    """
    paths = [folder / NAMES[kind] / part for part in PARTS]
    sets = [VideoDataset(path) for path in paths if path == paths[0] or path.exists()]
    clips = islice(chain.from_iterable(sets), limit)
    found = [ratio(clip, estimator(clip)) for clip in tqdm(clips, desc=NAMES[kind], unit="clip", total=limit)]
    return present * factor_of([value for value in found if value is not None])


def main(args: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--val", type=Path, default=Path("data/videos"), help="folder of the properties' folders")
    parser.add_argument("--property", choices=sorted(NAMES.values()), nargs="+", default=sorted(NAMES.values()))
    parser.add_argument("--limit", type=int, default=400, help="clips a property")
    parser.add_argument("--out", type=Path, default=OUT)
    arguments = parser.parse_args(args)
    factors = {kind.name: value for kind, value in Calibration.shipped().factors.items()}
    for kind, name in NAMES.items():
        if name in arguments.property:
            present = Calibration.shipped().factors[kind]
            factors[kind.name] = round(calibrate(arguments.val, kind, arguments.limit, fitted(False), present), 2)
            print(json.dumps({name: factors[kind.name]}), flush=True)
    arguments.out.write_text(json.dumps(factors) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
