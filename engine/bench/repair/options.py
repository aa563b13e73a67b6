"""What the benchmark is asked for."""

from __future__ import annotations

from pathlib import Path

import msgspec

from midfill.engine.bench.repair.aider import EditFormat


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What to repair: `tasks` of each of the languages (0 and none: all) in the files `data`.

    Attributes:
        blind: the tests only judge; the repair does not know them.
        python: of an environment with Aider, which repairs the same tasks in each of the `formats`.
        answers: a file in which what is found is kept for the next run.
    """

    data: tuple[Path, ...]
    languages: tuple[str, ...] = ()
    tasks: int
    seed: int
    candidates: int
    rounds: int
    blind: bool = False
    python: Path | None = None
    formats: tuple[EditFormat, ...] = ()
    answers: Path | None = None
