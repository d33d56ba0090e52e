"""Camera frames into a new bag, as a driver would have published them."""

from __future__ import annotations

import math
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray
from rclpy.serialization import serialize_message
from sensor_msgs.msg import CameraInfo
from std_msgs.msg import Header

from physperception.ros.bags import BagWriter
from physperception.ros.conversions.images import encode_compressed, encode_image
from physperception.ros.conversions.scene import time_from_ns


class FrameRecorder:
    """Writes images, and a camera_info with each when the field of view is known. Use as a context manager.

    Args:
        path: of the new bag.
        topic: base name of the image topic, such as /image.
        frame_id: of the images.
        compressed: JPEG on TOPIC/compressed instead of rgb8 on TOPIC.
        fov_deg: horizontal field of view, for `camera_info` beside the image topic.
        storage, compression: as in `BagWriter`.
    """

    def __init__(
        self,
        path: Path,
        topic: str,
        frame_id: str = "camera",
        compressed: bool = False,
        fov_deg: float | None = None,
        storage: str = "mcap",
        compression: str = "none",
    ) -> None:
        self._writer = BagWriter(path, storage, compression)
        base = f"/{topic.strip('/')}"
        self.topic = f"{base}/compressed" if compressed else base
        self._info_topic = f"{base.rsplit('/', 1)[0]}/camera_info"
        self._frame_id = frame_id
        self._compressed = compressed
        self._fov_deg = fov_deg
        self._writer.add_topic(self.topic, f"sensor_msgs/msg/{'CompressedImage' if compressed else 'Image'}")
        if fov_deg is not None:
            self._writer.add_topic(self._info_topic, "sensor_msgs/msg/CameraInfo")

    def write(self, image: NDArray[np.uint8], stamp_ns: int) -> None:
        """Append one image, uint8 RGB [H, W, 3], taken and recorded at `stamp_ns`."""
        header = Header(stamp=time_from_ns(stamp_ns), frame_id=self._frame_id)
        encode = encode_compressed if self._compressed else encode_image
        message = encode(image, "jpeg" if self._compressed else "rgb8", header)
        self._writer.write(self.topic, stamp_ns, serialize_message(message))
        if self._fov_deg is not None:
            height, width = image.shape[:2]
            info = camera_info(width, height, self._fov_deg, header)
            self._writer.write(self._info_topic, stamp_ns, serialize_message(info))

    def __enter__(self) -> FrameRecorder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()


def camera_info(width: int, height: int, fov_deg: float, header: Header) -> CameraInfo:
    """Calibration of a pinhole camera without distortion."""
    focal = width / (2 * math.tan(math.radians(fov_deg) / 2))
    k = [focal, 0.0, width / 2, 0.0, focal, height / 2, 0.0, 0.0, 1.0]
    return CameraInfo(
        header=header,
        width=width,
        height=height,
        distortion_model="plumb_bob",
        d=[0.0] * 5,
        k=k,
        r=[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
        p=[focal, 0.0, width / 2, 0.0, 0.0, focal, height / 2, 0.0, 0.0, 0.0, 1.0, 0.0],
    )
