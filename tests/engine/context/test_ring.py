"""Where a person has been."""

from __future__ import annotations

from pathlib import Path

from midfill.engine.context.ring import CHUNKS, LINES, Ring

FILE = Path("/w/a.py")


def _lines(first: int, last: int, word: str = "name") -> str:
    return "".join(f"{word}_{number} = {number}\n" for number in range(first, last))


def test_the_lines_around_the_cursor() -> None:
    ring = Ring()
    ring.gather(FILE, _lines(1, 101), _lines(101, 200), 100)
    [chunk] = ring.chunks
    lines = chunk.text.splitlines()
    assert len(lines) == LINES - 1
    assert lines[0] == f"name_{chunk.start_line} = {chunk.start_line}"
    assert "name_100 = 100" in lines
    assert "name_101 = 101" in lines


def test_the_newest_is_first_and_the_oldest_goes() -> None:
    ring = Ring()
    for number in range(CHUNKS + 3):
        ring.gather(FILE, _lines(1, 40, f"word{number}"), "", 39)
    assert len(ring.chunks) == CHUNKS
    assert f"word{CHUNKS + 2}_1" in ring.chunks[0].text
    assert "word3_1" in ring.chunks[-1].text


def test_of_two_alike_the_older_goes() -> None:
    ring = Ring()
    ring.gather(FILE, _lines(1, 50), "", 49)
    ring.gather(FILE, _lines(1, 50) + "more = 1\n", "", 50)
    [chunk] = ring.chunks
    assert "more" in chunk.text


def test_nothing_is_gathered_where_there_is_nothing() -> None:
    ring = Ring()
    ring.gather(FILE, "\n\n", "\n", 2)
    assert ring.chunks == []
