"""The scenes of `physperception.datasets.scenes` with colours from Cycles, Blender's path tracer.

    python -m physperception.datasets.photoreal --out data/scenes/photoreal --count 200 --seed 1 --split test2

The objects, cameras, masks, depth and annotations are those that the same request gives there; only the light is
another: soft shadows, bounced light, reflections, a sky. Blender is an outside program, run as a process of its own by
tools/blender/render_scene.py under a Python that has bpy. docs/datasets.md says how to install it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.datasets.coco import DatasetError
from physperception.datasets.scene_annotations import View
from physperception.datasets.scene_export import export_scene
from physperception.datasets.scene_files import fill
from physperception.datasets.scenes import (
    SPLITS,
    VERSION,
    SceneRequest,
    image_size,
    look,
    open_screen,
    photograph,
    scene_seed,
    settled_scene,
    write_views,
)
from physperception.errors import ConfigError, ModelUnavailable, PhysperceptionError

PROGRAM = "python -m physperception.datasets.photoreal"
SCRIPT = Path(__file__).parents[2] / "tools" / "blender" / "render_scene.py"
VARIABLE = "PHYSPERCEPTION_BLENDER"
INSTALL = (
    "give --blender, or set PHYSPERCEPTION_BLENDER to, the Python of a virtual environment of its own with Blender "
    "(python3.11 -m venv blender && blender/bin/pip install bpy==5.0.1; "
    "apt-get install libxi6 libxxf86vm1 libxfixes3 libxrender1 libxkbcommon0 libsm6)"
)
RENDERED = "rendered "
SCENES_A_PROCESS = 8
ALIGNED = 0.98
"""Part of an image's object pixels, those next to a border aside, that Cycles must see on the same object."""


@dataclass(frozen=True)
class Renderer:
    """How images are rendered.

    Attributes:
        python: a Python with bpy; or any program that takes the script's arguments.
        samples: light paths a pixel, 1 to 4096.
        threads: of Cycles, 0 for one a core.
        script: what it runs.

    Raises:
        ConfigError: a value is out of bounds, or the script is not there.
    """

    python: str
    samples: int = 32
    threads: int = 0
    script: Path = SCRIPT

    def __post_init__(self) -> None:
        for name, low, high in (("samples", 1, 4096), ("threads", 0, 1024)):
            if not low <= getattr(self, name) <= high:
                raise ConfigError(f"{name} must be in {low}..{high}, got {getattr(self, name)}")
        if not self.script.is_file():
            raise ConfigError(
                f"{self.script} is missing: photo-realistic scenes are made from a checkout of the repository"
            )

    def version(self) -> str:
        """The name and version of the renderer, such as "Blender 5.0.1".

        Raises:
            ModelUnavailable: it does not start; with the reason and how to install it.
        """
        try:
            call = [self.python, str(self.script), "--version"]
            done = subprocess.run(call, capture_output=True, text=True, errors="replace", check=False)
        except OSError as error:
            raise ModelUnavailable(f"cannot run {self.python} ({error.strerror}): {INSTALL}") from error
        if done.returncode or not done.stdout.strip():
            raise ModelUnavailable(f"Blender does not start in {self.python} ({_last_line(done.stderr)}): {INSTALL}")
        return done.stdout.strip().splitlines()[-1]

    def render(self, scenes: dict[Path, Path]) -> Iterator[Path]:
        """Render exported scenes into folders of images, in one process.

        Args:
            scenes: folders to read, and where to write color_N.png and index_N.png for camera N.

        Yields:
            Every written folder as soon as it is complete.

        Raises:
            DatasetError: the renderer stopped before the end; with the last line that it said.
        """
        call = [self.python, str(self.script), "--samples", str(self.samples), "--threads", str(self.threads)]
        call += [str(path) for pair in scenes.items() for path in pair]
        missing = set(scenes.values())
        with tempfile.TemporaryFile("w+", errors="replace") as complaints:
            process = subprocess.Popen(call, stdout=subprocess.PIPE, stderr=complaints, text=True, errors="replace")
            try:
                for line in process.stdout or ():
                    path = Path(line.removeprefix(RENDERED).strip())
                    if line.startswith(RENDERED) and path in missing:
                        missing.remove(path)
                        yield path
                status = process.wait()
            finally:
                process.kill()
                process.wait()
            complaints.seek(0)
            if status or missing:
                reason = _last_line(complaints.read())
                raise DatasetError(
                    f"the renderer stopped with status {status} and {len(missing)} scenes to go ({reason}): "
                    "the same command continues"
                )


def generate(out: Path, count: int, request: SceneRequest, renderer: Renderer, progress: bool = True) -> Path:
    """Write a data set of `count` images, or what is missing of it, as `scenes.generate` does.

    Returns:
        The path of annotations.json.

    Raises:
        ConfigError: `count` is out of bounds, shadows are asked for, or `out` holds a data set made by another request.
        ModelUnavailable: MuJoCo, headless OpenGL or Blender is missing.
        DatasetError: the renderer failed, or what it drew is not where the masks are.
    """
    if request.shadows:
        raise ConfigError("shadows are annotated in scenes of physperception.datasets.scenes only: leave them out here")
    info = _info(request, renderer)
    work = partial(_scenes, out, count, request, renderer)
    return fill(out, count, request.views, info, work, progress, save_every=request.views)


