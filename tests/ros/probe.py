"""A perception node with no model, and a client that feeds it and counts what comes back."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import rclpy
from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray
from physperception_msgs.msg import FrameReport
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.signals import SignalHandlerOptions
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from std_msgs.msg import Header, String

from physperception.config import option
from physperception.errors import ModelUnavailable
from physperception.ros.conversions.images import encode_compressed, encode_depth, encode_image
from physperception.ros.qos import qos_profile
from physperception.ros.runtime import PerceptionNode, Work

DEFAULTS = """
/**:
  probe:
    ros__parameters:
      autostart: true
      output: {qos: reliable}
      input: {transport: raw, qos: sensor_data, depth: none, sync_slop_s: 0.02}
      diagnostics_period_s: 0.2
      model: fine
      delay_s: 0.0
"""


@dataclass(frozen=True)
class ProbeConfig:
    model: str = option("Which.", choices=("fine", "missing"))
    delay_s: float = option("Work a frame.", unit="s", minimum=0.0, maximum=10.0, live=True)


class ProbeNode(PerceptionNode):
    """Publishes on `echo` the stamp and mean brightness of each frame."""

    def __init__(self, name="probe", hub=None, **options):
        self.resets = 0
        self.loads = 0
        self.decoded = []
        super().__init__(name, (ProbeConfig,), hub, **options)

    def load(self):
        if self.settings.get(ProbeConfig).model == "missing":
            raise ModelUnavailable("the model file is not there; ask its owner for it")
        self.loads += 1
        self.delay_s = self.settings.get(ProbeConfig).delay_s
        self.ballast = np.zeros(4_000_000)
        self.echo = self.add_output(String, "echo")

    def unload(self):
        self.ballast = None

    def reconfigure(self):
        self.delay_s = self.settings.get(ProbeConfig).delay_s

    def reset(self):
        self.resets += 1

    def process(self, work: Work):
        image = work.frame.image
        self.decoded.append(id(image))
        if image.max() == 13:
            raise RuntimeError("unlucky")
        depth = work.frame.depth_m
        time.sleep(self.delay_s)
        words = [str(work.frame.stamp_ns), str(int(image.mean()))]
        if depth is not None:
            words += [f"{float(np.nanmean(depth)):.2f}", f"{work.frame.intrinsics.fx:.0f}"]
        self.echo.publish(String(data=" ".join(words)))


class SecondProbeNode(ProbeNode):
    """The same in another namespace, on the same camera."""

    def __init__(self, **options):
        super().__init__("probe", namespace="/second", cli_args=["--ros-args", "-r", "image:=/image"], **options)


class Client:
    """Publishes frames and collects outputs, spun by hand in the test's own thread."""

    SETTLE_S = 0.5

    def __init__(self, namespace: str = "", transport: str = "raw") -> None:
        self.context = Context()
        rclpy.init(context=self.context, signal_handler_options=SignalHandlerOptions.NO)
        self.node = rclpy.create_node("client", context=self.context, namespace=namespace)
        self.executor = SingleThreadedExecutor(context=self.context)
        self.executor.add_node(self.node)
        topic, kind = ("image", Image) if transport == "raw" else ("image/compressed", CompressedImage)
        self.images = self.node.create_publisher(kind, topic, qos_profile("reliable", 50))
        self.transport = transport
        self.echoes: list[str] = []
        self.reports: list[FrameReport] = []
        self.statuses: list = []
        self._subscription = None
        self.node.create_subscription(
            FrameReport, "probe/debug/frames", self.reports.append, qos_profile("reliable", 1000)
        )
        self.node.create_subscription(
            DiagnosticArray, "/diagnostics", lambda message: self.statuses.extend(message.status), 10
        )

    def listen(self) -> None:
        self._subscription = self.node.create_subscription(
            String, "echo", lambda message: self.echoes.append(message.data), qos_profile("reliable", 1000)
        )

    def unlisten(self) -> None:
        self.node.destroy_subscription(self._subscription)

    def wait(self, condition: Callable[[], bool], timeout_s: float = 20.0) -> bool:
        deadline = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > deadline:
                return False
            self.executor.spin_once(timeout_sec=0.02)
        return True

    def wait_matched(self) -> bool:
        """Until the node has subscribed, and a moment more: each side learns of the other at its own time, and a
        best-effort image sent before the node knows of us would be lost."""
        matched = self.wait(lambda: self.images.get_subscription_count() > 0)
        self.spin(self.SETTLE_S)
        return matched

    def call(self, client, request):
        """The response to a request that may be sent twice: while two processes are still discovering each other,
        the middleware can lose a reply."""
        assert client.wait_for_service(30)
        for _ in range(4):
            future = client.call_async(request)
            if self.wait(future.done, 8):
                return future.result()
        raise AssertionError(f"{client.srv_name} does not reply")

    def spin(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.executor.spin_once(timeout_sec=0.02)

    def send(self, stamp_ns: int, brightness: int = 100, size: tuple[int, int] = (48, 64)) -> None:
        array = np.full((*size, 3), brightness, np.uint8)
        if self.transport == "raw":
            self.images.publish(encode_image(array, "rgb8", header(stamp_ns)))
        else:
            self.images.publish(encode_compressed(array, "jpeg", header(stamp_ns)))

    def close(self) -> None:
        self.executor.shutdown()
        self.node.destroy_node()
        self.context.try_shutdown()


def header(stamp_ns: int) -> Header:
    return Header(stamp=Time(sec=stamp_ns // 10**9, nanosec=stamp_ns % 10**9), frame_id="camera")


def depth_messages(stamp_ns: int, metres: float) -> tuple[Image, CameraInfo]:
    depth = np.full((48, 64), metres, np.float32)
    info = CameraInfo(header=header(stamp_ns), width=64, height=48, k=[60.0, 0, 32, 0, 60.0, 24, 0, 0, 1])
    return encode_depth(depth, "32FC1", header(stamp_ns)), info
