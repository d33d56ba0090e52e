"""Ids stay with their objects in small simulated worlds with exact masks and occlusion."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from physperception.config import load
from physperception.scene import Box, Instance, Mask, Scene
from physperception.vision.motion import BoxMotion, FreeEdges, free_edges
from physperception.vision.tracking import Tracker, TrackerConfig

WIDTH, HEIGHT = 320, 240
FRAME_NS = 33_000_000
SECOND_NS = 1_000_000_000


@dataclass(frozen=True)
class Thing:
    """A rectangle that moves; smaller `depth` is nearer."""

    name: str
    x: float
    y: float
    width: float = 40
    height: float = 40
    speed: float = 0.0
    depth: int = 0
    score: float = 0.9
    class_id: str = "cup"

    def box(self, time_s: float) -> Box:
        x = self.x + self.speed * time_s
        return Box(x, self.y, x + self.width, self.y + self.height)


def look(things: list[Thing], stamp_ns: int, jitter: np.random.Generator | None = None) -> tuple[Scene, list[str]]:
    """What an ideal detector says at a time, and the names of the things in the order of the instances."""
    drawn = np.full((HEIGHT, WIDTH), -1)
    wholes = []
    for index in sorted(range(len(things)), key=lambda i: -things[i].depth):
        box = things[index].box(stamp_ns / 1e9)
        shift = jitter.normal(0, 0.7, 2) if jitter else (0.0, 0.0)
        x1, y1, x2, y2 = (round(v + shift[i % 2]) for i, v in enumerate(box.xyxy))
        whole = np.zeros((HEIGHT, WIDTH), dtype=np.bool_)
        whole[max(y1, 0) : max(y2, 0), max(x1, 0) : max(x2, 0)] = True
        wholes.append((index, whole))
        drawn[whole] = index
    seen = [i for i in range(len(things)) if (drawn == i).sum() >= 30]
    instances = []
    for index, whole in sorted(wholes, key=lambda pair: pair[0]):
        if index not in seen:
            continue
        mask = Mask.from_full(drawn == index)
        over = tuple(str(i) for i in seen if i != index and (whole & (drawn == i)).any())
        thing = things[index]
        instances.append(
            Instance(
                id=str(index),
                class_id=thing.class_id,
                score=thing.score,
                visible_box=mask.extent,
                visible_mask=mask,
                occluder_ids=over,
            )
        )
    return Scene(width=WIDTH, height=HEIGHT, instances=tuple(instances), stamp_ns=stamp_ns), [
        things[i].name for i in seen
    ]


def follow(tracker: Tracker, things: list[Thing], stamps_ns: list[int], seed: int = 0) -> dict[str, list[str]]:
    """The different ids each thing got, in order."""
    ids: dict[str, list[str]] = {}
    jitter = np.random.default_rng(seed)
    for stamp_ns in stamps_ns:
        scene, names = look(things, stamp_ns, jitter)
        for name, instance in zip(names, tracker.update(scene).instances):
            known = ids.setdefault(name, [])
            if instance.id not in known:
                known.append(instance.id)
    return ids


def frames(seconds: float) -> list[int]:
    return list(range(0, int(seconds * SECOND_NS), FRAME_NS))


def one(
    x: float, y: float = 50, size: float = 40, class_id: str = "cup", score: float = 0.9, name: str = "0"
) -> Instance:
    box = Box(x, y, x + size, y + size)
    mask = Mask(round(x), round(y), np.ones((round(size), round(size)), dtype=np.bool_))
    return Instance(id=name, class_id=class_id, score=score, visible_box=box, visible_mask=mask)


def scene_of(instances: list[Instance], stamp_ns: int = 0) -> Scene:
    return Scene(width=WIDTH, height=HEIGHT, instances=tuple(instances), stamp_ns=stamp_ns)


@pytest.fixture
def config() -> TrackerConfig:
    return load(TrackerConfig, "detector")


@pytest.fixture
def tracker(config: TrackerConfig) -> Tracker:
    return Tracker(config)


def test_ids_are_words_and_numbers_by_class(tracker):
    things = [one(10, name="0"), one(100, name="1"), one(200, name="2", class_id="cell phone")]
    assert [i.id for i in tracker.update(scene_of(things)).instances] == ["cup-1", "cup-2", "cell_phone-1"]


def test_objects_at_rest_keep_their_ids(tracker):
    things = [Thing(str(i), 20 + 50 * (i % 6), 20 + 60 * (i // 6)) for i in range(18)]
    ids = follow(tracker, things, frames(2))
    assert all(len(found) == 1 for found in ids.values())
    assert len({found[0] for found in ids.values()}) == 18


def test_two_crossing_objects_keep_their_ids(tracker):
    things = [Thing("front", 10, 100, speed=90, depth=0), Thing("back", 270, 100, speed=-90, depth=1)]
    ids = follow(tracker, things, frames(2.8))
    assert ids == {"front": ["cup-1"], "back": ["cup-2"]}


@pytest.mark.parametrize("speed", [60, -60, 120])
def test_object_that_passes_behind_a_wide_one_keeps_its_id(tracker, speed):
    """100 px of wall at 60 px/s: out of sight for 1 s, from the first to the last visible pixel longer."""
    start = 20 if speed > 0 else 260
    things = [Thing("wall", 110, 60, 100, 120, class_id="box"), Thing("cup", start, 100, speed=speed, depth=1)]
    ids = follow(tracker, things, frames(240 / abs(speed)))
    assert ids == {"wall": ["box-1"], "cup": ["cup-1"]}


def test_object_hidden_by_a_passing_one_keeps_its_id(tracker):
    things = [Thing("hand", -100, 60, 100, 120, speed=60, class_id="person"), Thing("cup", 150, 100, depth=1)]
    hidden = [stamp for stamp in frames(5) if look(things, stamp)[1] == ["hand"]]
    assert hidden[-1] - hidden[0] >= 0.9 * SECOND_NS
    assert follow(tracker, things, frames(5)) == {"hand": ["person-1"], "cup": ["cup-1"]}


def test_object_that_stops_behind_another_comes_back_at_its_border(tracker):
    wall = Thing("wall", 110, 60, 100, 120, class_id="box")
    coming, leaving = Thing("cup", 20, 100, speed=120, depth=1), Thing("cup", 140, 100, depth=1)
    follow(tracker, [wall, coming], frames(1.0))
    for stamp in range(SECOND_NS, SECOND_NS * 2, FRAME_NS):
        assert [i.id for i in tracker.update(look([wall, leaving], stamp)[0]).instances] == ["box-1"]
    back = replace(leaving, x=75)
    assert [i.id for i in tracker.update(look([wall, back], 2 * SECOND_NS)[0]).instances] == ["box-1", "cup-1"]


def test_object_out_of_sight_too_long_gets_a_new_id(tracker, config):
    for stamp in frames(0.2):
        tracker.update(scene_of([one(50)], stamp))
    last = frames(0.2)[-1]
    late = last + int((config.max_hidden_s + 0.1) * SECOND_NS)
    tracker.update(scene_of([], last + FRAME_NS))
    tracker.update(scene_of([], late))
    assert tracker.update(scene_of([one(50)], late + FRAME_NS)).instances[0].id == "cup-2"


def test_object_out_of_sight_too_long_gets_a_new_id_without_frames_in_between(tracker, config):
    for stamp in frames(0.2):
        tracker.update(scene_of([one(50)], stamp))
    last = frames(0.2)[-1]
    tracker.update(scene_of([], last + FRAME_NS))
    late = last + int((config.max_hidden_s + 0.1) * SECOND_NS)
    assert tracker.update(scene_of([one(50)], late)).instances[0].id == "cup-2"


def test_max_hidden_is_obeyed(config):
    tracker = Tracker(replace(config, max_hidden_s=10.0))
    for stamp in frames(0.2):
        tracker.update(scene_of([one(50)], stamp))
    tracker.update(scene_of([], 5 * SECOND_NS))
    assert tracker.update(scene_of([one(50)], 9 * SECOND_NS)).instances[0].id == "cup-1"


def test_slow_cameras_keep_ids_of_resting_objects(tracker):
    ids = [tracker.update(scene_of([one(50)], n * 5 * SECOND_NS)).instances[0].id for n in range(4)]
    assert ids == ["cup-1"] * 4


def test_ghost_of_one_frame_has_an_id_that_is_never_given_again(config):
    tracker = Tracker(replace(config, confirm_hits=2))
    assert tracker.update(scene_of([one(50)], 0)).instances[0].id == "cup-1"
    tracker.update(scene_of([], FRAME_NS))
    assert tracker.update(scene_of([one(50)], 2 * FRAME_NS)).instances[0].id == "cup-2"


def test_one_missed_frame_of_a_confirmed_track_changes_nothing(tracker):
    for stamp in (0, FRAME_NS):
        tracker.update(scene_of([one(50)], stamp))
    tracker.update(scene_of([], 2 * FRAME_NS))
    assert tracker.update(scene_of([one(52)], 3 * FRAME_NS)).instances[0].id == "cup-1"


def test_weak_detection_continues_a_track_but_a_strong_one_goes_first(tracker):
    tracker.update(scene_of([one(50)], 0))
    weak = tracker.update(scene_of([one(51, score=0.1)], FRAME_NS))
    assert weak.instances[0].id == "cup-1"
    both = scene_of([one(52, score=0.1, name="0"), one(56, score=0.9, name="1")], 2 * FRAME_NS)
    assert [i.id for i in tracker.update(both).instances] == ["cup-2", "cup-1"]


def test_class_is_what_most_frames_say_and_the_id_stays(tracker):
    classes = ["object", "cup", "bowl", "bowl", "cup", "bowl"]
    seen = [
        tracker.update(scene_of([one(50, class_id=name)], n * FRAME_NS)).instances[0] for n, name in enumerate(classes)
    ]
    assert [i.class_id for i in seen] == ["object", "cup", "cup", "bowl", "bowl", "bowl"]
    assert {i.id for i in seen} == {"object-1"}


def test_overlap_with_another_class_counts_less(tracker):
    tracker.update(scene_of([one(50)], 0))
    both = scene_of([one(51, class_id="bowl", name="0"), one(60, name="1")], FRAME_NS)
    assert [i.id for i in tracker.update(both).instances] == ["bowl-1", "cup-1"]


def test_a_queue_that_moves_most_of_its_spacing_between_frames_keeps_its_ids(tracker):
    first, speed = 0.0, 0.0
    for frame in range(50):
        instances = tuple(one(first + 60 * place, name=str(place)) for place in range(4))
        scene = Scene(width=4000, height=HEIGHT, instances=instances, stamp_ns=frame * FRAME_NS)
        assert [i.id for i in tracker.update(scene).instances] == ["cup-1", "cup-2", "cup-3", "cup-4"]
        speed = min(speed + 1.0, 45.0)
        first += speed


def test_a_different_object_does_not_take_a_hidden_id(tracker):
    for stamp in frames(0.2):
        tracker.update(scene_of([one(50)], stamp))
    tracker.update(scene_of([], SECOND_NS // 4))
    strange = tracker.update(scene_of([one(50, class_id="book"), one(-20, y=-20, size=180, name="1")], SECOND_NS // 3))
    assert [i.id for i in strange.instances] == ["book-1", "cup-2"]


def test_occluder_ids_are_renamed_along(tracker):
    front = replace(one(60, name="7", class_id="box"), occludee_ids=("3",))
    back = replace(one(50, name="3"), occluder_ids=("7",))
    box, cup = tracker.update(scene_of([front, back])).instances
    assert (box.id, box.occludee_ids, cup.id, cup.occluder_ids) == ("box-1", ("cup-1",), "cup-1", ("box-1",))


def test_all_else_passes_through(tracker):
    scene = replace(scene_of([one(50, score=0.3)], 12), model="m", frame_id="camera")
    result = tracker.update(scene)
    assert (result.model, result.frame_id, result.stamp_ns) == ("m", "camera", 12)
    assert result.instances == (replace(scene.instances[0], id="cup-1"),)


def test_time_that_goes_backwards_does_no_harm_and_reset_starts_anew(tracker):
    for stamp in (SECOND_NS, SECOND_NS + FRAME_NS, 0, FRAME_NS):
        assert tracker.update(scene_of([one(50)], stamp)).instances[0].id == "cup-1"
    tracker.reset()
    assert tracker.update(scene_of([one(200)], 0)).instances[0].id == "cup-1"


def test_empty_frames(tracker):
    for stamp in frames(0.5):
        assert tracker.update(scene_of([], stamp)).instances == ()


def test_empty_masks_and_boxes(tracker):
    nothing = Mask(0, 0, np.zeros((0, 0), dtype=np.bool_))
    flat = Instance(id="0", class_id="cup", score=0.0, visible_box=Box(5, 5, 5, 5), visible_mask=nothing)
    boxed = replace(one(50, name="1"), visible_mask=nothing)
    for stamp in frames(0.2):
        assert [i.id for i in tracker.update(scene_of([flat, boxed], stamp)).instances][1] == "cup-2"


def test_options_can_change_while_it_works(tracker, config):
    tracker.update(scene_of([one(50)], 0))
    tracker.reconfigure(replace(config, confirm_hits=1))
    tracker.update(scene_of([], FRAME_NS))
    assert tracker.update(scene_of([one(50)], 2 * FRAME_NS)).instances[0].id == "cup-1"


def test_the_same_input_gives_the_same_ids(config):
    things = [Thing(str(i), 40 * i, 30 * (i % 5), speed=30 * (-1) ** i, depth=i) for i in range(7)]
    assert follow(Tracker(config), things, frames(2)) == follow(Tracker(config), things, frames(2))


detections = st.lists(
    st.tuples(
        st.floats(-50, 350),
        st.floats(-50, 250),
        st.floats(0, 150),
        st.floats(0, 1),
        st.sampled_from(["cup", "bowl", "object", "cell phone", "cup-1"]),
    ),
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(-SECOND_NS, 3 * SECOND_NS), detections), max_size=8))
def test_any_input_gives_unique_ids_in_the_same_order(history):
    tracker = Tracker(load(TrackerConfig, "detector"))
    stamp = 0
    for step, found in history:
        stamp += step
        instances = [one(x, y, size, kind, score, str(n)) for n, (x, y, size, score, kind) in enumerate(found)]
        result = tracker.update(scene_of(instances, stamp))
        assert len({i.id for i in result.instances}) == len(instances)
        assert [i.visible_box for i in result.instances] == [i.visible_box for i in instances]


def test_partly_covered_box_keeps_its_size_and_speed():
    motion = BoxMotion(Box(0, 0, 40, 40))
    for frame in range(1, 31):
        left = 2.0 * frame
        motion.advance(1 / 30)
        covered = left + 40 > 70
        motion.observe(Box(left, 0, min(left + 40, 70), 40), FreeEdges(right=not covered))
    assert motion.box.width == pytest.approx(40, abs=0.5)
    assert motion.velocity[0] == pytest.approx(60, rel=0.1)
    assert motion.velocity[1] == pytest.approx(0, abs=1)


def test_resting_box_hardly_drifts_while_hidden():
    drifts = []
    for seed in range(20):
        rng, motion = np.random.default_rng(seed), BoxMotion(Box(100, 100, 150, 150))
        for _ in range(30):
            x, y = 100 + rng.normal(0, 1, 2)
            motion.advance(1 / 30)
            motion.observe(Box(x, y, x + 50, y + 50), FreeEdges())
        motion.advance(2.0)
        drifts.append(np.hypot(*np.subtract(motion.box.center, 125)))
    assert max(drifts) < 50


def test_edges_at_the_border_and_at_an_occluder_are_not_free():
    cup = replace(one(0, 60), occluder_ids=("1",))
    scene = scene_of([cup, one(40, 40, 80, "box", name="1")])
    assert free_edges(scene.instances[0], scene) == FreeEdges(left=False, right=False)
    assert free_edges(scene.instances[1], scene) == FreeEdges()
