"""`midfill bench crossfile`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click
import msgspec
from rich.table import Table

from midfill.engine.cli.bench.options import (
    settings_with,
    with_answers,
    with_json,
    with_model,
    with_plot,
    with_seed,
)
from midfill.engine.cli.bench.output import Bar, interval, print_json, print_table, shown


@click.command(epilog="Example: midfill bench crossfile --tasks 60 --packages taskiq,ruyi")
@click.option(
    "--tasks", "count", type=click.IntRange(1), default=300, show_default=True, help="Lines."
)
@click.option(
    "--packages",
    default="reported",
    show_default=True,
    help="Names with commas; `reported` and `tuning` stand for their sets.",
)
@with_seed("Which lines are drawn.")
@with_model
@with_json
@with_plot("Draw a bar chart: .png, .svg or .pdf.")
@with_answers
def command(
    count: int,
    packages: str,
    seed: int,
    model: str,
    as_json: bool,
    plot_file: Path | None,
    answers_file: Path | None,
) -> None:
    """Complete lines that need a name from another file: with what context?

    None, chunks of files visited before (as llama.vim shows them, in up to 1,024 tokens), or
    Midfill's own. The lines come from real packages, which are downloaded from PyPI (or
    PIP_INDEX_URL) once, checked against their SHA-256, and never installed or run.
    """
    from midfill.engine.bench import plot
    from midfill.engine.bench.crossfile import packages as catalogue
    from midfill.engine.bench.crossfile import run as bench

    if plot_file is not None:
        plot.check(plot_file)
    options = bench.Options(catalogue.choose(packages), count, seed, answers_file)
    bar = Bar("prompts")
    with bar.progress:
        run = bench.run(settings_with(model), options, bar.status, bar.start, bar.step)
        report = asyncio.run(run)
    exact = {mode: score.exact_match for mode, score in report.scores.items()}
    if plot_file is not None:
        groups = {"all": report.scores, **report.kinds}
        columns = [each.values() for each in groups.values()]
        shares: dict[str, list[plot.Share]] = {
            mode: [(score.exact_match, score.exact_match_interval) for score in scores]
            for mode, scores in zip(exact, zip(*columns, strict=True), strict=True)
        }
        plot.bars(plot_file, list(groups), shares)
    if as_json:
        similarity = {mode: score.edit_similarity for mode, score in report.scores.items()}
        found = msgspec.to_builtins(report)
        print_json(found | {"exact_match": exact, "edit_similarity": similarity})
        return
    title = f"{report.tasks} lines, {report.model}, {report.context_tokens} tokens of context"
    table = Table("", *report.scores, title=title)
    figures = {mode: msgspec.to_builtins(score) for mode, score in report.scores.items()}
    for figure in ("edit_similarity", "found", "total_ms_p50", "wait_ms_p50", "prompt_tokens_p50"):
        table.add_row(figure, *(shown(each[figure]) for each in figures.values()))
    table.add_section()
    for name, scores in {"exact_match": report.scores, **report.kinds, **report.packages}.items():
        cells = (interval(each.exact_match, each.exact_match_interval) for each in scores.values())
        table.add_row(name, *cells)
    print_table(table)
    for mode, gain in report.gains.items():
        click.echo(
            f"{mode}: {shown(gain.ratio)} times the exact match of none; "
            f"{gain.won} answers won, {gain.lost} lost"
        )
