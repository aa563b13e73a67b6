"""The index of a workspace: one SQLite file in the user's cache, for any number of processes.

One process at a time writes it (see `build`), others read meanwhile. All of it can be made again,
so a file that is corrupt or of another version is given up for an empty one.
"""

from __future__ import annotations

import glob
import hashlib
import logging
import math
import os
import re
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar

import msgspec
from filelock import FileLock

from midfill.engine import paths
from midfill.engine.context.record import CHUNK_LINES, File, Record
from midfill.engine.errors import MidfillError

_LOG = logging.getLogger(__name__)
_T = TypeVar("_T")

_VERSION = 1
_CORRUPT = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
# How long to wait for another process that writes.
_BUSY_S = 10.0
# The rowid of a chunk is the id of its file, and its number in the file in so many bits.
_CHUNK_BITS = 16
# Words that stand in more chunks are slow to look up, and say little about any of them.
_COMMON = 1000
# So many files may have been replaced, besides one for each that is there.
_WORN = 1000
_WORD = re.compile(r"\w+")
# About what a chunk of source code takes.
_CHUNK_BYTES = 2000

# The full-text table has no content, so it cannot forget a file. But ids are never used twice: the
# chunks of what was replaced belong to no file.
_SCHEMA = """
PRAGMA journal_mode = WAL;
BEGIN;
CREATE TABLE build (made_by TEXT NOT NULL);
INSERT INTO build VALUES ('');
CREATE TABLE files (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    path TEXT NOT NULL UNIQUE,
    language TEXT NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    digest BLOB NOT NULL,
    skipped TEXT NOT NULL
);
CREATE TABLE definitions (
    file INTEGER NOT NULL,
    name_start INTEGER NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    container TEXT NOT NULL,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    line INTEGER NOT NULL,
    doc_start INTEGER,
    doc_end INTEGER,
    PRIMARY KEY (file, name_start)
) WITHOUT ROWID;
CREATE TABLE uses (
    file INTEGER NOT NULL,
    name TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (file, name)
) WITHOUT ROWID;
CREATE TABLE imports (
    file INTEGER NOT NULL,
    start INTEGER NOT NULL,
    target TEXT NOT NULL,
    names TEXT NOT NULL,
    PRIMARY KEY (file, start, target)
) WITHOUT ROWID;
CREATE VIRTUAL TABLE chunks USING fts5 (
    words, content='', columnsize=0, tokenize="ascii tokenchars '_'"
);
CREATE VIRTUAL TABLE chunk_words USING fts5vocab (chunks, row);
COMMIT;
"""
# Made after the first build, which is faster than to keep them up meanwhile.
_INDEXES = (
    "CREATE INDEX IF NOT EXISTS definitions_by_name ON definitions (name)",
    "CREATE INDEX IF NOT EXISTS uses_by_name ON uses (name, count)",
)
_SITES = """
SELECT path, language, name, kind, container, start, end, name_start, line, doc_start, doc_end
FROM definitions JOIN files ON files.id = file
"""


class Site(msgspec.Struct, frozen=True):
    """A definition. `path` is relative to the workspace, with slashes; `line` is 1-based.

    The other places are in characters of the file: see `midfill.grammars.outline.Definition`.
    """

    path: str
    language: str
    name: str
    kind: str
    container: str
    start: int
    end: int
    name_start: int
    line: int
    doc: tuple[int, int] | None = None


class StoredImport(msgspec.Struct, frozen=True):
    """What the file `path` imports: `target` as it is written there, `names` taken from it."""

    path: str
    target: str
    names: tuple[str, ...]


class Uses(msgspec.Struct, frozen=True):
    """How often the file `path` refers to `name`."""

    path: str
    name: str
    count: int


class Hit(msgspec.Struct, frozen=True):
    """Lines of a file that have words in common with what was searched, 1-based and inclusive.

    The last of them may lie after the end of the file.
    """

    path: str
    start_line: int
    end_line: int
    score: float


class Replaced(Exception):
    """What was to be written belongs to an index that proved corrupt; it is empty now."""


