"""`midfill serve`."""

from __future__ import annotations

import asyncio
import gc
import sys
from pathlib import Path

import click

from midfill.engine import log
from midfill.lsp import stdio
from midfill.lsp.server import serve


@click.command(epilog="Example: midfill serve --log-level debug --log-file /tmp/midfill.log")
@click.option("--stdio", "_", is_flag=True, help="The only transport; accepted as editors send it.")
@click.option("--clientProcessId", "editor", type=int, help="End when this process does.")
@click.option(
    "--log-file", type=click.Path(dir_okay=False, path_type=Path), help="Log here, not to stderr."
)
@click.option("--log-level", type=click.Choice(log.LEVELS), default="warning", show_default=True)
def command(_: bool, editor: int | None, log_file: Path | None, log_level: str) -> None:
    """Run the language server on stdin and stdout: an editor starts it.

    Exit status 0 after the editor's `shutdown`, otherwise 1.
    """
    log.configure(log_level, log_file)
    if sys.stdin.isatty():
        click.echo("midfill: this is a language server; start it from an editor", err=True)
    stdin, stdout = stdio.take()
    gc.freeze()  # Looking through all that was imported would stop a key for 40 ms.
    sys.exit(asyncio.run(serve(stdin, stdout, editor)))
