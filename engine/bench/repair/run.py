"""The whole benchmark, from tasks to figures."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
import msgspec

from midfill.engine.bench import ledger
from midfill.engine.bench.ledger import Ledger
from midfill.engine.bench.repair import aider
from midfill.engine.bench.repair.aider import Aider
from midfill.engine.bench.repair.answers import Answer, answer, unusable
from midfill.engine.bench.repair.attempt import Repairer
from midfill.engine.bench.repair.options import Options
from midfill.engine.bench.repair.ours import Midfill
from midfill.engine.bench.repair.place import place
from midfill.engine.bench.repair.report import Report, report
from midfill.engine.bench.repair.runners import Runner, runner
from midfill.engine.bench.repair.tasks import Task, draw, load
from midfill.engine.bench.variables import variables
from midfill.engine.runtime import process
from midfill.engine.runtime.local import LocalEngine, OnStatus
from midfill.engine.settings import Settings


async def run(
    settings: Settings,
    options: Options,
    on_status: OnStatus,
    on_start: Callable[[int], None],
    on_step: Callable[[], None],
) -> Report:
    """Repair every task, by Midfill and then by its peer. A step is one of the two.

    Raises:
        MidfillError: the engine or the peer do not work; UsageError: the data is of no use.
    """
    drawn = draw(load(options.data), options.languages, options.tasks, options.seed)
    runners = {language: runner(language) for language in {task.language for task in drawn}}
    skipped = {name: why for name, why in sorted(runners.items()) if isinstance(why, str)}
    todo = [(task, each) for task in drawn if isinstance(each := runners[task.language], Runner)]
    with ledger.opened(options.answers, _asked(settings, options), Answer) as found:
        on_start(len(todo) * (1 + len(options.formats)))
        async with _engine(settings, on_status) as (engine, client):
            bench = _Bench(settings, options, engine, client, found)
            for task, each in todo:
                async for _ in bench.answers(task, each):
                    on_step()
            model = engine.address.model.stem
    tasks = {task.question_id for task, _ in todo}
    systems = (Midfill.name, *map(aider.name_of, options.formats))
    answers = [each for each in found.answers if each.task in tasks and each.system in systems]
    return report(answers, systems, skipped, model, options)


class _Bench:
    """Repairs tasks in every way; what the ledger knows is not done again."""

    def __init__(
        self,
        settings: Settings,
        options: Options,
        engine: LocalEngine,
        client: httpx.AsyncClient,
        found: Ledger[Answer],
    ) -> None:
        self._context_tokens = settings.engine.context_tokens
        self._options = options
        self._engine = engine
        self._client = client
        self._ledger = found
        self._known = {(each.task, each.system): each for each in found.answers}

    async def answers(self, task: Task, runner: Runner) -> AsyncIterator[Answer]:
        """Ours, and that of the peer in each of its formats unless the task is of no use."""
        options = self._options
        ours = Midfill(self._engine, options.candidates, options.rounds, blind=options.blind)
        first = await self._answer(task, runner, ours)
        yield first
        for edit_format in options.formats:
            if first.result is None:
                yield first
                continue
            assert options.python is not None
            peer = Aider(
                options.python,
                edit_format,
                self._engine.address,
                self._context_tokens,
                max(options.candidates * options.rounds, first.result.calls),
                blind=options.blind,
            )
            yield await self._answer(task, runner, peer)

    async def _answer(self, task: Task, runner: Runner, system: Repairer) -> Answer:
        known = self._known.get((task.question_id, system.name))
        if known is not None:
            return known
        with place(task, runner) as spot:
            found = Answer(
                task=task.question_id,
                language=task.language,
                category=task.category,
                system=system.name,
                left_out=await unusable(task, spot),
            )
            if not found.left_out:
                result = await answer(task, spot, system, self._client)
                found = msgspec.structs.replace(found, result=result)
        self._ledger.add(found)
        return found


def _asked(settings: Settings, options: Options) -> dict[str, Any]:
    """All that an answer depends on, besides its task."""
    return {
        "model": settings.model,
        "candidates": options.candidates,
        "rounds": options.rounds,
        "blind": options.blind,
    }


@asynccontextmanager
async def _engine(
    settings: Settings, on_status: OnStatus
) -> AsyncIterator[tuple[LocalEngine, httpx.AsyncClient]]:
    """An engine that nobody else uses, and a client to ask what it has done. It has a port too."""
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="midfill-"))
        private = {
            name: f"{folder}/{name}" for name in ("MIDFILL_RUNTIME_DIR", "MIDFILL_STATE_HOME")
        }
        stack.enter_context(variables(private))
        engine = LocalEngine(settings, port=0)
        stack.push_async_callback(process.stop, engine.address)
        stack.push_async_callback(engine.aclose)
        await engine.ensure(on_status)
        yield engine, await stack.enter_async_context(engine.address.client())
