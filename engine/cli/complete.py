"""`midfill complete`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click
import msgspec

from midfill.engine.backend import answered
from midfill.engine.cli.backend import opened
from midfill.engine.cli.index import QUICKLY_INDEXED, bring_up_to_date
from midfill.engine.cli.options import Position, load_settings, workspace_of
from midfill.engine.cli.place import request_at
from midfill.engine.completion.pipeline import Completer, Completion, CompletionRequest
from midfill.engine.context.ring import Ring
from midfill.engine.context.shown import Shown
from midfill.engine.settings import Settings


@click.command(epilog="Example: midfill complete src/app.py --at 12:5 --json")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--at", "position", type=Position(), required=True, help="The cursor, from 1:1.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(file: Path, position: tuple[int, int], as_json: bool) -> None:
    """Print what the model would put into FILE at LINE:COL.

    The column counts characters. Exit status 1 when there is no completion.
    """
    file = file.resolve()
    workspace = workspace_of(file)
    settings = _unhurried(load_settings(workspace))
    request = request_at(file, position, workspace)
    if settings.context.enabled:
        bring_up_to_date(workspace, QUICKLY_INDEXED)
    completion = asyncio.run(_complete(request, settings))
    if as_json:
        click.echo(msgspec.json.encode(completion).decode())
    else:
        _print(completion)
    if not completion.text:
        sys.exit(1)


def _print(completion: Completion) -> None:
    if not completion.text:
        click.echo(f"midfill: no completion: {completion.reason}", err=True)
        return
    click.echo(completion.text)
    who = answered(completion.model, completion.backend, completion.why)
    if who:
        click.echo(f"midfill: {who}", err=True)


async def _complete(request: CompletionRequest, settings: Settings) -> Completion:
    with Shown.opened(Ring(), settings) as shown:
        async with opened(settings, "completion") as (backend,):
            context = shown if settings.context.enabled else None
            return await Completer(backend, settings, context).complete(request)


def _unhurried(settings: Settings) -> Settings:
    """On the command line nobody types: all context is used, for one answer."""
    completion = msgspec.structs.replace(settings.completion, prompt_ms=0, candidates=1)
    return msgspec.structs.replace(settings, completion=completion)
