"""What the answers come to, in figures."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

import msgspec

from midfill.engine.bench.repair.answers import Answer, Result
from midfill.engine.bench.repair.options import Options
from midfill.engine.bench.statistics import percentile, share, wilson

BySystem = dict[str, "Score"]


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """How a system did.

    Attributes:
        fixed: tasks whose tests pass afterwards.
        fixed_share_interval: where their share lies with 95 % certainty, had there been more tasks.
        fixed_first_try: those that the first answer of the model fixed.
        changed: tasks whose file is another one afterwards.
        well_formed: share of the model's answers that can become an edit.
        damaged: files that lost text which is no part of the program, or whose line ends changed.
        strays: files that nobody asked for.
        beyond_p50: lines changed in a fixed program that the fix in the data leaves alone.
        calls: requests to the engine, as it counts them; of a fixed task too.
        tokens: evaluated or generated, not those found in the cache.
    """

    tasks: int
    fixed: int
    fixed_share: float | None
    fixed_share_interval: tuple[float, float]
    fixed_first_try: int
    changed: int
    well_formed: float | None
    damaged: int
    strays: int
    beyond_p50: float | None
    calls_p50: float | None
    calls: int
    seconds_p50: float | None
    seconds: float
    tokens_p50: float | None
    tokens: int
    tokens_generated: int


class Duel(msgspec.Struct, frozen=True):
    """Tasks that only Midfill has fixed, and those that only the peer has."""

    won: int
    lost: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The scores by system: of all tasks, of languages, and of kinds of faults.

    Attributes:
        judge: what `fixed` means.
        left_out: tasks that are none, by language and reason.
        skipped: languages, and why.
    """

    model: str
    judge: str
    candidates: int
    rounds: int
    blind: bool
    seed: int
    scores: BySystem
    duels: dict[str, Duel]
    languages: dict[str, BySystem]
    kinds: dict[str, BySystem]
    left_out: dict[str, dict[str, int]]
    skipped: dict[str, str]


_SEEN = "the tests that the repair was checked with: the data has none beside them"
_UNSEEN = "tests that the repair did not know"


def report(
    answers: Sequence[Answer],
    systems: Sequence[str],
    skipped: dict[str, str],
    model: str,
    options: Options,
) -> Report:
    """The figures of all answers; Midfill is the first of the systems."""
    left_out: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for each in answers:
        if each.left_out:
            left_out[each.language][each.left_out] += 1
    return Report(
        model=model,
        judge=_UNSEEN if options.blind else _SEEN,
        candidates=options.candidates,
        rounds=options.rounds,
        blind=options.blind,
        seed=options.seed,
        scores=_by_system(answers, systems),
        duels={peer: _duel(answers, systems[0], peer) for peer in systems[1:]},
        languages=_grouped(answers, systems, lambda each: each.language),
        kinds=_grouped(answers, systems, lambda each: each.category),
        left_out={language: dict(reasons) for language, reasons in left_out.items()},
        skipped=skipped,
    )


def _grouped(
    answers: Sequence[Answer], systems: Sequence[str], key: Callable[[Answer], str]
) -> dict[str, BySystem]:
    groups: defaultdict[str, list[Answer]] = defaultdict(list)
    for each in answers:
        groups[key(each)].append(each)
    return {name: _by_system(groups[name], systems) for name in sorted(groups)}


def _by_system(answers: Sequence[Answer], systems: Sequence[str]) -> BySystem:
    return {
        system: _score([each.result for each in answers if each.system == system and each.result])
        for system in systems
    }


def _score(results: Sequence[Result]) -> Score:
    fixed = [each for each in results if each.fixed]
    answers = sum(each.answers for each in results)
    tokens = [each.tokens_evaluated + each.tokens_generated for each in results]
    return Score(
        tasks=len(results),
        fixed=len(fixed),
        fixed_share=share(len(fixed), len(results)),
        fixed_share_interval=wilson(len(fixed), len(results)),
        fixed_first_try=sum(each.first for each in results),
        changed=sum(each.changed for each in results),
        well_formed=share(answers - sum(each.malformed for each in results), answers),
        damaged=sum(each.lost for each in results),
        strays=sum(each.strays for each in results),
        beyond_p50=percentile((each.beyond for each in fixed), 50),
        calls_p50=percentile((each.calls for each in results), 50),
        calls=sum(each.calls for each in results),
        seconds_p50=percentile((each.seconds for each in results), 50),
        seconds=round(sum(each.seconds for each in results), 3),
        tokens_p50=percentile(tokens, 50),
        tokens=sum(tokens),
        tokens_generated=sum(each.tokens_generated for each in results),
    )


def _duel(answers: Sequence[Answer], ours: str, peer: str) -> Duel:
    both = {
        system: {each.task for each in answers if each.system == system and _fixed(each)}
        for system in (ours, peer)
    }
    return Duel(len(both[ours] - both[peer]), len(both[peer] - both[ours]))


def _fixed(answer: Answer) -> bool:
    return answer.result is not None and answer.result.fixed
