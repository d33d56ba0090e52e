"""The documents name only what exists."""

import re
from pathlib import Path

import pytest

from physperception.cli.main import VERBS

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted(ROOT.glob("physperception/weights/*.md")),
]
README = DOCUMENTS[0].read_text(encoding="utf-8")


@pytest.fixture(params=DOCUMENTS, ids=lambda path: path.name)
def document(request):
    return request.param


def headings(path):
    """Anchors of a document's headings, as GitHub forms them."""
    found = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


def test_links_lead_somewhere(document):
    for link in re.findall(r"\]\(([^)]+)\)", document.read_text(encoding="utf-8")):
        if link.startswith(("http", "mailto")):
            continue
        name, _, anchor = link.partition("#")
        target = document.parent / name if name else document
        assert target.exists(), link
        assert not anchor or anchor in headings(target), link


def test_files_in_code_marks_exist(document):
    """`folder/file.ext` names a file of the repository, unless it stands for many or is made by a run."""
    text = re.sub(r"```.*?```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL)
    made = ("out/", "data/", "images/", "models/", "ros_ws/install", "install/")
    package = ("ros/", "cli/", "vision/", "detection/")
    for name in re.findall(r"`([a-z][\w./-]*/[\w.-]+\.(?:py|md|yaml|xml|json|rviz|jpg|bash))`", text):
        if not name.startswith(made) and "NODE" not in name:
            places = (ROOT / name, document.parent / name, ROOT / "physperception" / name)
            assert any(place.exists() for place in places[: 3 if name.startswith(package) else 2]), name


def test_modules_to_run_exist(document):
    for module in re.findall(
        r"python3? -m ((?:physperception|benchmarks)[\w.]*)", document.read_text(encoding="utf-8")
    ):
        path = ROOT / module.replace(".", "/")
        assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file(), module


def test_make_targets_exist(document):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    text = document.read_text(encoding="utf-8")
    named = set(re.findall(r"`make ([a-z-]+)`", text)) | set(re.findall(r"^make ([a-z-]+)", text, re.MULTILINE))
    assert named <= targets


def test_verbs_exist_and_the_readme_tells_all(document):
    named = re.findall(r"`physperception ([a-z]+)", document.read_text(encoding="utf-8"))
    assert set(named) <= set(VERBS)
    if document.name == "README.md":
        assert set(named) == set(VERBS)


def test_every_document_is_reached_from_the_readme():
    linked = set(re.findall(r"\]\((docs/[\w-]+\.md)", README))
    assert linked == {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")}


def test_the_readme_shows_a_picture_and_the_two_commands():
    assert re.search(r"!\[[^]]+\]\(docs/images/[\w.]+\)", README)
    assert re.findall(r"^make (demo|test)\b", README, re.MULTILINE) == ["demo", "test"]


def test_decisions_are_numbered_in_order():
    text = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")
    numbers = [int(number) for number in re.findall(r"^(\d+)\. ", text, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_no_document_names_a_place_on_one_machine(document):
    assert not re.search(r"(?<![\w.])/(?:work|home|root|tmp)/", document.read_text(encoding="utf-8"))
