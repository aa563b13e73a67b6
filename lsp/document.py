"""A text document as LSP defines it.

pygls's own splits lines like `str.splitlines`, at form feeds and U+2028 too, so that edits land on
the wrong line, and joins the whole text at each edit.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from midfill.lsp.encoding import ENCODINGS, Encoding

# LSP: '\n', '\r\n' and '\r' end a line, nothing else does.
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+\Z")
_TERMINATORS = "\r\n"


class Position(NamedTuple):
    """A place between two characters; `character` counts code units of the document's encoding."""

    line: int
    character: int


class Document:
    """An open document, kept as lines, so that an edit costs what it changes.

    Every position is accepted: one past the end of its line or of the document, before its
    beginning, or inside a character means the nearest place before it that exists.
    """

    def __init__(
        self,
        uri: str,
        text: str,
        *,
        version: int | None = None,
        language_id: str = "",
        encoding: Encoding = ENCODINGS["utf-16"],
    ) -> None:
        self.uri = uri
        self.version = version
        self.language_id = language_id
        self.encoding = encoding
        # At least one; all but the last end with a terminator, and the last has none.
        self.lines = _split(text)

    @property
    def text(self) -> str:
        """The whole text, joined at each call."""
        return "".join(self.lines)

    def replace(self, text: str) -> None:
        """Take `text` for the whole document."""
        self.lines = _split(text)

    def edit(self, start: Position, end: Position, text: str) -> None:
        """Put `text` in place of what stands between two positions, in either order."""
        (first, head), (last, tail) = sorted((self._locate(start), self._locate(end)))
        text = self.lines[first][:head] + text + self.lines[last][tail:]
        if text.startswith("\n") and first > 0 and self.lines[first - 1].endswith("\r"):
            # Two terminators have met and are one from now on.
            first -= 1
            text = self.lines[first] + text
        lines = _split(text)
        if last + 1 < len(self.lines):
            lines.pop()  # the text ends with a terminator, and what follows it is there already
        self.lines[first : last + 1] = lines

    def clamp(self, position: Position) -> Position:
        """The place that `position` means."""
        line, index = self._locate(position)
        return Position(line, self.encoding.units(self.lines[line][:index]))

    def offset_at(self, position: Position) -> int:
        """The index in `text` of a position."""
        line, index = self._locate(position)
        return sum(map(len, self.lines[:line])) + index

    def position_at(self, offset: int) -> Position:
        """The position of an index in `text`; one inside "\\r\\n" is that before it."""
        rest = max(0, offset)
        for line, text in enumerate(self.lines[:-1]):
            if rest < len(text):
                return Position(line, self.encoding.units(text.rstrip(_TERMINATORS)[:rest]))
            rest -= len(text)
        return Position(len(self.lines) - 1, self.encoding.units(self.lines[-1][:rest]))

    def split_at(self, position: Position, before: int, after: int) -> tuple[str, str]:
        """The text around a position: at most `before` and `after` characters of it."""
        line, index = self._locate(position)
        head = [self.lines[line][:index]]
        tail = [self.lines[line][index:]]
        missing, above = before - len(head[0]), line
        while missing > 0 and above > 0:
            above -= 1
            head.append(self.lines[above])
            missing -= len(self.lines[above])
        missing, below = after - len(tail[0]), line + 1
        while missing > 0 and below < len(self.lines):
            tail.append(self.lines[below])
            missing -= len(self.lines[below])
            below += 1
        prefix = "".join(reversed(head))
        return prefix[max(0, len(prefix) - before) :], "".join(tail)[:after]

    def _locate(self, position: Position) -> tuple[int, int]:
        """The line and the index in it, both inside the document."""
        line, character = position
        if line < 0:
            return 0, 0
        if line >= len(self.lines):
            return len(self.lines) - 1, len(self.lines[-1])
        return line, self.encoding.index(self.lines[line].rstrip(_TERMINATORS), character)


def _split(text: str) -> list[str]:
    lines: list[str] = _LINE.findall(text)
    if not lines or lines[-1].endswith(("\n", "\r")):
        lines.append("")
    return lines
