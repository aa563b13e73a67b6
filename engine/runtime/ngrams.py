"""Where the last tokens of a text occurred before."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from midfill.engine.runtime.sequence import common_prefix

# Older occurrences of the last pair of tokens than so many are not looked at.
_CANDIDATES = 16
# Matches are compared this far back.
LONGEST_MATCH = 16


class Match(NamedTuple):
    """The token behind an occurrence stands at `position`; so many tokens before it agree."""

    position: int
    length: int


class Ngrams:
    """Tokens, and for each pair of neighbours the chain of places where it occurs, newest first,
    as in the hash chains of LZ77 compressors. Adding, removing and finding take microseconds."""

    def __init__(self) -> None:
        self.tokens: list[int] = []
        self._newest: dict[tuple[int, int], int] = {}
        # For each position, where the pair that ends there ended before; 0 for nowhere.
        self._older: list[int] = []

    def extend(self, tokens: Iterable[int]) -> None:
        """Append tokens."""
        for token in tokens:
            older = 0
            if self.tokens:
                pair = (self.tokens[-1], token)
                older = self._newest.get(pair, 0)
                self._newest[pair] = len(self.tokens)
            self.tokens.append(token)
            self._older.append(older)

    def align(self, tokens: list[int]) -> None:
        """Hold `tokens`, at a cost in proportion to what differs at the end."""
        kept = common_prefix(self.tokens, tokens)
        while len(self.tokens) > kept:
            self._pop()
        self.extend(tokens[kept:])

    def find(self, tail: list[int]) -> Match | None:
        """The longest match of the end of `tail`, of at least two tokens and with a token behind
        it; of equally long ones the newest."""
        best = None
        end = self._newest.get((tail[-2], tail[-1]), 0) if len(tail) > 1 else 0
        for _ in range(_CANDIDATES):
            if not end:
                break
            if end + 1 < len(self.tokens):
                length = self._agreement(end, tail)
                if best is None or length > best.length:
                    best = Match(end + 1, length)
                    if length == LONGEST_MATCH:
                        break
            end = self._older[end]
        return best

    def _agreement(self, end: int, tail: list[int]) -> int:
        """How many tokens up to position `end` equal the end of `tail`, which two do."""
        length, most = 2, min(LONGEST_MATCH, end + 1, len(tail))
        while length < most and self.tokens[end - length] == tail[-1 - length]:
            length += 1
        return length

    def _pop(self) -> None:
        token, older = self.tokens.pop(), self._older.pop()
        if self.tokens:
            pair = (self.tokens[-1], token)
            if older:
                self._newest[pair] = older
            else:
                del self._newest[pair]
