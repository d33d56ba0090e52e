"""The generator end to end: exact, repeatable, resumable, and clear about what it lacks."""

import json
import sys

import cv2
import numpy as np
import pytest
from pycocotools import mask as coco_mask

from physperception.datasets import offscreen, scene_files, scenes
from physperception.datasets.offscreen import Offscreen, import_mujoco
from physperception.datasets.scenes import SceneRequest, generate, open_screen, render_scene, scene_seed
from physperception.datasets.tabletop import make_tabletop
from physperception.errors import ConfigError, ModelUnavailable

SMALL = SceneRequest("train", 3, width=96, height=72, views=2)


@pytest.fixture(scope="module")
def opengl() -> None:
    """Skips where scenes cannot be rendered, and says why."""
    try:
        Offscreen(64, 64).close()
    except ModelUnavailable as error:
        pytest.skip(str(error))


def test_nearest_single_rendering_is_what_the_whole_rendering_shows(opengl):
    tabletop = make_tabletop(np.random.default_rng(11), (128, 96), 3)
    bodies = np.arange(tabletop.model.nbody)
    with Offscreen(128, 96) as screen:
        screen.load(tabletop.model)
        for camera in tabletop.cameras:
            drawn = [0] + [body for body, _ in tabletop.objects]
            depths = np.stack([screen.depth(tabletop.data, camera, bodies == body) for body in drawn])
            nearest = np.where(depths.min(axis=0) < 1, np.array(drawn)[depths.argmin(axis=0)], -1)
            assert np.array_equal(screen.segmentation(tabletop.data, camera), nearest)
            assert len(np.unique(nearest)) > 2


def test_the_margin_is_seen_by_the_same_camera(opengl):
    tabletop = make_tabletop(np.random.default_rng(11), (160, 128), 1)
    every = np.ones(tabletop.model.nbody, dtype=bool)
    with Offscreen(128, 96, margin=16) as wide:
        wide.load(tabletop.model)
        outer, colors = wide.depth(tabletop.data, "view0", every), wide.color(tabletop.data, "view0")
    with Offscreen(128, 96) as narrow:
        narrow.load(tabletop.model)
        inner = narrow.depth(tabletop.data, "view0", every)
        assert np.array_equal(colors, narrow.color(tabletop.data, "view0"))
    assert outer.shape == (128, 160)
    assert np.quantile(np.abs(outer[16:-16, 16:-16] - inner), 0.99) < 1e-4


def test_depth_is_in_metres(opengl):
    tabletop = make_tabletop(np.random.default_rng(2), (96, 96), 1)
    with Offscreen(96, 96) as screen:
        screen.load(tabletop.model)
        camera = tabletop.data.cam_xpos[0]
        tabletop.model.cam_quat[0] = (1, 0, 0, 0)
        tabletop.model.cam_pos[0] = (0.0, 0.0, 0.9)
        import_mujoco().mj_forward(tabletop.model, tabletop.data)
        table = np.arange(tabletop.model.nbody) == 0
        seen = screen.metres(screen.depth(tabletop.data, "view0", table))
    assert camera[2] == pytest.approx(0.9)
    assert seen[48, 48] == pytest.approx(0.9, abs=1e-3)


def test_depth_images_and_shadows_on_request(opengl, tmp_path):
    request = SceneRequest("test2", 1, width=128, height=96, views=1, depth=True, shadows=True)
    generate(tmp_path, 3, request, progress=False)
    content = json.loads((tmp_path / "annotations.json").read_text())
    for image in content["images"]:
        depth = cv2.imread(str(tmp_path / image["depth_file_name"]), cv2.IMREAD_UNCHANGED)
        assert (depth.dtype, depth.shape) == (np.uint16, (96, 128))
        assert 100 < np.median(depth[depth > 0]) < 6000
    shadows = [coco_mask.area(annotation["shadow_segmentation"]) for annotation in content["annotations"]]
    assert max(shadows) > 20
    assert sum(annotation["on_table"] for annotation in content["annotations"]) > 0


def test_objects_rest_on_the_table(opengl):
    for seed in range(4):
        tabletop = make_tabletop(np.random.default_rng(seed), (64, 64), 1)
        speeds = np.abs(tabletop.data.qvel)
        assert speeds.max() == 0
        assert all(tabletop.data.xpos[body][2] > -0.02 for body, _ in tabletop.objects)
        carried = {above for _, above in tabletop.supports}
        assert tabletop.supports <= tabletop.contacts | {(b, a) for a, b in tabletop.contacts}
        assert len(carried & {body for body, _ in tabletop.objects}) >= 0.8 * len(tabletop.objects)


def test_the_same_seed_gives_the_same_pixels_and_masks(opengl):
    with open_screen(SMALL) as screen:
        first, other = render_scene(SMALL, 5, screen), render_scene(SMALL, 6, screen)
    with open_screen(SMALL) as screen:
        second = render_scene(SMALL, 5, screen)
    for a, b in zip(first, second):
        assert np.array_equal(a.image, b.image)
        assert np.array_equal(a.truth.amodal, b.truth.amodal)
        assert (a.facts, a.truth.occluders, a.jpeg_quality) == (b.facts, b.truth.occluders, b.jpeg_quality)
    assert not np.array_equal(first[0].image, other[0].image)


