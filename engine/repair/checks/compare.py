"""A command's outcome on a candidate against that on the workspace as it is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from midfill.engine.repair.failures.failure import Failure, Severity

_VARYING = re.compile(r"0x[0-9a-f]+|\d+")


class Outcome(msgspec.Struct, frozen=True):
    """How a command ended (`status` None: its time was over), and what it said."""

    status: int | None
    output: str
    seconds: float
    failures: tuple[Failure, ...]


class Verdict(msgspec.Struct, frozen=True):
    """Whether the candidate passes; `counted` are the failures that count against it."""

    passed: bool
    now: Outcome
    counted: tuple[Failure, ...]


def judge(
    now: Outcome, before: Outcome, gone: Iterable[Failure] = (), *, must_pass: bool = False
) -> Verdict:
    """Compare.

    Args:
        gone: the failures that are to be repaired; a failure that was there before and is none of
            them does not count.
        must_pass: unless one of `gone` is among what the command said before, it must end with
            status 0.
    """
    wanted = {key(failure) for failure in gone}
    if must_pass and not wanted & {key(failure) for failure in before.failures}:
        passed = now.status == 0
        return Verdict(passed, now, () if passed else now.failures)
    allowed = [failure for failure in before.failures if key(failure) not in wanted]
    counted = [
        failure
        for failure in new(now.failures, allowed)
        if failure.severity is Severity.ERROR or key(failure) in wanted
    ]
    return Verdict(not counted and _is_no_worse(now, before), now, tuple(counted))


def key(failure: Failure) -> tuple[str, ...]:
    """What stays the same when lines move and values differ: of a test its name."""
    if failure.test:
        return (failure.test,)
    return failure.path, failure.code, _VARYING.sub("0", failure.message)


def new(failures: Iterable[Failure], before: Sequence[Failure]) -> list[Failure]:
    """The failures beyond those before; each of those accounts for one, a test for all its own."""
    old = Counter(map(key, before))
    found = []
    for failure in failures:
        if not old[key(failure)]:
            found.append(failure)
        elif not failure.test:
            old[key(failure)] -= 1
    return found


def _is_no_worse(now: Outcome, before: Outcome) -> bool:
    """Whether all that is still wrong is told in its failures, or the same as before."""
    if now.status == 0:
        return True
    if now.status is None or before.status == 0:
        return False
    return bool(now.failures) or _said(now) == _said(before)


def _said(outcome: Outcome) -> str:
    return " ".join(_VARYING.sub("0", outcome.output).split())
