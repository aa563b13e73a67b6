"""`midfill bench languages`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click
import msgspec
from rich.table import Table

from midfill.engine.cli.bench.options import (
    FILE,
    settings_with,
    with_answers,
    with_json,
    with_model,
    with_seed,
)
from midfill.engine.cli.bench.output import Bar, print_json, print_table, shown
from midfill.engine.errors import UsageError


@click.command(epilog="Example: midfill bench languages tests/grammars/cases")
@click.argument(
    "folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option("--data", type=FILE, help="McEval's tasks, .jsonl or .jsonl.gz: 40 languages.")
@click.option(
    "--places", type=click.IntRange(1), default=4, show_default=True, help="In each language."
)
@with_seed("Which places are drawn.")
@with_model
@with_json
@with_answers
def command(
    folder: Path | None,
    data: Path | None,
    places: int,
    seed: int,
    model: str,
    as_json: bool,
    answers_file: Path | None,
) -> None:
    """Fill in what is taken out of real programs, in every language.

    The programs are those of FOLDER, which has a folder for each language, named as `midfill
    languages --json` names it; for the languages in --data they come from there. A suggestion is
    clean if it brings in no syntax error.
    """
    from midfill.engine.bench import languages as bench

    found = bench.of_mceval(data) if data else []
    known = {program.language.name for program in found}
    others = bench.of_folder(folder) if folder else []
    found += [program for program in others if program.language.name not in known]
    if not found:
        raise UsageError("name a FOLDER of programs or --data FILE, or both")
    options = bench.Options(places, seed, answers_file)
    bar = Bar("places")
    with bar.progress:
        run = bench.run(settings_with(model), found, options, bar.status, bar.start, bar.step)
        report = asyncio.run(run)
    if as_json:
        print_json(report)
        return
    table = Table(
        *("", "programs", "parsed", "definitions", "references", "places", "enclosing", "errors"),
        *("answered", "clean", "exact", "ms_p50"),
        title=f"{len(report.languages)} languages, {report.model}",
    )
    for row in report.languages:
        figures = msgspec.to_builtins(row)
        table.add_row(row.title, *(shown(figures[column.header]) for column in table.columns[1:]))
    print_table(table)
    if report.missing:
        click.echo(f"no program in: {', '.join(report.missing)}")
