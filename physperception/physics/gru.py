"""The GRU regressor of the thesis (5.4.1) on tracks, to compare the physical fits with; not a default anywhere."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from physperception.amodal.models import fill
from physperception.errors import ModelUnavailable
from physperception.physics.fits.samples import subject_of
from physperception.physics.fits.statistics import CannotTell, refuse
from physperception.physics.gru_inputs import FEATURES, gru_input
from physperception.physics.observations import Refusal, Track, View
from physperception.physics.readout.heads import LOGARITHMIC, Target
from physperception.physics.readout.model import NAMES
from physperception.scene import UNITS, EstimateStatus, Property, PropertyEstimate
from physperception.weights import read_metadata, read_weights, weights_path

WIDTH = 48
LAYERS = 1
CONFIDENCE = 0.9
METHOD = "GRU"
KIND = "track-gru"
MARGIN = 0.1
WIDEST = 1.0
"""Spread, in mean absolute deviations of the training values, from which an answer says nothing."""


class TrackGru(nn.Module):
    """Normalised tracks to a scaled value and the logarithm of its Laplace scale b, which the thesis does not have."""

    def __init__(self) -> None:
        super().__init__()
        self.middle = nn.Parameter(torch.zeros(FEATURES), requires_grad=False)
        self.spread = nn.Parameter(torch.ones(FEATURES), requires_grad=False)
        self.gru = nn.GRU(FEATURES, WIDTH, LAYERS, batch_first=True, bidirectional=True)
        self.value = nn.Sequential(nn.Linear(4 * WIDTH, WIDTH), nn.GELU(), nn.Linear(WIDTH, 1))
        self.log_scale = nn.Sequential(nn.Linear(4 * WIDTH, WIDTH // 2), nn.GELU(), nn.Linear(WIDTH // 2, 1))

    def forward(self, steps: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Scaled values [B] and log b [B] of the scaled values, in -5..3; the value's gradient does not see b.

        Args:
            steps: float32 [B, N, 6], rows beyond a track's length are ignored.
            lengths: int64 [B] on the CPU, 1 and more.
        """
        packed = pack_padded_sequence(
            (steps - self.middle) / self.spread, lengths, batch_first=True, enforce_sorted=False
        )
        out, last = self.gru(packed)
        states, _ = pad_packed_sequence(out, batch_first=True)
        mean = states.sum(1) / lengths[:, None].to(states)
        feature = torch.cat((mean, last[-2], last[-1]), 1)
        return self.value(feature)[:, 0], 4 * torch.tanh(self.log_scale(feature.detach())[:, 0] / 4) - 1


TrainedGru = tuple[TrackGru, Target, float]
"""Network in evaluation mode, its target, and the factor on its intervals."""


