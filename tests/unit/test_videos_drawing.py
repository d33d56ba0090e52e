"""Outlines, coverage and rolling shutters are exact."""

import numpy as np
import pytest

from physperception.datasets.videos.bodies import Ball, Block, Light
from physperception.datasets.videos.camera import PosedCamera, coverage, hull, look_at, moments
from physperception.datasets.videos.drawing import draw, expose
from physperception.datasets.videos.motion import Path
from physperception.vision.geometry import Intrinsics

WIDTH, HEIGHT = 160, 120
CAMERA = look_at(
    Intrinsics(170, 170, 80.3, 59.1, WIDTH, HEIGHT),
    np.array([0.02, -0.01, 0.05]),
    np.array([0.3, -0.6, 0.35]),
    np.array([0, 0, 1.0]),
    0.1,
)
LIGHT = Light(np.array([0.0, 0.6, 0.8]), 0.5)
RED = np.full((8, 8, 3), (200, 30, 20), dtype=np.uint8)


def moving(start, velocity, seconds=1.0):
    times = np.linspace(0, seconds, 201)
    places = np.asarray(start) + times[:, None] * np.asarray(velocity)
    return Path(times, places, np.tile([1.0, 0, 0, 0], (len(times), 1)))


def test_coverage_sums_to_the_polygons_area_and_centroid():
    outline = hull(np.random.default_rng(0).uniform((20.3, 15.2), (60.7, 80.9), (40, 2)))
    covered = coverage(outline, 10, 5, 70, 90).astype(np.float64)
    area, center = moments(outline)
    assert covered.sum() == pytest.approx(area, rel=2e-3)
    columns, rows = 10 + np.arange(70), 5 + np.arange(90)
    found = np.array([covered.sum(axis=0) @ columns, covered.sum(axis=1) @ rows]) / covered.sum()
    assert found == pytest.approx(center, abs=0.01)


def test_coverage_of_a_pixel_square_is_that_pixel():
    square = np.array([(4.5, 6.5), (5.5, 6.5), (5.5, 7.5), (4.5, 7.5)])
    covered = coverage(square, 0, 0, 12, 12)
    expected = np.zeros((12, 12))
    expected[7, 5] = 1
    assert covered == pytest.approx(expected)


def test_a_balls_outline_is_where_rays_hit_it():
    ball = Ball(0.05, Path.at_rest(np.array([0.03, 0.02, 0.07])), RED)
    v, u = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float64)
    rays, start = CAMERA.rays(u, v), CAMERA.position - ball.center(0)
    hit = (rays @ start) ** 2 > (rays**2).sum(-1) * (start @ start - 0.05**2)
    covered = coverage(ball.outline(CAMERA, 0.0), 0, 0, WIDTH, HEIGHT)
    assert (hit != (covered > 0.5)).sum() <= 2
    assert hit.sum() > 300


def test_a_blocks_colours_lie_on_its_faces():
    atlas = np.concatenate([np.full((8, 8, 3), 40 * face, dtype=np.uint8) for face in range(6)])
    block = Block(np.array([0.12, 0.08, 0.04]), Path.at_rest(np.array([0, 0, 0.02]), 0.4), atlas)
    top = CAMERA.project(np.array([[0, 0, 0.04]]))[0]
    colors, depth = block.paint(CAMERA, 0.0, top[None, :1], top[None, 1:], LIGHT)
    assert colors[0, 0] == pytest.approx([200, 200, 200], rel=1e-3)
    assert depth[0, 0] == pytest.approx(CAMERA.optical(np.array([[0, 0, 0.04]]))[0, 2], rel=1e-3)


def test_plane_and_gravity_in_the_optical_frame():
    points = np.array([(0, 0, 0), (0.2, 0.1, 0), (-0.1, 0.15, 0)], dtype=np.float64)
    found = CAMERA.plane().points(CAMERA.project(points), CAMERA.intrinsics)
    assert found == pytest.approx(CAMERA.optical(points), abs=1e-9)
    assert CAMERA.direction(np.array([0, 0, -9.81])) == pytest.approx([-value for value in CAMERA.plane().normal])


def test_every_row_of_a_rolling_shutter_sees_its_own_instant():
    block = Block(np.array([0.12, 0.08, 0.04]), moving((-0.1, 0, 0.02), (0.9, 0.5, 0)), np.tile(RED, (6, 1, 1)))
    row_time = 1e-4
    seen = expose(block, CAMERA, 0.1, row_time)
    corners = seen.sheared(CAMERA.project(block.corners(seen.time_s)))
    for index, corner in enumerate(corners):
        exact = CAMERA.project(block.corners(0.1 + row_time * corner[1]))[index]
        assert corner == pytest.approx(exact, abs=0.05)
    assert seen.time_s == pytest.approx(0.1 + row_time * seen.center[1], abs=1e-5)


def test_smear_keeps_the_middle():
    ball = Ball(0.04, moving((-0.1, 0, 0.1), (0.8, 0, 0)), RED)
    middle = expose(ball, CAMERA, 0.12)
    instants = [expose(ball, CAMERA, 0.12 + offset) for offset in np.linspace(-0.01, 0.01, 5)]
    layer = draw(ball, CAMERA, LIGHT, instants)
    rows, columns = np.mgrid[0 : layer.alpha.shape[0], 0 : layer.alpha.shape[1]]
    found = np.array([(layer.alpha * columns).sum(), (layer.alpha * rows).sum()]) / layer.alpha.sum()
    assert found == pytest.approx(middle.center - (layer.x, layer.y), abs=0.1)
    assert layer.alpha.sum() == pytest.approx(middle.area_px, rel=0.02)


def test_what_is_behind_the_camera_is_not_drawn():
    ball = Ball(0.05, Path.at_rest(CAMERA.position * 2), RED)
    behind = PosedCamera(CAMERA.intrinsics, CAMERA.rotation, CAMERA.position)
    assert ball.outline(behind, 0.0) is None
    assert expose(ball, behind, 0.0) is None
