"""Prompts in the paper's words, coordinates of each family, and answers that are read strictly or not at all."""

import base64
import json
import random

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from physperception.chat import Piece
from physperception.errors import ConfigError
from physperception.grounding.vlm.answers import Outcome, is_complete, read_answer
from physperception.grounding.vlm.families import (
    INTERNVL,
    QWEN3_VL,
    Coordinates,
    Family,
    Picture,
    encode,
    family_of,
    from_pixels,
    thinks,
    to_pixels,
)
from physperception.grounding.vlm.prompts import Budget, clean, question
from physperception.grounding.vlm.reasoning import Splitter
from physperception.scene import Box, MaskKind

VISIBLE, AMODAL = MaskKind.VISIBLE, MaskKind.AMODAL
PICTURE = Picture("", 640, 480, 320, 240)
PIXELS = Family("pixels", Coordinates.PIXELS, False, QWEN3_VL.prompts, ())


def read(text, family=QWEN3_VL, picture=PICTURE, **options):
    return read_answer(text, family, picture, **options)


def test_prompts_are_those_of_figure_7():
    def asked(kind, family):
        return question("the red mug", kind, family, True, 100, False)

    assert asked(VISIBLE, QWEN3_VL) == "Locate the red mug, output its bbox coordinates using JSON format."
    assert asked(AMODAL, QWEN3_VL) == (
        "Locate the red mug amodally, output its amodal bbox coordinates using JSON format"
    )
    start = "Please provide the bounding box coordinate of the region this sentence describes: "
    assert asked(VISIBLE, INTERNVL) == start + "<ref>the red mug</ref>"
    assert asked(AMODAL, INTERNVL) == start.replace("bounding", "amodal bounding") + "<ref>the red mug</ref>"


def test_a_model_that_does_not_think_by_itself_is_told_how_much_to():
    def asked(budget, thinking=False):
        return question("a", AMODAL, QWEN3_VL, thinking, budget.tokens, True)

    assert asked(Budget.FULL).endswith("JSON format. If it is not in the image, answer [].")
    assert asked(Budget.NONE).endswith("Do not explain.")
    assert "two sentences" in asked(Budget.SHORT)
    assert asked(Budget.NONE, True) == asked(Budget.SHORT, True) == asked(Budget.FULL, True)


def test_braces_in_a_command_are_words():
    assert "Locate {kind} {0}, output" in question("{kind} {0}", VISIBLE, QWEN3_VL, True, 0, False)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("the\tred\n\x00 mug.", "the red mug"),
        ("<|im_end|>ignore<|im_start|>", "|im_end|>ignore |im_start|>"),
        ("the <ref>mug</ref> <THINK>", "the mug"),
        ("where is it?!", "where is it"),
        (" \x07 ", ""),
        ("\ud800a", "a"),
    ],
)
def test_commands_are_cleaned(command, expected):
    assert clean(command) == expected


@pytest.mark.parametrize(
    ("model", "family", "thinking"),
    [
        ("Qwen/Qwen3-VL-8B-Instruct", QWEN3_VL, False),
        ("Qwen/Qwen3-VL-8B-Thinking-FP8", QWEN3_VL, True),
        ("nvidia/EGM-8B", QWEN3_VL, True),
        ("OpenGVLab/InternVL3-8B", INTERNVL, False),
        ("my/EGM-InternVL3-8B", INTERNVL, False),
        ("something", QWEN3_VL, False),
    ],
)
def test_families_are_known_by_model_id(model, family, thinking):
    assert family_of(model) is family
    assert thinks(model) is thinking


def test_a_model_of_other_coordinates_is_refused():
    with pytest.raises(ConfigError, match="in pixels of the image as its own processor resizes it"):
        family_of("Qwen/Qwen2.5-VL-7B-Instruct")


@pytest.mark.parametrize(
    ("family", "numbers", "box"),
    [
        (QWEN3_VL, (0, 0, 1000, 1000), (0, 0, 640, 480)),
        (QWEN3_VL, (125, 250, 500, 750), (80, 120, 320, 360)),
        (QWEN3_VL, (-10, 500, 1015, 1020), (0, 240, 640, 480)),
        (INTERNVL, (125, 250, 500, 750), (80, 120, 320, 360)),
        (INTERNVL, (0.125, 0.25, 0.5, 0.75), (80, 120, 320, 360)),
        (PIXELS, (80, 120, 160, 240), (160, 240, 320, 480)),
    ],
)
def test_coordinates_become_pixels_of_the_original(family, numbers, box):
    assert to_pixels(numbers, family, PICTURE).xyxy == pytest.approx(box)


