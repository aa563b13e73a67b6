"""`midfill bench hardware`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec
from rich.console import Console
from rich.table import Table

from midfill.engine.cli.bench.options import (
    FILE,
    settings_with,
    with_json,
    with_model,
    with_plot,
)
from midfill.engine.cli.bench.output import print_json, print_table, shown

if TYPE_CHECKING:
    from midfill.engine.bench.hardware import Limited


class _Numbers(click.ParamType[tuple[int, ...]]):
    """N,N,...: whole numbers of at least `least`, each once."""

    name = "N,N,..."

    def __init__(self, least: int) -> None:
        self._least = least

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """The numbers, from the smallest."""
        words = str(value).split(",")
        if not all(word.isdecimal() and int(word) >= self._least for word in words):
            self.fail(f"{value!r} is not N,N,..., all from {self._least}, as in 1,4", param, ctx)
        return tuple(sorted({int(word) for word in words}))


@click.command(epilog="Example: midfill bench hardware --model 7b --llama-bench PATH")
@with_model
@click.option(
    "--random", "size", help="In place of a model: weights drawn at random, such as 7b or 32b."
)
@click.option("--batches", type=_Numbers(1), default="32,128,512", show_default=True)
@click.option(
    "--contexts", type=_Numbers(0), default="0,2048", show_default=True, help="Tokens before."
)
@click.option(
    "--streams", type=_Numbers(1), default="1,4", show_default=True, help="Texts decoded at once."
)
@click.option("--prompt", type=click.IntRange(1), default=512, show_default=True, help="Tokens.")
@click.option("--generated", type=click.IntRange(2), default=64, show_default=True, help="Tokens.")
@click.option("--repeats", type=click.IntRange(1), default=3, show_default=True)
@click.option(
    "--typed",
    type=click.IntRange(0),
    default=2000,
    show_default=True,
    help="Keys after so many.",
)
@click.option(
    "--limits", type=_Numbers(1), default=None, help="MiB of each GPU: layers and speed with each."
)
@click.option("--llama-bench", type=FILE, help="llama.cpp's program, to compare with.")
@with_json
@with_plot("Draw the speeds: .png, .svg or .pdf.")
def command(
    model: str, size: str | None, as_json: bool, plot_file: Path | None, **options: Any
) -> None:
    """Measure what this machine does with a model, by batch and by context, through the engine.

    Also what a key, a jump, four documents and a repair cost, with tokens in place of an editor.
    A file of random weights is as fast as a real one; it takes its vocabulary from a model that is
    installed, and stays in the cache.
    """
    from midfill.engine.bench import hardware as bench
    from midfill.engine.bench import plot
    from midfill.engine.bench.random_weights import random_model
    from midfill.engine.models.choose import resolve
    from midfill.engine.runtime.process import engine_config

    if plot_file is not None:
        plot.check(plot_file)
    settings = settings_with(model)
    with Console(stderr=True).status("") as status:
        path = resolve(settings).path
        if size is not None:
            path = random_model(size, path, status.update)
        wanted = bench.Options(**{**options, "limits": options["limits"] or ()})
        report = asyncio.run(bench.run(engine_config(path, settings), wanted, status.update))
    if plot_file is not None:
        plot.speeds(plot_file, report.speeds)
    if as_json:
        print_json(report)
        return
    on_gpu = f"{report.gpu_layers} of {report.layers} layers on the GPU"
    table = Table(
        *("", "batch", "context", "at once", "tokens/s", "llama-bench", "ratio"),
        title=f"{report.model}, {report.threads} threads, {on_gpu}",
    )
    for each in report.speeds:
        table.add_row(*(shown(value) for value in msgspec.structs.astuple(each)))
    print_table(table)
    if report.typing is not None:
        keys = Table("typing", "")
        for figure, value in msgspec.to_builtins(report.typing).items():
            keys.add_row(figure, shown(value))
        print_table(keys)
    if wanted.limits:
        print_table(_limits(report.limited, wanted.limits))
    if options["llama_bench"]:
        click.echo("llama-bench ran afterwards: its ratios hold only if nothing else was at work.")
    if not report.gpu_layers:
        click.echo("On a GPU: NOT MEASURED, llama.cpp has put no layer on one here.")


def _limits(measured: Sequence[Limited], wanted: Sequence[int]) -> Table:
    """What engines took of a GPU's memory; without a GPU, what was wanted."""
    table = Table("MiB of a GPU", "layers", "MiB computed", "MiB taken", "tokens/s")
    for row in measured:
        layers = f"{row.gpu_layers} of {row.layers}"
        figures = (row.computed_mb, row.taken_mb, row.speed)
        table.add_row(str(row.limit_mb or "all"), layers, *map(shown, figures))
    for limit in () if measured else wanted:
        table.add_row(str(limit), *["NOT MEASURED"] * 4)
    return table
