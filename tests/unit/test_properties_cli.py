"""`physperception properties` and `physperception evaluate properties` on the sample of generated videos."""

import json
import shutil
from pathlib import Path

import pytest

from physperception.cli.main import main

SAMPLE = Path(__file__).resolve().parents[1] / "data" / "videos_sample"
VIDEO = SAMPLE / "viscosity" / "000001.mp4"


def run(capsys, *arguments):
    code = main([str(item) for item in arguments])
    return code, capsys.readouterr()


def test_a_video_gives_an_answer_or_a_reason_for_everything_that_moves(capsys):
    code, said = run(capsys, "properties", VIDEO, "--property", "viscosity", "--json")
    assert code == 0
    estimates = json.loads(said.out.splitlines()[-1])["estimates"]
    assert estimates
    for item in estimates:
        assert item["property"] == "VISCOSITY"
        assert (item["value"] is None) == (item["status"] == "REFUSED") == bool(item["reason"])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--plane", "1,2"), "--plane needs 4 numbers"),
        (("--plane", "0,-1,0,1"), "--camera"),
        (("--camera", "300,300,160,nan"), "--camera needs 4 numbers"),
        (("--camera", "0,300,160,120"), "not calibrated"),
        (("--gravity", "0,0,0"), "needs a direction"),
        (("--surface-size", "0.1"), "--surface-size needs 2 numbers"),
        (("--surface-size", "0x0.1"), "must be positive"),
        (("--volume", "0"), "must be positive"),
        (("--slow-motion", "0"), "--slow-motion must be positive"),
        (("--row-time", "-1"), "row_time_s"),
    ],
)
def test_absurd_options_are_told_in_one_sentence(capsys, options, words):
    code, said = run(capsys, "properties", VIDEO, "--property", "friction", *options)
    assert code == 2
    assert words in said.err
    assert len(said.err.splitlines()) == 1


def test_no_video_is_told(capsys, tmp_path):
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(VIDEO.read_bytes()[:300])
    for path in (broken, tmp_path / "none.mp4"):
        code, said = run(capsys, "properties", path, "--property", "friction")
        assert code == 2
        assert path.name in said.err


def test_evaluation_prints_every_figure(capsys, tmp_path):
    shutil.copytree(SAMPLE / "viscosity", tmp_path / "viscosity" / "test1")
    arguments = ("evaluate", "properties", "--property", "viscosity", "--split", "test1", "--data", tmp_path)
    code, said = run(capsys, *arguments, "--true-masks", "--json")
    assert code == 0
    figures = json.loads(said.out.splitlines()[-1])
    assert figures["n"] == 2
    assert {"pearson", "auc", "mae", "coverage_90", "refused_rate", "right_reason_rate"} <= set(figures)


def test_missing_clips_are_told_with_the_command_that_makes_them(capsys, tmp_path):
    code, said = run(capsys, "evaluate", "properties", "--property", "friction", "--split", "val", "--data", tmp_path)
    assert code == 2
    assert "datasets.videos --out" in said.err
