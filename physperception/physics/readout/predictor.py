"""Physical properties of a clip by trained read-outs: a value with its interval, or a refusal with its reason."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from physperception.errors import ModelUnavailable
from physperception.physics.observations import Refusal, View
from physperception.physics.readout.clips import Clip, Unwatchable
from physperception.physics.readout.heads import LOGARITHMIC, Target
from physperception.physics.readout.model import NAMES, Readout, open_readout
from physperception.scene import UNITS, Box, EstimateStatus, Property, PropertyEstimate, Scale
from physperception.weights import weights_path

CONFIDENCE = 0.9
MARGIN = 0.1
METHOD = "READOUT"


@dataclass(frozen=True, eq=False)
class TrainedReadout:
    """A read-out in evaluation mode, its target, and what its intervals are widened by."""

    readout: Readout
    target: Target
    interval_factor: float = 1.0
    name: str = "readout"


class ReadoutPredictor:
    """Learned estimates from images alone, the second opinion beside physical fits.

    Args:
        source: a folder with `readout_restitution.safetensors`, `readout_friction.safetensors` and
            `readout_viscosity.safetensors`, of which some may be missing; one such file; or read-outs by property.
            None for the folder of the shipped weights.
        base: folder of the frozen network, for V-JEPA 2 and video diffusion read-outs.
        device: where they run.
    """

    def __init__(
        self,
        source: Path | Mapping[Property, TrainedReadout] | None = None,
        base: str = "",
        device: torch.device | str = "cpu",
    ) -> None:
        self._loaded: dict[Property, TrainedReadout] = dict(source) if isinstance(source, Mapping) else {}
        self._path = source if isinstance(source, Path) else weights_path("") if source is None else None
        self._base = base
        self._device = device

    def predict(
        self,
        frames: NDArray[np.uint8],
        stamps_s: NDArray[np.float64],
        property: Property,
        view: View | None = None,
        object_id: str = "object",
        region: Box | None = None,
    ) -> PropertyEstimate:
        """The property of the one thing that moves.

        The scale is METRIC for restitution, which has none; for friction where the square watched or the object has a
        known size in metres; for viscosity where besides the liquid's volume is known. It is RELATIVE otherwise.
        Refused are clips in which nothing, or everything, moves, too few frames, values that can't be (POOR_FIT) or
        were not trained on (OUT_OF_RANGE), and estimates no surer than knowing nothing (POOR_FIT).

        Args:
            frames: uint8 RGB [T, H, W, 3] of a camera at rest.
            stamps_s: float64 [T], seconds, rising.
            property: what to tell.
            view: what is known of camera, plane and sizes.
            object_id: of the estimate.
            region: pixels to which motion is limited, where several things move.

        Raises:
            InvalidImage: frames or stamps of another shape or type.
        """
        clip = Clip(frames, stamps_s, view or View(), region)
        try:
            trained = self._trained(property)
            looks = [trained.readout.backbone.look(clip)]
        except ModelUnavailable as error:
            return self._refused(clip, property, object_id, f"{Refusal.MODEL_ABSENT.value}: {error}")
        except Unwatchable as error:
            return self._refused(clip, property, object_id, str(error))
        feature = trained.readout.feature(looks)
        with torch.no_grad():
            scaled, log_scale = (float(part[0]) for part in trained.readout.heads.absolute(feature))
        return self._estimate(clip, trained, object_id, scaled, math.exp(log_scale) * trained.interval_factor)

    def compare(self, first: Clip, second: Clip, property: Property) -> float:
        """Probability in 0..1 that the first clip shows the larger value; both orders asked (thesis eq. 5.4).

        Raises:
            ModelUnavailable: there are no weights for the property.
            Unwatchable: nothing can be learned from one of the clips.
        """
        trained = self._trained(property)
        look, heads = trained.readout.backbone.look, trained.readout.heads
        one, other = trained.readout.feature([look(first)]), trained.readout.feature([look(second)])
        with torch.no_grad():
            logit = (heads.relative(one, other) - heads.relative(other, one)) / 2
        return float(logit.sigmoid())

    def _estimate(
        self, clip: Clip, trained: TrainedReadout, object_id: str, scaled: float, spread: float
    ) -> PropertyEstimate:
        target = trained.target
        reach = spread * math.log(1 / (1 - CONFIDENCE))
        value, lower, upper = (target.unscale(scaled + sign * reach) for sign in (0, -1, 1))
        reason = _objection(target, value, spread)
        if reason:
            return self._refused(clip, target.property, object_id, reason)
        slope = target.spread * (value if target.property in LOGARITHMIC else 1.0)
        most = max(value, 1.0) if target.property is Property.RESTITUTION else math.inf
        return PropertyEstimate(
            object_id=object_id,
            property=target.property,
            status=EstimateStatus.VALID,
            scale=justified_scale(clip.view, target.property),
            value=value,
            std_dev=math.sqrt(2) * spread * slope,
            lower=max(0.0, lower),
            upper=min(upper, most),
            confidence_level=CONFIDENCE,
            model=trained.name,
            method=METHOD,
            counterpart=clip.view.counterpart,
            first_stamp_ns=round(float(clip.stamps_s[0]) * 1e9),
            last_stamp_ns=round(float(clip.stamps_s[-1]) * 1e9),
            frames=len(clip.frames),
        )

    def _refused(self, clip: Clip, property: Property, object_id: str, reason: str) -> PropertyEstimate:
        return PropertyEstimate(
            object_id=object_id,
            property=property,
            status=EstimateStatus.REFUSED,
            scale=justified_scale(clip.view, property),
            reason=reason,
            method=METHOD,
            counterpart=clip.view.counterpart,
            first_stamp_ns=round(float(clip.stamps_s[0]) * 1e9),
            last_stamp_ns=round(float(clip.stamps_s[-1]) * 1e9),
            frames=len(clip.frames),
        )

    def _trained(self, property: Property) -> TrainedReadout:
        if property in self._loaded:
            return self._loaded[property]
        if self._path is None:
            raise ModelUnavailable(f"no read-out of {property.value} was given")
        path = self._path / f"readout_{NAMES[property]}.safetensors" if self._path.is_dir() else self._path
        if not path.is_file():
            raise ModelUnavailable(
                f"no read-out at {path}: train one with `python -m physperception.training.readout` or give a folder"
            )
        readout, target, factor = open_readout(path, self._base, self._device)
        if target.property is not property:
            raise ModelUnavailable(f"{path} is a read-out of {target.property.value}, not of {property.value}")
        self._loaded[property] = TrainedReadout(readout, target, factor, f"{readout.backbone.kind}-{path.stem}")
        return self._loaded[property]


def justified_scale(view: View, property: Property) -> Scale:
    """Whether a number told from images with this view can be in SI units."""
    on_plane = view.camera is not None and view.plane is not None
    metric = {
        Property.RESTITUTION: True,
        Property.KINETIC_FRICTION: on_plane or view.surface_size_m is not None,
        Property.VISCOSITY: on_plane and view.volume_m3 is not None,
    }
    return Scale.METRIC if metric[property] else Scale.RELATIVE


def _objection(target: Target, value: float, spread: float) -> str:
    name, unit = target.property.value, UNITS[target.property]
    if not math.isfinite(value):
        return f"{Refusal.POOR_FIT.value}: the read-out gave no finite {name}"
    if value < 0 or (target.property is Property.RESTITUTION and value > 1):
        return f"{Refusal.POOR_FIT.value}: the read-out gave a {name} of {value:.3g}, which can't be"
    scaled = target.scale(torch.tensor([value, target.lower, target.upper], dtype=torch.float64)).tolist()
    margin = MARGIN * (scaled[2] - scaled[1])
    if not scaled[1] - margin <= scaled[0] <= scaled[2] + margin:
        return (
            f"{Refusal.OUT_OF_RANGE.value}: {value:.3g} {unit} is outside {target.lower:.3g} to {target.upper:.3g}, "
            "which the read-out was trained on"
        )
    if spread >= 1:
        return f"{Refusal.POOR_FIT.value}: the read-out is no surer of this clip than of one it has not seen"
    return ""
