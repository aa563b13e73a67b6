"""`midfill bench fim`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click
import msgspec
from rich.table import Table

from midfill.engine.cli.bench.options import (
    FILE,
    settings_with,
    with_json,
    with_model,
    with_plot,
    with_seed,
)
from midfill.engine.cli.bench.output import Bar, interval, print_json, print_table, shown


@click.command(
    epilog="Example: midfill bench fim --data HumanEval-SingleLineInfilling.jsonl.gz --tasks 300"
)
@click.option("--data", type=FILE, required=True, help="HumanEval infilling, .jsonl or .jsonl.gz.")
@click.option(
    "--tasks", "count", type=click.IntRange(0), default=100, show_default=True, help="0: all."
)
@with_seed("Which tasks are drawn.")
@with_model
@with_json
@with_plot("Draw a bar chart: .png, .svg or .pdf.")
def command(
    data: Path, count: int, seed: int, model: str, as_json: bool, plot_file: Path | None
) -> None:
    """Fill in missing lines: exact match, and pass@1 by the tasks' tests.

    For the whole pipeline, and for the bare prompt in the orders suffix-prefix-middle and
    prefix-suffix-middle. The tests run what the model wrote, in processes of their own with limits
    on time and memory, and without network or files.
    """
    from midfill.engine.bench import fim as bench
    from midfill.engine.bench import plot

    if plot_file is not None:
        plot.check(plot_file)
    tasks = bench.load(data, count, seed)
    bar = Bar("tasks")
    with bar.progress:
        bar.start(len(tasks))
        report = asyncio.run(bench.run(settings_with(model), tasks, seed, bar.status, bar.step))
    if plot_file is not None:
        plot.scores(plot_file, report.scores)
    if as_json:
        print_json(
            {
                "model": report.model,
                "tasks": report.tasks,
                "seed": report.seed,
                **msgspec.to_builtins(report.scores["pipeline"]),
                "bare_spm": report.scores["bare_spm"],
                "bare_psm": report.scores["bare_psm"],
                "empty": report.empty,
            }
        )
        return
    table = Table("", *report.scores, title=f"{report.tasks} tasks, {report.model}")
    for field in ("exact_match", "pass_at_1"):
        rows = [msgspec.to_builtins(score) for score in report.scores.values()]
        table.add_row(field, *(interval(row[field], row[f"{field}interval"]) for row in rows))
    table.add_row("ms_p50", *(shown(score.ms_p50) for score in report.scores.values()))
    print_table(table)
    for reason, times in report.empty.items():
        click.echo(f"{times} without an answer: {reason}")
