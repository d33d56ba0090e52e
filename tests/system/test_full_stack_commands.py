"""The full stack in one process, driven from a bag with commands in it: something bounces, then a table is seen. Every
output topic is looked at."""

from pathlib import Path

import numpy as np
import pytest
from physperception_msgs.msg import GroundingResult
from PIL import Image as PillowImage
from rclpy.serialization import serialize_message
from std_msgs.msg import String

from physperception.config import load
from physperception.datasets.media import frames_of_video
from physperception.grounding import GroundingConfig, create
from physperception.ros.bags import BagWriter
from physperception.ros.container import NODES, Container
from physperception.ros.conversions.grounding import grounding_from_result
from physperception.ros.conversions.images import decode_image, encode_image
from physperception.ros.conversions.scene import graph_from_message, property_from_message, scene_from_message
from physperception.ros.recorded import read_messages
from physperception.ros.replay import ReplayOptions, replay
from physperception.ros.synchronizer import stamp_ns
from physperception.scene import GroundingStatus, MaskKind
from tests.ros.probe import header

DATA = Path(__file__).resolve().parents[1] / "data"
SECOND = 10**9
SIZE = (320, 240)
EVERY_IMAGE = {"/objects", "/objects/labels", "/objects_amodal", "/occlusions", "/overlay", "/overlay/compressed"}
AT_TIMES = {"/properties", "/properties/latest", "/grounding/result"}
WHERE_INSTALLED = {"/objects/detections"}
NOT_ABOUT_IMAGES = ("/debug/", "/_action/", "/transition_event", "/rosout", "/parameter_events", "/diagnostics")
PARAMETERS = {
    "properties": {"properties": ["RESTITUTION"], "use_objects": False, "settle_s": 0.3},
    "grounding": {"always_watch": True, "wait_s": 20.0, "objects_wait_s": 20.0},
}
COMMANDS_ON_THE_TABLE = (
    "the leftmost thing",
    "the largest thing on the right, even its hidden part",
    "the elephant",
    "",
    "the red cup " * 800,
    "\U0001f600 please",
    "the rightmost thing",
)


