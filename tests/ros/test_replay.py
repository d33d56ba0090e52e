"""Replay: original stamps and clock, every frame in lock-step, outputs in a new bag."""

import itertools
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from rclpy.serialization import deserialize_message, serialize_message
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import Image
from std_msgs.msg import String

from physperception.datasets.photographs import photograph
from physperception.errors import BagError, ConfigError
from physperception.ros import replay as replay_module
from physperception.ros.bags import BagReader, BagWriter
from physperception.ros.container import Container
from physperception.ros.conversions.images import encode_image
from physperception.ros.conversions.scene import time_to_ns
from physperception.ros.qos import qos_profile
from physperception.ros.recording import FrameRecorder
from physperception.ros.replay import ReplayOptions, replay
from tests.ros.probe import Client, header

SECOND = 10**9
STEP = SECOND // 20


@pytest.fixture
def bag(tmp_path):
    with FrameRecorder(tmp_path / "in", "image") as recorder:
        for index in range(10):
            recorder.write(np.full((24, 32, 3), 10 * index, np.uint8), 100 * SECOND + index * STEP)
    return tmp_path / "in"


@pytest.fixture
def probe(probe):
    """The probe node, on simulated time as in every replay."""
    return lambda parameters=None: probe(parameters, use_sim_time=True)


def options(**changes):
    return ReplayOptions(**({"nodes": ("probe",), "record_topics": ("echo",)} | changes))


def echoes(path):
    with BagReader(path) as reader:
        return [(m.time_ns, deserialize_message(m.data, String).data) for m in reader.messages({"/echo"})]


def test_every_frame_in_lock_step(probe, bag, tmp_path):
    probe({"delay_s": 0.1})
    summary = replay(bag, options(output=tmp_path / "out", deterministic=True))
    assert summary.frames["probe"] == {"processed": 10}
    expected = [(100 * SECOND + index * STEP, f"{100 * SECOND + index * STEP} {10 * index}") for index in range(10)]
    assert echoes(tmp_path / "out") == expected
    assert summary.recorded == {"/echo": 10, "/probe/debug/frames": 10}


def test_real_time_accounts_for_every_frame(probe, bag, tmp_path):
    probe({"delay_s": 0.12})
    summary = replay(bag, options(output=tmp_path / "out"))
    frames = summary.frames["probe"]
    assert frames["processed"] + frames["dropped"] == 10
    assert frames["dropped"] > 0
    assert len(echoes(tmp_path / "out")) == frames["processed"]


def test_the_clock_and_the_stamps_are_the_bag_s(probe, bag, ros_domain, monkeypatch):
    monkeypatch.setattr("physperception.ros.replay.SETTLE_S", 2.0)  # replay can't know of this listener
    client = Client()
    clocks, images = [], []
    client.node.create_subscription(Clock, "/clock", clocks.append, qos_profile("reliable", 100))
    client.node.create_subscription(Image, "/image", images.append, qos_profile("reliable", 100))
    probe()
    try:
        replay(bag, options(deterministic=True))
        client.spin(0.5)
    finally:
        client.close()
    expected = [100 * SECOND + index * STEP for index in range(10)]
    assert [time_to_ns(message.clock) for message in clocks] == expected
    assert [time_to_ns(message.header.stamp) for message in images] == expected


@pytest.mark.parametrize(("rate", "least_s", "most_s"), [(0.5, 0.85, 30.0), (100.0, 0.0, 0.4)])
def test_rate_sets_the_pace(probe, bag, rate, least_s, most_s):
    """Nine steps of 50 ms: 0.9 s at half speed; at 100 times the speed they are not waited for."""
    probe()
    moments = []
    replay(bag, options(rate=rate), lambda count: moments.append(time.monotonic()))
    assert len(moments) == 10
    assert least_s <= moments[-1] - moments[0] <= most_s


def test_part_of_a_bag(probe, bag, tmp_path):
    probe()
    played = options(
        output=tmp_path / "out",
        deterministic=True,
        start_s=0.1,
        duration_s=0.2,
        topics=("/image",),
    )
    summary = replay(bag, played)
    assert summary.published == {"/image": 4}
    assert [stamp for stamp, _ in echoes(tmp_path / "out")] == [100 * SECOND + index * STEP for index in range(2, 6)]


def test_topics_are_remapped(bag, ros_domain):
    client = Client()
    images = []
    client.node.create_subscription(Image, "/elsewhere", images.append, qos_profile("reliable", 100))
    try:
        heard = threading.Thread(target=client.wait, args=(lambda: len(images) == 10,))
        heard.start()
        assert replay(bag, options(nodes=(), remap={"/image": "/elsewhere"}, record_topics=())).published == {
            "/image": 10
        }
        heard.join()
        assert len(images) == 10
    finally:
        client.close()


def test_rejected_frames_do_not_stop_the_replay(probe, tmp_path):
    with BagWriter(tmp_path / "in") as writer:
        writer.add_topic("/image", "sensor_msgs/msg/Image")
        good = encode_image(np.zeros((4, 4, 3), np.uint8), "rgb8", header(SECOND))
        broken = Image(header=header(2 * SECOND), encoding="rgb8", height=4, width=4, step=12)
        for second, data in enumerate((serialize_message(good), serialize_message(broken), serialize_message(good))):
            writer.write("/image", second * SECOND, data)
    probe()
    summary = replay(tmp_path / "in", options(deterministic=True))
    assert summary.frames["probe"] == {"processed": 2, "rejected": 1}


