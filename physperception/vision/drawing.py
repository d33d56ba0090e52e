"""Pictures of what was found: masks, hidden parts, what hides what, boxes and labels, drawn on the image."""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.scene import Box, Instance, Mask, Scene
from physperception.vision.labels import Label, draw_labels

Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]

PALETTE: tuple[Colour, ...] = (
    (230, 159, 0),
    (86, 180, 233),
    (240, 228, 66),
    (204, 121, 167),
    (0, 158, 115),
    (255, 170, 187),
    (170, 120, 235),
    (187, 204, 51),
    (153, 221, 255),
    (238, 136, 102),
    (68, 187, 153),
    (225, 225, 225),
    (170, 170, 0),
    (205, 170, 255),
    (0, 205, 205),
    (238, 221, 136),
)
"""RGB colours for objects, light enough for black text and told apart by people with the common colour vision
deficiencies (after Okabe and Ito 2008, and Tol's light scheme). Red and blue are kept for occluders and occludees."""

OCCLUDER: Colour = (235, 30, 30)
OCCLUDEE: Colour = (40, 80, 255)
HATCH_ALPHA = 0.75
OCCUPIED_STEP = 4
LARGE_FRACTION = 0.15


def draw_scene(image: Picture, scene: Scene, *, alpha: float = 0.35) -> Picture:
    """Draw the objects of a scene on the image they were found in.

    Visible masks are tinted and outlined in a colour that belongs to the id. The hidden part of an amodal mask is
    hatched, its outline dashed. Pixels of occluders have a thin red contour, those of occludees a thin blue one. A
    label gives id and score, how much is hidden and by what.

    Args:
        image: uint8 RGB [H, W, 3]; not changed.
        scene: found in this image; masks and boxes may cross its border.
        alpha: strength of the tint, 0 (none) to 1 (opaque).

    Returns:
        A new uint8 RGB [H, W, 3].

    Raises:
        ValueError: the image is of another type or size than the scene, or alpha is not in 0..1.
    """
    if image.dtype != np.uint8 or image.shape != (scene.height, scene.width, 3):
        raise ValueError(
            f"draw_scene needs a uint8 RGB image of the scene's size [{scene.height}, {scene.width}, 3], "
            f"got {image.dtype} {list(image.shape)}"
        )
    if not 0.0 <= alpha <= 1.0:
        raise ValueError(f"alpha must be in 0..1, got {alpha}")
    out = np.array(image, order="C")
    style = _Style.of(scene.width, scene.height)
    best_last = sorted(scene.instances, key=lambda instance: instance.score)
    hidden = [_hidden(instance, scene) for instance in best_last]
    for instance, unseen in zip(best_last, hidden):
        _draw_area(out, instance, unseen, alpha, style)
    for instance, unseen in zip(best_last, hidden):
        _draw_outlines(out, instance, unseen, style)
    for instance in best_last:
        _draw_parts(out, instance, style)
    labels = [_label(instance, out) for instance in reversed(best_last)]
    draw_labels(out, labels, style.font_px, _occupied(scene))
    return out


def colour_of(instance_id: str) -> Colour:
    """The RGB colour of an id, the same in every picture; ids that differ by a small final number differ in colour."""
    prefix = instance_id.rstrip("0123456789")
    number = instance_id[len(prefix) :]
    return PALETTE[(zlib.crc32(prefix.encode()) + int(number[-9:] or 0)) % len(PALETTE)]


def display_name(instance: Instance) -> str:
    """The id, with the class where the id does not tell it: "cup-3", "object-2 (cup)"."""
    if instance.id.isdigit():
        return f"{instance.class_id} {instance.id}"
    tells = instance.id.startswith("_".join(instance.class_id.split()))
    return instance.id if tells else f"{instance.id} ({instance.class_id})"


def label_text(instance: Instance) -> tuple[str, ...]:
    """What a label says: "cup-3 0.82", and on a second line, where something hides it, "35% hidden by box-1"."""
    first = f"{display_name(instance)} {instance.score:.2f}"
    by = f"by {', '.join(instance.occluder_ids)}" if instance.occluder_ids else ""
    if instance.occlusion >= 0.005:
        return first, f"{instance.occlusion:.0%} hidden {by}".rstrip()
    return (first, f"hidden {by}") if by else (first,)


