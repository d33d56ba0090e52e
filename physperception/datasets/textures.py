"""Procedural pictures for objects, tables and walls, uint8 RGB, all from a random generator."""

from __future__ import annotations

import string
from collections.abc import Callable

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

ImageArray = NDArray[np.uint8]
FloatImage = NDArray[np.float32]
Maker = Callable[[Generator, int, int], FloatImage]
Makers = list[tuple[Maker, float]]
FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
)


def color(rng: Generator) -> FloatImage:
    """A random colour, float32 [3] in 0..255: vivid, pastel, dark, grey, white or brown."""
    kind = rng.random()
    hue = rng.uniform(0, 180)
    if kind < 0.45:
        hsv = (hue, rng.uniform(120, 255), rng.uniform(90, 255))
    elif kind < 0.6:
        hsv = (hue, rng.uniform(20, 110), rng.uniform(150, 255))
    elif kind < 0.72:
        hsv = (hue, rng.uniform(0, 25), rng.uniform(215, 255))
    elif kind < 0.82:
        hsv = (hue, rng.uniform(0, 120), rng.uniform(15, 70))
    elif kind < 0.92:
        hsv = (hue, rng.uniform(0, 20), rng.uniform(60, 215))
    else:
        hsv = (rng.uniform(5, 20), rng.uniform(70, 170), rng.uniform(60, 200))
    pixel = np.array([[hsv]], dtype=np.uint8)
    return cv2.cvtColor(pixel, cv2.COLOR_HSV2RGB)[0, 0].astype(np.float32)


def noise(rng: Generator, height: int, width: int, cells: tuple[int, int], octaves: int = 4) -> FloatImage:
    """Fractal value noise, float32 [height, width] in 0..1; `cells` is the coarsest grid (rows, columns)."""
    total = np.zeros((height, width), dtype=np.float32)
    for octave in range(octaves):
        rows, columns = (min(max(c, 1) * 2**octave + 1, limit) for c, limit in zip(cells, (height, width)))
        grid = rng.random((rows, columns), dtype=np.float32)
        total += cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC) * 0.5**octave
    low, high = float(total.min()), float(total.max())
    return (total - low) / max(high - low, 1e-6)


def object_texture(rng: Generator, size: int = 192) -> ImageArray:
    """A surface of an object without print, uint8 [size, size, 3]."""
    return surface(rng, size)[1]


def surface(rng: Generator, size: int = 192) -> tuple[str, ImageArray]:
    """As `object_texture`, with the name of what it looks like: "plain", "wood", ..."""
    makers: Makers = [
        (_plain, 7), (_stripes, 2), (_checks, 1), (_dots, 1), (_mottled, 3), (_wood, 1.5), (_patches, 1),
    ]  # fmt: skip
    maker = _pick(rng, makers)
    return _name(maker), _finish(rng, maker(rng, size, size))


def unusual_surface(rng: Generator, size: int = 192) -> tuple[str, ImageArray]:
    """A surface that no training scene has, and its name: crops of photographs, zigzags, cells, rings."""
    maker = _pick(rng, [(_zigzag, 1), (_cells, 1.5), (_rings, 1), (_snapshot, 3)])
    return _name(maker), _finish(rng, maker(rng, size, size))


