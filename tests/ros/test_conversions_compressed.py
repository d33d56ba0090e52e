"""Compressed images and compressed depth between messages and arrays."""

import io
import struct

import cv2
import numpy as np
import pytest
import skimage.data
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image as Picture

from physperception.errors import InvalidImage
from physperception.ros.conversions.images import (
    decode_depth,
    decode_image,
    encode_compressed,
    encode_compressed_depth,
    encode_image,
)
from physperception.ros.conversions.rvl import decode_rvl
from tests.ros.image_messages import HEADER, compressed, png_claiming

PHOTOGRAPH = np.ascontiguousarray(skimage.data.coffee()[:120, :160])
JPEG = encode_compressed(PHOTOGRAPH, "jpeg", HEADER).data.tobytes()
PNG = encode_compressed(PHOTOGRAPH, "png", HEADER).data.tobytes()
MILLIMETRES = np.array([[0, 1, 1000, 65535, 333]], dtype=np.uint16)
METRES = np.array([[np.nan, 0.001, 1.0, 65.535, 0.333]], dtype=np.float32)
DEPTH = "16UC1; compressedDepth png"
# The samples 0 0 42 1000 65535 / 1 0 0 500 0 as the C++ codec of compressed_depth_image_transport writes them.
RVL_SAMPLES = np.array([[0, 0, 42, 1000, 65535], [1, 0, 0, 500, 0]], dtype=np.uint16)
RVL = bytes.fromhex("0500000002000000fd1cca243bcfd83e1e32ffff000011cf")


def png(samples):
    return cv2.imencode(".png", samples)[1].tobytes()


def saved(picture, kind, **options):
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def no_header(data):
    return struct.pack("<iff", 0, 0.0, 0.0) + data


@settings(deadline=None)
@given(arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=9).map(lambda shape: (*shape, 3))))
def test_png_survives_the_round_trip(picture):
    np.testing.assert_array_equal(decode_image(encode_compressed(picture, "png", HEADER)), picture)


def test_jpeg_of_a_photograph_survives_nearly():
    decoded = decode_image(encode_compressed(PHOTOGRAPH, "jpeg", HEADER))
    assert decoded.shape == PHOTOGRAPH.shape
    assert not decoded.flags.writeable
    assert np.abs(decoded.astype(int) - PHOTOGRAPH).mean() < 3


def test_the_format_is_what_image_transport_writes():
    message = encode_compressed(PHOTOGRAPH, "jpeg", HEADER)
    assert (message.header, message.format) == (HEADER, "rgb8; jpeg compressed bgr8")


@pytest.mark.parametrize(
    "format_text", ["jpeg", "JPEG", "", "jpg", "rgb8; jpeg compressed bgr8", "bgr8; jpeg compressed bgr8", "png"]
)
def test_the_file_and_not_the_format_says_what_its_colours_are(format_text):
    np.testing.assert_array_equal(decode_image(compressed(JPEG, format_text)), decode_image(compressed(JPEG)))


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        (np.full((3, 3), 7, np.uint8), 7),
        (np.full((3, 3), 0x12FE, np.uint16), 0x12),
        (np.full((3, 3, 3), 0x12FE, np.uint16), 0x12),
        (np.full((3, 3, 4), 7, np.uint8), 7),
    ],
)
def test_every_kind_of_png_becomes_eight_bit_rgb(samples, expected):
    image = decode_image(compressed(png(samples), "png"))
    assert image.shape == (3, 3, 3)
    assert set(image.reshape(-1)) == {expected}


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_every_mode_of_png_shows_its_colours_and_not_its_transparency(mode):
    picture = Picture.fromarray(PHOTOGRAPH).convert(mode)
    if mode in ("LA", "RGBA"):
        picture.putalpha(Picture.fromarray(PHOTOGRAPH[..., 1]))
    np.testing.assert_array_equal(decode_image(compressed(saved(picture, "PNG"), "png")), picture.convert("RGB"))


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}])
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_every_mode_of_jpeg_shows_its_colours(mode, options):
    picture = Picture.fromarray(PHOTOGRAPH).convert(mode)
    decoded = decode_image(compressed(saved(picture, "JPEG", quality=95, **options)))
    assert np.abs(decoded.astype(int) - np.asarray(picture.convert("RGB"))).mean() < 3


