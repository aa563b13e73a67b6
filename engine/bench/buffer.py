"""A document in an editor, with the cursor in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Position(NamedTuple):
    """A place as LSP counts: line and UTF-16 unit, both from 0."""

    line: int
    character: int


class Change(NamedTuple):
    """What is between `start` and `end` became `inserted`."""

    start: Position
    end: Position
    inserted: str


@dataclass
class Buffer:
    """The text of a document; `version` grows with every change."""

    uri: str
    language_id: str
    text: str
    cursor: int = 0
    version: int = 1

    def replace(self, deleted: int, inserted: str, over: int = 0, behind: str = "") -> Change:
        """Put `inserted` in place of the `deleted` characters before the cursor and the `over`
        behind it, and `behind` after the cursor.
        """
        start, end = self.cursor - deleted, self.cursor + over
        change = Change(self.position(start), self.position(end), inserted + behind)
        self.text = self.text[:start] + inserted + behind + self.text[end:]
        self.cursor = start + len(inserted)
        self.version += 1
        return change

    def position(self, offset: int) -> Position:
        """Where the character at `offset` is."""
        begin = self.text.rfind("\n", 0, offset) + 1
        units = len(self.text[begin:offset].encode("utf-16-le")) // 2
        return Position(self.text.count("\n", 0, begin), units)
