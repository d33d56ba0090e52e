"""One contract, run over our synchroniser and, where ROS brings it, message_filters'."""

from dataclasses import dataclass

import pytest

from physperception.ros import synchronizer
from physperception.ros.synchronizer import MessageFiltersSynchronizer, NearestTimeSynchronizer
from tests.ros.probe import header

kinds = [
    NearestTimeSynchronizer,
    pytest.param(
        MessageFiltersSynchronizer,
        marks=pytest.mark.skipif(
            synchronizer.message_filters is None, reason="message_filters comes with a ROS installation, not by pip"
        ),
    ),
]


@dataclass
class Stamped:
    header: object
    name: str


def stamped(name, milliseconds):
    return Stamped(header(round(milliseconds * 1e6)), name)


@pytest.fixture(params=kinds)
def kind(request):
    return request.param


def collect(kind, inputs=2, slop_s=0.0, queue_size=5):
    sets = []
    made = kind(inputs, lambda *messages: sets.append(tuple(message.name for message in messages)), slop_s, queue_size)
    return made, sets


def test_equal_stamps_meet_once_in_any_order(kind):
    sync, sets = collect(kind, inputs=3)
    sync.add(2, stamped("c", 5))
    sync.add(0, stamped("a", 5))
    assert sets == []
    sync.add(1, stamped("b", 5))
    assert sets == [("a", "b", "c")]
    sync.add(1, stamped("b again", 5))
    assert len(sets) == 1


def test_slop_is_the_limit(kind):
    sync, sets = collect(kind, slop_s=0.010)
    sync.add(0, stamped("a", 100))
    sync.add(1, stamped("far", 120))
    assert sets == []
    sync.add(1, stamped("near", 109))
    assert sets == [("a", "near")]


def test_a_lost_message_does_not_block_the_next_set(kind):
    sync, sets = collect(kind)
    sync.add(0, stamped("lonely", 1))
    sync.add(0, stamped("a", 2))
    sync.add(1, stamped("b", 2))
    assert sets == [("a", "b")]


def test_a_stream_is_matched_frame_by_frame(kind):
    sync, sets = collect(kind, slop_s=0.005)
    for index in range(20):
        sync.add(0, stamped(f"image{index}", 33 * index))
        sync.add(1, stamped(f"depth{index}", 33 * index + 3))
    assert sets == [(f"image{index}", f"depth{index}") for index in range(20)]


def test_only_queue_size_messages_are_held(kind):
    sync, sets = collect(kind, queue_size=3)
    for index in range(10):
        sync.add(0, stamped(str(index), index))
    sync.add(1, stamped("too late", 2))
    assert sets == []
    sync.add(1, stamped("in time", 8))
    assert sets == [("8", "in time")]


def test_clear_forgets_and_time_may_go_back(kind):
    sync, sets = collect(kind)
    sync.add(0, stamped("old", 1000))
    sync.clear()
    sync.add(1, stamped("b", 1000))
    assert sets == []
    sync.clear()
    sync.add(0, stamped("a", 5))
    sync.add(1, stamped("b", 5))
    assert sets == [("a", "b")]


@pytest.mark.parametrize("arguments", [(0, 0.0, 5), (2, -1.0, 5), (2, 0.0, 0)])
def test_absurd_arguments_are_refused(arguments):
    inputs, slop_s, queue_size = arguments
    with pytest.raises(ValueError, match="need inputs"):
        NearestTimeSynchronizer(inputs, print, slop_s, queue_size)
