"""What a person does at a key, in view of what is on the screen."""

from __future__ import annotations

import re
from dataclasses import dataclass

from midfill.engine.bench.trace import Stroke, Visit

# A suggestion of fewer characters is typed as fast as it is taken.
_WORTH_TAKING = 8


@dataclass(frozen=True)
class Edit:
    """A change at the cursor.

    Attributes:
        inserted: "" deletes the character before the cursor.
        taken: whether it comes from the suggestion.
        done: characters of the visit's text that stand there afterwards.
        wanted: what the person will type next; "" where the next thing is to delete.
    """

    inserted: str
    taken: bool
    done: int
    wanted: str


def edit(visit: Visit, stroke: Stroke, done: int, suggestion: str) -> Edit | None:
    """The change that `stroke` makes, or None where a suggestion made it unnecessary.

    A person takes the lines of the suggestion that are right, where they are worth it.
    """
    if stroke.at < done:
        return None
    taken = _takeable(visit, done, suggestion) if stroke.takes else 0
    if taken:
        end = done + taken
        return Edit(visit.text[done:end], True, end, visit.text[end:])
    rest = visit.text[stroke.at :]
    if not stroke.insert:
        return Edit("", False, done, rest if stroke.slips == 1 else "")
    if stroke.slips or not rest.startswith(stroke.insert):
        return Edit(stroke.insert, False, done, "")
    end = done + len(stroke.insert)
    return Edit(stroke.insert, False, end, visit.text[end:])


def _takeable(visit: Visit, done: int, suggestion: str) -> int:
    """How many characters of the suggestion to take: up to a place between two keys."""
    right = done + _right(suggestion, visit.text[done:])
    between = [stroke.at for stroke in visit.strokes if done <= stroke.at <= right]
    end = right if right == len(visit.text) else max(between)
    return end - done if end - done >= _WORTH_TAKING else 0


def _right(suggestion: str, wanted: str) -> int:
    """How long the lines at the beginning of `suggestion` are that are wanted."""
    ends = (found.start() for found in re.finditer(r"\n|\Z", suggestion))
    return max((end for end in ends if wanted.startswith(suggestion[:end])), default=0)
