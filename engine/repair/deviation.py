"""Where a model, asked for the code without its fault, would have written something else.

The original is put into the model's mouth as its answer, and scored in one prefill. At most places
the model agrees; where it does not, it has found something. Each such place begins a candidate: the
original up to there, the model's own token, and what it writes from there on until it is back at a
line of the original. Nothing else of the original is touched, comments and formatting included, and
a candidate costs the few tokens in which it differs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

import msgspec

from midfill.engine.backend import Score

# Of less promise, another token is no better.
WORTH_WRITING = -6.0
# So many lines of the original may be left out where a candidate comes back to it.
_LEFT_OUT = 8
# What a further try in the same place counts less.
_AGAIN = 0.5
# The logarithm of how much likelier the fault is in a line that a failure points at than in any
# other: two of five faults are there, the others anywhere in about 16 lines.
_POINTED = 2.4
# Two characters of one word or operator: "<" does not say what "<=" does.
_JOINED = re.compile(r"\w\w|[=<>!&|+\-*/%^?:.~@]{2}")
# So many characters of the original are compared with another token.
_AHEAD = 128


class Deviation(msgspec.Struct, frozen=True):
    """`text` in the place of what follows character `at`, which begins with the token `token`.

    `gain` is how much likelier it is, as a difference of natural logarithms, and `bonus` is what
    else speaks for it.
    """

    at: int
    token: str
    text: str
    gain: float
    bonus: float = 0.0

    @property
    def promise(self) -> float:
        """All that speaks for it."""
        return self.gain + self.bonus


def deviations(
    scores: Sequence[Score], points_at: Callable[[int], bool] = lambda at: False
) -> list[Deviation]:
    """Every other beginning, the most promising first.

    Of several in one place each counts less than the one before it, and more where `points_at`
    tells that a failure points at that character.
    """
    whole = b"".join(score.token.text for score in scores).decode("utf-8", "replace")
    found: list[Deviation] = []
    before = b""
    for score in scores:
        above = _text(before)
        before += score.token.text
        if above is None:  # it is within a character
            continue
        at, token = len(above), score.token.text.decode("utf-8", "ignore")
        ahead = whole[at : at + _AHEAD]
        others = [each for each in _others(score) if not _agrees(each[0], ahead)]
        bonus = _POINTED if points_at(at) else 0.0
        found += [
            Deviation(at, token, text, gain, bonus - _AGAIN * tried)
            for tried, (text, gain) in enumerate(others)
        ]
    return sorted(found, key=lambda each: -each.promise)


def _others(score: Score) -> Iterator[tuple[str, float]]:
    """The other tokens, each with how much likelier it is."""
    for other in score.others:
        if text := _text(other.text):
            yield text, other.logprob - score.token.logprob


def _agrees(text: str, original: str) -> bool:
    """Whether the original says the same, perhaps with other blanks or in other tokens."""
    said, there = "".join(text.split()), "".join(original.split())
    return bool(said) and there.startswith(said) and not _JOINED.match(there, len(said) - 1)


def rejoined(original: str, deviation: Deviation, written: str) -> str | None:
    """The candidate, once what was `written` is back at the original; None while it is not.

    `written` begins with the deviation's text. It is back when its last whole line is a line of the
    original, of the deviation's own on, that tells where it is.
    """
    lines = written.split("\n")[:-1]
    if len(lines) < 2 or not lines[-1].strip():
        return None
    start = original.rfind("\n", 0, deviation.at) + 1
    below = original[start:].split("\n")
    for number, line in enumerate(below[: _LEFT_OUT + 1]):
        if line == lines[-1] and _tells(below, number, lines):
            return original[: deviation.at] + "\n".join([*lines[:-1], *below[number:]])
    return None


def _tells(below: Sequence[str], number: int, lines: Sequence[str]) -> bool:
    """Whether the line comes next anyway, is the only one of its kind nearby, or the one before it
    agrees as well."""
    nearby = below[: _LEFT_OUT + 1]
    if number == 1 or (nearby.count(below[number]) == 1 and any(map(str.isalnum, below[number]))):
        return True
    return number > 0 and len(lines) > 2 and lines[-2] == below[number - 1]


def _text(data: bytes) -> str | None:
    """None: it ends within a character, or begins so."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None