def test_garbage_instead_of_a_message_is_survived(probe, tmp_path):
    with BagWriter(tmp_path / "in") as writer:
        writer.add_topic("/image", "sensor_msgs/msg/Image")
        good = serialize_message(encode_image(np.zeros((4, 4, 3), np.uint8), "rgb8", header(SECOND)))
        for second, data in enumerate((good, b"\x00\x01\x00\x00\xff\xff\xff\xff", good)):
            writer.write("/image", second * SECOND, data)
    probe()
    summary = replay(tmp_path / "in", options())
    assert summary.frames["probe"]["processed"] >= 1


def test_unknown_types_are_skipped_and_said(probe, bag, monkeypatch):
    probe()
    with BagReader(bag) as reader:
        topics = [*reader.topics, type(reader.topics[0])("/odd", "nobody_msgs/msg/Nothing", 3, False)]
    monkeypatch.setattr(BagReader, "topics", property(lambda self: topics, lambda self, value: None), raising=False)
    summary = replay(bag, options(deterministic=True))
    assert summary.skipped == {"/odd": "the message type nobody_msgs/msg/Nothing is not installed"}


def test_a_first_frame_lost_in_discovery_is_sent_again(probe, bag, monkeypatch):
    probe()
    sent = replay_module._Player._publish

    def publish(player, message):
        if not player._summary.published[message.topic]:
            player._summary.published[message.topic] += 1
        else:
            sent(player, message)

    monkeypatch.setattr(replay_module._Player, "_publish", publish)
    summary = replay(bag, options(deterministic=True, frame_timeout_s=1.5))
    assert summary.frames["probe"] == {"processed": 10}


def test_a_slow_node_ends_in_a_sentence(probe, bag):
    probe({"delay_s": 5.0})
    with pytest.raises(BagError, match=r"probe did not finish a frame within 0\.5 s"):
        replay(bag, options(deterministic=True, frame_timeout_s=0.5))


def test_without_nodes_it_says_so(bag, ros_domain, monkeypatch):
    monkeypatch.setattr(replay_module, "DISCOVERY_S", 0.5)
    with pytest.raises(BagError, match="no node publishes /echo"):
        replay(bag, options())


def test_a_bag_without_images_says_so(tmp_path, ros_domain):
    with BagWriter(tmp_path / "in") as writer:
        writer.add_topic("/words", "std_msgs/msg/String")
        writer.write("/words", SECOND, serialize_message(String(data="hello")))
    with pytest.raises(BagError, match="holds no images to play; its topics are /words"):
        replay(tmp_path / "in", options())


@pytest.mark.parametrize(
    "changes", [{"rate": 0.0}, {"rate": -1.0}, {"start_s": -1.0}, {"duration_s": 0.0}, {"frame_timeout_s": 0.0}]
)
def test_absurd_options_are_refused(changes):
    with pytest.raises(ConfigError):
        options(**changes)


def test_two_deterministic_replays_are_the_same_byte_for_byte(tmp_path, ros_domain):
    with FrameRecorder(tmp_path / "in", "image") as recorder:
        for index, name in enumerate(("coffee", "coffee", "astronaut")):
            recorder.write(np.ascontiguousarray(photograph(name)[::3, ::3]), SECOND + index * STEP)
    contents = []
    for number in range(2):
        out = tmp_path / f"out{number}"
        with Container(["detector"], use_sim_time=True, parameters={"detector": {"input.qos": "reliable"}}):
            replay(tmp_path / "in", ReplayOptions(output=out, deterministic=True))
        with BagReader(out) as reader:
            contents.append([(m.time_ns, m.data) for m in reader.messages({"/objects"})])
    assert len(contents[0]) == 3
    assert contents[0] == contents[1]


def test_a_loop_goes_on_until_interrupted_and_leaves_a_whole_bag(tmp_path, ros_domain):
    with FrameRecorder(tmp_path / "in", "image") as recorder:
        for index in range(3):
            recorder.write(np.full((48, 64, 3), 90, np.uint8), SECOND + index * STEP)
    command = [sys.executable, "-m", "physperception", "replay", str(tmp_path / "in"), "--loop", "--rate", "0.5"]
    process = subprocess.Popen([*command, "--output", str(tmp_path / "out")], stderr=subprocess.PIPE)
    client = Client()
    stamps = []
    client.node.create_subscription(
        Image, "/image", lambda message: stamps.append(time_to_ns(message.header.stamp)), qos_profile("reliable", 10)
    )
    try:
        assert client.wait(lambda: len(stamps) >= 12, 60)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    finally:
        process.kill()
        client.close()
    assert b"Traceback" not in err
    assert any(later < earlier for earlier, later in itertools.pairwise(stamps))
    with BagReader(tmp_path / "out") as reader:
        assert len(list(reader.messages({"/objects"}))) >= 2
