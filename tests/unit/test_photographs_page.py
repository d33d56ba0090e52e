"""The section "On photographs" shows every picture of the list, and the script that draws them says what is missing."""

import hashlib
import importlib.util
import re
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from physperception.errors import InvalidImage

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "models.md").read_text(encoding="utf-8")
SHOWN = re.compile(
    r"^!\[Photograph (\d+): .+\]\(images/photographs/(\d\d)\.jpg\)\n\n\*\*(\d+)\.\*\* (.+)$", re.MULTILINE
)
SECTION = PAGE.partition("\n## On photographs\n")[2].partition("\n## ")[0]


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("docs_photographs", DOCS / "photographs.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def rows(header):
    """Number cells of the table under a header that starts so, as lists of int; the last is the sums'."""
    lines = SECTION.partition(f"| {header}")[2].splitlines()[2:]
    next(place for place, line in enumerate(lines) if not line.startswith("|"))
    table = [
        line.strip("| ").split(" | ") for line in lines[: next(i for i, line in enumerate(lines) if line[:1] != "|")]
    ]
    return [[int(cell) for cell in row[1:]] for row in table]


def test_the_section_shows_exactly_the_list_in_order(script):
    shown = re.findall(
        r"^!\[Photograph (\d+): .+\]\(images/photographs/(\d\d)\.jpg\)\n\n\*\*(\d+)\.\*\* (.+)$", SECTION, re.M
    )
    assert [int(first) for first, *_ in shown] == list(range(1, len(script.PHOTOGRAPHS) + 1))
    assert SECTION.count("![") == len(shown)
    for (first, file, third, remark), photograph in zip(shown, script.PHOTOGRAPHS, strict=True):
        assert int(first) == int(file) == int(third)
        package, name = re.search(r"\*\(([\w-]+), (\S+)\)\*$", remark).groups()
        assert photograph.package == package
        assert photograph.path.endswith(f"/{name}")
        assert len(remark) > 100


def test_every_photograph_is_another_one_from_a_package_with_version_and_licence(script):
    assert len({photograph.digest for photograph in script.PHOTOGRAPHS}) == len(script.PHOTOGRAPHS) == 20
    assert {photograph.package for photograph in script.PHOTOGRAPHS} == set(script.PACKAGES)
    for name, package in script.PACKAGES.items():
        assert f"| {name} {package.version} | {'Debian' if package.debian else 'npm'} | {package.licence} |" in SECTION


def test_the_pictures_are_there_and_small(script):
    files = sorted(script.PICTURES.iterdir())
    assert [file.name for file in files] == [f"{number:02d}.jpg" for number in range(1, len(script.PHOTOGRAPHS) + 1)]
    sizes = [file.stat().st_size for file in files]
    assert max(sizes) <= 60_000
    assert sum(sizes) <= 1_000_000
    shapes = [cv2.imread(str(file)).shape for file in files]
    assert all(256 <= width <= script.WIDTH for _, width, _ in shapes)


def test_the_counts_add_up(script):
    by_model, by_eye = rows("picture | objects"), rows("picture | seen")
    for table in (by_model, by_eye):
        assert len(table) == len(script.PHOTOGRAPHS) + 1
        assert table[-1] == [sum(column) for column in zip(*table[:-1])]
    assert all(seen == sum(rest) for seen, *rest in by_eye)
    assert all(max(named, hidden) <= objects for objects, named, hidden in by_model)
    assert f"With the default {by_eye[-1][1]} of {by_eye[-1][0]} things" in SECTION
    assert f"Of the {by_model[-1][0]} objects" in SECTION
    assert f"Of the {by_model[-1][1]} names" in SECTION


def test_a_missing_package_is_one_sentence_with_the_command(script, tmp_path, capsys):
    assert script.main(["--from", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "npm pack startbootstrap-creative@7.0.7" in said
    with pytest.raises(InvalidImage, match="apt-get download opencv-doc && dpkg -x"):
        script.find(next(p for p in script.PHOTOGRAPHS if p.package == "opencv-doc"), [tmp_path])


def test_a_photograph_is_found_in_its_package_and_no_other_is_taken_for_it(script, tmp_path):
    photograph = script.PHOTOGRAPHS[0]
    path = tmp_path / "two" / photograph.package / photograph.path
    path.parent.mkdir(parents=True)
    path.write_bytes(b"another picture")
    with pytest.raises(InvalidImage, match="unpack that version"):
        script.find(photograph, [tmp_path / "one", tmp_path / "two"])
    known = replace(photograph, digest=hashlib.sha256(b"another picture").hexdigest()[:16])
    assert script.find(known, [tmp_path / "one", tmp_path / "two"]) == path
    assert script.find(known, [tmp_path / "two" / photograph.package]) == path


def test_pictures_shrink_to_the_width_and_to_the_bytes(script):
    noise = np.random.default_rng(0).integers(0, 256, (600, 1280, 3), dtype=np.uint8)
    small = script.shrunk(noise)
    assert small.shape == (300, 640, 3)
    assert script.shrunk(small).shape == small.shape
    flat = np.full((100, 200, 3), (200, 30, 60), np.uint8)
    back = cv2.imdecode(np.frombuffer(script.encoded(flat), np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
    assert np.abs(back.astype(int) - flat).max() < 8
    view = cv2.GaussianBlur(small, (0, 0), 1.2)
    best = [cv2.IMWRITE_JPEG_QUALITY, script.QUALITIES[0], cv2.IMWRITE_JPEG_OPTIMIZE, 1]
    assert len(cv2.imencode(".jpg", view, best)[1]) > script.MOST_BYTES * 0.5
    assert len(script.encoded(view)) <= script.MOST_BYTES


def test_the_table_is_replaced_in_its_place_only(script):
    page = f"before\n{script.BEGIN}\nold\n{script.END}\nafter\n"
    written = script.with_table(page, [(1, 4, 2, 1), (2, 3, 0, 3)])
    assert "old" not in written
    assert written.startswith("before\n")
    assert written.endswith("\nafter\n")
    assert "| 2 | 3 | 0 | 3 |\n| together | 7 | 2 | 4 |" in written
    assert script.with_table(written, [(1, 4, 2, 1), (2, 3, 0, 3)]) == written
    with pytest.raises(ValueError, match="begin photographs"):
        script.with_table("no place", [])
