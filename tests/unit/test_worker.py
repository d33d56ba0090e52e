import threading

from physperception.ros.worker import LatestSlot, Worker


def test_slot_keeps_only_the_newest():
    slot = LatestSlot()
    assert slot.put(1) is None
    assert slot.put(2) == 1
    assert slot.take() == 2


def test_closed_slot_wakes_a_waiting_taker_and_refuses_more():
    slot = LatestSlot()
    taken = []
    taker = threading.Thread(target=lambda: taken.append(slot.take()))
    taker.start()
    assert slot.close() is None
    taker.join(5)
    assert taken == [None]
    assert slot.put(3) == 3


def test_every_item_is_handled_or_displaced():
    handled, displaced = [], []
    worker = Worker("test", handled.append, lambda item, error: None)
    for item in range(500):
        older = worker.submit(item)
        if older is not None:
            displaced.append(older)
    waiting, ended = worker.stop(5)
    assert ended
    left = [] if waiting is None else [waiting]
    assert sorted(handled + displaced + left) == list(range(500))
    assert handled == sorted(handled)


def test_an_error_is_reported_and_the_next_item_handled():
    done = threading.Event()
    failures = []

    def handle(item):
        if item == "bad":
            raise RuntimeError("no good")
        done.set()

    worker = Worker("test", handle, lambda item, error: (failures.append((item, str(error))), worker.submit("good")))
    worker.submit("bad")
    assert done.wait(5)
    worker.stop(5)
    assert failures == [("bad", "no good")]


def test_stop_waits_for_the_item_in_hand():
    started, release, finished = threading.Event(), threading.Event(), threading.Event()

    def handle(_):
        started.set()
        release.wait(5)
        finished.set()

    worker = Worker("test", handle, lambda item, error: None)
    worker.submit(1)
    assert started.wait(5)
    worker.submit(2)
    threading.Timer(0.05, release.set).start()
    assert worker.stop(5) == (2, True)
    assert finished.is_set()
