"""`midfill explain`."""

from __future__ import annotations

import asyncio
import sys
from contextlib import aclosing
from pathlib import Path

import click
import msgspec

from midfill.engine.backend import ChatRequest, answered
from midfill.engine.cli.backend import opened
from midfill.engine.cli.index import QUICKLY_INDEXED, bring_up_to_date
from midfill.engine.cli.options import Position, load_settings, workspace_of
from midfill.engine.context.files import Files
from midfill.engine.explain import request
from midfill.engine.settings import Settings


class _Explanation(msgspec.Struct):
    """`cut` is true where the answer had no end when its longest length was reached."""

    text: str = ""
    cut: bool = False
    model: str = ""
    backend: str = ""
    why: str = ""


@click.command(epilog="Example: midfill explain src/app.py --at 12")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--at", "position", type=Position(whole_lines=True), help="The definition there.")
@click.option("--message", "question", default="", help="What you want to know.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(file: Path, position: tuple[int, int] | None, question: str, as_json: bool) -> None:
    """Say what FILE does, or the definition at a line of it.

    A small model may be wrong: it is its reading of the code, and of the definitions that it uses.
    """
    file = file.resolve()
    root = workspace_of(file).resolve()
    settings = load_settings(root)
    bring_up_to_date(root, QUICKLY_INDEXED)
    line = position[0] if position else None
    asked = request(file, line, question, Files(root), settings.engine.context_tokens)
    found = asyncio.run(_explained(asked, settings, silently=as_json))
    if as_json:
        click.echo(msgspec.json.encode(found))
    else:
        who = answered(found.model, found.backend, found.why) or found.model
        cut = "; it is cut off: ask about less with --at" if found.cut else ""
        click.echo()
        click.echo(f"midfill: {who}{cut}", err=True)
    if not found.text:
        sys.exit(1)


async def _explained(asked: ChatRequest, settings: Settings, *, silently: bool) -> _Explanation:
    """The answer, which is printed as it is written unless `silently`."""
    found = _Explanation()
    async with (
        opened(settings, "explain") as (backend,),
        aclosing(backend.chat(asked)) as deltas,
    ):
        async for delta in deltas:
            found.text += delta.text
            if not silently:
                click.echo(delta.text, nl=False)
            if delta.stats is not None:
                found.cut = delta.stats.stop_type == "limit"
                found.model = delta.stats.model
                found.backend = delta.stats.backend or backend.name
                found.why = delta.stats.why
    return found
