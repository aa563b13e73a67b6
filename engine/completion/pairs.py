"""Brackets and quotes that editors close on their own."""

from __future__ import annotations

_PAIRS = {"(": ")", "[": "]", "{": "}", '"': '"', "'": "'", "`": "`"}
CLOSING = "".join(_PAIRS.values())


def left_open(typed: str) -> str:
    """What an editor puts behind `typed` while it is typed: the closing half of each pair."""
    missing = ""
    for character in typed:
        if missing.startswith(character):
            missing = missing[1:]
        elif character in _PAIRS:
            missing = _PAIRS[character] + missing
    return missing
