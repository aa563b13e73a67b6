"""A picture of a terminal's cells, as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby
from typing import Any

WIDTH, HEIGHT = 9, 19

# A cell: its character, "" for the second half of a wide one, and the number of its style.
Cell = tuple[str, int]
# What Neovim's user interface calls the attributes of a highlight.
Style = Mapping[str, Any]


def picture(rows: Sequence[Sequence[Cell]], styles: Mapping[int, Style], default: Style) -> str:
    """The cells in their colours; `default` has those that a style lacks."""
    size = f'width="{WIDTH * len(rows[0])}" height="{HEIGHT * len(rows)}"'
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="monospace" font-size="15">',
        f'<rect width="100%" height="100%" fill="{_colour(default["background"])}"/>',
    ]
    for number, row in enumerate(rows):
        column = 0
        for style, cells in groupby(row, key=lambda cell: cell[1]):
            text = [character for character, _ in cells]
            look = {**default, **styles.get(style, {})}
            drawn.append(_run(number, column, text, look))
            column += len(text)
    return "\n".join([*drawn, "</svg>\n"])


def _run(row: int, column: int, text: Sequence[str], look: Style) -> str:
    """Cells of one style, the first of them in this row and column."""
    colours = [_colour(look["foreground"]), _colour(look["background"])]
    ink, paper = reversed(colours) if look.get("reverse") else colours
    x, y = WIDTH * column, HEIGHT * row
    area = f'x="{x}" y="{y}" width="{WIDTH * len(text)}" height="{HEIGHT}"'
    weight = "bold" if look.get("bold") else "normal"
    slope = "italic" if look.get("italic") else "normal"
    places = " ".join(str(x + WIDTH * offset) for offset, each in enumerate(text) for _ in each)
    return (
        f'<rect {area} fill="{paper}"/><text xml:space="preserve" x="{places}" y="{y + 14}" '
        f'fill="{ink}" font-weight="{weight}" font-style="{slope}">{escape("".join(text))}</text>'
    )


def _colour(rgb: int) -> str:
    return f"#{rgb:06x}"
