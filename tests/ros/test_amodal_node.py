"""The amodal node over real DDS: objects and their image in, the same objects whole out, whatever else comes."""

import threading

import cv2
import numpy as np
import pytest
from lifecycle_msgs.msg import State
from physperception_msgs.msg import FrameReport, Relation
from rcl_interfaces.msg import Parameter, ParameterValue
from rcl_interfaces.srv import SetParameters
from sensor_msgs.msg import CameraInfo, Image

from physperception.datasets.photographs import photograph
from physperception.errors import PhysperceptionError
from physperception.ros.container import Container
from physperception.ros.conversions.images import encode_depth, encode_image
from physperception.ros.conversions.scene import scene_from_message
from physperception.ros.qos import qos_profile
from physperception.ros.recording import camera_info
from physperception.ros.synchronizer import stamp_ns
from tests.ros.amodal_viewer import HEIGHT, WIDTH, Viewer, board_before_disc, objects, scene
from tests.ros.probe import header

SECOND = 10**9


@pytest.fixture
def viewer(ros_domain):
    made = Viewer()
    yield made
    made.close()


@pytest.fixture
def amodal(ros_domain):
    """Starts an amodal node that runs until the end of the test; takes parameters and a container's options."""
    running = []

    def start(parameters=None, **options):
        made = Container(["amodal"], parameters={"amodal": {"cpu_threads": 1} | (parameters or {})}, **options)
        made.start()
        running.append(made)
        return made.nodes["amodal"]

    yield start
    for made in running:
        made.stop()


def test_objects_come_back_whole_under_the_stamp_of_their_image(amodal, viewer):
    node = amodal()
    viewer.listen()
    viewer.listen_to_occlusions()
    assert viewer.wait_matched()
    viewer.show(objects(7 * SECOND + 1))
    assert viewer.wait(lambda: viewer.found and viewer.occlusions)
    (message,), (relations,) = viewer.found, viewer.occlusions
    assert stamp_ns(message.header) == stamp_ns(relations.header) == 7 * SECOND + 1
    assert message.header.frame_id == relations.header.frame_id == "camera"
    assert message.model == relations.model
    assert message.model.startswith("played+")
    before, after = scene(7 * SECOND + 1), scene_from_message(message)
    for given, found in zip(before.instances, after.instances, strict=True):
        assert (given.id, given.visible_mask, given.visible_box) == (found.id, found.visible_mask, found.visible_box)
        assert found.amodal_mask.contains(given.visible_mask)
        assert 0 <= found.amodal_score <= 1
        assert found.amodal_age_s == 0
    assert after.instance("disc").occluder_ids == ("board",)
    assert after.instance("disc").occlusion > 0
    assert after.instance("board").occludee_ids == ("disc",)
    (relation,) = relations.relations
    assert (relation.subject_id, relation.predicate, relation.object_id) == ("disc", Relation.OCCLUDED_BY, "board")
    assert 0.5 <= relation.confidence <= 1
    assert viewer.answered(1)
    assert viewer.outcomes() == [FrameReport.PROCESSED]
    assert node.facts()["model"] in message.model


def test_objects_may_come_before_their_image_and_images_without_objects_wait(amodal, viewer):
    node = amodal()
    viewer.listen()
    assert viewer.wait_matched()
    image, _ = board_before_disc()
    for index in range(3):
        viewer.images.publish(encode_image(image, "rgb8", header(SECOND + index)))
        viewer.spin(0.05)
    assert node.statistics.received == 0
    viewer.objects.publish(objects(SECOND + 1))
    assert viewer.wait(lambda: len(viewer.found) == 1)
    viewer.objects.publish(objects(2 * SECOND))
    viewer.spin(0.2)
    viewer.images.publish(encode_image(image, "rgb8", header(2 * SECOND)))
    assert viewer.wait(lambda: len(viewer.found) == 2)
    assert [stamp_ns(message.header) for message in viewer.found] == [SECOND + 1, 2 * SECOND]


def test_a_frame_without_objects_is_answered_too(amodal, viewer):
    amodal()
    viewer.listen()
    viewer.listen_to_occlusions()
    assert viewer.wait_matched()
    viewer.show(objects(SECOND, ()))
    assert viewer.wait(lambda: viewer.found and viewer.occlusions)
    assert (viewer.found[0].objects, viewer.occlusions[0].relations) == ([], [])
    assert (viewer.found[0].image_width, viewer.found[0].image_height) == (WIDTH, HEIGHT)


def no_visible_mask(message):
    message.objects[0].masks = []


def twice_the_same_id(message):
    message.objects[1].id = message.objects[0].id


def colour_mask(message):
    message.objects[0].masks[0].pixels.encoding = "rgb8"


