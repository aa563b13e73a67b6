"""What the index keeps of one file: made in a worker process, written by `store`."""

from __future__ import annotations

import msgspec

# name_start, name, kind, container, start, end, line, doc_start, doc_end
DefinitionRow = tuple[int, str, str, str, int, int, int, int | None, int | None]
# start, target, names with blanks between
ImportRow = tuple[int, str, str]

CHUNK_LINES = 64


class File(msgspec.Struct, frozen=True, array_like=True):
    """A file as it was when it was read. `path` is relative to the workspace, with slashes.

    `skipped` says why nothing more is kept of it, and is empty where something is.
    """

    path: str
    language: str
    size: int
    mtime_ns: int
    digest: bytes
    skipped: str = ""


class Record(msgspec.Struct, frozen=True, array_like=True):
    """A file, with what is in it. Places are in characters, lines 1-based.

    `uses` counts the references to each name; `chunks` holds the words of every `CHUNK_LINES`
    lines, each word once, with blanks between.
    """

    file: File
    definitions: list[DefinitionRow] = []
    uses: dict[str, int] = {}
    imports: list[ImportRow] = []
    chunks: list[str] = []
