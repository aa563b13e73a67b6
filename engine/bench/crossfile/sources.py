"""The source files of a package, and which of them import which."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path, PurePosixPath

import msgspec

from midfill.engine.completion.code import code
from midfill.grammars.outline import Import, Outline, outline
from midfill.grammars.registry import Language, language_for
from midfill.grammars.tree import NotParsed, parse

_LARGEST = 200_000  # characters; what is larger is generated or data
_NOT_SOURCE = frozenset(
    {"test", "tests", "testing", "ui-tests", "benchmarks", "doc", "docs", "example", "examples"}
    | {"scripts", "static"}
)
_SEGMENT = re.compile(r"[\w-]+")
# These stand for a place, and are no part of a path.
_PLACES = frozenset({"crate", "self", "super"})
# The files that speak for their folders.
_OF_FOLDERS = frozenset({"__init__", "mod", "lib", "index"})
_LAST_NAME = re.compile(r"([^\W\d]\w*)\Z")


class Source(msgspec.Struct, frozen=True, dict=True):
    """A file of a package. `code` is `text` with blanks for comments and strings."""

    path: str
    text: str
    code: str
    language: Language
    outline: Outline

    @property
    def family(self) -> str:
        """The language, or those that import each other's files."""
        return "javascript" if self.language.name in {"typescript", "tsx"} else self.language.name

    @cached_property
    def exports(self) -> frozenset[str]:
        """The names that other files can import from here."""
        return frozenset(
            definition.name
            for definition in self.outline.definitions
            if not definition.container and definition.kind != "module"
        )

    @cached_property
    def segments(self) -> tuple[str, ...]:
        """The parts of the path, as imports write them; the last is the name of the module."""
        path = PurePosixPath(self.path).with_suffix("")
        parts = tuple(path.as_posix().replace("-", "_").split("/"))
        return parts[:-1] if parts[-1] in _OF_FOLDERS and parts[:-1] else parts


class Imported(msgspec.Struct, frozen=True):
    """A name that an import statement takes, and the files of the package it may come from.

    `definers` define it, `modules` are called like it; nothing of both for another package's.
    """

    name: str
    definers: tuple[str, ...]
    modules: tuple[str, ...]


def read(folder: Path) -> dict[str, Source]:
    """What a package is made of, by paths: no tests, documentation or examples."""
    found = {}
    for file in sorted(folder.rglob("*")):
        path = file.relative_to(folder).as_posix()
        language = language_for(path)
        if language is None or not _is_source(PurePosixPath(path)) or not file.is_file():
            continue
        try:
            text = file.read_text("utf-8")
            if len(text) <= _LARGEST:
                parsed = outline(parse(language, text))
                found[path] = Source(path, text, code(text, language)[0], language, parsed)
        except (UnicodeDecodeError, NotParsed):
            continue
    return {path: source for path, source in found.items() if source.outline.definitions}


def imports(source: Source, sources: Mapping[str, Source]) -> Iterator[Imported]:
    """What `source` imports, by the names it uses for that."""
    family = [other for other in sources.values() if other.family == source.family]
    for statement in source.outline.imports:
        for name, segments in _taken(statement):
            within = [other for other in family if segments.issubset(other.segments)]
            yield Imported(
                name,
                tuple(other.path for other in within if name in other.exports),
                tuple(other.path for other in within if name == other.segments[-1]),
            )


def _taken(statement: Import) -> Iterator[tuple[str, set[str]]]:
    """Each name that a statement takes, with the parts of the path it takes it from."""
    path, suffix = statement.path, PurePosixPath(statement.path).suffix
    path = path.removesuffix(suffix) if "/" in path else path
    last = _LAST_NAME.search(path)
    names = dict.fromkeys(statement.names, path)
    if not names and last is not None:
        names[last[1]] = path[: last.start()]
    for name, parent in names.items():
        yield name, set(_SEGMENT.findall(parent.replace("-", "_"))) - _PLACES


def _is_source(path: PurePosixPath) -> bool:
    return _NOT_SOURCE.isdisjoint(path.parts) and not path.name.startswith(("test_", "conftest"))
