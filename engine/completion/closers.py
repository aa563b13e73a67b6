"""Brackets and quotes right of the cursor that a suggestion closes itself, and takes the place of.

`print(|)` thus becomes `print(x)|`, and `if check(|)` becomes `if check(x):|`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from midfill.engine.completion.code import PAIRS, code
from midfill.engine.completion.cursor import Cursor
from midfill.engine.completion.reason import Reason

_QUOTE = re.compile(r"\"\"\"|'''|[\"'`]")
_BRACKET = re.compile(r"[()\[\]{}]")
# Of a type or a tag, where one is to be closed.
_BRACKET_OR_ANGLE = re.compile(r"[()\[\]{}<]|(?<![-=])>")
_PAIRS = {**PAIRS, "<": ">"}


def take_over(text: str, cursor: Cursor) -> tuple[str, int] | Reason:
    """The text, and of how many of `cursor.closers` it takes the place."""
    closers, taken = cursor.closers, 0
    for closer in _lone(text, cursor):
        start = len(closers) - len(closers[taken:].lstrip())
        if not closers.startswith(closer[0], start):
            break
        taken = start + len(closer[0])
    taken = _and_punctuation(text, closers, taken)
    if not taken and "\n" in text and closers.startswith("}"):
        # The model was interrupted before it closed the block.
        line = cursor.line_prefix
        return f"{text}\n{line[: len(line) - len(line.lstrip())]}{closers}", len(closers)
    if "".join(text.split()) == "".join(closers[:taken].split()):
        return Reason.CLOSED
    return text, taken


def before_closers(text: str, cursor: Cursor) -> str | Reason:
    """The beginning of the text that fits before the closers, where they have to stay."""
    closers = cursor.closers.strip()
    first = next(_lone(text, cursor), None)
    if first is not None and closers.startswith(first[0]):
        text = text[: first.start()]
    elif _and_punctuation(text, closers, 0):
        text = text.removesuffix(closers)
    return text if text.strip() else Reason.CLOSED


def _and_punctuation(text: str, closers: str, taken: int) -> int:
    """`taken`, or all if the rest is what the statement and the text end with."""
    end = closers[taken:].strip()
    ends = end and not end.strip(";,") and text.endswith(end)
    return len(closers.rstrip()) if ends else taken


def _lone(text: str, cursor: Cursor) -> Iterator[re.Match[str]]:
    """What closes in `text`, but was opened before it."""
    if not cursor.closers:
        return
    start = 0
    if cursor.code_before[1]:
        quote = _QUOTE.match(cursor.code_before[1])
        end = quote and re.search(rf"(?<!\\){quote[0]}", text)
        if not end:
            return
        yield end
        start = end.end()
    bracket = _BRACKET_OR_ANGLE if ">" in cursor.closers else _BRACKET
    opened: list[str] = []
    masked = " " * start + code(text[start:], cursor.language)[0]
    for found in bracket.finditer(masked):
        if found[0] in _PAIRS:
            opened.append(_PAIRS[found[0]])
        elif opened:
            opened.pop()
        else:
            yield found
