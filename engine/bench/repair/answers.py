"""What became of a task."""

from __future__ import annotations

import time
from collections import Counter

import httpx
import msgspec

from midfill.engine.bench.repair.attempt import Repairer
from midfill.engine.bench.repair.place import Place
from midfill.engine.bench.repair.tasks import Task
from midfill.engine.bench.totals import Totals, totals

BUGGY_PASSES = "the tests pass before the repair"
FIX_FAILS = "the tests fail after the fix in the data"


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """A repair and its cost.

    Attributes:
        fixed: the tests pass.
        first: with the first answer of the model.
        changed: the file is another one.
        lost: text outside of the program is.
        strays: files that were not there before.
        beyond: lines that were changed and that the fix in the data leaves alone.
        calls: requests to the engine, as it counts them.
        code: the program at the end.
    """

    fixed: bool
    first: bool
    changed: bool
    lost: bool
    strays: int
    beyond: int
    answers: int
    malformed: int
    seconds: float
    calls: int
    tokens_evaluated: int
    tokens_reused: int
    tokens_generated: int
    reason: str
    code: str


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a system at a task, or why the task is of no use."""

    task: str
    language: str
    category: str
    system: str
    left_out: str = ""
    result: Result | None = None


async def unusable(task: Task, place: Place) -> str:
    """Why the task is none; "" if it is one."""
    place.write(task.buggy_code)
    if (await place.run()).status == 0:
        return BUGGY_PASSES
    place.write(task.canonical_solution)
    return "" if (await place.run()).status == 0 else FIX_FAILS


async def answer(task: Task, place: Place, system: Repairer, engine: httpx.AsyncClient) -> Result:
    """Repair the program, and judge what stands in its file afterwards.

    Raises:
        MidfillError: the engine does not work.
    """
    place.write(task.buggy_code)
    faulty = place.code()
    before, started = await totals(engine), time.perf_counter()
    attempt = await system.repair(place)
    seconds, after = time.perf_counter() - started, await totals(engine)
    fixed = (await place.run()).status == 0
    damage, code = place.damage(), place.code()
    return Result(
        fixed=fixed,
        first=fixed and attempt.first,
        changed=code != faulty,
        lost=damage.lost,
        strays=damage.strays,
        beyond=beyond(task, code),
        answers=attempt.answers,
        malformed=attempt.malformed,
        seconds=round(seconds, 3),
        calls=after.requests - before.requests,
        tokens_evaluated=_evaluated(after) - _evaluated(before),
        tokens_reused=after.reused - before.reused,
        tokens_generated=after.generated - before.generated,
        reason=attempt.reason,
        code=code,
    )


def beyond(task: Task, code: str) -> int:
    """How many lines `code` drops or adds that the fix in the data does not, but for blank ones."""
    found = _changes(task.buggy_code, code)
    wanted = _changes(task.buggy_code, task.canonical_solution)
    return sum((ours - theirs).total() for ours, theirs in zip(found, wanted, strict=True))


def _changes(before: str, after: str) -> tuple[Counter[str], Counter[str]]:
    """The lines that are dropped, and those that are added."""
    old, new = (
        Counter(line.rstrip() for line in text.splitlines() if line.strip())
        for text in (before, after)
    )
    return old - new, new - old


def _evaluated(done: Totals) -> int:
    return sum(done.evaluated.values())
