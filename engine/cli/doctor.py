"""`midfill doctor`: what is wrong, and what mends it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.text import Text

from midfill.engine.check import Check
from midfill.engine.cli.interrupt import clean_up_when_told_to_end
from midfill.engine.cli.options import MARKS, load_settings
from midfill.engine.errors import MidfillError

_INDENT = 9


@click.command(epilog="Example: midfill doctor --fix")
@click.option(
    "--fix", is_flag=True, help="Install a llama-cpp-python that fits, where it does not."
)
@click.option("--yes", is_flag=True, help="With --fix: do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(fix: bool, yes: bool, as_json: bool) -> None:
    """Look for faults: Python, llama.cpp, GPU, settings, editors, model, room, engine, servers.

    Each line says ok, warning or error, and below it what to do. Exit status 1 when there is an
    error.
    """
    clean_up_when_told_to_end()
    checks = asyncio.run(_examined(quiet=as_json))
    if fix and _mend(checks, yes):
        checks = asyncio.run(_examined(quiet=as_json))
    if as_json:
        click.echo(msgspec.json.encode({"checks": checks}))
    if any(check.status == "error" for check in checks):
        sys.exit(1)


async def _examined(quiet: bool) -> list[Check]:
    """The checks, printed as they come unless `quiet`."""
    from midfill.engine.doctor.examine import examine

    console, checks = Console(highlight=False), []
    async for check in examine(Path.cwd()):
        checks.append(check)
        if not quiet:
            mark = Text.from_markup(MARKS[check.status])
            mark.pad_right(_INDENT - len(mark))
            console.print(
                mark, f"{check.name}: {check.detail}", sep="", markup=False, soft_wrap=True
            )
            if check.fix:
                console.print(" " * _INDENT + check.fix, markup=False, soft_wrap=True)
    return checks


def _mend(checks: list[Check], yes: bool) -> bool:
    """Install llama-cpp-python anew where a check says so; whether that was done.

    pip shows how far it is.

    Raises:
        MidfillError: nothing may be fetched, nobody agrees, or pip fails.
    """
    from midfill.engine.doctor.install import PACKAGE, command
    from midfill.engine.doctor.shell import shell
    from midfill.engine.models.hardware import detect

    if not any(check.fix for check in checks if check.name in (PACKAGE, "GPU")):
        click.echo(f"{PACKAGE} needs no mending", err=True)
        return False
    if load_settings().offline:
        raise MidfillError("offline: nothing is fetched (--offline, or the setting offline)")
    words = command(detect().gpu)
    click.echo(f"\n{shell(words)}", err=True)
    if not (yes or click.confirm("Run it?", err=True)):
        raise MidfillError("nothing was changed")
    if subprocess.run(words, stdout=sys.stderr).returncode:
        raise MidfillError("pip could not install it; what it says above tells why")
    click.echo("\nAn engine that runs still has the old one: midfill engine stop\n", err=True)
    return True
