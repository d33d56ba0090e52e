"""The grounding node over real DDS: goals and topic commands, good and bad, alone and several at a time."""

import re
import time
from dataclasses import replace

import pytest
from action_msgs.msg import GoalStatus
from builtin_interfaces.msg import Duration
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from physperception_msgs.action import Ground
from physperception_msgs.msg import GroundingResult, InstanceMask, PerceivedObjectArray
from rclpy.action import ActionClient
from std_msgs.msg import String

from physperception.errors import PhysperceptionError
from physperception.ros.container import Container
from physperception.ros.conversions.grounding import grounding_from_result
from physperception.ros.conversions.images import encode_image
from physperception.ros.conversions.scene import box_from_message, mask_from_message, scene_to_message
from physperception.ros.qos import qos_profile
from physperception.ros.synchronizer import stamp_ns
from physperception.scene import GroundingStatus, MaskKind
from tests.ros.probe import Client, header
from tests.unit.chat_server import refused_port, running
from tests.unit.grounding_scenes import Figure, paint

TABLE = (
    Figure("cup-1", "cup", "red", (20, 60, 80, 130)),
    Figure("cup-2", "cup", "blue", (130, 60, 190, 130)),
    Figure("box-1", "box", "green", (160, 90, 240, 170)),
)
IMAGE, SCENE = paint(TABLE)
RED_CUP = '[{"bbox_2d": [62, 250, 250, 541]}]'
SECOND = 10**9
PATIENCE_S = 90.0
SUCCEEDED, CANCELED, ABORTED = GoalStatus.STATUS_SUCCEEDED, GoalStatus.STATUS_CANCELED, GoalStatus.STATUS_ABORTED