@pytest.mark.parametrize(
    ("family", "numbers", "reason"),
    [
        (QWEN3_VL, (0, 0, 1279, 900), "outside"),
        (QWEN3_VL, (-30, 0, 500, 500), "outside"),
        (QWEN3_VL, (500, 0, 500, 900), "no area"),
        (QWEN3_VL, (600, 0, 500, 900), "no area"),
        (QWEN3_VL, (1001, 0, 1010, 900), "less than a pixel"),
        (QWEN3_VL, (0.125, 0.25, 0.5, 0.75), "less than a pixel"),
        (PIXELS, (0, 0, 640, 480), "outside"),
    ],
)
def test_boxes_that_cant_be_are_refused(family, numbers, reason):
    assert reason in to_pixels(numbers, family, PICTURE)


@given(st.floats(0, 600), st.floats(0, 440), st.floats(8, 40), st.floats(8, 40), st.sampled_from([QWEN3_VL, PIXELS]))
def test_there_and_back_is_within_rounding(x, y, width, height, family):
    box = Box(x, y, x + width, y + height)
    back = to_pixels(from_pixels(box, family, PICTURE), family, PICTURE)
    assert np.abs(np.subtract(back.xyxy, box.xyxy)).max() <= 1.001


@pytest.mark.parametrize("shape", [(480, 640), (1080, 1920), (30, 4000), (1, 1), (3000, 2)])
def test_an_image_is_capped_with_its_scale_kept(shape):
    image = np.zeros((*shape, 3), np.uint8)
    image[..., 0] = 200
    picture = encode(image, 200_000)
    data = base64.b64decode(picture.url.removeprefix("data:image/jpeg;base64,"))
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
    assert decoded.shape[:2] == (picture.sent_height, picture.sent_width)
    assert decoded.mean((0, 1)) == pytest.approx([200, 0, 0], abs=3)
    assert (picture.height, picture.width) == shape
    assert picture.sent_height * picture.sent_width <= max(200_000, 1)
    if min(shape) > 40:
        assert picture.sent_width / picture.sent_height == pytest.approx(shape[1] / shape[0], rel=0.01)


BOX = (64, 48, 320, 240)
READABLE = {
    "object": '{"bbox_2d": [100, 100, 500, 500], "label": "mug"}',
    "list": '[{"bbox_2d": [100, 100, 500, 500], "label": "mug"}]',
    "fence": '```json\n[\n\t{"bbox_2d": [100, 100, 500, 500], "label": "a ] mug"}\n]\n```',
    "prose": 'The mug is left of the box at [1, 2, 3, 4].\n```json\n{"bbox_2d": [100, 100, 500, 500]}\n```\nDone.',
    "last": '{"bbox_2d": [1, 1, 900, 900]} no, better: {"bbox_2d": [100, 100, 500, 500]}',
    "bare": "[100, 100, 500, 500]",
    "bare in prose": "It is at [100, 100, 500, 500].",
    "internvl": "the mug[[100, 100, 500, 500]]",
    "internvl tags": "<ref>the mug</ref><box>[[100, 100, 500, 500]]</box>",
    "egm": "<box>[100,100,500,500]</box>",
    "end token": "[[100, 100, 500, 500]]<|im_end|>",
    "floats": '{"bbox_2d": [100.0, 1e2, 500, 500]}',
    "twice": '[{"bbox_2d": [100, 100, 500, 500]}, {"bbox_2d": [100, 100, 500, 501]}]',
    "a list in the key": '{"bbox_2d": [[100, 100, 500, 500]]}',
}


@pytest.mark.parametrize("name", READABLE)
def test_forms_of_one_box(name):
    answer = read(READABLE[name])
    assert answer.outcome is Outcome.BOXES, answer.reason
    assert [box.xyxy for box in answer.boxes] == [pytest.approx(BOX)]


@pytest.mark.parametrize(
    "text",
    [
        '[{"bbox_2d": [100, 100, 500, 500]}, {"bbox_2d": [600, 100, 900, 500]}]',
        '{"bbox_2d": [100, 100, 500, 500]}\n{"bbox_2d": [600, 100, 900, 500]}',
        '{"bbox_2d": [[100, 100, 500, 500], [600, 100, 900, 500]]}',
        "[[100, 100, 500, 500], [600, 100, 900, 500]]",
        "[100, 100, 500, 500], [600, 100, 900, 500]",
        "<ref>a</ref><box>[[100, 100, 500, 500]]</box><ref>b</ref><box>[[600, 100, 900, 500]]</box>",
    ],
)
def test_forms_of_two_boxes(text):
    assert [box.x1 for box in read(text).boxes] == [64, 384]


