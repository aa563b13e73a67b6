"""tsc, with `--pretty` and without."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from midfill.engine.repair.failures.failure import Failure, Frame, Severity

_PLAIN = re.compile(
    r"(?P<path>[^\s(][^(]*)\((?P<line>\d+),(?P<column>\d+)\): "
    r"(?P<severity>error|warning) (?P<code>TS\d+): (?P<message>.+)$"
)
_PRETTY = re.compile(
    r"(?P<path>\S.*?):(?P<line>\d+):(?P<column>\d+) - "
    r"(?P<severity>error|warning) (?P<code>TS\d+): (?P<message>.+)$"
)
_RELATED = re.compile(r"  (?P<path>\S.*?):(?P<line>\d+):(?P<column>\d+)$")


def read(lines: Sequence[str]) -> Iterator[Failure]:
    """Every diagnostic, with the lines that explain it."""
    for at, line in enumerate(lines):
        found = _PLAIN.match(line) or _PRETTY.match(line)
        if found is None:
            continue
        after = at + 1
        while after < len(lines) and lines[after].startswith("  "):
            after += 1
        explained = [each.strip() for each in lines[at + 1 : after]]
        related: list[Frame] = []
        if found.re is _PRETTY:
            while after < len(lines) and not _PRETTY.match(lines[after]):
                if lines[after].startswith("Found "):
                    break
                place = _RELATED.match(lines[after])
                if place is not None:
                    related.append(_frame(place))
                after += 1
        yield Failure(
            message="\n".join([found["message"], *explained]),
            frames=(_frame(found), *related),
            severity=Severity(found["severity"]),
            code=found["code"],
            lines=(at, after),
        )


def _frame(found: re.Match[str]) -> Frame:
    return Frame(found["path"], int(found["line"]), int(found["column"]))
