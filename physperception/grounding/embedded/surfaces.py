"""Numbers that describe what is seen of an object in a small crop: pattern, shape, and a coarse picture."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

SIZE = 48
COARSE = 12
TURNING = (-3 * COARSE * COARSE - 21, -3 * COARSE * COARSE - 12)
"""Numbers of a description that change their sign in a mirror: of the longer axis' angle, and Hu's seventh moment."""
FloatArray = NDArray[np.float32]
_KERNEL = np.ones((3, 3), np.uint8)


def describe(crop: NDArray[np.uint8]) -> FloatArray:
    """float32 [F] of a crop uint8 [48, 48, 5]: RGB, mask of the object 0/255, mask of other objects."""
    own = crop[:, :, 3] > 127
    inner = cv2.erode(own.astype(np.uint8), _KERNEL) > 0
    inner = inner if np.count_nonzero(inner) >= 40 else own
    lab = cv2.cvtColor(crop[:, :, :3], cv2.COLOR_RGB2LAB).astype(np.float32)
    parts = [_pattern(lab, inner), _tones(lab, inner), _outline(own, crop[:, :, 4] > 127), _picture(crop, lab, own)]
    return np.concatenate(parts).astype(np.float32)


def _pattern(lab: FloatArray, inner: NDArray[np.bool_]) -> FloatArray:
    """Edges and their directions at two scales, and the blobs of the two main colours."""
    out: list[float] = []
    filled = _filled(lab, inner)
    for blur in (0.0, 1.5):
        picture = np.asarray(cv2.GaussianBlur(filled, (0, 0), blur), dtype=np.float32) if blur else filled
        out += _edges(picture, inner)
    return np.array(out + _blobs(lab, inner), dtype=np.float32)


def _edges(picture: FloatArray, inner: NDArray[np.bool_]) -> list[float]:
    across = cv2.Sobel(picture, cv2.CV_32F, 1, 0, ksize=3)
    down = cv2.Sobel(picture, cv2.CV_32F, 0, 1, ksize=3)
    strengths = across**2 + down**2
    channel = strengths.argmax(axis=2)[..., None]
    x, y = (np.take_along_axis(part, channel, 2)[..., 0][inner] for part in (across, down))
    size = np.hypot(x, y) / 32
    angle = np.arctan2(y, x)
    total = float(size.sum()) + 1e-6
    folds = [abs(complex((size * np.exp(1j * fold * angle)).sum())) / total for fold in (2, 4, 6)]
    strong = float((size > 4).mean())
    histogram = np.histogram(angle % math.pi, bins=8, range=(0, math.pi), weights=size)[0] / total
    uneven = float(size.std() / (size.mean() + 1e-3))
    return [math.log1p(float(size.mean())), strong, uneven, *folds, float(histogram.max())]


def _blobs(lab: FloatArray, inner: NDArray[np.bool_]) -> list[float]:
    """How well two colours explain the surface, and number, size and form of the pieces of the rarer one."""
    values = lab[inner]
    middle = values.mean(axis=0)
    spread = values - middle
    axis = np.linalg.eigh(spread.T @ spread / len(spread) + 1e-3 * np.eye(3))[1][:, -1]
    along = spread @ axis
    threshold = _split(along)
    upper = along > threshold
    share = float(upper.mean())
    if not 0 < share < 1:
        return [0.0] * 12
    apart = float(along[upper].mean() - along[~upper].mean())
    within = float(np.sqrt(along[upper].var() * share + along[~upper].var() * (1 - share)))
    rare = np.zeros(inner.shape, dtype=np.uint8)
    rare[inner] = upper if share <= 0.5 else ~upper
    count, _, stats, _ = cv2.connectedComponentsWithStats(rare, connectivity=4)
    areas = stats[1:, cv2.CC_STAT_AREA].astype(np.float32)
    kept = areas >= 4
    areas = areas[kept]
    boxes = stats[1:][kept]
    if not len(areas):
        return [min(share, 1 - share), apart / 64, apart / (within + 1), *[0.0] * 9]
    fill = areas / np.maximum(boxes[:, cv2.CC_STAT_WIDTH] * boxes[:, cv2.CC_STAT_HEIGHT], 1)
    ratio = np.minimum(boxes[:, 2], boxes[:, 3]) / np.maximum(np.maximum(boxes[:, 2], boxes[:, 3]), 1)
    weights = areas / areas.sum()
    common = np.asarray(inner & (rare == 0), dtype=np.uint8)
    others = cv2.connectedComponentsWithStats(common, connectivity=4)
    large = int((others[2][1:, cv2.CC_STAT_AREA] >= 4).sum())
    return [
        min(share, 1 - share), apart / 64, apart / (within + 1), math.log1p(len(areas)), math.log1p(large),
        float(areas.max() / inner.sum()), float(areas.std() / areas.mean()), float((fill * weights).sum()),
        float((ratio * weights).sum()), float(ratio.mean()), float(fill.mean()), math.log1p(count),
    ]  # fmt: skip


def _split(values: FloatArray) -> float:
    """Otsu's threshold of some numbers."""
    low, high = float(values.min()), float(values.max())
    counts, edges = np.histogram(values, bins=32, range=(low, high + 1e-3))
    weight = np.cumsum(counts)
    middles = (edges[:-1] + edges[1:]) / 2
    sums = np.cumsum(counts * middles)
    rest = weight[-1] - weight
    with np.errstate(divide="ignore", invalid="ignore"):
        between = weight * rest * (sums / weight - (sums[-1] - sums) / rest) ** 2
    return float(edges[int(np.nanargmax(np.nan_to_num(between))) + 1])


