"""What the editor closes, and what is typed over it."""

from __future__ import annotations

import pytest

from midfill.engine.bench.pairs import added, typed_over


@pytest.mark.parametrize(
    ("line", "at", "expected"),
    [
        ("print(x)", 5, ")"),
        ("print(x", 5, ""),
        ("print(\n    x)", 5, ""),
        ("f(a(b), c", 1, ""),
        ('f(":)", c', 1, ""),
        ('f(":)", c)', 1, ")"),
        ('x = "a"', 4, '"'),
        ('x = f"a"', 5, ""),
        ("# don't, can't", 5, ""),
        ("x = 1", 4, ""),
    ],
)
def test_what_is_closed_on_the_line_is_closed_by_the_editor(
    line: str, at: int, expected: str
) -> None:
    assert added(line[at], line[:at], line[at + 1 :]) == expected


@pytest.mark.parametrize(
    ("inserted", "closers", "expected"),
    [
        (")", ")", 1),
        (")", "", 0),
        (")", "])", 0),
        ("])", "])", 2),
        ("a[0], f(b))", ")", 1),
        ('":)", b', ")", 0),
        ('it", b)', '")', 2),
        ("x", ")", 0),
        ("", ")", 0),
    ],
)
def test_what_is_typed_over(inserted: str, closers: str, expected: int) -> None:
    assert typed_over(inserted, closers) == expected
