"""Plain text tables for the terminal."""

from __future__ import annotations

import math
import shutil
from collections.abc import Sequence

LEAST_LAST = 12


def format_table(
    columns: Sequence[str], rows: Sequence[Sequence[object]], width: int | None = None, most_rows: int = 40
) -> str:
    """Columns under their names, numbers to the right; the last column is cut where the line would get too long.

    Floats are shown with two decimals, NaN as -.

    Args:
        columns: names.
        rows: one value a column each.
        width: longest line in characters; the terminal's unless given.
        most_rows: further rows are only counted.
    """
    shown = [[_text(value) for value in row] for row in rows[:most_rows]]
    widths = [max(len(name), *(len(row[index]) for row in shown), 0) for index, name in enumerate(columns)]
    right = [bool(rows) and all(isinstance(row[index], int | float) for row in rows) for index in range(len(columns))]
    limit = width or shutil.get_terminal_size((100, 24)).columns
    left = limit - sum(widths[:-1]) - 2 * (len(widths) - 1)
    widths[-1] = min(widths[-1], max(left, LEAST_LAST))
    lines = [_line(columns, widths, right), _line(["-" * size for size in widths], widths, right)]
    lines += [_line(row, widths, right) for row in shown]
    if len(rows) > most_rows:
        lines.append(f"and {len(rows) - most_rows} more")
    return "\n".join(lines)


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}" if math.isfinite(value) else "-"
    return str(value)


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    parts = []
    for cell, size, to_right in zip(cells, widths, right):
        text = cell if len(cell) <= size else f"{cell[: size - 3]}..."
        parts.append(text.rjust(size) if to_right else text.ljust(size))
    return "  ".join(parts).rstrip()
