"""A model of a document that knows only a string and LSP's words."""

from __future__ import annotations

from midfill.lsp.document import Position

# All that `str.splitlines` takes for a line end and LSP does not, and characters of every width.
ALPHABET = "ab \t\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029é\u0301中\ufeff😋\U0010ffff"
UNITS = {
    "utf-8": lambda char: 1 + (char > "\x7f") + (char > "\u07ff") + (char > "\uffff"),
    "utf-16": lambda char: 1 + (char > "\uffff"),
    "utf-32": lambda char: 1,
}


def model_lines(text: str) -> list[tuple[int, int]]:
    """(begin, end) of each line's content, read character by character."""
    lines, begin, at = [], 0, 0
    while at < len(text):
        if text[at] == "\r" or text[at] == "\n":
            lines.append((begin, at))
            at += 2 if text[at : at + 2] == "\r\n" else 1
            begin = at
        else:
            at += 1
    lines.append((begin, len(text)))
    return lines


def model_offset(text: str, position: Position, encoding: str) -> int:
    """Where a position lies: clamped to the document, its line and a character's beginning."""
    lines = model_lines(text)
    if position.line < 0:
        return 0
    if position.line >= len(lines):
        return len(text)
    begin, end = lines[position.line]
    units = 0
    for at in range(begin, end):
        units += UNITS[encoding](text[at])
        if units > position.character:
            return at
    return end


def model_position(text: str, offset: int, encoding: str) -> Position:
    """The position of an offset; one inside or after a terminator's first half lies before it."""
    number, (begin, end) = [
        (number, line) for number, line in enumerate(model_lines(text)) if line[0] <= offset
    ][-1]
    return Position(number, sum(map(UNITS[encoding], text[begin : min(end, offset)])))


def model_edit(text: str, start: Position, end: Position, new: str, encoding: str) -> str:
    first, last = sorted(model_offset(text, place, encoding) for place in (start, end))
    return text[:first] + new + text[last:]
