"""unittest."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from midfill.engine.repair.failures import python
from midfill.engine.repair.failures.failure import Failure

_DOUBLE = "=" * 70
_HEADING = re.compile(r"(?:ERROR|FAIL): (?P<method>\S+) \((?P<owner>[\w.]+)\)(?P<subtest>.*)$")


def read(lines: Sequence[str]) -> Iterator[Failure]:
    """Every failed test, with the values of a failed subtest in its name."""
    for at, line in enumerate(lines[:-1]):
        heading = _HEADING.match(lines[at + 1]) if line == _DOUBLE else None
        if heading is None:
            continue
        frames = range(at + 2, len(lines))
        first = next((each for each in frames if python.frame_in(lines[each])), None)
        if first is None:
            continue
        found = python.traceback_at(lines, first)
        owner, method = heading["owner"], heading["method"]
        test = owner if owner.endswith(f".{method}") else f"{owner}.{method}"
        yield Failure(
            message=found.message,
            frames=found.frames,
            code=python.exception_in(found.message),
            test=test + heading["subtest"],
            lines=(at, found.end),
        )
