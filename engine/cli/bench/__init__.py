"""`midfill bench`: how good and how fast, measured on this machine."""

from __future__ import annotations

import click

from midfill.engine.cli.bench import crossfile, fim, hardware, index, languages, repair, typing
from midfill.engine.cli.interrupt import clean_up_when_told_to_end


@click.group(epilog="Example: midfill bench typing --keys 200")
def command() -> None:
    """Measure quality and speed. Nothing is sent anywhere."""
    clean_up_when_told_to_end()


for _name, _module in {
    "crossfile": crossfile,
    "fim": fim,
    "hardware": hardware,
    "index": index,
    "languages": languages,
    "repair": repair,
    "typing": typing,
}.items():
    command.add_command(_module.command, _name)
