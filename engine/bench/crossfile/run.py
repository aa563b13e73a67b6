"""The whole benchmark, from packages to figures."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import msgspec

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
    """What to complete: about `tasks` lines of the packages, drawn by `seed`."""

    packages: tuple[Package, ...]
    tasks: int
    seed: int


async def run(
    settings: Settings,
    options: Options,
    on_status: OnStatus,
    on_start: Callable[[int], None],
    on_answer: Callable[[Answer], None],
) -> Report:
    """Fetch and index the packages, and complete every task in every mode.

    Raises:
        MidfillError: a package cannot be had, or the engine does not work.
    """
    workspaces = [_open(package) for package in options.packages]
    drawn = draw(
        {each.name: tasks(each.name, each.sources) for each in workspaces},
        options.tasks,
        options.seed,
    )
    engine = LocalEngine(settings)
    found: list[Answer] = []
    try:
        await engine.ensure(on_status)
        bench = Bench(engine, settings, workspaces, options.seed)
        on_start(2 * len(MODES) * len(drawn))
        for task in drawn:
            for mode in MODES:
                for answer in await bench.answers(task, mode):
                    found.append(answer)
                    on_answer(answer)
        model = engine.address.model.stem
    finally:
        await engine.aclose()
    return report(model, options.seed, settings.context.tokens, found)


def _open(package: Package) -> Workspace:
    folder = fetch(package)
    with writing(folder), closing(Store.open(folder)) as store:
        refresh(store, Files(folder))
    return Workspace(package.name, folder, read(folder))
