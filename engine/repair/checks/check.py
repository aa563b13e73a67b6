"""What a check found."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from midfill.engine.repair.failures.failure import Failure


class Kind(StrEnum):
    """The checks, in their order."""

    APPLIES = "applies"
    SYNTAX = "syntax"
    LINT = "lint"
    TESTS = "tests"


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One check of a candidate, or of the workspace as it is.

    `failures` are those that count against it, of so many `reported`; `output` is what a model, or
    a person, may be shown.
    """

    kind: Kind
    passed: bool
    output: str = ""
    seconds: float = 0.0
    failures: tuple[Failure, ...] = ()
    reported: int = 0