class GruRegressor:
    """Estimates of a property from tracks.

    Args:
        source: a folder with `gru_restitution.safetensors`, `gru_friction.safetensors`, `gru_viscosity.safetensors`, of
            which some may be missing, one such file, or what `open_gru` gives by property; None for the folder of the
            shipped weights.
    """

    def __init__(self, source: Path | Mapping[Property, TrainedGru] | None = None) -> None:
        self._path = source if isinstance(source, Path) else weights_path("")
        self._loaded: dict[Property, TrainedGru] = dict(source) if isinstance(source, Mapping) else {}

    def estimate(self, track: Track, view: View, property: Property) -> PropertyEstimate:
        """The property with its 90 % interval, METRIC; needs of the view what `gru_input` says.

        Returns:
            A refusal where the physical fits would lack images, motion or scale, MODEL_ABSENT without weights,
            OUT_OF_RANGE for what was not trained on, and POOR_FIT where the network is no surer than without the track.
        """
        subject = subject_of(track, view, property)
        try:
            network, target, factor = self._trained(property)
            seen = gru_input(track, view, property)
            steps = torch.from_numpy(seen.steps)[None]
            with torch.no_grad():
                scaled, log_scale = (float(part[0]) for part in network(steps, torch.tensor([len(seen.steps)])))
            spread = math.exp(log_scale) * factor
            _check(target, scaled, spread, seen.unit)
        except ModelUnavailable as error:
            return replace(refuse(subject, CannotTell(Refusal.MODEL_ABSENT, str(error))), method=METHOD)
        except CannotTell as why:
            return replace(refuse(subject, why), method=METHOD)
        reach = spread * math.log(1 / (1 - CONFIDENCE))
        value, lower, upper = (target.unscale(scaled + sign * reach) * seen.unit for sign in (0, -1, 1))
        value = max(value, 0.0)
        slope = target.spread * (value if property in LOGARITHMIC else 1.0)
        return PropertyEstimate(
            object_id=subject.object_id,
            counterpart=subject.counterpart,
            property=property,
            status=EstimateStatus.VALID,
            value=value,
            std_dev=math.sqrt(2) * spread * slope,
            lower=max(lower, 0.0),
            upper=upper,
            confidence_level=CONFIDENCE,
            first_stamp_ns=subject.first_stamp_ns,
            last_stamp_ns=subject.last_stamp_ns,
            frames=len(track),
            method=METHOD,
            model=f"{KIND}-{NAMES[property]}",
        )

    def _trained(self, property: Property) -> TrainedGru:
        if property not in self._loaded:
            path = self._path / f"gru_{NAMES[property]}.safetensors" if self._path.is_dir() else self._path
            if not path.is_file():
                raise ModelUnavailable(f"no GRU regressor at {path}: train one with physperception.training.gru")
            self._loaded[property] = open_gru(path)
            if self._loaded[property][1].property is not property:
                raise ModelUnavailable(f"{path} is of {self._loaded.pop(property)[1].property.value}")
        return self._loaded[property]


def open_gru(path: Path) -> TrainedGru:
    """Weights with what their header says of them.

    Raises:
        ModelUnavailable: no file, or one of another kind.
    """
    facts = read_metadata(path)
    try:
        if facts["kind"] != KIND:
            raise ModelUnavailable(f"{path} holds a {facts['kind']}, not a {KIND}")
        content = json.loads(facts["target"])
        target = Target(**(content | {"property": Property(content["property"])}))
        factor = float(facts["interval_factor"])
    except (KeyError, TypeError, ValueError) as error:
        raise ModelUnavailable(f"{path} does not say what it predicts: {error!r}") from error
    network = TrackGru()
    fill(network, read_weights(path), path)
    return network.eval(), target, factor


def gru_metadata(target: Target, factor: float) -> dict[str, str]:
    """What `open_gru` needs beside the tensors."""
    shown = asdict(target) | {"property": target.property.value}
    return {"kind": KIND, "target": json.dumps(shown), "interval_factor": repr(factor)}


def stacked(steps: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Tracks of different lengths as one batch: float32 [B, N, 6] and int64 [B]."""
    return nn.utils.rnn.pad_sequence(list(steps), batch_first=True), torch.tensor([len(each) for each in steps])


def _check(target: Target, scaled: float, spread: float, unit: float) -> None:
    """Raises CannotTell for answers that can't be, that were not trained on, or that say nothing."""
    if not (math.isfinite(scaled) and math.isfinite(spread)):
        raise CannotTell(Refusal.POOR_FIT, "the GRU gave no finite value")
    ends = target.scale(torch.tensor([target.lower, target.upper], dtype=torch.float64)).tolist()
    margin = MARGIN * (ends[1] - ends[0])
    if not ends[0] - margin <= scaled <= ends[1] + margin:
        value, name = target.unscale(scaled) * unit, UNITS[target.property]
        raise CannotTell(Refusal.OUT_OF_RANGE, f"{value:.3g} {name} is beyond what the GRU was trained on")
    if spread >= WIDEST:
        raise CannotTell(Refusal.POOR_FIT, "the GRU is no surer of this track than of none")
