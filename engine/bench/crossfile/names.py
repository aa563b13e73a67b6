"""Which names a file can say that other files of its package define."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import msgspec

from midfill.engine.bench.crossfile.sources import Source, imports

# A name that more files define does not tell which of them is meant.
_MOST_FILES = 3
_SHORTEST = 3
# Where the type of the object is not known, these may be anybody's.
_ANYBODYS = frozenset(
    name
    for kind in (str, bytes, list, dict, set, tuple, int, BaseException, Path)
    for name in dir(kind)
)


class Name(msgspec.Struct, frozen=True):
    """A name, and the files that define it."""

    text: str
    files: tuple[str, ...]


class Names(msgspec.Struct, frozen=True):
    """What imports bring in: names said alone, and those said as a member of something.

    `foreign` are names of other packages, whose members nobody here defines.
    """

    alone: Mapping[str, Name]
    members: Mapping[str, Name]
    foreign: frozenset[str]


def names(source: Source, sources: Mapping[str, Source]) -> Names:
    """The names of other files that `source` can say."""
    defined: defaultdict[str, list[str]] = defaultdict(list)
    for path, other in sources.items():
        if other.family == source.family:
            for name in {definition.name for definition in other.outline.definitions}:
                defined[name].append(path)

    def note(name: str, into: dict[str, Name]) -> None:
        files = defined[name]
        if len(name) >= _SHORTEST and len(files) <= _MOST_FILES and source.path not in files:
            into[name] = Name(name, tuple(files))

    alone: dict[str, Name] = {}
    members: dict[str, Name] = {}
    foreign: set[str] = set()
    for imported in imports(source, sources):
        if not (imported.definers or imported.modules):
            foreign.add(imported.name)
        if imported.definers:
            note(imported.name, alone)
        for path in imported.definers:
            for definition in sources[path].outline.definitions:
                if definition.container == imported.name and definition.name not in _ANYBODYS:
                    note(definition.name, members)
        for path in imported.modules:
            for name in sources[path].exports:
                note(name, members)
    return Names(alone, members, frozenset(foreign))
