"""Generated referring expressions: margins, colours, words, and that each means exactly its targets."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from physperception.datasets.coco import DatasetError
from physperception.datasets.domains import SHIFTED, USUAL
from physperception.datasets.expressions import (
    Expression,
    ExpressionKind,
    Target,
    read_expressions,
    write_expressions,
)
from physperception.datasets.expressions.__main__ import main
from physperception.datasets.expressions.categories import DISPUTED, PURPOSES, category_verdict
from physperception.datasets.expressions.colours import COLOURS, colour_verdicts
from physperception.datasets.expressions.facts import ObjectFacts, SceneFacts, scene_facts
from physperception.datasets.expressions.generating import SHARES, WORDINGS, generate
from physperception.datasets.expressions.judging import judge, look_alikes, meant
from physperception.datasets.expressions.query import PATTERNS, PLACES, RANKS, RELATIONS, Query, Relation
from physperception.datasets.expressions.relations import relation_verdict
from physperception.datasets.expressions.verdicts import Verdict, all_of, judged
from physperception.datasets.expressions.wording import fronted_sentence, noun_phrase, sentence, several
from physperception.datasets.expressions.wording_test2 import TEST2_WORDING
from physperception.datasets.expressions.wording_usual import USUAL_WORDING
from physperception.datasets.expressions.wording_val2 import VAL2_WORDING
from physperception.errors import ConfigError
from physperception.scene import Box, MaskKind

NO, PERHAPS, YES = Verdict.NO, Verdict.PERHAPS, Verdict.YES
SAMPLE = Path(__file__).parents[1] / "data" / "scenes_sample"
WIDTH, HEIGHT = 400, 300
NONE_SURE = dict.fromkeys(COLOURS, NO)


def thing(x, y, width=40, height=40, category="mug", depth_m=1.0, occlusion=0.0, **colours):
    """An object whose visible and amodal box are centred on (x, y)."""
    box = Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    area = int(width * height)
    return ObjectFacts(
        id=0, category=category, visible_box=box, amodal_box=box, area=round(area * (1 - occlusion)), whole_area=area,
        occlusion=occlusion, cut=False, depth_m=depth_m, colours=NONE_SURE | colours, surface="plain", contrast=30.0,
    )  # fmt: skip


def scene(*objects, hides=(), carries=(), touches=(), gaps=None):
    count = len(objects)
    shares, carrying, touching = (
        np.zeros((count, count)),
        np.zeros((count, count), bool),
        np.zeros((count, count), bool),
    )
    for front, back, share in hides:
        shares[front, back] = share
    for below, above in carries:
        carrying[below, above] = touching[below, above] = touching[above, below] = True
    for first, second in touches:
        touching[first, second] = touching[second, first] = True
    return SceneFacts(
        image_id=1, file_name="1.png", width=WIDTH, height=HEIGHT,
        objects=tuple(replace(item, id=number) for number, item in enumerate(objects)),
        gaps_px=np.full((count, count), 100.0) if gaps is None else np.array(gaps, float), hides=shares,
        carries=carrying, touches=touching, on_table=np.array([not carrying[:, place].any() for place in range(count)]),
    )  # fmt: skip


def test_three_values():
    assert all_of([YES, PERHAPS]) is PERHAPS
    assert all_of([PERHAPS, NO]) is NO
    assert all_of([]) is YES
    assert [verdict.denied for verdict in Verdict] == [YES, PERHAPS, NO]
    assert judged(True, True) is NO
    assert judged(False, False) is PERHAPS


@pytest.mark.parametrize(
    ("x", "y", "left", "right"),
    [
        (100, 150, YES, NO),
        (100, 240, YES, NO),  # 100 px to the left, 90 px below is still mostly left
        (170, 150, YES, NO),
        (185, 150, PERHAPS, NO),  # only 15 px to the left
        (200, 100, PERHAPS, PERHAPS),
        (300, 150, NO, YES),
    ],
)
def test_left_and_right_of(x, y, left, right):
    facts = scene(thing(x, y), thing(200, 150))
    assert relation_verdict("left_of", facts, 0, [1]) is left
    assert relation_verdict("right_of", facts, 0, [1]) is right


def test_far_below_is_not_surely_left():
    assert relation_verdict("left_of", scene(thing(150, 280), thing(200, 150)), 0, [1]) is PERHAPS


def test_behind_needs_hiding_and_depth():
    front, back = thing(200, 150, depth_m=1.0), thing(210, 130, depth_m=1.2, occlusion=0.3)
    hidden = scene(front, back, hides=[(0, 1, 0.3)])
    assert relation_verdict("behind", hidden, 1, [0]) is YES
    assert relation_verdict("in_front_of", hidden, 0, [1]) is YES
    assert relation_verdict("behind", hidden, 0, [1]) is NO
    assert relation_verdict("behind", scene(front, back), 1, [0]) is PERHAPS
    assert relation_verdict("behind", scene(front, back, hides=[(0, 1, 0.3)], carries=[(1, 0)]), 1, [0]) is PERHAPS
    flat = scene(replace(front, depth_m=math.nan), back, hides=[(0, 1, 0.3)])
    assert relation_verdict("behind", flat, 1, [0]) is YES


def test_on_and_under_follow_the_contacts():
    below, above, leaning, apart = (thing(x, 150) for x in (100, 110, 150, 300))
    facts = scene(below, above, leaning, apart, carries=[(0, 1)], touches=[(0, 2)])
    assert [relation_verdict("on", facts, place, [0]) for place in (1, 2, 3)] == [YES, PERHAPS, NO]
    assert relation_verdict("under", facts, 0, [1]) is YES
    stacked = scene(below, above, leaning, carries=[(0, 1), (1, 2)])
    assert relation_verdict("on", stacked, 2, [0]) is PERHAPS


def test_next_to_by_gap():
    def near(gap, **others):
        facts = scene(thing(100, 150), thing(150, 150), gaps=[[0, gap], [gap, 0]], **others)
        return relation_verdict("next_to", facts, 0, [1])

    assert [near(5), near(30), near(60)] == [YES, PERHAPS, NO]
    assert near(0, carries=[(0, 1)]) is PERHAPS


@pytest.mark.parametrize(
    ("x", "y", "verdict"), [(200, 150, YES), (200, 180, YES), (120, 150, PERHAPS), (390, 150, NO), (200, 280, NO)]
)
def test_between(x, y, verdict):
    assert relation_verdict("between", scene(thing(x, y), thing(100, 150), thing(300, 150)), 0, [1, 2]) is verdict


def test_hidden_by_share():
    facts = scene(thing(1, 1), thing(2, 2), thing(3, 3), hides=[(0, 1, 0.2), (0, 2, 0.04)])
    assert [relation_verdict("hidden_by", facts, place, [0]) for place in (1, 2)] == [YES, PERHAPS]
    assert relation_verdict("hides", facts, 0, [1]) is YES
    assert relation_verdict("hides", facts, 1, [0]) is NO


def test_a_cup_beside_a_mug_makes_the_mug_doubtful():
    facts = scene(thing(100, 150), thing(300, 150, category="cup"))
    assert judge(Query(noun="mug"), facts) == (YES, PERHAPS)
    assert meant(Query(noun="mug"), facts) is None
    assert meant(Query(noun="mug"), scene(thing(100, 150), thing(300, 150, category="book"))) == (0,)


def test_colour_and_its_negation():
    facts = scene(thing(100, 150, red=YES), thing(200, 150, red=PERHAPS), thing(300, 150))
    assert judge(Query(colour="red"), facts) == (YES, PERHAPS, NO)
    assert judge(Query(not_colour="red"), facts) == (NO, PERHAPS, YES)


def test_patterns_that_can_be_told():
    checked = replace(thing(100, 150, category="box"), surface="checks")
    bent, faint = replace(checked, category="plate"), replace(checked, contrast=3.0)
    printed, plain = replace(checked, surface="print"), replace(checked, surface="plain")
    facts = scene(checked, bent, faint, printed, plain)
    assert judge(Query(pattern="checked"), facts) == (YES, PERHAPS, PERHAPS, PERHAPS, NO)


def test_ranks_need_clear_steps_up_to_the_one_behind():
    clear = scene(thing(50, 150), thing(150, 150), thing(250, 150), thing(255, 250))
    assert meant(Query(rank="leftmost"), clear) == (0,)
    assert meant(Query(rank="leftmost", number=2), clear) == (1,)
    assert meant(Query(rank="leftmost", number=3), clear) is None
    assert meant(Query(rank="rightmost"), clear) is None
    assert meant(Query(rank="leftmost", number=5), clear) == ()
    assert meant(Query(rank="leftmost"), scene(thing(50, 150))) is None


def test_size_and_distance_ranks():
    facts = scene(thing(100, 250, 80, 80, depth_m=0.5), thing(200, 150, 40, 40), thing(300, 60, 40, 42, depth_m=1.5))
    assert meant(Query(rank="largest"), facts) is None, "far and small in the image may be the larger thing"
    near = scene(thing(100, 250, 80, 80), thing(200, 150, 40, 40), thing(300, 60, 40, 42))
    assert meant(Query(rank="largest"), near) == (0,)
    assert meant(Query(rank="smallest"), near) is None
    assert meant(Query(rank="nearest"), facts) == (0,)
    assert meant(Query(rank="farthest"), facts) == (2,)
    assert meant(Query(rank="nearest"), scene(thing(1, 9, depth_m=math.nan), thing(9, 1))) is None


def test_an_anchor_must_mean_one_object():
    mugs = thing(100, 150), thing(300, 150), thing(200, 150, category="book")
    left = Query(noun="mug", relation=Relation("left_of", (Query(noun="book"),)))
    assert meant(left, scene(*mugs)) == (0,)
    assert meant(left, scene(*mugs, thing(380, 20, category="book"))) is None
    assert look_alikes(left, scene(*mugs)) == 2


def test_colours_of_drawn_patches():
    paint = {"red": (205, 25, 30), "green": (40, 150, 50), "blue": (40, 70, 200), "yellow": (230, 215, 40),
             "grey": (120, 120, 120), "brown": (105, 65, 35), "black": (15, 15, 15)}  # fmt: skip
    image = np.full((160, 80 * len(paint), 3), 128, np.uint8)
    masks = []
    for place, value in enumerate(paint.values()):
        mask = np.zeros(image.shape[:2], bool)
        mask[20:140, 80 * place + 10 : 80 * place + 70] = True
        image[mask] = value
        masks.append(mask)
    for name, found in zip(paint, colour_verdicts(image, masks)):
        assert found[name] is YES, (name, found)
        assert [other for other, verdict in found.items() if verdict is YES] == [name]


def test_colours_between_two_names_are_in_doubt():
    image = np.full((60, 180, 3), 90, np.uint8)
    masks = []
    for place, value in enumerate([(235, 95, 25), (30, 160, 165)]):  # red or orange, green or blue
        mask = np.zeros(image.shape[:2], bool)
        mask[10:50, 60 * place + 10 : 60 * place + 50] = True
        image[mask] = value
        masks.append(mask)
    orange, teal = colour_verdicts(image, masks)
    assert YES not in orange.values()
    assert orange["red"] is PERHAPS
    assert orange["orange"] is PERHAPS
    assert YES not in teal.values()
    assert teal["green"] is PERHAPS
    assert teal["blue"] is PERHAPS
    half = np.zeros((60, 60, 3), np.uint8)
    half[:, :30], half[:, 30:] = (205, 25, 30), (40, 70, 200)
    (found,) = colour_verdicts(half, [np.ones((60, 60), bool)])
    assert found["red"] is PERHAPS
    assert found["blue"] is PERHAPS
    assert found["green"] is NO


def test_names_that_may_be_disputed_are_so_both_ways():
    for name, others in DISPUTED.items():
        assert name not in others
        for other in others:
            assert category_verdict(name, other) is category_verdict(other, name) is PERHAPS
    assert {*USUAL.shapes, *SHIFTED.shapes} == set(DISPUTED)


def test_words_of_usual_val2_and_test2_are_in_no_other_split():
    assert not USUAL_WORDING.forms() & TEST2_WORDING.forms()
    assert not USUAL_WORDING.forms() & VAL2_WORDING.forms()
    shared = VAL2_WORDING.forms() & TEST2_WORDING.forms()
    assert not shared, sorted(shared)
    places = {form for forms in VAL2_WORDING.front_places.values() for form in forms} & TEST2_WORDING.forms()
    assert not places, sorted(places)
    assert WORDINGS["test2"] is TEST2_WORDING
    assert WORDINGS["val2"] is VAL2_WORDING
    assert all(WORDINGS[split] is USUAL_WORDING for split in ("train", "val", "test1"))


@pytest.mark.parametrize("wording", [USUAL_WORDING, VAL2_WORDING, TEST2_WORDING], ids=["usual", "val2", "test2"])
def test_every_query_has_words(wording):
    rng = np.random.default_rng(0)
    assert set(wording.nouns) == {*USUAL.shapes, *SHIFTED.shapes}
    assert set(wording.colours) == set(COLOURS)
    assert set(wording.relations) == {*RELATIONS, "in"}
    assert set(wording.ranks) == set(RANKS)
    assert set(wording.purposes) == set(PURPOSES)
    assert set(wording.patterns) == set(PATTERNS)
    assert set(wording.places) == set(PLACES)
    for _ in range(20):
        anchors = (Query(noun="tray"), Query(colour="red", rank="largest"))
        for name in RELATIONS:
            used = anchors if name == "between" else anchors[:1]
            query = Query(noun="mug", colour="blue", hidden=True, relation=Relation(name, used), rank="leftmost")
            for forms in (wording.visible, wording.amodal, wording.seen_only):
                text = sentence(noun_phrase(query, wording, rng), forms, rng)
                assert "{" not in text
                assert "mug" in text
                assert "tray" in text
                assert any(name in text for name in wording.colours["blue"])
        for number in (2, 3, 4):
            counted = noun_phrase(Query(rank="nearest", number=number), wording, rng)
            assert "{" not in counted
            assert several(Query(noun="box"), number, wording, rng).count("boxes") in (0, 1)


def test_a_place_may_be_named_first_where_the_wording_has_forms():
    rng = np.random.default_rng(0)
    on_left = Query(noun="mug", colour="red", place="left")
    texts = {fronted_sentence(on_left, VAL2_WORDING, rng) for _ in range(40)}
    assert len(texts) > 20
    assert all("mug" in text and "left" in text and "{" not in text for text in texts)
    tray = Relation("on", (Query(noun="tray"),))
    assert "tray" in fronted_sentence(Query(noun="mug", relation=tray), VAL2_WORDING, rng)
    assert fronted_sentence(on_left, USUAL_WORDING, rng) is None
    assert fronted_sentence(replace(on_left, rank="largest"), VAL2_WORDING, rng) is None
    assert fronted_sentence(Query(noun="mug"), VAL2_WORDING, rng) is None


def test_words_before_the_noun():
    rng = np.random.default_rng(0)
    texts = {noun_phrase(Query(noun="ball", hidden=True, colour="red"), VAL2_WORDING, rng) for _ in range(200)}
    assert any(text.startswith("the partially obscured ") for text in texts)
    assert any(text.endswith("peeking out from behind something else") for text in texts)
    assert not any("{" in text for text in texts)


def test_colours_and_patterns_behind_the_noun_and_one_chosen_of_several():
    rng = np.random.default_rng(0)
    ball = Query(noun="ball", colour="red", pattern="dotted")
    texts = {noun_phrase(ball, VAL2_WORDING, rng) for _ in range(200)}
    assert any("in red" in text for text in texts)
    assert any("with polka dots" in text for text in texts)
    ranked = {noun_phrase(replace(ball, rank="largest"), VAL2_WORDING, rng) for _ in range(200)}
    assert not any("in red" in text or "with polka dots" in text for text in ranked)
    related = replace(ball, relation=Relation("behind", (Query(noun="tray"),)))
    assert any(
        text.startswith("the one out of all the ")
        for text in (noun_phrase(related, VAL2_WORDING, rng) for _ in range(400))
    )


def test_generated_expressions_are_true_by_the_annotations():
    """Checked against the file itself, not against the code that chose them."""
    made = generate(SAMPLE, 24, 3, "test1", progress=False)
    assert made == generate(SAMPLE, 24, 3, "test1", progress=False)
    content = json.loads((SAMPLE / "annotations.json").read_text())
    names = {category["id"]: category["name"] for category in content["categories"]}
    objects = {}
    for raw in content["annotations"]:
        objects.setdefault(raw["image_id"], {})[raw["id"]] = raw
    assert {item.kind for item in made} >= {ExpressionKind.VANILLA, ExpressionKind.COMPLEX_PROMPT}
    assert len({(item.image_id, item.text) for item in made}) == len(made)
    for item in made:
        inside = objects[item.image_id]
        for target in item.targets:
            x, y, width, height = inside[target.id]["bbox"]
            assert target.visible_box == Box(x, y, x + width, y + height)
            assert target.amodal_box.intersection(target.visible_box) == target.visible_box.area
        if len(item.targets) != 1:
            continue
        centres = {number: raw["bbox"][0] + raw["bbox"][2] / 2 for number, raw in inside.items()}
        target = item.targets[0].id
        if item.uses == ("leftmost",) and "second" not in item.text and item.kind is ExpressionKind.SUPERLATIVE:
            assert centres[target] == min(centres.values())
        if item.uses == ("category",) and item.kind is ExpressionKind.VANILLA:
            name = names[inside[target]["category_id"]]
            assert [names[raw["category_id"]] for raw in inside.values()].count(name) == 1
        for relation, sign in (("left_of", 1), ("right_of", -1)):
            if relation in item.uses:
                assert any(sign * (centre - centres[target]) > 0 for centre in centres.values())
        if "hidden_by" in item.uses:
            assert inside[target]["occluder_ids"]
        if "hides" in item.uses:
            assert inside[target]["occludee_ids"]
        unhidden = any(words in item.text for words in ("fully visible", "is not hidden", "which nothing hides"))
        if "occlusion" in item.uses and item.kind is ExpressionKind.VANILLA:
            assert (inside[target]["occlusion"] <= 0.01) is unhidden


def test_facts_of_the_sample():
    from physperception.datasets.coco import SceneDataset

    data = SceneDataset(SAMPLE)
    facts = scene_facts(data, 0)
    place = {raw["id"]: number for number, raw in enumerate(data.annotations(0))}
    for number, raw in enumerate(data.annotations(0)):
        assert facts.objects[number].occlusion == pytest.approx(raw["occlusion"])
        fronts = {other for other, share in enumerate(facts.hides[:, number]) if share > 0}
        assert {place[other] for other in raw["occluder_ids"]} <= fronts
        assert {place[other] for other in raw["supported_by_ids"]} == set(np.flatnonzero(facts.carries[:, number]))
        assert 0.1 < facts.objects[number].depth_m < 5


def expression(**changes):
    given = {
        "id": "a", "split": "val", "image_id": 1, "file_name": "images/1.jpg", "width": 40, "height": 30,
        "text": "the mug", "kind": ExpressionKind.VANILLA, "mask_kind": MaskKind.VISIBLE,
        "targets": (Target(3, Box(1, 2, 3, 4), None),), "uses": ("category",), "look_alikes": 1,
    }  # fmt: skip
    return Expression(**(given | changes))


def test_file_round_trip(tmp_path):
    items = [expression(), expression(id="b", kind=ExpressionKind.NOT_THERE, targets=(), text="the “Käse” ☃")]
    write_expressions(tmp_path / "new" / "x.jsonl", items)
    assert read_expressions(tmp_path / "new" / "x.jsonl") == items


@pytest.mark.parametrize(
    ("line", "words"),
    [("{", "line 2"), ('{"id": "a"}', "'split' is missing"), ("[1]", "line 2"), ('{"id": 1, "split": 2}', "line 2")],
)
def test_broken_lines_are_named(tmp_path, line, words):
    path = tmp_path / "x.jsonl"
    write_expressions(path, [expression()])
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(DatasetError, match=words):
        read_expressions(path)


def test_expressions_without_words_or_with_wrong_targets_are_refused():
    for changes in ({"text": " "}, {"targets": ()}, {"kind": ExpressionKind.NOT_THERE}):
        with pytest.raises(ValueError, match="expression a"):
            expression(**changes)


def test_command_line(tmp_path, capsys):
    out = tmp_path / "x.jsonl"
    options = ["--scenes", str(SAMPLE), "--out", str(out), "--count", "20", "--split", "test2"]
    assert main(options) == 0
    made = read_expressions(out)
    assert f"{len(made)} expressions" in capsys.readouterr().out
    assert all(item.split == "test2" for item in made)
    assert main([*options[:1], str(tmp_path / "none"), *options[2:]]) == 2
    assert "none" in capsys.readouterr().err
    with pytest.raises(ConfigError, match="count"):
        generate(SAMPLE, 0, 1, "val")
    assert sum(SHARES.values()) == pytest.approx(1)
