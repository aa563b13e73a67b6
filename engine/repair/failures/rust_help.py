"""What the helps of rustc and cargo propose, which show lines of code as they would be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from midfill.engine.repair.failures.failure import Fixit, Replacement

_ARROW = re.compile(r" *--> (?P<path>.+?):\d+:\d+$")
_ROW = re.compile(r" *(?P<number>\d+) (?P<sign>[-+|])(?: (?P<code>.*))?$")
# What stands below a line in which something is new, and between two ways out.
_NEW = re.compile(r" +\| [ ~+-]*[~+][ ~+-]*$")
_BETWEEN = re.compile(r" +\|$")
# A help beside the marks that are below what goes, or below where it is put in.
_INLINE = re.compile(
    r" +\| (?P<before> *)(?P<marks>\^+|-+) help: .*?:? ?`(?P<code>[^`]+)`(?P<here> here)?$"
)
# What is to be filled in by a person, or would need another dependency.
_TO_DO = re.compile(r"/\*.*\*/|todo!\(|^extern crate ")


class _Row(NamedTuple):
    """A line: `number` is that of the old text for "-", and of the new one for "+" and "|"."""

    number: int
    sign: str
    code: str
    changes: bool


def fixits(lines: Sequence[str], path: str) -> Iterator[Fixit]:
    """Those of the helps in the lines of a diagnostic, as far as they are for the file `path`."""
    for at, line in enumerate(lines):
        inline = _INLINE.match(line)
        shown = _ROW.match(lines[at - 1])
        if inline is not None and shown is not None:
            code, start = shown["code"] or "", len(inline["before"])
            end = start if inline["here"] else start + len(inline["marks"])
            number = int(shown["number"])
            yield (_lines(number, number + 1, [code[:start] + inline["code"] + code[end:]]),)
        elif line.startswith("help: "):
            arrow = _ARROW.match("".join(lines[at + 1 : at + 2]))
            if arrow is None or arrow["path"] == path:
                for rows in _ways(lines[at + 1 + (arrow is not None) :]):
                    if not any(_TO_DO.search(row.code) for row in rows if row.changes):
                        yield tuple(_replacements(rows))


def _ways(lines: Sequence[str]) -> Iterator[list[_Row]]:
    """The ways out that a help shows, one below the other."""
    rows: list[_Row] = []
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        if line and not line.startswith((" ", "...")) and not line[0].isdigit():
            break
        found = _ROW.match(line)
        again = found and rows and found["sign"] == "|" and int(found["number"]) <= rows[-1].number
        if again or _BETWEEN.match(line):
            yield from [rows] if any(row.changes for row in rows) else []
            rows = []
        if found is not None:
            sign = found["sign"]
            changes = sign != "|" or _NEW.match(below) is not None
            rows.append(_Row(int(found["number"]), sign, found["code"] or "", changes))
    yield from [rows] if any(row.changes for row in rows) else []


def _replacements(rows: Sequence[_Row]) -> Iterator[Replacement]:
    added = 0
    for together in _together(rows):
        old = [row.number for row in together if row.sign == "-"]
        new = [row.code for row in together if row.sign != "-"]
        first = old[0] if old else together[0].number - added
        count = 1 if together[0].sign == "|" else len(old)
        yield _lines(first, first + count, new)
        added += len(new) - count


def _together(rows: Sequence[_Row]) -> Iterator[list[_Row]]:
    """What is new in lines that follow each other: old ones first, then those in their place."""
    together: list[_Row] = []
    for row in rows:
        if together and (row.sign, together[-1].sign) not in (("-", "-"), ("+", "-"), ("+", "+")):
            yield together
            together = []
        if row.changes:
            together.append(row)
    if together:
        yield together


def _lines(first: int, end: int, code: Sequence[str]) -> Replacement:
    return Replacement((first, 1), (end, 1), "".join(f"{line}\n" for line in code))