class Store:
    """Reads and writes the index of a workspace. Threads may share it.

    `rebuilt` says why an earlier index was given up, and is empty where none was.

    Every method raises MidfillError where the file cannot be read or written, as on a full disk.
    Where it proves corrupt, what reads finds nothing, and what writes raises Replaced.
    """

    def __init__(self, stem: Path) -> None:
        self.rebuilt = ""
        self._stem = stem
        self._lock = RLock()
        self._opened = 0
        self._file: Path | None = None
        self._connection = self._connect()

    @classmethod
    def open(cls, root: Path) -> Store:
        """The index of the workspace `root`, which is empty at first."""
        return cls(stem(root))

    @property
    def generation(self) -> int:
        """A number that is another one whenever the content may have changed."""

        def read(connection: sqlite3.Connection) -> int:
            ((version,),) = connection.execute("PRAGMA data_version")
            return (self._opened << 48) + int(version) + connection.total_changes

        with self._lock:
            if self._file is not None and not self._file.exists():
                # Another process has found it corrupt.
                self._connection = self._connect()
            return self._read(read)

    def files(self) -> dict[str, File]:
        """Every file that was read, by its path."""
        return {path: file for path, file in self.known().items() if not file.skipped}

    def known(self) -> dict[str, File]:
        """The same, with those that were skipped for what is in them."""
        rows = self._rows("SELECT path, language, size, mtime_ns, digest, skipped FROM files")
        return {row[0]: File(*row) for row in rows}

    def file(self, path: str) -> File | None:
        """That file, also if it was skipped."""
        sql = "SELECT path, language, size, mtime_ns, digest, skipped FROM files WHERE path = ?"
        rows = self._rows(sql, path)
        return File(*rows[0]) if rows else None

    def has(self, path: str) -> bool:
        """Whether that file was read."""
        return bool(self._rows("SELECT 1 FROM files WHERE path = ? AND skipped = ''", path))

    def defined(self, names: Collection[str], limit_per_name: int = 50) -> list[Site]:
        """The definitions of these names in all files, by name, then path, then place.

        Of a name with more definitions than the limit, only the first.
        """
        sql = f"{_SITES} WHERE name = ? ORDER BY path, start LIMIT ?"
        return [
            _site(row)
            for name in sorted(set(names))
            for row in self._rows(sql, name, limit_per_name)
        ]

    def defined_in(self, path: str) -> list[Site]:
        """The definitions of a file in the order of its text, the outer before the inner."""
        rows = self._rows(f"{_SITES} WHERE path = ? ORDER BY start, end DESC", path)
        return [_site(row) for row in rows]

    def imports_of(self, path: str) -> list[StoredImport]:
        """What a file imports, in the order of its text."""
        rows = self._rows(
            "SELECT path, target, names FROM imports JOIN files ON files.id = file"
            " WHERE path = ? ORDER BY start",
            path,
        )
        return [StoredImport(path, target, tuple(names.split())) for path, target, names in rows]

    def uses(self, names: Collection[str]) -> list[Uses]:
        """Which files refer to these names, by name, those that do so most first."""
        sql = (
            "SELECT path, name, count FROM uses JOIN files ON files.id = file"
            " WHERE name = ? ORDER BY count DESC, path"
        )
        return [Uses(*row) for name in sorted(set(names)) for row in self._rows(sql, name)]

    def edges(self) -> Iterator[tuple[str, str, int]]:
        """(path, name, count) of all references to names that are defined in any file."""
        yield from self._rows(
            "SELECT path, name, count FROM uses JOIN files ON files.id = file"
            " WHERE name IN (SELECT name FROM definitions)"
        )

    def rarity(self, words: Collection[str]) -> dict[str, float]:
        """The inverse document frequency of each word: how much it tells that a chunk has it.

        In nats: `log(1 + chunks / (1 + chunks with the word))`, in upper or lower case.
        """
        ((size,),) = self._rows("SELECT coalesce(sum(size), 0) FROM files WHERE skipped = ''")
        chunks = size / _CHUNK_BYTES
        return {word: math.log1p(chunks / (1 + self._chunks_with(word))) for word in words}

    def search(self, identifiers: Sequence[str], limit: int) -> list[Hit]:
        """The chunks that have most in common with `identifiers`, the best first (BM25).

        Only whole words count, in upper or lower case.
        """
        words = self._telling({word for each in identifiers for word in _WORD.findall(each)})
        if not words:
            return []
        rows = self._rows(
            "SELECT path, chunks.rowid, rank FROM chunks"
            " JOIN files ON files.id = chunks.rowid >> ?"
            " WHERE chunks MATCH ? ORDER BY rank LIMIT ?",
            _CHUNK_BITS,
            " OR ".join(f'"{word}"' for word in words),
            limit,
        )
        return [_hit(*row) for row in rows]

    def counts(self) -> tuple[int, int, int]:
        """How many files were read, and how many definitions and references are in them."""
        ((files, definitions, references),) = self._rows(
            "SELECT (SELECT count(*) FROM files WHERE skipped = ''),"
            " (SELECT count(*) FROM definitions), (SELECT coalesce(sum(count), 0) FROM uses)"
        )
        return files, definitions, references

    def put(self, records: Sequence[Record]) -> None:
        """Write files in place of what was kept of them, all or none."""

        def write(connection: sqlite3.Connection) -> None:
            _forget(connection, (record.file.path for record in records))
            for record in records:
                _insert(connection, record)

        self._write(write)

    def remove(self, paths: Iterable[str]) -> None:
        """Forget files."""
        self._write(lambda connection: _forget(connection, paths))

    def touch(self, files: Iterable[File]) -> None:
        """Note the times of files whose content is still the same."""
        sql = "UPDATE files SET mtime_ns = ? WHERE path = ?"
        rows = [(file.mtime_ns, file.path) for file in files]
        self._write(lambda connection: connection.executemany(sql, rows))

    def begin(self, made_by: str) -> None:
        """Note what the index is built by."""
        if made_by != self.made_by:
            sql = "UPDATE build SET made_by = ?"
            self._write(lambda connection: connection.execute(sql, (made_by,)))

    def finish(self) -> None:
        """Complete a build: from now on look-up by name is fast."""

        def write(connection: sqlite3.Connection) -> None:
            for statement in _INDEXES:
                connection.execute(statement)

        self._write(write)

    @property
    def made_by(self) -> str:
        """What the index was built by; "" before the first build."""
        return str(self._rows("SELECT made_by FROM build")[0][0])

    @property
    def is_worn(self) -> bool:
        """Whether so much was replaced that the search is better made anew."""
        ((given, there),) = self._rows(
            "SELECT (SELECT coalesce(max(seq), 0) FROM sqlite_sequence), count(*) FROM files"
        )
        return bool(given > 2 * there + _WORN)

    def clear(self, why: str) -> None:
        """Give up the index for an empty one; `why` is what `rebuilt` will say."""
        with self._lock:
            self._connection = self._connect(give_up=why)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    def _telling(self, words: Collection[str]) -> list[str]:
        """The words that stand in some chunks, but not in too many."""
        return [word for word in sorted(words) if 0 < self._chunks_with(word) <= _COMMON]

    def _chunks_with(self, word: str) -> int:
        rows = self._rows("SELECT doc FROM chunk_words WHERE term = ?", word.lower())
        return rows[0][0] if rows else 0

    def _rows(self, sql: str, *parameters: object) -> list[Any]:
        return self._read(lambda connection: connection.execute(sql, parameters).fetchall())

    def _read(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        with self._lock:
            try:
                return work(self._connection)
            except sqlite3.DatabaseError as error:
                self._recover(error)
                return work(self._connection)

    def _write(self, work: Callable[[sqlite3.Connection], object]) -> None:
        with self._lock:
            try:
                with self._connection as connection:
                    connection.execute("BEGIN IMMEDIATE")
                    work(connection)
            except sqlite3.DatabaseError as error:
                self._recover(error)
                raise Replaced from error

    def _recover(self, error: sqlite3.DatabaseError) -> None:
        if not _is_corrupt(error):
            raise self._unusable(error) from error
        self._connection = self._connect(give_up="it was corrupt")

    def _connect(self, give_up: str = "") -> sqlite3.Connection:
        """Open the present file; a new one where there is none, or this one is given up.

        Each new file has a new number in its name. A name must not be used twice while another
        process has the old file open: at last it deletes the log that lies beside it.
        """
        if self._opened:
            self._connection.close()
        try:
            paths.private_dir(self._stem.parent)
            with FileLock(f"{self._stem}.opening"):
                connection = self._open_present(give_up)
        except (OSError, sqlite3.DatabaseError) as error:
            raise self._unusable(error) from error
        self._opened += 1
        return connection

    def _open_present(self, give_up: str) -> sqlite3.Connection:
        pattern = f"{glob.escape(self._stem.name)}.*.sqlite"
        found = sorted(self._stem.parent.glob(pattern), key=_number)
        version, number = _number(found[-1]) if found else (_VERSION, -1)
        if found and version != _VERSION:
            give_up = "another version of Midfill made it"
        elif found and not (give_up and found[-1] == self._file):
            self._file = found[-1]
            try:
                return _open(found[-1])
            except sqlite3.DatabaseError as error:
                if not _is_corrupt(error):
                    raise
                give_up = "it was corrupt"
        if give_up:
            self.rebuilt = give_up
            _LOG.warning("The index %s is built anew: %s", self._stem.name, give_up)
        self._file = self._stem.with_name(f"{self._stem.name}.{_VERSION}-{number + 1}.sqlite")
        connection = _create(self._file)
        for file in found:
            for part in ("", "-wal", "-shm"):
                file.with_name(file.name + part).unlink(missing_ok=True)
        return connection

    def _unusable(self, error: OSError | sqlite3.DatabaseError) -> MidfillError:
        if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL:
            return MidfillError(f"no space is left for the index: free some in {self._stem.parent}")
        return MidfillError(f"the index in {self._stem.parent} cannot be used: {error}")


def stem(root: Path) -> Path:
    """What the names of all files begin with that belong to the index of `root`."""
    root = root.resolve()
    digest = hashlib.sha256(os.fsencode(root)).hexdigest()[:16]
    return paths.cache_dir() / "index" / f"{root.name or 'root'}-{digest}"


def _number(file: Path) -> tuple[int, int]:
    version, _, number = file.name.split(".")[-2].partition("-")
    return int(version), int(number)


def _open(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        file, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("SELECT made_by FROM build").fetchone()
    return connection


def _create(file: Path) -> sqlite3.Connection:
    unfinished = file.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    connection = sqlite3.connect(unfinished, isolation_level=None)
    connection.executescript(_SCHEMA)
    connection.close()
    unfinished.replace(file)
    return _open(file)


def _is_corrupt(error: sqlite3.DatabaseError) -> bool:
    # A file cut to nothing is a valid one, without tables.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in _CORRUPT or "no such table" in str(error)


def _forget(connection: sqlite3.Connection, paths: Iterable[str]) -> None:
    for path in paths:
        for (file,) in connection.execute("DELETE FROM files WHERE path = ? RETURNING id", (path,)):
            for table in ("definitions", "uses", "imports"):
                connection.execute(f"DELETE FROM {table} WHERE file = ?", (file,))  # noqa: S608


def _insert(connection: sqlite3.Connection, record: Record) -> None:
    cursor = connection.execute(
        "INSERT INTO files (path, language, size, mtime_ns, digest, skipped)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        msgspec.structs.astuple(record.file),
    )
    file = cursor.lastrowid
    assert file is not None
    connection.executemany(
        "INSERT INTO definitions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(file, *row) for row in record.definitions],
    )
    connection.executemany(
        "INSERT INTO uses VALUES (?, ?, ?)",
        [(file, name, count) for name, count in record.uses.items()],
    )
    connection.executemany(
        "INSERT INTO imports VALUES (?, ?, ?, ?)", [(file, *row) for row in record.imports]
    )
    connection.executemany(
        "INSERT INTO chunks (rowid, words) VALUES (?, ?)",
        list(enumerate(record.chunks, file << _CHUNK_BITS)),
    )


def _site(row: tuple[Any, ...]) -> Site:
    doc = None if row[9] is None else row[9:]
    return Site(*(*row[:9], doc))


def _hit(path: str, row: int, rank: float) -> Hit:
    start = (row & ((1 << _CHUNK_BITS) - 1)) * CHUNK_LINES + 1
    return Hit(path, start, start + CHUNK_LINES - 1, -rank)
