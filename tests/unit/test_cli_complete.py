"""`physperception complete`: pictures and masks in, whole objects out; bad input in one sentence."""

import json

import cv2
import numpy as np
import pytest

from physperception.cli.complete import read_depth, read_mask
from physperception.cli.main import main
from physperception.datasets.coco_results import read_results
from physperception.errors import InvalidImage


@pytest.fixture
def scene(tmp_path):
    """A disc before a board, with both masks and a depth image."""
    image = np.full((160, 200, 3), 150, dtype=np.uint8)
    cv2.rectangle(image, (30, 60), (150, 130), (170, 60, 60), -1)
    cv2.circle(image, (140, 70), 38, (60, 90, 180), -1)
    disc = cv2.circle(np.zeros((160, 200), np.uint8), (140, 70), 38, 255, -1)
    board = cv2.rectangle(np.zeros((160, 200), np.uint8), (30, 60), (150, 130), 255, -1)
    board[disc > 0] = 0
    depth = np.where(disc > 0, 700, np.where(board > 0, 900, 1200)).astype(np.uint16)
    for name, picture in (("image", image), ("disc", disc), ("board", board), ("depth", depth)):
        cv2.imwrite(str(tmp_path / f"{name}.png"), picture)
    return tmp_path


def run(scene, *arguments):
    return main(["complete", str(scene / "image.png"), "--out", str(scene / "out"), *map(str, arguments)])


def test_masks_are_completed_and_written(scene, capsys):
    masks = ["--mask", scene / "board.png", "--mask", scene / "disc.png"]
    assert run(scene, *masks, "--depth", scene / "depth.png", "--samples", 2) == 0
    out = capsys.readouterr().out
    assert "move first" in out
    (found,) = read_results(scene / "out" / "objects.json")
    board, disc = found.scene.instances
    assert board.occluder_ids == ("1",)
    assert disc.occludee_ids == ("0",)
    assert board.amodal_mask.contains(board.visible_mask)
    whole = cv2.imread(str(scene / "out" / "image-0-amodal.png"), cv2.IMREAD_GRAYSCALE) > 0
    assert np.array_equal(whole, board.amodal_mask.full(200, 160))
    assert {path.name for path in (scene / "out").iterdir()} == {
        "image-overlay.png", "objects.json", "image-0-amodal.png", "image-1-amodal.png",
        "image-0-sample0.png", "image-0-sample1.png", "image-1-sample0.png", "image-1-sample1.png",
    }  # fmt: skip


def test_without_masks_the_detector_finds_the_objects(scene, capsys):
    assert run(scene, "--quiet") == 0
    assert capsys.readouterr().out == ""
    content = json.loads((scene / "out" / "objects.json").read_text())
    assert all("amodal_segmentation" in annotation for annotation in content["annotations"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--mask", "absent.png"], "does not exist"),
        (["--mask", "small.png"], "is 20 x 10 pixels but the image is 200 x 160"),
        (["--mask", "black.png"], "is all black"),
        (["--mask", "disc.png", "--depth", "disc.png"], "is no depth image"),
        (["--mask", "disc.png", "--depth", "shallow.png"], "depth is 20 x 10 but the image is 200 x 160"),
        (["--mask", "disc.png", "--samples", "99"], "--samples must be in 0..64, got 99"),
        (["--mask", "disc.png", "--set", "mask_threshold=2"], "mask_threshold"),
        (["--mask", "disc.png", "--set", "model=sdamodal"], "sdamodal needs weights"),
        (["--mask", "disc.png", "--set", "weights=none.safetensors"], "cannot read model weights"),
    ],
)
def test_bad_input_is_told_in_one_sentence(scene, capsys, arguments, message):
    cv2.imwrite(str(scene / "small.png"), np.full((10, 20), 255, np.uint8))
    cv2.imwrite(str(scene / "black.png"), np.zeros((160, 200), np.uint8))
    cv2.imwrite(str(scene / "shallow.png"), np.full((10, 20), 900, np.uint16))
    assert run(scene, *(scene / word if word.endswith(".png") else word for word in arguments)) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_depth_is_read_in_metres(scene):
    depth = read_depth(scene / "depth.png", 200, 160)
    assert depth[70, 140] == pytest.approx(0.7)
    with pytest.raises(InvalidImage, match="no depth image"):
        read_depth(scene / "absent.png", 200, 160)


def test_colour_masks_count_where_they_are_not_black(tmp_path):
    picture = np.zeros((6, 8, 3), dtype=np.uint8)
    picture[2, 3] = (0, 0, 1)
    cv2.imwrite(str(tmp_path / "mask.png"), picture)
    mask = read_mask(tmp_path / "mask.png", 8, 6)
    assert (mask.x, mask.y, mask.area) == (3, 2, 1)