def cut_mask(message):
    pixels = message.objects[0].masks[0].pixels
    pixels.data = pixels.data[: len(pixels.data) // 2]


def ghost(message):
    message.objects[0].occluder_ids = ["ghost"]


def boundless(message):
    message.objects[0].visible_box.center_x = float("inf")


def no_size(message):
    message.image_width = 0


def other_size(message):
    message.image_width, message.image_height = 320, 240


FAULTS = {
    no_visible_mask: "no visible mask",
    twice_the_same_id: "two instances with one id",
    colour_mask: "must be mono8",
    cut_mask: "bytes of data",
    ghost: "unknown objects",
    boundless: "finite",
    no_size: "at least 1 x 1",
    other_size: "objects are from a 320 x 240 image but it is 160 x 120",
}


def test_broken_objects_are_rejected_with_a_sentence_and_good_ones_go_on(amodal, viewer):
    amodal()
    viewer.listen()
    assert viewer.wait_matched()
    for index, (spoil, words) in enumerate(FAULTS.items()):
        stamp = SECOND * (index + 1)
        message = objects(stamp)
        spoil(message)
        viewer.show(message)
        assert viewer.answered(2 * index + 1), spoil.__name__
        report = viewer.reports[-1]
        assert (report.outcome, stamp_ns(report.header)) == (FrameReport.REJECTED, stamp), spoil.__name__
        assert words in report.reason
        assert "\n" not in report.reason
        assert "internal error" not in report.reason
        viewer.show(objects(stamp + SECOND // 2))
        assert viewer.answered(2 * index + 2), spoil.__name__
        assert viewer.outcomes()[-1] == FrameReport.PROCESSED
    assert viewer.wait(lambda: len(viewer.found) == len(FAULTS))


def test_masks_outside_the_image_and_empty_ones_are_left_alone(amodal, viewer):
    amodal()
    viewer.listen()
    assert viewer.wait_matched()
    message = objects(SECOND)
    message.objects[0].masks[0].x = 2**31 - 1
    message.objects[1].masks[0].pixels = Image(header=message.header, encoding="mono8")
    viewer.show(message)
    assert viewer.wait(lambda: viewer.found)
    assert [item.has_amodal for item in viewer.found[0].objects] == [False, False]


def test_with_depth_the_nearer_one_hides_the_other(amodal, viewer):
    """Against all appearance the disc is in front."""
    depths = viewer.node.create_publisher(Image, "depth", qos_profile("reliable", 10))
    infos = viewer.node.create_publisher(CameraInfo, "camera_info", qos_profile("reliable", 10))
    amodal({"input.depth": "raw"})
    viewer.listen()
    viewer.listen_to_occlusions()
    assert viewer.wait_matched()
    assert viewer.wait(lambda: depths.get_subscription_count() and infos.get_subscription_count())
    viewer.spin(0.2)
    masks = board_before_disc()[1]
    depth = np.full((HEIGHT, WIDTH), 2.0, np.float32)
    depth[masks["board"].full(WIDTH, HEIGHT)] = 0.9
    depth[masks["disc"].full(WIDTH, HEIGHT)] = 0.6

    def send(stamp, values):
        infos.publish(camera_info(WIDTH, HEIGHT, 60.0, header(stamp)))
        depths.publish(encode_depth(values, "32FC1", header(stamp)))
        viewer.show(objects(stamp))

    send(SECOND, depth)
    assert viewer.wait(lambda: viewer.occlusions)
    pairs = [(item.subject_id, item.object_id, item.confidence) for item in viewer.occlusions[0].relations]
    assert pairs == [("board", "disc", 1.0)]
    send(2 * SECOND, depth[::2])
    assert viewer.answered(2)
    assert viewer.outcomes() == [FrameReport.PROCESSED, FrameReport.REJECTED]
    assert "depth is 160 x 60 but the image is 160 x 120" in viewer.reports[1].reason


def test_a_busy_node_takes_the_newest_and_counts_the_rest(amodal, viewer, monkeypatch):
    node = amodal()
    free, update = threading.Event(), node._scenes.update

    def slow(*arguments):
        free.wait(20)
        return update(*arguments)

    monkeypatch.setattr(node._scenes, "update", slow)
    viewer.listen()
    assert viewer.wait_matched()
    for index in range(8):
        viewer.show(objects(SECOND + index))
        assert viewer.wait(lambda index=index: node.statistics.received == index + 1)
    free.set()
    assert viewer.answered(8)
    assert viewer.wait(lambda: len(viewer.found) == 2)
    assert [stamp_ns(message.header) for message in viewer.found] == [SECOND, SECOND + 7]
    assert node.statistics.dropped == viewer.outcomes().count(FrameReport.DROPPED) == 6


def test_an_object_at_rest_keeps_its_mask_and_the_age_is_told(amodal, viewer):
    amodal({"max_age_s": 0.5})
    viewer.listen()
    assert viewer.wait_matched()
    for index, stamp in enumerate((0.0, 0.2, 0.4, 0.6)):
        viewer.show(objects(round((10 + stamp) * SECOND)))
        assert viewer.wait(lambda index=index: len(viewer.found) == index + 1)
    ages = [scene_from_message(message).instance("disc").amodal_age_s for message in viewer.found]
    assert ages == pytest.approx([0, 0.2, 0.4, 0], abs=1e-6)


def test_time_that_goes_back_forgets_what_was_known(amodal, viewer):
    node = amodal()
    viewer.listen()
    assert viewer.wait_matched()
    for index, stamp in enumerate((10.0, 10.1, 5.0)):
        viewer.show(objects(round(stamp * SECOND)))
        assert viewer.wait(lambda index=index: len(viewer.found) == index + 1)
    ages = [scene_from_message(message).instance("disc").amodal_age_s for message in viewer.found]
    assert ages == pytest.approx([0, 0.1, 0], abs=1e-6)
    assert node.statistics.resets == 1


def test_live_parameters_are_taken_over_and_others_refused(amodal, viewer):
    amodal()
    viewer.listen()
    assert viewer.wait_matched()
    service = viewer.node.create_client(SetParameters, "amodal/set_parameters")

    def change(name, **value):
        request = SetParameters.Request(parameters=[Parameter(name=name, value=ParameterValue(**value))])
        return viewer.call(service, request).results[0]

    assert change("max_objects", type=2, integer_value=1).successful
    assert not change("max_objects", type=2, integer_value=0).successful
    assert not change("seed", type=2, integer_value=1).successful
    viewer.show(objects(SECOND))
    assert viewer.wait(lambda: viewer.found)
    assert sorted(item.has_amodal for item in viewer.found[0].objects) == [False, True]


def test_nobody_listening_nothing_subscribed_and_cleanup_gives_the_model_back(amodal, viewer):
    node = amodal(autostart=False)
    for index in range(3):
        assert node.start()
        viewer.spin(0.3)
        assert viewer.objects.get_subscription_count() == viewer.images.get_subscription_count() == 0
        viewer.listen()
        assert viewer.wait_matched()
        viewer.show(objects(SECOND + index))
        assert viewer.wait(lambda index=index: len(viewer.found) == index + 1)
        viewer.unlisten()
        assert viewer.wait(lambda: viewer.objects.get_subscription_count() == 0)
        node.trigger_deactivate()
        node.trigger_cleanup()
        assert node._completer is node._scenes is None
        assert node.facts() == {}
        assert node._state_machine.current_state[0] == State.PRIMARY_STATE_UNCONFIGURED


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"weights": "/nowhere/amodal.safetensors"}, "/nowhere/amodal.safetensors"),
        ({"model": "occamodal"}, "occamodal needs weights"),
    ],
)
def test_a_model_that_is_not_there_fails_configure_with_the_reason(ros_domain, capfd, parameters, words):
    with pytest.raises(PhysperceptionError, match="amodal could not be started"):
        Container(["amodal"], parameters={"amodal": parameters}).start()
    assert words in capfd.readouterr().err


