"""Lines of a text whose ends may be any: `\\n`, `\\r\\n`, `\\r`, or a mixture."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher

from midfill.engine.context.tokens import estimate

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")


def split(text: str) -> list[str]:
    """The lines with their ends; joined they are the text."""
    return _LINE.findall(text)


def plain(text: str) -> str:
    """The text with `\\n` at the end of every line."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def bare(line: str) -> str:
    """The line without its end."""
    return line.rstrip("\r\n")


def end_of(line: str) -> str:
    """The end of the line, which the last of a text may lack."""
    return line[len(bare(line)) :]


def newline(text: str) -> str:
    """The end that most lines of the text have."""
    ends = Counter(map(end_of, split(text)))
    del ends[""]
    return ends.most_common(1)[0][0] if ends else "\n"


def offsets(text: str) -> list[int]:
    """Where each line starts, and after them where the text ends."""
    starts = [0]
    for line in split(text):
        starts.append(starts[-1] + len(line))
    return starts


def number_at(text: str, offset: int) -> int:
    """The line that the character is in, 1-based."""
    before = text[:offset]
    return len(split(before)) + (not before or bool(end_of(before)))


def around(text: str, first: int, last: int, room: int) -> tuple[int, int]:
    """The first and the last of these lines, 1-based, with as many more on both sides as have
    `room` tokens together."""
    whole = split(text)
    while True:
        beside = [number for number in (first - 1, last + 1) if 1 <= number <= len(whole)]
        room -= sum(estimate(whole[number - 1]) for number in beside)
        if not beside or room < 0:
            return first, last
        first, last = min(first, *beside), max(last, *beside)


def margin(line: str) -> str:
    """The blanks that the line begins with."""
    return line[: len(line) - len(line.lstrip(" \t"))]


def margin_at(text: str, offset: int) -> str:
    """The blanks that the line of the character begins with, up to it."""
    return margin(text[text.rfind("\n", 0, offset) + 1 : offset])


def with_ends(old: str, new: Sequence[str], newline: str) -> str:
    """Bare lines as a text in place of `old`: lines that stay keep their ends, and the last has
    that of the last before."""
    before = split(old)
    ends = [newline] * len(new)
    matcher = SequenceMatcher(None, [bare(line) for line in before], list(new), autojunk=False)
    for block in matcher.get_matching_blocks():
        for at in range(block.size):
            ends[block.b + at] = end_of(before[block.a + at]) or newline
    if ends:
        ends[-1] = end_of(before[-1]) if before else ""
    return "".join(map("".join, zip(new, ends, strict=True)))
