"""A ball that bounces, simulated by MuJoCo with a spring and damper as contact."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from physperception.datasets.videos.motion import GRAVITY, FloatArray, Path, RejectedMotion, Simulated

STIFFNESS = 1e6
SAMPLE_S = 1e-3
FLIGHT_STEP_S, CONTACT_STEP_S = 2e-4, 2.5e-5
TOLERANCE = 0.02
SLOW_M_S = 0.5
ROLLING_M2_S2 = 0.01
CURVE = np.array(
    [
        (0.1, 0.246),
        (0.15, 0.283),
        (0.2, 0.318),
        (0.3, 0.391),
        (0.4, 0.469),
        (0.6, 0.632),
        (0.8, 0.807),
        (0.95, 0.952),
        (0.99, 0.99),
    ]
)
"""Asked and measured restitution of this contact; the label is measured again in every clip."""


def simulate_bounce(
    restitution: float, radius_m: float, start: FloatArray, velocity: FloatArray, spin: FloatArray, duration_s: float
) -> Simulated:
    """Let a ball fall on the plane z = 0.

    The label is the ratio of speeds along the normal after and before the first contact; energy in free flight gives
    both speeds. Contacts faster than 0.5 m/s must agree with it within 2 %.

    Args:
        restitution: wanted, 0.25..0.95.
        start, velocity, spin: of the ball's centre, m, m/s, rad/s.

    Raises:
        RejectedMotion: there was no bounce, or bounces disagree.
    """
    import mujoco

    model, data = _model(restitution, radius_m)
    data.qpos[:3], data.qvel[:3], data.qvel[3:6] = start, velocity, spin
    count = round(duration_s / SAMPLE_S) + 1
    poses, speeds = np.empty((count, 7)), np.empty(count)
    for index in range(count):
        poses[index], speeds[index] = data.qpos, data.qvel[2]
        far = data.qpos[2] - radius_m > 2 * SAMPLE_S * abs(data.qvel[2]) + 1e-3
        rolling = index > 0 and data.qvel[2] ** 2 + 2 * GRAVITY * abs(data.qpos[2] - radius_m) < ROLLING_M2_S2
        model.opt.timestep = FLIGHT_STEP_S if far or (rolling and speeds[:index].min() < -SLOW_M_S) else CONTACT_STEP_S
        mujoco.mj_step(model, data, nstep=round(SAMPLE_S / model.opt.timestep))
    times: FloatArray = np.arange(count, dtype=np.float64) * SAMPLE_S
    contacts, values = _contacts(times, poses[:, 2] - radius_m, speeds)
    if not values:
        raise RejectedMotion("the ball did not bounce")
    if any(abs(value / values[0] - 1) > TOLERANCE for value in values[1:]):
        raise RejectedMotion(f"bounces disagree: {values}")
    path = Path(times, poses[:, :3], poses[:, 3:])
    return Simulated(path, values[0], restitution, tuple(contacts), tuple(values))


def _model(restitution: float, radius_m: float) -> tuple[Any, Any]:
    import mujoco

    asked = float(np.interp(restitution, CURVE[:, 1], CURVE[:, 0]))
    damping = -math.log(asked) / math.sqrt(math.pi**2 + math.log(asked) ** 2)
    contact = f'solref="{-STIFFNESS} {-2 * damping * math.sqrt(STIFFNESS)}" solimp=".99 .99 .001" friction=".3 0 0"'
    model = mujoco.MjModel.from_xml_string(
        f'<mujoco><option gravity="0 0 {-GRAVITY}"/><worldbody><geom type="plane" size="9 9 1" {contact}/>'
        f'<body><freejoint/><geom type="sphere" size="{radius_m}" density="300" {contact}/></body>'
        "</worldbody></mujoco>"
    )
    return model, mujoco.MjData(model)


def _contacts(times: FloatArray, gaps: FloatArray, speeds: FloatArray) -> tuple[list[float], list[float]]:
    """When contacts began, and the restitution of those that are fast and over."""
    touching = gaps <= 0
    begins = np.flatnonzero(~touching[:-1] & touching[1:])
    ends = np.flatnonzero(touching[:-1] & ~touching[1:])
    contacts: list[float] = []
    values: list[float] = []
    for begin in begins:
        speed_in = math.sqrt(speeds[begin] ** 2 + 2 * GRAVITY * gaps[begin])
        contacts.append(float(times[begin] + (speed_in - abs(speeds[begin])) / GRAVITY))
        after = ends[ends > begin]
        if speed_in < SLOW_M_S or not after.size or (values and len(values) < len(contacts) - 1):
            continue
        end = int(after[0]) + 1
        values.append(math.sqrt(speeds[end] ** 2 + 2 * GRAVITY * gaps[end]) / speed_in)
    return contacts, values
