"""Properties of what moves in a clip: measured, fitted, and the fit joined with a read-out where there is one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from physperception.physics.fits import estimate_friction, estimate_restitution, estimate_viscosity
from physperception.physics.fusion import fuse
from physperception.physics.measuring import Kind, measure_clip
from physperception.physics.measuring.frames import FrameMasks, ImageArray
from physperception.physics.observations import Refusal, Track, View
from physperception.physics.readout.predictor import ReadoutPredictor
from physperception.scene import Box, EstimateStatus, Property, PropertyEstimate, Scale

KINDS: dict[Property, Kind] = {
    Property.RESTITUTION: "rigid",
    Property.KINETIC_FRICTION: "block",
    Property.VISCOSITY: "liquid",
}
FITS: dict[Property, Callable[[Track, View], PropertyEstimate]] = {
    Property.RESTITUTION: estimate_restitution,
    Property.KINETIC_FRICTION: estimate_friction,
    Property.VISCOSITY: estimate_viscosity,
}
NOBODY = "object-1"
FEWEST_IMAGES = 5
GONE_FRAMES = 4


@dataclass(frozen=True)
class Subject:
    """One thing that moves and what was found of it; `track` is None where nothing was seen to move."""

    track: Track | None
    estimate: PropertyEstimate


def estimate_clip(
    frames: Sequence[ImageArray],
    stamps_s: Sequence[float],
    property: Property,
    view: View,
    masks: Sequence[FrameMasks] | None = None,
    readout: ReadoutPredictor | None = None,
) -> list[Subject]:
    """A property of everything that moves in a clip, by a physical fit.

    Args:
        frames: uint8 RGB [H, W, 3] of one size, of a camera at rest.
        stamps_s: of each image, seconds, rising.
        property: what to tell.
        view: what is known of camera, surface and sizes.
        masks: of the objects, as `measure_clip` takes them; None finds what moves.
        readout: a second opinion on each, joined with the fit; None for the fit alone.

    Returns:
        One for each thing, estimates first, the surest first; a single refusal where nothing moves.

    Raises:
        InvalidImage: unusable images, stamps or masks.
        CameraMoves: no masks are given and the camera is not at rest.
    """
    tracks = measure_clip(frames, stamps_s, masks, view.row_time_s, KINDS[property])
    if not tracks:
        return [Subject(None, _nothing(frames, stamps_s, property, view, masks))]
    found = []
    for track in tracks:
        estimate = _said_hidden(FITS[property](track, view), track, stamps_s)
        if readout is not None:
            region = extent(track) if len(tracks) > 1 else None
            opinion = readout.predict(
                np.stack(list(frames)), np.asarray(stamps_s), property, view, track.object_id, region
            )
            estimate = second_opinion(estimate, opinion)
        found.append(Subject(track, estimate))
    return sorted(found, key=lambda subject: _doubt(subject.estimate))


def second_opinion(fit: PropertyEstimate, opinion: PropertyEstimate) -> PropertyEstimate:
    """A fit and a learned estimate as one.

    A refusal of the fit stands, unless it only lacked a good view (POOR_FIT, OCCLUDED, NO_PLANE): then the read-out
    answers. What can't be told from such a clip (no motion, no scale, too short) no network can tell either.
    """
    if opinion.status is EstimateStatus.REFUSED:
        return fit
    if fit.status is not EstimateStatus.REFUSED:
        return fuse([fit, replace(opinion, counterpart=fit.counterpart)])
    excused = (Refusal.POOR_FIT.value, Refusal.OCCLUDED.value, Refusal.NO_PLANE.value)
    return opinion if fit.reason.startswith(excused) else fit


def extent(track: Track) -> Box:
    """Everywhere an object was, pixels."""
    boxes = [seen.box for seen in track.observations]
    return Box(min(b.x1 for b in boxes), min(b.y1 for b in boxes), max(b.x2 for b in boxes), max(b.y2 for b in boxes))


def _said_hidden(estimate: PropertyEstimate, track: Track, stamps_s: Sequence[float]) -> PropertyEstimate:
    """A refusal for want of images as OCCLUDED, where the object goes out of sight inside the image."""
    wanting = (Refusal.TOO_SHORT.value, Refusal.NO_MOTION.value)
    if estimate.status is not EstimateStatus.REFUSED or not estimate.reason.startswith(wanting):
        return estimate
    if not vanishes(track, stamps_s, poured=estimate.property is Property.VISCOSITY):
        return estimate
    reason = f"{Refusal.OCCLUDED.value}: the object goes out of sight before its motion can be told"
    return replace(estimate, reason=reason)


def vanishes(track: Track, stamps_s: Sequence[float], *, poured: bool = False) -> bool:
    """Whether a track begins or ends inside the image, well after the first or before the last of the clip's images.

    What is poured begins where it is poured, which tells nothing.
    """
    first, last = track.observations[0], track.observations[-1]
    stamps = np.asarray(stamps_s)
    later, earlier = int((stamps > last.stamp_s).sum()), int((stamps < first.stamp_s).sum())
    return (later >= GONE_FRAMES and not last.cut) or (not poured and earlier >= GONE_FRAMES and not first.cut)


def _nothing(
    frames: Sequence[ImageArray],
    stamps_s: Sequence[float],
    property: Property,
    view: View,
    masks: Sequence[FrameMasks] | None,
) -> PropertyEstimate:
    """Why nothing can be told of a clip in which nothing was followed."""
    if len(stamps_s) < FEWEST_IMAGES:
        reason = f"{Refusal.TOO_SHORT.value}: the clip has {len(stamps_s)} images"
    else:
        reason = f"{Refusal.NO_MOTION.value}: nothing moves"
        seen = measure_clip(frames, stamps_s, masks, view.row_time_s, KINDS[property], fleeting=True)
        if any(vanishes(track, stamps_s, poured=property is Property.VISCOSITY) for track in seen):
            reason = f"{Refusal.OCCLUDED.value}: what was there at first is out of sight in most images"
    return PropertyEstimate(
        object_id=NOBODY,
        property=property,
        status=EstimateStatus.REFUSED,
        counterpart=view.counterpart,
        reason=reason,
        first_stamp_ns=round(stamps_s[0] * 1e9) if len(stamps_s) else 0,
        last_stamp_ns=round(stamps_s[-1] * 1e9) if len(stamps_s) else 0,
        frames=len(stamps_s),
        method="FIT",
    )


def _doubt(estimate: PropertyEstimate) -> tuple[bool, int, float]:
    """What sorts estimates before refusals, finer scales before coarser ones, and sure ones before unsure ones."""
    if estimate.status is EstimateStatus.REFUSED:
        return True, 0, 0.0
    return False, list(Scale).index(estimate.scale), (estimate.upper - estimate.lower) / max(abs(estimate.value), 1e-12)
