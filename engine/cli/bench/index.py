"""`midfill bench index`."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from midfill.engine.cli.bench.options import with_json
from midfill.engine.cli.bench.output import flat, print_json, print_table, shown


@click.command(epilog="Example: midfill bench index /usr/lib/python3.11")
@click.argument("path", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--copies", type=click.IntRange(1), default=1, show_default=True, help="Of all files, to index."
)
@with_json
def command(path: Path, copies: int, as_json: bool) -> None:
    """Index a copy of the files of PATH, and again when nothing or one file has changed.

    In the same run Aider's method of finding definitions and references reads the same files.
    """
    from midfill.engine.bench import index as bench

    with Console(stderr=True).status("") as status:
        report = bench.run(path, copies, status.update)
    if as_json:
        print_json(report)
        return
    ours, peer = flat(report), flat(report.aider)
    table = Table("", "midfill", "Aider's method", "ratio", title=str(path))
    for figure, value in ours.items():
        if "." not in figure:
            ratio = report.ratio.get(figure.removesuffix("_s"))
            table.add_row(figure, shown(value), shown(peer.get(figure)), shown(ratio))
    table.add_row("tags", "-", shown(report.aider.tags), "-")
    print_table(table)
