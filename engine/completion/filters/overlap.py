"""An end that is the beginning of what follows the cursor."""

from __future__ import annotations

import re

from midfill.engine.completion.code import code, missing
from midfill.engine.completion.cursor import Cursor
from midfill.engine.completion.multiline import trivial
from midfill.engine.completion.reason import Reason

# What stands right of the cursor and is worth nothing on its own: `;`, `, `, `) {`.
_PUNCTUATION = re.compile(r"[\s)\]}>;,:({]*[;,:({][\s)\]}>;,:({]*")
_LINES_BELOW = 30
_SKIPPED = 3


def overlap(suggestion: str, cursor: Cursor) -> str | Reason:
    """Cut where the suggestion goes over into the text behind the cursor."""
    rest = cursor.line_suffix.strip()
    left = _on_line(suggestion, rest, cursor) if rest else _below(suggestion, cursor)
    return left if left.strip() else Reason.REPEATS_BELOW


def _on_line(suggestion: str, rest: str, cursor: Cursor) -> str:
    """Cut before the rest of the line, if all brackets are still closed without it."""
    words = bool(re.search(r"\w", rest))
    if not words and not _PUNCTUATION.fullmatch(rest):
        return suggestion
    at = suggestion.find(rest)
    while at >= 0:
        ends = not suggestion[at + len(rest) :].strip()
        if (ends or words) and _fits(suggestion, at, rest, cursor):
            left = suggestion[:at]
            return left.rstrip() if cursor.suffix[0].isspace() else left
        at = suggestion.find(rest, at + 1)
    return suggestion


def _fits(suggestion: str, at: int, rest: str, cursor: Cursor) -> bool:
    whole = _unbalanced(cursor.line_prefix + suggestion + rest, cursor)
    return _unbalanced(cursor.line_prefix + suggestion[:at] + rest, cursor) <= whole


def _unbalanced(line: str, cursor: Cursor) -> int:
    return sum(map(len, missing(code(line, cursor.language)[0])))


def _below(suggestion: str, cursor: Cursor) -> str:
    """Cut before lines that stand below."""
    below = [line.rstrip() for line in cursor.after.split("\n")[1:_LINES_BELOW] if line.strip()]
    lines = (cursor.line_prefix + suggestion).split("\n")
    for at, line in enumerate(lines):
        these = [line.rstrip() for line in lines[at:] if line.strip()]
        if not line.strip() or not _stands_below(these, below, cursor):
            continue
        left = "\n".join(lines[:at])[len(cursor.line_prefix) :].rstrip()
        if not all(trivial(line, cursor) for line in these) or _closed(left, cursor):
            return left
    return suggestion


def _closed(text: str, cursor: Cursor) -> bool:
    return not missing(code(text, cursor.language)[0])[1]


def _stands_below(these: list[str], below: list[str], cursor: Cursor) -> bool:
    """Whether all the lines come next, or two come soon that are more than closing brackets."""
    if _same(these, below) == len(these) or _cut_short(these, below):
        return True
    longest = max(_same(these, below[skipped:]) for skipped in range(_SKIPPED + 1))
    return longest > 1 and not all(trivial(line, cursor) for line in these[:longest])


def _cut_short(these: list[str], below: list[str]) -> bool:
    """Whether the model was interrupted in the last of several lines that come next."""
    *whole, last = these
    same = _same(whole, below)
    return 0 < same == len(whole) < len(below) and below[same].startswith(last)


def _same(these: list[str], below: list[str]) -> int:
    """How many lines agree."""
    pairs = zip(these, below, strict=False)
    return next(
        (count for count, (mine, theirs) in enumerate(pairs) if mine != theirs),
        min(len(these), len(below)),
    )
