"""A random tabletop as a MuJoCo model: objects, table, walls, lights, cameras; and its settling under gravity."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from physperception.datasets.offscreen import import_mujoco
from physperception.datasets.shape_parts import Piece, Shape
from physperception.datasets.shapes import make_shape
from physperception.datasets.surroundings import add_lamps, add_material, add_room, aim_camera
from physperception.datasets.textures import label_texture, object_texture

ARRANGEMENTS = ("pile", "standing", "row", "stack", "mixed", "in_tray")
TIMESTEP_S = 0.003
SETTLE_S = 2.4


@dataclass
class Tabletop:
    """A settled scene.

    Attributes:
        model, data: MjModel and MjData at rest.
        objects: body number and category of every object that stayed on the table.
        cameras: names of the cameras.
        arrangement: how it was laid out, one of `ARRANGEMENTS`.
    """

    model: Any
    data: Any
    objects: list[tuple[int, str]]
    cameras: list[str]
    arrangement: str


def make_tabletop(rng: Generator, size: tuple[int, int], views: int) -> Tabletop:
    """Draw, build and settle a scene of 2 to 12 objects.

    Args:
        size: width and height of the images in pixels, for the offscreen buffer.
        views: number of cameras.
    """
    mujoco = import_mujoco()
    arrangement = str(rng.choice(ARRANGEMENTS, p=[0.27, 0.2, 0.13, 0.08, 0.22, 0.1]))
    shapes = _choose_shapes(rng, arrangement)
    poses = _place(rng, arrangement, shapes)
    spec = mujoco.MjSpec()
    _set_options(spec, size)
    add_room(rng, spec)
    for index, (shape, pose) in enumerate(zip(shapes, poses)):
        _add_object(rng, spec, index, shape, pose)
    add_lamps(rng, spec)
    for index in range(views):
        spec.worldbody.add_camera(name=f"view{index}")
    model = spec.compile()
    data = mujoco.MjData(model)
    _settle(mujoco, model, data)
    objects = []
    for index, shape in enumerate(shapes):
        body = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_BODY.value, f"object{index}")
        if data.xpos[body][2] > -0.02 and np.linalg.norm(data.xpos[body][:2]) < 0.6:
            objects.append((body, shape.category))
        else:
            model.geom_group[model.geom_bodyid == body] = 4
    cameras = [f"view{index}" for index in range(views)]
    for index in range(views):
        aim_camera(rng, model, data, index, [body for body, _ in objects])
    mujoco.mj_forward(model, data)
    return Tabletop(model, data, objects, cameras, arrangement)


def _choose_shapes(rng: Generator, arrangement: str) -> list[Shape]:
    count = int(np.clip(round(rng.gamma(5.0, 1.35)), 2, 12))
    shapes = [make_shape(rng) for _ in range(count)]
    if arrangement == "in_tray":
        return [make_shape(rng, "tray"), *shapes[:11]]
    if arrangement == "stack":
        flat = ("box", "book", "plate", "carton", "box", "bowl", "tray")
        stacked = [make_shape(rng, str(rng.choice(flat))) for _ in range(int(rng.integers(2, 5)))]
        stacked.sort(key=lambda shape: -shape.reach)
        return (stacked + shapes)[:12]
    if arrangement == "row" and rng.random() < 0.4:
        category = str(rng.choice(["bottle", "can", "carton", "cup", "mug", "box"]))
        return [make_shape(rng, category) for _ in range(count)]
    return shapes


Pose = tuple[NDArray[np.float64], NDArray[np.float64]]


def _place(rng: Generator, arrangement: str, shapes: list[Shape]) -> list[Pose]:
    """Start positions in metres and unit quaternions: apart for what stands, one above the other for what drops."""
    poses: list[Pose] = []
    standing: list[tuple[float, float, float]] = []
    drop_height, spread = 0.12, rng.uniform(0.02, 0.1)
    stack_top = 0.0
    stacked = int(rng.integers(2, 5)) if arrangement == "stack" else 0
    for index, shape in enumerate(shapes):
        upright = arrangement in ("standing", "row") or (arrangement == "mixed" and rng.random() < 0.6)
        upright |= arrangement == "in_tray" and index == 0
        if index < stacked:
            position = np.array([*rng.normal(0, 0.008, 2), stack_top + shape.base + 0.002])
            stack_top += 2 * shape.base + 0.004
            standing.append((0.0, 0.0, max(shape.reach, 0.05)))
            poses.append((position, _turn(rng)))
            continue
        spot = _free_spot(rng, arrangement, shape, standing) if upright or arrangement == "stack" else None
        if spot is not None:
            standing.append((*spot, shape.reach))
            poses.append((np.array([*spot, shape.base + 0.001]), _turn(rng)))
            continue
        drop_height += shape.reach * 0.7 + 0.03
        poses.append((np.array([*rng.normal(0, spread, 2), drop_height]), _any_rotation(rng)))
        drop_height += shape.reach * 0.7
    return poses


def _free_spot(
    rng: Generator, arrangement: str, shape: Shape, taken: list[tuple[float, float, float]]
) -> tuple[float, float] | None:
    """A position near the middle where the standing shape touches no other; None when none was found."""
    if arrangement == "in_tray":
        return 0.0, 0.0
    gap = rng.uniform(-0.005, 0.015)
    for attempt in range(60):
        reach = 0.03 + 0.003 * attempt
        x, y = rng.normal(0, reach, 2)
        if arrangement == "row":
            x, y = rng.normal(0, reach * 1.8), rng.normal(0, 0.02 + 0.001 * attempt)
        if all(math.hypot(x - a, y - b) > shape.reach + c + gap for a, b, c in taken):
            return float(x), float(y)
    return None


def _turn(rng: Generator) -> NDArray[np.float64]:
    angle = rng.uniform(0, 2 * np.pi)
    return np.array([math.cos(angle / 2), 0.0, 0.0, math.sin(angle / 2)])


def _any_rotation(rng: Generator) -> NDArray[np.float64]:
    quaternion = rng.normal(0, 1, 4)
    return quaternion / np.linalg.norm(quaternion)


def _set_options(spec: Any, size: tuple[int, int]) -> None:
    spec.option.timestep = TIMESTEP_S
    spec.option.iterations = 30
    spec.visual.global_.offwidth, spec.visual.global_.offheight = size
    spec.visual.quality.shadowsize = 1024
    spec.visual.quality.offsamples = 4
    spec.visual.map.znear, spec.visual.map.zfar = 0.05, 12.0
    spec.stat.extent = 1.0
    spec.stat.center = np.zeros(3)


def _add_object(rng: Generator, spec: Any, index: int, shape: Shape, pose: Pose) -> None:
    mujoco = import_mujoco()
    body = spec.worldbody.add_body(name=f"object{index}", pos=pose[0], quat=pose[1])
    body.add_freejoint()
    surfaces = {
        "body": lambda: object_texture(rng),
        "accent": lambda: object_texture(rng, 64),
        "label": lambda: label_texture(rng) if rng.random() < 0.7 else object_texture(rng),
    }
    for name in sorted({part.surface for part in shape.parts}):
        add_material(spec, f"object{index}_{name}", surfaces[name](), rng)
    for number, part in enumerate(shape.parts):
        name = f"object{index}_{number}"
        spec.add_mesh(
            name=name,
            uservert=part.mesh.vertices.ravel(),
            userface=part.mesh.faces.ravel(),
            usertexcoord=part.mesh.uv.ravel(),
            userfacetexcoord=part.mesh.face_uv.ravel(),
            inertia=mujoco.mjtMeshInertia.mjMESH_INERTIA_SHELL,
        )
        material = f"object{index}_{part.surface}"
        body.add_geom(
            type=mujoco.mjtGeom.mjGEOM_MESH, meshname=name, material=material, group=1, contype=0, conaffinity=0, mass=0
        )
    density, friction = rng.uniform(200, 900), rng.uniform(0.4, 1.0)
    for piece in shape.pieces:
        _add_piece(mujoco, body, piece, density, friction, shape.rolls)


def _add_piece(mujoco: Any, body: Any, piece: Piece, density: float, friction: float, rolls: bool) -> None:
    kinds = {
        "box": mujoco.mjtGeom.mjGEOM_BOX,
        "cylinder": mujoco.mjtGeom.mjGEOM_CYLINDER,
        "ellipsoid": mujoco.mjtGeom.mjGEOM_ELLIPSOID,
        "capsule": mujoco.mjtGeom.mjGEOM_CAPSULE,
    }
    body.add_geom(
        type=kinds[piece.kind],
        size=piece.size,
        pos=piece.position,
        quat=piece.quaternion,
        group=3,
        density=density,
        condim=6 if rolls else 4,
        friction=(friction, 0.01, 0.003),
    )


def _settle(mujoco: Any, model: Any, data: Any) -> None:
    """Step until everything rests or the time is up; then things that still roll are simply frozen."""
    model.dof_damping[:] = 3.0 * model.dof_M0
    for _ in range(int(SETTLE_S / TIMESTEP_S / 20)):
        mujoco.mj_step(model, data, 20)
        if data.time > 0.5 and np.abs(data.qvel).max() < 0.03:
            break
    data.qvel[:] = 0
