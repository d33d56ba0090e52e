"""The four corners of a block's top surface, image by image, or none where they are not certain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.physics.measuring.blobs import Blob
from physperception.physics.measuring.frames import FloatArray, ImageArray
from physperception.physics.measuring.polygons import (
    area_of,
    circumscribed,
    hull_of,
    inner_edge,
    outline_of,
    sharpened,
    with_inner_edges,
)

LEAST_AREA = 120.0
HEXAGON_EXCESS = 0.05
QUAD_EXCESS = 0.025
FACE_EXCESS = 0.12
NEARLY_QUAD_EXCESS = 0.07
MOST_LEAN_DEG = 40.0
MOST_SHIFT_PX = 3.5
MOST_STRETCH_PX = 2.4
AGREE_PX = 1.0
AGREE_PART = 0.04
NEIGHBOURS = 4
LEAST_KNOWN = 0.5


@dataclass(frozen=True)
class TopFace:
    """A candidate for the top surface.

    Attributes:
        corners: float64 [4, 2], pixels, clockwise as seen.
        strength: how clear the edges inside the outline are, grey levels a pixel; infinite when there are none.
    """

    corners: FloatArray
    strength: float


def top_faces(image: ImageArray, blob: Blob) -> list[TopFace]:
    """What may be the top surface of a block seen from above, the clearest first.

    Where the segmenter knows which pixels are of the upper face, it is the quadrilateral around them. Otherwise it
    follows from the outline:
    A block's outline is a hexagon, of which two sides are upright edges of the block. Where three faces are seen these
    are opposite, and the fourth corner of the top lies inside; it follows from the vanishing points of the sides
    and is then refined on the edges between the faces. Where two faces are seen the upright edges have the lower side
    of the front between them, and the top has one side inside. From straight above the outline is the top itself.

    Args:
        image: uint8 RGB [H, W, 3].
        blob: the block in it.
    """
    if blob.cut or blob.area < LEAST_AREA:
        return []
    of_face = [] if blob.face is None else _of_known_face(blob, blob.face)
    if of_face:
        return of_face
    outline = outline_of(blob)
    if len(outline) < 20:
        return []
    hull = hull_of(outline)
    x, y, width, height = cv2.boundingRect(hull.astype(np.float32))
    left, top = max(x - 6, 0), max(y - 6, 0)
    crop = image[top : y + height + 6, left : x + width + 6].astype(np.float32)
    shift = np.array([left, top], dtype=np.float64)
    quad = circumscribed(hull, 4)
    if quad is not None and max(_gap(corner, hull) for corner in quad) > MOST_STRETCH_PX:
        quad = None
    if quad is not None and area_of(quad) < (1 + QUAD_EXCESS) * area_of(hull):
        found = _of_quadrilateral(quad, outline, crop, shift)
        if found:
            return found
    flat = quad is not None and area_of(quad) < (1 + NEARLY_QUAD_EXCESS) * area_of(hull)
    found = _of_quadrilateral(quad, outline, crop, shift, split=True) if quad is not None and flat else []
    rough = circumscribed(hull, 6)
    if rough is None or area_of(rough) > (1 + HEXAGON_EXCESS) * area_of(hull):
        return found
    hexagon = sharpened(rough, outline)
    if hexagon is None or np.abs(hexagon - rough).max() > MOST_SHIFT_PX:
        return found
    for corners, inner in _hypotheses(hexagon):
        refined = with_inner_edges(corners - shift, inner, crop)
        if refined is None:
            continue
        moved = refined[0] + shift
        if np.linalg.norm(moved - corners, axis=1).max() < MOST_SHIFT_PX and _plausible(moved):
            found.append(TopFace(moved, refined[1]))
    return sorted(found, key=lambda face: -face.strength)


def follow_corners(candidates: Sequence[Sequence[TopFace]], centers: FloatArray) -> list[FloatArray | None]:
    """One candidate an image, with corners in one order over time; None where they don't agree with the others.

    Seen from the centroid, corners change slowly. A set that is off the median of its neighbours in time is left out,
    and if fewer than half of the images agree, all are.

    Args:
        candidates: of each image, see `top_faces`.
        centers: float64 [T, 2], centroids, pixels.
    """
    chosen = _chosen(candidates, centers)
    relative = [None if c is None else c - center for c, center in zip(chosen, centers)]
    out: list[FloatArray | None] = []
    for index, own in enumerate(relative):
        near = [r for r in relative[max(index - NEIGHBOURS, 0) : index + NEIGHBOURS + 1] if r is not None]
        if own is None or len(near) < 3:
            out.append(None)
            continue
        size = float(np.linalg.norm(own, axis=1).max())
        off = float(np.linalg.norm(own - np.median(near, axis=0), axis=1).max())
        out.append(chosen[index] if off < AGREE_PX + AGREE_PART * size else None)
    known = sum(corners is not None for corners in out)
    return out if known >= LEAST_KNOWN * len(out) else [None] * len(out)


def _chosen(candidates: Sequence[Sequence[TopFace]], centers: FloatArray) -> list[FloatArray | None]:
    """The candidates nearest to what is usual among the clearest ones, turned to one order."""
    shapes: list[tuple[FloatArray, float]] = []
    for index, faces in enumerate(candidates):
        shapes += [(face.corners - centers[index], face.strength) for face in faces[:1]]
    if not shapes:
        return [None] * len(candidates)
    last = _most_typical([shape for shape, _ in shapes])
    start = min(
        (i for i, faces in enumerate(candidates) if faces),
        key=lambda i: _distance(candidates[i][0].corners - centers[i], last),
    )
    out: list[FloatArray | None] = [None] * len(candidates)
    for order in (range(start, len(candidates)), range(start, -1, -1)):
        reference = last
        for index in order:
            turned = [_turned(face.corners - centers[index], reference) for face in candidates[index]]
            if not turned:
                continue
            nearest = min(turned, key=lambda shape: float(np.linalg.norm(shape - reference)))
            size = float(np.linalg.norm(reference, axis=1).max())
            if np.linalg.norm(nearest - reference, axis=1).max() < 2.0 + 0.15 * size:
                reference = nearest
                out[index] = nearest + centers[index]
    return out


def _most_typical(shapes: Sequence[FloatArray]) -> FloatArray:
    """The shape with the least median distance to the others."""
    some = shapes[:: max(1, len(shapes) // 24)]
    spread = [np.median([_distance(shape, other) for other in some]) for shape in some]
    return some[int(np.argmin(spread))]


def _distance(shape: FloatArray, other: FloatArray) -> float:
    return float(np.linalg.norm(_turned(shape, other) - other))


def _turned(shape: FloatArray, reference: FloatArray) -> FloatArray:
    """The corners in the cyclic order that fits the reference best."""
    turns = [np.roll(shape, k, axis=0) for k in range(4)]
    return min(turns, key=lambda turn: float(np.linalg.norm(turn - reference)))


def _of_known_face(blob: Blob, face: NDArray[np.float32]) -> list[TopFace]:
    """The quadrilateral around the pixels of the upper face, if they make one."""
    if float(face.sum()) < LEAST_AREA / 2:
        return []
    outline = outline_of(Blob(blob.x, blob.y, face, blob.size, blob.noise))
    if len(outline) < 20:
        return []
    hull = hull_of(outline)
    quad = circumscribed(hull, 4)
    if quad is None or area_of(quad) > (1 + FACE_EXCESS) * area_of(hull):
        return []
    corners = sharpened(quad, outline)
    if corners is None or np.abs(corners - quad).max() > MOST_SHIFT_PX or not _plausible(corners):
        return []
    return [TopFace(corners, float("inf"))]


def _of_quadrilateral(
    quad: FloatArray, outline: FloatArray, crop: NDArray[np.float32], shift: FloatArray, *, split: bool = False
) -> list[TopFace]:
    """The top of a block whose outline is a quadrilateral: all of it, or what is above an edge that runs across it."""
    sides = sharpened(quad, outline)
    if sides is None or not _plausible(sides):
        return []
    bottom = int(np.argmax(sides[:, 1] + np.roll(sides, -1, axis=0)[:, 1]))
    low_right, low_left, left, right = np.roll(sides, -bottom, axis=0)
    edge = inner_edge(np.array([left, low_left]) - shift, np.array([right, low_right]) - shift, crop)
    if edge is None:
        return [] if split else [TopFace(sides, float("inf"))]
    corners = np.array(
        [left, right, right + edge[1] * (low_right - right), left + edge[0] * (low_left - left)], dtype=np.float64
    )
    return [TopFace(corners, edge[2])] if _plausible(corners) else []


def _hypotheses(hexagon: FloatArray) -> list[tuple[FloatArray, tuple[int, ...]]]:
    """Top surfaces that a hexagon, clockwise as seen, may have: corners and which of their sides lie inside it."""
    upright = [_lean(hexagon[(i + 1) % 6] - hexagon[i]) for i in range(6)]
    out: list[tuple[FloatArray, tuple[int, ...]]] = []
    for i in range(6):
        v = np.roll(hexagon, -i, axis=0)
        goes_up, goes_down = upright[i] > 0, upright[(i + 3) % 6] < 0
        if goes_up and goes_down:
            corner = _hidden_corner(v)
            if corner is not None:
                quad = np.array([v[1], v[2], v[3], corner])
                if _plausible(quad):
                    out.append((quad, (2, 3)))
        if upright[i] < 0 and upright[(i + 2) % 6] > 0:
            quad = np.array([v[3], v[4], v[5], v[0]])
            if _plausible(quad):
                out.append((quad, (3,)))
    return out


def _lean(side: FloatArray) -> float:
    """1 for a side that goes up in the image, -1 for one that goes down, 0 for one that leans too much."""
    angle = np.degrees(np.arctan2(abs(side[0]), abs(side[1])))
    return 0.0 if angle > MOST_LEAN_DEG else (1.0 if side[1] < 0 else -1.0)


def _hidden_corner(v: FloatArray) -> FloatArray | None:
    """The corner of the top inside a hexagon that begins with the lower left corner and goes up: where the lines
    from the left and the right corner of the top to the vanishing points of the opposite sides meet."""
    low_left, left, far, right, low_right, near = (np.append(point, 1.0) for point in v)
    to_right = np.cross(np.cross(far, right), np.cross(low_left, near))
    to_left = np.cross(np.cross(far, left), np.cross(low_right, near))
    meet = np.cross(np.cross(left, to_right), np.cross(right, to_left))
    scale = np.abs(meet[:2]).max()
    return None if abs(meet[2]) < 1e-9 * max(scale, 1e-30) else np.asarray(meet[:2] / meet[2])


def _gap(point: FloatArray, polygon: FloatArray) -> float:
    """Distance of a point outside a convex polygon from it, pixels."""
    return -float(cv2.pointPolygonTest(polygon.astype(np.float32), (float(point[0]), float(point[1])), True))


def _plausible(quad: FloatArray) -> bool:
    """Whether it may be the view of a rectangle: convex, opposite sides alike in direction and length."""
    sides = np.roll(quad, -1, axis=0) - quad
    following = np.roll(sides, -1, axis=0)
    turn = sides[:, 0] * following[:, 1] - sides[:, 1] * following[:, 0]
    lengths = np.linalg.norm(sides, axis=1)
    ratio = lengths[:2] / np.maximum(lengths[2:], 1e-6)
    alike = -(sides[:2] * sides[2:]).sum(axis=1) / np.maximum(lengths[:2] * lengths[2:], 1e-6)
    convex = (turn > 0.05 * lengths * np.roll(lengths, -1)).all() and lengths.min() > 3.0
    return bool(convex and (np.abs(np.log(np.maximum(ratio, 1e-6))) < 0.5).all() and (alike > 0.9).all())
