"""`midfill complete`."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

import click
import msgspec

from midfill.engine.cli.options import Position, load_settings, workspace_of
from midfill.engine.completion.pipeline import Completer, Completion, CompletionRequest
from midfill.engine.errors import UsageError
from midfill.engine.runtime.local import LocalEngine
from midfill.engine.runtime.process import EngineStatus
from midfill.engine.settings import Settings

_LINE = re.compile(r"\r\n|\n|\r")


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
    text = _read(file)
    offset = _offset(text, *position)
    request = CompletionRequest(
        prefix=text[:offset],
        suffix=text[offset:],
        filename=file.relative_to(workspace).as_posix(),
        repository=workspace.name,
        document=file.as_uri(),
        explicit=True,
    )
    completion = asyncio.run(_complete(request, settings))
    if as_json:
        click.echo(msgspec.json.encode(completion).decode())
    elif completion.text:
        click.echo(completion.text)
    else:
        click.echo(f"midfill: no completion: {completion.reason}", err=True)
    if not completion.text:
        sys.exit(1)


async def _complete(request: CompletionRequest, settings: Settings) -> Completion:
    engine = LocalEngine(settings)
    try:
        await engine.ensure(_tell)
        return await Completer(engine, settings).complete(request)
    finally:
        await engine.aclose()


def _unhurried(settings: Settings) -> Settings:
    """On the command line nobody types: all context is used, for one answer."""
    completion = msgspec.structs.replace(settings.completion, prompt_ms=0, candidates=1)
    return msgspec.structs.replace(settings, completion=completion)


def _tell(status: EngineStatus) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{status.state} {status.model} {status.progress:4.0%} ", nl=False, err=True)


def _read(file: Path) -> str:
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            return opened.read()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {file} as UTF-8 text: {error}") from error


def _offset(text: str, line: int, column: int) -> int:
    """The place of LINE:COL in `text`, in characters.

    Raises:
        UsageError: the text has no such place.
    """
    starts = [0, *(found.end() for found in _LINE.finditer(text))]
    if line > len(starts):
        raise UsageError(f"there is no line {line}: the file has {len(starts)}")
    start = starts[line - 1]
    end = _LINE.search(text, start)
    length = (end.start() if end else len(text)) - start
    if column > length + 1:
        raise UsageError(f"there is no column {column}: line {line} ends at {length + 1}")
    return start + column - 1
