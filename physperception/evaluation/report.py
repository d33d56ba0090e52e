"""Reports as one HTML page with its pictures beside it: no scripts, nothing fetched from anywhere."""

from __future__ import annotations

import math
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import quote, urlsplit

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.errors import PhysperceptionError

JPEG = (
    cv2.IMWRITE_JPEG_QUALITY,
    90,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
)
PICTURES = "pictures"


class ReportError(PhysperceptionError):
    """A report can't be written; the message says why."""


@dataclass(frozen=True)
class Link:
    """A table cell that leads to a file beside the page (`target`, relative) or a place in it (`#...`).

    Raises:
        ValueError: the target is absolute.
    """

    text: str
    target: str

    def __post_init__(self) -> None:
        if urlsplit(self.target).scheme or self.target.startswith("/"):
            raise ValueError(f"a link of a report must be relative, got {self.target!r}")


Cell = str | int | float | Link


@dataclass(frozen=True)
class Facts:
    """A section of names and what they are."""

    heading: str
    facts: Mapping[str, str]


@dataclass(frozen=True)
class Table:
    """A section with one table; numbers go to the right, NaN is shown as -.

    Raises:
        ValueError: a row that has not one cell a column.
    """

    heading: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"the table {self.heading!r} has {len(self.columns)} columns, a row {len(row)} cells")


@dataclass(frozen=True)
class Shown:
    """One picture, uint8 RGB [H, W, 3], with a short label and words for those who can't see it."""

    label: str
    image: NDArray[np.uint8]
    alt: str


@dataclass(frozen=True)
class Gallery:
    """A section of pictures in groups, side by side where there is room; each group is (caption, pictures)."""

    heading: str
    groups: Sequence[tuple[str, Sequence[Shown]]]
    note: str = ""


@dataclass(frozen=True)
class Drawings:
    """A section of drawings side by side where there is room; each is (caption, `<svg>` element), not escaped."""

    heading: str
    drawings: Sequence[tuple[str, str]]
    note: str = ""


Section = Facts | Table | Gallery | Drawings


def write_report(path: Path, title: str, summary: str, sections: Sequence[Section]) -> None:
    """Write a page and, under `pictures/` beside it, its pictures. Text is escaped.

    Args:
        path: of the HTML file; its folder is made.
        title, summary: what the page is called, and one or two sentences under that.
        sections: in order.

    Raises:
        ReportError: a file can't be written.
    """
    try:
        (path.parent / PICTURES).mkdir(parents=True, exist_ok=True)
        writer = _Writer(path.parent)
        body = "\n".join(writer.section(number, section) for number, section in enumerate(sections, 1))
        path.write_text(PAGE.format(title=escape(title), summary=escape(summary), body=body), encoding="utf-8")
    except OSError as error:
        raise ReportError(f"cannot write {error.filename or path}: {error.strerror or error}") from error


def machine_facts() -> dict[str, str]:
    """What a measurement ran on, without anything that names the machine."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return {
        "Processor": f"{_processor()}, {cores} core{'s' if cores != 1 else ''} usable",
        "System": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
    }


class _Writer:
    """Sections as HTML; writes pictures as they come."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pictures = 0

    def section(self, number: int, section: Section) -> str:
        if isinstance(section, Facts):
            content = _facts(section)
        elif isinstance(section, Table):
            content = _table(section)
        elif isinstance(section, Drawings):
            content = _drawings(section)
        else:
            content = self._gallery(section)
        heading = f"section-{number}"
        title = f'<h2 id="{heading}">{escape(section.heading)}</h2>'
        return f'<section aria-labelledby="{heading}">\n{title}\n{content}\n</section>'

    def _gallery(self, gallery: Gallery) -> str:
        parts = [_note(gallery.note)]
        for caption, pictures in gallery.groups:
            shown = "\n".join(self._picture(picture) for picture in pictures)
            parts.append(
                f'<figure class="group">\n<div class="pictures">\n{shown}\n</div>\n'
                f"<figcaption>{escape(caption)}</figcaption>\n</figure>"
            )
        return "\n".join(filter(None, parts))

    def _picture(self, picture: Shown) -> str:
        self._pictures += 1
        name = f"{PICTURES}/{self._pictures:03d}.jpg"
        _, data = cv2.imencode(".jpg", np.ascontiguousarray(picture.image[..., ::-1]), JPEG)
        (self._folder / name).write_bytes(data.tobytes())
        height, width = picture.image.shape[:2]
        return (
            f'<figure><a href="{name}"><img src="{name}" width="{width}" height="{height}" loading="lazy" '
            f'alt="{escape(picture.alt)}"></a><figcaption>{escape(picture.label)}</figcaption></figure>'
        )


