"""eslint, with the formatters `stylish`, `unix` and `json`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from midfill.engine.repair.failures.failure import Failure, Frame, Severity

_FILE = re.compile(r"(?P<path>[^\s:](?:[^:]|:(?=\\))*\.\w+)$")
_STYLISH = re.compile(
    r"\s+(?P<line>\d+):(?P<column>\d+)\s+(?P<severity>error|warning)\s+"
    r"(?P<message>\S.*?)(?:\s{2,}(?P<code>[@\w/-]+))?$"
)
_UNIX = re.compile(
    r"(?P<path>\S.*?):(?P<line>\d+):(?P<column>\d+): (?P<message>.+) "
    r"\[(?P<severity>Error|Warning)(?:/(?P<code>[@\w/-]+))?\]$"
)


class _Message(msgspec.Struct, rename="camel"):
    message: str
    severity: int
    rule_id: str | None = None
    line: int | None = None
    column: int | None = None


class _Result(msgspec.Struct, rename="camel"):
    file_path: str
    messages: list[_Message]


def read(lines: Sequence[str]) -> Iterator[Failure]:
    """Every message."""
    path = ""
    for at, line in enumerate(lines):
        if line.startswith('[{"filePath":'):
            yield from _json(line, at)
        elif (found := _UNIX.match(line)) is not None:
            yield _told(found, found["path"], at)
        elif (found := _STYLISH.match(line)) is not None and path:
            yield _told(found, path, at)
        else:
            named = _FILE.match(line)
            path = named["path"] if named else ""


def _told(found: re.Match[str], path: str, at: int) -> Failure:
    return Failure(
        message=found["message"],
        frames=(Frame(path, int(found["line"]), int(found["column"])),),
        severity=Severity(found["severity"].lower()),
        code=found["code"] or "",
        lines=(at, at + 1),
    )


def _json(line: str, at: int) -> Iterator[Failure]:
    try:
        results = msgspec.json.decode(line, type=list[_Result])
    except msgspec.DecodeError:
        return
    for result in results:
        for each in result.messages:
            yield Failure(
                message=each.message,
                frames=(Frame(result.file_path, each.line, each.column),),
                severity=Severity.ERROR if each.severity > 1 else Severity.WARNING,
                code=each.rule_id or "",
                lines=(at, at + 1),
            )
