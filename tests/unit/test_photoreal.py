"""Photo-realistic scenes: what is exported is what MuJoCo shows; the renderer's process is driven, checked, resumed."""

import json
import os
import subprocess
import sys

import cv2
import numpy as np
import pytest
from pycocotools.coco import COCO

from physperception.datasets import photoreal, scenes
from physperception.datasets.coco import DatasetError
from physperception.datasets.offscreen import Offscreen
from physperception.datasets.photoreal import VARIABLE, Renderer, aligned, generate, main
from physperception.datasets.scene_export import export_scene
from physperception.datasets.scenes import SceneRequest, look, open_screen, settled_scene
from physperception.errors import ConfigError, ModelUnavailable

SMALL = SceneRequest("test2", 3, width=96, height=72, views=2)
# Draws every exported triangle into a depth buffer; what goes wrong on request stands in the file `behave` beside it.
FAKE = """
import json, sys
from pathlib import Path
behave = (Path(__file__).parent / "behave").read_text()
(Path(__file__).parent / "calls").open("a").write(" ".join(sys.argv[1:]) + "\\n")
if "--version" in sys.argv:
    if behave == "missing":
        sys.exit("ImportError: libXi.so.6: cannot open shared object file")
    print("Fake 1.0"); sys.exit()
import cv2, numpy as np
paths = [Path(name) for name in sys.argv[5:]]
for export, out in zip(paths[::2], paths[1::2]):
    if behave == "crash" and export != paths[0]:
        print("warming up", file=sys.stderr); sys.exit("Error: out of memory")
    out.mkdir()
    scene, arrays = json.loads((export / "scene.json").read_text()), np.load(export / "geometry.npz")
    for number, camera in enumerate(scene["cameras"]):
        size = scene["height"], scene["width"]
        depth, index = np.full(size, np.inf), np.zeros(size, np.uint8)
        (fx, fy), (cx, cy) = camera["focal_px"], camera["center_px"]
        for k, geom in enumerate(scene["geoms"]):
            if not geom["object"]:
                continue
            local = (arrays[f"vertices_{k}"] - camera["position"]) @ np.array(camera["rotation"])
            z = -local[:, 2]
            points = np.stack([cx + fx * local[:, 0] / z, cy - fy * local[:, 1] / z], axis=1)
            for face in arrays[f"faces_{k}"]:
                a, b, c = points[face]
                low = np.maximum(np.floor(points[face].min(0)), 0).astype(int)
                high = np.minimum(np.ceil(points[face].max(0)), size[::-1]).astype(int)
                area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
                if (high <= low).any() or area == 0 or (z[face] < 0.01).any():
                    continue
                v, u = np.mgrid[low[1]:high[1], low[0]:high[0]] + 0.5
                s = ((u - a[0]) * (c[1] - a[1]) - (v - a[1]) * (c[0] - a[0])) / area
                t = ((v - a[1]) * (b[0] - a[0]) - (u - a[0]) * (b[1] - a[1])) / area
                inverse = (1 - s - t) / z[face[0]] + s / z[face[1]] + t / z[face[2]]
                region = slice(low[1], high[1]), slice(low[0], high[0])
                near = (s >= 0) & (t >= 0) & (s + t <= 1) & (1 / np.maximum(inverse, 1e-9) < depth[region])
                depth[region][near], index[region][near] = 1 / inverse[near], geom["object"]
        if behave == "shifted":
            index = np.roll(index, 9, axis=1)
        color = np.full((*size, 3), (10, 200, 30), np.uint8)
        cv2.imwrite(str(out / f"color_{number}.png"), color)
        if behave != "blind":
            cv2.imwrite(str(out / f"index_{number}.png"), index)
    print("Fra: 1 noise"); print(f"rendered {out}", flush=True)
"""


@pytest.fixture(scope="module")
def opengl() -> None:
    """Skips where scenes cannot be rendered, and says why."""
    try:
        Offscreen(64, 64).close()
    except ModelUnavailable as error:
        pytest.skip(str(error))


@pytest.fixture
def fake(tmp_path):
    """A renderer without Blender, and a function that sets how it behaves."""
    folder = tmp_path / "fake"
    folder.mkdir()
    (folder / "render.py").write_text(FAKE)

    def behave(how: str = "well") -> Renderer:
        (folder / "behave").write_text(how)
        return Renderer(sys.executable, samples=4, script=folder / "render.py")

    return behave


