"""The plane in which a rectangle of known size slides, from its corners in all images at once.

Every image's corners are the same rectangle, moved and turned within one plane. For a plane given, the best move of
each image is closed (Procrustes), so that only the plane's own parameters are searched (variable projection, Golub and
Pereyra 1973); the errors that are made small are those in the image (Hartley and Zisserman 2004, 4.2).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from physperception.physics.fits.statistics import Array, CannotTell
from physperception.physics.observations import Refusal
from physperception.vision.geometry import Intrinsics

MOST_IMAGES = 40
LEAST_IMAGES = 3
LEAST_DEVIATION_PX = 0.05
MOST_DEVIATION_PX = 4.0

ToPlane = Callable[[Array, Array], Array]
NDArrayComplex = NDArray[np.complex128]


@dataclass(frozen=True)
class SeenPlane:
    """A plane found.

    Attributes:
        parameters, covariance: float64 [P] and [P, P], for `to_plane`.
        to_plane: of parameters [P] and pixels [N, 2], metres in the plane [N, 2].
        deviation_px: of a corner's coordinate.
        normal_of: of parameters, the unit normal [3] towards the camera; None without intrinsics.
    """

    parameters: Array
    covariance: Array
    to_plane: ToPlane
    deviation_px: float
    normal_of: Callable[[Array], Array] | None = None

    def tilt_deviation(self) -> float:
        """Standard deviation of the normal's direction, radians."""
        if self.normal_of is None:
            return float("nan")
        values, vectors = np.linalg.eigh(self.covariance)
        base = self.normal_of(self.parameters)
        moved = [
            self.normal_of(self.parameters + np.sqrt(max(value, 0.0)) * vector) - base
            for value, vector in zip(values, vectors.T)
        ]
        return float(np.linalg.norm(moved))


def seen_plane(corners: Array, size_m: tuple[float, float], camera: Intrinsics | None) -> SeenPlane:
    """The plane of a sliding rectangle.

    Args:
        corners: float64 [T, 4, 2], pixels, in one order over all images, either way round.
        size_m: length and width, either of which may be the first side.
        camera: with it the plane has 3 parameters, without it 5.

    Raises:
        CannotTell: TOO_SHORT with too few images, NO_PLANE where no plane makes the corners one rectangle.
    """
    known = corners[np.isfinite(corners).all(axis=(1, 2))]
    known = known[np.abs(_signed_area(known)) > 4.0]
    if len(known) < LEAST_IMAGES:
        raise CannotTell(Refusal.TOO_SHORT, "the four corners of the top surface are seen in too few images")
    known = known[np.unique(np.linspace(0, len(known) - 1, MOST_IMAGES).round().astype(int))]
    sides = {(size_m[0], size_m[1]), (size_m[1], size_m[0])}
    tries = [
        found for side in sides for found in (_with_camera(known, side, camera) if camera else _alone(known, side))
    ]
    if not tries:
        raise CannotTell(Refusal.NO_PLANE, "no plane makes the corners a rectangle of the given size")
    best = min(tries, key=lambda found: found.deviation_px)
    if best.deviation_px > MOST_DEVIATION_PX:
        raise CannotTell(Refusal.NO_PLANE, "no plane makes the corners a rectangle of the given size")
    return best


def rectangle_scale(places: Array, size_m: tuple[float, float]) -> tuple[float, float]:
    """True over apparent size of rectangles [T, 4, 2] seen in a parallel plane, and its standard deviation."""
    found = []
    for side in ((size_m[0], size_m[1]), (size_m[1], size_m[0])):
        model, seen = _model(side, places), _complex(places)
        turned = (seen * model.conj()).sum(axis=1)
        apparent = np.abs(turned) / (np.abs(model) ** 2).sum(axis=1)
        left = np.abs(seen - model * (turned / (np.abs(model) ** 2).sum(axis=1))[:, None]).mean()
        found.append((float(left), 1 / float(np.median(apparent)), float(np.std(apparent) / np.median(apparent))))
    _, scale, spread = min(found)
    return scale, scale * spread / np.sqrt(len(places))


def _with_camera(corners: Array, side: tuple[float, float], camera: Intrinsics) -> list[SeenPlane]:
    matrix = np.array([[camera.fx, 0, camera.cx], [0, camera.fy, camera.cy], [0, 0, 1.0]])
    starts: list[Array] = []
    for image in corners[np.unique(np.linspace(0, len(corners) - 1, 4).round().astype(int))]:
        model = _model(side, image[None])[0]
        flat = np.column_stack((model.real, model.imag, np.zeros(4)))
        found = cv2.solvePnPGeneric(flat, image, matrix, None, flags=cv2.SOLVEPNP_IPPE)
        for turn, shift in zip(found[1], found[2]):
            normal, place = cv2.Rodrigues(turn)[0][:, 2], shift[:, 0]
            distance = float(normal @ place)
            if abs(distance) > 1e-6 and np.isfinite(distance):
                starts.append(np.asarray(normal / distance, dtype=np.float64))
    to_plane = partial(_camera_to_plane, camera)
    from_plane = partial(_camera_from_plane, camera)
    return _searched(corners, side, starts, to_plane, from_plane, _normal)


