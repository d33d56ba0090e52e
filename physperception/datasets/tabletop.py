"""A random tabletop as a MuJoCo model: objects, table, walls, lights, cameras; and its settling under gravity."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from physperception.datasets.domains import USUAL, Domain
from physperception.datasets.offscreen import import_mujoco
from physperception.datasets.shape_parts import Piece, Shape
from physperception.datasets.shapes import make_shape
from physperception.datasets.surroundings import add_lamps, add_material, add_room, aim_camera
from physperception.datasets.textures import label_texture, surface, unusual_surface

TIMESTEP_S = 0.003
SETTLE_S = 2.4
TOUCH_M = 0.001
CARRIES = 0.5
"""Upward part of a contact's unit normal from which the lower body is said to support the upper."""


@dataclass
class Tabletop:
    """A settled scene.

    Attributes:
        model, data: MjModel and MjData at rest.
        objects: body number and category of every object that stayed on the table.
        cameras: names of the cameras.
        arrangement: how it was laid out, one of `Domain.arrangements`.
        materials: by body, what its main surface looks like and whether it is glossy.
        contacts: pairs of bodies that touch; body 0 is the table.
        supports: pairs (below, above) of bodies, where the first carries the second.
    """

    model: Any
    data: Any
    objects: list[tuple[int, str]]
    cameras: list[str]
    arrangement: str
    materials: dict[int, Material]
    contacts: set[tuple[int, int]]
    supports: set[tuple[int, int]]


@dataclass(frozen=True)
class Material:
    """How an object's main surface looks."""

    surface: str
    glossy: bool


def make_tabletop(rng: Generator, size: tuple[int, int], views: int, domain: Domain = USUAL) -> Tabletop:
    """Draw, build and settle a scene of 2 to 16 objects.

    Args:
        size: width and height in pixels of the largest rendering, for the offscreen buffer.
        views: number of cameras.
        domain: what everything is drawn from.
    """
    mujoco = import_mujoco()
    arrangement = domain.arrangement(rng)
    shapes = _choose_shapes(rng, arrangement, domain)
    poses = _place(rng, arrangement, shapes)
    spec = mujoco.MjSpec()
    _set_options(spec, size)
    add_room(rng, spec)
    looks = [_add_object(rng, spec, i, shape, pose, domain) for i, (shape, pose) in enumerate(zip(shapes, poses))]
    add_lamps(rng, spec, domain)
    for index in range(views):
        spec.worldbody.add_camera(name=f"view{index}")
    model = spec.compile()
    data = mujoco.MjData(model)
    _settle(mujoco, model, data)
    objects, materials = [], {}
    for index, shape in enumerate(shapes):
        body = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_BODY.value, f"object{index}")
        if data.xpos[body][2] > -0.02 and np.linalg.norm(data.xpos[body][:2]) < 0.6:
            objects.append((body, shape.category))
            materials[body] = looks[index]
        else:
            model.geom_group[model.geom_bodyid == body] = 4
    cameras = [f"view{index}" for index in range(views)]
    for index in range(views):
        aim_camera(rng, model, data, index, [body for body, _ in objects], domain)
    mujoco.mj_forward(model, data)
    contacts, supports = _touching(model, data, {0} | {body for body, _ in objects})
    return Tabletop(model, data, objects, cameras, arrangement, materials, contacts, supports)


def _choose_shapes(rng: Generator, arrangement: str, domain: Domain) -> list[Shape]:
    count = int(np.clip(round(rng.gamma(5.0, 1.35)), 2, 12))
    if arrangement == "heap":
        count = int(rng.integers(9, 17))
    shapes = [make_shape(rng, domain.shape(rng), domain.everyday) for _ in range(count)]
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
    drop_height, spread = 0.12, 0.02 if arrangement == "heap" else rng.uniform(0.02, 0.1)
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


def _add_object(rng: Generator, spec: Any, index: int, shape: Shape, pose: Pose, domain: Domain) -> Material:
    mujoco = import_mujoco()
    body = spec.worldbody.add_body(name=f"object{index}", pos=pose[0], quat=pose[1])
    body.add_freejoint()
    looks = {}
    for name in sorted({part.surface for part in shape.parts}):
        kind, picture = _surface(rng, name, domain)
        glossy = add_material(spec, f"object{index}_{name}", picture, rng)
        looks[name] = Material(kind, glossy)
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
    return looks[shape.parts[0].surface]


def _surface(rng: Generator, part: str, domain: Domain) -> tuple[str, NDArray[np.uint8]]:
    if domain.unusual_textures:
        return unusual_surface(rng)
    if part == "label" and rng.random() < 0.7:
        return "print", label_texture(rng)
    return surface(rng, 64 if part == "accent" else 192)


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


def _touching(model: Any, data: Any, bodies: set[int]) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """Pairs of bodies in contact, lower number first, and pairs (below, above) where the contact carries weight."""
    contacts, supports = set(), set()
    for contact in data.contact[: data.ncon]:
        first, second = (int(model.geom_bodyid[geom]) for geom in contact.geom)
        if contact.dist > TOUCH_M or first == second or not {first, second} <= bodies:
            continue
        contacts.add((min(first, second), max(first, second)))
        upward = float(contact.frame[2])
        if abs(upward) > CARRIES:
            supports.add((first, second) if upward > 0 else (second, first))
    return contacts, supports


def _settle(mujoco: Any, model: Any, data: Any) -> None:
    """Step until everything rests or the time is up; then things that still roll are simply frozen."""
    model.dof_damping[:] = 3.0 * model.dof_M0
    for _ in range(int(SETTLE_S / TIMESTEP_S / 20)):
        mujoco.mj_step(model, data, 20)
        if data.time > 0.5 and np.abs(data.qvel).max() < 0.03:
            break
    data.qvel[:] = 0
