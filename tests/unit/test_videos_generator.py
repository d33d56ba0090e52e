"""Sets of videos: continued, repeatable, paired, unknowable, refused."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("mujoco")

from physperception.datasets.coco import DatasetError
from physperception.datasets.videos.__main__ import main
from physperception.datasets.videos.clips import make_clips
from physperception.datasets.videos.dataset import VideoDataset
from physperception.datasets.videos.domains import VALUES
from physperception.datasets.videos.files import generate, write_group
from physperception.datasets.videos.request import PROPERTIES, UNKNOWABLE, VideoRequest
from physperception.errors import ConfigError
from physperception.physics.observations import Refusal
from physperception.scene import Property

SMALL = {"width": 192, "height": 144}
SAMPLE = Path(__file__).resolve().parents[1] / "data" / "videos_sample"


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    request = VideoRequest("restitution", "val", 4, pairs=True, depth=True, bags=True, **SMALL)
    folder = tmp_path_factory.mktemp("pair")
    generate(folder, 2, request, progress=False)
    return folder, request


def test_a_stopped_run_continues_to_the_same_clips(pair):
    folder, request = pair
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    (folder / "000002.json").unlink()
    generate(folder, 2, request, progress=False)
    for name, content in before.items():
        if name.endswith((".json", ".mp4")):
            assert (folder / name).read_bytes() == content, name


def test_the_pair_differs_in_the_value_only(pair):
    dataset = VideoDataset(pair[0])
    first, second = dataset
    assert dataset.pairs() == [(0, 1)]
    assert first.value != pytest.approx(second.value, abs=0.02)
    assert first.view == second.view
    assert first.truth["start"] == second.truth["start"]
    one, two = next(first.frames()).astype(int), next(second.frames()).astype(int)
    assert np.abs(one - two).mean() < 8


def test_depth_is_that_of_the_plane(pair):
    dataset = VideoDataset(pair[0])
    depth, view = dataset.depth_m(0), dataset[0].view
    mask = dataset[0].masks[0].full(SMALL["width"], SMALL["height"])
    rows, columns = np.nonzero(np.isfinite(depth) & ~mask)
    points = view.plane.points(np.column_stack((columns, rows)).astype(float), view.camera)
    agree = np.abs(depth[rows, columns] - points[:, 2]) < 0.02 * points[:, 2]
    assert agree.mean() > 0.8
    with pytest.raises(DatasetError, match="--depth"):
        VideoDataset(SAMPLE / "friction").depth_m(0)


def test_bags_hold_every_frame_with_its_stamp(pair):
    pytest.importorskip("rosbags")
    from rosbags.rosbag2 import Reader

    clip = VideoDataset(pair[0])[0]
    with Reader(pair[0] / "000001_bag") as bag:
        counts = {connection.topic: connection.msgcount for connection in bag.connections}
        assert counts == {"/image": len(clip), "/camera_info": len(clip)}
        assert bag.end_time - 1 - bag.start_time == pytest.approx((clip.stamps_s[-1] - clip.stamps_s[0]) * 1e9, abs=2e3)


def test_another_request_is_refused(pair):
    with pytest.raises(ConfigError, match="another request"):
        generate(pair[0], 2, VideoRequest("restitution", "val", 5, pairs=True, **SMALL), progress=False)


def test_splits_and_seeds_share_no_clip():
    requests = [VideoRequest(name, split, seed) for name in PROPERTIES for split in ("val", "test1") for seed in (0, 1)]
    values = [request.values(3)[0] / VALUES[request.kind][1] for request in requests]
    assert len(set(values)) == len(values)


def test_values_fill_the_range():
    for name in PROPERTIES:
        request = VideoRequest(name, "test2", 0)
        low, high = VALUES[request.kind]
        drawn = np.array([request.values(group)[0] for group in range(400)])
        parts = (drawn - low) / (high - low)
        if request.kind is Property.VISCOSITY:
            parts = np.log(drawn / low) / np.log(high / low)
        assert np.histogram(parts, 5, (0, 1))[0].min() > 50


@pytest.mark.parametrize("name", PROPERTIES)
def test_unknowable_clips_hide_what_they_say(name):
    request = VideoRequest(name, "test1", 2, unknowable=True, **SMALL)
    for group, refusal in enumerate(UNKNOWABLE[request.kind]):
        clip = make_clips(request, group)[0]
        assert clip.refusal is refusal
        seen = [one for one in clip.seen if one is not None]
        if refusal is Refusal.NO_MOTION:
            assert np.ptp([one.outline.mean(axis=0) for one in seen], axis=0).max() < 0.2
        elif refusal is Refusal.TOO_SHORT and request.kind is Property.RESTITUTION:
            assert clip.stamps_s[-1] < clip.act.events["contacts_s"][0]
        elif refusal is Refusal.TOO_SHORT:
            assert sum(stamp >= clip.act.decisive_s[0] for stamp in clip.stamps_s) <= 5
        elif refusal is Refusal.OCCLUDED:
            late = [one.occlusion for one in seen if one.stamp_s > clip.act.decisive_s[1] - 0.02 and not one.cut]
            assert all(occlusion > 0.8 for occlusion in late)


def test_no_scale_tells_an_estimator_nothing(tmp_path):
    request = VideoRequest("friction", "test1", 2, unknowable=True, **SMALL)
    number = UNKNOWABLE[Property.KINETIC_FRICTION].index(Refusal.NO_SCALE)
    write_group(tmp_path, request, number)
    clip = VideoDataset(tmp_path)[0]
    assert clip.refusal is Refusal.NO_SCALE
    assert clip.value is None
    assert (clip.view.camera, clip.view.plane, clip.view.surface_size_m) == (None, None, None)


def test_the_command_line_says_what_is_wrong(tmp_path, capsys):
    wanted = ["--out", str(tmp_path), "--property", "friction", "--count", "2", "--pairs", "--unknowable"]
    assert main(wanted) == 2
    assert "choose one of pairs and unknowable" in capsys.readouterr().err


def test_reading_says_what_is_wrong(tmp_path):
    with pytest.raises(DatasetError, match="holds no generated videos"):
        VideoDataset(tmp_path)
    (tmp_path / "000001.json").write_text(json.dumps({"property": "RESTITUTION"}))
    with pytest.raises(DatasetError, match="no label file"):
        VideoDataset(tmp_path)[0]


def test_a_video_of_another_length_is_refused(tmp_path):
    shutil.copy(SAMPLE / "viscosity" / "000001.json", tmp_path)
    shutil.copy(SAMPLE / "friction" / "000001.mp4", tmp_path)
    with pytest.raises(DatasetError, match="39 frames but its label file has 83 stamps"):
        list(VideoDataset(tmp_path)[0].frames())
