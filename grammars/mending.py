"""Trees of texts that somebody is typing in: read as if the unfinished lines were blank."""

from __future__ import annotations

from functools import lru_cache

from midfill.grammars.tree import Fault, Span, Tree, parse


@lru_cache(maxsize=8)  # Who asks for the block asks for the definition too.
def mended(tree: Tree, offset: int) -> Tree:
    """A tree over a text of the same length with fewer errors, if there is one.

    What is half typed can make a parser lose everything around it. So the line of the cursor
    becomes blank up to the cursor; if that is not enough, all of it; and then the other lines with
    an error in them.

    Raises:
        NotParsed: parsing again took too long.
    """
    faults = tree.faults()
    if not faults:
        return tree
    line = line_at(tree.text, offset)
    typed = Span(line.start, offset)
    best, fewest = tree, len(faults)
    for lines in ([typed], [line], [line, *_lines(tree.text, faults)]):
        attempt = parse(tree.language, _blank(tree.text, lines), tree)
        count = len(attempt.faults())
        if count < fewest:
            best, fewest = attempt, count
        if not count:
            break
    return best


def line_at(text: str, offset: int) -> Span:
    """The line there, without its end."""
    end = text.find("\n", offset)
    return Span(text.rfind("\n", 0, offset) + 1, end if end >= 0 else len(text))


def _lines(text: str, faults: list[Fault]) -> list[Span]:
    lines = (line_at(text, fault.start) for fault in faults)
    return [line for line, fault in zip(lines, faults, strict=True) if fault.end <= line.end]


def _blank(text: str, lines: list[Span]) -> str:
    for line in lines:
        text = text[: line.start] + " " * (line.end - line.start) + text[line.end :]
    return text
