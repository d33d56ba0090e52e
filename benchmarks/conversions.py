"""What converting images costs: filling `Image.data` our way beside the others, and reading messages back.

`python -m benchmarks.conversions` prints a table and, as its last line, one JSON object. Every way of filling starts
from the same uint8 RGB array, a photograph, and ends with the same bytes in a new message; the ways take turns, and
medians are given.
"""

from __future__ import annotations

import array
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import skimage.data
from numpy.typing import NDArray
from PIL import Image as Picture
from sensor_msgs.msg import Image
from std_msgs.msg import Header

from physperception.ros.conversions.images import (
    decode_depth,
    decode_image,
    encode_compressed,
    encode_compressed_depth,
    encode_depth,
    encode_image,
)

SIZES = ((640, 480), (1280, 720))
DECODED = ("rgb8", "bgr8", "mono8", "mono16", "bayer_rggb8", "yuv422")
ROUNDS = 200
BUDGET_S = 2.0
LEAST_ROUNDS = 3
OURS = "encode_image (ours)"


def run() -> dict[str, Any]:
    """Measure, print a table, and return the numbers: milliseconds to fill, nanoseconds to decode, by image size."""
    bridge, reason = working_cv_bridge()
    results: dict[str, Any] = {
        "checked_fields": os.environ.get("ROS_PYTHON_CHECK_FIELDS") == "1",
        "cv_bridge": "measured" if bridge else f"absent: {reason}",
    }
    for width, height in SIZES:
        pixels = np.array(Picture.fromarray(skimage.data.coffee()).resize((width, height)))
        results[f"{width}x{height}"] = {
            "fill_ms": {name: round(ns / 1e6, 3) for name, ns in median_ns(_fills(pixels, bridge)).items()},
            "decode_ns": {name: round(ns) for name, ns in median_ns(_decodes(pixels, bridge)).items()},
        }
    print_table(results)
    return results


def working_cv_bridge() -> tuple[Any, str]:
    """A CvBridge that can write and read an image, or None and why there is none.

    The package of that name for Python alone is from ROS 1 and fails with today's numpy: importing proves nothing.
    """
    try:
        from cv_bridge import CvBridge
    except ImportError as error:
        return None, str(error)
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    try:
        bridge = CvBridge()
        read = bridge.imgmsg_to_cv2(bridge.cv2_to_imgmsg(pixels, "rgb8"), "passthrough")
    except Exception as error:  # whatever a broken installation raises is the reason to report
        return None, f"cv_bridge is installed but fails: {error!r}"
    if not np.array_equal(read, pixels):
        return None, "cv_bridge is installed but does not return the image it was given"
    return bridge, ""


def median_ns(actions: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Median time of each action, the actions in turn; a slow one stops taking part when its share of time is spent."""
    times: dict[str, list[int]] = {name: [] for name in actions}
    for _ in range(ROUNDS):
        for name, action in actions.items():
            if len(times[name]) >= LEAST_ROUNDS and sum(times[name]) > BUDGET_S * 1e9 / len(actions):
                continue
            start = time.perf_counter_ns()
            action()
            times[name].append(time.perf_counter_ns() - start)
    return {name: float(np.median(taken)) for name, taken in times.items()}


def print_table(results: dict[str, Any]) -> None:
    print(f"\ncv_bridge: {results['cv_bridge']}")
    for size in (f"{width}x{height}" for width, height in SIZES):
        fills, decodes = results[size]["fill_ms"], results[size]["decode_ns"]
        print(f"\nfilling a {size} rgb8 message")
        for name, milliseconds in fills.items():
            print(f"  {name:20} {milliseconds:9.3f} ms   {milliseconds / fills[OURS]:8.1f} x")
        print(f"decoding a {size} message")
        for name, nanoseconds in decodes.items():
            print(f"  {name:20} {nanoseconds:12,} ns")


def _fills(pixels: NDArray[np.uint8], bridge: Any) -> dict[str, Callable[[], Any]]:
    header = Header()

    def assigned(make: Callable[[], Any]) -> Callable[[], Any]:
        def fill() -> Image:
            message = Image(
                header=header, height=pixels.shape[0], width=pixels.shape[1], encoding="rgb8", step=pixels.shape[1] * 3
            )
            message.data = make()
            return message

        return fill

    def as_array() -> array.array[int]:
        data = array.array("B")
        data.frombytes(memoryview(pixels).cast("B"))
        return data

    fills: dict[str, Callable[[], Any]] = {
        OURS: lambda: encode_image(pixels, "rgb8", header),
        "array.array": assigned(as_array),
        "bytes": assigned(pixels.tobytes),
        "list": assigned(lambda: pixels.reshape(-1).tolist()),
        "memoryview": assigned(lambda: memoryview(pixels).cast("B")),
        "ndarray": assigned(lambda: pixels.reshape(-1)),
    }
    if bridge is not None:
        fills["cv_bridge"] = lambda: bridge.cv2_to_imgmsg(pixels, "rgb8", header)
    return {name: fill for name, fill in fills.items() if _same_bytes(name, fill, pixels)}


def _same_bytes(name: str, fill: Callable[[], Any], pixels: NDArray[np.uint8]) -> bool:
    """Whether a way of filling works here; with checked fields some types are refused."""
    try:
        message = fill()
    except AssertionError as error:
        print(f"{name} is refused: {error}")
        return False
    if message.data.tobytes() != pixels.tobytes():
        raise RuntimeError(f"{name} fills in other bytes")
    return True


def _decodes(pixels: NDArray[np.uint8], bridge: Any) -> dict[str, Callable[[], Any]]:
    header = Header()
    depth_m = pixels[..., 0].astype(np.float32) / 100 + np.float32(0.3)
    messages = {name: encode_image(pixels, name, header) for name in DECODED}
    messages |= {f"{kind} file": encode_compressed(pixels, kind, header) for kind in ("jpeg", "png")}
    depths = {f"{name} depth": encode_depth(depth_m, name, header) for name in ("16UC1", "32FC1")}
    depths["compressedDepth"] = encode_compressed_depth(depth_m, "16UC1", header)
    decodes: dict[str, Callable[[], Any]] = {
        **{name: lambda message=message: decode_image(message) for name, message in messages.items()},
        **{name: lambda message=message: decode_depth(message) for name, message in depths.items()},
    }
    if bridge is not None:
        decodes["rgb8, cv_bridge"] = lambda: bridge.imgmsg_to_cv2(messages["rgb8"], "passthrough")
    return decodes


def main() -> int:
    print(json.dumps(run()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
