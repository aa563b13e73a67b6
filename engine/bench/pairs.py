"""Brackets and quotes that an editor closes while a person types the opening ones."""

from __future__ import annotations

_PAIRS = {"(": ")", "[": "]", "{": "}", '"': '"', "'": "'", "`": "`"}
_QUOTES = "\"'`"


def added(inserted: str, before: str, wanted: str) -> str:
    """What the editor puts behind the cursor at a key that was `inserted` after `before`.

    One that the person closes on a later line, or never, is left out: editors move the one down,
    and the person deletes the other.
    """
    closing = _PAIRS.get(inserted, "")
    line = wanted.partition("\n")[0]
    if inserted in _QUOTES:
        in_word = before[-1:].isalnum() or before[-1:] == "_"
        return closing if inserted in line and not in_word else ""
    return closing if closing and typed_over(line, closing) else ""


def typed_over(inserted: str, closers: str) -> int:
    """How many of the `closers` behind the cursor are typed by `inserted` as well."""
    opened, over = "", 0
    for character in inserted:
        if opened.startswith(character):
            opened = opened[1:]
        elif opened and opened[0] in _QUOTES:
            continue
        elif not opened and closers.startswith(character, over) and over < len(closers):
            over += 1
        elif character in _PAIRS:
            opened = _PAIRS[character] + opened
    return over
