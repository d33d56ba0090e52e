"""The command line: every verb explains itself, and every error is one sentence."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image as Picture

from physperception import __version__
from physperception.cli.main import VERBS, main
from physperception.ros.bags import BagReader


def test_as_a_module_and_its_version():
    done = subprocess.run([sys.executable, "-m", "physperception", "--version"], capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, f"physperception {__version__}")


def test_help_lists_every_verb(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    shown = capsys.readouterr().out
    assert all(verb in shown for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(capsys, verb):
    with pytest.raises(SystemExit) as end:
        main([verb, "--help"])
    assert end.value.code == 0
    assert "--" in capsys.readouterr().out


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for index in range(3):
        Picture.fromarray(np.full((24, 32, 3), 50 * index, np.uint8)).save(folder / f"{index}.png")
    return folder


def test_record_writes_what_it_says(tmp_path, pictures, capsys):
    arguments = ["--images", str(pictures), "--fps", "4", "--start-time", "12.5", "--topic", "/eye/image"]
    assert main(["record", str(tmp_path / "bag"), *arguments, "--fov-deg", "60", "--compressed"]) == 0
    assert "3 frames on /eye/image/compressed" in capsys.readouterr().out
    with BagReader(tmp_path / "bag") as reader:
        times = [message.time_ns for message in reader.messages({"/eye/image/compressed"})]
        assert {topic.name for topic in reader.topics} == {"/eye/image/compressed", "/eye/camera_info"}
    assert times == [12_500_000_000, 12_750_000_000, 13_000_000_000]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["record", "{tmp}/bag", "--images", "{tmp}/nowhere"], "does not exist"),
        (["record", "{tmp}/bag", "--images", "{tmp}/pictures", "--fps", "0"], "--fps must be"),
        (["record", "{tmp}/bag", "--images", "{tmp}/pictures", "--fov-deg", "180"], "--fov-deg must be"),
        (["record", "{tmp}/pictures", "--images", "{tmp}/pictures"], "exists already"),
        (["record", "{tmp}/bag", "--video", "{tmp}/pictures/0.txt"], "does not exist"),
        (["replay", "{tmp}/nowhere"], "does not exist"),
        (["replay", "{tmp}/pictures"], "no metadata.yaml"),
        (["replay", "{tmp}/pictures", "--rate", "0"], "the rate must be"),
        (["replay", "{tmp}/pictures", "--remap", "nonsense"], "--remap takes"),
        (["up", "toaster"], "no node named toaster"),
        (["detect", "{tmp}/pictures", "--set", "score_threshold=2"], "score_threshold must be at most 1"),
    ],
)
def test_errors_are_one_sentence(tmp_path, pictures, capsys, arguments, words):
    assert main([argument.format(tmp=tmp_path) for argument in arguments]) == 2
    told = capsys.readouterr().err
    assert words in told
    assert told.startswith(f"physperception {arguments[0]}: ")
    assert len(told.strip().splitlines()) == 1
    assert not (tmp_path / "bag").exists()


def test_an_unknown_verb_is_refused(capsys):
    with pytest.raises(SystemExit) as end:
        main(["levitate"])
    assert end.value.code == 2
    assert "invalid choice" in capsys.readouterr().err
