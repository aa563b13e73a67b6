"""Faults of syntax that a token mends, or a few of them: the parser tells, and nothing is written.

Each token that a model finds likely in the place of another is put before it or in its place; or it
is what follows, so that the other may go. What makes the parser read the code is a candidate. What
brings the code nearer to that is gone on with, since a fault is seldom made only once.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import msgspec

from midfill.engine.repair.comments import TRIPLES
from midfill.engine.repair.deviation import Deviation
from midfill.engine.repair.edit import Edit, applied
from midfill.grammars.registry import Language
from midfill.grammars.tree import NotParsed, Tree, parse

# So many edits are tried, the most promising, and so many beginnings gone on with.
_TRIED, _BEGINNINGS = 500, 6
# What an edit promises less that adds a word or takes one away, for it is mostly signs that are
# missing; one that makes code a comment; and each further edit.
_WORD, _HIDDEN, _FURTHER = 3.0, 8.0, 0.5
_MOST = 4
_SECONDS = 2.0


class Frame(msgspec.Struct, frozen=True):
    """The text above and below the lines of some code."""

    language: Language
    above: str
    below: str


class _Step(msgspec.Struct, frozen=True):
    edit: Edit
    promise: float


class _Draft(msgspec.Struct, frozen=True):
    """The code with some edits; `damage` of it cannot be read."""

    code: str
    damage: int
    steps: tuple[_Step, ...] = ()

    @property
    def promise(self) -> float:
        """That of the least promising edit, and less for every other."""
        return min(step.promise for step in self.steps) - _FURTHER * len(self.steps)


def mends(code: str, deviations: Sequence[Deviation], frame: Frame) -> list[str]:
    """The code without the faults of syntax in it, in a few ways, the most promising first.

    None where there are no such faults, and where no parser can tell.

    Args:
        code: whole lines, without the end of the last.
        deviations: what a model would write in other places of the code.
    """
    try:
        return _Mender(f"{code}\n", frame).mended(deviations)
    except NotParsed:
        return []


class _Mender:
    def __init__(self, code: str, frame: Frame) -> None:
        self._code = code
        self._frame = frame
        self._until = time.monotonic() + _SECONDS
        self._tree: Tree | None = None
        self._tree = self._parsed(code)
        self._broken = _Draft(code, self._damage(self._tree, code))

    def mended(self, deviations: Sequence[Deviation]) -> list[str]:
        """See `mends`."""
        if not self._broken.damage:
            return []
        language = self._frame.language
        steps = [step for each in deviations for step in _steps(self._code, each, language)]
        steps.sort(key=lambda step: -step.promise)
        del steps[_TRIED:]
        nearer = sorted(self._nearer(self._broken, steps), key=lambda each: -each.promise)
        drafts = [self._followed(each, steps) for each in nearer[:_BEGINNINGS]]
        found = [each for each in (*drafts, *nearer) if not each.damage]
        found.sort(key=lambda each: -each.promise)
        return list(dict.fromkeys(each.code.removesuffix("\n") for each in found))[:_MOST]

    def _followed(self, draft: _Draft, steps: Sequence[_Step]) -> _Draft:
        """The draft with every edit that leaves less damage than those before it."""
        for step in steps:
            draft = next(self._nearer(draft, [step]), draft)
        return draft

    def _nearer(self, draft: _Draft, steps: Sequence[_Step]) -> Iterator[_Draft]:
        """The draft with each of the edits that leaves less damage."""
        for step in steps:
            if not draft.damage or time.monotonic() > self._until:
                return
            made = (*draft.steps, step)
            try:
                code = applied(self._code, [each.edit for each in made])
                damage = self._damage(self._parsed(code), code)
            except (NotParsed, ValueError):  # or it overlaps another
                continue
            if damage < draft.damage:
                yield _Draft(code, damage, made)

    def _parsed(self, code: str) -> Tree:
        frame = self._frame
        return parse(frame.language, frame.above + code + frame.below, self._tree)

    def _damage(self, tree: Tree, code: str) -> int:
        """How many characters of the code cannot be read, and one more for each fault."""
        start = len(self._frame.above)
        end = start + len(code)
        return sum(
            1 + min(fault.end, end) - max(fault.start, start)
            for fault in tree.faults()
            if fault.start <= end and fault.end >= start
        )


def _steps(code: str, deviation: Deviation, language: Language) -> Iterator[_Step]:
    """What may be meant by a token in the place of another. Blanks around it stay."""
    at, token, text = deviation.at, deviation.token.rstrip(), deviation.text.rstrip()
    if at > len(code) or not text:
        return
    promise = deviation.promise
    if text.lstrip().startswith((*_openings(language), *TRIPLES)):
        promise -= _HIDDEN
    end = at + len(token)
    follows = bool(token) and code[end:].lstrip().startswith(text.strip())
    if (
        not (token and token in text)
        and not (follows and _has_word(text))
        and not _joins(code[:at], text)
        and not _joins(text, code[at:])
    ):
        closes = code[:at].endswith("\n") and not text.strip("}])")
        adds = _has_word(text)
        yield _Step(Edit(at, at, f"{text}\n" if closes else text), promise - _WORD * adds)
    if token:
        loses = _has_word(token) and (follows or not _has_word(text))
        yield _Step(Edit(at, end, "" if follows else text), promise - _WORD * loses)


def _joins(before: str, after: str) -> bool:
    """Whether two words become one."""
    return before[-1:].isalnum() and after[:1].isalnum()


def _openings(language: Language) -> tuple[str, ...]:
    """What begins a comment."""
    comments = language.comments
    return (*comments.line, *(start for start, _ in comments.block))


def _has_word(text: str) -> bool:
    return any(map(str.isalnum, text))
