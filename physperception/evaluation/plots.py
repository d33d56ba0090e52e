"""Drawings of estimates for report pages: SVG elements in the page's own colours, with words on every mark."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 420, 420
LEFT, RIGHT, TOP, BOTTOM = 68, 12, 12, 78
REFUSED_BAND = 22
GOOD, BAD = "var(--link)", "#d1242f"
SHARE_AROUND = 0.05


@dataclass(frozen=True)
class Mark:
    """One estimate: what it is of, the truth, and value with its interval; the three are None where it was refused."""

    name: str
    truth: float
    value: float | None = None
    lower: float = math.nan
    upper: float = math.nan

    @property
    def covered(self) -> bool:
        return self.lower <= self.truth <= self.upper


@dataclass(frozen=True)
class Axis:
    """Values `low` to `high` along `start` to `end` of the drawing, by their logarithms where `logarithmic`."""

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def place(self, value: float) -> float:
        """Where a value is drawn; beyond the ends at the ends."""
        low, high, value = (self._scaled(each) for each in (self.low, self.high, value))
        share = min(max((value - low) / (high - low), 0.0), 1.0)
        return self.start + share * (self.end - self.start)

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high

    def ticks(self) -> list[float]:
        """Round values within, about five of them, or one a decade and where these are few 2 and 5 times them."""
        if not self.logarithmic:
            rough = (self.high - self.low) / 5
            power = 10 ** math.floor(math.log10(rough))
            step = power * min((1, 2, 5, 10), key=lambda factor: abs(factor * power - rough))
            first = math.ceil(self.low / step - 1e-9)
            return [step * each for each in range(first, math.floor(self.high / step + 1e-9) + 1)]
        decades = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        factors = (1, 2, 5) if math.log10(self.high / self.low) < 2 else (1,)
        return [value for each in decades for factor in factors if self.holds(value := factor * 10.0**each)]

    def _scaled(self, value: float) -> float:
        return math.log(max(value, 1e-300)) if self.logarithmic else value


def scatter(marks: Sequence[Mark], unit: str, logarithmic: bool = False) -> str:
    """Estimates over truths, with a bar for each interval.

    Both axes have the range of the truths and a little more; estimates beyond are drawn hollow at the border. Blue
    intervals hold the truth, red ones do not. Refused ones are strokes in a band below.

    Args:
        marks: in any order; none draws empty axes.
        unit: of the values, "1" for none.
        logarithmic: both axes; truths are then positive.

    Returns:
        An `<svg>` element.
    """
    low, high = _range([mark.truth for mark in marks], logarithmic)
    across = Axis(low, high, LEFT, WIDTH - RIGHT, logarithmic)
    up = Axis(low, high, HEIGHT - BOTTOM, TOP, logarithmic)
    suffix = "" if unit == "1" else f", {unit}"
    answered = [mark for mark in marks if mark.value is not None]
    refused = [mark for mark in marks if mark.value is None]
    parts = [
        _frame(across, up, f"truth{suffix}", f"estimate{suffix}", BOTTOM - 2 * REFUSED_BAND),
        _line(across.start, up.start, across.end, up.end, "var(--soft)", dashed=True),
        *(_answer(mark, across, up) for mark in sorted(answered, key=lambda mark: not mark.covered)),
        *(_refusal(mark, across) for mark in refused),
        _words(LEFT - 6, HEIGHT - BOTTOM + REFUSED_BAND / 2 + 4, f"refused {len(refused)}", "end"),
    ]
    return _svg(parts, f"Estimates over truths: {len(answered)} answered, {len(refused)} refused.")


def roc(scores: Sequence[float], labels: Sequence[bool]) -> str:
    """The ROC curve of scores for labels: the share of true cases above each threshold over that of false ones.

    Returns:
        An `<svg>` element; with only the diagonal where true or false cases are missing.
    """
    across, up = Axis(0, 1, LEFT, WIDTH - RIGHT), Axis(0, 1, HEIGHT - BOTTOM, TOP)
    places = " ".join(f"{across.place(x):.1f},{up.place(y):.1f}" for x, y in roc_points(scores, labels))
    parts = [
        _frame(across, up, "false positive rate", "true positive rate"),
        _line(across.start, up.start, across.end, up.end, "var(--soft)", dashed=True),
        f'<polyline points="{places}" fill="none" stroke="{GOOD}" stroke-width="2"/>' if places else "",
    ]
    return _svg(parts, f"ROC curve of {len(labels)} ordered pairs.")


def roc_points(scores: Sequence[float], labels: Sequence[bool]) -> list[tuple[float, float]]:
    """Corners (false positive rate, true positive rate) from (0, 0) to (1, 1), one a score; none without both kinds."""
    positive = sum(labels)
    negative = len(labels) - positive
    if not positive or not negative:
        return []
    points, true, false = [(0.0, 0.0)], 0, 0
    ordered = sorted(zip(scores, labels), key=lambda pair: -pair[0])
    for place, (score, label) in enumerate(ordered):
        true, false = true + label, false + (not label)
        if place + 1 == len(ordered) or ordered[place + 1][0] != score:
            points.append((false / negative, true / positive))
    return points


def _range(values: Sequence[float], logarithmic: bool) -> tuple[float, float]:
    low, high = (min(values), max(values)) if values else (0.1, 1.0)
    if logarithmic:
        around = max((high / low) ** SHARE_AROUND, 1.1)
        return low / around, high * around
    around = SHARE_AROUND * (high - low) or max(abs(high), 1.0) / 10
    return low - around, high + around


def _answer(mark: Mark, across: Axis, up: Axis) -> str:
    assert mark.value is not None
    x, color = across.place(mark.truth), GOOD if mark.covered else BAD
    told = f"{mark.name}: truth {mark.truth:.4g}, told {mark.value:.4g} [{mark.lower:.4g}, {mark.upper:.4g}]"
    fill = color if up.holds(mark.value) else "none"
    return (
        f'<g stroke="{color}"><title>{escape(told)}</title>'
        f'<line x1="{x:.1f}" y1="{up.place(mark.lower):.1f}" x2="{x:.1f}" y2="{up.place(mark.upper):.1f}" '
        f'stroke-opacity="0.45"/><circle cx="{x:.1f}" cy="{up.place(mark.value):.1f}" r="2.5" fill="{fill}"/></g>'
    )


def _refusal(mark: Mark, across: Axis) -> str:
    x, y = across.place(mark.truth), HEIGHT - BOTTOM + 4
    return (
        f'<line x1="{x:.1f}" y1="{y}" x2="{x:.1f}" y2="{y + REFUSED_BAND - 8}" stroke="{BAD}" stroke-width="1.5">'
        f"<title>{escape(mark.name)}: truth {mark.truth:.4g}, refused</title></line>"
    )


def _frame(across: Axis, up: Axis, below: str, beside: str, room: float = 0) -> str:
    """Axes with ticks, numbers and names; `room` pixels are left under the lower axis before its numbers."""
    left, right, top, bottom = across.start, across.end, up.end, up.start
    parts = [
        f'<rect x="{left}" y="{top}" width="{right - left}" height="{bottom - top}" fill="none" stroke="var(--line)"/>'
    ]
    numbers = bottom + room
    for value in across.ticks():
        x = across.place(value)
        parts += [_line(x, bottom, x, top, "var(--band)"), _words(x, numbers + 16, _number(value), "middle")]
    for value in up.ticks():
        y = up.place(value)
        parts += [_line(left, y, right, y, "var(--band)"), _words(left - 6, y + 4, _number(value), "end")]
    parts.append(_words((left + right) / 2, numbers + 36, below, "middle"))
    middle = (top + bottom) / 2
    parts.append(f'<g transform="rotate(-90 14 {middle})">{_words(14, middle, beside, "middle")}</g>')
    return "".join(parts)


def _number(value: float) -> str:
    return f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e") if 0 < abs(value) < 1e-2 else f"{value:.4g}"


def _line(x1: float, y1: float, x2: float, y2: float, color: str, dashed: bool = False) -> str:
    dashes = ' stroke-dasharray="4 4"' if dashed else ""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{color}"{dashes}/>'


def _words(x: float, y: float, text: str, anchor: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="12" fill="var(--soft)">{escape(text)}</text>'
    )


def _svg(parts: Sequence[str], alt: str) -> str:
    content = "\n".join(filter(None, parts))
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" '
        f'aria-label="{escape(alt)}">\n{content}\n</svg>'
    )
