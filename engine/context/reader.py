"""From a file to what the index keeps of it; a worker process does nothing else.

Run `python -m midfill.engine.context.reader ROOT SECONDS MEGABYTES` for the other side of `Pool`.
"""

from __future__ import annotations

import gc
import hashlib
import os
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import msgspec

from midfill.engine import regular
from midfill.engine.context.files import unreadable
from midfill.engine.context.record import CHUNK_LINES, DefinitionRow, File, Record
from midfill.grammars.child import answer
from midfill.grammars.outline import Tally, tally
from midfill.grammars.registry import Language, language_for
from midfill.grammars.tree import NotParsed, parse_isolated

# Every byte that cannot be part of a name becomes a blank, but for the end of a line.
_NAMES_ONLY = bytes(
    byte if byte in b"\n_" or byte >= 0x80 or chr(byte).isalnum() else 0x20 for byte in range(256)
)
_SHORTEST_WORD = 3


class Job(msgspec.Struct, frozen=True, array_like=True):
    """A file to read, relative to the workspace; `digest` is that of the content known already."""

    path: str
    digest: bytes = b""


class Reading(msgspec.Struct, frozen=True, array_like=True):
    """What became of a job: nothing where the file is gone; `same` if the content is known."""

    path: str
    record: Record | None = None
    same: bool = False


def read(root: Path, job: Job) -> Reading:
    """Read and parse one file."""
    try:
        with regular.opened(root / job.path) as opened:
            found = os.fstat(opened.fileno())
            data = opened.read()
    except OSError:
        return Reading(job.path)
    digest = hashlib.blake2b(data, digest_size=16).digest()
    text = data.decode("utf-8-sig", "replace")
    language = language_for(job.path, first_line=text)
    file = File(job.path, language.name if language else "", len(data), found.st_mtime_ns, digest)
    if digest == job.digest:
        return Reading(job.path, Record(file), same=True)
    if language is None:
        return Reading(job.path, _skipped(file, "no known language"))
    if reason := unreadable(data):
        return Reading(job.path, _skipped(file, reason))
    try:
        return Reading(job.path, _record(file, language, text, data))
    except NotParsed as error:
        return Reading(job.path, _skipped(file, str(error)))
    except MemoryError:
        return Reading(job.path, _skipped(file, "too large for its parser"))


def _record(file: File, language: Language, text: str, data: bytes) -> Record:
    found = tally(parse_isolated(language, text))
    return Record(
        file,
        list(_definitions(text, found)),
        found.uses,
        [(each.start, each.path, " ".join(each.names)) for each in found.imports],
        list(_chunks(data)),
    )


def _skipped(file: File, reason: str) -> Record:
    return Record(msgspec.structs.replace(file, skipped=reason))


def _definitions(text: str, found: Tally) -> Iterator[DefinitionRow]:
    line, counted = 1, 0
    for each in found.definitions:
        line += text.count("\n", counted, each.start)
        counted = each.start
        yield (
            each.name_start,
            each.name,
            each.kind,
            each.container,
            each.start,
            each.end,
            line,
            *(each.doc or (None, None)),
        )


def _chunks(data: bytes) -> Iterator[str]:
    """The words of every few lines, each once."""
    lines = data.translate(_NAMES_ONLY).split(b"\n")
    for first in range(0, len(lines), CHUNK_LINES):
        words = set(b" ".join(lines[first : first + CHUNK_LINES]).split())
        telling = [word for word in words if len(word) >= _SHORTEST_WORD]
        yield b" ".join(telling).decode("utf-8", "replace")


def _answers(root: Path, request: bytes) -> Iterator[bytes]:
    for job in msgspec.msgpack.decode(request, type=list[Job]):
        yield msgspec.msgpack.encode(read(root, job))


if __name__ == "__main__":
    # Trees and records hold no cycles, and looking for some costs a tenth of the time.
    gc.set_threshold(1_000_000)
    gc.freeze()
    answer(partial(_answers, Path(sys.argv[1])), float(sys.argv[2]), int(sys.argv[3]))
