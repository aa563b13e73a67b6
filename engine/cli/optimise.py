"""`midfill models optimise`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec
from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
from rich.table import Table

from midfill.engine import paths
from midfill.engine import settings as layers
from midfill.engine.cli.interrupt import clean_up_when_told_to_end
from midfill.engine.cli.options import load_settings
from midfill.engine.errors import UsageError
from midfill.engine.models.catalogue import Model, is_path
from midfill.engine.models.choose import resolve
from midfill.engine.models.variant import TYPES, Variant, named
from midfill.engine.settings import Settings

if TYPE_CHECKING:
    from midfill.engine.models.optimise import Outcome


@click.command("optimise", epilog="Example: midfill models optimise 0.5b")
@click.argument("name", required=False)
@click.option("--type", "only", type=click.Choice(TYPES), help="Make this one, and keep it.")
@click.option("--use", is_flag=True, help="Set what is kept as the model in your settings.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(name: str | None, only: str | None, use: bool, as_json: bool) -> None:
    """Make a variant of a model that this processor runs faster.

    Variants in other quantisations are made from the model's own file, and measured against it: how
    long a suggestion takes (48 tokens evaluated, 24 written), and how often the likeliest next
    token is the same. The fastest is kept, if it is clearly faster and agrees well enough. It has a
    name of its own, and nothing uses it before you say so. Without NAME, the model that would be
    run.
    """
    from midfill.engine.models import optimise

    clean_up_when_told_to_end()
    settings = load_settings(Path.cwd())
    model = _model(name, settings)
    console = Console(stderr=True, highlight=False)
    with _progress(console) as report:
        outcome = optimise.optimise(model, settings, only=only, report=report)
    file = layers.set_model(outcome.kept) if use and outcome.kept else None
    line = f'model = "{outcome.kept}"' if outcome.kept else None
    if as_json:
        written = str(file) if file else None
        answer = {**msgspec.to_builtins(outcome), "setting": line, "written_to": written}
        click.echo(msgspec.json.encode(answer))
    else:
        _show(outcome)
        if file is not None:
            click.echo(f"Set in {file}: {line}")
        elif line is not None:
            click.echo(f"To use it, put this line at the top of {paths.config_file()}: {line}")
    if file is not None and load_settings(Path.cwd()).model != outcome.kept:
        click.echo("midfill: the workspace or the environment names another model", err=True)


def _model(name: str | None, settings: Settings) -> Model:
    """The model to make variants of: that of a variant is its source."""
    name = name or settings.model or resolve(settings).name
    if is_path(name):
        raise UsageError(f"{name} is a file of your own: name a model of `midfill models list`")
    model = named(name)
    return model.source if isinstance(model, Variant) else model


def _show(outcome: Outcome) -> None:
    threads = "1 thread" if outcome.threads == 1 else f"{outcome.threads} threads"
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("name")
    for column in ("size", "prefill", "decode", "suggestion", "gain", "agreement"):
        table.add_column(column, justify="right")
    for one in (outcome.original, *outcome.variants):
        figures = one.figures
        table.add_row(
            one.short,
            decimal(one.bytes),
            f"{figures.prefill:.0f}/s",
            f"{figures.decode:.1f}/s",
            f"{figures.suggestion_ms:.0f} ms",
            f"{figures.gain:.2f}",
            f"{figures.agreement:.1%}",
            style="bold" if one.short == outcome.kept else "",
        )
    console = Console(highlight=False)
    console.print(table)
    console.print(f"\nWith {threads}, {outcome.explanation}.", soft_wrap=True)
    if outcome.path is not None:
        console.print(f"Kept: {outcome.path}", soft_wrap=True)


@contextmanager
def _progress(console: Console) -> Iterator[Callable[[int, int, str], None]]:
    """A bar on a terminal, and a line for each stage elsewhere."""
    with Progress(
        TextColumn("{task.description:<12}"),
        BarColumn(),
        TaskProgressColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        task, stage = bar.add_task("", total=None), ""

        def show(done: int, total: int, what: str) -> None:
            nonlocal stage
            if what != stage and not console.is_terminal:
                console.print(what)
            stage = what
            bar.update(task, description=what, completed=done, total=total)

        yield show
