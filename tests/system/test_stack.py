"""The stack as users run it: nodes in processes of their own, real images over real DDS, bags in and bags out."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from lifecycle_msgs.msg import State, Transition
from lifecycle_msgs.srv import ChangeState, GetState
from physperception_msgs.msg import FrameReport, PerceivedObjectArray
from PIL import Image as PillowImage
from rclpy.serialization import deserialize_message
from rosbags.highlevel import AnyReader
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from physperception.ros.conversions.images import encode_compressed, encode_depth, encode_image
from physperception.ros.conversions.scene import scene_from_message
from physperception.ros.qos import qos_profile
from physperception.ros.recording import camera_info
from physperception.ros.synchronizer import stamp_ns
from tests.ros.probe import Client, header

SECOND = 10**9
MODEL_MB = 20
"""About what one loaded model takes: losing one a cycle would be 200 MB in ten cycles."""
REPOSITORY = Path(__file__).resolve().parents[2]


class Viewer(Client):
    """A client of the detector, which is another process: on a busy machine both take a while to know each other."""

    SETTLE_S = 2.0

    def __init__(self, transport="raw"):
        super().__init__(transport=transport)
        self.objects = []
        self.node.create_subscription(
            FrameReport, "detector/debug/frames", self.reports.append, qos_profile("reliable", 1000)
        )

    def listen(self):
        self._subscription = self.node.create_subscription(
            PerceivedObjectArray, "objects", self.objects.append, qos_profile("reliable", 1000)
        )

    def publish(self, array, stamp, encoding="rgb8"):
        self.images.publish(encode_image(array, encoding, header(stamp)))

    def stamps(self):
        return [stamp_ns(message.header) for message in self.objects]


def photograph(size=(320, 240)):
    """The coffee cup, its right side cut off to the camera's shape."""
    return np.asarray(PillowImage.fromarray(skimage.data.coffee()[:, :533]).resize(size))


def spawn(*arguments, **options):
    return subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)


def finish(process, number=signal.SIGINT):
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    return process.returncode, out.decode(), err.decode()


@pytest.fixture
def viewer(ros_domain):
    made = Viewer()
    yield made
    made.close()


@pytest.fixture
def detector_process(ros_domain):
    process = spawn("-m", "physperception.ros.nodes.detector")
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_busy_node_ends_cleanly_on_a_signal(viewer, detector_process, number):
    viewer.listen()
    assert viewer.wait_matched()
    for index in range(20):
        viewer.publish(photograph(), SECOND + index)
    assert viewer.wait(lambda: viewer.objects)
    code, _, err = finish(detector_process, number)
    assert code == 0
    assert "Traceback" not in err


def test_objects_on_a_photograph_with_the_stamp_of_their_image(viewer, detector_process):
    viewer.listen()
    assert viewer.wait_matched()
    viewer.publish(photograph((640, 480)), 123 * SECOND + 456)
    assert viewer.wait(lambda: viewer.objects)
    message = viewer.objects[0]
    assert viewer.stamps() == [123 * SECOND + 456]
    assert message.header.frame_id == "camera"
    assert (message.image_width, message.image_height) == (640, 480)
    assert "cup" in {item.class_id for item in message.objects}
    for item in message.objects:
        assert item.masks
        assert 0 < item.score <= 1


def test_overload_keeps_one_frame_waiting_and_counts_every_other(viewer, detector_process):
    viewer.listen()
    assert viewer.wait_matched()
    picture = photograph()
    viewer.publish(picture, SECOND)
    assert viewer.wait(lambda: len(viewer.reports) == 1)
    work_s = viewer.reports[0].processing_ms / 1e3
    frames = 60
    for index in range(1, frames + 1):
        viewer.publish(picture, SECOND + index)
        viewer.spin(max(work_s / 10, 0.001))
    last = SECOND + frames
    assert viewer.wait(lambda: last in [stamp_ns(report.header) for report in viewer.reports])
    assert viewer.wait(lambda: last in viewer.stamps())
    outcomes = [report.outcome for report in viewer.reports]
    processed = [stamp_ns(report.header) for report in viewer.reports if report.outcome == FrameReport.PROCESSED]
    assert outcomes.count(FrameReport.DROPPED) > frames / 2
    assert viewer.stamps() == processed == sorted(set(processed))
    reported = set()
    for report in viewer.reports:
        stamp = stamp_ns(report.header)
        if report.outcome == FrameReport.PROCESSED:
            waiting = {other for other in (stamp_ns(r.header) for r in viewer.reports) if other < stamp} - reported
            assert not waiting, "a frame was processed while an older one waited"
        reported.add(stamp)