@pytest.fixture(scope="module")
def exported(opengl, tmp_path_factory):
    """A scene, its exact views, and what was exported of it."""
    folder = tmp_path_factory.mktemp("export")
    with open_screen(SMALL) as screen:
        _, tabletop = settled_scene(SMALL, 0, screen)
        views = [look(tabletop, camera, screen, SMALL) for camera in tabletop.cameras]
    export_scene(tabletop, folder, (SMALL.width, SMALL.height), np.random.default_rng(0))
    return tabletop, views, folder, json.loads((folder / "scene.json").read_text()), np.load(folder / "geometry.npz")


def silhouettes(description, arrays, camera) -> dict[int, np.ndarray]:
    """Amodal mask of every object that is wholly in front of the camera, from its projected triangles alone."""
    masks: dict[int, np.ndarray] = {}
    cut = set()
    for index, geom in enumerate(description["geoms"]):
        local = (arrays[f"vertices_{index}"] - camera["position"]) @ np.array(camera["rotation"])
        points = np.array(camera["center_px"]) + camera["focal_px"] * (local[:, :2] * [1, -1]) / -local[:, 2:]
        mask = masks.setdefault(geom["object"], np.zeros((description["height"], description["width"]), np.uint8))
        for face in arrays[f"faces_{index}"] if geom["object"] else ():
            corners = np.round((points[face] - 0.5) * 16).astype(np.int32)
            cv2.fillConvexPoly(mask, corners, 1, shift=4)
        if (-local[:, 2] < description["clip_m"][0]).any():
            cut.add(geom["object"])
    return {number: mask for number, mask in masks.items() if number not in cut}


def test_exported_meshes_project_onto_the_exact_masks(exported):
    _, views, _, description, arrays = exported
    compared = 0
    kernel = np.ones((3, 3), np.uint8)
    for camera, view in zip(description["cameras"], views):
        masks = silhouettes(description, arrays, camera)
        for kept, amodal in zip(view.truth.kept, view.truth.amodal):
            if kept + 1 not in masks:
                continue
            mask, exact = masks[kept + 1], amodal.astype(np.uint8)
            assert not (cv2.erode(exact, kernel) & ~mask).any()
            assert not (mask & ~cv2.dilate(exact, kernel) & 1).any()
            compared += 1
    assert compared >= 4


def test_export_says_everything_a_renderer_needs(exported):
    tabletop, _, folder, description, arrays = exported
    assert len(description["cameras"]) == 2
    assert [lamp["kind"] for lamp in description["lamps"]].count("area") == tabletop.model.nlight
    assert {geom["object"] for geom in description["geoms"]} == set(range(len(tabletop.objects) + 1))
    assert sum(not geom["casts_shadow"] for geom in description["geoms"]) == 4
    for material in description["materials"]:
        assert cv2.imread(str(folder / material["texture"])) is not None
        assert 0 < material["roughness"] < 1
        assert 0 <= material["specular"] <= 1
    for index, geom in enumerate(description["geoms"]):
        faces, uv = arrays[f"faces_{index}"], arrays[f"uv_{index}"]
        assert uv.shape == (len(faces), 3, 2)
        assert faces.min() >= 0
        assert faces.max() < len(arrays[f"vertices_{index}"])
        assert 0 <= geom["material"] < len(description["materials"])


def test_boxes_of_the_room_are_closed_and_wind_outwards(exported):
    _, _, _, description, arrays = exported
    rooms = [index for index, geom in enumerate(description["geoms"]) if geom["object"] == 0]
    assert len(rooms) == 6
    for index in rooms:
        corners = arrays[f"vertices_{index}"].astype(float)[arrays[f"faces_{index}"]]
        corners -= corners.mean(axis=(0, 1))
        normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        assert (np.einsum("ij,ij->i", normals, corners[:, 0]) > 0).all()
        volume = np.einsum("ij,ij->i", normals, corners[:, 0]).sum() / 6
        sides = np.ptp(corners.reshape(-1, 3), axis=0)
        assert volume == pytest.approx(np.prod(sides), rel=1e-4)


def test_annotations_are_those_of_the_plain_scenes_and_colours_the_renderers(opengl, fake, tmp_path):
    plain = json.loads(scenes.generate(tmp_path / "plain", 2, SMALL, progress=False).read_text())
    path = generate(tmp_path / "real", 2, SMALL, fake(), progress=False)
    real = json.loads(path.read_text())
    assert real["annotations"] == plain["annotations"]
    assert real["images"] == plain["images"]
    assert real["info"]["renderer"] == "Fake 1.0 Cycles"
    assert real["info"]["generator"] == "physperception.datasets.photoreal"
    assert len(COCO(str(path)).getImgIds()) == 2
    for record in real["images"]:
        image = cv2.imread(str(path.parent / record["file_name"]))
        blue, green, red = image.reshape(-1, 3).mean(axis=0)
        assert green > blue
        assert green > red


