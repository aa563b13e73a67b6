"""How Aider finds definitions and references, written from a description of it, to compare with.

File by file in one process: parse, run the tags query with `captures()`, make a record of each
capture, and keep them pickled in a SQLite cache by the file's time. Grammars and queries are ours,
and a query is compiled once for each language, where Aider does so for every file.
Run `python -m midfill.engine.bench.aider ROOT CACHE`; it prints a `Run`.
"""

from __future__ import annotations

import pickle
import re
import sqlite3
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec
import tree_sitter

from midfill.engine.context.files import Files
from midfill.grammars.registry import Language, language_for, languages
from midfill.grammars.syntax import grammar, query_source

_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|;.*|[()\[\]]')
_ROLE = re.compile(r"@((?:definition|reference)\.\w+)")


class Tag(NamedTuple):
    """A name as Aider keeps it; `line` is 0-based."""

    rel_fname: str
    fname: str
    line: int
    name: str
    kind: str


class Run(msgspec.Struct, frozen=True):
    """What one run found."""

    files: int
    tags: int


def run(root: Path, store: Path) -> Run:
    """Find the tags of all files that the index reads too."""
    files = tags = 0
    database = sqlite3.connect(store, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    database.execute("CREATE TABLE IF NOT EXISTS cache (key TEXT PRIMARY KEY, mtime REAL, data)")
    for path in Files(root).walk():
        found = _cached(database, path, root)
        if found is not None:
            files += 1
            tags += len(found)
    database.close()
    return Run(files, tags)


def _cached(database: sqlite3.Connection, path: Path, root: Path) -> list[Tag] | None:
    key, mtime = str(path), path.stat().st_mtime
    row = database.execute("SELECT mtime, data FROM cache WHERE key = ?", (key,)).fetchone()
    if row is not None and row[0] == mtime:
        kept: list[Tag] = pickle.loads(row[1])  # noqa: S301  # this program's own
        return kept
    text = path.read_text("utf-8", "replace")
    language = language_for(path, first_line=text)
    if language is None or language.grammar is None or language.isolated:
        return None
    found = list(_tags(language, path, path.relative_to(root).as_posix(), text))
    data = pickle.dumps(found)
    database.execute("INSERT OR REPLACE INTO cache VALUES (?, ?, ?)", (key, mtime, data))
    return found


def _tags(language: Language, path: Path, name: str, text: str) -> Iterator[Tag]:
    tree = tree_sitter.Parser(grammar(language.name)).parse(text.encode())
    captures = tree_sitter.QueryCursor(_query(language.name)).captures(tree.root_node)
    for capture, nodes in captures.items():
        if capture.startswith("name."):
            kind = "def" if capture.startswith("name.definition.") else "ref"
            for node in nodes:
                assert node.text is not None
                yield Tag(name, str(path), node.start_point[0], node.text.decode(), kind)


@cache
def _query(language: str) -> tree_sitter.Query:
    """The tags query with the names of captures that Aider goes by: `@name.definition.class`."""
    source = query_source(languages()[language], "tags")
    patterns = []
    for pattern in _patterns(source):
        role = _ROLE.search(pattern)
        if role is not None:
            patterns.append(re.sub(r"@name\b", f"@name.{role[1]}", pattern))
        else:
            patterns.append(pattern)
    return tree_sitter.Query(grammar(language), "\n".join(patterns))


def _patterns(source: str) -> Iterator[str]:
    """The patterns of a query, each with the captures behind it."""
    depth = start = 0
    for found in _TOKEN.finditer(source):
        if found[0] in "([":
            if depth == 0 and source[start : found.start()].strip():
                yield source[start : found.start()]
                start = found.start()
            depth += 1
        elif found[0] in ")]":
            depth -= 1
    yield source[start:]


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(run(Path(sys.argv[1]), Path(sys.argv[2]))))