@dataclass(frozen=True)
class _Style:
    """Sizes in pixels that suit an image."""

    line: int
    thin: int
    dash: int
    hatch: int
    font_px: int

    @classmethod
    def of(cls, width: int, height: int) -> _Style:
        scale = (width * height / (640 * 480)) ** 0.5
        return cls(
            line=max(1, math.ceil(1.6 * scale)),
            thin=max(1, round(scale)),
            dash=max(3, round(6 * scale)),
            hatch=max(4, round(7 * scale)),
            font_px=min(max(9, round(13 * scale)), 80),
        )


def _hidden(instance: Instance, scene: Scene) -> Mask | None:
    """The part of the invisible mask inside the image; None when the amodal mask is unknown."""
    invisible = instance.invisible_mask
    return None if invisible is None else _inside(invisible, scene.width, scene.height)


def _draw_area(out: Picture, instance: Instance, hidden: Mask | None, alpha: float, style: _Style) -> None:
    """Tint the visible pixels and hatch the hidden ones."""
    colour = colour_of(instance.id)
    height, width = out.shape[:2]
    _blend(out, _inside(instance.visible_mask, width, height), colour, alpha)
    if hidden is not None:
        rows, columns = np.ogrid[hidden.y : hidden.y + hidden.height, hidden.x : hidden.x + hidden.width]
        stripes = (rows + columns) % style.hatch < max(style.hatch // 3, 1)
        _blend(out, Mask(hidden.x, hidden.y, hidden.data & stripes), colour, HATCH_ALPHA)


def _draw_parts(out: Picture, instance: Instance, style: _Style) -> None:
    """Contours of the occluders' and occludees' pixels, inset so that outlines of objects stay in sight."""
    height, width = out.shape[:2]
    for mask, colour in ((instance.occludee_mask, OCCLUDEE), (instance.occluder_mask, OCCLUDER)):
        if mask is not None:
            inside = _inside(mask, width, height)
            inset = _eroded(inside, style.line)
            cv2.polylines(out, _contours(inset), True, colour, style.thin, cv2.LINE_AA)


def _draw_outlines(out: Picture, instance: Instance, hidden: Mask | None, style: _Style) -> None:
    colour = colour_of(instance.id)
    height, width = out.shape[:2]
    cv2.rectangle(out, *_corners(instance.visible_box, out), colour, style.thin)
    if instance.amodal_mask is not None and hidden is not None:
        for contour in _contours(_inside(instance.amodal_mask, width, height, margin=2 * style.line), every_pixel=True):
            cv2.polylines(out, _dashes(contour, hidden, style.dash), False, colour, style.thin, cv2.LINE_AA)
    elif instance.amodal_box is not None:
        _draw_dashed_box(out, instance.amodal_box, colour, style)
    outline = _contours(_inside(instance.visible_mask, width, height))
    cv2.polylines(out, outline, True, colour, style.line, cv2.LINE_AA)


def _label(instance: Instance, out: Picture) -> Label:
    box = instance.visible_box.clip(out.shape[1], out.shape[0])
    return Label(label_text(instance), colour_of(instance.id), box)


def _occupied(scene: Scene) -> NDArray[np.bool_]:
    """Where objects are seen that a label could cover most of, on a grid of every OCCUPIED_STEP-th pixel."""
    step = OCCUPIED_STEP
    occupied = np.zeros((-(-scene.height // step), -(-scene.width // step)), dtype=np.bool_)
    for instance in scene.instances:
        if instance.visible_box.area > LARGE_FRACTION * scene.width * scene.height:
            continue
        mask = _inside(instance.visible_mask, scene.width, scene.height)
        top, left = -(-mask.y // step), -(-mask.x // step)
        sampled = mask.data[top * step - mask.y :: step, left * step - mask.x :: step]
        occupied[top : top + sampled.shape[0], left : left + sampled.shape[1]] |= sampled
    return occupied


def _inside(mask: Mask, width: int, height: int, margin: int = 0) -> Mask:
    """The part of a mask in the image and a margin around it; unlike `Mask.clip` it only looks at the mask's crop."""
    left, top = max(mask.x, -margin), max(mask.y, -margin)
    right, bottom = min(mask.x + mask.width, width + margin), min(mask.y + mask.height, height + margin)
    if left >= right or top >= bottom:
        return Mask(0, 0, np.zeros((0, 0), dtype=np.bool_))
    return Mask(left, top, mask.data[top - mask.y : bottom - mask.y, left - mask.x : right - mask.x])


def _blend(out: Picture, mask: Mask, colour: Colour, alpha: float) -> None:
    """Mix a colour into the pixels of a mask that lies inside the image."""
    if not mask.data.size:
        return
    region = out[mask.y : mask.y + mask.height, mask.x : mask.x + mask.width]
    levels = np.arange(256, dtype=np.float32)[:, None] * (1 - alpha) + np.array(colour, np.float32) * alpha
    table = np.rint(levels).astype(np.uint8).reshape(256, 1, 3)
    cv2.copyTo(cv2.LUT(region, table), mask.data.astype(np.uint8), region)


def _eroded(mask: Mask, pixels: int) -> Mask:
    """A mask without its outermost pixels; the border of the crop counts as the border of the mask."""
    if not mask.data.size:
        return mask
    kernel = np.ones((2 * pixels + 1, 2 * pixels + 1), dtype=np.uint8)
    data = cv2.erode(mask.data.astype(np.uint8), kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return Mask(mask.x, mask.y, data.astype(np.bool_))


def _contours(mask: Mask, every_pixel: bool = False) -> list[NDArray[np.int32]]:
    """Borders of a mask in image coordinates, each int32 [N, 1, 2] as (x, y): corners, or every pixel on the way."""
    if not mask.data.size:
        return []
    detail = cv2.CHAIN_APPROX_NONE if every_pixel else cv2.CHAIN_APPROX_SIMPLE
    contours, _ = cv2.findContours(mask.data.astype(np.uint8), cv2.RETR_CCOMP, detail, offset=(mask.x, mask.y))
    return [np.asarray(contour, dtype=np.int32) for contour in contours]


def _dashes(contour: NDArray[np.int32], hidden: Mask, dash: int) -> list[NDArray[np.int32]]:
    """Pieces of a contour, `dash` pixels on and off, where it runs along hidden pixels."""
    x, y = contour[:, 0, 0] - hidden.x, contour[:, 0, 1] - hidden.y
    drawn = (x >= 0) & (y >= 0) & (x < hidden.width) & (y < hidden.height)
    drawn[drawn] = hidden.data[y[drawn], x[drawn]]
    drawn &= np.arange(len(contour)) // dash % 2 == 0
    edges = np.flatnonzero(np.diff(drawn, prepend=False, append=False))
    return [contour[start:end] for start, end in zip(edges[::2], edges[1::2])]


def _draw_dashed_box(out: Picture, box: Box, colour: Colour, style: _Style) -> None:
    (left, top), (right, bottom) = _corners(box, out)
    across, down = np.arange(left, right), np.arange(top, bottom)
    x = np.concatenate([across, np.full(len(down), right), across[::-1], np.full(len(down), left)])
    y = np.concatenate([np.full(len(across), top), down, np.full(len(across), bottom), down[::-1]])
    contour = np.stack([x, y], axis=-1)[:, None].astype(np.int32)
    everywhere = Mask(0, 0, np.ones(out.shape[:2], dtype=np.bool_))
    pieces = _dashes(contour, everywhere, style.dash)
    cv2.polylines(out, pieces, False, colour, style.thin, cv2.LINE_AA)


def _corners(box: Box, out: Picture) -> tuple[tuple[int, int], tuple[int, int]]:
    """First and last pixel of a box; sides beyond the image stay just outside it."""
    height, width = out.shape[:2]
    x1, y1 = max(box.x1, -2.0), max(box.y1, -2.0)
    x2, y2 = min(box.x2, width + 2.0), min(box.y2, height + 2.0)
    return (round(x1), round(y1)), (round(x2) - 1, round(y2) - 1)
