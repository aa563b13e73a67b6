"""What several commands share."""

from __future__ import annotations

from pathlib import Path

import click

from midfill.engine import offline
from midfill.engine import settings as layers
from midfill.engine.settings import Settings

MARKS = {"ok": "[green]ok[/]", "warning": "[yellow]warning[/]", "error": "[red]error[/]"}


def load_settings(workspace: Path | None = None) -> Settings:
    """The settings for the command line, with a line on stderr for each that was ignored.

    Where they say `offline`, that holds from here on.
    """
    settings, ignored = layers.load(workspace)
    if settings.offline:
        offline.enforce()
    for sentence in ignored:
        click.echo(f"midfill: {sentence}", err=True)
    return settings


class Position(click.ParamType[tuple[int, int]]):
    """LINE:COL, both 1-based, as compilers print them; with `whole_lines` LINE alone will do."""

    def __init__(self, *, whole_lines: bool = False) -> None:
        self._whole_lines = whole_lines
        self.name = "LINE[:COL]" if whole_lines else "LINE:COL"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """The line and the column."""
        given = f"{value}:1" if self._whole_lines and ":" not in str(value) else str(value)
        line, _, column = given.partition(":")
        if not (line.isdecimal() and column.isdecimal() and int(line) and int(column)):
            self.fail(f"{value!r} is not {self.name}, both from 1, as in 12:5", param, ctx)
        return int(line), int(column)


def workspace_of(file: Path) -> Path:
    """The nearest folder above `file` with a repository or a settings file, else its own."""
    for folder in file.parents:
        if (folder / ".git").exists() or (folder / layers.WORKSPACE_FILE).exists():
            return folder
    return file.parent