def test_detector_and_amodal_in_one_process_share_the_camera(ros_domain, viewer):
    """A listener to whole objects is enough: it starts both, and every image is received once."""
    names = ["detector", "amodal"]
    with Container(names, parameters={name: {"cpu_threads": 1} for name in names}) as container:
        viewer.listen()
        assert viewer.wait(lambda: all(node.working for node in container.nodes.values()))
        assert viewer.wait_matched()
        assert viewer.images.get_subscription_count() == 1
        picture = cv2.resize(photograph("coffee")[:, :533], (320, 240))
        for index in range(2):
            viewer.images.publish(encode_image(picture, "rgb8", header((index + 1) * SECOND)))
            assert viewer.wait(lambda index=index: len(viewer.found) == index + 1, 60)
        assert [stamp_ns(message.header) for message in viewer.found] == [SECOND, 2 * SECOND]
        first, second = (scene_from_message(message) for message in viewer.found)
        assert first.instances
        assert [item.id for item in first.instances] == [item.id for item in second.instances]
        for instance in first.instances:
            assert instance.amodal_mask.contains(instance.visible_mask)
            assert instance.amodal_score >= 0


def test_the_overlay_draws_whole_objects_where_it_is_told_to(ros_domain, viewer):
    names = ["amodal", "overlay"]
    pictures = []
    parameters = {"amodal": {"cpu_threads": 1}, "overlay": {"source": "objects_amodal"}}
    with Container(names, parameters=parameters) as container:
        viewer.node.create_subscription(Image, "overlay", pictures.append, qos_profile("reliable", 10))
        assert viewer.wait(lambda: all(node.working for node in container.nodes.values()))
        assert viewer.wait_matched()
        viewer.show(objects(SECOND))
        assert viewer.wait(lambda: pictures)
    assert stamp_ns(pictures[0].header) == SECOND
    drawn = np.frombuffer(pictures[0].data, np.uint8).reshape(HEIGHT, WIDTH, 3)
    assert np.any(drawn != board_before_disc()[0])
