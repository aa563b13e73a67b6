"""Offsets in characters of a `str`, offsets in bytes of its UTF-8: from one to the other."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from itertools import accumulate

_LONG = re.compile(rb"[\xc0-\xff][\x80-\xbf]+")


class Offsets:
    """Both directions for one text, by the characters in it that take more than one byte.

    `are_equal` is true where there are none. A lone surrogate, which UTF-8 cannot hold, becomes one
    byte.
    """

    def __init__(self, text: str) -> None:
        self.data = text.encode("utf-8", "replace")
        self.are_equal = len(self.data) == len(text)

    def char(self, byte: int) -> int:
        """The character that begins there; the length of the text at the end of the data."""
        if self.are_equal:
            return byte
        ends, _, excess = self._table
        return byte - excess[bisect_right(ends, byte)]

    def byte(self, char: int) -> int:
        """The first byte of that character; the length of the data at its end."""
        if self.are_equal:
            return char
        _, ends, excess = self._table
        return char + excess[bisect_right(ends, char)]

    @cached_property
    def _table(self) -> tuple[list[int], list[int], list[int]]:
        """Where each long character ends in bytes and in characters, and the excess before it."""
        places = [found.span() for found in _LONG.finditer(self.data)]
        excess = list(accumulate((end - start - 1 for start, end in places), initial=0))
        ends = [end for _, end in places]
        return ends, [end - after for end, after in zip(ends, excess[1:], strict=True)], excess
