"""Uncompressed images between messages and arrays."""

import array
import types

import numpy as np
import pytest
import sensor_msgs.msg._image as image_module
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from sensor_msgs.msg import Image

from benchmarks.conversions import working_cv_bridge
from physperception.errors import InvalidImage
from physperception.ros.conversions.encodings import COLOUR_ENCODINGS, LAYOUTS, YUV420, YUV422
from physperception.ros.conversions.images import (
    decode_depth,
    decode_image,
    encode_image,
)
from tests.ros.image_messages import HEADER, again, raw

EXACT = ("8UC3", "8UC4", *(f"{order}{bits}" for order in ("rgb", "bgr", "rgba", "bgra") for bits in (8, 16)))
GREY = ("mono8", "8UC1", "mono16")
BAYER = tuple(name for name in LAYOUTS if name.startswith("bayer"))
PADDING = st.integers(0, 9)
BIG_ENDIAN = st.booleans()
COLOUR = st.tuples(*[st.integers(0, 255)] * 3)


def pictures(least=1, channels=3):
    return arrays(
        np.uint8, array_shapes(min_dims=2, max_dims=2, min_side=least, max_side=9).map(lambda s: (*s, channels))
    )


def plain(colour, height, width):
    return np.full((height, width, 3), colour, dtype=np.uint8)


@settings(deadline=None)
@given(pictures(), st.sampled_from(EXACT), PADDING, BIG_ENDIAN)
def test_colour_survives_the_round_trip_in_any_layout(picture, encoding, padding, big_endian):
    message = again(
        encode_image(picture, encoding, HEADER), LAYOUTS[encoding][1], padding=padding, big_endian=big_endian
    )
    assert message.step >= message.width
    np.testing.assert_array_equal(decode_image(message), picture)


@settings(deadline=None)
@given(pictures(channels=1), st.sampled_from(GREY), PADDING, BIG_ENDIAN)
def test_grey_survives_the_round_trip_in_any_layout(picture, encoding, padding, big_endian):
    picture = np.repeat(picture, 3, axis=2)
    message = again(
        encode_image(picture, encoding, HEADER), LAYOUTS[encoding][1], padding=padding, big_endian=big_endian
    )
    np.testing.assert_array_equal(decode_image(message), picture)


@settings(deadline=None)
@given(COLOUR, st.integers(3, 9), st.integers(3, 9), st.sampled_from(BAYER), PADDING, BIG_ENDIAN)
def test_a_plain_colour_survives_every_bayer_pattern(colour, height, width, encoding, padding, big_endian):
    picture = plain(colour, height, width)
    message = again(
        encode_image(picture, encoding, HEADER), LAYOUTS[encoding][1], padding=padding, big_endian=big_endian
    )
    np.testing.assert_array_equal(decode_image(message), picture)


@settings(deadline=None)
@given(COLOUR, st.integers(1, 9), st.integers(1, 5), st.sampled_from(YUV422), PADDING)
def test_a_plain_colour_survives_yuv_nearly(colour, height, pairs, encoding, padding):
    picture = plain(colour, height, 2 * pairs)
    message = again(encode_image(picture, encoding, HEADER), "u1", padding=padding, big_endian=False)
    np.testing.assert_allclose(decode_image(message).astype(int), picture, atol=3)


