"""`midfill engine start / stop / status`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from midfill.engine.cli.options import load_settings
from midfill.engine.errors import MidfillError
from midfill.engine.models.choose import resolve
from midfill.engine.runtime import address, process
from midfill.engine.runtime.address import Address
from midfill.engine.runtime.local import LocalEngine
from midfill.engine.runtime.process import EngineStatus


@click.group(epilog="Example: midfill engine start --model 0.5b")
def command() -> None:
    """The process that holds a model: one for each model in use, shared by every editor.

    It starts by itself when it is needed and leaves after 15 idle minutes (engine.idle_minutes).
    """


@command.command(epilog="Example: midfill engine start --model 1.5b --port 8012")
@click.option("--model", default="", help="A name of `midfill models list`, or a GGUF file.")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Listen on 127.0.0.1 too (0: any port)."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def start(model: str, port: int | None, as_json: bool) -> None:
    """Start the engine and wait until the model is loaded.

    With --port, other tools can use it: http://127.0.0.1:PORT/v1 with the printed token as key.
    """
    status = asyncio.run(_start(model, port))
    found = Address(_path(model))
    record = found.record()
    if as_json:
        token = record.token if record else None
        click.echo(msgspec.json.encode({**msgspec.to_builtins(status), "token": token}).decode())
        return
    click.echo(_line(status, found))
    if record and record.port:
        click.echo(f"  http://127.0.0.1:{record.port}/v1   key: {record.token}")


@command.command(epilog="Example: midfill engine stop")
@click.option("--model", default="", help="Only this model's engine; all of them if left out.")
def stop(model: str) -> None:
    """End engine processes. Exit status 1 when none was running."""
    found = [Address(_path(model))] if model else _known()
    stopped = [one for one in found if asyncio.run(process.stop(one))]
    for one in stopped:
        click.echo(f"stopped the engine of {one.model.stem}")
    if not stopped:
        click.echo("no engine was running", err=True)
        sys.exit(1)


@command.command(epilog="Example: midfill engine status --json")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def status(as_json: bool) -> None:
    """Show the running engines. Exit status 1 when there is none."""
    pairs = [(one, asyncio.run(process.status(one))) for one in _known()]
    pairs = [(one, found) for one, found in pairs if found.state != "stopped"]
    if as_json:
        click.echo(msgspec.json.encode({"engines": [found for _, found in pairs]}).decode())
    else:
        for one, found in pairs:
            click.echo(_line(found, one))
        if not pairs:
            click.echo("no engine is running; it starts by itself when it is needed")
    if not pairs:
        sys.exit(1)


async def _start(model: str, port: int | None) -> EngineStatus:
    settings = load_settings()
    engine = LocalEngine(settings, _path(model), port)
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:.0f} %"))
    try:
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task("starting", total=1.0)

            def show(status: EngineStatus) -> None:
                description = f"{status.state} {status.model}"
                progress.update(task, completed=status.progress, description=description)

            await engine.ensure(show)
        found = await engine.status()
        if port is not None and found.port is None:
            raise MidfillError("the engine runs without a port already: midfill engine stop")
        return found
    finally:
        await engine.aclose()


def _path(model: str) -> Path:
    settings = load_settings()
    return resolve(msgspec.structs.replace(settings, model=model) if model else settings).path


def _known() -> list[Address]:
    return [Address(Path(record.path)) for record in address.known()]


def _line(status: EngineStatus, where: Address) -> str:
    parts = [status.model, status.state]
    if status.state == "loading":
        parts.append(f"{status.progress:.0%}")
    if status.gpu_layers:
        parts.append(f"{status.gpu_layers} of {status.layers} layers on the GPU")
    if status.pid:
        parts += [f"pid {status.pid}", f"idle {status.idle_seconds:.0f} s", str(where.socket)]
    if status.detail:
        parts.append(status.detail)
    return "  ".join(parts)
