"""`midfill bench typing`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click
from rich.table import Table

from midfill.engine.cli.bench.options import (
    FILE,
    program_of,
    settings_with,
    with_json,
    with_model,
    with_plot,
    with_seed,
)
from midfill.engine.cli.bench.output import Bar, flat, print_json, print_table, shown


class _Window(click.ParamType[tuple[int, int]]):
    """PREFIX,SUFFIX: two numbers of tokens."""

    name = "PREFIX,SUFFIX"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """The two numbers."""
        prefix, _, suffix = str(value).partition(",")
        if not (prefix.isdecimal() and suffix.isdecimal() and int(prefix) and int(suffix)):
            self.fail(f"{value!r} is not PREFIX,SUFFIX, both from 1, as in 768,256", param, ctx)
        return int(prefix), int(suffix)


@click.command(epilog="Example: midfill bench typing --peer llama-server --peer-binary PATH")
@click.argument("files", nargs=-1, type=FILE)
@click.option("--keys", type=click.IntRange(1), default=600, show_default=True, help="About.")
@with_seed("What is typed, and when.")
@click.option("--context", type=_Window(), help="Tokens shown to the model; 768,256 by default.")
@click.option("--peer", type=click.Choice(["llama-server"]), help="What to compare with.")
@click.option("--peer-binary", type=FILE, help="Its program, where it is not on the PATH.")
@click.option(
    "--busy", type=click.IntRange(0), default=0, show_default=True, help="Spinning processes."
)
@with_model
@with_json
@with_plot("Draw the waits: .png, .svg or .pdf.")
def command(
    files: tuple[Path, ...],
    keys: int,
    seed: int,
    context: tuple[int, int] | None,
    peer: str | None,
    peer_binary: Path | None,
    busy: int,
    model: str,
    as_json: bool,
    plot_file: Path | None,
) -> None:
    """Type functions of FILES through the language server, as a person does, in real time.

    Without FILES, modules of Python's standard library. A peer gets the same keys in the same run,
    with llama.vim's requests, and the same model and threads; the two take turns.
    """
    from midfill.engine.bench import plot
    from midfill.engine.bench import typing as bench

    if plot_file is not None:
        plot.check(plot_file)
    options = bench.Options(
        files=files,
        keys=keys,
        seed=seed,
        context=context,
        peer=program_of(peer, peer_binary),
        busy=busy,
    )
    bar = Bar("keys")
    with bar.progress:
        run = bench.run(settings_with(model), options, bar.status, bar.start, bar.step)
        outcome = asyncio.run(run)
    report = outcome.report
    if plot_file is not None:
        plot.waits(plot_file, outcome.waits)
    if as_json:
        print_json(report)
        return
    sides = {"midfill": report.ours}
    if report.peer is not None:
        sides["llama-server"] = report.peer
    figures = {name: flat(side) for name, side in sides.items()}
    table = Table(
        "", *sides, title=f"{report.model}, {report.threads} threads, {report.busy} busy processes"
    )
    for figure in figures["midfill"]:
        table.add_row(figure, *(shown(side.get(figure)) for side in figures.values()))
    print_table(table)
    if report.ratio is not None:
        ratios = Table("", "midfill / llama-server")
        for figure, value in report.ratio.items():
            ratios.add_row(figure, shown(value))
        print_table(ratios)
    for name, side in sides.items():
        for reason, times in side.empty.items():
            click.echo(f"{name}: {times} times no suggestion: {reason}")