def aligned(index: NDArray[np.uint8], view: View) -> float:
    """The part of object pixels where two renderers see the same object.

    Counted are pixels that either sees on an annotated object, without those within one pixel of a border in the
    exact masks; 1 where there are none.

    Args:
        index: uint8 [H, W], one more than the number of the object that the other renderer saw, 0 for none.
        view: the exact masks; `view.truth.kept` are numbers of objects.
    """
    exact, seen = np.zeros_like(index), np.zeros_like(index)
    for number, visible in zip(view.truth.kept + 1, view.truth.visible):
        exact[visible] = number
        seen[index == number] = number
    kernel = np.ones((3, 3), np.uint8)
    inside = cv2.dilate(exact, kernel) == cv2.erode(exact, kernel)
    counted = inside & ((exact > 0) | (seen > 0))
    return float((exact == seen)[counted].mean()) if counted.any() else 1.0


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog=PROGRAM, description="Generate photo-realistic tabletop scenes with exact masks."
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to write, continued when it exists")
    parser.add_argument("--count", type=int, required=True, help="number of images")
    parser.add_argument("--seed", type=int, default=0, help="0 to 999999 (default 0)")
    parser.add_argument("--split", choices=SPLITS, default="test2", help="splits never share a scene (default test2)")
    parser.add_argument("--size", type=image_size, default=(416, 320), help="WIDTHxHEIGHT in pixels (default 416x320)")
    parser.add_argument("--views", type=int, default=4, help="cameras a scene (default 4)")
    parser.add_argument("--depth", action="store_true", help="write depth images too, 16 bits, millimetres")
    parser.add_argument("--samples", type=int, default=32, help="light paths a pixel (default 32)")
    parser.add_argument("--threads", type=int, default=0, help="of Cycles (default one a core)")
    parser.add_argument("--blender", default=os.environ.get(VARIABLE), help=f"a Python with bpy (default ${VARIABLE})")
    options = parser.parse_args(arguments)
    try:
        if not options.blender:
            raise ModelUnavailable(f"photo-realistic scenes need Blender: {INSTALL}")
        width, height = options.size
        request = SceneRequest(options.split, options.seed, width, height, options.views, options.depth)
        generate(options.out, options.count, request, Renderer(options.blender, options.samples, options.threads))
    except PhysperceptionError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; the same command continues", file=sys.stderr)
        return 130
    return 0


@dataclass
class _Pending:
    """A scene that waits for its colours."""

    scene: int
    rng: np.random.Generator
    views: list[View]


def _scenes(
    out: Path, count: int, request: SceneRequest, renderer: Renderer, missing: list[int]
) -> Iterator[list[dict[str, Any]]]:
    cv2.setNumThreads(1)
    for start in range(0, len(missing), SCENES_A_PROCESS):
        with tempfile.TemporaryDirectory(prefix="photoreal") as place:
            pending = {}
            for scene in missing[start : start + SCENES_A_PROCESS]:
                folder = Path(place) / f"{scene:06d}"
                pending[folder / "out"] = _prepare(request, scene, folder)
            for done in renderer.render({path.parent: path for path in pending}):
                waiting = pending.pop(done)
                views = [
                    photograph(waiting.rng, _recolored(done, number, view, waiting.scene))
                    for number, view in enumerate(waiting.views)
                ]
                yield write_views(out, count, request, waiting.scene, views)


def _prepare(request: SceneRequest, scene: int, folder: Path) -> _Pending:
    with open_screen(request) as screen:
        rng, tabletop = settled_scene(request, scene, screen)
        views = [look(tabletop, camera, screen, request) for camera in tabletop.cameras]
    own = np.random.default_rng([scene_seed(request, scene), 1])
    export_scene(tabletop, folder, (request.width, request.height), own)
    return _Pending(scene, rng, views)


def _recolored(folder: Path, number: int, view: View, scene: int) -> View:
    """The view with the colours of the renderer, after a check that they are where the masks are."""
    size = view.image.shape[:2]
    color = _read(folder / f"color_{number}.png", cv2.IMREAD_COLOR, size, scene)
    part = aligned(_read(folder / f"index_{number}.png", cv2.IMREAD_GRAYSCALE, size, scene), view)
    if part < ALIGNED:
        raise DatasetError(
            f"camera {number} of scene {scene}: the renderer shows only {part:.1%} of the objects' pixels where the "
            f"masks have them ({ALIGNED:.0%} are needed)"
        )
    return replace(view, image=cv2.cvtColor(color, cv2.COLOR_BGR2RGB).astype(np.uint8))


def _read(path: Path, flag: int, size: tuple[int, ...], scene: int) -> NDArray[np.uint8]:
    picture = cv2.imread(str(path), flag)
    if picture is None or picture.shape[:2] != size:
        raise DatasetError(f"the renderer wrote no {path.name} of the right size for scene {scene}")
    return picture.astype(np.uint8)


def _info(request: SceneRequest, renderer: Renderer) -> dict[str, Any]:
    command = f"{PROGRAM} --seed {request.seed} --split {request.split} --size {request.width}x{request.height}"
    command += f" --views {request.views}" + " --depth" * request.depth + f" --samples {renderer.samples}"
    name = {"generator": "physperception.datasets.photoreal", "version": VERSION}
    how = {"renderer": f"{renderer.version()} Cycles", "samples": renderer.samples}
    return {**name, **asdict(request), **how, "command": command}


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1].strip() if lines else "it said nothing"


if __name__ == "__main__":
    sys.exit(main())
