"""ruff check, with the output formats `full` and `concise`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from midfill.engine.repair.failures.failure import Failure, Frame

_RULE = r"(?P<code>[A-Z]{1,6}\d{1,4}|invalid-syntax|SyntaxError)"
_MESSAGE = r":? (?:\[\*\] )?(?P<message>.+)$"
_CONCISE = re.compile(rf"(?P<path>\S.*?\.\w+):(?P<line>\d+):(?P<column>\d+): {_RULE}{_MESSAGE}")
_HEADER = re.compile(_RULE + _MESSAGE)
_ARROW = re.compile(r" *--> (?P<path>.+?):(?P<line>\d+):(?P<column>\d+)$")
# The code below, which ends with an empty line, and after it what would help.
_EXCERPT = re.compile(r" *\d* +[|:-]|help: |note: | *$")


def read(lines: Sequence[str]) -> Iterator[Failure]:
    """Every diagnostic."""
    for at, line in enumerate(lines):
        if (found := _CONCISE.match(line)) is not None:
            yield _told(found, found, at, at + 1)
        elif (found := _HEADER.match(line)) is not None and at + 1 < len(lines):
            arrow = _ARROW.match(lines[at + 1])
            if arrow is not None:
                end = at + 2
                while end < len(lines) and _EXCERPT.match(lines[end]):
                    end += 1
                yield _told(found, arrow, at, end)


def _told(found: re.Match[str], place: re.Match[str], start: int, end: int) -> Failure:
    return Failure(
        message=found["message"],
        frames=(Frame(place["path"], int(place["line"]), int(place["column"])),),
        code=found["code"],
        lines=(start, end),
    )