def test_a_stopped_run_continues_to_the_same_data_set(opengl, tmp_path, monkeypatch):
    generate(tmp_path / "whole", 5, SMALL, progress=False)
    generate(tmp_path / "parts", 1, SMALL, progress=False)
    before = (tmp_path / "parts/images/000001.jpg").read_bytes()

    def interrupted(out, count, request, scene):
        if scene == 2:
            raise KeyboardInterrupt
        return write_scene(out, count, request, scene)

    write_scene = scenes.write_scene
    monkeypatch.setattr(scenes, "write_scene", interrupted)
    monkeypatch.setattr(scene_files, "SAVE_EVERY", 1)
    with pytest.raises(KeyboardInterrupt):
        generate(tmp_path / "parts", 5, SMALL, progress=False)
    monkeypatch.undo()
    partial = json.loads((tmp_path / "parts/annotations.json").read_text())
    assert [image["id"] for image in partial["images"]] == [1, 2, 3, 4]
    generate(tmp_path / "parts", 5, SMALL, progress=False)
    assert (tmp_path / "parts/images/000001.jpg").read_bytes() == before
    files = sorted(path.relative_to(tmp_path / "whole") for path in (tmp_path / "whole").rglob("*.*"))
    assert len(files) == 6
    for file in files:
        assert (tmp_path / "parts" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()


def test_processes_change_nothing(opengl, tmp_path):
    generate(tmp_path / "one", 4, SMALL, progress=False)
    generate(tmp_path / "two", 4, SMALL, jobs=2, progress=False)
    assert (tmp_path / "one/annotations.json").read_bytes() == (tmp_path / "two/annotations.json").read_bytes()


def test_a_folder_of_another_request_is_refused(tmp_path):
    (tmp_path / "annotations.json").write_text(json.dumps({"info": {"seed": 9}, "images": [], "annotations": []}))
    with pytest.raises(ConfigError, match="another request"):
        generate(tmp_path, 1, SMALL, progress=False)
    (tmp_path / "annotations.json").write_text("{")
    with pytest.raises(ConfigError, match="not a data set"):
        generate(tmp_path, 1, SMALL, progress=False)


def test_no_two_requests_share_a_scene():
    last = scenes.LIMIT - 1
    edges = [(split, seed, scene) for split in scenes.SPLITS for seed in (0, 1, last) for scene in (0, last)]
    seeds = [scene_seed(SceneRequest(split, seed), scene) for split, seed, scene in edges]
    assert len(set(seeds)) == len(edges)
    assert seeds == sorted(seeds)


@pytest.mark.parametrize(
    "change", [{"split": "test9"}, {"seed": -1}, {"seed": 10**6}, {"width": 8}, {"height": 9999}, {"views": 0}]
)
def test_a_request_out_of_bounds_names_the_key(change):
    with pytest.raises(ConfigError, match=next(iter(change))):
        SceneRequest(**({"split": "train", "seed": 0} | change))


@pytest.mark.parametrize("count", [0, 10**7])
def test_count_out_of_bounds(tmp_path, count):
    with pytest.raises(ConfigError, match="count"):
        generate(tmp_path, count, SMALL, progress=False)


def test_command_line_writes_a_data_set(opengl, tmp_path):
    arguments = ["--out", str(tmp_path), "--count", "1", "--split", "val", "--size", "96x72", "--views", "1"]
    assert scenes.main(arguments) == 0
    content = json.loads((tmp_path / "annotations.json").read_text())
    assert content["info"]["split"] == "val"
    assert content["images"][0]["file_name"] == "images/000001.jpg"


def test_command_line_refuses_in_one_sentence(tmp_path, capsys):
    assert scenes.main(["--out", str(tmp_path), "--count", "1", "--seed", "-3"]) == 2
    assert capsys.readouterr().err == "error: seed must be in 0..999999, got -3\n"
    with pytest.raises(SystemExit):
        scenes.main(["--out", str(tmp_path), "--count", "1", "--size", "big"])
    assert "WIDTHxHEIGHT" in capsys.readouterr().err


def test_missing_mujoco_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "mujoco", None)
    with pytest.raises(ModelUnavailable, match=r"pip install 'physperception\[dev\]'"):
        Offscreen(64, 64)


def test_missing_opengl_names_the_debian_packages(monkeypatch):
    pytest.importorskip("mujoco", reason="MuJoCo comes with the extra dev")
    monkeypatch.delenv("MUJOCO_GL", raising=False)
    monkeypatch.setattr(offscreen.ctypes.util, "find_library", lambda name: None)
    monkeypatch.setitem(sys.modules, "mujoco.osmesa", None)
    with pytest.raises(ModelUnavailable, match="apt-get install libegl1"):
        Offscreen(64, 64)


def test_unusable_gl_choice_is_refused(monkeypatch):
    pytest.importorskip("mujoco", reason="MuJoCo comes with the extra dev")
    monkeypatch.setenv("MUJOCO_GL", "glfw")
    with pytest.raises(ConfigError, match="MUJOCO_GL"):
        Offscreen(64, 64)
