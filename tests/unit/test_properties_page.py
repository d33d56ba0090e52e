"""Plots, pages and tables of property estimates, from cases worked out by hand and from the sample videos."""

from __future__ import annotations

import json
import shutil
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest

from physperception.cli.main import main
from physperception.evaluation.plots import Axis, Mark, roc, roc_points, scatter
from physperception.evaluation.properties import ClipScore, PropertyTally, roc_auc
from physperception.evaluation.properties_page import clip_images, worst_clips, write_properties_page
from physperception.physics.observations import Refusal
from physperception.scene import EstimateStatus, Property, PropertyEstimate

from .test_report import Page

SAMPLE = Path(__file__).resolve().parents[1] / "data" / "videos_sample"
VIDEO = SAMPLE / "friction" / "000001.mp4"


def answer(value, reach=0.1, prop=Property.KINETIC_FRICTION):
    return PropertyEstimate(
        object_id="a",
        property=prop,
        status=EstimateStatus.VALID,
        value=value,
        std_dev=reach / 2,
        lower=max(0, value - reach),
        upper=value + reach,
    )


def refusal(reason, prop=Property.KINETIC_FRICTION):
    return PropertyEstimate(object_id="a", property=prop, status=EstimateStatus.REFUSED, reason=reason)


def svg(text):
    return ElementTree.fromstring(text)


def test_every_estimate_is_drawn_where_it_belongs():
    marks = [
        Mark("in <1>", 0.2, 0.22, 0.1, 0.3),
        Mark("out", 0.6, 0.3, 0.25, 0.35),
        Mark("beyond", 0.4, 9.0, 8.0, 10.0),
        Mark("no", 0.5),
    ]
    drawn = svg(scatter(marks, "1"))
    groups = [group for group in drawn.iter("g") if group.find("title") is not None]
    named = {group.find("title").text.partition(":")[0]: group.find("circle") for group in groups}
    place = {name: (float(each.get("cx")), float(each.get("cy"))) for name, each in named.items()}
    assert place["in <1>"][0] < place["beyond"][0] < place["out"][0]
    assert place["beyond"][1] < place["out"][1] < place["in <1>"][1]
    assert named["beyond"].get("fill") == "none"
    assert named["in <1>"].get("fill") != named["out"].get("fill")
    strokes = [line for line in drawn.iter("line") if line.find("title") is not None]
    assert [line.find("title").text for line in strokes] == ["no: truth 0.5, refused"]
    assert float(strokes[0].get("y1")) > max(y for _, y in place.values())


def test_a_true_estimate_lies_on_the_diagonal():
    for logarithmic in (False, True):
        drawn = svg(scatter([Mark("a", 1e-3, 1e-3, 1e-4, 1e-2), Mark("b", 0.1)], "m^2/s", logarithmic))
        circle = next(drawn.iter("circle"))
        line = next(line for line in drawn.iter("line") if line.get("stroke-dasharray"))
        (x1, y1), (x2, y2) = ((float(line.get(f"x{end}")), float(line.get(f"y{end}"))) for end in "12")
        x, y = float(circle.get("cx")), float(circle.get("cy"))
        assert y == pytest.approx(y1 + (x - x1) / (x2 - x1) * (y2 - y1), abs=0.3)