def test_a_subscriber_that_comes_and_goes_starts_and_stops_the_work(viewer, detector_process):
    for round_number in range(3):
        assert viewer.images.get_subscription_count() == 0
        viewer.listen()
        assert viewer.wait_matched()
        viewer.publish(photograph(), SECOND * (round_number + 1))
        assert viewer.wait(lambda count=round_number: len(viewer.objects) == count + 1)
        viewer.unlisten()
        assert viewer.wait(lambda: viewer.images.get_subscription_count() == 0)


def test_depth_gives_positions_in_metres(viewer):
    process = spawn("-m", "physperception.ros.nodes.detector", "--ros-args", "-p", "input.depth:=raw")
    depths = viewer.node.create_publisher(Image, "depth", qos_profile("reliable", 5))
    infos = viewer.node.create_publisher(CameraInfo, "camera_info", qos_profile("reliable", 5))
    try:
        viewer.listen()
        assert viewer.wait_matched()
        assert viewer.wait(lambda: depths.get_subscription_count() and infos.get_subscription_count())
        viewer.spin(0.2)
        infos.publish(camera_info(320, 240, 60.0, header(SECOND)))
        depths.publish(encode_depth(np.full((240, 320), 0.75, np.float32), "16UC1", header(SECOND)))
        viewer.publish(photograph(), SECOND)
        assert viewer.wait(lambda: viewer.objects)
        for item in viewer.objects[0].objects:
            assert item.has_position
            assert item.position.z == pytest.approx(0.75)
            assert abs(item.position.x) < 0.75
        depths.publish(encode_depth(np.full((10, 10), 0.75, np.float32), "16UC1", header(2 * SECOND)))
        infos.publish(camera_info(320, 240, 60.0, header(2 * SECOND)))
        viewer.publish(photograph(), 2 * SECOND)
        assert viewer.wait(lambda: len(viewer.reports) == 2)
        assert viewer.reports[1].outcome == FrameReport.REJECTED
        assert "depth is 10 x 10" in viewer.reports[1].reason
    finally:
        process.kill()
        process.communicate()


GOOD_ENCODINGS = ("rgb8", "bgr8", "rgba8", "bgra8", "mono8", "mono16", "yuv422", "yuv422_yuy2", "bayer_rggb8")


def broken_images():
    good = encode_image(photograph((64, 48)), "rgb8", header(SECOND))
    yield "empty", Image(header=header(SECOND))
    yield "no data", Image(header=header(SECOND), height=48, width=64, encoding="rgb8", step=192)
    yield "truncated", Image(header=header(SECOND), height=48, width=64, encoding="rgb8", step=192, data=good.data[:-1])
    yield "unknown encoding", Image(header=header(SECOND), height=48, width=64, encoding="?", step=192, data=good.data)
    yield "absurd size", Image(header=header(SECOND), height=2**31, width=2**31, encoding="rgb8", step=2**31)
    yield "short step", Image(header=header(SECOND), height=48, width=64, encoding="rgb8", step=64, data=good.data)
    yield "depth", Image(header=header(SECOND), height=1, width=1, encoding="32FC1", step=4, data=bytes(4))


def test_every_kind_of_image_and_every_kind_of_broken_image(viewer, detector_process):
    viewer.listen()
    assert viewer.wait_matched()
    sent = 0
    for encoding in GOOD_ENCODINGS:
        sent += 1
        viewer.publish(photograph((64, 48)), sent * SECOND, encoding)
        assert viewer.wait(lambda count=sent: len(viewer.reports) == count), encoding
        assert viewer.reports[-1].outcome == FrameReport.PROCESSED, (encoding, viewer.reports[-1].reason)
    for name, message in broken_images():
        viewer.images.publish(message)
        assert viewer.wait(lambda count=sent + 1: len(viewer.reports) == count), name
        assert viewer.reports[-1].outcome == FrameReport.REJECTED, name
        assert viewer.reports[-1].reason, name
        sent += 2
        viewer.publish(photograph((64, 48)), sent * SECOND)
        assert viewer.wait(lambda count=sent: len(viewer.reports) == count), name
        assert viewer.reports[-1].outcome == FrameReport.PROCESSED, name
    assert viewer.wait(lambda: len(viewer.objects) == len(GOOD_ENCODINGS) + len(list(broken_images())))