def test_a_picture_with_an_orientation_tag_stays_as_the_camera_info_describes_it():
    exif = Picture.Exif()
    exif[0x0112] = 6
    turned = saved(Picture.fromarray(PHOTOGRAPH), "JPEG", exif=exif)
    assert decode_image(compressed(turned)).shape == PHOTOGRAPH.shape


@pytest.mark.parametrize("encoding", ["bayer_rggb8", "bayer_gbrg8", "bayer_grbg16"])
def test_a_compressed_bayer_mosaic_is_given_its_colours(encoding):
    mosaic = encode_image(np.full((4, 6, 3), (200, 100, 50), np.uint8), encoding, HEADER)
    samples = np.frombuffer(mosaic.data, np.uint16 if encoding.endswith("16") else np.uint8).reshape(4, 6)
    image = decode_image(compressed(png(samples), f"{encoding}; png compressed "))
    np.testing.assert_array_equal(image, np.full((4, 6, 3), (200, 100, 50)))


def test_a_bayer_image_that_was_turned_to_grey_before_compression_stays_grey():
    image = decode_image(compressed(JPEG, "bayer_rggb8; jpeg compressed bgr8"))
    np.testing.assert_array_equal(image, decode_image(compressed(JPEG)))
    grey = np.random.default_rng(0).integers(0, 256, (6, 6), dtype=np.uint8)
    image = decode_image(compressed(png(grey), "bayer_rggb8; jpeg compressed mono8"))
    np.testing.assert_array_equal(image, np.repeat(grey[..., None], 3, axis=2))


def test_a_jpeg_padded_with_zeros_is_whole():
    np.testing.assert_array_equal(decode_image(compressed(JPEG + bytes(4096))), decode_image(compressed(JPEG)))


@settings(deadline=None)
@given(arrays(np.uint16, array_shapes(min_dims=2, max_dims=2, max_side=9)))
def test_compressed_millimetres_survive_the_round_trip(millimetres):
    depth_m = np.where(millimetres > 0, millimetres / np.float32(1000), np.nan).astype(np.float32)
    np.testing.assert_array_equal(decode_depth(encode_compressed_depth(depth_m, "16UC1", HEADER)), depth_m)


@settings(deadline=None)
@given(
    arrays(
        np.float32,
        array_shapes(min_dims=2, max_dims=2, max_side=9),
        elements=st.one_of(st.floats(0.15625, 10, width=32), st.sampled_from([np.nan, 0.0, -1.0, np.inf, 20.0, 0.125])),
    )
)
def test_compressed_metres_lose_at_most_half_a_step_of_inverse_depth(depth_m):
    """The step of v = A / z + B is 1, so that of z is z^2 / A, with A = 100 * 101."""
    message = encode_compressed_depth(depth_m, "32FC1", HEADER)
    assert message.format == "32FC1; compressedDepth png"
    decoded = decode_depth(message)
    known = np.isfinite(depth_m) & (depth_m >= 0.15625) & (depth_m <= 10)
    np.testing.assert_array_equal(np.isnan(decoded), ~known)
    error = np.abs(decoded[known].astype(float) - depth_m[known])
    assert np.all(error <= 0.5 * depth_m[known].astype(float) ** 2 / 10100 * 1.01 + 1e-6)


def test_quantisation_is_read_from_the_header():
    values = png(np.array([[0, 1, 400, 65535]], dtype=np.uint16))
    message = compressed(struct.pack("<iff", 0, 800.0, -600.0) + values, "32FC1; compressedDepth")
    expected = [[np.nan, 800 / 601, 0.8, 800 / 66135]]
    np.testing.assert_allclose(decode_depth(message), expected, rtol=1e-6)


@pytest.mark.parametrize("format_text", [DEPTH, "16UC1; compressedDepth", "16UC1", "mono16; compressedDepth png"])
def test_sixteen_bit_depth_by_any_of_its_names(format_text):
    decoded = decode_depth(compressed(no_header(png(MILLIMETRES)), format_text))
    np.testing.assert_allclose(decoded, METRES)


@pytest.mark.parametrize("format_text", ["16UC1; png compressed ", "png", DEPTH])
def test_a_bare_png_of_sixteen_bits_is_millimetres(format_text):
    np.testing.assert_allclose(decode_depth(compressed(png(MILLIMETRES), format_text)), METRES)


