"""Where a completion ends, while it is being written and when it is there."""

from __future__ import annotations

import re

from midfill.engine.completion.code import code
from midfill.engine.completion.cursor import Cursor, indent
from midfill.engine.completion.fence import fence_at
from midfill.engine.completion.multiline import LABEL, Extent, closes
from midfill.grammars.cursor import blocks
from midfill.grammars.tree import NotParsed, Span, parse

# What a parser is shown of the text around the cursor takes it a millisecond or two; if it takes
# much longer, indentation has to do.
_LINES_BEFORE = 100
_LINES_AFTER = 20
_PARSE_SECONDS = 0.02
# A text that begins with more has nothing to say.
_BLANK_LINES = 3
_OPENS = re.compile(r"(?:[{(\[:]|\b(?i:do|then|begin|else))\s*(?:\|[^|]*\|)?\s*$")
# What may stand as deep as the heading of a block, and a part of the block follows.
_BRANCH = (
    r"\s*(?:[|{]|(?i:else|elif|elsif|elseif|elsewhere|except|exception|finally|catch|rescue|ensure"
    r"|then|where|in|of|and|or)\b)"
)
_CONTINUES = re.compile(_BRANCH)
_CONTINUES_WITH_WORDS = re.compile(rf"{_BRANCH}|\s*(?i:begin|do|is|after)\b")
_OPENING = re.compile(r"\s*(?:\{|(?i:begin)\b)")
# Stands at the first column wherever it is.
_PREPROCESSOR = re.compile(r"\s*#\s*(?:if|el|endif|def|undef|include|pragma)")
_FIRST_WORD = re.compile(r"\s*\w+\W")


def complete_at(text: str, cursor: Cursor, extent: Extent) -> int | None:
    """The length at which `text`, as far as it has been written, is complete; None if it is not.

    Cheap enough for every new token: it knows lines, indentation and brackets only.
    """
    fence = fence_at(text, cursor)
    if fence is not None:
        end = complete_at(text[:fence] + "\n", cursor, extent)
        return fence if end is None else min(end, fence)
    lines = text.split("\n")
    first = next((at for at, line in enumerate(lines) if line.strip()), None)
    limit = extent.indent
    if extent.kind in ("body", "block"):
        if (len(lines) - 1 if first is None else first) > _BLANK_LINES:
            return 0
        if first is None:
            return None
        on_line = first == 0 and bool(cursor.line_prefix.strip())
        depth = _indent(lines, first, cursor)
        if depth <= limit and 0 < first == len(lines) - 1 and not _FIRST_WORD.match(lines[first]):
            return None
        opens = depth > limit or bool(_OPENING.match(lines[first]))
        if extent.kind == "body" and (on_line or not opens):
            return _line_end(text) if first == 0 else 0
        if not (on_line or opens or _belongs(lines[first], cursor, extent)):
            limit = depth - 1  # Nobody indents here.
    elif extent.kind == "line":
        return _line_end(text)
    return _block_end(lines, cursor, extent, limit)


def cut(text: str, cursor: Cursor, extent: Extent, finished: bool = True) -> str:
    """The beginning of `text` that belongs to the cursor's line, block or paragraph.

    With `finished` false the model was interrupted, and a last line among several is left out.
    """
    end = complete_at(text + "\n", cursor, extent)
    if end is not None and end <= len(text):
        text = text[:end]
    elif not finished and "\n" in text.strip():
        text = text.rstrip().rpartition("\n")[0]
    if not cursor.line_suffix.strip():
        text = text.rstrip()
    if "\n" in text and extent.kind in ("body", "block"):
        return _in_tree(text, cursor, extent)
    return text


def _line_end(text: str) -> int | None:
    at = text.find("\n")
    return None if at < 0 else len(text[:at].rstrip("\r"))


def _indent(lines: list[str], at: int, cursor: Cursor) -> int:
    return indent(cursor.line_prefix + lines[0] if at == 0 else lines[at])


def _block_end(lines: list[str], cursor: Cursor, extent: Extent, limit: int) -> int | None:
    """Where the lines stop that belong to a block or a paragraph."""
    masked = code("\n".join(lines), cursor.language)[0].split("\n")
    kept = 0
    in_doubt = False  # A comment that is no deeper may belong to what follows.
    for at, line in enumerate(lines):
        if not line.strip():
            continue
        depth = _indent(lines, at, cursor)
        if at == 0:
            kept = 1
        elif not masked[at].strip() and (depth <= limit or in_doubt):
            in_doubt = True
        elif depth > limit:
            separate = extent.kind == "paragraph" and not lines[at - 1].strip()
            if separate and kept and depth <= indent(cursor.line_prefix):
                return _length(lines, kept)
            kept, in_doubt = at + 1, False
        elif _PREPROCESSOR.match(line):
            continue
        elif at == len(lines) - 1 and not _FIRST_WORD.match(line):
            return None
        elif depth < limit or extent.kind == "paragraph":
            return _length(lines, kept)
        elif closes(line, cursor):
            if at == len(lines) - 1:
                return None
            if not _OPENS.search(masked[at]):
                return _length(lines, kept if extent.closed else at + 1)
        elif not _continues(line, cursor, extent):
            return _length(lines, kept)
    return None


def _belongs(line: str, cursor: Cursor, extent: Extent) -> bool:
    return closes(line, cursor) or _continues(line, cursor, extent)


def _continues(line: str, cursor: Cursor, extent: Extent) -> bool:
    """Whether a line as deep as the heading begins another part of the same block."""
    words = cursor.language is None or cursor.language.blocks == "keywords"
    if (_CONTINUES_WITH_WORDS if words else _CONTINUES).match(line):
        return True
    return not extent.labelled and bool(LABEL.match(line.rstrip()))


def _length(lines: list[str], count: int) -> int:
    return len("\n".join(lines[:count]).rstrip())


def _in_tree(text: str, cursor: Cursor, extent: Extent) -> str:
    """Leave out what the parser finds behind the block at the cursor."""
    language = cursor.language
    lines = text.split("\n")
    if language is None or language.isolated or not _in_doubt(lines, extent):
        return text
    before = "\n".join(cursor.before.split("\n")[-_LINES_BEFORE:])
    after = "\n".join(cursor.after.split("\n")[:_LINES_AFTER])
    start, end = len(before), len(before) + len(text)
    try:
        tree = parse(language, before + text + after, seconds=_PARSE_SECONDS)
        around = [
            block
            for block in blocks(tree, Span(max(start - 1, 0), start))
            if block.start < start < block.end
        ]
    except NotParsed:
        return text
    stop = max(around, key=lambda span: (span.start, -span.end), default=Span(0, end)).end
    if stop >= end or any(start < each.end and each.start < end for each in tree.faults()):
        return text
    kept, behind = text[: stop - start], text[stop - start :]
    rest, *below = behind.split("\n")
    # A deeper line is part of the block, whatever the parser made of code that is not complete.
    if rest.strip() or next((indent(line) for line in below if line.strip()), 0) > extent.indent:
        return text
    *above, last = kept.split("\n")
    if extent.closed and above and closes(last, cursor):
        return "\n".join(above).rstrip()
    return kept


def _in_doubt(lines: list[str], extent: Extent) -> bool:
    """Whether a line before the last is no deeper than the heading of the block."""
    return any(line.strip() and indent(line) <= extent.indent for line in lines[1:-1])
