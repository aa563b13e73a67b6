"""Tracebacks of Python, those of chained exceptions together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from midfill.engine.repair.failures.failure import Failure, Frame

_HEADER = "Traceback (most recent call last):"
_FRAME = re.compile(
    r'(?P<margin>[\s|]*)File "(?P<path>[^"]+)", line (?P<line>\d+)(?:, in (?P<name>.+))?$'
)
_MARGIN = re.compile(r"[\s|]*")
_CHAINED = re.compile(
    r"\s*(The above exception was the direct cause|During handling of the above exception)"
)
_EXCEPTION = re.compile(r"(?:[A-Za-z_]\w*\.)*([A-Za-z_]\w*)(?=: |:?$)")
_LONGEST_MESSAGE = 20


class Traceback(NamedTuple):
    """`frames` has the innermost call first; `end` is the line after it."""

    frames: tuple[Frame, ...]
    message: str
    end: int


def read(lines: Sequence[str]) -> Iterator[Failure]:
    """Every traceback, and every syntax error without one."""
    at = 0
    while at < len(lines):
        if frame_in(lines[at]) is None:
            at += 1
            continue
        start = at - 1 if at and lines[at - 1].endswith(_HEADER) else at
        found = traceback_at(lines, at)
        at = found.end
        yield Failure(
            message=found.message,
            frames=found.frames,
            code=exception_in(found.message),
            lines=(start, at),
        )


def traceback_at(lines: Sequence[str], start: int) -> Traceback:
    """The traceback whose first frame is the line `start`."""
    frames: tuple[Frame, ...] = ()
    while True:
        inner, message, end = _single(lines, start)
        frames = inner + frames
        following = next((at for at in range(end, len(lines)) if lines[at].strip()), len(lines))
        if following == len(lines) or not _CHAINED.match(lines[following]):
            return Traceback(frames, message, end)
        after = range(following + 1, min(following + 5, len(lines)))
        start = next((at for at in after if frame_in(lines[at])), 0)
        if not start:
            return Traceback(frames, message, end)


def frame_in(line: str) -> Frame | None:
    """The frame that the line tells of."""
    found = _FRAME.match(line)
    if found is None:
        return None
    return Frame(found["path"], int(found["line"]), None, found["name"] or "")


def exception_in(message: str) -> str:
    """The class of the exception, without its module."""
    if message.startswith("assert "):
        return "AssertionError"
    found = _EXCEPTION.match(message)
    return found[1] if found else ""


def _single(lines: Sequence[str], start: int) -> Traceback:
    frames: list[Frame] = []
    margin = _margin(lines[start])
    at = start
    while at < len(lines):
        frame = frame_in(lines[at])
        if frame is not None:
            frames.append(frame)
        elif lines[at].strip() and _margin(lines[at]) < margin:
            break
        at += 1
    message: list[str] = []
    while at < len(lines) and lines[at].strip() and len(message) < _LONGEST_MESSAGE:
        if message and frame_in(lines[at]) is not None:
            break
        message.append(lines[at].strip(" |"))
        at += 1
    return Traceback(tuple(reversed(frames)), "\n".join(message), at)


def _margin(line: str) -> int:
    found = _MARGIN.match(line)
    return found.end() if found else 0
