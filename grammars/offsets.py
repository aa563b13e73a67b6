"""Offsets in characters of a `str`, offsets in bytes of its UTF-8: from one to the other."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

_STEP = 1024


class Offsets:
    """Both directions for one text, from a checkpoint every 1,024 characters.

    `are_equal` is true where both are the same for every place. A lone surrogate, which UTF-8
    cannot hold, becomes one byte.
    """

    def __init__(self, text: str) -> None:
        self.data = text.encode("utf-8", "replace")
        self._text = text
        self.are_equal = len(self.data) == len(text)
        self._checkpoints: list[int] = []

    def char(self, byte: int) -> int:
        """The character that byte belongs to; the length of the text at its end."""
        if self.are_equal:
            return byte
        table = self._table()
        # Its last entry is the end of the text, which is no whole number of steps.
        step = bisect_right(table, byte, hi=max(len(table) - 1, 1)) - 1
        piece = self.data[table[step] : byte]
        return step * _STEP + len(piece.decode("utf-8", "replace"))

    def byte(self, char: int) -> int:
        """The first byte of that character; the length of the data at its end."""
        if self.are_equal:
            return char
        step, rest = divmod(char, _STEP)
        start = step * _STEP
        piece = self._text[start : start + rest]
        return self._table()[step] + len(piece.encode("utf-8", "replace"))

    def _table(self) -> list[int]:
        if not self._checkpoints:
            sizes = (
                len(self._text[at : at + _STEP].encode("utf-8", "replace"))
                for at in range(0, len(self._text), _STEP)
            )
            self._checkpoints = list(accumulate(sizes, initial=0))
        return self._checkpoints
