"""Options that several benchmarks have."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from midfill.engine.cli.options import load_settings
from midfill.engine.errors import UsageError
from midfill.engine.settings import Settings

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUTPUT = click.Path(dir_okay=False, path_type=Path)

_Command = TypeVar("_Command", bound=Callable[..., Any])

with_model = click.option(
    "--model", default="", help="A name of `midfill models list`, or a GGUF file."
)
with_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
with_answers = click.option(
    "--answers", "answers_file", type=OUTPUT, help="Keep the answers in it, and go on from there."
)


def with_seed(help: str) -> Callable[[_Command], _Command]:
    """`--seed`, and what it decides."""
    return click.option("--seed", type=int, default=0, show_default=True, help=help)


def with_plot(help: str) -> Callable[[_Command], _Command]:
    """`--plot`, and what is drawn."""
    return click.option("--plot", "plot_file", type=OUTPUT, help=help)


def program_of(peer: str | None, binary: Path | None) -> Path | None:
    if peer is None:
        if binary is not None:
            raise UsageError("--peer-binary is of no use without --peer")
        return None
    found = binary or shutil.which(peer)
    if found is None:
        raise UsageError(f"there is no {peer} on the PATH: name it with --peer-binary PATH")
    return Path(found)


def settings_with(model: str) -> Settings:
    settings = load_settings()
    return msgspec.structs.replace(settings, model=model) if model else settings
