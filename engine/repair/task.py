"""What a repair is asked for, what it tells meanwhile, and what comes of it."""

from __future__ import annotations

import msgspec

from midfill.engine.backend import answered
from midfill.engine.repair import diff
from midfill.engine.repair.checks.check import Check, Kind
from midfill.engine.repair.command import Command
from midfill.engine.repair.failures.failure import Failure
from midfill.engine.repair.localise import Place
from midfill.engine.repair.source import Source


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What is wanted, and how to tell that it is done.

    `paths` are files, relative to the workspace: where some are named, no others are changed.
    `places` point into files, `wish` is in the person's own words, `failures` are what is known to
    be wrong before anything is run, and `output` is what a run said. The commands `tests` and
    `lint` may fail now; each may take `seconds`. They are run in the folder `cwd` of the workspace,
    and paths in outputs are relative to it. In each of the `rounds` up to `candidates` changes are
    checked.
    """

    paths: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    wish: str = ""
    failures: tuple[Failure, ...] = ()
    output: str = ""
    tests: Command | None = None
    lint: Command | None = None
    cwd: str = "."
    rounds: int = 3
    candidates: int = 8
    seconds: float = 300.0


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """Where a repair is: in round 0 the checks run on the workspace as it is.

    `candidate` is the number of the one that is being checked; 0 while the first is written.
    """

    backend: str = ""
    round: int = 0
    candidate: int = 0


def stage(progress: Progress, task: Task) -> str:
    """What is being done, for a person."""
    if not progress.round:
        return "running the checks"
    where = f"round {progress.round} of {task.rounds} ({progress.backend})"
    if not progress.candidate:
        return f"{where}: writing"
    return f"{where}: checking change {progress.candidate}"


class Cost(msgspec.Struct):
    """What was done so far.

    `candidates` were checked; of so many `answers`, which may each have become one, some were
    `malformed`, so that there was nothing to check, and some were not new. A deviation that is
    given up, or of which others are likelier, is one of the `requests`, and no answer. Tokens of
    prompts are either evaluated or reused; those of a request that was ended early count as far as
    they came.
    """

    rounds: int = 0
    candidates: int = 0
    answers: int = 0
    malformed: int = 0
    requests: int = 0
    tokens_evaluated: int = 0
    tokens_reused: int = 0
    tokens_generated: int = 0
    seconds: float = 0.0


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What has come of it.

    `texts` are the new texts of files, and `sources` those files as they were read; where it is not
    `fixed` they are the best that was found, if that was better than nothing. `reason` says why it
    is not fixed. `checks` are those of the texts, or else of the workspace as it is. `way` is how
    the change came about: "fix-it" if a compiler proposed it, and otherwise "deviation", "rewrite"
    or "blocks". Then `model` at `backend` has answered, and `why` tells why not the first choice.
    `number` tells which candidate it was.
    `notes` tell of advisers that could not answer. The checks have `told` that it does what is
    wanted if they were named for it, or had told the failure before.
    """

    fixed: bool
    reason: str = ""
    texts: dict[str, str] = {}
    sources: dict[str, Source] = {}
    checks: tuple[Check, ...] = ()
    model: str = ""
    backend: str = ""
    why: str = ""
    way: str = ""
    number: int = 0
    told: bool = True
    notes: tuple[str, ...] = ()
    cost: Cost

    @property
    def diff(self) -> str:
        """The change as a unified diff."""
        return diff.all_of(self.sources, self.texts)

    @property
    def answered(self) -> str:
        """See `backend.answered`."""
        return answered(self.model, self.backend, self.why)

    @property
    def verified(self) -> bool:
        """Whether a linter, a compiler or a test had its say."""
        return self.told and any(check.kind in (Kind.LINT, Kind.TESTS) for check in self.checks)