def _tones(lab: FloatArray, inner: NDArray[np.bool_]) -> FloatArray:
    """Mean and spread of lightness and the colour axes, chroma, and the brightest and darkest parts."""
    values = lab[inner]
    mean, deviation = values.mean(axis=0), values.std(axis=0)
    light = np.quantile(values[:, 0], (0.02, 0.5, 0.98))
    chroma = np.hypot(values[:, 1] - 128, values[:, 2] - 128)
    return np.concatenate([mean / 128 - 1, deviation / 32, light / 128 - 1, [chroma.mean() / 64, chroma.std() / 32]])


def _outline(own: NDArray[np.bool_], others: NDArray[np.bool_]) -> FloatArray:
    """Form of the visible part: axes, fill, convexity, roughness, Fourier descriptors, and how much meets others."""
    picture = own.astype(np.uint8)
    contours = cv2.findContours(picture, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]
    if not contours:
        return np.zeros(28, dtype=np.float32)
    contour = max(contours, key=len)
    area = float(np.count_nonzero(own))
    hull = max(float(cv2.contourArea(cv2.convexHull(contour))), 1.0)
    length = cv2.arcLength(contour, True)
    _, _, width, height = cv2.boundingRect(picture)
    moments = cv2.moments(picture, binaryImage=True)
    hu = cv2.HuMoments(moments).ravel()
    logged = np.sign(hu) * np.log10(np.abs(hu) + 1e-9) / 9
    meets = cv2.dilate(picture, _KERNEL) > own
    around = float((meets & others).sum() / max(meets.sum(), 1))
    filled_holes = np.zeros_like(picture)
    cv2.drawContours(filled_holes, [contour], -1, 1, -1)
    holes = float((filled_holes > picture).sum()) / area if area else 0.0
    angle = 0.5 * math.atan2(2 * moments["mu11"], moments["mu20"] - moments["mu02"] + 1e-9)
    shape = [
        math.log(height / width), area / (width * height), area / hull, math.log(length**2 / max(area, 1.0)) / 4,
        around, holes, math.cos(2 * angle), math.sin(2 * angle), len(contours) / 4, float(others.mean()),
    ]  # fmt: skip
    points = contour[:, 0, 0] + 1j * contour[:, 0, 1]
    steps = np.linspace(0, len(points), 64, endpoint=False)
    spectrum = np.abs(np.fft.fft(np.interp(steps, np.arange(len(points)), points)))
    turned = np.concatenate([spectrum[2:8], spectrum[-6:-1]]) / max(float(spectrum[1] + spectrum[-1]), 1e-6)
    return np.concatenate([shape, logged, turned]).astype(np.float32)


def _picture(crop: NDArray[np.uint8], lab: FloatArray, own: NDArray[np.bool_]) -> FloatArray:
    """Lightness inside the object and the masks, 12 x 12 cells each."""
    inside = lab[:, :, 0][own]
    middle, spread = (float(inside.mean()), float(inside.std())) if inside.size else (0.0, 1.0)
    light = np.where(own, (lab[:, :, 0] - middle) / (spread + 8), 0).astype(np.float32)
    others = crop[:, :, 4].astype(np.float32) / np.float32(255)
    layers: list[FloatArray] = [light, own.astype(np.float32), others]
    cells = [cv2.resize(layer, (COARSE, COARSE), interpolation=cv2.INTER_AREA) for layer in layers]
    return np.concatenate([layer.ravel() for layer in cells])


def _filled(lab: FloatArray, inner: NDArray[np.bool_]) -> FloatArray:
    """The surface with everything outside set to its mean, so that the outline makes no edge."""
    out = lab.copy()
    out[~inner] = lab[inner].mean(axis=0) if inner.any() else 0
    return out