def _facts(section: Facts) -> str:
    items = "\n".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in section.facts.items()
    )
    return f"<dl>\n{items}\n</dl>"


def _table(table: Table) -> str:
    numeric = [
        bool(table.rows) and all(isinstance(row[index], int | float) for row in table.rows)
        for index in range(len(table.columns))
    ]
    classes = [' class="number"' if right else "" for right in numeric]
    head = "".join(f'<th scope="col"{kind}>{escape(name)}</th>' for name, kind in zip(table.columns, classes))
    rows = "\n".join(
        "<tr>" + "".join(f"<td{kind}>{_cell(cell)}</td>" for cell, kind in zip(row, classes)) + "</tr>"
        for row in table.rows
    )
    note = _note(table.note)
    return (
        f'{note}<div class="wide" tabindex="0" role="region" aria-label="{escape(table.heading)}">\n'
        f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>\n</div>"
    )


def _drawings(section: Drawings) -> str:
    shown = "\n".join(
        f"<figure>{element}<figcaption>{escape(caption)}</figcaption></figure>" for caption, element in section.drawings
    )
    return f'{_note(section.note)}<div class="pictures">\n{shown}\n</div>'


def _cell(cell: Cell) -> str:
    if isinstance(cell, Link):
        return f'<a href="{escape(quote(cell.target, safe="/#"))}">{escape(cell.text)}</a>'
    if isinstance(cell, float):
        return f"{cell:.2f}" if math.isfinite(cell) else "-"
    return escape(str(cell))


def _note(text: str) -> str:
    return f"<p>{escape(text)}</p>\n" if text else ""


def _processor() -> str:
    """The processor's trade name where Linux tells it, its architecture elsewhere."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names and names[0] else platform.machine()


PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
:root {{ --paper: #ffffff; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --band: #f3f5f7; --link: #0a53be; }}
@media (prefers-color-scheme: dark) {{
  :root {{ --paper: #15181c; --ink: #e6e8eb; --soft: #a3adb8; --line: #3a424b; --band: #1f242a; --link: #8ab8ff; }}
}}
* {{ box-sizing: border-box; }}
body {{ margin: 0 auto; padding: 2rem clamp(1rem, 4vw, 3rem); max-width: 84rem; background: var(--paper);
  color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }}
h1 {{ margin: 0; font-size: 1.8rem; line-height: 1.2; }}
h2 {{ margin: 2.5rem 0 0.75rem; padding-bottom: 0.25rem; border-bottom: 1px solid var(--line); font-size: 1.25rem; }}
p {{ max-width: 44rem; margin: 0.5rem 0 1rem; }}
a {{ color: var(--link); }}
dl {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(16rem, 1fr)); gap: 0.75rem 2rem; margin: 0; }}
dt {{ color: var(--soft); font-size: 0.875rem; }}
dd {{ margin: 0; overflow-wrap: anywhere; }}
.wide {{ overflow-x: auto; }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; }}
th, td {{ padding: 0.35rem 1.25rem 0.35rem 0.5rem; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; }}
th {{ color: var(--soft); font-weight: 600; font-size: 0.875rem; vertical-align: bottom; }}
tbody tr:nth-child(even) {{ background: var(--band); }}
.number {{ text-align: right; }}
td:first-child {{ white-space: nowrap; }}
figure {{ margin: 0; }}
.group {{ margin: 0 0 2rem; }}
.pictures {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr)); gap: 1rem; }}
.pictures a {{ display: block; }}
svg {{ display: block; max-width: 100%; height: auto; }}
img {{ display: block; width: 100%; height: auto; border-radius: 4px; background: var(--band); }}
figcaption {{ color: var(--soft); font-size: 0.875rem; margin-top: 0.25rem; }}
.group > figcaption {{ color: var(--ink); font-size: 1rem; margin-top: 0.5rem; }}
</style>
</head>
<body>
<header>
<h1>{title}</h1>
<p>{summary}</p>
</header>
<main>
{body}
</main>
</body>
</html>
"""