def test_run_length_depth_is_read():
    decoded = decode_depth(compressed(no_header(RVL), "16UC1; compressedDepth rvl"))
    np.testing.assert_array_equal(np.nan_to_num(np.round(decoded * 1000)), RVL_SAMPLES)


def test_run_length_metres_are_quantised_as_in_png():
    data = struct.pack("<iff", 0, 800.0, -600.0) + RVL
    decoded = decode_depth(compressed(data, "32FC1; compressedDepth rvl"))
    np.testing.assert_allclose(decoded[0, 2:4], [800 / 642, 0.5], rtol=1e-6)
    np.testing.assert_array_equal(np.isnan(decoded), RVL_SAMPLES == 0)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize(
    ("data", "format_text", "words"),
    [
        (b"", "jpeg", "empty"),
        (b"", "", "empty"),
        (b"\xff", "jpeg", "must be a JPEG or PNG"),
        (b"not a picture", "jpeg", "must be a JPEG or PNG"),
        (b"GIF89a" + bytes(100), "jpeg", "must be a JPEG or PNG"),
        (b"\xff\xd8\xff", "jpeg", "cannot be decoded"),
        (b"\xff\xd8\xff\xe0" + bytes(100) + b"\xff\xd9", "jpeg", "cannot be decoded"),
        (JPEG[:-2], "jpeg", "cut off"),
        (JPEG[: len(JPEG) // 2], "jpeg", "cut off"),
        (JPEG[: len(JPEG) // 2] + bytes(9999), "jpeg", "cut off"),
        (PNG[:-12], "png", "cannot be decoded"),
        (PNG[: len(PNG) // 2], "png", "cannot be decoded"),
        (PNG[:200] + b"\0\0\0\0" + PNG[204:], "png", "cannot be decoded"),
        (png_claiming(60_000, 60_000), "png", "cannot be decoded|more than"),
        (png_claiming(10_000, 10_001), "png", "more than"),
        (png_claiming(0, 9), "png", "no pixels|cannot be decoded"),
        (png_claiming(100, 100), "png", "cannot be decoded"),
        (PNG[:33] + PNG[-12:], "png", "no image data"),
        (png(MILLIMETRES), "16UC1; png compressed ", "depth, not colour"),
        (no_header(png(MILLIMETRES)), DEPTH, "depth, not colour"),
        (no_header(png(MILLIMETRES)), "32FC1; CompressedDepth", "depth, not colour"),
        (png(np.zeros((2, 2), np.uint8)), "bayer_rggb8; png compressed ", "3 x 3"),
    ],
)
def test_bad_files_are_refused_with_the_reason(data, format_text, words):
    with pytest.raises(InvalidImage, match=words):
        decode_image(compressed(data, format_text))


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize(
    ("data", "format_text", "words"),
    [
        (b"", DEPTH, "too short"),
        (bytes(12), DEPTH, "too short"),
        (bytes(99), DEPTH, "PNG of 16 bits"),
        (JPEG, DEPTH, "PNG of 16 bits"),
        (JPEG, "jpeg", "PNG of 16 bits"),
        (no_header(JPEG), DEPTH, "PNG of 16 bits"),
        (no_header(PNG), DEPTH, "16 bits and one channel"),
        (no_header(png(np.zeros((2, 2), np.uint8))), DEPTH, "16 bits and one channel"),
        (no_header(png(MILLIMETRES)[:-9]), DEPTH, "cannot be decoded"),
        (no_header(png_claiming(10_000, 10_001, colour_type=0, bits=16)), DEPTH, "more than"),
        (png(MILLIMETRES), "32FC1; compressedDepth png", "lacks the header"),
        (no_header(png(MILLIMETRES)), "32FC1; compressedDepth png", "impossible quantisation"),
        (struct.pack("<iff", 0, np.nan, 1) + png(MILLIMETRES), "32FC1; compressedDepth png", "impossible quantisation"),
        (no_header(RVL[:5]), "16UC1; compressedDepth rvl", "cut off"),
        (no_header(RVL[:8]), "16UC1; compressedDepth rvl", "cut off"),
        (no_header(RVL[:-4]), "16UC1; compressedDepth rvl", "cut off"),
        (no_header(struct.pack("<II", 9, 9) + RVL[8:]), "16UC1; compressedDepth rvl", "run of no pixels"),
        (no_header(struct.pack("<II", 1, 2) + RVL[8:]), "16UC1; compressedDepth rvl", "number of pixels"),
        (no_header(struct.pack("<III", 8, 1, 0x08122222)), "16UC1; compressedDepth rvl", "number of pixels"),
        (no_header(struct.pack("<II", 0, 2) + RVL[8:]), "16UC1; compressedDepth rvl", "no pixels"),
        (no_header(struct.pack("<II", 2**31, 2**31) + RVL[8:]), "16UC1; compressedDepth rvl", "more than"),
        (no_header(RVL[:8] + bytes(8)), "16UC1; compressedDepth rvl", "run of no pixels"),
        (no_header(RVL[:8] + b"\xff" * 8), "16UC1; compressedDepth rvl", "cut off"),
        (no_header(RVL[:8] + b"\xff" * 8 + bytes(4)), "16UC1; compressedDepth rvl", "30 bits"),
    ],
)
def test_bad_compressed_depth_is_refused_with_the_reason(data, format_text, words):
    with pytest.raises(InvalidImage, match=words):
        decode_depth(compressed(data, format_text))


def test_the_limit_of_pixels_can_be_chosen():
    assert decode_image(compressed(JPEG), max_pixels=120 * 160).shape == (120, 160, 3)
    with pytest.raises(InvalidImage, match="more than the limit of 19199"):
        decode_image(compressed(JPEG), max_pixels=120 * 160 - 1)
    with pytest.raises(InvalidImage, match="more than the limit of 4"):
        decode_depth(compressed(png(MILLIMETRES)), max_pixels=4)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([JPEG, PNG]), st.floats(0, 1, exclude_max=True))
def test_a_file_cut_anywhere_is_refused(data, fraction):
    with pytest.raises(InvalidImage):
        decode_image(compressed(data[: int(fraction * (len(data) - 1))]))


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([JPEG, PNG, no_header(png(MILLIMETRES)), no_header(RVL)]),
    st.sampled_from(["jpeg", "32FC1; compressedDepth", "16UC1; compressedDepth rvl", "bayer_rggb8; png compressed "]),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=5),
)
def test_damage_is_decoded_or_refused_and_nothing_else(data, format_text, damage):
    damaged = bytearray(data)
    for place, value in damage:
        damaged[int(place * len(damaged))] = value
    for decode in (decode_image, decode_depth):
        try:
            assert decode(compressed(damaged, format_text)).size
        except InvalidImage:
            continue


@settings(deadline=None)
@given(
    st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", PNG[:33], PNG[:8] + bytes(12)]),
    st.binary(max_size=100),
    st.sampled_from(["jpeg", "", DEPTH, "32FC1; compressedDepth rvl"]),
)
def test_random_bytes_are_refused(start, rest, format_text):
    for decode in (decode_image, decode_depth):
        with pytest.raises(InvalidImage, match=" "):
            decode(compressed(start + rest, format_text))


@settings(deadline=None)
@given(st.binary(max_size=300), st.integers(1, 20), st.integers(1, 20))
def test_any_run_length_stream_is_decoded_or_refused(stream, width, height):
    try:
        decoded = decode_rvl(struct.pack("<II", width, height) + stream, 1000)
    except InvalidImage:
        return
    assert decoded.shape == (height, width)


@pytest.mark.parametrize(
    ("pixels", "kind", "words"),
    [
        (PHOTOGRAPH, "tiff", "jpeg or png"),
        (PHOTOGRAPH, "", "jpeg or png"),
        (PHOTOGRAPH[..., 0], "jpeg", "uint8 RGB"),
        (PHOTOGRAPH.astype(np.uint16), "png", "uint8 RGB"),
        (PHOTOGRAPH[:0], "jpeg", "no pixels"),
    ],
)
def test_what_cannot_be_compressed_is_refused(pixels, kind, words):
    with pytest.raises(InvalidImage, match=words):
        encode_compressed(pixels, kind, HEADER)


@pytest.mark.parametrize(
    ("depth_m", "encoding", "words"),
    [
        (METRES, "mono8", "cannot encode depth"),
        (MILLIMETRES, "16UC1", "float depth"),
        (METRES[0], "32FC1", "float depth"),
        (METRES[:0], "32FC1", "no pixels"),
    ],
)
def test_depth_that_cannot_be_compressed_is_refused(depth_m, encoding, words):
    with pytest.raises(InvalidImage, match=words):
        encode_compressed_depth(depth_m, encoding, HEADER)
