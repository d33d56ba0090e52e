"""One clip, or a pair: drawn again until its property can be told from what is seen, or can not, on request."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from physperception.datasets.videos.acts import Act, at_rest, make_acts
from physperception.datasets.videos.bodies import Ball, Light
from physperception.datasets.videos.camera import PosedCamera, coverage, hull
from physperception.datasets.videos.domains import DOMAINS, VideoDomain, draw_from
from physperception.datasets.videos.motion import Path, RejectedMotion
from physperception.datasets.videos.plates import Occluder, Plate, ground, make_light, make_occluder, make_plate, skin
from physperception.datasets.videos.rendering import Sensor, Stage
from physperception.datasets.videos.request import VideoRequest
from physperception.datasets.videos.truth import Seen, look
from physperception.datasets.videos.views import choose_view
from physperception.errors import PhysperceptionError
from physperception.physics.observations import Refusal
from physperception.scene import Property

MOST_FRAMES, LEAST_FRAMES = 90, 40
ATTEMPTS = 150
LEAST_AREA_PX = 100
LEAST_BLOCK_PX = 250
HIDDEN = 0.1
LEAST_BEFORE_HIDDEN = 3


@dataclass(frozen=True, eq=False)
class Clip:
    """All that is filmed and known, not yet drawn.

    Attributes:
        act: what happens.
        stage: what it is drawn from; its first body is the act's.
        stamps_s: when the first row of every frame is exposed.
        seen: the body in every frame; None where it is not in the image.
        refusal: what an estimator must say; None where it can tell the property.
        nuisances: how the clip was drawn, of JSON's types.
    """

    act: Act
    stage: Stage
    stamps_s: list[float]
    seen: list[Seen | None]
    refusal: Refusal | None
    nuisances: dict[str, Any]


def make_clips(request: VideoRequest, group: int) -> list[Clip]:
    """The clips of a group; two with `pairs`.

    Raises:
        PhysperceptionError: no draw of many was good enough.
    """
    reasons: list[str] = []
    for attempt in range(ATTEMPTS):
        try:
            return _attempt(request, group, request.generator(group, 1, attempt))
        except RejectedMotion as reason:
            reasons.append(str(reason))
    raise PhysperceptionError(f"group {group} of {request.info()['command']} found no motion: {reasons[-3:]}")


def _attempt(request: VideoRequest, group: int, rng: Generator) -> list[Clip]:
    domain, refusal = DOMAINS[request.split], request.refusal(group)
    rate_hz = draw_from(rng, domain.rate_hz)
    floor = ground(rng, domain)
    values = request.values(group)
    if refusal is Refusal.OCCLUDED and request.kind is Property.RESTITUTION:
        values = [0.25 + 0.6 * (values[0] - 0.25)]
    acts = make_acts(request.kind, rng, domain, values, rate_hz, floor)
    camera = choose_view(rng, domain, request.kind, acts, request.width, request.height)
    if refusal is Refusal.NO_MOTION:
        acts = [at_rest(act) for act in acts]
    sensor = Sensor.draw(rng, domain, rate_hz, request.height)
    light = make_light(rng, domain)
    timing, furniture = (int(number) for number in rng.integers(0, 2**31, 2))
    clips = []
    for act in acts:
        stamps = _stamps(np.random.default_rng(timing), domain, act, rate_hz)
        if refusal is Refusal.TOO_SHORT:
            stamps = _cut_short(np.random.default_rng(timing), act, stamps)
        drawn = np.random.default_rng(furniture)
        clips.append(_furnish(drawn, domain, act, camera, light, sensor, stamps, floor, request.unknowable))
    if request.pairs:
        clips = _same_furniture(np.random.default_rng(furniture), domain, clips, floor)
    if refusal is Refusal.OCCLUDED:
        clips = [_hide(rng, clip) for clip in clips]
    for index, clip in enumerate(clips):
        if refusal in (None, Refusal.NO_SCALE):
            _check(clip)
        nuisances = clip.nuisances | {"rate_hz": rate_hz, "frames": len(clip.stamps_s)}
        clips[index] = replace(clip, refusal=refusal, nuisances=nuisances)
    return clips


def _stamps(rng: Generator, domain: VideoDomain, act: Act, rate_hz: float) -> list[float]:
    """When frames are taken: regular, jittered or with frames missing."""
    period = 1 / rate_hz
    count = min(math.floor((act.end_s - act.start_s) * rate_hz), MOST_FRAMES)
    stamps = act.start_s + (np.arange(max(count, LEAST_FRAMES)) + rng.uniform(0, 0.5)) * period
    if rng.random() < domain.jitter_share:
        stamps = stamps + np.clip(rng.normal(0, 0.12 * period, len(stamps)), -0.4 * period, 0.4 * period)
    if rng.random() < domain.drops_share:
        kept = rng.random(len(stamps)) >= rng.uniform(0.03, 0.12)
        stamps = stamps[kept] if kept.sum() >= LEAST_FRAMES // 2 else stamps
    return [round(float(stamp), 7) for stamp in stamps]


def _cut_short(rng: Generator, act: Act, stamps: list[float]) -> list[float]:
    """The part of a clip that ends before the property shows."""
    if act.surface_size_m is not None:
        return stamps[: int(rng.integers(2, 5))]
    contact = float(act.events["contacts_s"][0])
    before = [stamp for stamp in stamps if stamp < contact - 0.01]
    if act.volume_m3 is None:
        return before if len(before) >= 2 else stamps[:2]
    return stamps[: len(before) + int(rng.integers(1, 4))]


def _furnish(
    rng: Generator,
    domain: VideoDomain,
    act: Act,
    camera: PosedCamera,
    light: Light,
    sensor: Sensor,
    stamps: list[float],
    floor: NDArray[np.uint8],
    alone: bool,
) -> Clip:
    """The act on a stage with a plate, perhaps a second mover and an occluder that hides nothing decisive."""
    width, height = camera.intrinsics.width, camera.intrinsics.height
    bare = Plate(np.zeros((height, width, 3), np.float32), np.zeros((height, width), np.float32), 0)
    stage = Stage(camera, light, bare, None, [act.body], sensor)
    nuisances: dict[str, Any] = {"occluder": False, "second_mover": False}
    clip = Clip(act, stage, stamps, [look(stage, stamp) for stamp in stamps], None, nuisances)
    mover = _mover(rng, domain, clip, floor) if rng.random() < domain.mover_share else None
    if mover is not None and not alone:
        clip = _unless_hidden(clip, replace(stage, bodies=[act.body, mover]), "second_mover")
    if rng.random() < domain.occluder_share:
        occluder = _bar(rng, clip)
        if occluder is not None:
            clip = _unless_hidden(clip, replace(clip.stage, occluder=occluder), "occluder")
    return _with_plate(rng, domain, clip, floor, _swept([clip]))


def _same_furniture(rng: Generator, domain: VideoDomain, clips: list[Clip], floor: NDArray[np.uint8]) -> list[Clip]:
    """The clips on one plate, without what was fitted to the motion of one of them."""
    bare = []
    for clip in clips:
        stage = replace(clip.stage, occluder=None, bodies=clip.stage.bodies[:1])
        seen = [look(stage, stamp, known) for stamp, known in zip(clip.stamps_s, clip.seen)]
        nuisances = clip.nuisances | {"occluder": False, "second_mover": False}
        bare.append(replace(clip, stage=stage, seen=seen, nuisances=nuisances))
    first = _with_plate(rng, domain, bare[0], floor, _swept(bare))
    return [
        replace(clip, stage=replace(clip.stage, plate=first.stage.plate), nuisances=first.nuisances) for clip in bare
    ]


def _with_plate(
    rng: Generator, domain: VideoDomain, clip: Clip, floor: NDArray[np.uint8], clear: NDArray[np.bool_]
) -> Clip:
    plate = make_plate(rng, domain, clip.stage.camera, clip.stage.light, floor, clear)
    nuisances = clip.nuisances | {"distractors": plate.distractors}
    return replace(clip, stage=replace(clip.stage, plate=plate), nuisances=nuisances)


def _swept(clips: list[Clip]) -> NDArray[np.bool_]:
    """Pixels that the bodies pass."""
    camera = clips[0].stage.camera.intrinsics
    swept = np.zeros((camera.height, camera.width), dtype=np.bool_)
    for clip in clips:
        for stamp, seen in zip(clip.stamps_s, clip.seen):
            if seen is not None:
                mask = seen.amodal
                swept[mask.y : mask.y + mask.height, mask.x : mask.x + mask.width] |= mask.data
            for body in clip.stage.bodies[1:]:
                outline = body.outline(clip.stage.camera, stamp)
                if outline is not None:
                    swept |= coverage(outline, 0, 0, camera.width, camera.height) > 0
    return swept


def _mover(rng: Generator, domain: VideoDomain, clip: Clip, floor: NDArray[np.uint8]) -> Ball | None:
    """A ball that passes by on the surface; None when it would touch the body."""
    away = float(np.linalg.norm(clip.stage.camera.position))
    radius, heading = away * rng.uniform(0.02, 0.05), rng.uniform(0, 2 * math.pi)
    along = np.array([math.cos(heading), math.sin(heading), 0])
    aside = np.array([-along[1], along[0], 0]) * rng.uniform(-0.5, 0.5) * away
    times = np.linspace(clip.stamps_s[0], clip.stamps_s[-1], 30)
    ways = rng.uniform(-0.5, 0.0) * away + rng.uniform(0.1, 0.5) * away * (times - times[0])
    places = aside + ways[:, None] * along + (0, 0, radius)
    turn = np.tile([1.0, 0, 0, 0], (len(times), 1))
    ball = Ball(radius, Path(times, places, turn), skin(rng, domain, floor))
    reach = radius + 0.12
    if any(np.linalg.norm(ball.center(time) - clip.act.body.center(time)) < reach for time in times):
        return None
    return ball


def _bar(rng: Generator, clip: Clip) -> Occluder | None:
    """An upright bar over a place that the body passes."""
    whole = [seen for seen in clip.seen if seen is not None]
    if not whole:
        return None
    seen = whole[int(rng.integers(len(whole)))]
    camera = clip.stage.camera.intrinsics
    wide = float(np.ptp(seen.outline[:, 0])) * rng.uniform(0.3, 0.8)
    middle = float(seen.outline[:, 0].mean()) + rng.normal(0, 0.6) * float(np.ptp(seen.outline[:, 0]))
    lean, top = rng.normal(0, 0.05) * camera.height, rng.uniform(-0.2, 0.4) * camera.height
    bottom = camera.height + 5.0
    corners = np.array(
        [
            (middle - wide / 2 + lean, top),
            (middle + wide / 2 + lean, top),
            (middle + wide / 2, bottom),
            (middle - wide / 2, bottom),
        ]
    )
    return make_occluder(rng, corners, camera.width, camera.height)


def _unless_hidden(clip: Clip, stage: Stage, what: str) -> Clip:
    """The clip on the new stage, if the property can still be told."""
    seen = [look(stage, stamp, known) for stamp, known in zip(clip.stamps_s, clip.seen)]
    changed = replace(clip, stage=stage, seen=seen)
    try:
        _check(changed)
    except RejectedMotion:
        return clip
    return replace(changed, nuisances=changed.nuisances | {what: True})


def _hide(rng: Generator, clip: Clip) -> Clip:
    """Something before the part of the motion that tells the property."""
    camera = clip.stage.camera.intrinsics
    stamps = np.array(clip.stamps_s)
    if clip.act.surface_size_m is not None:
        late = stamps >= clip.stamps_s[int(rng.integers(2, 5))]
    elif clip.act.volume_m3 is None:
        late = stamps >= float(clip.act.events["contacts_s"][0]) - rng.uniform(0.01, 0.06)
    else:
        late = stamps >= float(clip.act.events["contacts_s"][0])
    covered = [seen.outline for seen, hide in zip(clip.seen, late) if hide and seen is not None]
    if not covered:
        raise RejectedMotion("nothing is left to hide")
    points = np.concatenate(covered)
    if clip.act.volume_m3 is not None:
        middle = points.mean(axis=0)
        points = middle + (points - middle) * (1.1, rng.uniform(0.85, 1.1))
    outline = hull(points + 4 * np.sign(points - points.mean(axis=0)))
    if outline is None:
        raise RejectedMotion("nothing is left to hide")
    stage = replace(clip.stage, occluder=make_occluder(rng, outline, camera.width, camera.height))
    seen = [look(stage, stamp, known) for stamp, known in zip(clip.stamps_s, clip.seen)]
    in_view = sum(one is not None and one.occlusion < 0.5 for one in seen)
    if clip.act.volume_m3 is not None and in_view < LEAST_BEFORE_HIDDEN:
        raise RejectedMotion("nothing is seen to be hidden")
    return replace(clip, stage=stage, seen=seen, nuisances=clip.nuisances | {"occluder": True})


def _check(clip: Clip) -> None:
    """Raises RejectedMotion unless enough of what tells the property is seen."""
    good = np.array(
        [seen.stamp_s for seen in clip.seen if seen is not None and not seen.cut and seen.occlusion < HIDDEN]
    )
    areas = [seen.visible_area for seen in clip.seen if seen is not None and not seen.cut]
    least = LEAST_AREA_PX if clip.act.surface_size_m is None else LEAST_BLOCK_PX
    if not areas or float(np.median(areas)) < least:
        raise RejectedMotion("the body is small in the image")
    if not clip.act.events:
        if len(good) < LEAST_FRAMES // 2:
            raise RejectedMotion("the body is hardly seen")
        return
    begin, end = clip.act.decisive_s
    inside = good[(good >= begin) & (good <= end)]
    if clip.act.surface_size_m is None and clip.act.volume_m3 is None:
        contact = float(clip.act.events["contacts_s"][0])
        if (good < contact).sum() < 4 or ((good > contact) & (good < end)).sum() < 4:
            raise RejectedMotion("too little is seen around the contact")
    elif len(inside) < 9 or np.ptp(inside) < 0.7 * (end - begin):
        raise RejectedMotion("too little of the motion is seen")
