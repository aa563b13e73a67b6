"""Words that come again and again in one line."""

from __future__ import annotations

import re

from midfill.engine.completion.cursor import Cursor

# Tabby's `removeLineEndsWithRepetition` takes six; a row of eight zeros is no rarity.
_LOOP = re.compile(r"(.{2,20}?)\1{8,}")


def repeated_words(suggestion: str, cursor: Cursor) -> str:
    """Cut after the first of nine equal pieces in a row, as in `0, 0, 0, …`."""
    found = _LOOP.search(suggestion)
    if found is None or not re.search(r"\w", found[1]):
        return suggestion
    return suggestion[: found.end(1)].rstrip()
