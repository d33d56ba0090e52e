"""Depth and intrinsics between messages and values."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from sensor_msgs.msg import CameraInfo, RegionOfInterest

from physperception.errors import InvalidImage
from physperception.ros.conversions.images import decode_camera_info, decode_depth, encode_depth
from tests.ros.image_messages import HEADER, raw

PADDING = st.integers(0, 9)
BIG_ENDIAN = st.booleans()


@settings(deadline=None)
@given(
    arrays(np.uint16, array_shapes(min_dims=2, max_dims=2, max_side=9)),
    st.sampled_from(["16UC1", "mono16"]),
    PADDING,
    BIG_ENDIAN,
)
def test_depth_in_millimetres(millimetres, encoding, padding, big_endian):
    depth_m = decode_depth(raw(millimetres, encoding, padding=padding, big_endian=big_endian))
    assert depth_m.dtype == np.float32
    np.testing.assert_array_equal(np.isnan(depth_m), millimetres == 0)
    np.testing.assert_array_equal(np.round(np.nan_to_num(depth_m) * 1000), millimetres)


@settings(deadline=None)
@given(
    arrays(np.float32, array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.floats(width=32)),
    PADDING,
    BIG_ENDIAN,
)
def test_depth_in_metres(samples, padding, big_endian):
    depth_m = decode_depth(raw(samples, "32FC1", padding=padding, big_endian=big_endian))
    known = np.isfinite(samples) & (samples > 0)
    np.testing.assert_array_equal(depth_m, np.where(known, samples, np.nan))


@settings(deadline=None)
@given(
    arrays(
        np.float32,
        array_shapes(min_dims=2, max_dims=2, max_side=9),
        elements=st.one_of(st.floats(2**-10, 65.5, width=32), st.just(np.nan)),
    )
)
def test_depth_survives_the_round_trip(depth_m):
    np.testing.assert_array_equal(decode_depth(encode_depth(depth_m, "32FC1", HEADER)), depth_m)
    np.testing.assert_allclose(decode_depth(encode_depth(depth_m, "16UC1", HEADER)), depth_m, atol=0.00051)


def test_what_no_depth_can_be_is_unknown():
    samples = np.array([[np.nan, np.inf, -np.inf, -1.0, 0.0, 1.5]], dtype=np.float32)
    np.testing.assert_array_equal(decode_depth(raw(samples, "32FC1")), [[np.nan] * 5 + [1.5]])


def test_depth_beyond_sixteen_bits_becomes_unknown_rather_than_wrong():
    depth_m = np.array([[70.0, -1.0, np.inf, 0.0, 65.535]], dtype=np.float32)
    decoded = decode_depth(encode_depth(depth_m, "16UC1", HEADER))
    np.testing.assert_array_equal(np.isnan(decoded), [[True, True, True, True, False]])


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (raw(np.zeros((4, 6, 3), np.uint8), "rgb8"), "no depth encoding"),
        (raw(np.zeros((4, 6), np.uint16), "16UC1", step=11), "step"),
        (raw(np.zeros((4, 6), np.float32), "32FC1", data=bytes(95)), "95 bytes of data"),
        (raw(np.zeros((4, 6), np.uint16), "16UC1", width=0), "no pixels"),
    ],
)
def test_bad_depth_is_refused_with_the_reason(message, words):
    with pytest.raises(InvalidImage, match=words):
        decode_depth(message)


@pytest.mark.parametrize(
    ("depth_m", "encoding", "words"),
    [
        (np.zeros((4, 6), np.uint16), "16UC1", "float depth"),
        (np.zeros((4, 6, 1), np.float32), "16UC1", "float depth"),
        (np.zeros((4, 0), np.float32), "32FC1", "no pixels"),
        (np.zeros((4, 6), np.float32), "mono8", "cannot encode depth"),
    ],
)
def test_arrays_that_are_no_depth_are_refused(depth_m, encoding, words):
    with pytest.raises(InvalidImage, match=words):
        encode_depth(depth_m, encoding, HEADER)


def test_intrinsics_are_those_of_k():
    info = CameraInfo(width=640, height=480, k=[600.0, 0.0, 320.0, 0.0, 601.0, 240.0, 0.0, 0.0, 1.0])
    camera = decode_camera_info(info)
    assert (camera.fx, camera.fy, camera.cx, camera.cy) == (600, 601, 320, 240)
    assert (camera.width, camera.height) == (640, 480)


def test_intrinsics_follow_region_of_interest_and_binning():
    info = CameraInfo(
        width=640, height=480, k=[600.0, 0.0, 320.0, 0.0, 600.0, 240.0, 0.0, 0.0, 1.0], binning_x=2, binning_y=2
    )
    info.roi = RegionOfInterest(x_offset=100, y_offset=40, width=400, height=300)
    camera = decode_camera_info(info)
    assert (camera.fx, camera.fy, camera.cx, camera.cy) == (300, 300, 110, 100)
    assert (camera.width, camera.height) == (200, 150)


def test_an_uncalibrated_camera_is_refused():
    with pytest.raises(InvalidImage, match="not calibrated"):
        decode_camera_info(CameraInfo(width=640, height=480))
