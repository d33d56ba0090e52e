"""The runtime of every node, with a node that has no model: real rclpy, real DDS between two contexts."""

import signal
import threading

import psutil
import pytest
from physperception_msgs.msg import FrameReport
from rclpy.executors import SingleThreadedExecutor
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import String
from std_srvs.srv import SetBool

from physperception.errors import PhysperceptionError
from physperception.ros import container
from physperception.ros.container import Container
from physperception.ros.qos import qos_profile
from tests.ros.probe import Client, depth_messages, header

SECOND = 10**9

pytestmark = pytest.mark.usefixtures("probe_settings")


def outcomes(client):
    return [report.outcome for report in client.reports]


def test_outputs_carry_the_stamp_of_their_image(probe, client):
    probe()
    client.listen()
    assert client.wait_matched()
    for index in range(5):
        client.send(SECOND * 100 + index, brightness=index)
        assert client.wait(lambda index=index: len(client.echoes) == index + 1)
    assert client.echoes == [f"{SECOND * 100 + index} {index}" for index in range(5)]
    assert client.wait(lambda: len(client.reports) == 5)
    assert outcomes(client) == [FrameReport.PROCESSED] * 5
    assert all(report.header.frame_id == "camera" and report.processing_ms > 0 for report in client.reports)


def test_no_listener_no_subscription_no_work(probe, client):
    node = probe()
    client.spin(0.5)
    assert client.images.get_subscription_count() == 0
    for _ in range(3):
        client.listen()
        assert client.wait_matched()
        sent = len(client.echoes)
        client.send(SECOND * (sent + 1))
        assert client.wait(lambda sent=sent: len(client.echoes) == sent + 1)
        client.unlisten()
        assert client.wait(lambda: client.images.get_subscription_count() == 0)
        assert not node.working
    assert node.statistics.received == 3


def test_a_busy_worker_takes_the_newest_and_counts_the_rest(probe, client):
    node = probe({"delay_s": 0.3})
    client.listen()
    assert client.wait_matched()
    for index in range(10):
        client.send(SECOND + index)
        client.spin(0.03)
    assert client.wait(lambda: len(client.reports) == 10)
    processed = [report for report in client.reports if report.outcome == FrameReport.PROCESSED]
    assert client.wait(lambda: len(client.echoes) == len(processed))
    assert client.echoes[-1].startswith(str(SECOND + 9))
    assert node.statistics.dropped == 10 - len(processed) >= 5
    assert max(report.queue_ms for report in processed) < 1000


@pytest.mark.parametrize("fault", ["empty", "truncated", "encoding", "absurd", "step"])
def test_bad_images_are_reported_and_the_next_good_one_is_processed(probe, client, fault):
    node = probe()
    client.listen()
    assert client.wait_matched()
    message = Image(header=header(SECOND), height=4, width=4, encoding="rgb8", step=12, data=bytes(48))
    if fault == "empty":
        message = Image(header=header(SECOND))
    elif fault == "truncated":
        message.data = bytes(20)
    elif fault == "encoding":
        message.encoding = "rgb9"
    elif fault == "absurd":
        message.height, message.width, message.step = 2**31, 2**31, 2**31
    else:
        message.step = 3
    client.images.publish(message)
    assert client.wait(lambda: len(client.reports) == 1)
    assert client.reports[0].outcome == FrameReport.REJECTED
    assert client.reports[0].reason
    client.send(2 * SECOND)
    assert client.wait(lambda: len(client.echoes) == 1)
    assert (node.statistics.rejected, node.statistics.processed) == (1, 1)
    assert client.wait(lambda: any("rejected" in status.message for status in client.statuses))


def test_an_unforeseen_error_costs_one_frame_only(probe, client):
    probe()
    client.listen()
    assert client.wait_matched()
    client.send(SECOND, brightness=13)
    assert client.wait(lambda: len(client.reports) == 1)
    assert client.reports[0].outcome == FrameReport.REJECTED
    assert "RuntimeError: unlucky" in client.reports[0].reason
    client.send(2 * SECOND)
    assert client.wait(lambda: len(client.echoes) == 1)


def test_compressed_input(probe, ros_domain):
    client = Client(transport="compressed")
    try:
        probe({"input.transport": "compressed"})
        client.listen()
        assert client.wait_matched()
        client.send(SECOND, brightness=77)
        assert client.wait(lambda: client.echoes == [f"{SECOND} 77"])
    finally:
        client.close()


def test_depth_and_camera_info_come_with_their_image(probe, client):
    depths = client.node.create_publisher(Image, "depth", qos_profile("reliable", 10))
    infos = client.node.create_publisher(CameraInfo, "camera_info", qos_profile("reliable", 10))
    probe({"input.depth": "raw"})
    client.listen()
    assert client.wait_matched()
    assert client.wait(lambda: depths.get_subscription_count() and infos.get_subscription_count())
    for index, metres in enumerate((1.5, 2.5)):
        stamp = SECOND * (index + 1)
        depth, info = depth_messages(stamp + 3_000_000, metres)
        client.send(stamp)
        depths.publish(depth)
        infos.publish(info)
        assert client.wait(lambda index=index: len(client.echoes) == index + 1)
    assert client.echoes == [f"{SECOND} 100 1.50 60", f"{2 * SECOND} 100 2.50 60"]


