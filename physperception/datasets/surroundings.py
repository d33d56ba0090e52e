"""What is around the objects of a generated scene: table, floor, walls, lamps and cameras of a MuJoCo model."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from physperception.datasets.domains import Domain
from physperception.datasets.offscreen import import_mujoco
from physperception.datasets.textures import clutter_texture, color, ground_texture

MAX_DISTANCE_M = 1.3


def add_room(rng: Generator, spec: Any) -> None:
    """The table (body 0's geoms), a floor below it and four walls."""
    half = rng.uniform(0.35, 1.2, 2) if rng.random() < 0.7 else np.array([3.0, 3.0])
    thickness = rng.uniform(0.01, 0.05)
    add_material(spec, "table", ground_texture(rng), rng, repeat=float(rng.choice([1, 1, 2, 4])))
    friction = rng.uniform(0.5, 1.0)
    _world_box(spec, (half[0], half[1], thickness), (0, 0, -thickness), "table", solid=True, friction=friction)
    add_material(spec, "floor", ground_texture(rng), rng, repeat=float(rng.choice([2, 4])))
    depth = rng.uniform(0.3, 0.9)
    _world_box(spec, (4, 4, 0.01), (0, 0, -depth - 0.01), "floor")
    for index, (x, y) in enumerate(((1, 0), (-1, 0), (0, 1), (0, -1))):
        picture = clutter_texture(rng, 256) if rng.random() < 0.6 else ground_texture(rng, 256)
        add_material(spec, f"wall{index}", picture, rng, repeat=float(rng.choice([1, 2])))
        distance = rng.uniform(1.4, 3.5)
        size = (0.01, 4.0, 2.0) if x else (4.0, 0.01, 2.0)
        _world_box(spec, size, (x * distance, y * distance, 2.0 - depth), f"wall{index}")


def add_lamps(rng: Generator, spec: Any, domain: Domain) -> None:
    """A weak light at the camera and some lamps, the first of which usually throws shadows."""
    ambient = rng.uniform(*domain.ambient)
    spec.visual.headlight.ambient = np.full(3, ambient)
    spec.visual.headlight.diffuse = np.full(3, rng.uniform(0.0, 0.35))
    spec.visual.headlight.specular = np.full(3, rng.uniform(0.0, 0.2))
    shadows = rng.random() < 0.8
    for index in range(int(rng.integers(domain.lamps[0], domain.lamps[1] + 1))):
        angle, height = rng.uniform(0, 2 * np.pi), rng.uniform(*domain.lamp_height_m)
        distance = rng.uniform(*domain.lamp_distance_m)
        position = np.array([distance * math.cos(angle), distance * math.sin(angle), height])
        tone = (1 - domain.lamp_color) * np.ones(3) + domain.lamp_color * color(rng) / 255
        strength = rng.uniform(0.4, 1.0) if index == 0 else rng.uniform(0.1, 0.4)
        spec.worldbody.add_light(
            pos=position,
            dir=-position / np.linalg.norm(position),
            diffuse=tone * strength,
            specular=tone * strength * 0.5,
            ambient=np.zeros(3),
            castshadow=bool(shadows and index == 0),
            cutoff=float(rng.uniform(40, 80)),
            exponent=float(rng.uniform(0, 6)),
        )


def aim_camera(rng: Generator, model: Any, data: Any, index: int, bodies: list[int], domain: Domain) -> None:
    """Put camera `index` on a sphere around the objects, looking at the crowd or, sometimes, at one."""
    points = data.xpos[bodies] if bodies else np.zeros((1, 3))
    center = np.median(points, axis=0)
    reach = max(float(np.quantile(np.linalg.norm(points - center, axis=1), 0.75)) + 0.07, 0.12)
    if rng.random() < 0.25:
        center, reach = points[rng.integers(len(points))], rng.uniform(0.06, 0.12)
    elevation = math.radians(domain.elevation_deg(rng))
    azimuth, roll = rng.uniform(0, 2 * np.pi), math.radians(rng.normal(0, domain.roll_deg))
    fov = domain.field_of_view_deg(rng)
    distance = float(np.clip(reach / math.sin(math.radians(fov) / 2) * rng.uniform(0.6, 1.3), 0.16, MAX_DISTANCE_M))
    target = center + rng.normal(0, 0.12, 3) * reach * [1, 1, 0.4]
    flat = math.cos(elevation)
    position = target + distance * np.array([flat * math.cos(azimuth), flat * math.sin(azimuth), math.sin(elevation)])
    position[2] = max(position[2], 0.04)
    backward = (position - target) / np.linalg.norm(position - target)
    right = np.cross([0.0, 0.0, 1.0], backward)
    right /= np.linalg.norm(right)
    up = np.cross(backward, right)
    right, up = right * math.cos(roll) + up * math.sin(roll), up * math.cos(roll) - right * math.sin(roll)
    mujoco = import_mujoco()
    quaternion = np.empty(4)
    mujoco.mju_mat2Quat(quaternion, np.stack([right, up, backward], axis=1).ravel())
    model.cam_pos[index], model.cam_quat[index], model.cam_fovy[index] = position, quaternion, fov


def add_material(spec: Any, name: str, picture: NDArray[np.uint8], rng: Generator, repeat: float = 1.0) -> bool:
    """Add a material of this name; returns whether it is glossy."""
    mujoco = import_mujoco()
    texture = spec.add_texture(
        name=name,
        type=mujoco.mjtTexture.mjTEXTURE_2D,
        width=picture.shape[1],
        height=picture.shape[0],
        nchannel=3,
    )
    texture.data = picture.tobytes()
    glossy = rng.random() < 0.5
    material = spec.add_material(
        name=name,
        specular=rng.uniform(0.3, 1.0) if glossy else rng.uniform(0, 0.2),
        shininess=rng.uniform(0.3, 1.0) if glossy else rng.uniform(0, 0.3),
        texrepeat=(repeat, repeat),
    )
    material.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = name
    return glossy


def _world_box(
    spec: Any, half: tuple, position: tuple, material: str, solid: bool = False, friction: float = 1.0
) -> None:
    mujoco = import_mujoco()
    spec.worldbody.add_geom(
        type=mujoco.mjtGeom.mjGEOM_BOX,
        size=half,
        pos=position,
        material=material,
        group=1,
        contype=int(solid),
        conaffinity=int(solid),
        friction=(friction, 0.005, 0.0005),
    )
