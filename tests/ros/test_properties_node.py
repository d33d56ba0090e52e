"""The properties node over real DDS: a bouncing ball with trembling stamps and lost images in, its restitution out."""

import numpy as np
import pytest
from physperception_msgs.msg import FrameReport, PerceivedObjectArray, PropertyEstimateArray
from physperception_msgs.msg import PropertyEstimate as PropertyEstimateMessage
from physperception_msgs.srv import GetProperties
from sensor_msgs.msg import CameraInfo

from physperception.errors import PhysperceptionError
from physperception.physics.clips import estimate_clip
from physperception.physics.observations import View
from physperception.ros.container import Container
from physperception.ros.conversions.images import encode_image
from physperception.ros.conversions.scene import property_from_message, scene_to_message
from physperception.ros.qos import qos_profile
from physperception.ros.recording import camera_info
from physperception.ros.synchronizer import stamp_ns
from physperception.scene import EstimateStatus, Instance, Mask, Property, Scene
from tests.ros.probe import Client, header
from tests.unit.clips_of_motion import HEIGHT, WIDTH, ball_clip
from tests.unit.test_physics_estimator import CLEAR_BOUNCES, RATE_HZ, RESTITUTION, START_NS, ball

PARAMETERS = {"cpu_threads": 1, "properties": ["RESTITUTION"], "settle_s": 0.3, "counterpart": "table"}


class Planner(Client):
    """Plays camera and detector, listens to the node, and asks it."""

    def __init__(self):
        super().__init__()
        self.events, self.latest = [], []
        self.objects = self.node.create_publisher(PerceivedObjectArray, "objects", qos_profile("reliable", 10))
        self.infos = self.node.create_publisher(CameraInfo, "camera_info", qos_profile("reliable", 1))
        self.client = self.node.create_client(GetProperties, "get_properties")
        reports = qos_profile("reliable", 1000)
        self.node.create_subscription(FrameReport, "properties/debug/frames", self.reports.append, reports)

    def listen(self):
        self.node.create_subscription(
            PropertyEstimateMessage, "properties", self.events.append, qos_profile("reliable", 100)
        )

    def listen_to_latest(self):
        profile = qos_profile("latched", 10)
        self.node.create_subscription(PropertyEstimateArray, "properties/latest", self.latest.append, profile)

    def ask(self, **request):
        return self.call(self.client, GetProperties.Request(**request))

    def show(self, image, stamp, message=None):
        """An image, with its objects where they are given; waits for the report on it."""
        count = len(self.reports)
        self.images.publish(encode_image(image, "rgb8", header(stamp)))
        if message is not None:
            self.objects.publish(message)
        assert self.wait(lambda: len(self.reports) > count)


@pytest.fixture
def planner(ros_domain):
    made = Planner()
    yield made
    made.close()


@pytest.fixture
def properties(ros_domain):
    """Starts a properties node that runs until the end of the test."""
    running = []

    def start(**parameters):
        made = Container(["properties"], parameters={"properties": PARAMETERS | parameters})
        made.start()
        running.append(made)
        return made.nodes["properties"]

    yield start
    for made in running:
        made.stop()


def objects(mask, stamp):
    whole = Mask.from_full(mask)
    item = Instance(id="cup-7", class_id="cup", score=0.9, visible_box=whole.extent, visible_mask=whole)
    return scene_to_message(
        Scene(width=WIDTH, height=HEIGHT, instances=(item,), model="played", stamp_ns=stamp, frame_id="camera")
    )


@pytest.fixture(scope="module")
def stream():
    """Images, masks and stamps of a ball that bounces and lies still, at irregular times, one image in ten lost."""
    random = np.random.default_rng(1)
    times = np.arange(190) + random.uniform(-0.25, 0.25, 190)
    frames, masks = ball_clip(ball(times), radius=7)
    stamps = START_NS + np.round(times / RATE_HZ * 1e9).astype(np.int64)
    return [(frames[i], masks[i], int(stamps[i])) for i in np.flatnonzero(random.random(190) > 0.1)]


