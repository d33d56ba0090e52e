"""A settled MuJoCo scene as plain files for another renderer: geometry, textures, materials, cameras and lamps.

A scene is a folder: `scene.json`, `geometry.npz` and one PNG a texture, as docs/datasets.md has them. Lengths are in
metres in the world frame, z up; a camera's axes are right, up and backward.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from physperception.datasets.meshes import Mesh
from physperception.datasets.offscreen import import_mujoco
from physperception.datasets.tabletop import Tabletop

FORMAT = 1
DRAWN_GROUP = 1
LEVEL = 1.0
"""Light that a white surface on the table is exposed for, 1 being the brightest without a highlight."""
TABLE_PERIOD_M, ROOM_PERIOD_M = 0.9, 2.0
"""Longest side of one copy of a texture, so that it is not blurred when a camera comes near."""


def export_scene(tabletop: Tabletop, folder: Path, size: tuple[int, int], rng: Generator) -> None:
    """Write a scene into the folder, which is made.

    What is drawn, where, and its textures are read back from the compiled model. What OpenGL does not know is drawn
    here: roughness, metal and unevenness of surfaces, the size of lamps, a sun, and the sky.

    Args:
        size: width and height of the images in pixels.
        rng: for everything that is drawn here, and nothing else.
    """
    folder.mkdir(parents=True, exist_ok=True)
    model = tabletop.model
    geoms = [geom for geom in range(model.ngeom) if model.geom_group[geom] == DRAWN_GROUP]
    used = sorted({int(model.geom_matid[geom]) for geom in geoms})
    numbers = {body: index for index, (body, _) in enumerate(tabletop.objects, start=1)}
    arrays: dict[str, NDArray[Any]] = {}
    records = []
    for index, geom in enumerate(geoms):
        mesh = geom_mesh(tabletop, geom)
        arrays[f"vertices_{index}"] = mesh.vertices.astype(np.float32)
        arrays[f"faces_{index}"] = mesh.faces.astype(np.int32)
        arrays[f"uv_{index}"] = mesh.uv[mesh.face_uv].astype(np.float32)
        name = model.material(model.geom_matid[geom]).name
        record = {
            "object": numbers.get(int(model.geom_bodyid[geom]), 0),
            "material": used.index(model.geom_matid[geom]),
        }
        records.append(record | {"casts_shadow": not name.startswith("wall")})
    lamps, sky = _lamps(tabletop, rng), _sky(tabletop, rng)
    scene = {
        "format": FORMAT,
        "width": size[0],
        "height": size[1],
        "clip_m": [model.vis.map.znear * model.stat.extent, model.vis.map.zfar * model.stat.extent],
        "cameras": [_camera(tabletop, name, size) for name in tabletop.cameras],
        "geoms": records,
        "materials": [_material(tabletop, material, folder, rng) for material in used],
        "lamps": lamps,
        "sky": sky,
        "exposure_ev": _exposure(lamps, sky),
    }
    np.savez(folder / "geometry.npz", **arrays)  # type: ignore[arg-type]
    (folder / "scene.json").write_text(json.dumps(scene), encoding="utf-8")


def geom_mesh(tabletop: Tabletop, geom: int) -> Mesh:
    """The drawn surface of a mesh or box geom, vertices in the world frame; image rows start at v = 0.

    Boxes, which have no texture coordinates of their own, get a texture of one scale on all sides.
    """
    model, data = tabletop.model, tabletop.data
    rotation, position = data.geom_xmat[geom].reshape(3, 3), data.geom_xpos[geom]
    mesh = model.geom_dataid[geom]
    if mesh < 0:
        local = _textured_box(model, geom)
    else:
        face = slice(model.mesh_faceadr[mesh], model.mesh_faceadr[mesh] + model.mesh_facenum[mesh])
        vertex = slice(model.mesh_vertadr[mesh], model.mesh_vertadr[mesh] + model.mesh_vertnum[mesh])
        texture = slice(model.mesh_texcoordadr[mesh], model.mesh_texcoordadr[mesh] + model.mesh_texcoordnum[mesh])
        repeat = model.mat_texrepeat[model.geom_matid[geom]]
        uv = model.mesh_texcoord[texture].astype(np.float64) * repeat
        vertices = model.mesh_vert[vertex].astype(np.float64)
        local = Mesh(vertices, model.mesh_face[face].copy(), uv, model.mesh_facetexcoord[face].copy())
    return Mesh(local.vertices @ rotation.T + position, local.faces, local.uv, local.face_uv)


def _textured_box(model: Any, geom: int) -> Mesh:
    """Four vertices a side; textures of walls stand upright."""
    half, material = model.geom_size[geom], model.geom_matid[geom]
    limit = TABLE_PERIOD_M if model.material(material).name == "table" else ROOM_PERIOD_M
    period = min(2 * float(half.max()) / float(model.mat_texrepeat[material][0]), limit)
    vertices, uv = [], []
    for axis in range(3):
        across, along = ((1, 2), (0, 2), (0, 1))[axis]
        for sign in (-1, 1):
            turns = ((-1, -1), (1, -1), (1, 1), (-1, 1))
            for a, b in turns if (sign > 0) == (axis != 1) else turns[::-1]:
                corner = np.zeros(3)
                corner[[axis, across, along]] = sign * half[axis], a * half[across], b * half[along]
                vertices.append(corner)
                uv.append([corner[across] / period, -corner[along] / period])
    faces = np.array(
        [(4 * side + a, 4 * side + b, 4 * side + c) for side in range(6) for a, b, c in ((0, 1, 2), (0, 2, 3))]
    )
    return Mesh(np.array(vertices), faces, np.array(uv), faces)


def _camera(tabletop: Tabletop, name: str, size: tuple[int, int]) -> dict[str, Any]:
    """Pixels are square and the principal point is the middle of the image, as MuJoCo has it."""
    index = tabletop.cameras.index(name)
    focal = size[1] / 2 / math.tan(math.radians(float(tabletop.model.cam_fovy[index])) / 2)
    camera = import_mujoco().mj_name2id(tabletop.model, import_mujoco().mjtObj.mjOBJ_CAMERA.value, name)
    return {
        "name": name,
        "position": tabletop.data.cam_xpos[camera].tolist(),
        "rotation": tabletop.data.cam_xmat[camera].reshape(3, 3).tolist(),
        "focal_px": [focal, focal],
        "center_px": [size[0] / 2, size[1] / 2],
    }


def _material(tabletop: Tabletop, index: int, folder: Path, rng: Generator) -> dict[str, Any]:
    """A glossy material becomes smooth, and in one case of six metal; all get a fine unevenness."""
    mujoco, model = import_mujoco(), tabletop.model
    name = model.material(index).name
    texture = int(model.mat_texid[index][mujoco.mjtTextureRole.mjTEXROLE_RGB])
    height, width = int(model.tex_height[texture]), int(model.tex_width[texture])
    start = int(model.tex_adr[texture])
    picture = np.asarray(model.tex_data[start : start + height * width * 3]).reshape(height, width, 3)
    path = folder / f"texture_{index}.png"
    cv2.imwrite(str(path), cv2.cvtColor(picture.astype(np.uint8), cv2.COLOR_RGB2BGR))
    own, shininess = name.startswith("object"), float(model.mat_shininess[index])
    metallic = own and shininess > 0.3 and rng.random() < 1 / 6
    return {
        "name": name,
        "texture": path.name,
        "mirrored": not own,
        "roughness": float(np.clip(0.75 - 0.6 * shininess + rng.normal(0, 0.06), 0.08, 0.95)),
        "metallic": float(metallic),
        "specular": float(np.clip(0.3 + 0.4 * model.mat_specular[index], 0, 1)),
        "bump_mm": float(rng.choice([0.0, 0.03, 0.08, 0.2])) * (1.0 if own else 1.5),
        "bump_per_m": float(np.exp(rng.uniform(math.log(120), math.log(900)))),
        "roughness_noise": float(rng.uniform(0, 0.2)),
    }


def _lamps(tabletop: Tabletop, rng: Generator) -> list[dict[str, Any]]:
    """MuJoCo's lamps as round area lights of the same brightness on the table, and in one scene of three a sun.

    A round lamp of power P lights a surface that faces it from distance d with P / (pi d^2) W/m^2, of which a white
    one sends back 1 / pi per steradian; MuJoCo's `diffuse` is that, whatever the distance.
    """
    lamps: list[dict[str, Any]] = []
    for light in range(tabletop.model.nlight):
        position, direction = tabletop.data.light_xpos[light], tabletop.data.light_xdir[light]
        tone = tabletop.model.light_diffuse[light].astype(np.float64)
        strength, distance = float(tone.max()), float(np.linalg.norm(position))
        lamps.append(
            {
                "kind": "area",
                "position": position.tolist(),
                "direction": direction.tolist(),
                "color": (tone / max(strength, 1e-6)).tolist(),
                "power_w": strength * math.pi**2 * distance**2,
                "diameter_m": float(rng.uniform(0.06, 0.5) * min(1.0, float(position[2]))),
                "level": strength * abs(float(direction[2])),
            }
        )
    if rng.random() < 1 / 3:
        elevation, azimuth = math.radians(rng.uniform(20, 70)), rng.uniform(0, 2 * math.pi)
        flat, strength = math.cos(elevation), rng.uniform(0.3, 1.2)
        lamps.append(
            {
                "kind": "sun",
                "direction": [flat * math.cos(azimuth), flat * math.sin(azimuth), -math.sin(elevation)],
                "color": [1.0, float(rng.uniform(0.8, 1.0)), float(rng.uniform(0.6, 0.95))],
                "power_w": strength * math.pi,
                "angle_rad": math.radians(rng.uniform(0.5, 6)),
                "level": strength * math.sin(elevation),
            }
        )
    return lamps


def _sky(tabletop: Tabletop, rng: Generator) -> dict[str, Any]:
    """Colours of ground, horizon and zenith, float RGB, as bright together as the scene's light from everywhere."""
    strength = 0.08 + 0.9 * float(np.mean(tabletop.model.vis.headlight.ambient))
    blue, warm = rng.uniform(0, 0.5), rng.uniform(-0.1, 0.25)
    return {
        "zenith": [1 - blue, 1 - 0.5 * blue, 1.0],
        "horizon": [1.0, 1 - 0.4 * max(warm, 0), 1 - warm],
        "ground": rng.uniform(0.1, 0.5, 3).tolist(),
        "clouds": float(rng.uniform(0, 0.8)),
        "strength": strength,
        "level": strength,
    }


def _exposure(lamps: list[dict[str, Any]], sky: dict[str, Any]) -> float:
    """Stops that bring a white table to `LEVEL`."""
    level = sum(lamp["level"] for lamp in lamps) + sky["level"]
    return float(np.clip(math.log2(LEVEL / max(level, 1e-3)), -3, 3))
