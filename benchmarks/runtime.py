"""What the runtime costs and how it behaves under load, measured in one run.

`python -m benchmarks.runtime` prints a table and, as its last line, one JSON object:

* conversions: filling `Image.data` our way beside the others (benchmarks.conversions);
* node over model: time from publishing an image to receiving its objects, over the time of the bare model on the
  same photograph, in turn with it, composed in this process and across processes;
* latency, drops and peak memory of a node process fed at 0.8 times and at 10 times its sustainable rate.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import domain_coordinator
import numpy as np
import psutil
import rclpy
import skimage.data
import torch
from builtin_interfaces.msg import Time
from numpy.typing import NDArray
from physperception_msgs.msg import FrameReport, PerceivedObjectArray
from PIL import Image as PillowImage
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from sensor_msgs.msg import Image
from std_msgs.msg import Header

from benchmarks import conversions
from physperception.config import load
from physperception.detection import DetectorConfig, create
from physperception.ros.container import Container
from physperception.ros.conversions.images import encode_image
from physperception.ros.qos import qos_profile
from physperception.ros.synchronizer import stamp_ns
from physperception.ros.transport import use_shared_memory_profile

SIZE = (640, 480)
TIMEOUT_S = 60.0


class Camera:
    """Publishes one photograph again and again, and notes when each answer comes."""

    def __init__(self) -> None:
        self._context = Context()
        rclpy.init(context=self._context)
        self._node = rclpy.create_node("camera", context=self._context)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self._node)
        self._image = encode_image(photograph(), "rgb8", Header(frame_id="camera"))
        self._publisher = self._node.create_publisher(Image, "image", qos_profile("reliable", 5))
        self.sent: dict[int, float] = {}
        self.answered: dict[int, float] = {}
        self.reports: list[FrameReport] = []
        self._node.create_subscription(PerceivedObjectArray, "objects", self._answer, qos_profile("reliable", 100))
        reports = qos_profile("reliable", 1000)
        self._node.create_subscription(FrameReport, "detector/debug/frames", self.reports.append, reports)
        if not self.wait(lambda: self._publisher.get_subscription_count() > 0):
            raise RuntimeError("the detector did not subscribe to the image")

    def send(self) -> int:
        stamp = time.time_ns()
        self._image.header.stamp = Time(sec=stamp // 10**9, nanosec=stamp % 10**9)
        self.sent[stamp] = time.perf_counter()
        self._publisher.publish(self._image)
        return stamp

    def round_trip_ms(self) -> float:
        stamp = self.send()
        if not self.wait(lambda: stamp in self.answered):
            raise RuntimeError("no answer to a frame")
        return (self.answered[stamp] - self.sent[stamp]) * 1e3

    def stream(self, rate_hz: float, seconds: float) -> dict[str, Any]:
        """Send at a fixed rate; returns latency percentiles and the accounting of frames."""
        self.sent, self.answered, self.reports[:] = {}, {}, []
        start = time.perf_counter()
        for index in range(round(rate_hz * seconds)):
            while (left := start + index / rate_hz - time.perf_counter()) > 0:
                self._executor.spin_once(timeout_sec=left)
            self.send()
        self.wait(lambda: len(self.reports) >= len(self.sent), 3.0)
        latencies = [(self.answered[stamp] - self.sent[stamp]) * 1e3 for stamp in self.answered if stamp in self.sent]
        outcomes = [report.outcome for report in self.reports]
        return {
            "rate_hz": round(rate_hz, 1),
            "sent": len(self.sent),
            "processed": outcomes.count(FrameReport.PROCESSED),
            "dropped": outcomes.count(FrameReport.DROPPED),
            "lost_by_transport": len(self.sent) - len(outcomes),
            **{f"latency_ms_p{level}": percentile(latencies, level) for level in (50, 95, 99)},
        }

    def wait(self, condition: Callable[[], bool], timeout_s: float = TIMEOUT_S) -> bool:
        deadline = time.perf_counter() + timeout_s
        while not condition():
            if time.perf_counter() > deadline:
                return False
            self._executor.spin_once(timeout_sec=0.05)
        return True

    def close(self) -> None:
        self._executor.shutdown()
        self._node.destroy_node()
        self._context.try_shutdown()

    def _answer(self, message: PerceivedObjectArray) -> None:
        self.answered[stamp_ns(message.header)] = time.perf_counter()


def photograph() -> NDArray[np.uint8]:
    """A photograph nobody here generated, uint8 RGB [480, 640, 3]."""
    return np.asarray(PillowImage.fromarray(skimage.data.coffee()).resize(SIZE))


def run(rounds: int, seconds: float) -> dict[str, Any]:
    """Everything, as one mapping."""
    results: dict[str, Any] = {"conversions": conversions.run()}
    with fresh_domain():
        results["composed"] = against_model(rounds, composed)
    with fresh_domain():
        results["across_processes"] = against_model(rounds, node_process)
    with fresh_domain():
        results["load"] = under_load(results["across_processes"]["node_ms"], seconds)
    return {"machine": machine(), **results}


def against_model(rounds: int, start_node: Callable[[], Any]) -> dict[str, Any]:
    """Node time over bare model time, the two measured in turn in blocks of five."""
    detector, image = create(load(DetectorConfig, "detector")), photograph()
    bare, node = [], []
    with start_node():
        camera = Camera()
        for _ in range(3):
            detector.detect(image)
            camera.round_trip_ms()
        for _ in range(rounds):
            bare += [timed_ms(lambda: detector.detect(image)) for _ in range(5)]
            node += [camera.round_trip_ms() for _ in range(5)]
        inside = [report.processing_ms for report in camera.reports[3:]]
        camera.close()
    detector.close()
    return {
        "bare_model_ms": percentile(bare, 50),
        "node_ms": percentile(node, 50),
        "inside_node_ms": percentile(inside, 50),
        "ratio": round(float(np.median(node) / np.median(bare)), 3),
        "frames": len(node),
    }


def under_load(node_ms: float, seconds: float) -> dict[str, Any]:
    """A node process at 0.8 and at 10 times the rate it can keep up with."""
    sustainable_hz = 1e3 / node_ms
    with node_process() as process:
        camera = Camera()
        for _ in range(5):
            camera.round_trip_ms()
        results = {
            "sustainable_hz": round(sustainable_hz, 1),
            "at_0.8": camera.stream(0.8 * sustainable_hz, seconds),
            "at_10": camera.stream(10 * sustainable_hz, seconds),
            "peak_memory_mb": round(peak_memory_mb(process)),
        }
        camera.close()
    return results


@contextmanager
def composed() -> Iterator[Container]:
    with Container(["detector"]) as container:
        yield container


@contextmanager
def node_process() -> Iterator[psutil.Process]:
    process = subprocess.Popen([sys.executable, "-m", "physperception.ros.nodes.detector"])
    try:
        yield psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


@contextmanager
def fresh_domain() -> Iterator[None]:
    """A ROS domain nobody else on this machine uses, not seen from the network."""
    with domain_coordinator.domain_id() as domain:
        os.environ |= {"ROS_DOMAIN_ID": str(domain), "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST"}
        yield


def timed_ms(action: Callable[[], Any]) -> float:
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1e3


def percentile(values: list[float], level: float) -> float:
    return round(float(np.percentile(values, level)), 2) if values else float("nan")


def peak_memory_mb(process: psutil.Process) -> float:
    """Peak resident memory so far, from the kernel's own count where it keeps one."""
    try:
        with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
            peak_kb = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
        return peak_kb / 1024
    except (OSError, StopIteration):
        return process.memory_info().rss / 2**20


