"""rustc and cargo, with the error formats `human` and `short`; panics, with and without calls."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from midfill.engine.repair.failures.failure import Failure, Frame, Severity
from midfill.engine.repair.failures.rust_help import fixits

_HEADER = re.compile(r"(?P<severity>error|warning)(?:\[(?P<code>\w+)\])?: (?P<message>.+)$")
_ARROW = re.compile(r" *(?:-->|:::) (?P<path>.+?):(?P<line>\d+):(?P<column>\d+)$")
_LABEL = re.compile(r" *\d* +\|[^\^]*\^[\^ -]* ?(?P<label>.*)$")
_SHORT = re.compile(
    r"(?P<path>\S.*?):(?P<line>\d+):(?P<column>\d+): "
    r"(?P<severity>error|warning)(?:\[(?P<code>\w+)\])?: (?P<message>.+)$"
)
_PANIC = re.compile(
    r"thread '(?P<thread>.*?)'(?: \(\d+\))? panicked at "
    r"(?:'(?P<message>.*)', )?(?P<path>.+?):(?P<line>\d+):(?P<column>\d+):?$"
)
_FUNCTION = re.compile(r" +\d+: (?:0x[0-9a-f]+ - )?(?P<name>.+)$")
_AT = re.compile(r" +at (?P<path>.+?):(?P<line>\d+)(?::(?P<column>\d+))?$")
# What follows the message: advice, the calls, or another thread's panic.
_AFTER_PANIC = ("note:", "stack", "thread '")
_NO_TEST = frozenset({"main", "<unnamed>"})


def read(lines: Sequence[str]) -> Iterator[Failure]:
    """Every diagnostic and every panic."""
    for at, line in enumerate(lines):
        if (found := _PANIC.match(line)) is not None:
            yield _panic(found, lines, at)
        elif (found := _SHORT.match(line)) is not None and found["path"].endswith(".rs"):
            yield Failure(
                message=found["message"],
                frames=(_frame(found),),
                severity=Severity(found["severity"]),
                code=found["code"] or "",
                lines=(at, at + 1),
            )
        elif (found := _HEADER.match(line)) is not None and _ARROW.match(
            "".join(lines[at + 1 : at + 2])
        ):
            yield _diagnostic(found, lines, at)


def _diagnostic(header: re.Match[str], lines: Sequence[str], at: int) -> Failure:
    frames: list[Frame] = []
    label = ""
    end = at + 1
    while end < len(lines) and lines[end].strip():
        arrow = _ARROW.match(lines[end])
        marked = _LABEL.match(lines[end])
        if arrow is not None:
            frames.append(_frame(arrow))
        elif marked is not None and not label and len(frames) == 1:
            label = marked["label"].strip()
        end += 1
    message = header["message"]
    return Failure(
        message=f"{message}: {label}" if label else message,
        frames=tuple(frames),
        severity=Severity(header["severity"]),
        code=header["code"] or "",
        lines=(at, end),
        fixits=tuple(fixits(lines[at:end], frames[0].path)),
    )


def _panic(found: re.Match[str], lines: Sequence[str], at: int) -> Failure:
    end = at + 1
    said: list[str] = [found["message"]] if found["message"] else []
    while end < len(lines) and lines[end].strip() and not lines[end].startswith(_AFTER_PANIC):
        said.append(lines[end].strip())
        end += 1
    frames: list[Frame] = [_frame(found)]
    name = ""
    while end < len(lines) and lines[end].strip() and not lines[end].startswith("thread '"):
        function, place = _FUNCTION.match(lines[end]), _AT.match(lines[end])
        if place is not None:
            frame = _frame(place, name)
            if (frame.path, frame.line) == (frames[0].path, frames[0].line):
                frames[0] = frame  # the panic's place again, with the function's name
            else:
                frames.append(frame)
        elif function is not None:
            name = function["name"]
        end += 1
    return Failure(
        message="\n".join(said),
        frames=tuple(frames),
        code="panic",
        test="" if found["thread"] in _NO_TEST else found["thread"],
        lines=(at, end),
    )


def _frame(found: re.Match[str], name: str = "") -> Frame:
    column = int(found["column"]) if found["column"] else None
    return Frame(found["path"].removeprefix("./"), int(found["line"]), column, name)