@pytest.mark.parametrize(
    ("encoding", "samples", "expected"),
    [
        ("rgb8", [[[1, 2, 3]]], [1, 2, 3]),
        ("bgr8", [[[1, 2, 3]]], [3, 2, 1]),
        ("8UC3", [[[1, 2, 3]]], [3, 2, 1]),
        ("rgba8", [[[1, 2, 3, 9]]], [1, 2, 3]),
        ("bgra8", [[[1, 2, 3, 9]]], [3, 2, 1]),
        ("mono8", [[7]], [7, 7, 7]),
        ("uyvy", [[[128, 235], [128, 235]]], [255, 255, 255]),
        ("yuyv", [[[235, 128], [235, 128]]], [255, 255, 255]),
        ("yuv422", [[[90, 81], [240, 81]]], [254, 0, 0]),
        ("yuv422_yuy2", [[[81, 90], [81, 240]]], [254, 0, 0]),
        ("bayer_rggb8", [[9, 5, 9], [5, 1, 5], [9, 5, 9]], [9, 5, 1]),
        ("bayer_bggr8", [[9, 5, 9], [5, 1, 5], [9, 5, 9]], [1, 5, 9]),
        ("bayer_grbg8", [[5, 9, 5], [1, 5, 1], [5, 9, 5]], [9, 5, 1]),
        ("bayer_gbrg8", [[5, 9, 5], [1, 5, 1], [5, 9, 5]], [1, 5, 9]),
    ],
)
def test_bytes_written_by_hand(encoding, samples, expected):
    image = decode_image(raw(np.array(samples, dtype=np.uint8), encoding))
    np.testing.assert_allclose(image[0, 0].astype(int), expected, atol=1)


@pytest.mark.parametrize("padding", [0, 6])
@pytest.mark.parametrize(("encoding", "chroma"), [("nv12", (90, 240)), ("nv21", (240, 90))])
def test_yuv_with_chroma_below_luma(encoding, chroma, padding):
    samples = np.vstack((np.full((4, 6), 81), np.tile(chroma, (2, 3)))).astype(np.uint8)
    image = decode_image(raw(samples, encoding, padding=padding, height=4))
    assert image.shape == (4, 6, 3)
    np.testing.assert_allclose(image[3, 5].astype(int), [254, 0, 0], atol=1)


def gradient(height, width):
    """Smooth and different in every channel and direction, so that a shift or a swap shows."""
    rows, columns = np.mgrid[:height, :width]
    return np.stack((60 + 4 * columns, 200 - 4 * rows, 90 + 2 * rows + 2 * columns), axis=2).astype(np.uint8)


@pytest.mark.parametrize(("height", "width"), [(8, 12), (9, 10)])
@pytest.mark.parametrize("encoding", YUV422)
def test_a_smooth_picture_survives_yuv_within_its_shared_colour(encoding, height, width):
    """Neighbours share their colour, so half a step of the gradient is lost, weighted up to twofold, and rounding."""
    picture = gradient(height, width)
    decoded = decode_image(encode_image(picture, encoding, HEADER))
    np.testing.assert_allclose(decoded.astype(int), picture, atol=6)


@pytest.mark.parametrize(("height", "width"), [(8, 12), (9, 11)])
@pytest.mark.parametrize("encoding", BAYER)
def test_a_smooth_picture_survives_bayer_but_for_its_border(encoding, height, width):
    picture = gradient(height, width)
    decoded = decode_image(encode_image(picture, encoding, HEADER)).astype(int)
    np.testing.assert_allclose(decoded[1:-1, 1:-1], picture[1:-1, 1:-1], atol=1)
    np.testing.assert_allclose(decoded, picture, atol=8)


@pytest.mark.parametrize("big_endian", [False, True])
@pytest.mark.parametrize("encoding", ["mono16", "rgb16", "bayer_rggb16"])
def test_sixteen_bits_keep_their_upper_byte_in_both_byte_orders(encoding, big_endian):
    shape = (3, 3, 3) if encoding == "rgb16" else (3, 3)
    image = decode_image(raw(np.full(shape, 0x12FE, dtype=np.uint16), encoding, big_endian=big_endian))
    assert set(image.reshape(-1)) == {0x12}


@pytest.mark.parametrize("encoding", COLOUR_ENCODINGS)
def test_every_colour_encoding_is_decoded_to_read_only_rgb(encoding):
    channels, kind = LAYOUTS[encoding]
    samples = np.zeros((6 if encoding in YUV420 else 4, 4, channels), dtype=kind)
    image = decode_image(raw(samples, encoding, height=4))
    assert (image.shape, image.dtype, image.flags.writeable) == ((4, 4, 3), np.uint8, False)


def test_unpadded_rgb8_is_decoded_without_a_copy():
    message = encode_image(plain((1, 2, 3), 4, 5), "rgb8", HEADER)
    image = decode_image(message)
    message.data[0] = 99
    assert image[0, 0, 0] == 99


