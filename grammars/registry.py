"""Which languages there are, and which of them a file is written in.

A language is a folder beside this file: `language.toml` declares it, the `.scm` files in it are its
tree-sitter queries. Adding a language is adding a folder.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from itertools import chain
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import Literal

import msgspec

FOLDER = Path(__file__).parent
# How much of a text is searched for a signature, in characters.
_BEGINNING = 8192
BlockStyle = Literal["braces", "indentation", "keywords", "tags", "none"]

# "/usr/bin/env -S python3.11 -u" -> "python"
_SHEBANG = re.compile(r"#!\s*(?:\S*/)?(?:env\s+(?:-\S+\s+|\w+=\S*\s+)*)?(?:\S*/)?([A-Za-z+_-]+)")


class Comments(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What begins a comment up to the end of the line, and what encloses one."""

    line: tuple[str, ...] = ()
    block: tuple[tuple[str, str], ...] = ()


class Grammar(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the parser comes from: a function of an installed package, called `name` there."""

    name: str
    package: str = "tree_sitter_language_pack"


class Scanner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Regular expressions for a language without a usable grammar; each has a group `name`.

    `skip` matches what holds no code: strings, comments, regular expression literals.
    """

    skip: str
    definitions: Mapping[str, str]
    references: Mapping[str, str]
    imports: str = ""


class Language(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One language. Either `grammar` or `scanner` reads it.

    `blocks` says what encloses a body; brackets of any kind count as braces.
    `ids` are LSP language identifiers, `interpreters` the programs a `#!` line may name.
    `signature` is a regular expression that tells files apart which share an extension, looked
    for in the beginning of the text.
    `separator` stands between the parts of a qualified name that is one token.
    `inherits` names a language whose queries hold here too.
    `reports_errors` is false where the parser takes any text for valid.
    `encloses` is false where a definition is only its heading.
    `max_brackets` and `max_markers` are the nesting (`midfill.grammars.nesting`) the parser can
    stand, where more than that crashes it; 0: any.
    `isolated` is true where the parser can hang beyond any time limit: only a worker may run it.
    """

    name: str
    title: str
    ids: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    filenames: tuple[str, ...] = ()
    interpreters: tuple[str, ...] = ()
    signature: str = ""
    blocks: BlockStyle
    comments: Comments = Comments()
    grammar: Grammar | None = None
    scanner: Scanner | None = None
    separator: str = ""
    inherits: str = ""
    reports_errors: bool = True
    encloses: bool = True
    max_brackets: int = 0
    max_markers: int = 0
    isolated: bool = False


@cache
def languages() -> Mapping[str, Language]:
    """Every language by its name, which is the name of its folder.

    Raises:
        msgspec.ValidationError: a declaration does not fit `Language`.
    """
    found = {}
    for file in sorted(FOLDER.glob("*/language.toml")):
        declared = tomllib.loads(file.read_text("utf-8"))
        found[file.parent.name] = msgspec.convert({"name": file.parent.name} | declared, Language)
    return MappingProxyType(found)


def language_for(
    path: str | PurePath | None = None,
    language_id: str | None = None,
    first_line: str | None = None,
) -> Language | None:
    """The language of a document: by LSP id, else file name, else extension, else `#!` line.

    More of the text than its first line tells more: whether a `.h` is C or C++.
    """
    index = _index()
    if language_id in index.ids:
        return index.ids[language_id]
    candidates = index.of_path(PurePath(path)) if path is not None else []
    beginning = (first_line or "")[:_BEGINNING]
    if not candidates:
        shebang = _SHEBANG.match(beginning)
        return index.interpreters.get(shebang[1]) if shebang else None
    signed = (each for each in candidates if each.signature)
    unsigned = (each for each in candidates if not each.signature)
    told = (each for each in signed if re.search(each.signature, beginning, re.MULTILINE))
    return next(chain(told, unsigned, candidates))


class _Index:
    """Languages by each of the things that tell them."""

    def __init__(self, known: Mapping[str, Language]) -> None:
        self.ids = {id: each for each in known.values() for id in each.ids}
        self.interpreters = {name: each for each in known.values() for name in each.interpreters}
        self._filenames = {name: each for each in known.values() for name in each.filenames}
        self._extensions: dict[str, list[Language]] = {}
        for each in known.values():
            for extension in each.extensions:
                self._extensions.setdefault(extension, []).append(each)

    def of_path(self, path: PurePath) -> list[Language]:
        """By the whole name, then the longest extension, then what stands before the first dot."""
        name = path.name
        if name in self._filenames:
            return [self._filenames[name]]
        for dot in (at for at, character in enumerate(name) if character == "."):
            for extension in (name[dot:], name[dot:].lower()):
                if extension in self._extensions:
                    return self._extensions[extension]
        stem = name.partition(".")[0]
        return [self._filenames[stem]] if stem in self._filenames else []


@cache
def _index() -> _Index:
    return _Index(languages())
