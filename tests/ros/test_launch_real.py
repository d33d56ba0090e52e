"""The launch files under the real launch_ros, with the real nodes, where launch_ros is installed.

It comes with a ROS installation and not with the wheels. An ament prefix made here holds the nodes' executables, so
the package need not be installed.
"""

import importlib.util
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from physperception_msgs.msg import PerceivedObjectArray
from sensor_msgs.msg import Image

from physperception.ros.container import NODES
from physperception.ros.conversions.images import encode_image
from physperception.ros.qos import qos_profile
from physperception.ros.synchronizer import stamp_ns
from tests.ros.probe import Client, header

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("launch_ros") is None, reason="launch_ros comes with a ROS installation only"
)
ROOT = Path(__file__).resolve().parents[2]
SECOND = 10**9
RUNNER = """
import sys
from launch import LaunchDescription, LaunchService
from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
arguments = [tuple(word.split(":=", 1)) for word in sys.argv[2:]]
source = PythonLaunchDescriptionSource(sys.argv[1])
service = LaunchService()
service.include_launch_description(LaunchDescription([IncludeLaunchDescription(source, launch_arguments=arguments)]))
sys.exit(service.run())
"""


@pytest.fixture
def prefix(tmp_path):
    """An ament prefix with this package's executables."""
    index = tmp_path / "share" / "ament_index" / "resource_index" / "packages"
    index.mkdir(parents=True)
    (index / "physperception").touch()
    folder = tmp_path / "lib" / "physperception"
    folder.mkdir(parents=True)
    modules = {"perception_container": "physperception.ros.container"}
    modules |= {name: module.partition(":")[0] for name, module in NODES.items()}
    for name, module in modules.items():
        script = folder / name
        script.write_text(f'#!/bin/sh\nexec {sys.executable} -m {module} "$@"\n')
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return tmp_path


@pytest.fixture
def launched(prefix, ros_domain):
    running = []

    def start(name, *arguments):
        known = os.environ.get("AMENT_PREFIX_PATH", "")
        environment = os.environ | {
            "AMENT_PREFIX_PATH": os.pathsep.join(filter(None, [str(prefix), known])),
            "ROS_LOG_DIR": str(prefix / "log"),
            "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")])),
        }
        command = [sys.executable, "-c", RUNNER, str(ROOT / "launch" / f"{name}.launch.py"), *arguments]
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
            cwd=prefix,
            start_new_session=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


class Camera(Client):
    """Publishes on one topic, hears objects and pictures on others."""

    def __init__(self, image, namespace=""):
        super().__init__()
        self.camera = self.node.create_publisher(Image, image, qos_profile("reliable", 10))
        self.objects = []
        self.pictures = []
        for kind, topic, heard in (
            (PerceivedObjectArray, "objects", self.objects),
            (Image, "overlay", self.pictures),
        ):
            self.node.create_subscription(kind, f"{namespace}/{topic}", heard.append, qos_profile("reliable", 10))

    def film_until(self, condition):
        """Send frames until the condition holds, as nodes may still be finding each other; returns their stamps."""
        picture = np.full((48, 64, 3), 90, np.uint8)
        sent = set()
        while not condition() and len(sent) < 100:
            stamp = SECOND * (5 + len(sent))
            sent.add(stamp)
            self.camera.publish(encode_image(picture, "rgb8", header(stamp)))
            self.wait(condition, 0.5)
        assert condition()
        return sent


@pytest.mark.parametrize("composed", ["true", "false"])
def test_the_full_stack_in_a_namespace_on_another_camera_topic(launched, composed):
    process = launched("full", f"composed:={composed}", "namespace:=arm", "image:=/camera/image_raw", "device:=cpu")
    camera = Camera("/camera/image_raw", "/arm")
    subscribers = 1 if composed == "true" else 2
    try:
        assert camera.wait(lambda: camera.camera.get_subscription_count() == subscribers, 60)
        nodes = {("detector", "/arm"), ("overlay", "/arm")}
        assert camera.wait(lambda: nodes <= set(camera.node.get_node_names_and_namespaces()))
        sent = camera.film_until(lambda: camera.objects and camera.pictures)
        heard = {stamp_ns(message.header) for message in (*camera.objects, *camera.pictures)}
        assert heard
        assert heard <= sent
    finally:
        camera.close()
    os.killpg(process.pid, signal.SIGINT)  # what Ctrl-C in a terminal does
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output
    assert "Traceback" not in output, output
    assert "escalating" not in output, output
    assert output.count("process has finished cleanly") == (1 if composed == "true" else len(NODES)), output


def test_a_parameter_file_reaches_the_nodes(launched, tmp_path):
    parameters = tmp_path / "mine.yaml"
    parameters.write_text("/**:\n  overlay:\n    ros__parameters:\n      queue_size: 0\n")
    process = launched("overlay", f"params_file:={parameters}")
    output, _ = process.communicate(timeout=60)
    assert "queue_size must be at least 1, got 0" in output
    assert "Traceback" not in output, output


def test_a_parameter_file_that_is_not_there_ends_the_launch(launched):
    process = launched("overlay", "params_file:=gone.yaml")
    output, _ = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "params_file gone.yaml is not a file" in output


def test_a_value_that_is_not_offered_is_refused(launched):
    process = launched("full", "composed:=perhaps")
    output, _ = process.communicate(timeout=60)
    assert process.returncode != 0
    assert '"perhaps" is not valid' in output
