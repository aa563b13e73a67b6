"""pytest, with any `--tb`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from textwrap import dedent

from midfill.engine.repair.failures import python
from midfill.engine.repair.failures.failure import Failure, Frame

_SECTION = re.compile(r"=+ (?:ERRORS|FAILURES) =+$")
_RULE = re.compile(r"[=!]+ .+ [=!]+$")
_HEADING = re.compile(r"_+ (?!_)(?:ERROR (?:collecting|at (?:setup|teardown) of) )?(.+?) _+$")
_CAPTURED = re.compile(r"-+ Captured .+ -+$")
_FRAME = re.compile(
    r"(?P<path>[^\s<E>][^<>]*?):(?P<line>\d+): ?(?:in (?P<name>.+)|(?P<error>[\w.]+))?$"
)
_SAID = re.compile(r"E(?:   (.*)|$)")
_SUMMARY = re.compile(r"(?:FAILED|ERROR) (?P<test>\S+?\.py(?:::.+?)?)(?: - (?P<message>.*))?$")


def read(lines: Sequence[str]) -> Iterator[Failure]:
    """Every failed test; from the summary alone where that is all there is."""
    summary = _summary(lines)
    told: set[str] = set()
    at = 0
    while at < len(lines):
        if not _SECTION.match(lines[at]):
            at += 1
            continue
        at += 1
        while at < len(lines) and not _RULE.match(lines[at]):
            heading = _HEADING.match(lines[at])
            start, at = at, at + 1
            if heading is None:
                continue
            while at < len(lines) and not (_HEADING.match(lines[at]) or _RULE.match(lines[at])):
                at += 1
            test = next((each for each in summary if _shown(each) == heading[1]), heading[1])
            failure = _failure(lines, start, at, test)
            if failure.frames or test not in summary:
                told.add(test)
                yield failure
    for test, (line, message) in summary.items():
        if test not in told:
            yield Failure(
                message=message,
                frames=(Frame(test.partition("::")[0]),),
                code=python.exception_in(message),
                test=test,
                lines=(line, line + 1),
            )


def _failure(lines: Sequence[str], start: int, end: int, test: str) -> Failure:
    frames: list[Frame] = []
    said: list[str] = []
    for at in range(start + 1, end):
        line = lines[at]
        if _CAPTURED.match(line):
            break
        words = _SAID.match(line)
        place = _FRAME.match(line)
        if words is not None:
            frame = python.frame_in(words[1] or "")
            if frame is not None:
                frames.append(frame)
            # The exceptions of a chain are told from the first to the last.
            said = [*said, words[1] or ""] if _SAID.match(lines[at - 1]) else [words[1] or ""]
        elif place is not None:
            name = place["name"] or ""
            frames.append(Frame(place["path"], int(place["line"]), None, name))
        elif not said and python.frame_in(line) is not None:
            found = python.traceback_at(lines[:end], at)
            return _told(test, found.frames, found.message, (start, end))
    return _told(test, tuple(reversed(frames)), _message(said), (start, end))


def _told(test: str, frames: tuple[Frame, ...], message: str, lines: tuple[int, int]) -> Failure:
    code = python.exception_in(message)
    return Failure(message=message, frames=frames, code=code, test=test, lines=lines)


def _message(said: Sequence[str]) -> str:
    """Without the code that a syntax error shows before it is named."""
    for at, line in enumerate(said):
        if python.frame_in(line) is not None:
            named = (after for after in said[at + 1 :] if not after.startswith("   "))
            return next(named, "").strip()
    return dedent("\n".join(line.rstrip() for line in said)).strip()


def _summary(lines: Sequence[str]) -> dict[str, tuple[int, str]]:
    """By the id of the test the line that tells it failed, and in a few words why."""
    found: dict[str, tuple[int, str]] = {}
    for at, line in enumerate(lines):
        told = _SUMMARY.match(line)
        if told is not None:
            found.setdefault(told["test"], (at, told["message"] or ""))
    return found


def _shown(test: str) -> str:
    """How a heading shows the id."""
    path, _, name = test.partition("::")
    return name.replace("::", ".") if name else path
