"""A change of a text."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec


class Edit(msgspec.Struct, frozen=True):
    """`text` in place of the characters from `start` up to, not including, `end`."""

    start: int
    end: int
    text: str


class NoEdit(Exception):
    """Why an answer is no edit, in words for the model that gave it; may quote code."""


class Unchanged(NoEdit):
    """The answer leaves everything as it was."""


def applied(text: str, edits: Iterable[Edit]) -> str:
    """The text with the edits made, all of them at places of `text` as it is.

    Raises:
        ValueError: two of them overlap, or one is not in the text.
    """
    pieces: list[str] = []
    at = 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if not at <= edit.start <= edit.end <= len(text):
            raise ValueError(f"an edit of {edit.start}-{edit.end} does not fit")
        pieces += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join([*pieces, text[at:]])
