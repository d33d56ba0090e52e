"""What happens in a video: start states drawn from a domain, simulated for one or two values of the property."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from physperception.datasets.videos.bodies import Ball, Block, Body, Pool
from physperception.datasets.videos.bouncing import simulate_bounce
from physperception.datasets.videos.domains import VideoDomain
from physperception.datasets.videos.motion import GRAVITY, FloatArray, Path, RejectedMotion
from physperception.datasets.videos.plates import skin
from physperception.datasets.videos.sliding import simulate_slide
from physperception.datasets.videos.spreading import simulate_film
from physperception.scene import Property

LONGEST_S = 2.6
SPARE_S = 0.06
LEVEL = np.array([0.0, 0.0, -GRAVITY])
LEAST_SLIDE_M = 0.08


@dataclass(frozen=True, eq=False)
class Act:
    """One simulated motion.

    Attributes:
        body: what moves; times are the clip's.
        value: of the property, as measured in the simulation; `asked` is what the simulator was set to.
        start_s, end_s: what is to be filmed.
        decisive_s: times that tell the property and must be seen.
        gravity: float64 [3] in the surface frame.
        events: times in seconds.
        start: how it was let go.
        path: of the centre, for the label file; None for a liquid.
    """

    body: Body
    value: float
    asked: float
    start_s: float
    end_s: float
    decisive_s: tuple[float, float]
    gravity: FloatArray
    events: dict[str, Any]
    start: dict[str, Any]
    path: Path | None = None
    surface_size_m: tuple[float, float] | None = None
    volume_m3: float | None = None
    facts: dict[str, Any] = field(default_factory=dict)


def make_acts(
    wanted: Property, rng: Generator, domain: VideoDomain, values: list[float], rate_hz: float, floor: NDArray[np.uint8]
) -> list[Act]:
    """The same start state with every one of the values.

    Raises:
        RejectedMotion: it would not show the property well enough, or the simulation disagrees with its coefficient.
    """
    makers = {
        Property.RESTITUTION: _bounces,
        Property.KINETIC_FRICTION: _slides,
        Property.VISCOSITY: _spreads,
    }
    return makers[wanted](rng, domain, values, rate_hz, floor)


def at_rest(act: Act) -> Act:
    """The same body, lying still where it would have ended or touched first."""
    body = act.body
    if isinstance(body, Pool):
        still: Body = Pool(body.film, body.place, 0.0, body.color, body.gloss, body.age(act.end_s))
        return Act(**(vars(act) | {"body": still, "events": {}}))
    assert isinstance(body, Ball | Block)
    assert act.path is not None
    time_s = act.decisive_s[0] if isinstance(body, Block) else float(act.events["contacts_s"][0])
    place = act.path.position(time_s)
    place[2] = body.radius_m if isinstance(body, Ball) else body.size_m[2] / 2
    nearest = int(np.argmin(np.abs(act.path.times_s - time_s)))
    path = Path(np.zeros(1), place[None], act.path.quaternions[nearest][None])
    return Act(**(vars(act) | {"body": type(body)(**(vars(body) | {"path": path})), "path": path, "events": {}}))


def _bounces(
    rng: Generator, domain: VideoDomain, values: list[float], rate_hz: float, floor: NDArray[np.uint8]
) -> list[Act]:
    radius = 0.035 * rng.uniform(*domain.body_scale)
    height, heading, sideways = rng.uniform(0.25, 0.9), rng.uniform(0, 2 * math.pi), rng.uniform(0, 0.4)
    upwards = 0.0 if rng.random() < 0.5 else rng.uniform(-0.8, 0.6)
    spin = rng.normal(0, 5, 3)
    texture, gloss = skin(rng, domain, floor), rng.uniform(0, 0.5)
    velocity = np.array([sideways * math.cos(heading), sideways * math.sin(heading), upwards])
    start = np.array([0, 0, height + radius])
    speed = math.sqrt(2 * GRAVITY * height + upwards**2)
    contact = (upwards + speed) / GRAVITY
    if contact * rate_hz < 6 or min(values) * 2 * speed / GRAVITY * rate_hz < 6:
        raise RejectedMotion("too few frames before or after the first contact")
    acts = []
    for value in values:
        length = min(max(contact + 2 * speed / GRAVITY * (value + value**2) + 0.1, 41 / rate_hz), LONGEST_S)
        motion = simulate_bounce(value, radius, start, velocity, spin, length + SPARE_S)
        contacts = motion.contacts_s
        second = contacts[1] if len(contacts) > 1 else length
        third = contacts[2] if len(contacts) > 2 else length
        acts.append(
            Act(
                body=Ball(radius, motion.path, texture, gloss),
                value=motion.value,
                asked=value,
                start_s=0.0,
                end_s=min(length, max(third + 0.15, 40.5 / rate_hz)),
                decisive_s=(0.0, second),
                gravity=LEVEL,
                events={"contacts_s": list(contacts), "contact_values": list(motion.contact_values)},
                start={
                    "height_m": height,
                    "velocity_m_s": velocity.tolist(),
                    "spin_rad_s": spin.tolist(),
                    "radius_m": radius,
                },
                path=motion.path,
            )
        )
    return acts


def _slides(
    rng: Generator, domain: VideoDomain, values: list[float], rate_hz: float, floor: NDArray[np.uint8]
) -> list[Act]:
    length = 0.13 * rng.uniform(*domain.body_scale)
    size = length * np.array([1, rng.uniform(0.5, 0.9), rng.uniform(0.15, 0.35)])
    tilt = math.radians(rng.uniform(*domain.tilt_deg)) if rng.random() < domain.tilted_share else 0.0
    gravity = GRAVITY * np.array([math.sin(tilt), 0, -math.cos(tilt)])
    heading, yaw, way = rng.uniform(0, 2 * math.pi), rng.uniform(0, math.pi), rng.uniform(0.3, 0.6)
    middle = float(np.mean(values))
    slowing = middle * -gravity[2] - gravity[0] * math.cos(heading)
    speed = min(math.sqrt(2 * slowing * way), 2.8) if slowing > 0.3 else rng.uniform(0.3, 0.7)
    atlas = np.concatenate([skin(rng, domain, floor) for _ in range(2)] * 3)[: 6 * 96]
    velocity = speed * np.array([math.cos(heading), math.sin(heading)])
    acts = []
    for value in values:
        motion = simulate_slide(value, size, yaw, velocity, gravity, min(88 / rate_hz, LONGEST_S) + SPARE_S)
        stop = motion.stop_s if motion.stop_s is not None else float(motion.path.times_s[-1])
        travelled = np.linalg.norm(motion.path.positions[:, :2], axis=1)
        outside = np.flatnonzero(travelled > 0.7)
        decisive = min(stop, float(motion.path.times_s[outside[0]]) if outside.size else stop, 85 / rate_hz)
        if decisive * rate_hz < 11 or travelled.max() < LEAST_SLIDE_M:
            raise RejectedMotion("too few frames of sliding")
        acts.append(
            Act(
                body=Block(size, motion.path, atlas),
                value=motion.value,
                asked=value,
                start_s=0.0,
                end_s=min(max(decisive + 0.3, 40.5 / rate_hz), float(motion.path.times_s[-1]) - SPARE_S),
                decisive_s=(0.0, decisive),
                gravity=gravity,
                events={"stop_s": motion.stop_s},
                start={
                    "velocity_m_s": velocity.tolist(),
                    "yaw_rad": yaw,
                    "tilt_deg": math.degrees(tilt),
                    "size_m": size.tolist(),
                },
                path=motion.path,
                surface_size_m=(float(size[0]), float(size[1])),
            )
        )
    return acts


def _spreads(
    rng: Generator, domain: VideoDomain, values: list[float], rate_hz: float, floor: NDArray[np.uint8]
) -> list[Act]:
    radius = 0.017 * rng.uniform(*domain.body_scale)
    height = radius * rng.uniform(0.8, 2.0)
    fall = rng.uniform(0.03, 0.12) if rng.random() < 0.6 else 0.0
    lead = rng.uniform(0, 3) / rate_hz if fall else 0.0
    color = skin(rng, domain, floor, 16).reshape(-1, 3).mean(axis=0).astype(np.float32)
    gloss = rng.uniform(0.2, 0.8)
    contact = math.sqrt(2 * fall / GRAVITY)
    end = min(rng.uniform(1.2, LONGEST_S), 88 / rate_hz - lead)
    acts = []
    for value in values:
        film = simulate_film(value, radius, height, end - contact + 0.05)
        if film.front(end - contact) < 1.15 * radius:
            raise RejectedMotion("the liquid hardly spreads")
        times = np.geomspace(1e-3, end - contact, 24)
        acts.append(
            Act(
                body=Pool(film, np.zeros(3), fall, color, gloss),
                value=value,
                asked=value,
                start_s=-lead,
                end_s=end,
                decisive_s=(contact, end),
                gravity=LEVEL,
                events={"contacts_s": [contact]},
                start={"radius_m": radius, "height_m": height, "fall_m": fall},
                volume_m3=film.volume_m3,
                facts={
                    "measured_viscosity": film.measured,
                    "spreading_s": times.tolist(),
                    "front_m": [film.front(float(time)) for time in times],
                },
            )
        )
    return acts