def test_a_live_bounce_arrives_as_it_is_offline_under_id_stamp_and_frame(properties, planner, stream):
    node = properties()
    planner.listen()
    assert planner.wait(lambda: planner.objects.get_subscription_count() > 0)
    assert planner.wait_matched()
    missed = [stamp for _, _, stamp in stream[7::20]]
    for image, mask, stamp in stream:
        if stamp in missed:
            planner.images.publish(encode_image(image, "rgb8", header(stamp)))
        else:
            planner.show(image, stamp, objects(mask, stamp))
    assert planner.wait(lambda: planner.events)
    planner.spin(0.3)
    processed = [stamp_ns(report.header) for report in planner.reports if report.outcome == FrameReport.PROCESSED]
    assert processed == [stamp for _, _, stamp in stream if stamp not in missed]
    message = planner.events[-1]
    found = property_from_message(message)
    clear = [item for item in stream if item[2] < START_NS + CLEAR_BOUNCES / RATE_HZ * 1e9]
    images, masks, stamps = zip(*clear)
    times = [(stamp - stamps[0]) / 1e9 for stamp in stamps]
    (offline,) = estimate_clip(images, times, Property.RESTITUTION, View(), masks)
    assert found.status is offline.estimate.status is EstimateStatus.VALID
    assert found.lower <= RESTITUTION <= found.upper
    assert found.lower <= offline.estimate.value <= found.upper
    assert offline.estimate.lower <= found.value <= offline.estimate.upper
    assert {event.object_id for event in planner.events} == {"cup-7"}
    assert (found.object_id, found.counterpart, message.header.frame_id) == ("cup-7", "table", "camera")
    assert stamp_ns(message.header) == found.last_stamp_ns
    assert {found.first_stamp_ns, found.last_stamp_ns} <= set(processed)
    assert node.facts()["scene"] == "at rest"

    planner.listen_to_latest()
    assert planner.wait(lambda: planner.latest)
    (array,) = planner.latest
    assert [property_from_message(item) for item in array.estimates] == [found]
    assert (stamp_ns(array.header), array.header.frame_id) == (found.last_stamp_ns, "camera")

    answer = planner.ask(object_id="cup-7", properties=[PropertyEstimateMessage.RESTITUTION])
    assert answer.success
    assert [property_from_message(item) for item in answer.estimates] == [found]
    other = planner.ask(object_id="cup-7", properties=[PropertyEstimateMessage.VISCOSITY])
    assert (other.success, other.estimates) == (False, [])
    assert planner.ask(object_id="cup-8").message == "nothing is known: the object was not seen to move"

    image, mask, stamp = stream[0]
    planner.show(image, stamp - 10**10, objects(mask, stamp - 10**10))
    assert not planner.ask().success
    assert node.statistics.resets == 1


def test_a_still_scene_without_objects_does_nothing_and_bad_images_are_rejected(properties, planner, stream):
    node = properties(use_objects=False)
    planner.listen()
    assert planner.wait_matched()
    assert planner.objects.get_subscription_count() == 0
    planner.infos.publish(camera_info(WIDTH, HEIGHT, 60.0, header(START_NS)))
    image = stream[0][0]
    for index in range(30):
        planner.show(image, START_NS + index * 33_000_000)
    planner.show(image[:60], START_NS + 10**9)
    planner.show(image, START_NS + 10**9 + 1)
    outcomes = [report.outcome for report in planner.reports]
    assert outcomes == [FrameReport.PROCESSED] * 30 + [FrameReport.REJECTED, FrameReport.PROCESSED]
    assert "size changed" in planner.reports[-2].reason
    assert planner.events == []
    assert node.facts()["scene"] == "at rest"


def test_nobody_listening_nothing_subscribed_unless_it_always_watches(properties, planner):
    lazy = properties()
    planner.spin(0.3)
    assert not lazy.working
    assert "nobody listens" in planner.ask().message


def test_always_watching(properties, planner):
    assert properties(always_watch=True).working
    assert planner.wait_matched()


def test_what_is_not_there_fails_configure_with_the_reason(ros_domain, capfd):
    for parameters, words in (
        ({"readout.weights": "/nowhere"}, "no read-out at /nowhere"),
        ({"properties": ["HARDNESS"]}, "HARDNESS"),
        ({"plane.distance_m": 1.0}, "plane needs both"),
    ):
        with pytest.raises(PhysperceptionError, match="properties could not be started"):
            Container(["properties"], parameters={"properties": parameters}).start()
        assert words in capfd.readouterr().err