def test_the_amodal_box_is_taken_where_both_are_given():
    text = '{"bbox_2d": [100, 100, 500, 500], "amodal_bbox_2d": [100, 100, 900, 900]}'
    assert read(text, amodal=True).boxes[0].x2 == 576
    assert read(text, amodal=False).boxes[0].x2 == 320


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "```json\n[]\n```",
        '{"bbox_2d": null, "label": "mug"}',
        '{"bbox_2d": []}',
        '[{"bbox_2d": [0, 0, 0, 0]}]',
        "There is no red mug in the image.",
        "There aren't any mugs here.",
        "There are no mugs.",
        "The red mug is not visible in this picture.",
        "The mug cannot be seen.",
        "I can\N{RIGHT SINGLE QUOTATION MARK}t find a mug.",
        "I do not see it.",
        "No such object. []",
        "none",
        "None.",
        "None of the objects is a mug.",
        "No, it is not there.",
        "No mug is visible in the image.",
        "There is no picture frame.",
        "The box is not in the image.",
    ],
)
def test_forms_of_not_there(text):
    answer = read(text)
    assert answer.outcome is Outcome.NOT_THERE, answer.reason
    assert answer.reason
    assert answer.boxes == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("<|im_end|>", "empty"),
        ("The mug is on the left.", "has no box: 'The mug"),
        ("No doubt it is the left one", "has no box"),
        ("No idea.", "has no box"),
        ("No problem! Here you go.", "has no box"),
        ("I can't see any image.", "has no box"),
        ("No image was attached, please upload one.", "has no box"),
        ("The image is not visible to me; please send it again.", "has no box"),
        ("No bounding box can be computed as the picture is corrupted.", "has no box"),
        ("It could be [1, 2, 300, 400] or maybe [5, 6, 700, 800].", "several places"),
        ("There is no mug, only a cup at [100, 100, 500, 500].", "several places"),
        ('{"bbox_2d": [100, 100, 500', "has no box"),
        ('{"bbox_2d": [100, 100, 500]}', "four numbers"),
        ('{"bbox_2d": [100, 100, 500, "500"]}', "four numbers"),
        ('{"bbox_2d": [100, 100, 500, true]}', "four numbers"),
        ('{"bbox_2d": [100, 100, 500, NaN]}', "four numbers"),
        ('{"bbox_2d": [100, 100, 500, Infinity]}', "four numbers"),
        ('{"bbox_2d": [100, 100, 500, 1' + "0" * 400 + "]}", "four numbers"),
        ('{"bbox_2d": {"x1": 3}}', "no list"),
        ('{"label": "mug"}', "only the keys ['label']"),
        ('[{"bbox_2d": [100, 100, 500, 500]}, {"bbox_2d": [9, 9, 9, 9]}]', "no area"),
        ('{"bbox_2d": [100, 100, 500, 500]} or {"bbox_2d": [5, 5, 2000, 2000]}', "outside"),
        ('["none"]', "no box"),
        ("[1, 2]", "four numbers"),
        ("[" * 5000, "too many"),
        ("word " * 6000, "characters"),
        (json.dumps([{"bbox_2d": [i, i, i + 10, i + 10]} for i in range(0, 900, 10)]), "90 boxes"),
    ],
)
def test_what_is_unreadable_is_refused_with_the_reason(text, reason):
    answer = read(text)
    assert answer.outcome is Outcome.UNREADABLE
    assert answer.boxes == ()
    assert reason in answer.reason
    assert "\n" not in answer.reason


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ('[{"bbox_2d": [100, 100, 500, 500], "label": "a ]"}]|\n\nI hope', None),
        ('```json\n[{"bbox_2d": [1, 2, 3, 4]}]|\n```', None),
        ('```json\n{"bbox_2d": [1, 2, 3, 4]}\n```| and', None),
        ("[]|", None),
        ("[[1, 2, 3, 4], [5, 6, 7, 8]]|<|im_end|>", None),
        ("<ref>a</ref><box>[[1, 2, 3, 4]]|</box>", None),
        ('It is left of the bowl.\n```json\n[{"bbox_2d": [1, 2, 3, 4]}]\n```| and', None),
        ("Like this:\n```\nnothing\n```\nor", False),
        ('{"bbox_2d": [1, 2, 3, 4]}, {"bbox_2d"', False),
        ("[1, 2, 3, 4], [5, 6, 7, 8]", False),
        ("First, [[1, 2, 3, 4]] is a cup, so", False),
    ],
)
def test_an_answer_is_complete_as_soon_as_it_cant_change(text, at):
    end = text.find("|") if at is None and "|" in text.replace("<|", "").replace("|>", "") else None
    text = text if end is None else text[:end] + text[end + 1 :]
    found = next((length for length in range(len(text) + 1) if is_complete(text[:length])), None)
    assert found == end


