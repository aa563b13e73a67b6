"""Suggestions that are still good: asked for at this very place, or typed into since."""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

# Of llama.vim: the number of entries, and how far back the place of one may lie.
_ENTRIES = 250
_LOOK_BACK = 128
# Characters that must agree before and after the place. A window that ends at the cursor, unlike
# a whole prefix, stays the same when the document is cut far away from it.
_BEFORE = 512
_AFTER = 256


class _Place(NamedTuple):
    document: str
    after: str


class Cache:
    """The last 250 suggestions, the least recently used leaving first."""

    def __init__(self, entries: int = _ENTRIES) -> None:
        self._entries = entries
        # For each place: what stands before it, and the suggestion.
        self._texts: dict[_Place, dict[str, str]] = {}
        self._used: OrderedDict[tuple[_Place, str], None] = OrderedDict()

    def put(self, document: str, prefix: str, suffix: str, text: str) -> None:
        """Keep the suggestion `text`; an empty one is none."""
        if not text:
            return
        place, before = _Place(document, suffix[:_AFTER]), prefix[-_BEFORE:]
        self._texts.setdefault(place, {})[before] = text
        self._touch(place, before)
        if len(self._used) > self._entries:
            (place, before), _ = self._used.popitem(last=False)
            del self._texts[place][before]
            if not self._texts[place]:
                del self._texts[place]

    def get(self, document: str, prefix: str, suffix: str) -> str | None:
        """The longest of what is left of suggestions that were typed into; never an empty text."""
        place = _Place(document, suffix[:_AFTER])
        texts = self._texts.get(place, {})
        recent = prefix[-_BEFORE - _LOOK_BACK :]
        best, found = "", ""
        for end in range(len(recent), max(len(recent) - _LOOK_BACK, 0) - 1, -1):
            before, typed = recent[max(end - _BEFORE, 0) : end], recent[end:]
            text = texts.get(before, "")
            if len(text) - len(typed) > len(best) and text.startswith(typed):
                best, found = text[len(typed) :], before
        if not best:
            return None
        self._touch(place, found)
        return best

    def _touch(self, place: _Place, before: str) -> None:
        self._used[place, before] = None
        self._used.move_to_end((place, before))
