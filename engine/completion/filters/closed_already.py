"""Brackets and quotes that editors close on their own, and models close again."""

from __future__ import annotations

import re

from midfill.engine.completion.code import BRACKET, PAIRS, code, missing
from midfill.engine.completion.cursor import Cursor, indent
from midfill.engine.completion.reason import Reason

_QUOTE = re.compile(r"\"\"\"|'''|[\"'`]")
_CLOSING = re.compile(r"[)\]}\s]*")


def closed_already(suggestion: str, cursor: Cursor) -> str | Reason:
    """Cut before what closes a second time what the text right of the cursor closes.

    In Lisp, where nobody counts them, parentheses that the text below closes count too.
    """
    end = _quote(suggestion, cursor) if cursor.code_before[1] else _bracket(suggestion, cursor)
    if end is None:
        return suggestion
    return suggestion[:end] if suggestion[:end].strip() else Reason.CLOSED


def _quote(suggestion: str, cursor: Cursor) -> int | None:
    """Where the string ends that the cursor is in, if its quote stands right of the cursor.

    In a comment, quotes that come in pairs on the line are taken for strings.
    """
    quote = _QUOTE.match(cursor.line_suffix)
    if quote is None:
        return None
    string = cursor.code_before[1].startswith(quote[0])
    if not string and cursor.line_prefix.count(quote[0]) % 2 == 0:
        return None
    found = [at.start() for at in re.finditer(rf"(?<!\\){quote[0]}", suggestion)]
    # An even number of them ends in another string, which the quote on the right ends.
    return found[0] if len(found) % 2 else None


def _bracket(suggestion: str, cursor: Cursor) -> int | None:
    """Where the first bracket closes too much."""
    found = _CLOSING.match(cursor.line_suffix)
    right = "".join(found[0].split()) if found else ""
    lisp = cursor.language is not None and ";" in cursor.language.comments.line
    if not (right or lisp or cursor.closers):
        return None
    still_open = _still_open(cursor, right)
    if still_open is None:
        return None
    expected, below = still_open
    opened = list(reversed(expected))
    first = None
    for bracket in BRACKET.finditer(code(suggestion, cursor.language)[0]):
        if bracket[0] in PAIRS:
            opened.append(PAIRS[bracket[0]])
        else:
            if first is None and len(opened) <= len(below):
                first = bracket.start()
            if opened:
                opened.pop()
    # What was opened again in the end is closed on the right.
    return None if "".join(reversed(opened)) == below else first


def _still_open(cursor: Cursor, right: str) -> tuple[str, str] | None:
    """What has to be closed from the cursor on, and the end of that which the text below closes.

    The two agree if the windows around the cursor, or what is as deep as its line, are complete.
    """
    window = code(cursor.after, cursor.language)[0]
    for above, below in ((cursor.code_before[0], window), (_above(cursor), _below(cursor, window))):
        expected, closing = missing(above)[1], missing(below)[0]
        if expected.endswith(closing):
            return expected, closing
    if not (right or cursor.closers):
        return None
    return missing(code(cursor.line_prefix, cursor.language)[0])[1], right


def _above(cursor: Cursor) -> str:
    """The code from the line that the cursor's line is deeper than, to the cursor."""
    lines = cursor.code_before[0].split("\n")
    depth = indent(cursor.line_prefix)
    at = len(lines) - 1
    while at > 0 and (at == len(lines) - 1 or not lines[at].strip() or indent(lines[at]) >= depth):
        at -= 1
    return "\n".join(lines[at:])


def _below(cursor: Cursor, window: str) -> str:
    """The code from the cursor to the line that is less deep, with what closes there."""
    lines = window.split("\n")
    depth = indent(cursor.line_prefix)
    for at, line in enumerate(lines[1:], 1):
        if line.strip() and indent(line) < depth:
            closing = _CLOSING.match(line)
            return "\n".join([*lines[:at], closing[0] if closing else ""])
    return "\n".join(lines)
