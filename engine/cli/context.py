"""`midfill context`: what the model would be shown besides the file, and why."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from midfill.engine.cli.index import bring_up_to_date
from midfill.engine.cli.options import Position, load_settings, workspace_of
from midfill.engine.cli.place import request_at
from midfill.engine.context.pack import cost
from midfill.engine.context.piece import LeftOut, Piece
from midfill.engine.context.report import report
from midfill.engine.context.ring import Ring
from midfill.engine.context.shown import Shown

_MOST_LEFT_OUT = 20


@click.command(epilog="Example: midfill context src/app.py --at 12:5")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--at", "position", type=Position(), required=True, help="The cursor, from 1:1.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(file: Path, position: tuple[int, int], as_json: bool) -> None:
    """Print what the model would be shown of the repository at LINE:COL of FILE.

    Each piece with the reason why it was chosen, and what was left out. Nothing is sent anywhere.
    """
    file = file.resolve()
    workspace = workspace_of(file)
    settings = load_settings(workspace)
    request = request_at(file, position, workspace)
    bring_up_to_date(workspace)
    with Shown.opened(Ring(), settings) as shown:
        pieces, left_out = asyncio.run(shown.explain(request))
    if as_json:
        click.echo(msgspec.json.encode(report(pieces, left_out, settings.context.tokens)).decode())
    else:
        _print(pieces, left_out, settings.context.tokens)


def _print(pieces: Sequence[Piece], left_out: Sequence[LeftOut], budget: int) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, soft_wrap=True)
    for piece in pieces:
        console.print(f"[bold]{_place(piece)}[/bold]  [dim]{_why(piece)}[/dim]", markup=True)
        console.print(piece.text.rstrip() + "\n", markup=False)
    console.print(f"about {cost(pieces)} of {budget} tokens")
    if not left_out:
        return
    table = Table("left out", "tokens", "score", "why", box=None, header_style="bold")
    for each in left_out[:_MOST_LEFT_OUT]:
        piece = each.piece
        table.add_row(_place(piece), str(piece.tokens), f"{piece.score:.2f}", each.why)
    console.print(table)
    if len(left_out) > _MOST_LEFT_OUT:
        console.print(f"and {len(left_out) - _MOST_LEFT_OUT} more")


def _place(piece: Piece) -> str:
    lines = (piece.start_line, piece.end_line)
    return (
        f"{piece.path}:{lines[0]}-{lines[1]}" if lines[0] < lines[1] else f"{piece.path}:{lines[0]}"
    )


def _why(piece: Piece) -> str:
    return f"{piece.reason}, about {piece.tokens} tokens, score {piece.score:.2f}"
