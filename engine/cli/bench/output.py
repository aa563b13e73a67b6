"""How the benchmarks show what they found."""

from __future__ import annotations

from typing import Any

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from midfill.engine.runtime.process import EngineStatus


class Bar:
    """A bar on stderr: the engine's state first, then steps of what `unit` names."""

    def __init__(self, unit: str) -> None:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        self.progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self.progress.add_task("starting", total=None)
        self._unit = unit

    def status(self, status: EngineStatus) -> None:
        self.progress.update(self._task, description=f"{status.state} {status.model}")

    def start(self, steps: int) -> None:
        self.progress.update(self._task, description=self._unit, total=steps)

    def step(self) -> None:
        self.progress.update(self._task, description=self._unit, advance=1)


def flat(side: msgspec.Struct) -> dict[str, Any]:
    """The figures of a side but for the reasons, those of its parts by dotted names."""
    flat: dict[str, Any] = {}
    for name, value in msgspec.to_builtins(side).items():
        if name == "empty":
            continue
        if isinstance(value, dict):
            flat |= {f"{name}.{inner}": number for inner, number in value.items()}
        else:
            flat[name] = value
    return flat


def interval(value: float | None, interval: tuple[float, float]) -> str:
    return f"{shown(value)} ({interval[0]:.2f}-{interval[1]:.2f})"


def shown(value: float | int | None) -> str:
    if isinstance(value, float):
        return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
    return "-" if value is None else str(value)


def print_table(table: Table) -> None:
    Console(highlight=False).print(table)


def print_json(answer: Any) -> None:
    click.echo(msgspec.json.encode(answer).decode())
