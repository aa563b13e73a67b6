"""javac, and stack traces of the Java virtual machine."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from midfill.engine.repair.failures.failure import Failure, Frame, Severity

_DIAGNOSTIC = re.compile(
    r"(?P<path>\S.*?\.java):(?P<line>\d+): (?P<severity>error|warning): "
    r"(?:\[(?P<code>[\w-]+)\] )?(?P<message>.+)$"
)
_EXPLAINED = re.compile(r"  (?:symbol|location|required|found|reason): .+$|    \(.+\)$")
_THROWN = re.compile(
    r"\s*(?:Exception in thread \".+?\" |Caused by: )?"
    r"(?P<code>(?:[a-z_]\w*\.)+[A-Z][\w$]*)(?:: (?P<message>.*))?$"
)
_CALL = re.compile(
    r"\s+at (?:[\w.@-]+/)*(?P<owner>[\w.$]+)\.(?P<name>[\w$<>]+)"
    r"\((?P<file>[\w.$-]+):(?P<line>\d+)\)$"
)
_MORE = re.compile(r"\s+\.\.\. \d+ (?:more|common frames omitted)|\s+at \S")


def read(lines: Sequence[str]) -> Iterator[Failure]:
    """Every diagnostic, and every exception with what caused it."""
    at = 0
    while at < len(lines):
        failure = _diagnostic(lines, at) or _exception(lines, at)
        at = failure.lines[1] if failure else at + 1
        if failure is not None:
            yield failure


def _diagnostic(lines: Sequence[str], at: int) -> Failure | None:
    found = _DIAGNOSTIC.match(lines[at])
    if found is None:
        return None
    explained: list[str] = []
    column = None
    end = at + 1
    while end < len(lines) and lines[end].startswith(" "):
        if lines[end].strip() == "^":
            column = lines[end].index("^") + 1
        elif _EXPLAINED.match(lines[end]):
            explained.append(" ".join(lines[end].split()))
        end += 1
    return Failure(
        message="\n".join([found["message"], *explained]),
        frames=(Frame(found["path"], int(found["line"]), column),),
        severity=Severity(found["severity"]),
        code=found["code"] or "",
        lines=(at, end),
    )


def _exception(lines: Sequence[str], at: int) -> Failure | None:
    """The last cause is what went wrong first, so it names the failure and its calls come first."""
    thrown = _THROWN.match(lines[at])
    if thrown is None:
        return None
    frames: list[Frame] = []
    messages: list[str] = []
    end = at
    while thrown is not None:
        messages.insert(0, lines[end].partition("Caused by: ")[2] or _said(thrown))
        code = thrown["code"].rpartition(".")[2]
        calls: list[Frame] = []
        end += 1
        while end < len(lines) and _MORE.match(lines[end]):
            call = _CALL.match(lines[end])
            if call is not None:
                calls.append(_frame(call))
            end += 1
        frames = [*calls, *(each for each in frames if each not in calls)]
        caused = end < len(lines) and lines[end].lstrip().startswith("Caused by: ")
        thrown = _THROWN.match(lines[end]) if caused else None
    if not frames:
        return None
    return Failure(message="\n".join(messages), frames=tuple(frames), code=code, lines=(at, end))


def _said(thrown: re.Match[str]) -> str:
    message = thrown["message"]
    return f"{thrown['code']}: {message}" if message else thrown["code"]


def _frame(call: re.Match[str]) -> Frame:
    """Where the source lies by the package of its class."""
    *package, owner = call["owner"].split(".")
    name = f"{owner.replace('$', '.')}.{call['name']}"
    return Frame("/".join([*package, call["file"]]), int(call["line"]), None, name)
