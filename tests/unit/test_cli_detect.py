"""`physperception detect` with a small detector of its own: inputs of every kind, broken ones, outputs, exit codes."""

from __future__ import annotations

import argparse
import json

import cv2
import numpy as np
import pytest
from PIL import Image as Picture

from physperception.cli import detect
from physperception.cli.overlay_files import OverlayError, OverlayFolder, write_png
from physperception.cli.tables import format_table
from physperception.datasets.coco_results import read_results
from physperception.errors import ConfigError, InvalidImage
from physperception.scene import Instance, Mask, Scene

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools 2.0.11

WIDTH, HEIGHT = 96, 64


class BrightDetector:
    """Finds what is bright, in the left and the right half."""

    model_id = "bright-1"
    device = "cpu"

    def __init__(self, config=None):
        self.config = config
        self.images = []
        self.closed = False

    def detect(self, image):
        self.images.append(image)
        if image.shape[0] == 13:
            raise InvalidImage("an image of 13 rows is bad luck")
        height, width = image.shape[:2]
        bright = image.mean(axis=2) > 128
        middle = width // 2
        parts = [
            Mask.from_full(bright & (np.arange(width) < middle)),
            Mask.from_full(bright & (np.arange(width) >= middle)),
        ]
        found = [mask for mask in parts if mask.area]
        instances = tuple(
            Instance(
                id=str(index),
                class_id="cup",
                score=0.9 - index / 10,
                visible_box=mask.extent,
                visible_mask=mask,
                occluder_ids=("0",) if index else (),
            )
            for index, mask in enumerate(found)
        )
        return Scene(width=width, height=height, instances=instances, model=self.model_id)

    def close(self):
        self.closed = True


def picture(shift=0):
    image = np.full((HEIGHT, WIDTH, 3), 40, dtype=np.uint8)
    image[20:44, 10 + shift : 30 + shift] = (200, 220, 180)
    image[16:50, 60:84] = (220, 160, 240)
    return image


def save(path, array, **options):
    Picture.fromarray(array).save(path, **options)
    return path


def save_video(path, frames=8, code="MJPG"):
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*code), 10.0, (WIDTH, HEIGHT))
    for index in range(frames):
        writer.write(picture(index)[..., ::-1].copy())
    writer.release()
    return path


