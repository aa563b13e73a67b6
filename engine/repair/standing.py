"""How well a workspace stands, as its checks tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from midfill.engine.repair.checks.check import Check, Kind

_ORDER = tuple(Kind)


class Standing(NamedTuple):
    """More is better: how many kinds of checks are behind it, and, both negative, how much is wrong
    by the check that fails, and how much those before it had to say."""

    behind: int
    wrong: int
    said: int

    @property
    def failed(self) -> Kind | None:
        """The check that fails, if one does."""
        return None if self == PASSED else _ORDER[self.behind]


PASSED = Standing(len(_ORDER), 0, 0)


def standing_of(checks: Sequence[Check]) -> Standing:
    """After checks, of which the last may have failed."""
    if all(check.passed for check in checks):
        return PASSED
    *before, failed = checks
    # Of an output that no reader knows one.
    return failing(failed.kind, max(len(failed.failures), 1), reported(before))


def failing(kind: Kind, failures: int, said: int = 0) -> Standing:
    """Where a check of this kind finds so many failures."""
    return Standing(_ORDER.index(kind), -failures, -said)


def reported(checks: Sequence[Check]) -> int:
    """How much they had to say."""
    return sum(check.reported for check in checks)
