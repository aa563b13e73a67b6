"""What the answers come to, in figures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

import msgspec

from midfill.engine.bench.crossfile.answers import Answer, Mode
from midfill.engine.bench.statistics import mean, percentile, ratio, share, wilson

ByMode = dict[Mode, "Score"]


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """How a mode did.

    Attributes:
        exact_match: share of answers that are the line of the package, but for blanks around.
        exact_match_interval: where that share lies with 95 % certainty, had there been more tasks.
        edit_similarity: mean of rapidfuzz's `ratio`, from 0 to 1.
        found: mean share of the names from other files whose definition was shown.
        total_ms_p50: of a request whose prompt had been evaluated before.
        wait_ms_p50: of that, all but the writing: what context can make slower.
        prompt_tokens_p50: the context's among them.
    """

    answers: int
    exact_match: float | None
    exact_match_interval: tuple[float, float]
    edit_similarity: float | None
    found: float | None
    total_ms_p50: float | None
    wait_ms_p50: float | None
    prompt_tokens_p50: float | None


class Gain(msgspec.Struct, frozen=True):
    """Against no context: the ratio of exact match, and answers right with or without it alone."""

    ratio: float | None
    won: int
    lost: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The scores by mode: of all answers, of kinds of tasks, and of packages."""

    model: str
    tasks: int
    seed: int
    context_tokens: int
    scores: ByMode
    gains: dict[Mode, Gain]
    kinds: dict[str, ByMode]
    packages: dict[str, ByMode]


def report(model: str, seed: int, context_tokens: int, answers: Sequence[Answer]) -> Report:
    """The figures of all answers."""
    return Report(
        model=model,
        tasks=len({(each.task.package, each.task.path, each.task.line) for each in answers}),
        seed=seed,
        context_tokens=context_tokens,
        scores=_by_mode(answers),
        gains=_gains(answers),
        kinds={
            **_grouped(answers, lambda each: f"cursor at {each.cursor}"),
            **_grouped(answers, lambda each: _USES[each.task.only_use]),
        },
        packages=_grouped(answers, lambda each: each.task.package),
    )


_USES = {True: "only use of the name", False: "another use in the file"}


def _grouped(answers: Sequence[Answer], key: Callable[[Answer], str]) -> dict[str, ByMode]:
    groups: defaultdict[str, list[Answer]] = defaultdict(list)
    for each in answers:
        groups[key(each)].append(each)
    return {name: _by_mode(group) for name, group in groups.items()}


def _by_mode(answers: Sequence[Answer]) -> ByMode:
    groups: defaultdict[Mode, list[Answer]] = defaultdict(list)
    for each in answers:
        groups[each.mode].append(each)
    return {mode: _score(group) for mode, group in groups.items()}


def _score(answers: Sequence[Answer]) -> Score:
    exact = sum(each.exact for each in answers)
    return Score(
        answers=len(answers),
        exact_match=share(exact, len(answers)),
        exact_match_interval=wilson(exact, len(answers)),
        edit_similarity=mean(each.similarity for each in answers),
        found=mean(each.found for each in answers),
        total_ms_p50=percentile((each.total_ms for each in answers), 50),
        wait_ms_p50=percentile((each.total_ms - each.decode_ms for each in answers), 50),
        prompt_tokens_p50=percentile((each.prompt_tokens for each in answers), 50),
    )


def _gains(answers: Sequence[Answer]) -> dict[Mode, Gain]:
    right: defaultdict[Mode, set[tuple[object, str]]] = defaultdict(set)
    for each in answers:
        right[each.mode] |= {(each.task, each.cursor)} if each.exact else set()
    without = right.pop("none", set())
    return {
        mode: Gain(ratio(len(with_), len(without)), len(with_ - without), len(without - with_))
        for mode, with_ in right.items()
    }
