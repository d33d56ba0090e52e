"""Clips whose images are there twice: copies are left out, and only copies."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from physperception.physics.fits import estimate_restitution
from physperception.physics.measuring import measure_clip
from physperception.physics.measuring.repeats import without_repeats
from physperception.physics.observations import View
from physperception.scene import EstimateStatus
from tests.unit.clips_of_motion import ball_clip

RATE_HZ = 30.0
TRUTH = 0.8


def bounces(count: int, phase: float = 0.0) -> np.ndarray:
    """Places float64 [count, 2] of a ball that bounces with restitution 0.8, at 30 Hz."""
    times = (np.arange(count) + phase) / RATE_HZ
    gravity, drop = 900.0, 80.0
    touch = np.sqrt(2 * drop / gravity)
    speed = gravity * touch
    heights = drop - gravity * times**2 / 2
    for _ in range(8):
        speed *= TRUTH
        after = times >= touch
        heights = np.where(after, speed * (times - touch) - gravity * (times - touch) ** 2 / 2, heights)
        touch += 2 * speed / gravity
    return np.column_stack((40 + 20 * times, 100 - np.maximum(heights, 0)))


def compressed(image: np.ndarray, quality: int) -> np.ndarray:
    return cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)


def copied(images: list[np.ndarray], every: int, times: int) -> tuple[list[np.ndarray], list[int]]:
    """Images with every n-th there several times, a little different each, and the indices of the first ones."""
    out: list[np.ndarray] = []
    firsts = []
    for index, image in enumerate(images):
        firsts.append(len(out))
        out += [compressed(image, 95 - 2 * copy) for copy in range(times if index % every == 0 else 1)]
    return out, firsts


@pytest.mark.parametrize(("every", "times"), [(1, 2), (2, 2), (1, 3)])
def test_copies_are_left_out(every: int, times: int) -> None:
    images, firsts = copied(ball_clip(bounces(40))[0], every, times)
    assert without_repeats(images) == firsts


@pytest.mark.parametrize("phase", [0.0, 0.25, 0.5, 0.75])
def test_apexes_impacts_and_rest_are_no_copies(phase: float) -> None:
    places = bounces(40, phase)
    images = ball_clip(np.concatenate((places, np.repeat(places[-1:], 30, axis=0))))[0]
    assert without_repeats(images) == list(range(70))
    assert without_repeats([images[0]] * 30) == list(range(30))


def test_a_ball_filmed_at_30_hz_and_saved_at_60_is_measured() -> None:
    images, _ = copied(ball_clip(bounces(40))[0], 1, 2)
    tracks = measure_clip(images, np.arange(len(images)) / (2 * RATE_HZ))
    assert len(tracks[0]) <= 40
    found = estimate_restitution(tracks[0], View())
    assert found.status is EstimateStatus.VALID, found.reason
    assert found.lower <= TRUTH <= found.upper
    assert found.upper - found.lower < 0.2
