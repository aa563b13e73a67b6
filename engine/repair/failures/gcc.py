"""gcc and clang: diagnostics, the linker, failed assertions, sanitizers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from midfill.engine.repair.failures.failure import (
    Failure,
    Fixit,
    Frame,
    Replacement,
    Severity,
)

_PATH = r"(?P<path>(?:[A-Za-z]:)?[^\s:][^:]*)"
_DIAGNOSTIC = re.compile(
    rf"{_PATH}:(?P<line>\d+):(?:(?P<column>\d+):)? "
    r"(?P<severity>fatal error|error|warning|note|runtime error): (?P<message>.+?)"
    r"(?: +\[(?P<code>[\w=+-]+)(?:,[\w=+-]+)*\])?$"
)
_LINKER = re.compile(
    rf"(?:\S*ld: )?{_PATH}:(?:\(\S+\)|(?P<line>\d+)): "
    r"(?P<message>(?:undefined reference to|multiple definition of) .+)$"
)
_ASSERTION = re.compile(
    rf"(?:[^\s:]+: )?{_PATH}:(?P<line>\d+): (?P<name>.+): "
    r"(?P<message>Assertion [`'].+' failed\.)$"
)
_SANITIZER = re.compile(r"==\d+==\s*ERROR: (?P<message>(?P<code>\w+Sanitizer): .+)$")
_CALL = re.compile(
    r"\s+#\d+ 0x[0-9a-f]+ in (?P<name>.+?) (?P<path>\S+?):(?P<line>\d+)(?::(?P<column>\d+))?$"
)
# What leads to a diagnostic: the files that include the one with the fault, what a template is for.
_CONTEXT = re.compile(
    rf"(?:In file included|\s+) from {_PATH}:(?P<line>\d+)(?::(?P<column>\d+))?[,:]$"
    rf"|(?P<path2>[^\s:][^:]*):(?P<line2>\d+):(?P<column2>\d+): +required from .+$"
)
# With -fdiagnostics-parseable-fixits, whose form is clang's.
_FIXIT = re.compile(
    r'fix-it:"(?P<path>.+?)":\{(?P<line>\d+):(?P<column>\d+)-(?P<end_line>\d+):(?P<end>\d+)\}:'
    r'"(?P<text>.*)"$'
)
# What follows a diagnostic: the code and its marks.
_EXCERPT = re.compile(r"fix-it:| *\d* \|| +[\^~|]| {4}")


def read(lines: Sequence[str]) -> Iterator[Failure]:
    """Every diagnostic, with its notes; every sanitizer's report."""
    at = 0
    while at < len(lines):
        failure = _failure(lines, at)
        at = failure.lines[1] if failure else at + 1
        if failure is not None:
            yield failure


def _failure(lines: Sequence[str], at: int) -> Failure | None:
    line = lines[at]
    if _is_diagnostic(line) or _CONTEXT.match(line):
        return _diagnostic(lines, at)
    if (found := _LINKER.match(line)) is not None:
        where = Frame(found["path"], int(found["line"]) if found["line"] else None)
        return Failure(message=found["message"], frames=(where,), lines=(at, at + 1))
    if (found := _ASSERTION.match(line)) is not None:
        where = Frame(found["path"], int(found["line"]), None, found["name"])
        return Failure(message=found["message"], frames=(where,), lines=(at, at + 1))
    if (found := _SANITIZER.match(line)) is not None:
        return _report(found, lines, at)
    return None


def _diagnostic(lines: Sequence[str], start: int) -> Failure | None:
    """The diagnostic there, or the one that the lines there lead to."""
    frames: list[Frame] = []
    at = start
    while at < len(lines) and (led := _CONTEXT.match(lines[at])) is not None:
        frames.append(_context(led))
        at += 1
    found = _DIAGNOSTIC.match(lines[at]) if at < len(lines) else None
    if found is None or found["severity"] == "note":
        return None
    frames.insert(0, _frame(found))
    end = at + 1
    while end < len(lines) and not _is_diagnostic(lines[end]):
        if (note := _DIAGNOSTIC.match(lines[end])) is not None:
            frames.append(_frame(note))
        elif not (_EXCERPT.match(lines[end]) or _leads_to_note(lines, end)):
            break
        end += 1
    return Failure(
        message=found["message"],
        frames=tuple(dict.fromkeys(frames)),
        severity=Severity.WARNING if found["severity"] == "warning" else Severity.ERROR,
        code=found["code"] or "",
        lines=(start, end),
        fixits=tuple(_fixits(lines[at:end], found["path"])),
    )


def _fixits(lines: Sequence[str], path: str) -> Iterator[Fixit]:
    """That of the diagnostic, and those of its notes, as far as they are for the file."""
    together: list[Replacement] = []
    for line in lines:
        found = _FIXIT.match(line)
        if found is not None and found["path"] == path:
            start = int(found["line"]), int(found["column"])
            end = int(found["end_line"]), int(found["end"])
            together.append(Replacement(start, end, _unescaped(found["text"])))
        elif together and _DIAGNOSTIC.match(line):
            yield tuple(together)
            together = []
    if together:
        yield tuple(together)


def _unescaped(text: str) -> str:
    """What a string literal of C stands for, in which bytes may be octal."""
    values = text.encode().decode("unicode_escape", "replace").encode("latin-1", "replace")
    return values.decode("utf-8", "replace")


def _is_diagnostic(line: str) -> bool:
    found = _DIAGNOSTIC.match(line)
    return found is not None and found["severity"] != "note"


def _leads_to_note(lines: Sequence[str], at: int) -> bool:
    while at < len(lines) and _CONTEXT.match(lines[at]):
        at += 1
    return (
        at < len(lines)
        and _DIAGNOSTIC.match(lines[at]) is not None
        and not _is_diagnostic(lines[at])
    )


def _context(led: re.Match[str]) -> Frame:
    suffix = "" if led["path"] else "2"
    column = led[f"column{suffix}"]
    return Frame(led[f"path{suffix}"], int(led[f"line{suffix}"]), int(column) if column else None)


def _report(found: re.Match[str], lines: Sequence[str], at: int) -> Failure:
    """The first of its stack traces is that of the fault."""
    frames: list[Frame] = []
    end = at + 1
    while end < len(lines) and lines[end].strip():
        call = _CALL.match(lines[end])
        if call is not None:
            frames.append(_frame(call, call["name"]))
        end += 1
    return Failure(
        message=found["message"], frames=tuple(frames), code=found["code"], lines=(at, end)
    )


def _frame(found: re.Match[str], name: str = "") -> Frame:
    column = int(found["column"]) if found["column"] else None
    return Frame(found["path"], int(found["line"]), column, name)