def images():
    """(stamp in nanoseconds, uint8 RGB [240, 320, 3]): a clip of something bouncing, a pause, a table with things."""
    start = 100 * SECOND
    shown = [
        (start + frame.time_ns, frame.image) for frame in frames_of_video(DATA / "videos_sample/restitution/000001.mp4")
    ]
    still = PillowImage.open(DATA / "scenes_sample/images/000002.jpg").convert("RGB").resize(SIZE)
    table = start + 5 * SECOND
    return shown + [(table + number * SECOND // 10, np.asarray(still)) for number in range(4)]


@pytest.fixture(scope="module")
def filmed(tmp_path_factory):
    """A bag, the images in it by stamp, and its commands with the stamp of the image each is about."""
    bag = tmp_path_factory.mktemp("filmed") / "bag"
    film = images()
    spoken = [(film[len(film) // 2][0], "what bounces")]
    spoken += [
        (film[-3][0] if number < 3 else film[-1][0], words) for number, words in enumerate(COMMANDS_ON_THE_TABLE)
    ]
    messages = [("/image", stamp, encode_image(image, "rgb8", header(stamp))) for stamp, image in film]
    messages += [
        ("/grounding/command", stamp + 1_000_000 * (number + 1), String(data=words))
        for number, (stamp, words) in enumerate(spoken)
    ]
    with BagWriterOf(bag) as writer:
        for topic, time_ns, message in sorted(messages, key=lambda item: item[1]):
            writer.write(topic, time_ns, serialize_message(message))
    return bag, dict(film), spoken


class BagWriterOf(BagWriter):
    """A writer with the topics of this test."""

    def __init__(self, path):
        super().__init__(path)
        self.add_topic("/image", "sensor_msgs/msg/Image")
        self.add_topic("/grounding/command", "std_msgs/msg/String")


def outputs_of(stack):
    """Every topic of every node that is about images, as the graph knows them."""
    found = set()
    for name in NODES:
        topics = stack.nodes[name].get_publisher_names_and_types_by_node(name, "/")
        found |= {topic for topic, _ in topics if not any(part in topic for part in NOT_ABOUT_IMAGES)}
    return found


@pytest.fixture
def heard(ros_domain, filmed, tmp_path):
    """Messages by topic that the stack gave back for the bag, every frame processed."""
    bag, film, _ = filmed
    parameters = {name: {"input.qos": "reliable"} | PARAMETERS.get(name, {}) for name in NODES}
    with Container(list(NODES), use_sim_time=True, parameters=parameters, autostart=True) as stack:
        topics = outputs_of(stack)
        options = ReplayOptions(
            nodes=tuple(NODES),
            output=tmp_path / "out",
            record_topics=tuple(sorted(topics)),
            deterministic=True,
            frame_timeout_s=180.0,
        )
        summary = replay(bag, options)
    assert topics - WHERE_INSTALLED == EVERY_IMAGE | AT_TIMES
    assert all(outcomes == {"processed": len(film)} for outcomes in summary.frames.values()), summary.frames
    messages = {topic: [] for topic in topics}
    for topic, message in read_messages(tmp_path / "out", topics):
        messages[topic].append(message)
    return messages


def test_every_topic_answers_a_bag_with_commands_in_it(filmed, heard):
    _, film, spoken = filmed
    for topic in EVERY_IMAGE:
        assert [stamp_ns(message.header) for message in heard[topic]] == list(film), topic
        assert {message.header.frame_id for message in heard[topic]} == {"camera"}, topic
    check_objects(film, heard)
    check_overlays(film, heard)
    check_properties(film, heard)
    check_answers(film, spoken, heard)


def check_objects(film, heard):
    found = [scene_from_message(message) for message in heard["/objects"]]
    whole = {scene.stamp_ns: scene for scene in map(scene_from_message, heard["/objects_amodal"])}
    assert sum(len(scene.instances) for scene in found) > 0
    for scene, labels, graph in zip(found, heard["/objects/labels"], heard["/occlusions"], strict=True):
        drawn = np.frombuffer(labels.data, np.uint16).reshape(labels.height, labels.width)
        assert np.array_equal(drawn, scene.label_image())
        completed = whole[scene.stamp_ns]
        assert {item.id for item in scene.instances} <= {item.id for item in completed.instances}
        assert all(item.amodal_mask.contains(item.visible_mask) for item in completed.instances)
        assert set(graph_from_message(graph).ids) <= {item.id for item in completed.instances}


def check_overlays(film, heard):
    for raw, compressed in zip(heard["/overlay"], heard["/overlay/compressed"], strict=True):
        picture, packed = decode_image(raw).astype(int), decode_image(compressed).astype(int)
        assert picture.shape == packed.shape == (SIZE[1], SIZE[0], 3)
        assert np.abs(picture - packed).mean() < 10
    changed = [np.abs(decode_image(raw).astype(int) - film[stamp_ns(raw.header)]).max() for raw in heard["/overlay"]]
    drawn = [len(message.objects) > 0 for message in heard["/objects"]]
    assert [change > 0 for change in changed] == drawn


def check_properties(film, heard):
    assert heard["/properties"]
    for message in heard["/properties"]:
        estimate = property_from_message(message)
        assert {estimate.first_stamp_ns, estimate.last_stamp_ns} <= {0, *film}
        assert stamp_ns(message.header) in film
    latest = heard["/properties/latest"][-1]
    known = {(item.object_id, item.property) for item in heard["/properties"]}
    assert {(item.object_id, item.property) for item in latest.estimates} <= known


def check_answers(film, spoken, heard):
    answers = heard["/grounding/result"]
    assert [answer.command for answer in answers] == [words for _, words in spoken]
    scenes = {stamp_ns(message.header): scene_from_message(message) for message in heard["/objects_amodal"]}
    grounder = create(load(GroundingConfig, "grounding"))
    for (stamp, words), message in zip(spoken, answers, strict=True):
        answer = grounding_from_result(message, words)
        if not words:
            assert (answer.status, answer.reason) == (GroundingStatus.REFUSED, "the command has no words")
            continue
        assert stamp_ns(message.header) == stamp, words[:40]
        offline = grounder.ground(film[stamp], scenes[stamp], words)
        assert (answer.status, answer.mask_kind, answer.reason) == (offline.status, offline.mask_kind, offline.reason)
        assert [item.instance_id for item in answer.objects] == [item.instance_id for item in offline.objects]
        assert [item.mask for item in answer.objects] == [item.mask for item in offline.objects]
    by_words = {message.command: message for message in answers}
    assert by_words["the leftmost thing"].status == GroundingResult.FOUND
    assert by_words["the elephant"].status == GroundingResult.NOT_THERE
    wanted = by_words["the largest thing on the right, even its hidden part"]
    assert grounding_from_result(wanted, "").mask_kind is MaskKind.AMODAL
    places = [
        by_words[words].objects[0].visible_box.center_x for words in ("the leftmost thing", "the rightmost thing")
    ]
    assert places[0] < places[1]
