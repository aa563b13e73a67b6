"""Which of several changes that pass is taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from midfill.engine.backend import BackendError
from midfill.engine.repair import diff
from midfill.engine.repair.advisers import Judge
from midfill.engine.repair.candidates import Candidate
from midfill.engine.repair.checks.check import Check
from midfill.engine.repair.model import Model
from midfill.engine.repair.source import Source
from midfill.engine.repair.standing import reported


class Checked(msgspec.Struct, frozen=True):
    """A candidate with its checks; `texts` are those of all files that are changed with it."""

    candidate: Candidate
    number: int
    texts: dict[str, str]
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        return all(check.passed for check in self.checks)


async def best(
    passed: Sequence[Checked],
    sources: Mapping[str, Source],
    model: Model,
    judge: Judge | None,
    notes: list[str],
) -> Checked:
    """The one with the fewest diagnostics, then the best rated, then the smallest change.

    Args:
        sources: the files as they were.
        model: rates where there is no judge: by how likely it finds each.
        notes: where it is said that the judge could not answer.

    Raises:
        BackendError: the model cannot answer.
    """
    fewest = min(reported(each.checks) for each in passed)
    equal = [each for each in passed if reported(each.checks) == fewest]
    if len(equal) == 1:
        return equal[0]
    diffs = [diff.all_of(sources, each.texts) for each in equal]
    ratings = None
    if judge is not None:
        try:
            ratings = [await _judged(judge, *each) for each in zip(equal, diffs, strict=True)]
        except BackendError as error:
            notes.append(f"nobody judged the changes: {error}")
    if ratings is None:
        ratings = [await _likelihood(model, each) for each in equal]
    ranks = [(-rating, len(diff_)) for rating, diff_ in zip(ratings, diffs, strict=True)]
    return equal[ranks.index(min(ranks))]


async def _judged(judge: Judge, change: Checked, diff_: str) -> float:
    *question, _ = change.candidate.conversation
    return await judge.rate(question, diff.hunks(diff_), tuple(change.texts))


async def _likelihood(model: Model, change: Checked) -> float:
    """The mean log-probability of a token."""
    scores = await model.score(change.candidate.conversation, 1, tuple(change.candidate.texts))
    return sum(score.token.logprob for score in scores) / len(scores)