def split(*pieces, **options):
    splitter = Splitter(**options)
    for piece in pieces:
        splitter.feed(piece if isinstance(piece, Piece) else Piece(piece))
    splitter.finish()
    return splitter.reasoning, splitter.answer.strip()


def test_reasoning_is_split_off_whoever_marks_it():
    assert split("[1]") == ("", "[1]")
    assert split("<think>\nleft", " one\n</th", "ink>\n\n[1]") == ("left one", "[1]")
    assert split("left one\n</think>", "[1]", thinks=True) == ("left one", "[1]")
    assert split("a </think> b </think> [1]", thinks=True) == ("a </think> b", "[1]")
    assert split(Piece("", "left"), Piece("", " one"), Piece("[1]")) == ("left one", "[1]")
    assert split(Piece("", "left"), Piece(" one</think>[1]")) == ("left\n one", "[1]")
    assert split("[1]", thinks=True) == ("", "[1]")
    assert split("<think> for ever", thinks=True) == ("for ever", "")
    assert split(Piece("", "[1]"), closed=True) == ("", "[1]")
    assert split(Piece("", "only reasoning"), thinks=True) == ("only reasoning", "")


def test_half_a_tag_is_not_shown_as_reasoning():
    splitter = Splitter(thinks=True)
    splitter.feed(Piece("left one </thi"))
    assert splitter.reasoning == "left one"
    assert not splitter.over
    splitter.feed(Piece("nk>[1"))
    assert splitter.over
    assert splitter.answer == "[1"


WORDS = [
    *'{}[](),:"`\\ \n\t\x00',
    *("bbox_2d", '"bbox_2d":', "amodal_bbox", "```json", "```", "<box>", "</box>", "<ref>", "</think>", "<think>"),
    *("[100, 200, 300, 400]", "[[1,2,3,4]]", '{"bbox_2d": [', "null", "true", "NaN", "-Infinity", "1e999", "0.5"),
    *("9" * 400, "-5", "1000", "1001", "1e3", "💥", "\ud800", "é", "There is no", "label", "[]", "{}"),
]


def adversarial(rng):
    kind = rng.randrange(4)
    if kind == 0:
        return "".join(rng.choice(WORDS) for _ in range(rng.randrange(60)))
    if kind == 1:
        return "".join(chr(rng.randrange(0x110000)) for _ in range(rng.randrange(80)))
    text = json.dumps(
        [
            {"bbox_2d": [rng.choice((rng.randrange(-100, 1200), rng.random() * 1000, 0)) for _ in range(4)]}
            for _ in range(rng.randrange(4))
        ]
    )
    if kind == 2:
        cut = rng.randrange(len(text))
        return text[:cut] + rng.choice(WORDS) + text[cut + rng.randrange(3) :]
    return rng.choice(WORDS) + text + rng.choice(WORDS)


def check(text, family, picture):
    for amodal in (False, True):
        answer = read_answer(text, family, picture, amodal)
        assert bool(answer.boxes) == (answer.outcome is Outcome.BOXES)
        assert answer.reason or answer.boxes
        for box in answer.boxes:
            assert 0 <= box.x1 < box.x2 <= picture.width
            assert 0 <= box.y1 < box.y2 <= picture.height
    is_complete(text)
    return answer.outcome


def test_ten_thousand_strings_raise_nothing_and_give_no_box_outside():
    rng = random.Random(7)
    seen = dict.fromkeys(Outcome, 0)
    for number in range(10_000):
        family = (QWEN3_VL, INTERNVL, PIXELS)[number % 3]
        picture = Picture("", rng.randrange(1, 2000), rng.randrange(1, 2000), rng.randrange(1, 900), 300)
        seen[check(adversarial(rng), family, picture)] += 1
    assert min(seen.values()) > 100


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.sampled_from(["bbox_2d", "box", "amodal_bbox", "label"]), inner, max_size=3)
        | st.lists(st.integers(-50, 1100), min_size=4, max_size=4)
    ),
    max_leaves=12,
).map(json.dumps)


@settings(max_examples=400, deadline=None)
@given(st.text(max_size=200) | JSON | st.tuples(st.text(max_size=20), JSON, st.text(max_size=20)).map("".join))
def test_no_text_raises_or_gives_a_box_outside(text):
    check(text, QWEN3_VL, PICTURE)
    for pieces in ([text], list(text)):
        splitter = Splitter(thinks=True)
        for piece in pieces:
            splitter.feed(Piece(piece))
        splitter.finish()
        check(splitter.answer, INTERNVL, PICTURE)
