"""How far a completion may go: to the end of the line, of a block, or of a paragraph.

What asks for a block is an open bracket, or indentation: a blank line that is indented deeper than
the code above it is an empty body in every language, because the editor or the person indented it.
At the end of any other line the answer decides: it continues the line, or it begins with a deeper
line. Where a body is there already, one line is wanted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from midfill.engine.completion.code import missing
from midfill.engine.completion.cursor import CLOSERS, Cursor, indent

_OPEN = ("{", "(", "[")
_WORD = re.compile(r"\w")
_CLOSING = r"\s*(?:[)\]}]|</|\\end\b)"
# Not where such a word is a variable.
_CLOSING_WORD = (
    r"\s*(?i:end(?:if|for|foreach|while|function|func|do|case|try|class|module|macro|task|generate)?"
    r"|fi|done|esac|until|next|loop|wend|join)\b(?!\s*(?:[=(\[:]|[-+*/|&]=))"
)
_CLOSES = re.compile(_CLOSING)
_CLOSES_WITH_WORDS = re.compile(f"{_CLOSING}|{_CLOSING_WORD}")
# A heading as deep as the statement it belongs to, or as those beside it.
LABEL = re.compile(
    r"\s*(?:\w+:$|"
    r"(?i:case|default|when|otherwise|public|private|protected|signals|internal|contains)\b)"
)


@dataclass(frozen=True)
class Extent:
    """How far a completion may go.

    A `block` ends before a line indented at most `indent` columns that does not close it; `body`
    is a block if its first line is indented deeper than that, and else one line. A `paragraph` is
    a block that ends at a blank line too, if what follows is no deeper than its first line.
    `closed` is true where what closes the block stands on a line below already, `labelled` where
    the heading is a label such as `case`.
    """

    kind: Literal["line", "body", "block", "paragraph"]
    indent: int = -1
    closed: bool = False
    labelled: bool = False


_LINE = Extent("line")


def extent(cursor: Cursor) -> Extent:
    """How far a completion at this cursor may go."""
    text, inside = cursor.code_before
    rest = (cursor.line_suffix or cursor.closers).strip()
    if inside or not CLOSERS.fullmatch(rest):
        return _LINE
    line = cursor.line_prefix
    blank = not line.strip()
    lines = text.split("\n")
    at = _last(lines[:-1]) if blank else len(lines) - 1
    top = heading(lines, at)
    depth = indent(cursor.before.split("\n")[top]) if at >= 0 else 0
    # Between a pair of brackets on one line, only braces are opened up.
    if rest and not (lines[at].rstrip().endswith("{") and rest.startswith("}")):
        return _LINE
    if cursor.explicit and blank and indent(line) <= depth:
        return Extent("paragraph", indent(line) - 1)
    below = _below(cursor)
    if below is not None and indent(below) > depth:
        return _LINE
    closed = below is not None and indent(below) == depth and closes(below, cursor)
    if blank:
        asked = indent(line) > depth or bool(missing("\n".join(lines[top:]))[1])
    else:
        asked = line.rstrip().endswith(_OPEN)
    return Extent(
        "block" if asked else "body", depth, closed, bool(LABEL.match(lines[top].rstrip()))
    )


def closes(line: str, cursor: Cursor) -> bool:
    """Whether a line begins with what ends a block and belongs to it."""
    words = cursor.language is None or cursor.language.blocks == "keywords"
    return bool((_CLOSES_WITH_WORDS if words else _CLOSES).match(line))


def _last(lines: list[str]) -> int:
    """The last line with code in it; -1 if there is none."""
    at = len(lines) - 1
    while at >= 0 and not lines[at].strip():
        at -= 1
    return at


def trivial(line: str, cursor: Cursor) -> bool:
    """Whether a line is nothing but signs, or `end` and its like: many of them are the same."""
    if not _WORD.search(line):
        return True
    return closes(line, cursor) and line.lstrip()[0] not in ")]}"


def heading(lines: list[str], at: int) -> int:
    """The line that the statement ending at line `at` begins with, as its brackets tell."""
    lone = missing(lines[at])[0] if at >= 0 else ""
    while lone and at > 0:
        at -= 1
        lone = missing(lines[at] + lone)[0]
    return at


def _below(cursor: Cursor) -> str | None:
    """The next line that is not blank."""
    lines = cursor.after.split("\n")[1:]
    return next((line for line in lines if line.strip()), None)
