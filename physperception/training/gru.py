"""Train the GRU regressor of a physical property (thesis 5.4.1) on tracks of generated clips.

    python -m physperception.training.gru --property friction --data data/videos/friction/train \\
        --val data/videos/friction/val --out physperception/weights/gru_friction.safetensors

It learns from true tracks, made as wrong as measured ones are: the first `--measured` clips of `--data` are measured
from pixels, once, into `--cache`, and their errors are laid over all tracks. True tracks of `--val` with such errors,
and the first `--limit` ones measured, calibrate the intervals. Resumes from the checkpoint beside `--out`.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from physperception.datasets.videos.dataset import VideoClip, VideoDataset
from physperception.physics.fits.statistics import CannotTell
from physperception.physics.gru import TrackGru, gru_metadata, stacked
from physperception.physics.gru_inputs import MIRRORED, gru_input
from physperception.physics.observations import Track, View
from physperception.physics.readout.heads import Target
from physperception.physics.readout.model import NAMES
from physperception.scene import Property
from physperception.training.gru_noise import errors_of, made_wrong
from physperception.training.gru_tracks import store_tracks, true_track
from physperception.training.network_trainer import NetworkTrainer

NOTE_STEPS = 300
COVERAGE = 0.9
RATE, BATCH = 1e-3, 128
"""Of the thesis (5.5)."""
KINDS = {name: kind for kind, name in NAMES.items()}


@dataclass(frozen=True, eq=False)
class TrackSet:
    """Inputs float32 [T, N, 6] of T tracks, their lengths int64 [T], values in the unit of the input and in SI."""

    steps: Tensor
    lengths: Tensor
    values: Tensor
    units: Tensor

    def __len__(self) -> int:
        return len(self.lengths)

    @classmethod
    def of(cls, tracks: Iterable[tuple[Track, View, float]], property: Property) -> TrackSet:
        """From tracks, what is known of their views, and the true values in SI units; those that can't be told of are
        left out.

        Raises:
            ValueError: nothing is left.
        """
        steps, values, units = [], [], []
        for track, view, value in tracks:
            try:
                seen = gru_input(track, view, property)
            except CannotTell:
                continue
            steps.append(torch.from_numpy(seen.steps))
            values.append(value / seen.unit)
            units.append(seen.unit)
        if not steps:
            raise ValueError(f"no track tells of {property.value}")
        padded, lengths = stacked(steps)
        return cls(padded, lengths, torch.tensor(values), torch.tensor(units))


class Trainer(NetworkTrainer):
    """The network of which `NetworkTrainer` says how it is trained; `seed` is of its initial weights too.

    Args:
        data: what it learns from, which says how inputs and values are scaled.
    """

    def __init__(self, data: TrackSet, property: Property, seed: int, steps: int, rate: float = RATE) -> None:
        torch.manual_seed(seed)
        super().__init__(TrackGru(), seed, steps, rate, most_gradient=1.0)
        self.data = data
        self.target = Target.of(property, data.values)
        self.interval_factor = 1.0
        shown = torch.cat([row[:length] for row, length in zip(data.steps, data.lengths)])
        with torch.no_grad():
            self.network.middle.copy_(shown.mean(0))
            self.network.spread.copy_(shown.std(0).clamp(min=1e-3))
        self._mirrored = MIRRORED[property]

    def step(self, batch: int = BATCH) -> float:
        """One optimiser step on tracks drawn at random, half of them mirrored; returns the L1 loss of scaled values."""
        rows = torch.randint(len(self.data), (batch,), generator=self.generator)
        lengths = self.data.lengths[rows]
        steps = self.data.steps[rows, : int(lengths.max())].clone()
        signs = torch.randint(2, (batch, 1, 1), generator=self.generator) * 2.0 - 1
        steps[..., self._mirrored] *= signs
        self.network.train()
        value, log_scale = self.network(steps, lengths)
        error = (value - self.target.scale(self.data.values[rows])).abs()
        doubt = (log_scale + error.detach() * torch.exp(-log_scale)).mean()
        self.learn(error.mean() + doubt)
        return float(error.detach().mean())

    @torch.no_grad()
    def validate(self, data: TrackSet) -> dict[str, float]:
        """Pearson of values and of scaled values (logarithms for viscosity), mean absolute error in SI units, and the
        factor that makes the Laplace intervals hold nine in ten, which is kept; of the averaged weights."""
        network = TrackGru()
        network.load_state_dict(self.average.tensors)
        network.eval()
        scaled, log_scale = (part.double() for part in network(data.steps, data.lengths))
        truth = self.target.scale(data.values.double())
        reach = (scaled - truth).abs() / (log_scale.exp() * math.log(1 / (1 - COVERAGE)))
        self.interval_factor = max(1e-3, float(reach.quantile(COVERAGE)))
        found = torch.tensor([self.target.unscale(float(each)) for each in scaled], dtype=torch.float64) * data.units
        true = data.values.double() * data.units
        return {
            "pearson": _pearson(found, true),
            "pearson_scaled": _pearson(scaled, truth),
            "mae": float((found - true).abs().mean()),
            "interval_factor": self.interval_factor,
            "n": len(data),
        }


def track_set(
    clips: Iterable[tuple[int, VideoClip]],
    measured: Mapping[int, Track],
    errors: Sequence[NDArray[np.float64]],
    property: Property,
    copies: int,
    seed: int,
) -> TrackSet:
    """True tracks, each `copies` times made wrong by `errors`, and measured tracks, by number of the clip, as often."""
    random = np.random.default_rng(seed)

    def tracks() -> Iterable[tuple[Track, View, float]]:
        for index, clip in tqdm(clips, desc="tracks", unit="clip", mininterval=10):
            if clip.value is None:
                continue
            track = true_track(clip)
            for _ in range(copies):
                if track is not None:
                    yield made_wrong(track, errors, random), clip.view, clip.value
                if index in measured:
                    yield made_wrong(measured[index], [], random), clip.view, clip.value

    return TrackSet.of(tracks(), property)


def train(arguments: argparse.Namespace) -> None:
    """Train for the steps asked for, validating and checkpointing on the way."""
    torch.set_num_threads(arguments.threads)
    kind = KINDS[arguments.property]
    data, val = VideoDataset(arguments.data), VideoDataset(arguments.val)
    measured = store_tracks(data, arguments.cache / f"{arguments.property}-train", arguments.measured)
    held_out = store_tracks(val, arguments.cache / f"{arguments.property}-val", arguments.limit)
    errors = errors_of(
        (track, true) for index, track in measured.items() if (true := true_track(data[index])) is not None
    )
    clips = ((index, data[index]) for index in range(min(len(data), arguments.clips)))
    known = [(index, val[index]) for index in range(len(val))]
    learned = track_set(clips, measured, errors, kind, arguments.copies, arguments.seed)
    exact = track_set(known, {}, [], kind, 1, arguments.seed)
    seen = track_set(known, held_out, errors, kind, 2, arguments.seed)
    trainer = Trainer(learned, kind, arguments.seed, arguments.steps, arguments.rate)
    checkpoint = arguments.out.with_suffix(".checkpoint")
    if checkpoint.exists():
        trainer.resume(checkpoint)
    _run(trainer, {"true tracks": exact, "with errors": seen}, arguments.out, checkpoint)


def _run(trainer: Trainer, held_out: Mapping[str, TrackSet], out: Path, checkpoint: Path) -> None:
    """The last set of those held out calibrates the intervals."""
    started_s = time.monotonic()
    with tqdm(desc="training", unit="step", initial=trainer.step_number, mininterval=10) as bar:
        while not trainer.finished:
            loss = trainer.step()
            bar.update()
            bar.set_postfix(loss=f"{loss:.3f}", refresh=False)
            if trainer.step_number % NOTE_STEPS == 0 or trainer.finished:
                for name, part in held_out.items():
                    found = {key: round(number, 4) for key, number in trainer.validate(part).items()}
                    tqdm.write(f"step {trainer.step_number} val {name} {json.dumps(found)}")
                trainer.save(checkpoint)
                trainer.average.export(out, gru_metadata(trainer.target, trainer.interval_factor))
    minutes = round((time.monotonic() - started_s) / 60, 1)
    print(json.dumps({"steps": trainer.step_number, "tracks": len(trainer.data), "minutes": minutes}))


def _pearson(first: Tensor, second: Tensor) -> float:
    return float(torch.corrcoef(torch.stack((first, second)))[0, 1])


def parse(args: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--property", choices=sorted(KINDS), required=True)
    parser.add_argument("--data", type=Path, required=True, help="folder of training clips")
    parser.add_argument("--val", type=Path, required=True, help="folder of validation clips")
    parser.add_argument("--out", type=Path, required=True, help="weights, fp16 safetensors")
    parser.add_argument("--cache", type=Path, default=Path("data/tracks"), help="where measured tracks are kept")
    parser.add_argument("--clips", type=int, default=800, help="training clips at most")
    parser.add_argument("--measured", type=int, default=16, help="of them measured from pixels")
    parser.add_argument("--limit", type=int, default=16, help="validation clips measured from pixels at most")
    parser.add_argument("--copies", type=int, default=2, help="of a track, each with other errors")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--rate", type=float, default=2 * RATE, help="highest learning rate of AdamW")
    parser.add_argument("--threads", type=int, default=1, help="of torch")
    return parser.parse_args(args)


if __name__ == "__main__":
    train(parse())