def label_texture(rng: Generator, size: int = 192) -> ImageArray:
    """A printed surface, uint8 [size, size, 3]: bands, patches, pictures and random words on a ground."""
    picture = _pick(rng, [(_plain, 4), (_stripes, 1), (_mottled, 1), (_patches, 1)])(rng, size, size)
    for _ in range(int(rng.integers(0, 4))):
        first, second = rng.integers(-size // 4, size, 2), rng.integers(0, size, 2)
        ink = tuple(map(float, color(rng)))
        if rng.random() < 0.6:
            corner = (first[0] + int(second[0]), first[1] + int(second[1]))
            cv2.rectangle(picture, tuple(map(int, first)), tuple(map(int, corner)), ink, -1)
        else:
            cv2.circle(picture, tuple(map(int, second)), int(rng.integers(size // 12, size // 3)), ink, -1, cv2.LINE_AA)
    for _ in range(int(rng.integers(1, 5))):
        _write(rng, picture)
    if rng.random() < 0.3:
        _barcode(rng, picture)
    return _finish(rng, picture)


def ground_texture(rng: Generator, size: int = 512) -> ImageArray:
    """A table top, floor or wall, uint8 [size, size, 3]."""
    makers: Makers = [
        (_wood, 4), (_mottled, 3), (_plain, 2), (_photographed, 3), (_checks, 1.5), (_weave, 1.5), (_clutter, 1.5),
        (_gradient, 1.5), (_stripes, 0.5), (_patches, 0.5),
    ]  # fmt: skip
    return _finish(rng, _pick(rng, makers)(rng, size, size))


def clutter_texture(rng: Generator, size: int = 512) -> ImageArray:
    """A busy picture of nothing in particular for distant walls, blurred as out of focus."""
    picture = _clutter(rng, size, size)
    blur = rng.uniform(0.5, 6)
    return _finish(rng, np.asarray(cv2.GaussianBlur(picture, (0, 0), blur), dtype=np.float32))


def _pick(rng: Generator, makers: Makers) -> Maker:
    weights = np.array([weight for _, weight in makers])
    return makers[int(rng.choice(len(makers), p=weights / weights.sum()))][0]


def _name(maker: Maker) -> str:
    return maker.__name__.lstrip("_")


def _finish(rng: Generator, picture: FloatImage) -> ImageArray:
    """Fine grain and uneven shade, then bytes."""
    height, width = picture.shape[:2]
    shade = 1 + rng.uniform(0, 0.15) * (noise(rng, height, width, (3, 3), 2) - 0.5)
    grain = rng.normal(0, rng.uniform(0, 5), (height, width, 1))
    return np.clip(picture * shade[..., None] + grain, 0, 255).astype(np.uint8)


def _plain(rng: Generator, height: int, width: int) -> FloatImage:
    return np.tile(color(rng), (height, width, 1)).astype(np.float32)


def _blend(rng: Generator, weight: FloatImage, count: int = 2) -> FloatImage:
    """Colours spread over a weight of 0..1."""
    colors = np.stack([color(rng) for _ in range(count)])
    stops = np.linspace(0, 1, count)
    return np.stack([np.interp(weight, stops, colors[:, c]) for c in range(3)], axis=-1).astype(np.float32)


def _near(rng: Generator, weight: FloatImage, spread: float) -> FloatImage:
    """One colour made lighter and darker by a weight of 0..1."""
    return np.clip(color(rng) * (1 + spread * (weight[..., None] - 0.5)), 0, 255).astype(np.float32)


def _gradient(rng: Generator, height: int, width: int) -> FloatImage:
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    weight = np.cos(angle) * columns / width + np.sin(angle) * rows / height
    return _blend(rng, (weight - weight.min()) / np.ptp(weight))


def _stripes(rng: Generator, height: int, width: int) -> FloatImage:
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32) / height
    angle = rng.choice([0, np.pi / 2, rng.uniform(0, np.pi)])
    phase = (np.cos(angle) * columns + np.sin(angle) * rows) * rng.integers(2, 14)
    return _blend(rng, ((phase % 1) < rng.uniform(0.2, 0.8)).astype(np.float32))


def _checks(rng: Generator, height: int, width: int) -> FloatImage:
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32) / height
    count = rng.integers(2, 10)
    if rng.random() < 0.5:
        weight = ((np.floor(rows * count) + np.floor(columns * count)) % 2).astype(np.float32)
        return _blend(rng, weight)
    joint = rng.uniform(0.02, 0.08)
    weight = ((rows * count % 1 < joint) | (columns * count % 1 < joint)).astype(np.float32)
    tiles = np.kron(rng.random((count, count)), np.ones((height // count + 1, width // count + 1)))[:height, :width]
    ground = _near(rng, tiles.astype(np.float32), 0.25)
    return ground * (1 - weight[..., None]) + color(rng) * weight[..., None]


def _dots(rng: Generator, height: int, width: int) -> FloatImage:
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32) / height * rng.integers(3, 12)
    distance = np.hypot(rows % 1 - 0.5, columns % 1 - 0.5)
    return _blend(rng, (distance < rng.uniform(0.15, 0.4)).astype(np.float32))


def _mottled(rng: Generator, height: int, width: int) -> FloatImage:
    cells = (int(rng.integers(1, 24)), int(rng.integers(1, 24)))
    weight = noise(rng, height, width, cells, int(rng.integers(2, 6)))
    if rng.random() < 0.3:
        weight = np.abs(2 * weight - 1)
    if rng.random() < 0.6:
        return _near(rng, weight, rng.uniform(0.1, 0.8))
    return _blend(rng, weight, int(rng.integers(2, 4)))


def _wood(rng: Generator, height: int, width: int) -> FloatImage:
    warp = noise(rng, height, width, (2, 3), 3)
    grain = noise(rng, height, width, (int(rng.integers(20, 60)), 2), 3)
    rings = 0.5 + 0.5 * np.sin((warp * rng.uniform(4, 18) + np.linspace(0, rng.uniform(2, 30), height)[:, None]) * 2)
    weight = np.clip(0.55 * rings + 0.45 * grain, 0, 1)
    base = np.array([rng.uniform(90, 225), 0, 0])
    base[1] = base[0] * rng.uniform(0.62, 0.85)
    base[2] = base[1] * rng.uniform(0.5, 0.85)
    picture = base * (1 + rng.uniform(0.15, 0.5) * (weight[..., None] - 0.5))
    planks = int(rng.integers(0, 7))
    for row in np.linspace(0, height, planks + 1)[1:-1].astype(int):
        picture[row : row + max(height // 200, 1)] *= 0.6
    return picture.astype(np.float32)


def _weave(rng: Generator, height: int, width: int) -> FloatImage:
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32) / height * rng.integers(30, 90)
    weight = 0.5 + 0.25 * np.sin(2 * np.pi * rows) + 0.25 * np.sin(2 * np.pi * columns)
    return _near(rng, 0.7 * weight + 0.3 * noise(rng, height, width, (6, 6)), rng.uniform(0.2, 0.7))


def _patches(rng: Generator, height: int, width: int) -> FloatImage:
    """Flat regions with soft, winding borders, as in camouflage or a print."""
    levels = int(rng.integers(2, 6))
    cells = int(rng.integers(2, 8))
    index = np.minimum((noise(rng, height, width, (cells, cells), 2) * levels).astype(int), levels - 1)
    return np.stack([color(rng) for _ in range(levels)])[index].astype(np.float32)


def _photographed(rng: Generator, height: int, width: int) -> FloatImage:
    """A crop of a brick, grass or gravel photograph of scikit-image, coloured."""
    from skimage import data

    source = (data.brick, data.grass, data.gravel)[int(rng.integers(3))]()
    side = int(rng.integers(160, min(source.shape) + 1))
    top, left = (int(rng.integers(0, limit - side + 1)) for limit in source.shape)
    crop = cv2.resize(source[top : top + side, left : left + side], (width, height), interpolation=cv2.INTER_AREA)
    weight: FloatImage = np.rot90(crop, int(rng.integers(4))).astype(np.float32) / np.float32(255)
    return _near(rng, weight, rng.uniform(0.4, 1.5)) if rng.random() < 0.6 else _blend(rng, weight)


def _zigzag(rng: Generator, height: int, width: int) -> FloatImage:
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32) / height
    teeth, bands = rng.integers(2, 8), rng.integers(3, 10)
    fold = np.abs((columns * teeth) % 1 - 0.5)
    return _blend(rng, (((rows + fold / teeth) * bands) % 1 < rng.uniform(0.3, 0.7)).astype(np.float32))


def _cells(rng: Generator, height: int, width: int) -> FloatImage:
    """Flat or shaded regions around random points."""
    points = rng.uniform(0, 1, (int(rng.integers(6, 40)), 2)).astype(np.float32)
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32) / height
    distance = np.hypot(rows[..., None] - points[:, 0], columns[..., None] - points[:, 1])
    picture = np.stack([color(rng) for _ in points])[distance.argmin(axis=-1)]
    return (picture * (1 - rng.uniform(0, 1.5) * distance.min(axis=-1))[..., None].clip(0.2, 1)).astype(np.float32)


def _rings(rng: Generator, height: int, width: int) -> FloatImage:
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32) / height
    center = rng.uniform(0, 1, 2)
    distance = np.hypot(rows - center[0], columns - center[1]) * rng.integers(4, 14)
    return _blend(rng, (0.5 + 0.5 * np.sin(2 * np.pi * distance)).astype(np.float32), int(rng.integers(2, 4)))


def _snapshot(rng: Generator, height: int, width: int) -> FloatImage:
    """A crop of a photograph of scikit-image that no training scene shows."""
    from skimage import data

    makers = (data.immunohistochemistry, data.retina, data.moon, data.page, data.hubble_deep_field, data.text)
    source = np.asarray(makers[int(rng.integers(len(makers)))]())
    source = np.dstack([source] * 3) if source.ndim == 2 else source
    side = int(rng.integers(100, min(source.shape[:2]) + 1))
    top, left = (int(rng.integers(0, limit - side + 1)) for limit in source.shape[:2])
    crop = cv2.resize(source[top : top + side, left : left + side], (width, height), interpolation=cv2.INTER_AREA)
    turned = np.rot90(crop, int(rng.integers(4))).astype(np.float32)
    return np.clip(turned * rng.uniform(0.6, 1.6) + rng.uniform(0, 60), 0, 255).astype(np.float32)


def _clutter(rng: Generator, height: int, width: int) -> FloatImage:
    picture = _pick(rng, [(_gradient, 2), (_mottled, 1), (_plain, 1)])(rng, height, width)
    for _ in range(int(rng.integers(8, 40))):
        center, ink = rng.uniform(0, 1, 2) * (width, height), tuple(map(float, color(rng)))
        reach = rng.uniform(0.03, 0.3) * height
        kind = rng.integers(4)
        if kind == 0:
            axes = (int(reach), int(reach * rng.uniform(0.2, 1)))
            cv2.ellipse(picture, tuple(map(int, center)), axes, rng.uniform(0, 180), 0, 360, ink, -1, cv2.LINE_AA)
        elif kind == 1:
            corners = center + rng.normal(0, reach, (int(rng.integers(3, 6)), 2))
            cv2.fillPoly(picture, [corners.astype(np.int32)], ink, cv2.LINE_AA)
        elif kind == 2:
            size = (float(reach), float(reach * rng.uniform(0.3, 2.5)))
            corners = np.asarray(cv2.boxPoints((tuple(map(float, center)), size, float(rng.normal(0, 10)))), np.float64)
            cv2.fillPoly(picture, [corners.astype(np.int32)], ink, cv2.LINE_AA)
        else:
            end = center + rng.normal(0, reach * 2, 2)
            thickness = int(rng.integers(1, 10))
            cv2.line(picture, tuple(map(int, center)), tuple(map(int, end)), ink, thickness, cv2.LINE_AA)
    return picture


def _write(rng: Generator, picture: FloatImage) -> None:
    """A random word somewhere on the picture."""
    size = picture.shape[0]
    letters = string.ascii_uppercase if rng.random() < 0.5 else string.ascii_lowercase + string.digits
    word = "".join(rng.choice(list(letters), int(rng.integers(2, 9))))
    scale = rng.uniform(0.4, 2.2) * size / 192
    origin = (int(rng.integers(-size // 8, size // 2)), int(rng.integers(size // 8, size)))
    font, ink = FONTS[int(rng.integers(len(FONTS)))], tuple(map(float, color(rng)))
    cv2.putText(picture, word, origin, font, scale, ink, int(rng.integers(1, 6)), cv2.LINE_AA)


def _barcode(rng: Generator, picture: FloatImage) -> None:
    size = picture.shape[0]
    top, left = (int(value) for value in rng.integers(0, size // 2, 2))
    bars = np.repeat(rng.random(size // 6) < 0.5, 2)[: size // 3]
    region = picture[top : top + size // 5, left : left + len(bars)]
    region[:] = np.where(bars[None, : region.shape[1], None], 20.0, 245.0)
