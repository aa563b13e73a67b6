"""The whole benchmark, from packages to figures."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from midfill.engine.bench import ledger
from midfill.engine.bench.crossfile.answers import MODES, Answer, Bench, Workspace
from midfill.engine.bench.crossfile.packages import Package, fetch
from midfill.engine.bench.crossfile.report import Report, report
from midfill.engine.bench.crossfile.sources import read
from midfill.engine.bench.crossfile.tasks import draw, tasks
from midfill.engine.context.build import refresh, writing
from midfill.engine.context.files import Files
from midfill.engine.context.store import Store
from midfill.engine.runtime.local import LocalEngine, OnStatus
from midfill.engine.settings import Settings


class Options(msgspec.Struct, frozen=True):
    """What to complete: about `tasks` lines of the packages, drawn by `seed`.

    In the file `answers`, what is found is kept for the next run.
    """

    packages: tuple[Package, ...]
    tasks: int
    seed: int
    answers: Path | None = None


async def run(
    settings: Settings,
    options: Options,
    on_status: OnStatus,
    on_start: Callable[[int], None],
    on_step: Callable[[], None],
) -> Report:
    """Fetch and index the packages, and complete every task in every mode.

    A step is a task in one mode.

    Raises:
        MidfillError: a package cannot be had, or the engine does not work.
    """
    workspaces = [_open(package) for package in options.packages]
    drawn = draw(
        {each.name: tasks(each.name, each.sources) for each in workspaces},
        options.tasks,
        options.seed,
    )
    with ledger.opened(options.answers, _asked(settings, options), list[Answer]) as found:
        known = {(answers[0].task, answers[0].mode) for answers in found.answers}
        left = [(task, mode) for task in drawn for mode in MODES if (task, mode) not in known]
        on_start(len(left))
        engine = LocalEngine(settings)
        try:
            await engine.ensure(on_status)
            bench = Bench(engine, settings, workspaces, options.seed)
            for task, mode in left:
                found.add(await bench.answers(task, mode))
                on_step()
            model = engine.address.model.stem
        finally:
            await engine.aclose()
    answers = [answer for both in found.answers for answer in both]
    return report(model, options.seed, settings.context.tokens, answers)


def _asked(settings: Settings, options: Options) -> dict[str, Any]:
    return {
        "packages": {package.name: package.sha256 for package in options.packages},
        "tasks": options.tasks,
        "seed": options.seed,
        "model": settings.model,
        "prefix_tokens": settings.completion.prefix_tokens,
        "suffix_tokens": settings.completion.suffix_tokens,
        "context_tokens": settings.context.tokens,
    }


def _open(package: Package) -> Workspace:
    folder = fetch(package)
    with writing(folder), closing(Store.open(folder)) as store:
        refresh(store, Files(folder))
    return Workspace(package.name, folder, read(folder))
