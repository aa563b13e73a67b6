"""What a model dropped or rewrote without need, put back: comments, documentation, formatting.

Asked for a definition whole, small models leave out its comments. Here lines of code are paired
with those before; a comment belongs to the line of code under it, and stays while that does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

import msgspec
from rapidfuzz import fuzz

from midfill.engine.repair import comments
from midfill.engine.repair.lines import margin
from midfill.grammars.registry import Language

# Two lines as alike as this, from 0 to 100, are the same line changed.
_ALIKE = 60
_TOKEN = re.compile(r"(?:\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|(?<=\w)(\s)\s*(?=\w)|\S)")


class _Line(msgspec.Struct, frozen=True):
    """A line of code. `above` are the blank lines and comments between the last one and it; `key`
    is its code without the blanks that mean nothing; `remark` is the comment at its end, and `doc`
    the documentation string under it."""

    text: str
    key: str
    remark: str
    above: tuple[str, ...]
    doc: tuple[str, ...] = ()


def merged(old: Sequence[str], new: Sequence[str], language: Language | None) -> list[str]:
    """The lines `new` with everything of `old` that they do not need to change."""
    before, after = _read(old, language), _read(new, language)
    partner = _pairs(before, after)
    dropped = _comments(before) - _comments(after)
    orphaned = _orphaned(before, partner, dropped)
    found: list[str] = []
    for at, line in enumerate(after):
        same = before[partner[at]] if at in partner else None
        above = _above(line, same, dropped)
        if same is None and not _said(above):
            above = (*orphaned.get(at, ()), *above)
        found += [*above, _code(line, same, dropped), *(same or line).doc]
    return found[:-1]


def _read(lines: Sequence[str], language: Language | None) -> list[_Line]:
    """The lines of code, and one for the end, with what comes above it."""
    read: list[_Line] = []
    above: list[str] = []
    blank = comments.without("\n".join(lines), language).split("\n") if lines else []
    for line, code in zip(lines, blank, strict=True):
        if code.strip():
            remark = line[len(code.rstrip()) :]
            key = margin(line) + "".join(_tokens(code.strip()))
            read.append(_Line(line, key, remark, tuple(above)))
            above = []
        else:
            above.append(line)
            if read and _is_doc(above):
                read[-1] = msgspec.structs.replace(read[-1], doc=tuple(above))
                above = []
    return [*read, _Line("", "", "", tuple(above))]


def _tokens(code: str) -> list[str]:
    """Strings and single characters, without the blanks that part no words."""
    return [" " if found[1] else found[0] for found in _TOKEN.finditer(code)]


def _pairs(before: Sequence[_Line], after: Sequence[_Line]) -> dict[int, int]:
    """For lines of `after` the line of `before` that each is, perhaps changed."""
    old, new = [line.key for line in before], [line.key for line in after]
    pairs: dict[int, int] = {}
    for tag, start, end, first, last in SequenceMatcher(None, old, new, False).get_opcodes():
        if tag == "equal":
            pairs |= dict(zip(range(first, last), range(start, end), strict=True))
        for at in range(first, last) if tag == "replace" else ():
            alike = max(range(start, end), key=lambda each: _ratio(old[each], new[at]), default=-1)
            if alike >= 0 and _ratio(old[alike], new[at]) >= _ALIKE:
                pairs[at] = alike
                start = alike + 1
    return pairs


def _ratio(old: str, new: str) -> float:
    return fuzz.ratio(old.strip(), new.strip())


def _orphaned(
    before: Sequence[_Line], partner: dict[int, int], dropped: set[str]
) -> dict[int, tuple[str, ...]]:
    """Dropped comments whose line of code is gone, by the line that comes in its place.

    Of several lines in a row only the first: what was said among them went with them.
    """
    stayed = {old: new for new, old in partner.items()}
    return {
        stayed[at - 1] + 1: line.above
        for at, line in enumerate(before)
        if at not in stayed and at - 1 in stayed and _said(line.above) & dropped
    }


def _above(line: _Line, same: _Line | None, dropped: set[str]) -> tuple[str, ...]:
    """All of the comments above a line or none, so that half a one is never left."""
    if same is None:
        return line.above
    own, before = _said(line.above), _said(same.above)
    moved = before - own and not (before - own) & dropped
    rewritten = own - before and same.key != line.key
    return line.above if moved or rewritten else same.above


def _code(line: _Line, same: _Line | None, dropped: set[str]) -> str:
    if same is None:
        return line.text
    if same.key == line.key:
        return same.text
    if same.remark.strip() in dropped and not line.remark.strip():
        return line.text.rstrip() + same.remark
    return line.text


def _comments(lines: Sequence[_Line]) -> set[str]:
    return {each for line in lines for each in _said((*line.above, line.remark))}


def _said(above: Sequence[str]) -> set[str]:
    return {line.strip() for line in above} - {""}


def _is_doc(above: Sequence[str]) -> bool:
    """Whether these are all of a documentation string, and nothing else."""
    said = "\n".join(above).strip().lstrip("rRuU")
    quotes = said[:3]
    return quotes in comments.TRIPLES and len(said) >= 6 and said.endswith(quotes)
