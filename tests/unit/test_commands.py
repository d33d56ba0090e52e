"""Commands one after the other: each is finished exactly once, whatever the policy and whoever gives up."""

import threading
import time

import pytest

from physperception.ros.commands import Answer, Command, CommandQueue, refusal, throttled
from physperception.scene import Grounding, GroundingStatus

WAIT_S = 20.0


class Desk:
    """A queue whose answers are held back until `let` is called, and what became of each command."""

    def __init__(self, policy):
        self.begun, self.go = threading.Semaphore(0), threading.Semaphore(0)
        self.finished = {}
        self.lock = threading.Lock()
        self.idle = 0
        self.queue = CommandQueue("desk", policy, self.answer, self.failed, self.count)

    def answer(self, command):
        self.begun.release()
        while not self.go.acquire(timeout=0.01):
            if command.given_up.is_set():
                break
        if command.text == "explode":
            raise RuntimeError("boom")
        return Answer(Grounding(command=command.text, status=GroundingStatus.NOT_THERE, reason="done"))

    def failed(self, command, error):
        return refusal(command, f"internal error: {error}")

    def count(self):
        self.idle += 1

    def submit(self, text):
        def finish(answer):
            with self.lock:
                self.finished.setdefault(text, []).append(answer.grounding)

        now = time.monotonic()
        command = Command(text=text, mask_kind=None, max_age_s=None, finish=finish, tell=print, submitted_s=now)
        self.queue.submit(command)
        return command

    def let(self, count=1):
        for _ in range(count):
            self.go.release()

    def works(self):
        return self.begun.acquire(timeout=WAIT_S)

    def reasons(self, *texts):
        """What was said to commands, once all are finished; each exactly once."""
        deadline = time.monotonic() + WAIT_S
        while not all(text in self.finished for text in texts) and time.monotonic() < deadline:
            time.sleep(0.005)
        for text in texts:
            assert len(self.finished[text]) == 1, text
        return [self.finished[text][0].reason for text in texts]


@pytest.fixture
def desk():
    made = []

    def start(policy):
        made.append(Desk(policy))
        return made[-1]

    yield start
    for one in made:
        one.let(100)
        assert one.queue.stop("over", WAIT_S)


def test_a_second_command_waits_and_a_third_is_refused(desk):
    queue = desk("queue")
    queue.submit("first")
    assert queue.works()
    queue.submit("second")
    queue.submit("third")
    assert queue.reasons("third") == ["one command is being answered and another waits already"]
    queue.let(2)
    assert queue.reasons("first", "second") == ["done", "done"]
    assert list(queue.finished) == ["third", "first", "second"]


def test_two_commands_at_once_are_both_taken_by_an_idle_queue(desk):
    queue = desk("queue")
    for round_ in range(50):
        texts = [f"{name} {round_}" for name in ("first", "second")]
        for text in texts:
            queue.submit(text)
        queue.let(2)
        assert queue.reasons(*texts) == ["done", "done"]


def test_a_command_cancelled_before_its_turn_is_not_answered(desk):
    queue = desk("queue")
    command = queue.submit("first")
    queue.queue.cancel(command, "not wanted")
    assert queue.reasons("first") == ["not wanted"]


@pytest.mark.parametrize("broken", ["finish once", "finish always", "idle"])
def test_errors_around_an_answer_do_not_end_the_thread(broken):
    told, errors = [], []

    def finish(answer):
        told.append(answer.grounding.reason)
        if broken == "finish always" or (broken == "finish once" and len(told) == 1):
            raise UnicodeError("surrogates")

    def failed(command, error):
        errors.append(error)
        return refusal(command, "internal error")

    def idle():
        if broken == "idle":
            raise RuntimeError("boom")

    def answer(command):
        return Answer(Grounding(command=command.text, status=GroundingStatus.NOT_THERE, reason="done"))

    queue = CommandQueue("desk", "queue", answer, failed, idle)
    common = {"mask_kind": None, "max_age_s": None, "tell": print, "submitted_s": 0.0}
    queue.submit(Command(text="first", finish=finish, **common))
    later = threading.Event()
    while queue.busy:
        time.sleep(0.005)
    queue.submit(Command(text="second", finish=lambda answer: later.set(), **common))
    assert later.wait(WAIT_S)
    assert queue.stop("over", WAIT_S)
    assert told == {"idle": ["done"]}.get(broken, ["done", "internal error"])
    assert errors


def test_refuse_takes_no_second_command(desk):
    queue = desk("refuse")
    queue.submit("first")
    assert queue.works()
    queue.submit("second")
    assert queue.reasons("second") == ["another command is being answered"]
    queue.let()
    assert queue.reasons("first") == ["done"]
    queue.let()
    while queue.queue.busy:
        time.sleep(0.005)
    queue.submit("later")
    assert queue.reasons("later") == ["done"]


def test_preempt_ends_what_is_answered_and_what_waits(desk):
    queue = desk("preempt")
    for text in ("first", "second"):
        queue.submit(text)
        assert queue.works()
    queue.submit("third")
    queue.submit("fourth")
    assert queue.reasons("first", "second", "third") == ["a newer command took its place"] * 3
    queue.let()
    assert queue.reasons("fourth") == ["done"]


def test_a_waiting_command_and_one_in_work_can_be_cancelled_and_a_finished_one_not(desk):
    queue = desk("queue")
    first = queue.submit("first")
    assert queue.works()
    second = queue.submit("second")
    assert queue.queue.cancel(second, "not wanted")
    assert queue.reasons("second") == ["not wanted"]
    assert queue.queue.cancel(first, "not wanted either")
    assert queue.reasons("first") == ["not wanted either"]
    assert not queue.queue.cancel(first, "again")
    assert not queue.queue.cancel(second, "again")
    assert queue.finished["first"][0].status is GroundingStatus.REFUSED


def test_an_error_is_the_answer_of_one_command_alone(desk):
    queue = desk("queue")
    queue.let(2)
    queue.submit("explode")
    assert queue.reasons("explode") == ["internal error: boom"]
    queue.submit("next")
    assert queue.reasons("next") == ["done"]
    assert queue.idle == 2


def test_stopping_finishes_everything_and_what_comes_later(desk):
    queue = desk("queue")
    queue.submit("first")
    assert queue.works()
    queue.submit("second")
    assert queue.queue.stop("closing time", WAIT_S)
    queue.submit("third")
    assert queue.reasons("first", "second", "third") == ["closing time"] * 3


@pytest.mark.parametrize("policy", ["queue", "refuse", "preempt"])
def test_no_command_is_lost_or_answered_twice_under_fire(desk, policy):
    queue = desk(policy)
    queue.let(1000)
    texts = [f"{sender}-{number}" for sender in range(4) for number in range(25)]

    def send(sender):
        for number in range(25):
            command = queue.submit(f"{sender}-{number}")
            if number % 5 == 0:
                queue.queue.cancel(command, "cancelled")

    senders = [threading.Thread(target=send, args=(sender,)) for sender in range(4)]
    for thread in senders:
        thread.start()
    for thread in senders:
        thread.join()
    assert len(queue.reasons(*texts)) == 100


def test_an_unknown_policy_is_refused():
    with pytest.raises(ValueError, match="unknown policy"):
        CommandQueue("desk", "forget", lambda command: None, lambda command, error: None)


def test_feedback_is_told_at_once_and_then_sometimes():
    told = []
    tell = throttled(told.append)
    for number in range(1000):
        tell(str(number))
    assert told[0] == "0"
    assert len(told) < 100