def test_a_crash_keeps_what_is_done_and_the_same_command_continues(opengl, fake, tmp_path):
    out, calls = tmp_path / "real", tmp_path / "fake" / "calls"
    with pytest.raises(DatasetError, match=r"status 1 and 1 scenes to go \(Error: out of memory\)"):
        generate(out, 4, SMALL, fake("crash"), progress=False)
    assert len(list((out / "images").iterdir())) == 2
    calls.unlink()
    records = json.loads(generate(out, 4, SMALL, fake(), progress=False).read_text())
    assert [image["id"] for image in records["images"]] == [1, 2, 3, 4]
    assert len(calls.read_text().splitlines()[-1].split()) == 4 + 2 * 1
    calls.unlink()
    generate(out, 4, SMALL, fake(), progress=False)
    assert calls.read_text() == "--version\n"
    with pytest.raises(ConfigError, match="another request"):
        generate(out, 4, SMALL, Renderer(sys.executable, samples=5, script=fake().script), progress=False)


def test_colours_beside_the_masks_are_refused(opengl, fake, tmp_path):
    with pytest.raises(DatasetError, match=r"camera 0 of scene 0: .* only \d+\.\d% of the objects' pixels"):
        generate(tmp_path / "real", 2, SMALL, fake("shifted"), progress=False)
    assert not list((tmp_path / "real" / "images").iterdir())


def test_a_missing_picture_is_named(opengl, fake, tmp_path):
    with pytest.raises(DatasetError, match=r"no index_0\.png of the right size for scene 0"):
        generate(tmp_path / "real", 2, SMALL, fake("blind"), progress=False)


def test_alignment_ignores_borders_and_objects_that_are_not_annotated(exported):
    _, (view, _), *_ = exported
    index = np.zeros(view.image.shape[:2], np.uint8)
    for kept, visible in zip(view.truth.kept, view.truth.visible):
        index[visible] = kept + 1
    assert aligned(index, view) == 1
    assert aligned(np.where(index == 0, 99, index).astype(np.uint8), view) == 1
    assert aligned(np.zeros_like(index), view) == 0
    assert aligned(np.roll(index, 1, axis=0), view) > aligned(np.roll(index, 4, axis=0), view)


def test_missing_blender_says_how_to_install_it(fake, tmp_path, monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(ModelUnavailable, match=r"libXi\.so\.6.*pip install bpy==5\.0\.1.*apt-get install libxi6"):
        fake("missing").version()
    with pytest.raises(ModelUnavailable, match=r"No such file.*pip install bpy"):
        Renderer(str(tmp_path / "nothing")).version()
    with pytest.raises(ModelUnavailable, match="No module named 'bpy'"):
        Renderer(sys.executable).version()
    call = [sys.executable, "-m", "physperception.datasets.photoreal", "--out", str(tmp_path / "o"), "--count", "1"]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("error: photo-realistic scenes need Blender")
    assert main(["--out", str(tmp_path / "o"), "--count", "1", "--blender", str(tmp_path / "nothing")]) == 2
    assert not (tmp_path / "o").exists()


def test_values_out_of_bounds_are_named(fake, tmp_path):
    with pytest.raises(ConfigError, match=r"samples must be in 1\.\.4096, got 0"):
        Renderer("python", samples=0)
    with pytest.raises(ConfigError, match="checkout"):
        Renderer("python", script=tmp_path / "nothing.py")
    with pytest.raises(ConfigError, match="shadows"):
        generate(tmp_path / "o", 1, SceneRequest("test2", 1, shadows=True), fake(), progress=False)


@pytest.mark.timeout(600)
@pytest.mark.skipif(not os.environ.get(VARIABLE), reason=f"{VARIABLE} names no Python with bpy")
def test_blender_renders_what_the_masks_say(opengl, tmp_path):
    renderer = Renderer(os.environ[VARIABLE], samples=2, threads=1)
    path = photoreal.generate(tmp_path / "real", 2, SMALL, renderer, progress=False)
    records = json.loads(path.read_text())
    assert records["info"]["renderer"].startswith("Blender")
    for record in records["images"]:
        assert cv2.imread(str(path.parent / record["file_name"])).std() > 8