def _alone(corners: Array, side: tuple[float, float]) -> list[SeenPlane]:
    image = corners[len(corners) // 2]
    model = _model(side, image[None])[0]
    flat = np.column_stack((model.real, model.imag)).astype(np.float32)
    full = cv2.getPerspectiveTransform(image.astype(np.float32), flat)
    affine = np.vstack((np.linalg.lstsq(np.column_stack((image, np.ones(4))), flat, rcond=None)[0].T, [0, 0, 1]))
    found = []
    for homography in (full, affine):
        if abs(np.linalg.det(homography)) < 1e-12:
            continue
        to_plane = partial(_warped, np.asarray(homography, dtype=np.float64))
        from_plane = partial(_unwarped, np.linalg.inv(homography))
        found += _searched(corners, side, [np.zeros(5)], to_plane, from_plane, None)
    return found


def _searched(
    corners: Array,
    side: tuple[float, float],
    starts: list[Array],
    to_plane: ToPlane,
    from_plane: ToPlane,
    normal_of: Callable[[Array], Array] | None,
) -> list[SeenPlane]:
    def residuals(parameters: Array) -> Array:
        places = to_plane(parameters, corners.reshape(-1, 2)).reshape(corners.shape)
        rigid = _moved(_model(side, places), _complex(places))
        flat = np.stack((rigid.real, rigid.imag), axis=-1).reshape(-1, 2)
        away = from_plane(parameters, flat) - corners.reshape(-1, 2)
        return np.clip(np.nan_to_num(away.ravel(), nan=1e3), -1e3, 1e3)

    starts = sorted(starts, key=lambda start: float((residuals(start) ** 2).sum()))[:2]
    found = []
    for start in starts:
        scales = np.maximum(np.abs(start), 0.1)
        solved = least_squares(residuals, start, x_scale=scales, loss="soft_l1", f_scale=2.0, max_nfev=40)
        left = residuals(solved.x)
        dof = left.size - 3 * len(corners) - len(start)
        deviation = max(1.4826 * float(np.median(np.abs(left))) * np.sqrt(left.size / max(dof, 1)), LEAST_DEVIATION_PX)
        covariance = np.linalg.pinv(solved.jac.T @ solved.jac) * deviation**2
        found.append(SeenPlane(solved.x, covariance, to_plane, float(deviation), normal_of))
    return found


def _normal(parameters: Array) -> Array:
    return np.asarray(-parameters / np.linalg.norm(parameters), dtype=np.float64)


def _axes(normal: Array) -> Array:
    first = np.cross(normal, np.eye(3)[int(np.argmin(np.abs(normal)))])
    first /= np.linalg.norm(first)
    return np.stack((first, np.cross(normal, first)))


def _camera_to_plane(camera: Intrinsics, parameters: Array, pixels: Array) -> Array:
    rays = np.column_stack(
        ((pixels[:, 0] - camera.cx) / camera.fx, (pixels[:, 1] - camera.cy) / camera.fy, np.ones(len(pixels)))
    )
    nearness = rays @ parameters
    places = rays / np.where(nearness > 1e-9, nearness, np.nan)[:, None]
    return np.asarray(places @ _axes(_normal(parameters)).T)


def _camera_from_plane(camera: Intrinsics, parameters: Array, places: Array) -> Array:
    normal = _normal(parameters)
    points = places @ _axes(normal) - normal / np.linalg.norm(parameters)
    far = np.where(points[:, 2] > 1e-9, points[:, 2], np.nan)
    return np.column_stack((camera.cx + camera.fx * points[:, 0] / far, camera.cy + camera.fy * points[:, 1] / far))


def _warped(homography: Array, parameters: Array, pixels: Array) -> Array:
    first = np.column_stack((pixels, np.ones(len(pixels)))) @ homography.T
    flat = first[:, :2] / first[:, 2:]
    return np.asarray(flat @ _stretch(parameters) / (1 + flat @ parameters[3:])[:, None])


def _unwarped(inverse: Array, parameters: Array, places: Array) -> Array:
    straight = places @ np.linalg.inv(_stretch(parameters))
    flat = straight / (1 - straight @ parameters[3:])[:, None]
    pixels = np.column_stack((flat, np.ones(len(flat)))) @ inverse.T
    return np.asarray(pixels[:, :2] / pixels[:, 2:])


def _stretch(parameters: Array) -> Array:
    across = np.exp(np.clip(parameters[:2], -3, 3))
    return np.array([[across[0], parameters[2]], [parameters[2], across[1]]])


def _model(side: tuple[float, float], places: Array) -> NDArrayComplex:
    """Corners of the rectangle about its middle, complex [T, 4], each the way round of its image."""
    corners = np.array(
        [-side[0] - 1j * side[1], side[0] - 1j * side[1], side[0] + 1j * side[1], -side[0] + 1j * side[1]]
    )
    round_ = np.where(np.median(_signed_area(places)) >= 0, corners, corners.conj()) / 2
    return np.asarray(np.broadcast_to(round_, (len(places), 4)))


def _moved(model: NDArrayComplex, seen: NDArrayComplex) -> NDArrayComplex:
    turned = (seen * model.conj()).sum(axis=1, keepdims=True)
    size = np.abs(turned)
    return np.asarray(model * (turned / np.where(size > 0, size, 1)) + seen.mean(axis=1, keepdims=True))


def _complex(places: Array) -> NDArrayComplex:
    return np.asarray(places[..., 0] + 1j * places[..., 1])


def _signed_area(places: Array) -> Array:
    x, y = places[..., 0], places[..., 1]
    return np.asarray((x * np.roll(y, -1, axis=-1) - y * np.roll(x, -1, axis=-1)).sum(axis=-1) / 2)
