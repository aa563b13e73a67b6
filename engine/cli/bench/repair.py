"""`midfill bench repair`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec
from rich.table import Table

from midfill.engine.cli.bench.options import (
    FILE,
    program_of,
    settings_with,
    with_answers,
    with_json,
    with_model,
    with_plot,
    with_seed,
)
from midfill.engine.cli.bench.output import Bar, interval, print_json, print_table, shown

if TYPE_CHECKING:
    from midfill.engine.bench.repair.aider import EditFormat


@click.command(
    epilog="Example: midfill bench repair --data mdeval_python.jsonl.gz --tasks 20 --candidates 8"
)
@click.option(
    "--data", type=FILE, required=True, multiple=True, help="MdEval's tasks, .jsonl or .jsonl.gz."
)
@click.option("--languages", default="", help="Names with commas; all that are in the data.")
@click.option(
    "--tasks",
    "count",
    type=click.IntRange(0),
    default=20,
    show_default=True,
    help="In each language; 0: all.",
)
@with_seed("Which tasks are drawn.")
@click.option(
    "--candidates", type=click.IntRange(1), default=8, show_default=True, help="In a round."
)
@click.option("--rounds", type=click.IntRange(1), default=1, show_default=True, help="At most.")
@click.option("--blind", is_flag=True, help="Keep the tests from the repair: they only judge.")
@click.option("--peer", type=click.Choice(["aider"]), help="What to compare with.")
@click.option("--peer-binary", type=FILE, help="Its program, where it is not on the PATH.")
@click.option(
    "--peer-format",
    "formats",
    type=click.Choice(["whole", "diff"]),
    multiple=True,
    default=["whole"],
    show_default=True,
    help="Its edit format; may be given twice.",
)
@with_model
@with_json
@with_plot("Draw a bar chart: .png, .svg or .pdf.")
@with_answers
def command(
    data: tuple[Path, ...],
    languages: str,
    count: int,
    seed: int,
    candidates: int,
    rounds: int,
    blind: bool,
    peer: str | None,
    peer_binary: Path | None,
    formats: tuple[EditFormat, ...],
    model: str,
    as_json: bool,
    plot_file: Path | None,
    answers_file: Path | None,
) -> None:
    """Repair faulty programs, each in a file of its own with failing tests.

    The tests that a repair is checked with are also its judge. They run what the model wrote, in
    processes of their own with limits on time and memory and, on Linux, without network and without
    writing files. A peer gets the same tasks, model and engine, and may ask the model as often as
    Midfill did, or CANDIDATES times ROUNDS if that is more, unless the model goes in circles: it
    says the same twice in a row.
    """
    from midfill.engine.bench import plot
    from midfill.engine.bench.repair import run as bench
    from midfill.engine.bench.repair.aider import interpreter
    from midfill.engine.bench.repair.options import Options

    if plot_file is not None:
        plot.check(plot_file)
    binary = program_of(peer, peer_binary)
    options = Options(
        data=data,
        languages=tuple(name for name in languages.split(",") if name),
        tasks=count,
        seed=seed,
        candidates=candidates,
        rounds=rounds,
        blind=blind,
        python=interpreter(binary) if binary else None,
        formats=formats if binary else (),
        answers=answers_file,
    )
    bar = Bar("repairs")
    with bar.progress:
        run = bench.run(settings_with(model), options, bar.status, bar.start, bar.step)
        report = asyncio.run(run)
    groups = {"all": report.scores, **report.languages, **report.kinds}
    if plot_file is not None:
        shares: dict[str, list[plot.Share]] = {
            system: [
                (each[system].fixed_share, each[system].fixed_share_interval)
                for each in groups.values()
            ]
            for system in report.scores
        }
        plot.bars(plot_file, list(groups), shares)
    if as_json:
        ours, *peers = report.scores
        print_json(
            msgspec.to_builtins(report)
            | msgspec.to_builtins(report.scores[ours])
            | {"peers": {name: report.scores[name] for name in peers}}
        )
        return
    title = f"{report.model}, {candidates} candidates, {rounds} rounds"
    table = Table("", *report.scores, title=title)
    figures = [msgspec.to_builtins(score) for score in report.scores.values()]
    for figure in figures[0]:
        if not figure.startswith("fixed_share"):
            table.add_row(figure, *(shown(each[figure]) for each in figures))
    table.add_section()
    for name, scores in groups.items():
        cells = (interval(s.fixed_share, s.fixed_share_interval) for s in scores.values())
        table.add_row(f"fixed, {name}", *cells)
    print_table(table)
    click.echo(f"Judged by {report.judge}.")
    for name, duel in report.duels.items():
        click.echo(f"{duel.won} tasks fixed by midfill alone, {duel.lost} by {name} alone")
    for language, reasons in report.left_out.items():
        for reason, times in reasons.items():
            click.echo(f"{language}: {times} left out: {reason}")
    for language, why in report.skipped.items():
        click.echo(f"{language}: skipped: {why}")