def test_ticks_are_round_and_inside():
    assert Axis(0.22, 0.97, 0, 1).ticks() == pytest.approx([0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
    assert Axis(0.05, 0.6, 0, 1).ticks() == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    assert Axis(9e-5, 0.11, 0, 1, True).ticks() == pytest.approx([1e-4, 1e-3, 1e-2, 1e-1])
    assert Axis(0.15, 3, 0, 1, True).ticks() == pytest.approx([0.2, 0.5, 1, 2])


@pytest.mark.parametrize("seed", range(3))
def test_the_area_under_the_drawn_curve_is_the_auc(seed):
    random = np.random.default_rng(seed)
    scores, labels = (random.integers(0, 9, 50) / 8).tolist(), (random.random(50) < 0.4).tolist()
    points = np.array(roc_points(scores, labels))
    area = float(((points[1:, 0] - points[:-1, 0]) * (points[1:, 1] + points[:-1, 1]) / 2).sum())
    assert area == pytest.approx(roc_auc(scores, labels))
    assert points[0].tolist() == [0, 0]
    assert points[-1].tolist() == [1, 1]
    assert len(list(svg(roc(scores, labels)).iter("polyline"))) == 1


def test_nothing_draws_empty_axes():
    assert not list(svg(scatter([], "1")).iter("circle"))
    assert not list(svg(scatter([], "1", True)).iter("circle"))
    assert not list(svg(roc([], [])).iter("polyline"))
    assert list(svg(scatter([Mark("one", 0.3, 0.3, 0.2, 0.4)], "1")).iter("circle"))


def test_the_worst_are_first_and_for_viscosity_by_ratio():
    clips = [
        ClipScore(name, truth, None, "", answer(told)) for name, truth, told in (("a", 1e-3, 4e-3), ("b", 0.1, 0.15))
    ]
    clips += [
        ClipScore("c", 0.1, None, "", refusal("POOR_FIT: no")),
        ClipScore("d", None, Refusal.NO_SCALE, "", answer(1)),
    ]
    assert [item.id for item in worst_clips(clips, Property.VISCOSITY)] == ["a", "b", "c"]
    assert [item.id for item in worst_clips(clips, Property.KINETIC_FRICTION)] == ["b", "a", "c"]


def test_images_of_a_clip_are_spread_over_it(tmp_path):
    shown = clip_images(VIDEO, 4)
    places = [place for place, _ in shown]
    assert len(shown) == 4
    assert places[0] == 0
    assert places == sorted(set(places))
    assert all(image.shape == (240, 320, 3) for _, image in shown)
    assert clip_images(tmp_path / "none.mp4") == []


def test_a_page_shows_plots_reasons_and_the_worst_clips(tmp_path):
    tally = PropertyTally(
        [
            ClipScore("000001", 0.3, None, "p", answer(0.31), VIDEO),
            ClipScore("000002", 0.5, None, "p", answer(0.9), VIDEO),
            ClipScore("000003", 0.5, None, "", refusal("POOR_FIT: <b>no</b>"), VIDEO),
            ClipScore("000004", None, Refusal.NO_SCALE, "", answer(0.4), VIDEO),
        ]
    )
    write_properties_page(tmp_path / "page", {"Method": "fit"}, Property.KINETIC_FRICTION, tally)
    content = (tmp_path / "page" / "index.html").read_text(encoding="utf-8")
    page = Page(content)
    text = " ".join(page.text)
    assert page.tags.count("svg") == 2
    assert page.tags.count("circle") == 2
    assert "truth 0.5, told 0.9 [0.8, 1]" in text
    assert "<b>no</b>" in text
    assert "can't be known, NO_SCALE, told 0.4" in text
    assert len(page.images) == 4 * 4
    assert all((tmp_path / "page" / image["src"]).is_file() for image in page.images)
    assert text.rindex("told 0.9") < text.rindex("told 0.31")


@pytest.fixture
def sets(tmp_path):
    for split in ("test1", "test2"):
        shutil.copytree(SAMPLE / "viscosity", tmp_path / "viscosity" / split)
    return tmp_path


def evaluate(capsys, folder, *options):
    code = main(
        [str(each) for each in ("evaluate", "properties", "--property", "viscosity", "--data", folder, *options)]
    )
    return code, capsys.readouterr()


def test_methods_and_splits_stand_in_one_table(capsys, sets):
    options = ("--split", "test1", "test2", "--method", "fit", "gru", "--true-masks", "--limit", 1, "--table", "--json")
    code, said = evaluate(capsys, sets, *options, "--pages", sets / "pages")
    assert code == 0
    lines = said.out.splitlines()
    head = next(line for line in lines if line.startswith("property"))
    assert head.split() == "property method AUC test1 AUC test2 Pearson test1 Pearson test2".split()
    assert [line.split()[:2] for line in lines if line.startswith("viscosity ")] == [
        ["viscosity", "fit"],
        ["viscosity", "gru"],
    ]
    figures = json.loads(lines[-1])
    assert figures["viscosity-test1-fit-n"] == figures["viscosity-test2-gru-n"] == 1
    assert figures["viscosity-test1-fit-n_answered"] == 1
    assert {path.parent.name for path in (sets / "pages").glob("*/index.html")} == {
        f"viscosity-{split}-{method}" for split in ("test1", "test2") for method in ("fit", "gru")
    }


def test_several_without_a_table_are_told(capsys, sets):
    code, said = evaluate(capsys, sets, "--split", "test1", "test2")
    assert code == 2
    assert "--table" in said.err
    assert len(said.err.splitlines()) == 1