@pytest.fixture
def call(tmp_path, monkeypatch):
    """Runs the command in an empty folder; the detector it made is `call.detector`."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        parser = argparse.ArgumentParser()
        detect.add_arguments(parser)

        def make(config):
            run.detector = BrightDetector(config)
            return run.detector

        run.detector = None
        return detect.run(parser.parse_args([str(item) for item in arguments]), make)

    return run


def objects(path="out/detect/objects.json"):
    with open(path) as file:
        return json.load(file)


def test_a_picture_gives_an_overlay_json_and_a_table(call, tmp_path, capsys):
    save(tmp_path / "desk.png", picture())
    assert call("desk.png") == 0
    overlay = np.asarray(Picture.open("out/detect/desk-overlay.png"))
    assert overlay.shape == (HEIGHT, WIDTH, 3)
    assert (overlay != picture()).any()
    content = objects()
    assert [image["file_name"] for image in content["images"]] == ["desk.png"]
    assert content["images"][0]["processing_ms"] > 0
    assert content["info"]["model"] == "bright-1"
    assert [item["instance_id"] for item in content["annotations"]] == ["cup-1", "cup-2"]
    assert content["annotations"][1]["occluder_ids"] == ["cup-1"]
    out = capsys.readouterr().out
    assert "cup-1 0.90, cup-2 0.80" in out
    assert "out/detect/objects.json" in out
    assert call.detector.closed


def test_json_and_out_go_where_they_are_told(call, tmp_path):
    save(tmp_path / "desk.png", picture())
    assert call("desk.png", "--out", "pictures", "--json", "deep/found.json", "--quiet") == 0
    assert {path.name for path in (tmp_path / "pictures").iterdir()} == {"desk-overlay.png"}
    (result,) = read_results(tmp_path / "deep" / "found.json")
    assert result.scene.instances[0].visible_mask.area == 20 * 24


def test_quiet_says_nothing(call, tmp_path, capfd):
    save(tmp_path / "desk.png", picture())
    assert call("desk.png", "--quiet") == 0
    assert capfd.readouterr() == ("", "")


def test_a_folder_gives_its_pictures_and_videos_but_not_overlays(call, tmp_path):
    save(tmp_path / "b.jpg", picture())
    save(tmp_path / "a.png", picture())
    save_video(tmp_path / "c.avi", 3)
    (tmp_path / "notes.txt").write_text("not for us")
    for _ in range(2):
        assert call(tmp_path, "--out", tmp_path) == 0
    names = [image["file_name"].rsplit("/", 1)[1] for image in objects(tmp_path / "objects.json")["images"]]
    assert names == ["a.png", "b.jpg", "c.avi", "c.avi", "c.avi"]
    assert {"a-overlay.png", "b-overlay.png", "c-overlay.mp4"} < {path.name for path in tmp_path.iterdir()}


def test_equal_names_do_not_overwrite_each_other_or_an_input(call, tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    first = save(tmp_path / "one" / "x.png", picture())
    second = save(tmp_path / "two" / "x.jpg", picture())
    given = save(tmp_path / "x-overlay.png", picture())
    before = given.read_bytes()
    assert call(first, second, given, "--out", ".") == 0
    assert given.read_bytes() == before
    assert {path.name for path in tmp_path.glob("*.png")} == {
        "x-overlay.png",
        "x-2-overlay.png",
        "x-3-overlay.png",
        "x-overlay-overlay.png",
    }


def test_ids_last_over_a_video_and_start_anew_with_the_next_input(call, tmp_path):
    save_video(tmp_path / "film.avi", 6)
    save(tmp_path / "desk.png", picture())
    assert call("film.avi", "desk.png") == 0
    content = objects()
    assert [image.get("frame") for image in content["images"]] == [0, 1, 2, 3, 4, 5, None]
    assert {item["instance_id"] for item in content["annotations"]} == {"cup-1", "cup-2"}
    stamps = [image["stamp_ns"] for image in content["images"]]
    assert stamps[:6] == pytest.approx([index * 100_000_000 for index in range(6)], abs=1e6)
    video = cv2.VideoCapture("out/detect/film-overlay.mp4")
    assert video.get(cv2.CAP_PROP_FRAME_COUNT) == 6
    assert video.get(cv2.CAP_PROP_FPS) == 10


def test_without_tracking_ids_are_the_detectors(call, tmp_path):
    save_video(tmp_path / "film.avi", 2)
    assert call("film.avi", "--no-track") == 0
    assert {item["instance_id"] for item in objects()["annotations"]} == {"0", "1"}


def test_max_frames(call, tmp_path):
    save_video(tmp_path / "film.avi", 8)
    assert call("film.avi", "--max-frames", "3") == 0
    assert len(objects()["images"]) == 3
    with pytest.raises(ConfigError, match="max-frames"):
        call("film.avi", "--max-frames", "0")


def test_exif_orientation_is_respected(call, tmp_path):
    exif = Picture.Exif()
    exif[0x0112] = 6
    save(tmp_path / "phone.jpg", picture(), exif=exif)
    assert call("phone.jpg") == 0
    assert call.detector.images[0].shape == (WIDTH, HEIGHT, 3)


@pytest.mark.parametrize(
    "array",
    [
        picture().mean(axis=2).astype(np.uint8),
        picture().mean(axis=2).astype(np.uint16) * 257,
        np.dstack([picture(), np.full((HEIGHT, WIDTH), 255, np.uint8)]),
        np.dstack([picture().mean(axis=2).astype(np.uint8), np.full((HEIGHT, WIDTH), 255, np.uint8)]),
        picture()[..., 0] > 128,
    ],
    ids=["grey", "16 bit", "alpha", "grey and alpha", "1 bit"],
)
def test_every_kind_of_png(call, tmp_path, array):
    save(tmp_path / "odd.png", array)
    assert call("odd.png") == 0
    image = call.detector.images[0]
    assert (image.dtype, image.shape) == (np.uint8, (HEIGHT, WIDTH, 3))
    assert len(objects()["annotations"]) == 2


def broken_files(folder):
    (folder / "empty.png").write_bytes(b"")
    (folder / "text.jpg").write_text("no picture")
    whole = save(folder / "whole.jpg", picture()).read_bytes()
    (folder / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "empty.mp4").write_bytes(b"")
    (folder / "text.avi").write_text("no video")
    (folder / "strange").write_text("neither")
    (folder / "hollow").mkdir()
    save(folder / "unlucky.png", picture()[:13])
    return [
        "empty.png",
        "text.jpg",
        "cut.jpg",
        "empty.mp4",
        "text.avi",
        "strange",
        "hollow",
        "missing.png",
        "unlucky.png",
    ]


def test_bad_files_are_named_one_sentence_each_and_the_others_done(call, tmp_path, capfd):
    bad = broken_files(tmp_path)
    assert call(*bad[:4], "whole.jpg", *bad[4:]) == 1
    assert [image["file_name"] for image in objects()["images"]] == ["whole.jpg"]
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == len(bad)
    for name in bad:
        assert sum(name in line for line in lines) == 1, name


def test_nothing_readable_at_all(call, tmp_path, capfd):
    assert call(*broken_files(tmp_path)) == 2
    assert not (tmp_path / "out").exists()
    assert "Traceback" not in capfd.readouterr().err


def test_missing_inputs_are_told_before_a_model_is_loaded(call, capfd):
    assert call("nowhere.png") == 2
    assert "nowhere.png does not exist" in capfd.readouterr().err
    assert call.detector is None


def test_a_video_cut_off_keeps_its_frames_and_is_reported(call, tmp_path, capfd):
    whole = save_video(tmp_path / "film.avi", 40).read_bytes()
    (tmp_path / "cut.avi").write_bytes(whole[: len(whole) // 2])
    assert call("cut.avi") == 1
    done = len(objects()["images"])
    assert 5 < done < 35
    assert f"cut.avi ends after {done} of 40 frames" in capfd.readouterr().err


def test_a_video_with_a_name_that_says_nothing(call, tmp_path):
    save_video(tmp_path / "film.avi", 3).rename(tmp_path / "recording")
    assert call("recording") == 0
    assert len(objects()["images"]) == 3


def test_ctrl_c_keeps_what_is_done(call, tmp_path, monkeypatch):
    for name in ("a.png", "b.png", "c.png"):
        save(tmp_path / name, picture())
    find = BrightDetector.detect

    def interrupted(self, image):
        if len(self.images) == 2:
            raise KeyboardInterrupt
        return find(self, image)

    monkeypatch.setattr(BrightDetector, "detect", interrupted)
    assert call(".") == 130
    assert len(objects()["images"]) == 2


def test_options_reach_the_detector(call, tmp_path):
    save(tmp_path / "desk.png", picture())
    assert call("desk.png", "--score-threshold", "0.6", "--set", "max_objects=7", "--set", "device=cpu") == 0
    config = call.detector.config
    assert (config.score_threshold, config.max_objects, config.device) == (0.6, 7, "cpu")
    assert objects()["info"]["set"] == ["max_objects=7", "device=cpu", "score_threshold=0.6"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("score_threshold", "KEY=VALUE"),
        ("score_treshold=0.5", "unknown option score_treshold.*score_threshold"),
        ("score_threshold=high", "score_threshold must be float"),
        ("score_threshold=nan", "score_threshold must be finite"),
        ("score_threshold=2", "at most 1"),
        ("max_objects=1.5", "max_objects must be int"),
    ],
)
def test_wrong_options_name_the_key(call, tmp_path, change, words):
    save(tmp_path / "desk.png", picture())
    with pytest.raises(ConfigError, match=words):
        call("desk.png", "--set", change)


def test_an_output_folder_that_cannot_be_is_an_error(call, tmp_path):
    save(tmp_path / "desk.png", picture())
    (tmp_path / "file").write_text("")
    with pytest.raises(OverlayError, match="file"):
        call("desk.png", "--out", "file/deeper")


class NoEncoder:
    """A cv2.VideoWriter that cannot open."""

    def __init__(self, *arguments):
        pass

    def isOpened(self):
        return False


def test_without_a_video_encoder_frames_are_written(tmp_path):
    with OverlayFolder(tmp_path, open_video=NoEncoder).video(tmp_path / "film.mov", 25.0) as overlay:
        for index in range(3):
            overlay.write(picture(index))
    assert overlay.path == tmp_path / "film-overlay"
    frames = sorted(overlay.path.iterdir())
    assert [path.name for path in frames] == ["000000.png", "000001.png", "000002.png"]
    assert np.array_equal(np.asarray(Picture.open(frames[2])), picture(2))


@pytest.mark.parametrize("rate_hz", [0.0, float("nan"), 1e6])
def test_a_video_that_claims_no_sensible_rate_gets_a_usual_one(tmp_path, rate_hz):
    with OverlayFolder(tmp_path).video(tmp_path / "film.mov", rate_hz) as overlay:
        overlay.write(picture())
    assert cv2.VideoCapture(str(overlay.path)).get(cv2.CAP_PROP_FPS) == 30


def test_png_is_exact(tmp_path):
    write_png(tmp_path / "a" / "b.png", picture())
    assert np.array_equal(np.asarray(Picture.open(tmp_path / "a" / "b.png")), picture())


def test_tables_fit_and_count_what_is_left_out():
    rows = [("a", 1, "x" * 200), ("bb", 22, "y")]
    text = format_table(("name", "frames", "found"), rows, width=60)
    assert all(len(line) <= 60 for line in text.splitlines())
    assert "a          1  xxx" in text
    assert "..." in text
    assert format_table(("n",), [(index,) for index in range(50)], most_rows=10).endswith("and 40 more")
    assert format_table(("n",), [(1.256,), (float("nan"),)]).split() == ["n", "----", "1.26", "-"]
    assert format_table(("n", "m"), []).startswith("n  m")
