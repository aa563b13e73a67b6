"""A part of the repository that may help at a cursor."""

from __future__ import annotations

from functools import cached_property

import msgspec

from midfill.engine.context.tokens import estimate


class Piece(msgspec.Struct, frozen=True, dict=True):
    """Lines `start_line` to `end_line`, 1-based and inclusive, of the file `path`.

    `text` is what of them is shown: all, or a skeleton. `reason` says for a person why it was
    chosen. Of two pieces of a kind the one with the higher `score` helps more. `source` is a hash
    of all the code: two pieces of a file with the same one show the same, in fewer words or more.
    An `excerpt` is lines as they stand; the others are definitions.
    """

    path: str
    start_line: int
    end_line: int
    text: str
    reason: str
    score: float
    source: int
    excerpt: bool = False

    @cached_property
    def tokens(self) -> int:
        """About how many tokens the text has."""
        return estimate(self.text)

    def shows(self, other: Piece) -> bool:
        """Whether both show the same, wherever in the file it stands by now."""
        return self.path == other.path and self.source == other.source

    def overlaps(self, other: Piece) -> bool:
        """Whether both show the same lines of a file."""
        return (
            self.path == other.path
            and self.start_line <= other.end_line
            and other.start_line <= self.end_line
        )

    def outdates(self, other: Piece) -> bool:
        """Whether this tells that what the other one shows has changed since."""
        if self.excerpt is not other.excerpt or not self.overlaps(other):
            return False
        if not self.excerpt:
            return self.source != other.source
        first, last = max(self.start_line, other.start_line), min(self.end_line, other.end_line)
        return self._between(first, last) != other._between(first, last)

    def _between(self, first: int, last: int) -> list[str]:
        return self.text.splitlines()[first - self.start_line : last - self.start_line + 1]


class LeftOut(msgspec.Struct, frozen=True):
    """A piece that is not shown, and why."""

    piece: Piece
    why: str
