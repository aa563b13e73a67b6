"""Stack traces of JavaScript, and what Node.js prints of a syntax error."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from midfill.engine.repair.failures.failure import Failure, Frame

_PLACE = r"(?P<path>(?:[A-Za-z]:)?[^():]*(?::[^():\d][^():]*)?):(?P<line>\d+):(?P<column>\d+)"
_FRAME = re.compile(rf"\s*(?:at )?(?:async )?(?:(?P<name>.*?) \()?{_PLACE}\)?(?: \{{)?$")
_CALL = re.compile(r"\s+at \S")
_ERROR = re.compile(
    r"\s*(?:Uncaught )?(?P<code>(?:[A-Z]\w*)?(?:Error|Exception))\b(?: \[[\w ]+\])?(?:: .*)?$"
)
# Before an error that nobody caught: the place, its line, a mark under it.
_HEADER = re.compile(r"(?P<path>(?:file://)?(?:[A-Za-z]:)?[^:\s][^:]*):(?P<line>\d+)$")
_FARTHEST = 30


class Stack(NamedTuple):
    """`frames` has the innermost call first; `end` is the line after it."""

    frames: tuple[Frame, ...]
    end: int


def read(lines: Sequence[str]) -> Iterator[Failure]:
    """Every stack trace, with the message above it."""
    at = 0
    while at < len(lines):
        if not _CALL.match(lines[at]):
            at += 1
            continue
        stack = stack_at(lines, at)
        head = _head(lines, at)
        header = _header(lines, head)
        frames = stack.frames or header
        named = _ERROR.match(lines[head])
        if frames:
            yield Failure(
                message=dedented(lines[head:at]),
                frames=frames,
                code=named["code"] if named else "",
                lines=(head, stack.end),
            )
        at = stack.end


def stack_at(lines: Sequence[str], start: int) -> Stack:
    """The calls from the line `start` on."""
    frames: list[Frame] = []
    at = start
    while at < len(lines) and _CALL.match(lines[at]):
        frame = frame_in(lines[at])
        if frame is not None:
            frames.append(frame)
        at += 1
    return Stack(tuple(frames), at)


def first_call(lines: Sequence[str], start: int, end: int) -> int:
    """The first line of a stack trace, or `end`."""
    return next((at for at in range(start, end) if _CALL.match(lines[at])), end)


def frame_in(line: str) -> Frame | None:
    """The frame that the line tells of, if it is not in Node.js itself."""
    found = _FRAME.match(line)
    if found is None or found["path"].startswith("node:"):
        return None
    name = (found["name"] or "").strip()
    return Frame(found["path"], int(found["line"]), int(found["column"]), name)


def dedented(lines: Sequence[str]) -> str:
    """The text without the blanks around its lines, blank ones left out."""
    return "\n".join(line.strip() for line in lines if line.strip())


def error_in(text: str) -> str:
    """The class of the error that a message begins with."""
    found = _ERROR.match(text.partition("\n")[0])
    return found["code"] if found else ""


def _head(lines: Sequence[str], start: int) -> int:
    """The first line of the message above a stack trace."""
    for at in range(start - 1, max(start - _FARTHEST, 0) - 1, -1):
        if _ERROR.match(lines[at]):
            return at
    at = start
    while at > 0 and lines[at - 1].strip():
        at -= 1
    return at


def _header(lines: Sequence[str], head: int) -> tuple[Frame, ...]:
    if head < 4 or lines[head - 2].strip("\t ^~"):
        return ()
    found = _HEADER.match(lines[head - 4])
    if found is None:
        return ()
    mark = lines[head - 2].find("^")
    return (Frame(found["path"], int(found["line"]), mark + 1 if mark >= 0 else None),)
