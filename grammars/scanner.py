"""Trees for languages without a usable grammar: read by line, with brackets or indentation.

A scan knows strings and comments, so it never takes their content for code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from midfill.grammars.registry import Language, Scanner
from midfill.grammars.tree import Fault, Match, Span

_CLOSING = {"(": ")", "[": "]", "{": "}"}
_BRACKET = re.compile(r"[()\[\]{}]")


class Scan:
    """A text seen through the regular expressions of its language's `Scanner`."""

    def __init__(self, language: Language, text: str) -> None:
        assert language.scanner is not None
        self.language = language
        self.text = text
        self._scanner: Scanner = language.scanner
        # Same length, with blanks for what holds no code.
        self._code = re.sub(self._scanner.skip, _blank, text, flags=re.MULTILINE)
        self._pairs, self._faults = _brackets(self._code)

    def matches(self, query: str, within: Span | None = None) -> Iterator[Match]:
        """See `Tree.matches`."""
        for match in self._all(query):
            spans = [span for found in match.captures.values() for span in found]
            if within is None or any(
                span.start <= within.end and within.start <= span.end for span in spans
            ):
                yield match

    def faults(self) -> list[Fault]:
        """Brackets without their other half."""
        return self._faults

    def _all(self, query: str) -> Iterator[Match]:
        if query == "tags":
            yield from self._tags()
        elif query == "blocks":
            for span in self._pairs if self.language.blocks == "braces" else self._indented():
                yield Match(0, {"block": [span]})
        elif query == "imports" and self._scanner.imports:
            # Paths stand in strings, so this one reads the text itself.
            for found in re.finditer(self._scanner.imports, self.text, re.MULTILINE):
                if self._code[found.start() : found.end()].strip():
                    yield Match(0, {"import": [Span(*found.span())], "path": _name(found)})

    def _tags(self) -> Iterator[Match]:
        for pattern, (kind, expression) in enumerate(self._scanner.definitions.items()):
            for found in re.finditer(expression, self._code, re.MULTILINE):
                whole = self._extent(found)
                yield Match(pattern, {f"definition.{kind}": [whole], "name": _name(found)})
        for pattern, (kind, expression) in enumerate(self._scanner.references.items()):
            for found in re.finditer(expression, self._code, re.MULTILINE):
                name = _name(found)
                yield Match(pattern, {f"reference.{kind}": name, "name": name})

    def _extent(self, header: re.Match[str]) -> Span:
        """A definition up to the end of its body."""
        line = self.text.rfind("\n", 0, header.start("name")) + 1
        start = line + len(self.text[line:]) - len(self.text[line:].lstrip())
        if self.language.blocks == "indentation":
            return Span(start, self._dedent(start))
        body = next((pair for pair in self._pairs if pair.start >= header.end() - 1), None)
        if body and not self._code[header.end() : body.start].strip():
            return Span(start, body.end)
        return Span(start, len(self.text[: header.end()].rstrip()))

    def _indented(self) -> Iterator[Span]:
        """Each line that deeper lines follow, with them."""
        at = 0
        for line in self._code.splitlines(keepends=True):
            start = at + len(line) - len(line.lstrip())
            at += len(line)
            if line.strip():
                end = self._dedent(start)
                if end > at:
                    yield Span(start, end)

    def _dedent(self, start: int) -> int:
        """The end of the last line after `start` that is indented deeper than it."""
        at = self.text.rfind("\n", 0, start) + 1
        depth = start - at
        end = 0
        for line in self._code[at:].splitlines(keepends=True):
            content = line.strip()
            if content and end and len(line) - len(line.lstrip()) <= depth:
                break
            if content:
                end = at + len(line.rstrip())
            at += len(line)
        return end


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
