"""What matters around a cursor."""

from __future__ import annotations

from pathlib import Path

from midfill.engine.context.place import Place
from midfill.grammars.registry import language_for

FAR = "".join(f"    step_{number}()\n" for number in range(100))
HEADER = "def total(\n    basket: Basket,\n    tax: Tax = Tax(0),\n) -> Money:\n"


def _place(prefix: str, shown: tuple[int, int] = (768, 256)) -> Place:
    return Place(
        root=Path("/shop"),
        path="shop.py",
        prefix=prefix,
        suffix="\n",
        line=prefix.count("\n"),
        language=language_for("shop.py"),
        shown=shown,
    )


def test_all_of_a_header_around_the_cursor_counts() -> None:
    names = _place(HEADER + FAR + "    return ").names
    assert {"Basket", "Tax", "Money"} <= names.keys()
    assert "step_1" not in names


def test_a_file_that_fits_into_the_window_is_shown_whole() -> None:
    text = "# " + "a long comment without many tokens " * 20 + "\n"
    place = _place(text * 2 + FAR)
    assert place.lines.start == 0
    assert _place(text * 2 + FAR, (256, 256)).lines.start > 0