def test_the_message_says_what_it_holds():
    message = encode_image(plain((1, 2, 3), 4, 5), "bgr8", HEADER)
    assert (message.header, message.width, message.height) == (HEADER, 5, 4)
    assert (message.encoding, message.step, message.is_bigendian) == ("bgr8", 15, 0)


@pytest.mark.parametrize("encoding", ["rgb16", "bgra16", "mono16", "bayer_rggb16"])
def test_white_in_sixteen_bits_is_all_ones(encoding):
    message = encode_image(plain((255, 255, 255), 4, 6), encoding, HEADER)
    assert set(message.data) == {255}


def test_an_image_that_is_no_block_of_memory_is_encoded_as_seen():
    picture = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)[::-1, ::2]
    np.testing.assert_array_equal(decode_image(encode_image(picture, "rgb8", HEADER)), picture)


class CountingArray(array.array):
    """Notes every way bytes get into it."""

    log = None

    def __new__(cls, typecode, initial=()):
        if len(initial):
            cls.log.append(("copied", len(initial)))
        return super().__new__(cls, typecode, initial)

    def frombytes(self, data):
        self.log.append(("frombytes", memoryview(data).nbytes))
        super().frombytes(data)

    def refuse(self, *args):
        raise AssertionError("filled element by element")

    append = extend = fromlist = insert = __setitem__ = __iadd__ = refuse


@pytest.mark.parametrize("side", [2, 300])
def test_data_is_filled_by_one_copy_of_memory(monkeypatch, side):
    monkeypatch.setattr(image_module, "array", types.SimpleNamespace(array=CountingArray))
    monkeypatch.setattr(CountingArray, "log", [])
    picture = np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)
    message = encode_image(picture, "rgb8", HEADER)
    assert message.data.log == [("frombytes", picture.nbytes)]
    assert message.data.tobytes() == picture.tobytes()


def good(encoding="rgb8", **changes):
    return raw(np.zeros((4, 6, 3), dtype=np.uint8), encoding, **changes)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (Image(), "unknown encoding"),
        (Image(encoding="rgb8"), "no pixels"),
        (good(width=0), "no pixels"),
        (good(height=0), "no pixels"),
        (good(encoding=""), "unknown encoding"),
        (good(encoding="rgb9"), "unknown encoding"),
        (good(encoding="RGB8"), "unknown encoding"),
        (good(encoding="32FC3"), "unknown encoding"),
        (good(encoding="rgba8"), "step"),
        (good(encoding="rgb16"), "step"),
        (good(step=17), "step"),
        (good(step=0), "step"),
        (good(step=19), "bytes of data"),
        (good(data=b""), "0 bytes of data"),
        (good(data=bytes(71)), "71 bytes of data"),
        (good(height=5), "bytes of data"),
        (good(width=2**32 - 1, height=2**32 - 1, step=2**32 - 1), "more than"),
        (good(width=20_000, height=20_000, step=60_000), "more than"),
        (good(encoding="16UC1", step=18), "depth"),
        (raw(np.zeros((4, 6), np.float32), "32FC1"), "depth"),
        (raw(np.zeros((4, 5, 2), np.uint8), "uyvy"), "odd"),
        (raw(np.zeros((4, 5, 2), np.uint8), "yuv422_yuy2"), "odd"),
        (raw(np.zeros((4, 5), np.uint8), "nv12", height=2), "odd"),
        (raw(np.zeros((4, 4), np.uint8), "nv21", height=3), "odd"),
        (raw(np.zeros((4, 4), np.uint8), "nv21"), "bytes of data"),
        (raw(np.zeros((2, 4), np.uint8), "bayer_rggb8"), "3 x 3"),
    ],
)
def test_bad_images_are_refused_with_the_reason(message, words):
    with pytest.raises(InvalidImage, match=words):
        decode_image(message)