def machine() -> dict[str, Any]:
    return {"cpus": os.cpu_count(), "torch": torch.__version__, "torch_threads": torch.get_num_threads()}


def print_table(results: dict[str, Any]) -> None:
    print(f"\nnode over bare model, 640x480 ({results['machine']['cpus']} CPUs)")
    for name in ("composed", "across_processes"):
        row = results[name]
        print(
            f"  {name:17} {row['node_ms']:7.1f} ms / {row['bare_model_ms']:7.1f} ms = {row['ratio']:.3f}"
            f"   (inside the node {row['inside_node_ms']:.1f} ms, {row['frames']} frames)"
        )
    load_results = results["load"]
    print(f"\nunder load, sustainable rate {load_results['sustainable_hz']} Hz")
    for name in ("at_0.8", "at_10"):
        row = load_results[name]
        print(
            f"  {row['rate_hz']:6.1f} Hz  sent {row['sent']:5}  processed {row['processed']:4}  "
            f"dropped {row['dropped']:5}  lost {row['lost_by_transport']:3}  latency p50/p95/p99 "
            f"{row['latency_ms_p50']:.0f}/{row['latency_ms_p95']:.0f}/{row['latency_ms_p99']:.0f} ms"
        )
    print(f"  peak memory of the node process {load_results['peak_memory_mb']} MB\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10, help="blocks of five frames each (default 10)")
    parser.add_argument("--seconds", type=float, default=10.0, help="length of each load stream (default 10)")
    chosen = parser.parse_args()
    use_shared_memory_profile()
    results = run(chosen.rounds, chosen.seconds)
    print_table(results)
    print(json.dumps(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
