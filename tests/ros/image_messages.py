"""Image messages built byte by byte, not by the code under test."""

import struct
import zlib

import numpy as np
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header

from tests.ros.probe import header

HEADER: Header = header(1_700_000_000_123_456_789)


def raw(samples, encoding, *, padding=0, big_endian=False, **changes):
    """An Image from samples [H, W] or [H, W, C], each row followed by `padding` bytes of noise."""
    order = samples.dtype.newbyteorder(">" if big_endian else "<")
    rows = np.ascontiguousarray(samples.astype(order)).view(np.uint8).reshape(len(samples), -1)
    noise = np.random.default_rng(0).integers(0, 256, (len(samples), padding), dtype=np.uint8)
    fields = {
        "header": HEADER,
        "height": len(samples),
        "width": samples.shape[1],
        "encoding": encoding,
        "is_bigendian": int(big_endian),
        "step": rows.shape[1] + padding,
        "data": np.hstack((rows, noise)).tobytes(),
    }
    return Image(**(fields | changes))


def again(message, samples_dtype, *, padding, big_endian):
    """The same image laid out anew, with padding and in the byte order asked for."""
    dtype = np.dtype(samples_dtype)
    samples = np.frombuffer(message.data, np.uint8).view(dtype).reshape(message.height, -1)
    return raw(samples, message.encoding, padding=padding, big_endian=big_endian, width=message.width)


def compressed(data, format_text="jpeg"):
    return CompressedImage(header=HEADER, format=format_text, data=bytes(data))


def png_claiming(width, height, colour_type=2, bits=8):
    """A PNG file of a hundred bytes that says it has this size."""
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0))
        + _chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
