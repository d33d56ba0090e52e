"""Bags of both storages, whole and broken."""

import shutil

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from physperception_msgs.msg import PerceivedObject, PerceivedObjectArray
from rclpy.serialization import deserialize_message, serialize_message
from rosbags.rosbag2 import Writer
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from physperception.errors import BagError
from physperception.ros.bags import BagReader, BagWriter
from physperception.ros.conversions.images import decode_image
from physperception.ros.recording import FrameRecorder
from tests.ros.probe import header

SECOND = 10**9
KINDS = {"/image": Image, "/image/compressed": CompressedImage, "/camera_info": CameraInfo}


def record(path, storage="mcap", compression="none", compressed=False, frames=5):
    with FrameRecorder(path, "image", "eye", compressed, 60.0, storage, compression) as recorder:
        for index in range(frames):
            recorder.write(np.full((12, 16, 3), 40 * index, np.uint8), SECOND * (index + 1))
    return path


@pytest.mark.parametrize("storage", ["mcap", "sqlite3"])
@pytest.mark.parametrize("compression", ["none", "file", "message"])
@pytest.mark.parametrize("compressed", [False, True], ids=["raw", "jpeg"])
def test_what_is_recorded_is_read_back(tmp_path, storage, compression, compressed):
    bag = record(tmp_path / "bag", storage, compression, compressed)
    topic = "/image/compressed" if compressed else "/image"
    with BagReader(bag) as reader:
        assert {item.name: item.count for item in reader.topics} == {topic: 5, "/camera_info": 5}
        messages = list(reader.messages({topic, "/camera_info"}))
    assert [message.time_ns for message in messages] == sorted(message.time_ns for message in messages)
    images = [deserialize_message(m.data, KINDS[topic]) for m in messages if m.topic == topic]
    assert [image.header.stamp.sec for image in images] == [1, 2, 3, 4, 5]
    assert all(image.header.frame_id == "eye" for image in images)
    brightness = [decode_image(image).mean() for image in images]
    assert brightness == pytest.approx([0, 40, 80, 120, 160], abs=2)
    info = deserialize_message(next(m.data for m in messages if m.topic == "/camera_info"), CameraInfo)
    assert info.k[0] == pytest.approx(8 / np.tan(np.radians(30)))


@pytest.mark.parametrize(("storage", "pattern"), [("mcap", "*.mcap"), ("sqlite3", "*.db3")])
def test_a_bare_file_is_a_bag_too(tmp_path, storage, pattern):
    (file,) = record(tmp_path / "bag", storage).glob(pattern)
    bare = tmp_path / f"bare{file.suffix}"
    shutil.copy(file, bare)
    with BagReader(bare) as reader:
        assert len(list(reader.messages({"/image"}))) == 5


def test_part_of_a_bag(tmp_path):
    with BagReader(record(tmp_path / "bag")) as reader:
        seconds = [message.time_ns // SECOND for message in reader.messages({"/image"}, start_s=1.0, duration_s=2.0)]
    assert seconds == [2, 3]


def test_own_messages_are_recorded(tmp_path):
    sent = PerceivedObjectArray(header=header(SECOND), objects=[PerceivedObject(id="cup-1", class_id="cup")])
    with BagWriter(tmp_path / "bag") as writer:
        writer.add_topic("/objects", "physperception_msgs/msg/PerceivedObjectArray")
        writer.write("/objects", SECOND, serialize_message(sent))
    with BagReader(tmp_path / "bag") as reader:
        (message,) = reader.messages({"/objects"})
    heard = deserialize_message(message.data, PerceivedObjectArray)
    assert (heard.objects[0].id, heard.header.stamp.sec) == ("cup-1", 1)


def test_no_bag_is_overwritten(tmp_path):
    record(tmp_path / "bag")
    with pytest.raises(BagError, match="exists already"):
        BagWriter(tmp_path / "bag")


def test_unknown_types_cannot_be_recorded(tmp_path):
    with BagWriter(tmp_path / "bag") as writer, pytest.raises(BagError, match="not known"):
        writer.add_topic("/x", "nobody_msgs/msg/Nothing")


def read_all(path):
    with BagReader(path) as reader:
        return list(reader.messages({topic.name for topic in reader.topics}))


def test_what_is_no_bag_is_told(tmp_path):
    with pytest.raises(BagError, match="does not exist"):
        read_all(tmp_path / "gone")
    with pytest.raises(BagError, match="no metadata"):
        read_all(tmp_path)
    (tmp_path / "text.mcap").write_text("not a bag")
    with pytest.raises(BagError, match="cannot be read"):
        read_all(tmp_path / "text.mcap")
    (tmp_path / "text.txt").write_text("not a bag")
    with pytest.raises(BagError, match="cannot be read"):
        read_all(tmp_path / "text.txt")


def test_an_empty_bag_is_told(tmp_path):
    with Writer(tmp_path / "bag", version=9):
        pass
    with pytest.raises(BagError, match="no messages"):
        read_all(tmp_path / "bag")


KEY = "rosbag2_bagfile_information"


@pytest.mark.parametrize("text", ["", "[]", f"{KEY}: {{}}", "{broken", f"{KEY}: 3"])
def test_broken_metadata_is_told(tmp_path, text):
    bag = record(tmp_path / "bag")
    (bag / "metadata.yaml").write_text(text)
    with pytest.raises(BagError, match="cannot be read"):
        read_all(bag)


@pytest.mark.parametrize("storage", ["mcap", "sqlite3"])
@pytest.mark.parametrize("compression", ["none", "file", "message"])
def test_a_truncated_bag_ends_in_a_sentence(tmp_path, storage, compression):
    bag = record(tmp_path / "bag", storage, compression)
    (file,) = (path for path in bag.iterdir() if path.name != "metadata.yaml")
    whole = file.read_bytes()
    failures = 0
    for part in range(12):
        file.write_bytes(whole[: len(whole) * part // 12])
        failures += fails_in_one_sentence(bag)
    assert failures > 0


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(storage=st.sampled_from(["mcap", "sqlite3"]), place=st.floats(0, 1), value=st.integers(0, 255))
def test_a_flipped_byte_ends_in_a_sentence_or_is_not_seen(tmp_path_factory, storage, place, value):
    bag = record(tmp_path_factory.mktemp("flip") / "bag", storage, frames=2)
    (file,) = (path for path in bag.iterdir() if path.name != "metadata.yaml")
    data = bytearray(file.read_bytes())
    data[int(place * (len(data) - 1))] = value
    file.write_bytes(data)
    fails_in_one_sentence(bag)


def fails_in_one_sentence(path):
    """Whether the bag is refused; any other exception, or more than one line, fails the test."""
    try:
        read_all(path)
    except BagError as error:
        return pytest.fail(f"more than a sentence: {error}") if "\n" in str(error) else True
    return False
