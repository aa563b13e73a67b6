"""jest."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from midfill.engine.repair.failures import javascript
from midfill.engine.repair.failures.failure import Failure, Frame

_BULLET = re.compile(r"  ● (?P<test>.+)$")
_SUITE = re.compile(r" *(?:FAIL|PASS) +(?P<path>\S+)|\S")
_EXCERPT = re.compile(r"\s*(?:> *)?\d+ \|")
# Babel counts columns from 0.
_SYNTAX = re.compile(
    r"\s*SyntaxError: (?P<path>.+?): (?P<message>.+) \((?P<line>\d+):(?P<column>\d+)\)$"
)
_NEVER_RAN = "Test suite failed to run"


def read(lines: Sequence[str]) -> Iterator[Failure]:
    """Every failed test, and every file of tests that could not be run."""
    suite = ""
    for at, line in enumerate(lines):
        begun = _SUITE.match(line)
        if begun is not None:
            suite = begun["path"] or ""
        found = _BULLET.match(line)
        if found is None or not suite:
            continue
        yield _failure(lines, at, _end(lines, at), found["test"], suite)


def _failure(lines: Sequence[str], start: int, end: int, test: str, suite: str) -> Failure:
    call = javascript.first_call(lines, start + 1, end)
    frames = javascript.stack_at(lines, call).frames
    excerpts = (at for at in range(start + 1, call) if _EXCERPT.match(lines[at]))
    message = javascript.dedented(lines[start + 1 : next(excerpts, call)])
    code = javascript.error_in(message)
    for line in lines[start + 1 : call]:
        syntax = _SYNTAX.match(line)
        if syntax is not None:
            place = Frame(syntax["path"], int(syntax["line"]), int(syntax["column"]) + 1)
            frames = (place, *frames)
            message, code = f"SyntaxError: {syntax['message']}", "SyntaxError"
    return Failure(
        message=message,
        frames=frames,
        code=code,
        test=suite if test == _NEVER_RAN else f"{suite}: {test}",
        lines=(start, end),
    )


def _end(lines: Sequence[str], start: int) -> int:
    for at in range(start + 1, len(lines)):
        if _BULLET.match(lines[at]) or _SUITE.match(lines[at]):
            return at
    return len(lines)
