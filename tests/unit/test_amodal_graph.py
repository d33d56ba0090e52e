"""Who hides whom, and what must be moved first."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from physperception.amodal.completer import Completion
from physperception.amodal.graph import (
    Occlusion,
    OcclusionGraph,
    hints_from_depth,
    hints_from_order,
    nearer_at_border,
    occlusion_graph,
)
from physperception.amodal.order import PairwiseOrder
from physperception.scene import Mask

WIDTH, HEIGHT = 80, 60


def block(x, y, width, height):
    return Mask(x, y, np.ones((height, width), dtype=np.bool_))


LEFT, RIGHT = block(10, 10, 20, 30), block(30, 10, 20, 30)


def completion(visible, behind=None, probability=0.8):
    """The visible mask, and `behind` with some probability."""
    whole = visible if behind is None else visible.union(behind)
    values = np.zeros((HEIGHT, WIDTH), dtype=np.float32)
    if behind is not None:
        values[behind.full(WIDTH, HEIGHT)] = probability
    values[visible.full(WIDTH, HEIGHT)] = 1
    nothing = Mask(0, 0, np.zeros((0, 0), dtype=np.bool_))
    return Completion(whole, 0, 0, values, nothing, (), 1 - visible.area / whole.area, 0.0, 1.0)


def depth(left_m, right_m):
    values = np.full((HEIGHT, WIDTH), 2.0, dtype=np.float32)
    values[LEFT.full(WIDTH, HEIGHT)] = left_m
    values[RIGHT.full(WIDTH, HEIGHT)] = right_m
    return values


def graph(edges, ids=None):
    made = tuple(Occlusion(front, back, confidence, hidden) for front, back, confidence, hidden in edges)
    found = {name for edge in made for name in (edge.front, edge.back)}
    return OcclusionGraph(tuple(ids or sorted(found)), made)


def test_the_one_that_goes_on_behind_the_other_is_the_hidden_one():
    found = occlusion_graph(["l", "r"], [LEFT, RIGHT], [completion(LEFT, block(30, 10, 5, 30)), completion(RIGHT)])
    (edge,) = found.edges
    assert (edge.front, edge.back) == ("r", "l")
    assert edge.confidence == 1.0
    assert edge.hidden_px == pytest.approx(0.8 * 5 * 30)
    assert found.occluders("l") == found.to_free("l") == ("r",)
    assert found.occludees("r") == ("l",)
    assert found.occluders("r") == found.occludees("l") == ()


def test_confidence_is_the_part_of_the_evidence_for_this_order():
    behind_right, behind_left = block(30, 10, 6, 30), block(28, 10, 2, 30)
    completions = [completion(LEFT, behind_right), completion(RIGHT, behind_left)]
    (edge,) = occlusion_graph(["l", "r"], [LEFT, RIGHT], completions).edges
    assert (edge.front, edge.back) == ("r", "l")
    assert edge.confidence == pytest.approx(6 / 8)
    assert occlusion_graph(["l", "r"], [LEFT, RIGHT], completions, least_confidence=0.74).edges
    assert not occlusion_graph(["l", "r"], [LEFT, RIGHT], completions, least_confidence=0.76).edges


def test_the_order_of_the_objects_does_not_matter():
    completions = [completion(LEFT, block(30, 10, 6, 30)), completion(RIGHT, block(28, 10, 2, 30))]
    one = occlusion_graph(["l", "r"], [LEFT, RIGHT], completions)
    other = occlusion_graph(["r", "l"], [RIGHT, LEFT], completions[::-1])
    assert one.edges == other.edges


def test_a_few_pixels_or_equal_evidence_are_no_occlusion():
    few = completion(LEFT, block(30, 10, 1, 9))
    assert not occlusion_graph(["l", "r"], [LEFT, RIGHT], [few, completion(RIGHT)]).edges
    equal = [completion(LEFT, block(30, 10, 4, 30)), completion(RIGHT, block(26, 10, 4, 30))]
    assert not occlusion_graph(["l", "r"], [LEFT, RIGHT], equal).edges


def test_clear_depth_overrules_the_shapes_and_unclear_depth_does_not():
    completions = [completion(LEFT, block(30, 10, 6, 30)), completion(RIGHT, block(28, 10, 2, 30))]

    def edge(depth_m):
        return occlusion_graph(["l", "r"], [LEFT, RIGHT], completions, depth_m).edges[0]

    assert (edge(depth(0.5, 0.8)).front, edge(depth(0.5, 0.8)).confidence) == ("l", 1.0)
    assert edge(depth(0.5, 0.8)).hidden_px == pytest.approx(0.8 * 2 * 30)
    assert (edge(depth(0.8, 0.5)).front, edge(depth(0.8, 0.5)).confidence) == ("r", 1.0)
    for unclear in (depth(0.5, 0.502), depth(2.0, 2.015), depth(np.nan, 0.5)):
        assert (edge(unclear).front, edge(unclear).confidence) == ("r", pytest.approx(6 / 8))


def seen(left_over_right, right_over_left):
    hides = np.full((2, 2), np.nan, dtype=np.float32)
    hides[0, 1], hides[1, 0] = left_over_right, right_over_left
    return PairwiseOrder(hides)


def test_what_is_seen_where_they_meet_decides_over_the_shapes_and_depth_over_both():
    completions = [completion(LEFT, block(30, 10, 6, 30)), completion(RIGHT, block(28, 10, 2, 30))]

    def edges(order, depth_m=None, least=0.5):
        found = occlusion_graph(["l", "r"], [LEFT, RIGHT], completions, depth_m, least, order).edges
        return [(edge.front, edge.back, pytest.approx(edge.confidence)) for edge in found]

    assert edges(seen(0.75, 0.25)) == [("l", "r", 0.75)]
    assert edges(seen(0.25, 0.75)) == [("r", "l", 0.75)]
    assert edges(seen(0.75, 0.25), least=0.8) == []
    assert edges(seen(0.02, 0.1)) == [], "they meet, and neither hides the other"
    assert edges(seen(np.nan, np.nan)) == [("r", "l", 0.75)], "apart, so their shapes decide"
    assert edges(seen(0.75, 0.25), depth(0.8, 0.5)) == [("r", "l", 1.0)]


def test_hints_from_what_is_seen_and_from_depth_where_that_is_clear():
    order = seen(0.75, 0.25)
    left, right = hints_from_order([LEFT, RIGHT], order)
    assert (left.other, right.occluder) == (RIGHT, LEFT)
    left, right = hints_from_order([LEFT, RIGHT], order, depth(0.8, 0.5))
    assert (left.occluder, right.other) == (RIGHT, LEFT)
    left, right = hints_from_order([LEFT, RIGHT], seen(0.02, 0.1))
    assert (left.occluder, left.other, right.occluder, right.other) == (None, RIGHT, None, LEFT)
    apart = hints_from_order([LEFT, RIGHT], seen(np.nan, np.nan))
    assert [(hint.occluder, hint.other) for hint in apart] == [(None, None)] * 2


def test_only_depth_near_the_common_border_counts():
    values = depth(0.5, 0.5)
    values[10:40, 10:20] = 0.2
    assert nearer_at_border(LEFT, RIGHT, values) == 0
    values[10:40, 24:30] = 0.4
    assert nearer_at_border(LEFT, RIGHT, values) == 1
    assert nearer_at_border(RIGHT, LEFT, values) == -1


def test_objects_apart_or_outside_the_depth_image_tell_nothing():
    values = np.full((HEIGHT, WIDTH), 0.5, dtype=np.float32)
    assert nearer_at_border(block(0, 0, 10, 10), block(40, 30, 10, 10), values) == 0
    assert nearer_at_border(block(200, 200, 10, 10), block(210, 200, 10, 10), values) == 0


def test_hints_name_the_neighbours_in_front_and_those_behind():
    far = block(55, 45, 10, 10)
    left, right, alone = hints_from_depth([LEFT, RIGHT, far], depth(0.5, 0.8))
    assert (left.occluder, left.other) == (None, RIGHT)
    assert (right.occluder, right.other) == (LEFT, None)
    assert (alone.occluder, alone.other) == (None, None)


def test_cycles_are_reported_and_everything_else_is_not():
    woven = graph([("a", "b", 0.9, 9), ("b", "c", 0.8, 9), ("c", "a", 0.7, 9), ("c", "d", 0.9, 9), ("e", "a", 1, 9)])
    assert woven.cycles() == (("a", "b", "c"),)
    two = [("a", "b", 0.9, 9), ("b", "a", 0.8, 9), ("b", "c", 0.6, 9), ("c", "d", 0.9, 9), ("d", "c", 0.8, 9)]
    assert graph(two).cycles() == (("a", "b"), ("c", "d"))
    assert graph([("a", "b", 0.9, 9), ("b", "c", 0.9, 9)]).cycles() == ()


def test_in_a_cycle_the_least_sure_occlusion_is_ignored():
    woven = graph([("a", "b", 0.9, 9), ("b", "c", 0.8, 9), ("c", "a", 0.7, 9), ("c", "d", 1.0, 9)])
    assert woven.to_free("d") == ("a", "b", "c")


def test_an_occlusion_between_two_cycles_is_never_ignored():
    """It is the least sure of all, but no cycle needs it broken."""
    edges = [("p", "q", 0.9, 9), ("q", "p", 0.8, 9), ("q", "a", 0.55, 9), ("a", "b", 0.9, 9), ("b", "a", 0.8, 9)]
    order = graph([*edges, ("b", "z", 1.0, 9)]).to_free("z")
    assert order == ("p", "q", "a", "b")


def test_what_hides_most_comes_first():
    found = graph([("a", "x", 0.9, 10), ("b", "x", 0.9, 30), ("x", "c", 0.9, 5), ("x", "d", 0.9, 50)])
    assert found.occluders("x") == ("b", "a")
    assert found.occludees("x") == ("d", "c")


@pytest.mark.parametrize("question", ["occluders", "occludees", "to_free"])
def test_unknown_objects_are_a_key_error(question):
    with pytest.raises(KeyError, match="ghost"):
        getattr(graph([("a", "b", 1.0, 9)]), question)("ghost")


NAMES = "abcdef"
PAIRS = [(a, b) for index, a in enumerate(NAMES) for b in NAMES[index + 1 :]]


@st.composite
def acyclic(draw):
    """Occlusions that agree with some order of removal."""
    order = draw(st.permutations(NAMES))
    edges = [
        (a, b, draw(st.floats(0.5, 1)), draw(st.integers(8, 99)))
        for index, a in enumerate(order)
        for b in order[index + 1 :]
        if draw(st.booleans())
    ]
    return graph(draw(st.permutations(edges)), NAMES)


@settings(deadline=None, max_examples=150)
@given(acyclic(), st.sampled_from(NAMES))
def test_without_cycles_the_order_is_one_of_the_legal_ones_and_nothing_else_is_moved(found, target):
    """Brute force: of all sets and orders, those in which each is in full view when its turn comes, shortest first."""

    def legal(order):
        left = set(found.ids)
        for name in (*order, target):
            if any(edge.back == name and edge.front in left for edge in found.edges):
                return False
            left.discard(name)
        return True

    others = [name for name in found.ids if name != target]
    shortest = next(
        [order for order in permutations(others, size) if legal(order)]
        for size in range(len(found.ids))
        if any(legal(order) for order in permutations(others, size))
    )
    assert found.to_free(target) in shortest
    assert found.cycles() == ()


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(st.sampled_from(PAIRS), st.booleans(), st.floats(0.5, 1)), unique_by=lambda item: item[0]))
def test_any_graph_is_ordered_and_its_cycles_are_those_of_brute_force(drawn):
    edges = [(*(pair[::-1] if turned else pair), confidence, 9) for pair, turned, confidence in drawn]
    found = graph(edges, NAMES)
    reach = np.eye(len(NAMES), dtype=bool)
    for front, back, _, _ in edges:
        reach[NAMES.index(front), NAMES.index(back)] = True
    for _ in NAMES:
        reach = reach @ reach
    rings = {tuple(b for j, b in enumerate(NAMES) if reach[i, j] and reach[j, i]) for i in range(len(NAMES))}
    assert set(found.cycles()) == {ring for ring in rings if len(ring) > 1}
    for column, name in enumerate(NAMES):
        order = found.to_free(name)
        assert set(order) == {other for row, other in enumerate(NAMES) if reach[row, column] and other != name}
        place = {other: index for index, other in enumerate(order)}
        ring = next((ring for ring in rings if name in ring), (name,))
        for front, back, _, _ in edges:
            same_ring = any(front in other and back in other for other in rings)
            if front in place and back in place and not same_ring:
                assert place[front] < place[back]
        assert name not in order
        assert set(ring) - {name} <= set(order)
