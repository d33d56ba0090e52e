"""One body at one instant of a rolling shutter: its outline, its pixels, its shadow."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.datasets.videos.bodies import Body, Light
from physperception.datasets.videos.camera import FloatArray, PosedCamera, coverage, hull, moments

BETWEEN_S = 5e-4


@dataclass(frozen=True, eq=False)
class Exposed:
    """A body as rows of a rolling shutter see it, to first order in the time from row to row.

    Attributes:
        time_s: when the row of its centroid is exposed.
        outline: float64 [M, 2], convex, pixels.
        area_px, center: of the outline.
        velocity: of the centroid, pixels a second.
        row_time_s: from row to row.
    """

    time_s: float
    outline: FloatArray
    area_px: float
    center: FloatArray
    velocity: FloatArray
    row_time_s: float

    def sheared(self, pixels: FloatArray) -> FloatArray:
        """Where pixels [N, 2] that belong to the instant `time_s` appear."""
        down = (pixels[:, 1] - self.center[1]) / (1 - self.velocity[1] * self.row_time_s)
        return np.asarray(pixels + self.row_time_s * down[:, None] * self.velocity)

    def source(self, u: FloatArray, v: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The opposite of `sheared`, of a grid."""
        late = self.row_time_s * (v - self.center[1])
        return u - self.velocity[0] * late, v - self.velocity[1] * late


@dataclass(frozen=True, eq=False)
class Layer:
    """A picture in a window of the image that begins at (x, y).

    Attributes:
        alpha: float32 [h, w] in 0..1.
        colors: float32 [h, w, 3], already multiplied by alpha.
        depth: float64 [h, w], metres along the optical axis.
    """

    x: int
    y: int
    alpha: NDArray[np.float32]
    colors: NDArray[np.float32]
    depth: FloatArray

    @property
    def window(self) -> tuple[slice, slice]:
        height, width = self.alpha.shape
        return slice(self.y, self.y + height), slice(self.x, self.x + width)


def expose(body: Body, camera: PosedCamera, stamp_s: float, row_time_s: float = 0.0) -> Exposed | None:
    """The body in the frame whose first row is exposed at `stamp_s`; None when it is not before the camera."""
    time_s = stamp_s
    for _ in range(2 if row_time_s else 0):
        early = body.outline(camera, time_s)
        if early is None:
            return None
        time_s = stamp_s + row_time_s * float(moments(early)[1][1])
    outline = body.outline(camera, time_s)
    if outline is None:
        return None
    area, center = moments(outline)
    later = body.outline(camera, time_s + BETWEEN_S)
    velocity = np.zeros(2) if later is None else (moments(later)[1] - center) / BETWEEN_S
    seen = Exposed(time_s, outline, area, center, velocity, row_time_s)
    if not row_time_s:
        return seen
    outline = seen.sheared(outline)
    return Exposed(time_s, outline, *moments(outline), velocity, row_time_s)


def window_of(outline: FloatArray, camera: PosedCamera, margin: int = 1) -> tuple[int, int, int, int] | None:
    """x, y, width, height of the part of the image that holds an outline; None when it is outside."""
    width, height = camera.intrinsics.width, camera.intrinsics.height
    left, top = np.floor(outline.min(axis=0)).astype(int) - margin
    right, bottom = np.ceil(outline.max(axis=0)).astype(int) + margin + 1
    left, top, right, bottom = max(left, 0), max(top, 0), min(right, width), min(bottom, height)
    return (left, top, right - left, bottom - top) if left < right and top < bottom else None


def draw(body: Body, camera: PosedCamera, light: Light, instants: list[Exposed]) -> Layer | None:
    """The mean of a body over instants of one exposure; None when it is outside the image."""
    window = window_of(np.concatenate([seen.outline for seen in instants]), camera)
    if window is None:
        return None
    x, y, width, height = window
    alpha = np.zeros((height, width), dtype=np.float32)
    colors = np.zeros((height, width, 3), dtype=np.float32)
    depth = np.zeros((height, width))
    for seen in instants:
        part = window_of(seen.outline, camera)
        if part is None:
            continue
        u, v = np.meshgrid(
            part[0] + np.arange(part[2], dtype=np.float64), part[1] + np.arange(part[3], dtype=np.float64)
        )
        covered = coverage(seen.outline, *part)
        painted, depth_part = body.paint(camera, seen.time_s, *seen.source(u, v), light)
        inner = slice(part[1] - y, part[1] - y + part[3]), slice(part[0] - x, part[0] - x + part[2])
        alpha[inner] += covered / len(instants)
        colors[inner] += painted * (covered / len(instants))[..., None]
        depth[inner] = np.where(covered > 0, depth_part, depth[inner])
    return Layer(x, y, alpha, colors, depth)


def cast_shadow(
    image: NDArray[np.float32], body: Body, camera: PosedCamera, light: Light, time_s: float, softness_px: float
) -> None:
    """Darken the image, float32 [H, W, 3], where the body hides the lamp from the plane."""
    points = body.silhouette(time_s, light)
    fallen = points - light.direction * (points[:, 2:] / light.direction[2])
    outline = hull(camera.project(fallen))
    if outline is None:
        return
    window = window_of(outline, camera, round(3 * softness_px) + 1)
    if window is None:
        return
    x, y, width, height = window
    dark = cv2.GaussianBlur(coverage(outline, x, y, width, height), (0, 0), softness_px)
    image[y : y + height, x : x + width] *= 1 - (1 - light.shadow) * dark.reshape(height, width, 1)


def lay(image: NDArray[np.float32], layer: Layer, hidden: NDArray[np.float32] | None = None) -> None:
    """Put a layer over the image, but for the part `hidden` (0..1, of the layer's window)."""
    shown = 1.0 if hidden is None else (1 - hidden)[..., None]
    image[layer.window] = image[layer.window] * (1 - layer.alpha[..., None] * shown) + layer.colors * shown
