"""Small rendered clips with exact truth: discs, a block in perspective, a spreading liquid."""

from __future__ import annotations

import cv2
import numpy as np

WIDTH, HEIGHT = 160, 120
FINE = 6
RATE_HZ = 30.0


def surface(seed: int = 0, contrast: float = 9.0, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """A textured background, float32 [H, W, 3]."""
    noise = np.random.default_rng(seed).normal(0, 1, (height, width)).astype(np.float32)
    texture = 3 * cv2.GaussianBlur(noise, (0, 0), 1.5) + 18 * cv2.GaussianBlur(noise, (0, 0), 9)
    return np.asarray((120, 110, 95), np.float32) + contrast * texture[..., None]


def disc(x: float, y: float, radius: float, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """Coverage of the pixels by a disc, float32 [H, W]."""
    left, top = max(int(x - radius) - 1, 0), max(int(y - radius) - 1, 0)
    right, bottom = min(int(x + radius) + 3, width), min(int(y + radius) + 3, height)
    cover = np.zeros((height, width), dtype=np.float32)
    if right <= left or bottom <= top:
        return cover
    xs = (np.arange(left * FINE, right * FINE) + 0.5) / FINE - 0.5
    ys = (np.arange(top * FINE, bottom * FINE) + 0.5) / FINE - 0.5
    inside = ((xs - x) ** 2)[None] + ((ys - y) ** 2)[:, None] <= radius**2
    cells = inside.reshape(bottom - top, FINE, right - left, FINE)
    cover[top:bottom, left:right] = cells.mean(axis=(1, 3))
    return cover


def stamps(count: int) -> np.ndarray:
    return np.arange(count) / RATE_HZ


def picture(scene: np.ndarray, random: np.random.Generator, noise: float = 2.0) -> np.ndarray:
    """As a camera gives it: noise, whole numbers."""
    return np.clip(np.rint(scene + random.normal(0, noise, scene.shape)), 0, 255).astype(np.uint8)


def over(scene: np.ndarray, cover: np.ndarray, color: tuple[float, float, float]) -> np.ndarray:
    return scene * (1 - cover[..., None]) + np.asarray(color, np.float32) * cover[..., None]


def ball_clip(
    places: np.ndarray,
    *,
    radius: float = 8.0,
    color: tuple[float, float, float] = (200, 60, 40),
    seed: int = 0,
    shadow: bool = False,
    blur_part: float = 0.0,
    strip: tuple[int, int] | None = None,
    noise: float = 2.0,
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Images of a disc at places float [T, 2], and its visible masks.

    Args:
        shadow: whether a soft shadow moves along at the lower border.
        blur_part: exposure as a part of the time between images.
        strip: columns in front of the disc.
    """
    random = np.random.default_rng(seed)
    background = surface(seed)
    steps = np.gradient(places, axis=0) * blur_part
    frames, masks = [], []
    for place, step in zip(places, steps):
        covers = [disc(*(place + step * part), radius) for part in ((-0.4, -0.2, 0, 0.2, 0.4) if blur_part else (0,))]
        cover = np.mean(covers, axis=0)
        scene = background
        if shadow:
            dark = cv2.GaussianBlur(disc(place[0] + 5, HEIGHT - 14, radius), (0, 0), 3)
            scene = scene * (1 - 0.4 * dark[..., None])
        scene = over(scene, cover, color)
        if strip:
            scene[:, strip[0] : strip[1]] = 0.5 * background[:, strip[0] : strip[1]] + 60
            cover[:, strip[0] : strip[1]] = 0
        frames.append(picture(scene, random, noise))
        masks.append(cover >= 0.5)
    return frames, masks


def bouncing(count: int = 40, start: float = 25.0, ground: float = 95.0, speed: float = 60.0) -> np.ndarray:
    """Places of a ball that falls and bounces with restitution 0.75 while it goes to the right, float [T, 2]."""
    fine = 2000
    y, fall, out = start, 0.0, []
    for index in range(count):
        out.append((30 + speed * index / RATE_HZ, y))
        for _ in range(int(fine / RATE_HZ)):
            fall += 500.0 / fine
            y += fall / fine
            if y > ground:
                y, fall = 2 * ground - y, -0.75 * fall
    return np.array(out)


def block_clip(
    along_m: np.ndarray, *, azimuth_deg: float = 30.0, elevation_deg: float = 40.0, seed: int = 0, focal: float = 190.0
) -> tuple[list[np.ndarray], list[np.ndarray], np.ndarray]:
    """Images of a block of 10 x 6 x 4 cm that slides by metres [T], its masks, and its top corners, float [T, 4, 2]."""
    random = np.random.default_rng(seed)
    background = surface(seed)
    tilt, turn = np.radians(elevation_deg), np.radians(azimuth_deg)
    forward = np.array([0, np.cos(tilt), -np.sin(tilt)])
    axes = np.stack((np.array([1.0, 0, 0]), np.cross(forward, [1.0, 0, 0]), forward))
    axes = axes @ np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    square = np.array([(-0.05, -0.03), (0.05, -0.03), (0.05, 0.03), (-0.05, 0.03)])
    faces = ((4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7))
    frames, masks, tops = [], [], []
    for distance in along_m:
        points = np.array([(x + distance, y, z) for z in (0.0, 0.04) for x, y in square])
        seen = points @ axes.T + np.array([0, 0, 0.8])
        pixels = focal * seen[:, :2] / seen[:, 2:] + np.array([(WIDTH - 1) / 2, (HEIGHT - 1) / 2])
        scene, whole = background, np.zeros((HEIGHT, WIDTH), np.float32)
        for face, light in zip(faces, (1.0, 0.45, 0.7, 0.4, 0.6)):
            a, b, c = seen[list(face[:3])]
            outwards = np.cross(b - a, c - a) * (-1 if face == faces[0] else 1)
            if (outwards @ a) * (-1 if face == faces[0] else 1) >= 0:
                continue
            cover = _polygon(pixels[list(face)])
            scene = over(scene, np.clip(cover, 0, 1), tuple(light * np.array((70, 120, 220.0))))
            whole = np.maximum(whole, cover)
        frames.append(picture(scene, random))
        masks.append(whole >= 0.5)
        tops.append(pixels[4:])
    return frames, masks, np.array(tops)


def liquid_clip(count: int = 30, seed: int = 0) -> tuple[list[np.ndarray], np.ndarray]:
    """Images of an ellipse that is there from the start and grows, with a highlight, and its areas, px^2."""
    random = np.random.default_rng(seed)
    background = surface(seed)
    frames, areas = [], []
    for time in stamps(count):
        radius = 16 * (1 + 6 * time) ** 0.4
        flat = cv2.resize(disc(80, 60, radius), None, fx=1, fy=1)
        squeeze = np.float32([[1, 0, 0], [0, 0.5, 30.25]])
        cover = cv2.warpAffine(flat, squeeze, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)
        scene = over(background, cover, (60, 110, 190))
        scene = over(scene, 0.8 * disc(74, 58, 4), (250, 250, 250))
        frames.append(picture(scene, random))
        areas.append(float(cover.sum()))
    return frames, np.array(areas)


def _polygon(points: np.ndarray) -> np.ndarray:
    """Coverage of the pixels by a convex polygon, float32 [H, W], by the sides that sub-pixel points lie on."""
    xs = (np.arange(WIDTH * FINE) + 0.5) / FINE - 0.5
    ys = (np.arange(HEIGHT * FINE) + 0.5) / FINE - 0.5
    inside = np.ones((HEIGHT * FINE, WIDTH * FINE), dtype=bool)
    area = np.sum(points[:, 0] * np.roll(points[:, 1], -1) - points[:, 1] * np.roll(points[:, 0], -1))
    for a, b in zip(points, np.roll(points, -1, axis=0)):
        side = (b[0] - a[0]) * (ys[:, None] - a[1]) - (b[1] - a[1]) * (xs[None] - a[0])
        inside &= side * np.sign(area) >= 0
    return inside.reshape(HEIGHT, FINE, WIDTH, FINE).mean(axis=(1, 3)).astype(np.float32)