def test_two_nodes_of_a_container_share_subscription_and_decoding(ros_domain, client):
    with Container(["probe", "second"]) as made:
        first, second = made.nodes["probe"], made.nodes["second"]
        client.listen()
        client.node.create_subscription(String, "/second/echo", lambda message: None, 10)
        assert client.wait(lambda: first.working and second.working)
        assert client.wait_matched()
        assert client.images.get_subscription_count() == 1
        for index in range(3):
            client.send(SECOND + index)
            assert client.wait(lambda index=index: len(first.decoded) == len(second.decoded) == index + 1)
        assert first.decoded == second.decoded
        client.unlisten()
        assert client.wait(lambda: not first.working)
        assert client.wait_matched()
        client.send(2 * SECOND)
        assert client.wait(lambda: len(second.decoded) == 4)


def test_set_enabled_stops_and_starts(probe, client):
    node = probe()
    client.listen()
    assert client.wait_matched()
    service = client.node.create_client(SetBool, "probe/set_enabled")
    for enabled, words in ((False, "disabled"), (True, "working")):
        response = client.call(service, SetBool.Request(data=enabled))
        assert response.success
        assert words in response.message
        assert client.wait(lambda enabled=enabled: (client.images.get_subscription_count() > 0) == enabled)
    assert node.working


def test_a_missing_model_fails_configure_with_the_reason(ros_domain, capfd):
    with pytest.raises(PhysperceptionError, match="probe could not be started"):
        Container(["probe"], parameters={"probe": {"model": "missing"}}).start()
    assert "the model file is not there; ask its owner for it" in capfd.readouterr().err


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_dead_executor_ends_the_process_with_an_error(ros_domain, monkeypatch, capfd):
    """A callback that fails must not leave a process that looks alive and does nothing."""

    def explode(self):
        raise RuntimeError("a callback failed")

    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    monkeypatch.setattr(SingleThreadedExecutor, "spin", explode)
    try:
        assert container.run(["probe"], []) == 1
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    assert "the executor ended" in capfd.readouterr().err


def test_twenty_lifecycles_do_not_grow(probe, client):
    node = probe(autostart=False)
    memory = []
    client.listen()
    for index in range(20):
        assert node.start()
        assert client.wait_matched()
        client.send(SECOND + index)
        assert client.wait(lambda index=index: len(client.echoes) == index + 1)
        node.trigger_deactivate()
        assert not node.working
        node.trigger_cleanup()
        assert node.ballast is None
        memory.append(psutil.Process().memory_info().rss)
    assert node.loads == 20
    assert threading.active_count() < 10
    assert memory[-1] - memory[4] < 20e6


def test_time_going_back_resets_once_and_work_goes_on(probe, client):
    node = probe()
    client.listen()
    assert client.wait_matched()
    stamps = [10 * SECOND, 11 * SECOND, 2 * SECOND, 3 * SECOND, 3 * SECOND - 100_000_000]
    for index, stamp in enumerate(stamps):
        client.send(stamp)
        assert client.wait(lambda index=index: len(client.echoes) == index + 1)
    assert node.resets == node.statistics.resets == 1


def test_simulated_time_dates_the_answers(probe, client):
    clock = client.node.create_publisher(Clock, "/clock", 10)
    node = probe(use_sim_time=True)
    client.listen()
    assert client.wait_matched()
    assert client.wait(lambda: clock.get_subscription_count() > 0)
    clock.publish(Clock(clock=header(50 * SECOND).stamp))
    assert client.wait(lambda: node.get_clock().now().nanoseconds == 50 * SECOND)
    client.send(50 * SECOND - 200_000_000)
    assert client.wait(lambda: len(client.reports) == 1)
    assert client.reports[0].pipeline_ms == pytest.approx(200, abs=0.01)


def test_diagnostics_say_what_the_node_does(probe, client):
    probe()
    assert client.wait(lambda: any("no output has a subscriber" in status.message for status in client.statuses))
    client.listen()
    assert client.wait_matched()
    client.send(SECOND)
    assert client.wait(
        lambda: any(
            {"received": "1", "processed": "1", "dropped": "0"}.items()
            <= {value.key: value.value for value in status.values}.items()
            for status in client.statuses
        )
    )
    assert client.wait(lambda: any("no frames are arriving" in status.message for status in client.statuses))


def test_deactivation_reports_the_frame_that_waited(probe, client):
    node = probe({"delay_s": 0.5})
    client.listen()
    assert client.wait_matched()
    client.send(SECOND)
    assert client.wait(lambda: node.statistics.received == 1)
    client.send(SECOND + 1)
    assert client.wait(lambda: node.statistics.received == 2)
    threading.Thread(target=node.trigger_deactivate).start()
    assert client.wait(lambda: len(client.reports) == 2)
    assert sorted(outcomes(client)) == [FrameReport.PROCESSED, FrameReport.DROPPED]


def test_reports_add_up_under_a_storm(probe, client):
    node = probe({"delay_s": 0.002})
    client.listen()
    assert client.wait_matched()
    for index in range(200):
        client.send(SECOND + index)
        if index % 5 == 0:
            client.spin(0.01)
    assert client.wait(
        lambda: (
            sum(node.statistics.__dict__[key] for key in ("processed", "dropped", "rejected"))
            == node.statistics.received
        ),
        10,
    )
    client.spin(0.5)
    stats = node.statistics
    assert len(client.echoes) == stats.processed
    assert len(client.reports) == stats.received
    assert len({(r.header.stamp.sec, r.header.stamp.nanosec) for r in client.reports}) == stats.received
