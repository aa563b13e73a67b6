"""`midfill index`: build or refresh the index of a repository."""

from __future__ import annotations

import sys
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path

import click
import msgspec

from midfill.engine.cli.interrupt import clean_up_when_told_to_end
from midfill.engine.cli.options import workspace_of
from midfill.engine.context.build import Busy, Report, refresh, report, writing
from midfill.engine.context.files import Files
from midfill.engine.context.store import Store

# A first index of so many files takes a second; a larger one is left to `midfill index`.
QUICKLY_INDEXED = 300
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command(epilog="Example: midfill index ~/src/app")
@click.argument("path", type=_FOLDER, required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(path: Path | None, as_json: bool) -> None:
    """Read the repository around this folder, or the folder PATH, into its index.

    Only files that are new or changed are read. Ignored files are left out, by .gitignore and
    .midfillignore; so are large, binary and generated ones. An interrupted build goes on where it
    was when it is run again.
    """
    clean_up_when_told_to_end()
    root = (path or workspace_of(Path.cwd() / "file")).resolve()
    store, files = Store.open(root), Files(root)
    try:
        with writing(root):
            found = _refresh(store, files)
    except Busy as busy:
        click.echo(f"midfill: {busy}; this is what is in it", err=True)
        found = report(store, files)
    finally:
        store.close()
    if as_json:
        click.echo(msgspec.json.encode(found))
    else:
        _print(found)


def bring_up_to_date(root: Path, most: int | None = None) -> None:
    """Refresh the index of `root` with a bar, unless another process does.

    Where there is none yet, it is built, but not of more than `most` files.
    """
    files = Files(root)
    with closing(Store.open(root)) as store:
        if (
            most is not None
            and not store.files()
            and len(list(islice(files.walk(), most + 1))) > most
        ):
            return
        with suppress(Busy), writing(root):
            _refresh(store, files)


def _refresh(store: Store, files: Files) -> Report:
    if not sys.stderr.isatty():
        return refresh(store, files)
    from midfill.engine.cli.file_bar import file_bar

    with file_bar() as show:
        return refresh(store, files, show)


def _print(found: Report) -> None:
    if found.rebuilt:
        click.echo(f"The index was built anew: {found.rebuilt}")
    click.echo(
        f"{found.files} files, {found.definitions} definitions, {found.references} references;"
        f" {found.changed} files changed, {found.removed} removed, in {found.seconds:.1f} s"
    )
    for reason, count in found.skipped.items():
        click.echo(f"{count} left out: {reason}")
    for file in found.broken:
        click.echo(f"No parser could read {file}; it is left alone until it changes")
