"""`midfill languages`: what works for each language."""

from __future__ import annotations

import click
import msgspec

from midfill.grammars.capabilities import Capabilities, capabilities
from midfill.grammars.registry import languages


@click.command(epilog="Example: midfill languages --json")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(as_json: bool) -> None:
    """List the languages, and what works for each on this machine.

    Completion works in any text. With a parser it knows where a suggestion should end; with
    definitions and references it finds related code; with the enclosing definition and syntax
    errors, repair knows what to rewrite and what to refuse.
    """
    rows = [(language, capabilities(language)) for language in languages().values()]
    if as_json:
        listed = [
            {"name": language.name, "title": language.title, **msgspec.to_builtins(works)}
            for language, works in rows
        ]
        click.echo(msgspec.json.encode({"languages": listed}))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("language")
    for name in Capabilities.__struct_fields__:
        table.add_column(name, justify="center")
    for language, works in rows:
        marks = ("✓" if each else "-" for each in msgspec.structs.astuple(works))
        table.add_row(language.title, *marks)
    Console().print(table)
