"""go build, go vet, go test, and panics."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from midfill.engine.repair.failures.failure import Failure, Frame

_DIAGNOSTIC = re.compile(
    r"(?:vet: )?(?P<path>(?:[A-Za-z]:)?[^\s:][^:]*\.go):(?P<line>\d+)(?::(?P<column>\d+))?: "
    r"(?P<message>.+)$"
)
_RUN = re.compile(r"=== (?:RUN|CONT|NAME) +(?P<test>\S+)$")
_FAIL = re.compile(r"\s*--- FAIL: (?P<test>\S+) \(")
_OTHER = re.compile(r"\s*--- (?:PASS|SKIP): |\s*=== ")
_LOG = re.compile(r"\s+(?P<path>\S+\.go):(?P<line>\d+): (?P<message>.*)$")
_PANIC = re.compile(r"panic: (?P<message>.+)$|fatal error: (?P<fatal>.+)$")
_RUNNING = re.compile(r"goroutine \d+ \[")
_CALL = re.compile(
    r"(?:created by )?(?P<name>[\w./*()\[\]-]+?)(?:\([^()]*\))?(?: in goroutine \d+)?$"
)
_AT = re.compile(r"\s+(?P<path>\S.*?\.go):(?P<line>\d+)(?: \+0x[0-9a-f]+)?$")
_RESULT = re.compile(r"FAIL\t(?P<package>\S+)\t?")


def read(lines: Sequence[str]) -> Iterator[Failure]:
    """Every diagnostic, every message of a failed test, every panic."""
    test, failed = "", _failed(lines)
    at = 0
    while at < len(lines):
        line = lines[at]
        start = at
        at += 1
        if (found := _RUN.match(line) or _FAIL.match(line)) is not None:
            test = found["test"]
        elif _OTHER.match(line):
            test = ""
        elif (found := _DIAGNOSTIC.match(line)) is not None:
            yield Failure(message=found["message"], frames=(_frame(found),), lines=(start, at))
        elif test in failed and (found := _LOG.match(line)) is not None:
            while (
                at < len(lines) and lines[at].startswith("        ") and not _LOG.match(lines[at])
            ):
                at += 1
            package = _package(lines, at)
            path = f"{package}/{found['path']}" if package else found["path"]
            yield Failure(
                message="\n".join([found["message"], *map(str.strip, lines[start + 1 : at])]),
                frames=(Frame(path, int(found["line"])),),
                test=test,
                lines=(start, at),
            )
        elif (found := _PANIC.match(line)) is not None:
            failure = _panic(found["message"] or found["fatal"], lines, start, test)
            at = failure.lines[1]
            yield failure


def _panic(message: str, lines: Sequence[str], start: int, test: str) -> Failure:
    at = start + 1
    while at < len(lines) and not _RUNNING.match(lines[at]):
        at += 1
    frames: list[Frame] = []
    name = ""
    at += 1
    # Those above the call of `panic` only deal with it.
    while at < len(lines) and lines[at].strip():
        place = _AT.match(lines[at])
        if place is None:
            call = _CALL.match(lines[at])
            name = call["name"] if call else ""
            if not call:
                break
        else:
            frames = (
                []
                if name == "panic"
                else [*frames, Frame(place["path"], int(place["line"]), None, name)]
            )
        at += 1
    return Failure(
        message=message.removesuffix(" [recovered]"),
        frames=tuple(frames),
        code="panic",
        test=test,
        lines=(start, min(at, len(lines))),
    )


def _failed(lines: Sequence[str]) -> set[str]:
    return {found["test"] for line in lines if (found := _FAIL.match(line)) is not None}


def _package(lines: Sequence[str], start: int) -> str:
    """The package whose result is told next: a test's own messages name files without folders."""
    results = (_RESULT.match(line) for line in lines[start:])
    return next((found["package"] for found in results if found is not None), "")


def _frame(found: re.Match[str]) -> Frame:
    column = int(found["column"]) if found["column"] else None
    return Frame(found["path"], int(found["line"]), column)
