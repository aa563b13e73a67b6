"""What a person sees while typing: at most one suggestion, and when it came."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["typing", "jump", "open"]

_FIRST_WORD = re.compile(r"\s*(?:\w+|[^\w\s]+)")


@dataclass
class Key:
    """A key, and what came of it. Times are in seconds after it.

    Attributes:
        kind: the first key in a place says how the person got there.
        wanted: what the person will type next; "" where the next thing is to delete.
        first: when the next suggestion was on the screen, at this key or a later one.
        shown: when a suggestion was on the screen before the next key was struck.
        right: the same for one that begins with the word that is typed next.
        silent: whether the answer to this key was that there is nothing to suggest.
        abandoned: how long the person had waited when leaving without a suggestion.
        evaluated: tokens, until the next key.
        warmed: tokens evaluated for later, until the next key.
        generated: tokens, until the next key.
        decode_s: seconds in which they were decoded.
    """

    kind: Kind
    struck: float
    wanted: str
    first: float | None = None
    shown: float | None = None
    right: float | None = None
    silent: bool = False
    abandoned: float | None = None
    evaluated: int = 0
    warmed: int = 0
    generated: int = 0
    decode_s: float = 0.0

    @property
    def waited(self) -> float | None:
        """Until the next suggestion; at least so long where none came. None for a silent key."""
        return None if self.silent else self.abandoned if self.first is None else self.first


class Screen:
    """Keeps a suggestion as long as typing agrees with it, and notes what each key saw.

    Times are those of one clock, in seconds.
    """

    def __init__(self) -> None:
        self.text = ""
        self.keys: list[Key] = []
        self._waiting: list[Key] = []

    def strike(self, now: float, kind: Kind, inserted: str, wanted: str) -> None:
        """A key was struck: "" deletes."""
        typed_into = inserted and self.text.startswith(inserted)
        self.text = self.text[len(inserted) :] if typed_into else ""
        self.keys.append(Key(kind, now, wanted))
        self._waiting.append(self.keys[-1])
        self._look(now)

    def show(self, now: float, text: str) -> None:
        """A suggestion arrived for the text as it is."""
        self.text = text
        self._look(now)

    def nothing(self) -> None:
        """The answer arrived that there is nothing to suggest here."""
        self.text = ""
        if self._waiting and self._waiting[-1] is self.keys[-1]:
            self._waiting.pop().silent = True

    def leave(self, now: float) -> None:
        """The cursor went to another place."""
        self.text = ""
        for key in self._waiting:
            key.abandoned = now - key.struck
        self._waiting = []

    def _look(self, now: float) -> None:
        if not self.text:
            return
        for key in self._waiting:
            key.first = now - key.struck
        self._waiting = []
        key = self.keys[-1]
        if key.shown is None:
            key.shown = now - key.struck
        if key.right is None and begins_alike(self.text, key.wanted):
            key.right = now - key.struck


def begins_alike(suggestion: str, wanted: str) -> bool:
    """Whether both have the same first word."""
    return _first_word(suggestion) == _first_word(wanted) != ""


def _first_word(text: str) -> str:
    found = _FIRST_WORD.match(text)
    return found[0] if found else ""
