"""Successive scenes: what is completed when, what is kept, and what is said of it. The completer is a fake."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from physperception.amodal.completer import Completion
from physperception.amodal.order import PairwiseOrder
from physperception.amodal.scene import SceneCompleter, SceneCompleterConfig
from physperception.errors import InvalidImage
from physperception.scene import Box, Instance, Mask, Scene

WIDTH, HEIGHT = 160, 120
SECOND = 10**9
IMAGE = cv2.resize(np.random.default_rng(0).integers(0, 255, (30, 40, 3), dtype=np.uint8), (WIDTH, HEIGHT))
CONFIG = SceneCompleterConfig(max_objects=20, max_age_s=0.5, memory_s=0.0, keep_hidden_s=2.0)


class GrowingCompleter:
    """Says that every object goes on some pixels to the right; remembers what it was asked."""

    model_id = "growing"

    def __init__(self, grows=10):
        self.grows = grows
        self.asked = []
        self.hints = []
        self.sees = {}

    def order(self, image, visible):
        """Nothing but what `sees` holds: probability by places of the one in front and the one behind."""
        hides = np.full((len(visible), len(visible)), np.nan, dtype=np.float32)
        for (front, back), probability in self.sees.items():
            hides[front, back], hides[back, front] = probability, 1 - probability
        return PairwiseOrder(hides)

    def complete(self, image, visible, hints=None, samples=0):
        self.asked.append([mask.tight().x for mask in visible])
        self.hints.append(hints)
        return [self._completion(mask.tight()) for mask in visible]

    def _completion(self, mask):
        data = np.zeros((mask.height, mask.width + self.grows), dtype=np.bool_)
        for shift in range(self.grows + 1):
            data[:, shift : shift + mask.width] |= mask.data
        values = data.astype(np.float32)
        nothing = Mask(0, 0, np.zeros((0, 0), dtype=np.bool_))
        amodal = Mask(mask.x, mask.y, data)
        occlusion = 1 - mask.area / amodal.area
        return Completion(amodal, mask.x, mask.y, values, nothing, (), occlusion, 0.05, 0.75)


def block(x, y, width=20, height=20):
    return Mask(x, y, np.ones((height, width), dtype=np.bool_))


def instance(name, mask, **changes):
    fields = dict(id=name, class_id="cup", score=0.5, visible_box=mask.extent, visible_mask=mask)
    return Instance(**(fields | changes))


def scene(instances, stamp_s=0.0):
    return Scene(width=WIDTH, height=HEIGHT, instances=tuple(instances), model="m", stamp_ns=round(stamp_s * SECOND))


def row(count, x=0):
    return [instance(f"o{index}", block(x + 26 * index, 10)) for index in range(count)]


@pytest.fixture
def fake():
    return GrowingCompleter()


def completer(fake, **changes):
    return SceneCompleter(fake, replace(CONFIG, **changes), 0.5)


def test_every_object_gets_its_whole_mask_box_score_and_age(fake):
    found = completer(fake).update(IMAGE, scene(row(2), 3.0))
    assert found.completed == ("o0", "o1")
    assert found.scene.model == "m+growing"
    assert (found.scene.stamp_ns, found.scene.width, found.scene.height) == (3 * SECOND, WIDTH, HEIGHT)
    first = found.scene.instance("o0")
    assert first.amodal_mask == block(0, 10, 30)
    assert first.amodal_box == Box(0, 10, 30, 30)
    assert (first.amodal_score, first.amodal_age_s, first.occlusion_std) == (0.75, 0.0, 0.05)
    assert first.occlusion == pytest.approx(1 / 3)


def test_the_amodal_box_holds_the_visible_box_also_where_that_is_larger(fake):
    wide = instance("a", block(10, 10), visible_box=Box(5, 8, 31, 33))
    assert completer(fake).update(IMAGE, scene([wide])).scene.instance("a").amodal_box == Box(5, 8, 40, 33)


def test_relations_come_from_the_graph(fake):
    found = completer(fake).update(IMAGE, scene([instance("l", block(10, 10)), instance("r", block(30, 10))]))
    left, right = found.scene.instance("l"), found.scene.instance("r")
    assert (left.occluder_ids, left.occludee_ids) == (("r",), ())
    assert (right.occluder_ids, right.occludee_ids) == ((), ("l",))
    assert left.occluder_mask == right.visible_mask
    assert right.occludee_mask == left.visible_mask
    assert not left.occludee_mask.area
    assert [(edge.front, edge.back) for edge in found.graph.edges] == [("r", "l")]


def test_the_graph_overrules_the_detector_between_objects_it_knows(fake):
    left = instance("l", block(10, 10), occludee_ids=("r",))
    right = instance("r", block(30, 10), occluder_ids=("l",))
    found = completer(fake).update(IMAGE, scene([left, right])).scene
    assert (found.instance("l").occluder_ids, found.instance("r").occluder_ids) == (("r",), ())


def test_the_detector_is_believed_where_an_object_has_not_been_completed(fake):
    left = instance("l", block(10, 10, 30), occludee_ids=("r",))
    right = instance("r", block(40, 10), occluder_ids=("l",))
    found = completer(fake, max_objects=1).update(IMAGE, scene([left, right]))
    assert found.completed == found.graph.ids == ("l",)
    assert found.scene.instance("l").occludee_ids == ("r",)
    untouched = found.scene.instance("r")
    assert (untouched.occluder_ids, untouched.amodal_mask, untouched.amodal_box) == (("l",), None, None)


def test_at_most_max_objects_and_everyone_in_the_end(fake):
    made = completer(fake, max_objects=2)
    found = [made.update(IMAGE, scene(row(5), index / 30)) for index in range(3)]
    assert [len(item.completed) for item in found] == [2, 2, 1]
    assert sorted(name for item in found for name in item.completed) == [f"o{index}" for index in range(5)]
    assert all(item.amodal_mask is not None for item in found[-1].scene.instances)


def test_larger_new_objects_come_first(fake):
    small, large = instance("s", block(10, 10, 10, 10)), instance("l", block(60, 10, 30, 30))
    assert completer(fake, max_objects=1).update(IMAGE, scene([small, large])).completed == ("l",)


def test_new_before_changed_before_old(fake):
    made = completer(fake, max_objects=1)
    old, changing, new = (instance(name, block(x, 10)) for name, x in (("old", 0), ("changing", 50), ("new", 100)))
    for stamp in (0.0, 0.1):
        made.update(IMAGE, scene([old, changing], stamp))
    changed = instance("changing", block(54, 10))
    both = [made.update(IMAGE, scene([old, changed, new], 2 + stamp)).completed for stamp in (0, 0.1, 0.2, 0.3)]
    assert both == [("new",), ("changing",), ("old",), ()]


def test_what_changed_most_comes_first(fake):
    made = completer(fake)
    made.update(IMAGE, scene(row(2)))
    made.reconfigure(replace(CONFIG, max_objects=1), 0.5)
    moved = [instance("o0", block(2, 10)), instance("o1", block(32, 10))]
    assert made.update(IMAGE, scene(moved, 0.1)).completed == ("o1",)


def test_an_object_at_rest_is_left_alone_until_it_is_old_and_its_age_is_told(fake):
    made = completer(fake)
    found = [made.update(IMAGE, scene(row(1), stamp)) for stamp in (0.0, 0.2, 0.4, 0.6)]
    assert [item.completed for item in found] == [("o0",), (), (), ("o0",)]
    ages = [item.scene.instances[0].amodal_age_s for item in found]
    assert ages == pytest.approx([0.0, 0.2, 0.4, 0.0])
    assert found[1].scene.instances[0].amodal_mask == found[0].scene.instances[0].amodal_mask


def test_a_kept_mask_still_contains_what_is_visible_now(fake):
    """Half a pixel of jitter is no change, but the visible mask must not stick out of the old whole one."""
    made = completer(fake)
    made.update(IMAGE, scene([instance("a", block(10, 10, 60, 60))]))
    found = made.update(IMAGE, scene([instance("a", block(9, 10, 61, 60))], 0.1))
    assert found.completed == ()
    assert found.scene.instances[0].amodal_mask == block(9, 10, 71, 60)


def test_an_object_that_was_away_is_new_again(fake):
    made = completer(fake)
    for stamp, count in ((0.0, 1), (0.1, 0), (0.2, 1)):
        found = made.update(IMAGE, scene(row(count), stamp))
    assert found.completed == ("o0",)


def test_reset_forgets(fake):
    made = completer(fake)
    made.update(IMAGE, scene(row(1)))
    made.reset()
    assert made.update(IMAGE, scene(row(1), 0.1)).completed == ("o0",)


def test_time_that_goes_back_gives_no_negative_age(fake):
    made = completer(fake)
    made.update(IMAGE, scene(row(1), 10.0))
    assert made.update(IMAGE, scene(row(1), 9.9)).scene.instances[0].amodal_age_s == 0.0


def test_no_objects(fake):
    found = completer(fake).update(IMAGE, scene([]))
    assert (found.scene.instances, found.completed, found.recalled, found.graph.edges) == ((), (), (), ())


def test_masks_that_reach_past_the_image_are_cut_and_those_outside_left_alone(fake):
    cut = instance("cut", block(-10, -5))
    outside = instance("outside", block(400, 10))
    found = completer(fake).update(IMAGE, scene([cut, outside])).scene
    assert fake.asked == [[0]]
    assert found.instance("cut").amodal_mask == block(-10, -5).union(block(0, 0, 20, 15))
    assert found.instance("outside") == outside


def test_live_options_are_taken_over(fake):
    made = completer(fake)
    pair = [instance("l", block(10, 10)), instance("r", block(30, 10))]
    assert made.update(IMAGE, scene(pair)).graph.edges
    made.reconfigure(replace(CONFIG, max_age_s=0.0, max_objects=1), 1.0)
    assert len(made.update(IMAGE, scene(pair, 0.1)).completed) == 1


def test_what_is_seen_where_objects_meet_gives_hints_and_decides_over_the_shapes(fake):
    fake.sees = {(0, 1): 0.9}
    left, right = block(10, 10), block(30, 10)
    found = completer(fake).update(IMAGE, scene([instance("l", left), instance("r", right)]))
    ((first, second),) = fake.hints
    assert (first.occluder, first.other, second.occluder, second.other) == (None, right, left, None)
    assert [(edge.front, edge.back) for edge in found.graph.edges] == [("l", "r")]
    assert found.graph.edges[0].confidence == pytest.approx(0.9)


def test_hints_are_those_of_the_objects_chosen(fake):
    fake.sees = {(1, 2): 0.8}
    items = [instance("a", block(0, 80, 5, 5)), instance("l", block(10, 10)), instance("r", block(30, 10, 30, 30))]
    found = completer(fake, max_objects=1).update(IMAGE, scene(items))
    assert found.completed == ("r",)
    assert [(hint.occluder, hint.other) for hint in fake.hints[0]] == [(block(10, 10), None)]
    assert found.graph.edges == ()


def test_depth_gives_hints_and_decides(fake):
    depth = np.full((HEIGHT, WIDTH), 2.0, dtype=np.float32)
    left, right = block(10, 10), block(30, 10)
    depth[left.full(WIDTH, HEIGHT)] = 0.5
    depth[right.full(WIDTH, HEIGHT)] = 0.8
    fake.sees = {(1, 0): 0.99}
    found = completer(fake).update(IMAGE, scene([instance("l", left), instance("r", right)]), depth)
    ((first, second),) = fake.hints
    assert (first.other, second.occluder) == (right, left)
    assert [(edge.front, edge.back, edge.confidence) for edge in found.graph.edges] == [("l", "r", 1.0)]


@pytest.mark.parametrize(
    ("image", "depth", "words"),
    [
        (IMAGE[:100], None, "objects are from a 160 x 120 image but it is 160 x 100"),
        (np.repeat(IMAGE, 2, axis=1), None, "from a 160 x 120 image but it is 320 x 120"),
        (IMAGE, np.ones((60, 80), dtype=np.float32), "depth is 80 x 60 but the image is 160 x 120"),
        (IMAGE.astype(np.float32), None, "must be uint8"),
    ],
)
def test_sizes_that_disagree_are_refused_and_the_next_scene_is_completed(fake, image, depth, words):
    made = completer(fake)
    with pytest.raises(InvalidImage, match=words):
        made.update(image, scene(row(1)), depth)
    assert made.update(IMAGE, scene(row(1))).completed == ("o0",)


def test_an_earlier_fuller_view_completes_an_object():
    """Seen whole first; later its right half is covered, and the completer alone would say it ends there."""
    made = completer(GrowingCompleter(grows=0), memory_s=10.0)
    whole, half = block(40, 30, 60, 50), block(40, 30, 25, 50)
    made.update(IMAGE, scene([instance("a", whole)]))
    found = made.update(IMAGE, scene([instance("a", half)], 0.1))
    assert found.recalled == ("a",)
    seen = found.scene.instance("a")
    assert seen.amodal_mask.iou(whole) > 0.95
    assert seen.occlusion == pytest.approx(1 - 25 / 60, abs=0.03)
    without = completer(GrowingCompleter(grows=0))
    without.update(IMAGE, scene([instance("a", whole)]))
    assert without.update(IMAGE, scene([instance("a", half)], 0.1)).scene.instance("a").amodal_mask == half


def test_a_remembered_view_gives_the_graph_its_evidence():
    made = completer(GrowingCompleter(grows=0), memory_s=10.0)
    whole, half, bar = block(40, 30, 60, 50), block(40, 30, 25, 50), block(65, 20, 40, 70)
    made.update(IMAGE, scene([instance("a", whole)]))
    found = made.update(IMAGE, scene([instance("a", half), instance("bar", bar)], 0.1))
    assert [(edge.front, edge.back) for edge in found.graph.edges] == [("bar", "a")]


def test_an_object_that_has_to_wait_takes_its_old_mask_along(fake):
    made = completer(fake, max_objects=2)
    made.update(IMAGE, scene([instance("a", block(10, 10)), instance("b", block(60, 10))]))
    made.reconfigure(replace(CONFIG, max_objects=1), 0.5)
    found = made.update(IMAGE, scene([instance("a", block(12, 13)), instance("b", block(90, 10))], 0.1))
    assert found.completed == ("b",)
    assert found.scene.instance("a").amodal_mask == block(12, 13, 30, 20)
    assert found.scene.instance("a").amodal_age_s == pytest.approx(0.1)


def box_before_cup(made, *, name="box", box_at=20.0, cup=True, stamp_s=0.2):
    """A cup of which a box hides the left half; then the box before all of it, or whatever the arguments say."""
    made.update(IMAGE, scene([instance("box", block(20, 20, 50, 60)), instance("cup", block(70, 40))], 0.0))
    seen = [instance(name, block(box_at, 20, 50, 60))]
    if cup:
        seen.append(instance("cup", block(70, 40)))
    return made.update(IMAGE, scene(seen, stamp_s))


def test_an_object_that_goes_behind_another_is_still_there(fake):
    found = box_before_cup(completer(fake), box_at=60, cup=False)
    cup = found.scene.instance("cup")
    assert not cup.visible_mask.area
    assert cup.visible_box.area == 0
    assert cup.occlusion == 1
    assert cup.amodal_mask == block(70, 40, 30, 20)
    assert cup.amodal_age_s == pytest.approx(0.2)
    assert cup.occluder_ids == ("box",)
    assert found.scene.instance("box").occludee_ids == ("cup",)
    assert found.graph.to_free("cup") == ("box",)
    assert found.completed == ("box",), "there is nothing of it to complete"


def test_it_stays_as_long_as_it_is_covered_and_comes_back_under_its_id(fake):
    made = completer(fake)
    box_before_cup(made, box_at=60, cup=False)
    later = made.update(IMAGE, scene([instance("box", block(60, 20, 50, 60))], 1.0))
    assert later.scene.instance("cup").amodal_age_s == pytest.approx(1.0)
    back = made.update(IMAGE, scene([instance("box", block(20, 20, 50, 60)), instance("cup", block(70, 40))], 1.2))
    assert [item.id for item in back.scene.instances] == ["box", "cup"]
    assert back.scene.instance("cup").visible_mask.area
    assert back.scene.instance("cup").amodal_age_s == 0


def test_it_is_given_up_when_its_place_is_in_view_or_after_a_time(fake):
    made = completer(fake)
    box_before_cup(made, box_at=60, cup=False)
    assert len(made.update(IMAGE, scene([instance("box", block(60, 20, 50, 60))], 2.5)).scene.instances) == 1
    assert len(made.update(IMAGE, scene([instance("box", block(60, 20, 50, 60))], 2.6)).scene.instances) == 1
    made = completer(fake)
    assert len(box_before_cup(made, box_at=20, cup=False).scene.instances) == 1


def test_an_object_is_not_hidden_by_itself_under_another_id_nor_when_it_vanishes_in_full_view():
    renamed = box_before_cup(completer(GrowingCompleter()), name="new", box_at=60, cup=False)
    assert [item.id for item in renamed.scene.instances] == ["new"]
    whole = box_before_cup(completer(GrowingCompleter(grows=1)), box_at=60, cup=False)
    assert [item.id for item in whole.scene.instances] == ["box"]


def test_hidden_objects_are_not_kept_when_they_are_not_wanted_or_after_a_reset(fake):
    assert len(box_before_cup(completer(fake, keep_hidden_s=0.0), box_at=60, cup=False).scene.instances) == 1
    made = completer(fake)
    box_before_cup(made, box_at=20)
    made.reset()
    assert len(made.update(IMAGE, scene([instance("box", block(60, 20, 50, 60))], 0.3)).scene.instances) == 1


def test_nothing_is_kept_beyond_the_border_of_the_image(fake):
    made = completer(fake)
    made.update(IMAGE, scene([instance("box", block(100, 20, 40, 60)), instance("cup", block(140, 40))], 0.0))
    found = made.update(IMAGE, scene([instance("box", block(110, 20, 50, 60))], 0.2))
    assert found.scene.instance("cup").amodal_mask == block(140, 40, 30, 20)
    made.update(IMAGE, scene([], 0.3))
    assert not made.update(IMAGE, scene([instance("box", block(110, 20, 50, 60))], 0.4)).scene.instances[1:]
