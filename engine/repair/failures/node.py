"""`node --test`, with the reporters `spec` and `tap`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from midfill.engine.repair.failures import javascript
from midfill.engine.repair.failures.failure import Failure

_SPEC = re.compile(r"(?P<margin> *)✖ (?P<test>.+?) \(\d[\d.]*ms\)$")
_TAP = re.compile(r"(?P<margin> *)not ok \d+ -? ?(?P<test>.*)$")
_FIELD = re.compile(r" *(?P<name>\w+): (?P<value>.*)$")


def read(lines: Sequence[str]) -> Iterator[Failure]:
    """Every failed test; a suite that failed for its tests is none."""
    for at, line in enumerate(lines):
        found = _SPEC.match(line)
        failure = None
        if found is not None:
            failure = _spec(lines, at, found["test"], _end(lines, at, len(found["margin"])))
        elif (found := _TAP.match(line)) is not None:
            failure = _tap(lines, at, found["test"], _end(lines, at, len(found["margin"])))
        if failure is not None:
            yield failure


def _spec(lines: Sequence[str], start: int, test: str, end: int) -> Failure | None:
    call = javascript.first_call(lines, start + 1, end)
    message = javascript.dedented(lines[start + 1 : call])
    if not message:
        return None
    return Failure(
        message=message,
        frames=javascript.stack_at(lines, call).frames,
        code=javascript.error_in(message),
        test=test,
        lines=(start, end),
    )


def _tap(lines: Sequence[str], start: int, test: str, end: int) -> Failure | None:
    fields = _fields(lines, start + 1, end)
    if fields.get("failureType") == "subtestsFailed" or "stack" not in fields:
        return None
    code, message = fields.get("name", ""), fields.get("error", "")
    frames = map(javascript.frame_in, fields["stack"].split("\n"))
    return Failure(
        message=f"{code}: {message}" if code else message,
        frames=tuple(frame for frame in frames if frame is not None),
        code=code,
        test=test,
        lines=(start, end),
    )


def _fields(lines: Sequence[str], start: int, end: int) -> dict[str, str]:
    """The YAML under a line of TAP, as far as reporters write it: texts and blocks of text."""
    fields: dict[str, str] = {}
    at = start
    while at < end:
        found = _FIELD.match(lines[at])
        at += 1
        if found is None:
            continue
        value = found["value"]
        if value.startswith("|"):
            margin = _margin(lines[at - 1])
            block = at
            while at < end and (not lines[at].strip() or _margin(lines[at]) > margin):
                at += 1
            value = javascript.dedented(lines[block:at])
        fields.setdefault(found["name"], value.strip("'\""))
    return fields


def _end(lines: Sequence[str], start: int, margin: int) -> int:
    """The line after all that is indented deeper than the line `start`."""
    for at in range(start + 1, len(lines)):
        if lines[at].strip() and _margin(lines[at]) <= margin:
            return at
    return len(lines)


def _margin(line: str) -> int:
    return len(line) - len(line.lstrip())
