"""Report pages: well-formed, escaped, whole by themselves."""

from __future__ import annotations

import re
import shutil
import subprocess
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest

from physperception.evaluation.report import (
    Facts,
    Gallery,
    Link,
    ReportError,
    Shown,
    Table,
    machine_facts,
    write_report,
)

NASTY = "<script>alert(1)</script> & \"quotes\" 'too' é 杯 {title}"
VOID = {"meta", "img", "br", "hr", "link", "input"}


class Page(HTMLParser):
    """Checks that every tag is closed in order, and keeps what the tests look at."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.text, self.links, self.images = [], [], [], [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        if tag == "img":
            self.images.append(values)
        if tag == "a":
            self.links.append(values["href"])

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def picture(colour, height=48, width=64):
    return np.full((height, width, 3), colour, dtype=np.uint8)


def sections():
    red, green = picture((220, 30, 30)), picture((30, 200, 30), 40, 80)
    return [
        Facts("Run", {"Model": NASTY, "Device": "cpu"}),
        Table(
            "Objects",
            ("object", "score", "frames"),
            [(NASTY, 0.8249, 7), (Link("bag", "out bag/x?.mcap"), float("nan"), 12)],
            note=NASTY,
        ),
        Gallery("Pictures", [(NASTY, (Shown("input", red, NASTY), Shown("overlay", green, "two cups")))]),
        Table("Nothing", ("object",), []),
    ]


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "deep" / "index.html"
    write_report(path, NASTY, NASTY, sections())
    return path


def test_it_is_well_formed_with_headings_in_order(page):
    parsed = Page(page.read_text(encoding="utf-8"))
    headings = [tag for tag in parsed.tags if re.fullmatch(r"h\d", tag)]
    assert headings == ["h1", "h2", "h2", "h2", "h2"]
    assert parsed.tags.count("main") == 1


def test_all_text_is_escaped_and_whole(page):
    text = page.read_text(encoding="utf-8")
    assert "<script" not in text
    parsed = Page(text)
    assert "".join(parsed.text).count(NASTY) == 7
    assert parsed.images[0]["alt"] == NASTY


def test_pictures_are_beside_the_page_and_what_they_were(page):
    images = Page(page.read_text(encoding="utf-8")).images
    assert [(image["width"], image["height"]) for image in images] == [("64", "48"), ("80", "40")]
    for image, colour in zip(images, [(220, 30, 30), (30, 200, 30)]):
        stored = cv2.imread(str(page.parent / image["src"]))[..., ::-1]
        assert stored.shape == (int(image["height"]), int(image["width"]), 3)
        assert np.abs(stored.astype(int) - colour).max() < 8


def test_every_link_of_the_page_to_its_own_files_exists_and_nothing_is_fetched(page):
    text = page.read_text(encoding="utf-8")
    parsed = Page(text)
    own = [link for link in parsed.links if link.startswith("pictures/")]
    assert len(own) == 2
    assert all((page.parent / link).is_file() for link in own)
    assert "//" not in re.sub(r"</[^>]*>", "", text)
    assert not {"script", "link", "iframe"} & set(parsed.tags)


def test_numbers_in_tables(page):
    text = page.read_text(encoding="utf-8")
    assert '<td class="number">0.82</td><td class="number">7</td>' in text
    assert '<td class="number">-</td>' in text
    assert '<a href="out%20bag/x%3F.mcap">bag</a>' in text


def test_it_follows_the_readers_light_or_dark(page):
    assert "prefers-color-scheme: dark" in page.read_text(encoding="utf-8")


def test_text_has_contrast_in_both_schemes(page):
    text = page.read_text(encoding="utf-8")
    for scheme in re.findall(r":root \{([^}]*)\}", text):
        colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", scheme))
        for ink in ("ink", "soft", "link"):
            for ground in ("paper", "band"):
                assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)


def contrast(first, second):
    """Ratio of WCAG 2.1."""
    dark, light = sorted((luminance(first), luminance(second)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    channels = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="2 columns"):
        Table("Objects", ("a", "b"), [("only one",)])


@pytest.mark.parametrize("target", ["javascript:alert(1)", "https://example.org", "/etc/passwd", "//example.org"])
def test_links_lead_nowhere_else(target):
    with pytest.raises(ValueError, match="relative"):
        Link("x", target)


def test_a_page_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match="cannot write"):
        write_report(tmp_path / "file" / "index.html", "t", "s", [])


def test_machine_facts_name_no_machine():
    facts = machine_facts()
    assert "core" in facts["Processor"]
    assert not any(name in " ".join(facts.values()) for name in (shutil.os.uname().nodename,))


BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine to render the page with")
def test_a_browser_renders_it(page, tmp_path):
    shot = tmp_path / "page.png"
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    command += ["--window-size=1200,1000", f"--screenshot={shot}", page.as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    rendered = cv2.imread(str(shot))[..., ::-1].reshape(-1, 3).astype(int)
    for colour in ((220, 30, 30), (30, 200, 30)):
        assert (np.abs(rendered - colour).max(axis=1) < 12).sum() > 10_000
