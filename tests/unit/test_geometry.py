"""From pixels and depth to points."""

import math

import numpy as np
import pytest

from physperception.errors import InvalidImage
from physperception.scene import Box, Instance, Mask, Scene
from physperception.vision.geometry import Intrinsics, locate, median_position

CAMERA = Intrinsics(fx=100, fy=200, cx=5, cy=4, width=12, height=8)


def scene(mask):
    instance = Instance(id="a", class_id="cup", score=0.5, visible_box=Box(0, 0, 1, 1), visible_mask=mask)
    return Scene(width=12, height=8, instances=(instance,))


def test_point_is_right_down_forward():
    assert CAMERA.point(5, 4, 2.0) == (0, 0, 2)
    assert CAMERA.point(15, 14, 2.0) == pytest.approx((0.2, 0.1, 2))


@pytest.mark.parametrize("fx", [0.0, -1.0, math.nan, math.inf])
def test_a_camera_without_focal_length_is_refused(fx):
    with pytest.raises(InvalidImage, match="not calibrated"):
        Intrinsics(fx=fx, fy=1, cx=0, cy=0, width=12, height=8)


@pytest.mark.parametrize("point", [{"cx": math.nan}, {"cy": math.nan}, {"cx": math.inf}, {"cy": -math.inf}])
def test_a_camera_without_principal_point_is_refused(point):
    with pytest.raises(InvalidImage, match="principal point"):
        Intrinsics(**({"fx": 1, "fy": 1, "cx": 0, "cy": 0, "width": 12, "height": 8} | point))


def test_median_position_ignores_unknown_depth_and_background():
    depth_m = np.full((8, 12), 9.0, dtype=np.float32)
    depth_m[2:5, 3:6] = [[1.0, np.nan, 1.0], [1.0, 1.2, 1.0], [1.0, 3.0, 1.0]]
    position = median_position(Mask(3, 2, np.ones((3, 3), dtype=bool)), depth_m, CAMERA)
    assert position == pytest.approx(CAMERA.point(4, 3, 1.0))


def test_median_position_of_a_mask_that_leaves_the_image():
    depth_m = np.full((8, 12), 2.0, dtype=np.float32)
    position = median_position(Mask(-2, -3, np.ones((6, 5), dtype=bool)), depth_m, CAMERA)
    assert position == pytest.approx(CAMERA.point(1, 1, 2.0))


@pytest.mark.parametrize("known", [0, 4])
def test_too_few_depths_give_no_position(known):
    depth_m = np.full((8, 12), np.nan, dtype=np.float32)
    depth_m[0, :known] = 1.0
    assert median_position(Mask(0, 0, np.ones((8, 12), dtype=bool)), depth_m, CAMERA) is None


def test_locate_fills_positions():
    located = locate(scene(Mask(0, 0, np.ones((3, 3), dtype=bool))), np.full((8, 12), 2.0, dtype=np.float32), CAMERA)
    assert located.instances[0].position_m == pytest.approx(CAMERA.point(1, 1, 2.0))


@pytest.mark.parametrize(
    ("depth_shape", "camera", "words"),
    [
        ((6, 12), CAMERA, "depth is 12 x 6"),
        ((8, 12), None, "without camera_info"),
        ((8, 12), Intrinsics(100, 100, 5, 4, 24, 16), "camera_info is for 24 x 16"),
    ],
)
def test_what_does_not_belong_together_is_refused(depth_shape, camera, words):
    with pytest.raises(InvalidImage, match=words):
        locate(scene(Mask(0, 0, np.ones((3, 3), dtype=bool))), np.ones(depth_shape, dtype=np.float32), camera)
