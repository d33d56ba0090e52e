"""A block that slides, simulated by MuJoCo with elliptic friction cones."""

from __future__ import annotations

import numpy as np

from physperception.datasets.videos.motion import FloatArray, Path, RejectedMotion, Simulated

STEP_S = 2e-4
STEPS = 10
SETTLING_S = 0.002
"""Time constant of contact; softer blocks rock when they are pushed."""
TOLERANCE = 0.02
STILL_M_S = 0.03
"""Slower than this, regularised friction is no longer Coulomb's."""
GREATEST_TURN_RAD = 0.25


def simulate_slide(
    friction: float, size_m: FloatArray, yaw_rad: float, velocity: FloatArray, gravity: FloatArray, duration_s: float
) -> Simulated:
    """Push a block over the plane z = 0; it starts at the origin.

    The label is measured: what gravity along the plane leaves of the mean acceleration while it slides, against the
    direction of sliding, over gravity along the normal. It must agree with `friction` within 2 %.

    Args:
        friction: Coulomb's coefficient that the simulator is set to.
        size_m: length, width, height.
        velocity, gravity: float64 [2] and [3] in the surface frame.

    Raises:
        RejectedMotion: the motion disagrees with the coefficient, or the block turned.
    """
    import mujoco

    contact = f'friction="{friction} 0 0" solref="{SETTLING_S} 1"'
    model = mujoco.MjModel.from_xml_string(
        '<mujoco><option cone="elliptic" impratio="10" tolerance="1e-12" iterations="200"/><worldbody>'
        f'<geom type="plane" size="9 9 1" {contact}/><body><freejoint/>'
        f'<geom type="box" size="{size_m[0] / 2} {size_m[1] / 2} {size_m[2] / 2}" density="700" {contact}/>'
        "</body></worldbody></mujoco>"
    )
    data = mujoco.MjData(model)
    model.opt.timestep = STEP_S
    model.opt.gravity[:] = (0, 0, gravity[2])
    data.qpos[:] = (0, 0, size_m[2] / 2, np.cos(yaw_rad / 2), 0, 0, np.sin(yaw_rad / 2))
    mujoco.mj_step(model, data, nstep=round(0.1 / STEP_S))
    model.opt.gravity[:] = gravity
    data.qpos[:2] = 0
    data.qvel[:] = (*velocity, 0, 0, 0, 0)
    count = round(duration_s / (STEP_S * STEPS)) + 1
    poses, speeds = np.empty((count, 7)), np.empty((count, 6))
    for index in range(count):
        poses[index], speeds[index] = data.qpos, data.qvel
        mujoco.mj_step(model, data, nstep=STEPS)
    times: FloatArray = np.arange(count, dtype=np.float64) * (STEP_S * STEPS)
    moving = np.linalg.norm(speeds[:, :2], axis=1) > STILL_M_S
    last = count if moving.all() else int(np.argmin(moving))
    measured = _measured(times[:last], speeds[:last, :2], gravity)
    turn = abs(float(np.trapezoid(speeds[:last, 5], times[:last])))
    if abs(measured / friction - 1) > TOLERANCE or turn > GREATEST_TURN_RAD:
        raise RejectedMotion(f"friction {friction} slides like {measured}")
    stop = None if last == count else float(times[last])
    return Simulated(Path(times, poses[:, :3], poses[:, 3:]), measured, friction, stop_s=stop)


def _measured(times: FloatArray, velocities: FloatArray, gravity: FloatArray) -> float:
    """Coulomb's coefficient by momentum: what gravity gave and was not found again, over normal force times way.

    With v the velocity, m (v1 - v0) = m g t - mu m g_n * integral of v / |v|.
    """
    if len(times) < 20:
        raise RejectedMotion("the block hardly moved")
    speed = np.linalg.norm(velocities, axis=1)
    headings = np.trapezoid(velocities / speed[:, None], times, axis=0)
    lost = gravity[:2] * (times[-1] - times[0]) - (velocities[-1] - velocities[0])
    return float(lost @ headings / (headings @ headings) / -gravity[2])