def test_the_limit_of_pixels_can_be_chosen():
    assert decode_image(good(), max_pixels=24).shape == (4, 6, 3)
    with pytest.raises(InvalidImage, match="limit of 23"):
        decode_image(good(), max_pixels=23)
    with pytest.raises(InvalidImage, match="limit of 23"):
        decode_depth(raw(np.zeros((4, 6), np.uint16), "16UC1"), max_pixels=23)


@pytest.mark.parametrize(
    ("pixels", "encoding", "words"),
    [
        (np.zeros((4, 6), np.uint8), "rgb8", "uint8 RGB"),
        (np.zeros((4, 6, 4), np.uint8), "rgb8", "uint8 RGB"),
        (np.zeros((4, 6, 3), np.float32), "rgb8", "uint8 RGB"),
        (np.zeros((0, 6, 3), np.uint8), "rgb8", "no pixels"),
        (np.zeros((4, 6, 3), np.uint8), "16UC1", "cannot encode"),
        (np.zeros((4, 6, 3), np.uint8), "nv12", "cannot encode"),
        (np.zeros((4, 6, 3), np.uint8), "rgb", "cannot encode"),
        (np.zeros((4, 5, 3), np.uint8), "yuyv", "odd"),
        (np.zeros((4, 2, 3), np.uint8), "bayer_grbg16", "3 x 3"),
    ],
)
def test_arrays_that_are_no_image_are_refused(pixels, encoding, words):
    with pytest.raises(InvalidImage, match=words):
        encode_image(pixels, encoding, HEADER)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([*LAYOUTS, "", "yuv"]),
    *[st.one_of(st.integers(0, 12), st.integers(0, 2**32 - 1))] * 3,
    st.integers(0, 255),
    st.binary(max_size=200),
)
def test_no_message_does_anything_but_decode_or_be_refused(encoding, width, height, step, big_endian, data):
    message = Image(encoding=encoding, width=width, height=height, step=step, is_bigendian=big_endian, data=data)
    for decode in (decode_image, decode_depth):
        try:
            decoded = decode(message)
        except InvalidImage:
            continue
        assert decoded.shape[:2] == (height, width)


@st.composite
def damaged_messages(draw):
    """A message that is good but for up to two fields and some of its bytes."""
    encoding = draw(st.sampled_from(tuple(LAYOUTS)))
    channels, kind = LAYOUTS[encoding]
    samples = np.zeros((6 if encoding in YUV420 else 4, 6, channels), dtype=kind)
    message = raw(samples, encoding, height=4, padding=draw(PADDING), big_endian=draw(BIG_ENDIAN))
    near = st.integers(0, 12) | st.integers(0, 2**32 - 1)
    changes = {
        "width": near,
        "height": near,
        "step": near,
        "is_bigendian": st.integers(0, 255),
        "encoding": st.sampled_from(tuple(LAYOUTS)),
        "data": st.binary(max_size=len(message.data)),
    }
    for name in draw(st.lists(st.sampled_from(sorted(changes)), max_size=2)):
        setattr(message, name, draw(changes[name]))
    for place, value in draw(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 255)), max_size=5)):
        if place < len(message.data):
            message.data[place] = value
    return message


@settings(max_examples=200, deadline=None)
@given(damaged_messages())
def test_a_damaged_message_is_decoded_at_its_size_or_refused(message):
    for decode in (decode_image, decode_depth):
        try:
            decoded = decode(message)
        except InvalidImage:
            continue
        assert decoded.shape[:2] == (message.height, message.width)


@pytest.mark.skipif(working_cv_bridge()[0] is None, reason=f"no working cv_bridge: {working_cv_bridge()[1]}")
@pytest.mark.parametrize("encoding", ["rgb8", "bgr8", "rgba8", "bgra8", "mono8"])
def test_cv_bridge_reads_and_writes_the_same_messages(encoding):
    bridge, _ = working_cv_bridge()
    picture = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    ours = encode_image(picture, encoding, HEADER)
    np.testing.assert_array_equal(bridge.imgmsg_to_cv2(ours, "rgb8"), decode_image(ours))
    assert bridge.cv2_to_imgmsg(bridge.imgmsg_to_cv2(ours, "passthrough"), encoding, HEADER) == ours
