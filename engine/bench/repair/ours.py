"""Midfill, as `midfill repair FILE --test COMMAND --apply` does it."""

from __future__ import annotations

from midfill.engine.backend import Backend
from midfill.engine.bench.repair.attempt import Attempt
from midfill.engine.bench.repair.place import LONGEST_S, WISH, Place
from midfill.engine.context.files import Files
from midfill.engine.errors import MidfillError
from midfill.engine.repair.apply import Change, apply
from midfill.engine.repair.repair import repair
from midfill.engine.repair.task import Outcome, Task


class Midfill:
    """A Repairer.

    Args:
        blind: the tests are kept from it.
    """

    name = "midfill"

    def __init__(self, backend: Backend, candidates: int, rounds: int, *, blind: bool) -> None:
        self._backend = backend
        self._candidates = candidates
        self._rounds = rounds
        self._blind = blind

    async def repair(self, place: Place) -> Attempt:
        """See `Repairer`."""
        task = Task(
            paths=(place.program.name,),
            wish=WISH if self._blind else "",
            tests=None if self._blind else place.tests,
            candidates=self._candidates,
            rounds=self._rounds,
            seconds=LONGEST_S,
        )
        files = Files(place.folder)
        try:
            outcome = await repair(task, files, [self._backend])
            if outcome.fixed:
                apply(files, _changes(outcome))
        except MidfillError as error:
            return Attempt(reason=str(error))
        return Attempt(
            answers=outcome.cost.answers,
            malformed=outcome.cost.malformed,
            first=outcome.number == 1,
            reason=outcome.reason,
        )


def _changes(outcome: Outcome) -> list[Change]:
    return [Change.of(outcome.sources[path], text) for path, text in outcome.texts.items()]