def test_broken_compressed_images(ros_domain):
    viewer = Viewer(transport="compressed")
    process = spawn("-m", "physperception.ros.nodes.detector", "--ros-args", "-p", "input.transport:=compressed")
    try:
        viewer.listen()
        assert viewer.wait_matched()
        good = encode_compressed(photograph((64, 48)), "jpeg", header(SECOND))
        for data in (b"", b"not a picture", bytes(good.data)[: len(good.data) // 2]):
            count = len(viewer.reports)
            viewer.images.publish(CompressedImage(header=header(SECOND), format="jpeg", data=data))
            assert viewer.wait(lambda count=count: len(viewer.reports) == count + 1)
            assert viewer.reports[-1].outcome == FrameReport.REJECTED
            viewer.images.publish(good)
            assert viewer.wait(lambda count=count: len(viewer.reports) == count + 2)
            assert viewer.reports[-1].outcome == FrameReport.PROCESSED
    finally:
        viewer.close()
        process.kill()
        process.communicate()


def test_twenty_lifecycles_of_the_detector_do_not_grow(viewer):
    process = spawn("-m", "physperception.ros.nodes.detector", "--ros-args", "-p", "autostart:=false")
    change = viewer.node.create_client(ChangeState, "detector/change_state")
    state = viewer.node.create_client(GetState, "detector/get_state")
    memory = []

    def transition(number, goal):
        """Asked again only while the state has not changed: the first request or reply can be lost in discovery."""
        for _ in range(4):
            viewer.wait(change.call_async(ChangeState.Request(transition=Transition(id=number))).done, 8)
            if viewer.call(state, GetState.Request()).current_state.id == goal:
                return
        raise AssertionError(f"the node did not reach state {goal}")

    try:
        viewer.listen()
        assert change.wait_for_service(30)
        for index in range(20):
            transition(Transition.TRANSITION_CONFIGURE, State.PRIMARY_STATE_INACTIVE)
            transition(Transition.TRANSITION_ACTIVATE, State.PRIMARY_STATE_ACTIVE)
            assert viewer.wait_matched()
            viewer.publish(photograph((128, 96)), SECOND + index)
            assert viewer.wait(lambda count=index + 1: len(viewer.objects) == count)
            transition(Transition.TRANSITION_DEACTIVATE, State.PRIMARY_STATE_INACTIVE)
            transition(Transition.TRANSITION_CLEANUP, State.PRIMARY_STATE_UNCONFIGURED)
            memory.append(anonymous_memory_mb(process.pid))
        assert min(memory[15:]) - min(memory[5:10]) < MODEL_MB, memory
        assert finish(process)[0] == 0
    finally:
        process.kill()
        process.communicate()


def anonymous_memory_mb(pid):
    """Memory of a process that is its own: shared-memory transports fill up to their size and are left out."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(r"Anonymous:\s+(\d+) kB", rollup).group(1)) / 1024


def test_a_plain_subscriber_hears_objects(viewer, detector_process):
    listener = spawn(str(REPOSITORY / "examples" / "listen_objects.py"), "--count", "2", "--timeout", "60")
    assert viewer.wait_matched()
    viewer.publish(photograph(), 7 * SECOND)
    assert viewer.wait(lambda: len(viewer.reports) == 1)
    viewer.publish(photograph(), 8 * SECOND)
    out, err = listener.communicate(timeout=60)
    assert listener.returncode == 0, err.decode()
    assert "7.000000000" in out.decode()
    assert "8.000000000" in out.decode()


def run_cli(*arguments, timeout_s=100):
    """The command line in a process of its own. One that hangs fails the test with the stacks of its threads."""
    command = [sys.executable, "-X", "faulthandler", "-m", "physperception", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        out, err = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGABRT)
        out, err = process.communicate(timeout=10)
        pytest.fail(f"{' '.join(arguments)} did not end within {timeout_s} s\n{out}\n{err}")
    return subprocess.CompletedProcess(command, process.returncode, out, err)


@pytest.fixture
def photograph_bag(tmp_path):
    folder = tmp_path / "photographs"
    folder.mkdir()
    for index in range(6):
        PillowImage.fromarray(np.roll(photograph(), index * 5, axis=1)).save(folder / f"{index}.png")
    done = run_cli("record", str(tmp_path / "in"), "--images", str(folder), "--fps", "10")
    assert done.returncode == 0, done.stderr
    return tmp_path / "in"


def image_stamps(bag, topic):
    with AnyReader([bag]) as reader:
        connections = [connection for connection in reader.connections if connection.topic == topic]
        return [
            reader.deserialize(data, connection.msgtype).header.stamp.sec * SECOND
            + reader.deserialize(data, connection.msgtype).header.stamp.nanosec
            for connection, _, data in reader.messages(connections=connections)
        ]


@pytest.mark.parametrize("separate", [False, True], ids=["composed", "separate"])
def test_bag_in_bag_out_between_processes(ros_domain, photograph_bag, tmp_path, separate):
    stack = spawn("-m", "physperception", "up", "detector", "--use-sim-time", *(["--separate"] if separate else []))
    try:
        done = run_cli(
            "replay",
            str(photograph_bag),
            "--external",
            "--nodes",
            "detector",
            "--deterministic",
            "--output",
            str(tmp_path / "out"),
            "--record-topics",
            "/objects",
        )
        assert done.returncode == 0, done.stderr
        code, _, err = finish(stack)
        assert (code, "Traceback" in err) == (0, False)
    finally:
        stack.kill()
        stack.communicate(timeout=30)
    assert image_stamps(tmp_path / "out", "/objects") == image_stamps(photograph_bag, "/image")


def scenes(bag, topic):
    with AnyReader([bag]) as reader:
        connections = [connection for connection in reader.connections if connection.topic == topic]
        messages = list(reader.messages(connections=connections))
    return [scene_from_message(deserialize_message(data, PerceivedObjectArray)) for _, _, data in messages]


def test_bag_in_bag_out_through_detector_and_amodal(ros_domain, photograph_bag, tmp_path):
    """Two nodes in two processes, frame by frame: every object of every image comes out whole, under its own stamp."""
    stack = spawn("-m", "physperception", "up", "detector", "amodal", "--use-sim-time", "--separate")
    arguments = ["--external", "--nodes", "detector,amodal", "--deterministic", "--output", str(tmp_path / "out")]
    try:
        done = run_cli("replay", str(photograph_bag), *arguments)
        assert done.returncode == 0, done.stderr
        code, _, err = finish(stack)
        assert (code, "Traceback" in err) == (0, False)
    finally:
        stack.kill()
        stack.communicate(timeout=30)
    stamps = image_stamps(photograph_bag, "/image")
    for topic in ("/objects", "/objects_amodal", "/occlusions"):
        assert image_stamps(tmp_path / "out", topic) == stamps, topic
    found, whole = (scenes(tmp_path / "out", topic) for topic in ("/objects", "/objects_amodal"))
    assert sum(len(scene.instances) for scene in found) > 0
    for before, after in zip(found, whole, strict=True):
        assert [item.id for item in before.instances] == [item.id for item in after.instances]
        for item, completed in zip(before.instances, after.instances):
            assert completed.visible_mask == item.visible_mask
            assert completed.amodal_mask.contains(item.visible_mask)
            assert 0 <= completed.amodal_age_s <= 0.5


def test_the_command_line_and_the_node_find_the_same(viewer, detector_process, tmp_path):
    PillowImage.fromarray(photograph()).save(tmp_path / "cup.png")
    done = run_cli("detect", str(tmp_path / "cup.png"), "--out", str(tmp_path), "--json", str(tmp_path / "found.json"))
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "found.json").read_text())["annotations"]
    viewer.listen()
    assert viewer.wait_matched()
    viewer.publish(photograph(), SECOND)
    assert viewer.wait(lambda: viewer.objects)
    heard = viewer.objects[0].objects
    assert [item.id for item in heard] == [item["instance_id"] for item in found]
    for item, expected in zip(heard, found):
        corner = (item.visible_box.center_x - item.visible_box.size_x / 2, item.visible_box.size_x)
        assert corner == pytest.approx((expected["bbox"][0], expected["bbox"][2]), abs=0.01)
        assert item.score == pytest.approx(expected["score"], abs=1e-4)
