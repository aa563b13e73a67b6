"""What a repair must not touch, and what is counted if it does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from midfill.engine.bench.repair.answers import beyond
from midfill.engine.bench.repair.place import Damage, Place, place

from .conftest import installed, task


@pytest.fixture
def spot() -> Iterator[Place]:
    """The faulty Python program."""
    with place(task("python"), installed("python")) as found:
        found.write(task("python").buggy_code)
        yield found


def test_a_fix_of_the_program_damages_nothing(spot: Place) -> None:
    text = spot.program.read_text("utf-8")
    spot.program.write_text(text.replace("a - b", "a + b"), "utf-8")
    assert spot.damage() == Damage(False, 0)
    assert spot.code() == "def add(a, b):\n    return a + b"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("SPDX-License-Identifier: MIT", ""),
        ("Müller", "Muller"),
        ("東京  \n", "東京\n"),
        ("# vim", "// vim"),
        ("\n", "\r\n"),
    ],
)
def test_a_loss_around_it_is_found(spot: Place, old: str, new: str) -> None:
    data = spot.program.read_bytes()
    assert old.encode() in data
    spot.program.write_bytes(data.replace(old.encode(), new.encode()))
    assert spot.damage() == Damage(True, 0)


def test_so_is_the_loss_of_the_file_and_one_that_nobody_asked_for(spot: Place) -> None:
    (spot.folder / "example").mkdir()
    spot.program.rename(spot.folder / "example" / "program.py")
    assert spot.damage() == Damage(True, 1)
    assert spot.code() == ""


def test_only_lines_that_the_fix_leaves_alone_count_as_beyond_it() -> None:
    each = task(
        "python",
        buggy_code="def f(a):\n    # sum\n    b = a - 1\n    return b",
        canonical_solution="def f(a):\n\n    # sum\n    b = a + 1\n    return b",
    )
    assert beyond(each, each.canonical_solution) == 0
    assert beyond(each, each.buggy_code) == 0
    assert beyond(each, "def f(a):\n    b = a + 1\n    return b") == 1
    assert beyond(each, "def f(a):\n    return a + 1") == 3
