"""Typing into systems that know what is wanted: no model's suggestions are sure to be right."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from midfill.engine.bench import replay
from midfill.engine.bench.buffer import Buffer, Change
from midfill.engine.bench.replay import Session
from midfill.engine.bench.report import Side, ratios, side
from midfill.engine.bench.screen import Screen
from midfill.engine.bench.system import Work
from midfill.engine.bench.trace import Trace, make
from midfill.engine.bench.typing import take_turns


class Oracle:
    """Suggests what is wanted; a request costs it 10 tokens to read and 2 to write."""

    name = "oracle"

    def __init__(self, process: psutil.Process) -> None:
        self.screen = Screen()
        self.sources: Counter[str] = Counter()
        self.empty: Counter[str] = Counter()
        self.stages: dict[str, list[float]] = {}
        self.processes = (process,)
        self.commands = 0
        self.suggests = True
        self.changes: list[Change] = []
        self.events: list[str] = []
        self.rivals: list[psutil.Process] = []
        self._work = Work()

    async def work(self) -> Work:
        return replace(self._work)

    def opened(self, buffer: Buffer) -> None:
        self.events.append("open")

    def moved(self, buffer: Buffer) -> None:
        self.events.append("move")

    def changed(self, buffer: Buffer, change: Change) -> None:
        while any(rival.status() != psutil.STATUS_STOPPED for rival in self.rivals):
            pass  # The signal may take a moment.
        self._work.evaluated += 10
        self._work.warmed += 5
        self._work.generated += 2
        self._work.decode_s += 0.05
        self._work.requests += 1
        self._work.jobs += 1
        self.changes.append(change)
        if self.suggests:
            self.screen.show(time.monotonic(), self.screen.keys[-1].wanted)

    def taken(self) -> None:
        self.commands += 1

    def left(self) -> None:
        self.events.append("leave")


@pytest.fixture
def trace(files: tuple[Path, ...], monkeypatch: pytest.MonkeyPatch) -> Trace:
    """One that nobody waits in."""
    monkeypatch.setattr(replay, "_LOOK_S", 0.0)
    monkeypatch.setattr(replay, "_REST_S", 0.0)
    trace = make(files, 400, 3)
    visits = [
        replace(visit, rest=0.0, strokes=tuple(replace(s, pause=0.0) for s in visit.strokes))
        for visit in trace.visits
    ]
    return replace(trace, visits=tuple(visits))


@pytest.fixture
def oracles() -> Iterator[list[Oracle]]:
    """Two, each with a process that does nothing."""
    command = [sys.executable, "-c", "import time; time.sleep(999)"]
    with ExitStack() as stack:
        oracles = []
        for _ in range(2):
            process = stack.enter_context(subprocess.Popen(command))
            stack.callback(process.kill)
            oracles.append(Oracle(psutil.Process(process.pid)))
        yield oracles


@pytest.fixture
def workspace() -> Path:
    """It need not exist."""
    return Path("/workspace")


async def test_everything_is_typed(trace: Trace, oracles: list[Oracle], workspace: Path) -> None:
    steps: list[None] = []
    session = Session(oracles[0], trace, workspace, lambda: steps.append(None))
    await take_turns([session], trace)
    assert [buffer.text for buffer in session.buffers] == [s.text for s in trace.documents]
    assert len(steps) == trace.keys
    visits = len(trace.visits)
    assert Counter(oracles[0].events) == {"open": 2, "move": visits, "leave": visits}


async def test_the_editor_closes_brackets_which_are_typed_over(
    trace: Trace, oracles: list[Oracle], workspace: Path
) -> None:
    oracles[0].suggests = False
    session = Session(oracles[0], trace, workspace, lambda: None)
    await take_turns([session], trace)
    assert [buffer.text for buffer in session.buffers] == [s.text for s in trace.documents]
    closed = [c for c in oracles[0].changes if c.inserted in ("()", "[]", "{}", '""')]
    over = [c for c in oracles[0].changes if c.inserted in (*")]}", '"') and c.start != c.end]
    assert len(closed) == len(over) > 5


async def test_right_suggestions_are_taken_and_save_keys(
    trace: Trace, oracles: list[Oracle], workspace: Path
) -> None:
    session = Session(oracles[0], trace, workspace, lambda: None)
    await take_turns([session], trace)
    report = await side(session)
    assert report.taken > 0
    assert report.keys < trace.keys
    saved = trace.keys - report.keys
    assert report.taken_characters >= saved


async def test_the_figures_are_those_of_the_keys(
    trace: Trace, oracles: list[Oracle], workspace: Path
) -> None:
    session = Session(oracles[0], trace, workspace, lambda: None)
    await take_turns([session], trace)
    report = await side(session)
    assert report.requests == report.keys == report.jobs
    assert (report.tokens_evaluated_p50, report.tokens_evaluated_p95) == (10, 10)
    assert (report.tokens_evaluated_mean, report.tokens_generated_mean) == (10, 2)
    assert report.tokens_warmed_mean == 5
    assert report.after_jump.tokens_evaluated_p95 == 10
    assert report.decode_ms == 25
    assert report.after_open.keys == 2
    assert report.after_jump.keys == len(trace.visits) - 2
    # After a wrong letter there is nothing to suggest, nor before it is deleted.
    assert report.any_300ms is not None
    assert 0.7 < report.any_300ms < 1
    assert report.shown_300ms == report.any_300ms


async def test_systems_take_turns_and_the_other_one_is_suspended(
    trace: Trace, oracles: list[Oracle], workspace: Path
) -> None:
    first, second = oracles
    first.rivals, second.rivals = list(second.processes), list(first.processes)
    sessions = [Session(oracle, trace, workspace, lambda: None) for oracle in oracles]
    await take_turns(sessions, trace)
    for oracle in oracles:
        [process] = oracle.processes
        assert process.status() != psutil.STATUS_STOPPED
    texts = [[buffer.text for buffer in session.buffers] for session in sessions]
    assert texts[0] == texts[1]


async def test_ratios_compare_like_with_like(
    trace: Trace, oracles: list[Oracle], workspace: Path
) -> None:
    session = Session(oracles[0], trace, workspace, lambda: None)
    await take_turns([session], trace)
    ours: Side = await side(session)
    same = ratios(ours, ours)
    assert same["tokens_evaluated_p50"] == same["shown_300ms"] == 1
    assert {"first_p50", "first_p95"} <= same.keys()
