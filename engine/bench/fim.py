"""`midfill bench fim`: HumanEval's single-line infilling, by the pipeline and by bare prompts.

Each task is a Python function with one line missing. The pipeline sees it as an editor shows it:
the cursor stands on an empty line. The bare prompts see it as the data has it, without that line's
end, and have no pipeline around them: token ids to the model, and its text up to the first newline.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import httpx
import msgspec

from midfill.engine.bench import json_lines
from midfill.engine.bench.judge import Verdict, judge
from midfill.engine.bench.statistics import percentile, share, wilson
from midfill.engine.bench.unhurried import unhurried
from midfill.engine.completion.pipeline import Completer, CompletionRequest
from midfill.engine.errors import MidfillError
from midfill.engine.runtime.local import LocalEngine, OnStatus
from midfill.engine.settings import Settings

_SPECIAL = ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>")
_LONGEST_LINE = 96  # tokens
# On a machine that is busy, or slow.


class Task(msgspec.Struct, frozen=True):
    """A line of the data."""

    task_id: str
    prompt: str
    suffix: str
    canonical_solution: str
    test: str
    entry_point: str

    def program(self, middle: str) -> str:
        """The function with `middle` in it, and its tests."""
        function = f"{self.prompt}{middle}\n{self.suffix}"
        return f"{function}\n{self.test}\ncheck({self.entry_point})\n"


class Score(msgspec.Struct, frozen=True):
    """How a way to complete did at all tasks.

    Attributes:
        exact_match: share whose first line is the missing one, but for blanks at its end.
        exact_match_interval: where that share lies with 95 % certainty, had there been more tasks.
        pass_at_1: share whose tests pass.
        ms_p50: of a completion.
    """

    exact_match: float | None
    exact_match_interval: tuple[float, float]
    pass_at_1: float | None
    pass_at_1_interval: tuple[float, float]
    ms_p50: float | None


class Report(msgspec.Struct, frozen=True):
    """The scores by column. `empty` counts the pipeline's empty answers by reason."""

    model: str
    tasks: int
    seed: int
    scores: dict[str, Score]
    empty: dict[str, int]


class _Column:
    """What came of one way to complete."""

    def __init__(self) -> None:
        self.exact = self.passed = self.tasks = 0
        self.ms: list[float] = []

    def score(self) -> Score:
        return Score(
            exact_match=share(self.exact, self.tasks),
            exact_match_interval=wilson(self.exact, self.tasks),
            pass_at_1=share(self.passed, self.tasks),
            pass_at_1_interval=wilson(self.passed, self.tasks),
            ms_p50=percentile(self.ms, 50),
        )


def load(file: Path, count: int, seed: int) -> list[Task]:
    """`count` tasks of a `.jsonl` or `.jsonl.gz` file, drawn by `seed`; all of them for 0.

    Raises:
        UsageError: the file is no such data.
    """
    tasks = json_lines.read(file, Task, "HumanEval infilling tasks")
    return random.Random(seed).sample(tasks, min(count, len(tasks))) if count else tasks


async def run(
    settings: Settings,
    tasks: list[Task],
    seed: int,
    on_status: OnStatus,
    on_task: Callable[[], None],
) -> Report:
    """Complete every task in every way, and run what comes of it.

    Raises:
        MidfillError: the engine does not work.
    """
    empty: Counter[str] = Counter()
    async with _engine(settings, on_status) as engine, engine.address.client() as client:
        ways = {"pipeline": _pipeline(engine, settings, empty), **await _bare(client)}
        columns = {name: _Column() for name in ways}
        for task in tasks:
            verdicts: dict[str, Verdict] = {}
            for name, complete in ways.items():
                column, started = columns[name], time.perf_counter()
                middle = await complete(task)
                column.ms.append(1000 * (time.perf_counter() - started))
                if middle not in verdicts:
                    verdicts[middle] = await judge(task.program(middle))
                column.tasks += 1
                column.exact += _first_line(middle) == _first_line(task.canonical_solution)
                column.passed += verdicts[middle] is Verdict.PASSED
            on_task()
    return Report(
        model=engine.address.model.stem,
        tasks=len(tasks),
        seed=seed,
        scores={name: column.score() for name, column in columns.items()},
        empty=dict(empty.most_common()),
    )


_Complete = Callable[[Task], Awaitable[str]]


@asynccontextmanager
async def _engine(settings: Settings, on_status: OnStatus) -> AsyncIterator[LocalEngine]:
    engine = LocalEngine(settings)
    try:
        await engine.ensure(on_status)
        yield engine
    finally:
        await engine.aclose()


def _pipeline(engine: LocalEngine, settings: Settings, empty: Counter[str]) -> _Complete:
    """The whole pipeline, as while typing, but with all the time and context it wants."""
    patient = unhurried(settings)

    async def complete(task: Task) -> str:
        # One for each task, so that no answer and no typing speed comes from another one.
        request = CompletionRequest(
            prefix=task.prompt,
            suffix="\n" + task.suffix,
            filename=f"{task.entry_point}.py",
            language_id="python",
            document=task.task_id,
        )
        with closing(Completer(engine, patient)) as completer:
            completion = await completer.complete(request)
        if completion.reason is not None:
            empty[completion.reason] += 1
        return completion.text

    return complete


async def _bare(client: httpx.AsyncClient) -> dict[str, _Complete]:
    """The bare prompts in the two orders."""

    async def ids(text: str, *, special: bool = False) -> list[int]:
        body = {"content": text, "parse_special": special}
        found: list[int] = (await _post(client, "/tokenize", body))["tokens"]
        return found

    async def line_after(prompt: list[int]) -> str:
        body = {
            "prompt": prompt,
            "temperature": 0,
            "max_tokens": _LONGEST_LINE,
            "stop": ["\n"],
        }
        choices = (await _post(client, "/v1/completions", body))["choices"]
        return str(choices[0]["text"])

    (prefix,), (suffix,), (middle,) = [await ids(token, special=True) for token in _SPECIAL]

    async def spm(task: Task) -> str:
        before, after = await ids(task.prompt), await ids(task.suffix)
        return await line_after([prefix, suffix, *after, middle, *before])

    async def psm(task: Task) -> str:
        before, after = await ids(task.prompt), await ids(task.suffix)
        return await line_after([prefix, *before, suffix, *after, middle])

    return {"bare_spm": spm, "bare_psm": psm}


async def _post(client: httpx.AsyncClient, route: str, body: dict[str, object]) -> dict[str, Any]:
    try:
        answer = await client.post(route, json=body)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise MidfillError(f"the engine failed at {route}: {error}") from error
    found: dict[str, Any] = answer.json()
    return found


def _first_line(text: str) -> str:
    return text.partition("\n")[0].rstrip()