class Operator(Client):
    """Gives commands, plays camera and completer, and hears the answers."""

    def __init__(self):
        super().__init__()
        self.objects = self.node.create_publisher(PerceivedObjectArray, "objects_amodal", qos_profile("reliable", 10))
        self.words = self.node.create_publisher(String, "grounding/command", qos_profile("reliable", 10))
        self.actions = ActionClient(self.node, Ground, "ground")
        self.heard, self.feedback = [], []
        self.listen_to_results(self.heard)

    def listen_to_results(self, heard):
        self.node.create_subscription(GroundingResult, "grounding/result", heard.append, qos_profile("latched", 20))

    def meet(self):
        """Until the node's topics and services are known on both sides."""
        ready = (self.actions.server_is_ready, self.words.get_subscription_count)
        assert self.wait(lambda: all(condition() for condition in ready), PATIENCE_S)
        assert self.wait(lambda: self.node.count_publishers("grounding/result") > 0, PATIENCE_S)
        self.spin(1.0)

    def show(self, stamp=None, objects_stamp=None, objects=True):
        """An image and its objects, under the time of now unless given."""
        stamp = self.node.get_clock().now().nanoseconds if stamp is None else stamp
        self.images.publish(encode_image(IMAGE, "rgb8", header(stamp)))
        if objects:
            scene = replace(SCENE, stamp_ns=objects_stamp or stamp, frame_id="camera")
            self.objects.publish(scene_to_message(scene))
        return stamp

    def film_until(self, condition, **options):
        """Show images until the condition holds."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, "no answer"
            self.show(**options)
            self.wait(condition, 0.1)

    def send(self, command, mask_kind=Ground.Goal.AUTO, max_age_s=0.0):
        """A goal; returns its handle."""
        age = Duration(sec=int(max_age_s // 1), nanosec=int(max_age_s % 1 * 1e9))
        goal = Ground.Goal(command=command, mask_kind=mask_kind, max_image_age=age)
        future = self.actions.send_goal_async(goal, feedback_callback=lambda item: self.feedback.append(item.feedback))
        assert self.wait(future.done, PATIENCE_S)
        assert future.result().accepted
        return future.result()

    def ask(self, command, film=True, **goal):
        """Status of the goal and its result."""
        return self.outcome(self.send(command, **goal), film)

    def outcome(self, handle, film=True):
        future = handle.get_result_async()
        if film:
            self.film_until(future.done)
        else:
            assert self.wait(future.done, PATIENCE_S)
        return future.result().status, future.result().result


@pytest.fixture
def operator(ros_domain):
    made = Operator()
    yield made
    made.actions.destroy()
    made.close()


@pytest.fixture
def grounding(ros_domain, operator):
    """Starts a grounding node that runs until the end of the test, and waits until the operator knows it."""
    running_nodes = []

    def start(autostart=True, **parameters):
        made = Container(
            ["grounding"], parameters={"grounding": {"wait_s": PATIENCE_S} | parameters}, autostart=autostart
        )
        made.start()
        running_nodes.append(made)
        operator.meet()
        return made.nodes["grounding"]

    yield start
    for made in running_nodes:
        made.stop()


@pytest.fixture
def chat():
    with running() as server:
        yield server


def model(chat_or_url, **changes):
    url = chat_or_url if isinstance(chat_or_url, str) else chat_or_url.url
    return {"backend": "vllm", "model": "Qwen3-VL-8B-Instruct", "server.url": url, "timeout_s": 20.0, **changes}


def mask(item, kind):
    return next(mask_from_message(held) for held in item.masks if held.kind == kind)


def test_a_goal_is_answered_with_box_both_masks_and_reasons_under_the_stamp_of_its_image(grounding, operator):
    grounding()
    status, result = operator.ask("the blue cup, even its hidden part")
    assert (status, result.status, result.header.frame_id) == (SUCCEEDED, Ground.Result.FOUND, "camera")
    (item,) = result.objects
    known = SCENE.instance("cup-2")
    assert (item.id, item.class_id, result.mask_kind) == ("cup-2", "cup", Ground.Goal.AMODAL)
    assert box_from_message(item.amodal_box) == known.amodal_box
    assert box_from_message(item.visible_box) == known.visible_box
    assert mask(item, InstanceMask.AMODAL) == known.amodal_mask
    assert mask(item, InstanceMask.VISIBLE) == known.visible_mask
    assert list(item.occluder_ids) == ["box-1"]
    quoted = re.match('"(.+)" asks for more than is visible', result.mask_kind_reason)
    assert quoted is not None
    assert quoted[1] in "even its hidden part"
    assert {"queue", "wait", "total"} <= set(result.timing_names)
    answer = grounding_from_result(result, "the blue cup, even its hidden part")
    assert (answer.mask_kind, answer.objects[0].mask) == (MaskKind.AMODAL, known.amodal_mask)
    now = operator.node.get_clock().now().nanoseconds
    assert now - PATIENCE_S * SECOND < stamp_ns(result.header) <= now
    assert operator.wait(lambda: operator.heard, PATIENCE_S)
    (message,) = operator.heard
    assert grounding_from_result(message, message.command) == answer
    assert message.header == result.header


def test_a_command_that_wants_one_object_whole_and_another_as_seen_tells_the_kind_of_each(grounding, operator):
    grounding()
    command = "show me the whole blue cup including what is hidden, and only the visible pixels of the box"
    status, result = operator.ask(command)
    assert (status, result.status) == (SUCCEEDED, Ground.Result.FOUND), result.message
    assert [item.id for item in result.objects] == ["cup-2", "box-1"]
    assert list(result.mask_kinds) == [Ground.Goal.AMODAL, Ground.Goal.VISIBLE]
    cup, box = (SCENE.instance(name) for name in ("cup-2", "box-1"))
    assert mask(result.objects[0], InstanceMask.AMODAL) == cup.amodal_mask
    assert mask(result.objects[1], InstanceMask.VISIBLE) == box.visible_mask
    answer = grounding_from_result(result, command)
    assert [item.mask for item in answer.objects] == [cup.amodal_mask, box.visible_mask]
    assert result.tokens == -1
    _, result = operator.ask(command.replace("box", "teapot"))
    assert (result.status, "teapot" in result.message) == (Ground.Result.NOT_THERE, True)


def test_words_on_the_topic_are_answered_on_the_latched_topic(grounding, operator):
    grounding()
    operator.words.publish(String(data="the red cup"))
    operator.film_until(lambda: operator.heard)
    (message,) = operator.heard
    assert (message.command, message.status, message.objects[0].id) == ("the red cup", GroundingResult.FOUND, "cup-1")
    late = []
    operator.listen_to_results(late)
    assert operator.wait(lambda: late, PATIENCE_S)
    assert (late[0].command, late[0].header) == (message.command, message.header)


def test_each_kind_of_answer_has_its_status_and_the_next_command_works(grounding, operator):
    node = grounding(always_watch=True)
    assert operator.wait(lambda: node.working, PATIENCE_S)
    long = "the dog " * 1250
    for command, status, end, words in (
        ("the cup", GroundingStatus.AMBIGUOUS, SUCCEEDED, "fit"),
        ("the dog", GroundingStatus.NOT_THERE, SUCCEEDED, "dog"),
        ("", GroundingStatus.REFUSED, ABORTED, "the command has no words"),
        (" \n\t", GroundingStatus.REFUSED, ABORTED, "the command has no words"),
        ("\U0001f600\x07\x00", None, None, ""),
        (long, None, None, ""),
        ("the red cup", GroundingStatus.FOUND, SUCCEEDED, ""),
    ):
        ended, result = operator.ask(command)
        answer = grounding_from_result(result, command)
        if status is not None:
            assert (answer.status, ended) == (status, end), command[:40]
        assert bool(answer.reason) or answer.status is GroundingStatus.FOUND
        assert words in answer.reason
    assert operator.heard[-1].objects[0].id == "cup-1"
    assert operator.wait(lambda: any("commands" in told(status) for status in operator.statuses), PATIENCE_S)
    operator.statuses.clear()
    assert operator.wait(lambda: operator.statuses, PATIENCE_S)
    facts = told(operator.statuses[-1])
    assert "1 ambiguous" in facts["commands"]
    assert facts["last_refusal"] == node.facts()["last_refusal"]
    assert facts["model"] == operator.heard[-1].model


def told(status):
    return {item.key: item.value for item in status.values}


def test_the_kind_of_mask_asked_for_wins_and_bad_goals_are_refused(grounding, operator):
    grounding(always_watch=True)
    _, result = operator.ask("the blue cup, even its hidden part", mask_kind=Ground.Goal.VISIBLE)
    assert (result.mask_kind, result.objects[0].masks[0].kind) == (Ground.Goal.VISIBLE, InstanceMask.VISIBLE)
    _, result = operator.ask("the blue cup", mask_kind=Ground.Goal.AMODAL)
    assert result.mask_kind == Ground.Goal.AMODAL
    ended, result = operator.ask("the blue cup", mask_kind=7)
    assert (ended, result.status) == (ABORTED, Ground.Result.REFUSED)
    assert "got 7" in result.message
    ended, result = operator.ask("the blue cup", max_age_s=-1.0)
    assert (ended, "must not be negative" in result.message) == (ABORTED, True)


def test_nothing_is_received_until_somebody_asks_and_some_time_after(grounding, operator):
    node = grounding(linger_s=1.0)
    operator.spin(1.0)
    assert (node.working, operator.images.get_subscription_count()) == (False, 0)
    status, _ = operator.ask("the red cup")
    assert (status, node.working) == (SUCCEEDED, True)
    assert operator.wait(lambda: operator.images.get_subscription_count() == 0 and not node.working, PATIENCE_S)


def test_without_images_or_objects_a_command_is_refused_in_time(grounding, operator):
    grounding(wait_s=0.5)
    ended, result = operator.ask("the red cup", film=False)
    assert (ended, result.message) == (ABORTED, "no image came within 0.5 s")
    assert stamp_ns(result.header) == 0
    goal = operator.send("the red cup").get_result_async()
    operator.film_until(goal.done, objects=False)
    assert goal.result().result.message == "no objects came with the images within 0.5 s"
    assert operator.ask("the red cup")[0] == SUCCEEDED


def test_an_image_that_is_too_old_is_refused_and_any_will_do_where_none_is_asked(grounding, operator):
    node = grounding(always_watch=True, wait_s=0.5)
    assert operator.wait_matched()
    old = operator.node.get_clock().now().nanoseconds - 100 * SECOND
    operator.show(old)
    assert operator.wait(lambda: node.statistics.processed, PATIENCE_S)
    operator.spin(0.5)
    ended, result = operator.ask("the red cup", film=False, max_age_s=2.0)
    assert (ended, "s old and 2 s is the most" in result.message) == (ABORTED, True)
    ended, result = operator.ask("the red cup", film=False)
    assert (ended, stamp_ns(result.header)) == (SUCCEEDED, old)


def test_objects_of_another_image_are_used_and_told_when_no_others_come(grounding, operator):
    grounding(always_watch=True, wait_s=1.0)
    assert operator.wait_matched()
    stamp = operator.show(objects_stamp=5 * SECOND)
    operator.spin(1.0)
    ended, result = operator.ask("the red cup", film=False)
    assert (ended, stamp_ns(result.header)) == (SUCCEEDED, stamp)
    assert "s apart" in result.message


def test_an_earlier_image_with_objects_is_used_and_told_when_the_newest_has_none(grounding, operator):
    node = grounding(always_watch=True, objects_wait_s=0.3)
    assert operator.wait_matched()
    earlier = operator.show()
    assert operator.wait(lambda: node.statistics.processed == 1, PATIENCE_S)
    operator.show(earlier + SECOND, objects=False)
    assert operator.wait(lambda: node.statistics.processed == 2, PATIENCE_S)
    operator.spin(0.5)
    ended, result = operator.ask("the red cup", film=False)
    assert (ended, stamp_ns(result.header)) == (SUCCEEDED, earlier)
    assert "this one is 1.00 s older" in result.message


def test_a_model_reasons_aloud_and_is_cancelled_at_once(grounding, operator, chat):
    grounding(**model(chat, model="Qwen3-VL-8B-Thinking", budget="full"))
    chat.streams(*[f"thought {number} " for number in range(1000)], wait_s=0.1)
    handle = operator.send("the red cup")
    operator.film_until(lambda: len(operator.feedback) >= 3)
    assert operator.feedback[0].reasoning.startswith("thought 0")
    assert len(operator.feedback[-1].reasoning) > len(operator.feedback[0].reasoning)
    cancelled = handle.cancel_goal_async()
    assert operator.wait(cancelled.done, PATIENCE_S)
    assert len(cancelled.result().goals_canceling) == 1
    ended, result = operator.outcome(handle)
    assert (ended, result.status, result.message) == (CANCELED, Ground.Result.REFUSED, "cancelled by the client")
    assert result.reasoning.startswith("thought 0")
    assert chat.hung_up.wait(PATIENCE_S)
    chat.streams(f"it is red</think>{RED_CUP}")
    ended, result = operator.ask("the red cup")
    assert (ended, result.objects[0].id, result.reasoning) == (SUCCEEDED, "cup-1", "it is red")
    assert result.tokens == 1


def test_a_second_command_waits_a_third_is_refused_and_none_is_lost(grounding, operator, chat):
    grounding(always_watch=True, **model(chat))
    chat.streams(RED_CUP[:5], RED_CUP[5:], wait_s=2.0)
    first = operator.send("the red cup")
    operator.film_until(lambda: chat.requests)
    operator.words.publish(String(data="the red cup again"))
    operator.spin(0.5)
    third = operator.send("one too many")
    ended, result = operator.outcome(third)
    assert (ended, "another waits already" in result.message) == (ABORTED, True)
    ended, result = operator.outcome(first)
    assert (ended, result.objects[0].id) == (SUCCEEDED, "cup-1")
    operator.film_until(lambda: len(operator.heard) == 3)
    assert [(item.command, item.status) for item in operator.heard] == [
        ("one too many", GroundingResult.REFUSED),
        ("the red cup", GroundingResult.FOUND),
        ("the red cup again", GroundingResult.FOUND),
    ]


def test_a_newer_command_takes_the_place_where_the_policy_says_so(grounding, operator, chat):
    grounding(always_watch=True, **model(chat, busy="preempt"))
    chat.streams("never", wait_s=600)
    first = operator.send("the red cup")
    operator.film_until(lambda: chat.requests)
    chat.streams(RED_CUP)
    ended, result = operator.ask("the red cup, quickly")
    assert (ended, result.objects[0].id) == (SUCCEEDED, "cup-1")
    ended, result = operator.outcome(first)
    assert (ended, result.message) == (ABORTED, "a newer command took its place")


def test_a_waiting_command_can_be_cancelled_and_a_busy_node_refuses_where_it_shall(grounding, operator, chat):
    node = grounding(always_watch=True, **model(chat))
    chat.streams("never", wait_s=600)
    first = operator.send("the red cup")
    operator.film_until(lambda: chat.requests)
    second = operator.send("the red cup")
    assert operator.wait(second.cancel_goal_async().done, PATIENCE_S)
    assert operator.outcome(second)[0] == CANCELED
    assert operator.wait(first.cancel_goal_async().done, PATIENCE_S)
    assert operator.outcome(first)[0] == CANCELED
    assert node.facts()["commands"] == "2 refused"


def test_a_server_that_is_down_or_talks_nonsense_is_a_refusal_each_time(grounding, operator, chat):
    grounding(always_watch=True, **model(chat))
    replies = [
        (lambda handler: handler.send(500, b"out of memory"), "500"),
        (lambda handler: handler.send(404, b'{"error": {"message": "no such model"}}'), "has no model"),
        (lambda handler: handler.connection.close(), "server at"),
        (lambda handler: handler.stream(["{[{["]), ""),
    ]
    for reply, words in replies:
        chat.reply = reply
        ended, result = operator.ask("the red cup")
        assert (ended, result.status, words in result.message) == (ABORTED, Ground.Result.REFUSED, True), result.message
    chat.streams(RED_CUP)
    assert operator.ask("the red cup")[1].objects[0].id == "cup-1"


def test_without_a_server_the_fallback_answers_and_says_so(grounding, operator):
    grounding(always_watch=True, **model(refused_port(), fallback="embedded"))
    ended, result = operator.ask("the red cup")
    assert (ended, result.objects[0].id) == (SUCCEEDED, "cup-1")
    assert "can't be reached" in result.message
    assert result.model in result.message


def test_a_node_that_is_not_active_refuses_and_one_that_is_deactivated_ends_what_it_does(grounding, operator, chat):
    grounding(always_watch=True, **model(chat))
    chat.streams("never", wait_s=600)
    handle = operator.send("the red cup")
    operator.film_until(lambda: chat.requests)
    change = operator.node.create_client(ChangeState, "grounding/change_state")
    deactivate, activate = (
        ChangeState.Request(transition=Transition(id=number))
        for number in (Transition.TRANSITION_DEACTIVATE, Transition.TRANSITION_ACTIVATE)
    )
    assert operator.call(change, deactivate).success
    ended, result = operator.outcome(handle, film=False)
    assert (ended, result.message) == (ABORTED, "the node was deactivated")
    ended, result = operator.ask("the red cup", film=False)
    assert (ended, result.message) == (ABORTED, "the node is not active")
    chat.streams(RED_CUP)
    assert operator.call(change, activate).success
    assert operator.ask("the red cup")[0] == SUCCEEDED


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"backend": "vllm"}, "set model to its name on the server"),
        ({"source": "none"}, "can only choose among objects"),
        ({"backend": "transformers", "model": "/nowhere/qwen", "device": "cpu"}, "/nowhere/qwen"),
    ],
)
def test_what_cannot_work_fails_to_configure_with_the_reason(ros_domain, capfd, parameters, words):
    with pytest.raises(PhysperceptionError, match="could not be started"):
        Container(["grounding"], parameters={"grounding": parameters}).start()
    assert words in capfd.readouterr().err
