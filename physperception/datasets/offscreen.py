"""Headless rendering with MuJoCo: colour, and the depth of any chosen bodies alone."""

from __future__ import annotations

import ctypes.util
import math
import os
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from physperception.errors import ConfigError, ModelUnavailable

HIDDEN_GROUP = 5
NO_OPENGL = (
    "generating scenes needs headless OpenGL and none was found: "
    "apt-get install libegl1 libegl-mesa0 libgl1-mesa-dri (or libosmesa6 with MUJOCO_GL=osmesa)"
)


def import_mujoco() -> Any:
    """The mujoco module.

    Raises:
        ModelUnavailable: it is not installed, or the OpenGL library that MUJOCO_GL names is missing.
    """
    try:
        import mujoco
    except ImportError as error:
        raise ModelUnavailable(
            "generating scenes needs MuJoCo, which is not installed: pip install 'physperception[dev]'"
        ) from error
    except (AttributeError, RuntimeError) as error:
        raise ModelUnavailable(NO_OPENGL) from error
    return mujoco


class Offscreen:
    """An OpenGL context without a window, reused for any number of models.

    Args:
        width, height: size of the images in pixels.
        margin: pixels that depths show beyond the image on every side, seen by the same camera.

    Raises:
        ModelUnavailable: MuJoCo or an OpenGL library for headless rendering is missing.
    """

    def __init__(self, width: int, height: int, margin: int = 0) -> None:
        self._mujoco = import_mujoco()
        self.width, self.height, self.margin = width, height, margin
        self._gl = _gl_context(width + 2 * margin, height + 2 * margin)
        self._gl.make_current()
        self._model: Any = None
        self._contexts: dict[bool, Any] = {}
        self._options = self._mujoco.MjvOption()
        self._options.geomgroup[:] = 0
        self._options.geomgroup[1] = 1

    def __enter__(self) -> Offscreen:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Give the OpenGL context back; the object is not usable afterwards."""
        self._free_contexts()
        self._gl.free()

    def load(self, model: Any) -> None:
        """Upload the meshes and textures of an MjModel; rendering uses this model from now on."""
        mujoco = self._mujoco
        self._free_contexts()
        self._model = model
        samples = model.vis.quality.offsamples
        for shade in (True, False):
            model.vis.quality.offsamples = samples if shade else 0
            self._contexts[shade] = mujoco.MjrContext(model, mujoco.mjtFontScale.mjFONTSCALE_100.value)
        model.vis.quality.offsamples = samples
        self._scene = mujoco.MjvScene(model, maxgeom=model.ngeom + 50)
        self._groups = np.array(model.geom_group)

    def color(self, data: Any, camera: str, without: int | None = None) -> NDArray[np.uint8]:
        """The scene in colour, uint8 RGB [H, W, 3]; on request without one body and its shadow."""
        groups = self._groups
        if without is not None:
            groups = np.where(self._model.geom_bodyid == without, HIDDEN_GROUP, groups)
        return self._render(data, camera, groups)[0]

    def depth(self, data: Any, camera: str, bodies: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Depth of the marked bodies alone: larger is farther, exactly 1 where there is nothing.

        The numbers are OpenGL's (not metres), of one scale for one camera, so they can be compared between bodies.

        Args:
            bodies: bool [nbody], which bodies of the model are drawn.

        Returns:
            float32 [H + 2 margin, W + 2 margin].
        """
        groups = np.where(bodies[self._model.geom_bodyid], self._groups, HIDDEN_GROUP)
        return self._render(data, camera, groups, shade=False, margin=self.margin)[1]

    def metres(self, depth: NDArray[np.float32]) -> NDArray[np.float32]:
        """Depths of this renderer as distances along the optical axis in metres."""
        extent = self._model.stat.extent
        near, far = self._model.vis.map.znear * extent, self._model.vis.map.zfar * extent
        return (near * far / (far - depth * (far - near))).astype(np.float32)

    def segmentation(self, data: Any, camera: str) -> NDArray[np.int32]:
        """Body number seen at every pixel, int32 [H, W], -1 where there is nothing."""
        pixels = self._render(data, camera, self._groups, shade=False)[0].astype(np.int32)
        drawn = pixels[..., 0] + pixels[..., 1] * 256 + pixels[..., 2] * 65536 - 1
        bodies = np.full(self._scene.ngeom + 1, -1, dtype=np.int32)
        for geom in self._scene.geoms[: self._scene.ngeom]:
            if 0 <= geom.segid < self._scene.ngeom:
                bodies[geom.segid] = self._model.geom_bodyid[geom.objid]
        return bodies[drawn]

    def _free_contexts(self) -> None:
        for context in self._contexts.values():
            context.free()
        self._contexts.clear()

    def _render(
        self, data: Any, camera: str, groups: NDArray, shade: bool = True, margin: int = 0
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """Colour and depth; without `shade`, colours are geom numbers and every pixel is sampled at its centre only."""
        mujoco = self._mujoco
        view = mujoco.MjvCamera()
        view.type = mujoco.mjtCamera.mjCAMERA_FIXED.value
        view.fixedcamid = mujoco.mj_name2id(self._model, mujoco.mjtObj.mjOBJ_CAMERA.value, camera)
        flags = mujoco.mjtRndFlag
        for flag in (flags.mjRND_SHADOW, flags.mjRND_SKYBOX, flags.mjRND_REFLECTION):
            self._scene.flags[flag] = shade
        for flag in (flags.mjRND_SEGMENT, flags.mjRND_IDCOLOR):
            self._scene.flags[flag] = not shade
        width, height = self.width + 2 * margin, self.height + 2 * margin
        fov = float(self._model.cam_fovy[view.fixedcamid])
        self._model.cam_fovy[view.fixedcamid] = _wider(fov, height / self.height)
        self._model.geom_group[:] = groups
        category = mujoco.mjtCatBit.mjCAT_ALL.value
        mujoco.mjv_updateScene(self._model, data, self._options, None, view, category, self._scene)
        self._model.geom_group[:] = self._groups
        self._model.cam_fovy[view.fixedcamid] = fov
        viewport = mujoco.MjrRect(0, 0, width, height)
        context = self._contexts[shade]
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN.value, context)
        mujoco.mjr_render(viewport, self._scene, context)
        pixels = np.empty((height, width, 3), dtype=np.uint8)
        depth = np.empty((height, width), dtype=np.float32)
        mujoco.mjr_readPixels(pixels, depth, viewport, context)
        return pixels[::-1], depth[::-1]


def _wider(fov_deg: float, factor: float) -> float:
    """The field of view in degrees that shows `factor` times as many pixels of the same size."""
    return fov_deg if factor == 1 else math.degrees(2 * math.atan(math.tan(math.radians(fov_deg) / 2) * factor))


def _gl_context(width: int, height: int) -> Any:
    """EGL, or OSMesa where there is no EGL; MUJOCO_GL chooses between them when it is set."""
    wanted = os.environ.get("MUJOCO_GL", "").lower()
    if wanted not in ("", "egl", "osmesa"):
        raise ConfigError(f"MUJOCO_GL must be egl or osmesa for generating scenes, got {wanted!r}")
    try:
        if wanted == "osmesa" or not (wanted or ctypes.util.find_library("EGL")):
            from mujoco.osmesa import GLContext
        else:
            from mujoco.egl import GLContext
        return GLContext(width, height)
    except (ImportError, AttributeError, RuntimeError) as error:
        raise ModelUnavailable(NO_OPENGL) from error
