"""Clips as rosbag2 (MCAP): raw images and camera_info, with the stamps of the clip."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from physperception.errors import BagError
from physperception.vision.geometry import Intrinsics

START_NS = 1_000_000_000_000
"""The bag's clock at the clip's time 0."""
FRAME = "camera_optical_frame"


def write_bag(path: Path, images: list[NDArray[np.uint8]], stamps_s: list[float], camera: Intrinsics) -> None:
    """Write image (sensor_msgs/Image, rgb8) and camera_info; a bag that is there already is replaced.

    Raises:
        BagError: the rosbags package is missing.
    """
    try:
        from rosbags.rosbag2 import StoragePlugin, Writer
        from rosbags.typesys import Stores, get_typestore
    except ImportError as error:
        raise BagError('writing bags needs the rosbags package: pip install "physperception[bags]"') from error
    store = get_typestore(Stores.ROS2_KILTED)
    shutil.rmtree(path, ignore_errors=True)
    with Writer(path, version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        image_type, info_type = "sensor_msgs/msg/Image", "sensor_msgs/msg/CameraInfo"
        pictures = writer.add_connection("/image", image_type, typestore=store)
        infos = writer.add_connection("/camera_info", info_type, typestore=store)
        for image, stamp_s in zip(images, stamps_s):
            time_ns = START_NS + round(stamp_s * 1e9)
            header = _header(store, time_ns)
            message, info = _image(store, header, image), _camera_info(store, header, camera)
            writer.write(pictures, time_ns, store.serialize_cdr(message, image_type))
            writer.write(infos, time_ns, store.serialize_cdr(info, info_type))


def _header(store: Any, time_ns: int) -> Any:
    stamp = store.types["builtin_interfaces/msg/Time"](sec=time_ns // 10**9, nanosec=time_ns % 10**9)
    return store.types["std_msgs/msg/Header"](stamp=stamp, frame_id=FRAME)


def _image(store: Any, header: Any, image: NDArray[np.uint8]) -> Any:
    height, width = image.shape[:2]
    return store.types["sensor_msgs/msg/Image"](
        header=header,
        height=height,
        width=width,
        encoding="rgb8",
        is_bigendian=0,
        step=3 * width,
        data=np.ascontiguousarray(image).reshape(-1),
    )


def _camera_info(store: Any, header: Any, camera: Intrinsics) -> Any:
    fx, fy, cx, cy = camera.fx, camera.fy, camera.cx, camera.cy
    return store.types["sensor_msgs/msg/CameraInfo"](
        header=header,
        height=camera.height,
        width=camera.width,
        distortion_model="plumb_bob",
        d=np.zeros(5),
        k=np.array([fx, 0, cx, 0, fy, cy, 0, 0, 1]),
        r=np.eye(3).ravel(),
        p=np.array([fx, 0, cx, 0, 0, fy, cy, 0, 0, 0, 1, 0]),
        binning_x=0,
        binning_y=0,
        roi=store.types["sensor_msgs/msg/RegionOfInterest"](
            x_offset=0, y_offset=0, height=0, width=0, do_rectify=False
        ),
    )
