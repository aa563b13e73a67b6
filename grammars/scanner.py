"""Trees for languages without a usable grammar: read by line, with brackets or indentation.

A scan knows strings and comments, so it never takes their content for code.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from operator import attrgetter
from typing import NamedTuple

from midfill.grammars.registry import Language, Scanner
from midfill.grammars.tree import Fault, Matches, Span

_CLOSING = {"(": ")", "[": "]", "{": "}"}
_START = attrgetter("start")
_Match = tuple[int, dict[str, list[Span]]]
_BRACKET = re.compile(r"[()\[\]{}]")


class _Line(NamedTuple):
    start: int
    code: int
    end: int

    @property
    def depth(self) -> int:
        return self.code - self.start


class Scan:
    """A text seen through the regular expressions of its language's `Scanner`."""

    def __init__(self, language: Language, text: str) -> None:
        assert language.scanner is not None
        self.language = language
        self.text = text
        self._scanner: Scanner = language.scanner
        # Same length, with blanks for what holds no code.
        self._code = re.sub(self._scanner.skip, _blank, text, flags=re.MULTILINE)
        self._lines = list(_lines(self._code))
        self._pairs, self._faults = _brackets(self._code)

    def matches(self, query: str, within: Span | None = None) -> Iterator[Matches]:
        """See `Tree.matches`."""
        found = [
            (pattern, captures)
            for pattern, captures in self._all(query)
            if within is None or any(_touch(within, spans) for spans in captures.values())
        ]
        yield Matches(found, tuple)

    def faults(self) -> list[Fault]:
        """Brackets without their other half."""
        return self._faults

    def _all(self, query: str) -> Iterator[_Match]:
        if query in ("tags", "outline"):
            yield from self._tags()
        if query == "blocks":
            for span in self._pairs if self.language.blocks == "braces" else self._indented():
                yield 0, {"block": [span]}
        if query in ("imports", "outline") and self._scanner.imports:
            # Paths stand in strings, so this one reads the text itself.
            for found in re.finditer(self._scanner.imports, self.text, re.MULTILINE):
                if self._code[found.start() : found.end()].strip():
                    yield 0, {"import": [Span(*found.span())], "path": _name(found)}

    def _tags(self) -> Iterator[_Match]:
        for pattern, (kind, expression) in enumerate(self._scanner.definitions.items()):
            for found in re.finditer(expression, self._code, re.MULTILINE):
                whole = self._extent(found)
                yield pattern, {f"definition.{kind}": [whole], "name": _name(found)}
        for pattern, (kind, expression) in enumerate(self._scanner.references.items()):
            for found in re.finditer(expression, self._code, re.MULTILINE):
                name = _name(found)
                yield pattern, {f"reference.{kind}": name, "name": name}

    def _extent(self, header: re.Match[str]) -> Span:
        """A definition up to the end of its body."""
        at = bisect_right(self._lines, header.start("name"), key=_START) - 1
        start = self._lines[at].code
        if self.language.blocks == "indentation":
            return Span(start, self._dedent(at))
        found = bisect_left(self._pairs, header.end(), key=_START)
        if found < len(self._pairs):
            body = self._pairs[found]
            if not self._code[header.end() : body.start].strip():
                return Span(start, body.end)
        return Span(start, start + len(self.text[start : header.end()].rstrip()))

    def _indented(self) -> Iterator[Span]:
        """Each line that deeper lines follow, with them."""
        for at, line in enumerate(self._lines):
            end = self._dedent(at)
            if end > line.end:
                yield Span(line.code, end)

    def _dedent(self, at: int) -> int:
        """The end of the last line after that one that is indented deeper than it."""
        first = self._lines[at]
        end = first.end
        for following in range(at + 1, len(self._lines)):
            line = self._lines[following]
            if line.depth <= first.depth:
                break
            end = line.end
        return end


def _lines(code: str) -> Iterator[_Line]:
    """The lines that hold code."""
    for found in re.finditer(r"^([ \t]*)(\S.*)$", code, re.MULTILINE):
        end = found.start() + len(found[0].rstrip())
        yield _Line(found.start(), found.start(2), end)


def _touch(within: Span, spans: list[Span]) -> bool:
    return any(start <= within.end and within.start <= end for start, end in spans)


def _blank(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", found[0])


def _name(found: re.Match[str]) -> list[Span]:
    return [Span(*found.span("name"))]


def _brackets(code: str) -> tuple[list[Span], list[Fault]]:
    """Pairs of braces in the order of the text, and brackets left alone."""
    pairs, faults, opened = [], [], []
    for found in _BRACKET.finditer(code):
        at, bracket = found.start(), found[0]
        if bracket in _CLOSING:
            opened.append((bracket, at))
        elif opened and _CLOSING[opened[-1][0]] == bracket:
            opening, start = opened.pop()
            if opening == "{":
                pairs.append(Span(start, at + 1))
        else:
            faults.append(Fault("error", "bracket", at, at + 1))
    faults += [Fault("error", "bracket", at, at + 1) for _, at in opened]
    return sorted(pairs), sorted(faults, key=lambda fault: fault.start)
