"""What a text defines, refers to and imports."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import NamedTuple

import msgspec

from midfill.grammars.comments import comment_above
from midfill.grammars.tree import Captures, Place, Span, Tree

# What only has a name, against what holds code of its own.
NAMED_ONLY = frozenset({"constant", "field", "variable"})
# A function in one of these is a method.
_WITH_METHODS = frozenset({"class", "enum", "interface", "type"})
KINDS = NAMED_ONLY | _WITH_METHODS | {"function", "macro", "method", "module", "section"}
# What stands around names that are written as strings, and around paths.
_QUOTES = frozenset({'""', "''", "``", "<>", "[]", "{}"})
_SYMBOL = re.compile(r":[^:]")


class Definition(msgspec.Struct, frozen=True):
    """Something with a name. `start` to `end` is all of it, in characters.

    `container` is the dotted path of the definitions around it, or the owner that is written with
    the name. `doc` is the comment above it or the documentation string in it.
    """

    name: str
    kind: str
    container: str
    start: int
    end: int
    name_start: int
    doc: Span | None = None

    @property
    def qualified(self) -> str:
        """The name after its container, as in `Greeter.hello`."""
        return f"{self.container}.{self.name}" if self.container else self.name


class Reference(msgspec.Struct, frozen=True):
    """A name where it is used: `call`, `type`, `macro` or `value`."""

    name: str
    kind: str
    start: int
    end: int


class Import(msgspec.Struct, frozen=True):
    """`path` as written, without quotes; `names` are those taken from it, before any renaming."""

    path: str
    names: tuple[str, ...]
    start: int
    end: int


class Outline(msgspec.Struct, frozen=True):
    """All of a text that an index needs, each list in the order of the text."""

    definitions: tuple[Definition, ...]
    references: tuple[Reference, ...]
    imports: tuple[Import, ...]


class Tally(msgspec.Struct, frozen=True):
    """The same where it is enough how often each name is used."""

    definitions: list[Definition]
    uses: Counter[str]
    imports: list[Import]


def outline(tree: Tree) -> Outline:
    """Definitions, references and imports, with one walk through the tree.

    Raises:
        NotParsed: a query took too long; so do all functions of this module.
    """
    found = _Found(tree, "outline")
    return Outline(
        tuple(_definitions(tree, found.defined)), tuple(found.references()), tuple(found.imports())
    )


def tally(tree: Tree) -> Tally:
    """Definitions, references by their number, and imports, with one walk through the tree."""
    found = _Found(tree, "outline")
    return Tally(_definitions(tree, found.defined), found.uses(), found.imports())


def definitions(tree: Tree, within: Span | None = None) -> list[Definition]:
    """Every definition, or those that touch a part of the text; the outer before the inner."""
    defined = _Found(tree, "tags", within).defined
    if within and any(tag.is_clause for tag in defined.values()):
        # The other clauses of a function may lie anywhere.
        touching = definitions(tree)
        return [each for each in touching if each.start <= within.end and within.start <= each.end]
    return _definitions(tree, defined)


def references(tree: Tree, within: Span | None = None) -> list[Reference]:
    """Every use of a name, or those within a part of the text."""
    found = _Found(tree, "tags", within).references()
    if within is None:
        return found
    return [each for each in found if within.start <= each.start and each.end <= within.end]


def imports(tree: Tree) -> list[Import]:
    """Every import statement and include directive, one for each path."""
    return _Found(tree, "imports").imports()


class _Tag(NamedTuple):
    """A definition by itself: `start` to `end` is all of it."""

    start: int
    end: int
    name_start: int
    name: str
    kind: str
    owner: str
    doc: Span | None
    pattern: int
    is_clause: bool

    def precedes(self, other: _Tag) -> bool:
        """The earlier pattern comes first, then one with a doc."""
        return (self.pattern, self.doc is None) < (other.pattern, other.doc is None)


class _Found:
    """What the queries found. A name is tagged once: as a definition before a reference."""

    def __init__(self, tree: Tree, query: str, within: Span | None = None) -> None:
        self._text = tree.text
        self._separator = tree.language.separator
        # By where the name starts; of a reference its pattern, kind and name.
        self.defined: dict[int, _Tag] = {}
        self._used: dict[int, tuple[int, str, str]] = {}
        self._imported: dict[tuple[Span, str], list[str]] = {}
        text, separator, used = self._text, self._separator, self._used
        for found, place in tree.matches(query, within):
            for pattern, captures in found:
                role, kind = _role(*captures)
                if role == "reference":
                    for node in captures.get("name", ()):
                        start, end = place(node)
                        name = text[start:end]
                        if separator or not name.isidentifier():
                            _, name, start = self._name(start, end)
                        known = used.get(start)
                        if known is None or pattern < known[0]:
                            used[start] = pattern, kind, name
                elif role == "definition":
                    self._define(pattern, kind, captures, place)
                else:
                    self._import(captures, place)

    def references(self) -> list[Reference]:
        return [
            Reference(name, kind, start, start + len(name))
            for start, (_, kind, name) in sorted(self._used.items())
            if start not in self.defined
        ]

    def uses(self) -> Counter[str]:
        return Counter(
            name for start, (_, _, name) in self._used.items() if start not in self.defined
        )

    def imports(self) -> list[Import]:
        by_place = sorted(self._imported.items(), key=lambda each: each[0][0])
        return [Import(path, tuple(names), *span) for (span, path), names in by_place]

    def _define(self, pattern: int, kind: str, captures: Captures, place: Place) -> None:
        whole = captures[f"definition.{kind}"]
        (start, _), (_, end) = place(whole[0]), place(whole[-1])
        doc = Span(*place(captures["doc"][0])) if "doc" in captures else None
        for node in captures.get("name", ()):
            owner, name, at = self._name(*place(node))
            if "container" in captures:
                owner = self._text[slice(*place(captures["container"][0]))]
            is_clause = "clause" in captures
            tag = _Tag(start, end, at, name, kind, owner, doc, pattern, is_clause)
            known = self.defined.get(at)
            if known is None or tag.precedes(known):
                self.defined[at] = tag

    def _import(self, captures: Captures, place: Place) -> None:
        parts = captures["path"]
        path, _ = _bare(self._text, place(parts[0])[0], place(parts[-1])[1])
        whole = Span(*place(captures["import"][0]))
        known = self._imported.setdefault((whole, path), [])
        for node in captures.get("name", ()):
            name, _ = _bare(self._text, *place(node))
            known += [word for word in name.split() if word not in known]

    def _name(self, start: int, end: int) -> tuple[str, str, int]:
        """What qualifies a name, as a dotted path, then the name without it, and its start."""
        name, separator = self._text[start:end], self._separator
        if not separator and name.isidentifier():
            return "", name, start
        name, start = _bare(self._text, start, end)
        if not separator:
            return "", name, start
        owner, _, last = name.rpartition(separator)
        if not last:
            return "", name, start
        owners = (part for part in owner.split(separator) if part)
        return ".".join(owners), last, start + len(name) - len(last)


@cache
def _role(*captures: str) -> tuple[str, str]:
    """What a match with these captures is, and of which kind."""
    for capture in captures:
        role, dot, kind = capture.partition(".")
        if dot:
            return role, kind
    return "import", ""


def _definitions(tree: Tree, tags: dict[int, _Tag]) -> list[Definition]:
    found: list[Definition] = []
    around: list[Definition] = []
    clauses: dict[str, int] = {}
    for tag in sorted(tags.values(), key=lambda tag: (tag.start, -tag.end, tag.name_start)):
        while around and around[-1].end < tag.end:
            around.pop()
        definition = _definition(tree, tag, around[-1] if around else None)
        if tag.is_clause:
            at = clauses.setdefault(definition.qualified, len(found))
            if at < len(found) and not tree.text[found[at].end : tag.start].strip():
                found[at] = msgspec.structs.replace(found[at], end=tag.end)
                around.append(found[at])
                continue
            clauses[definition.qualified] = len(found)
        found.append(definition)
        if tag.kind not in NAMED_ONLY:
            around.append(definition)
    return found


def _definition(tree: Tree, tag: _Tag, around: Definition | None) -> Definition:
    kind, container = tag.kind, tag.owner
    if around:
        if kind == "function" and around.kind in _WITH_METHODS:
            kind = "method"
        container = f"{around.qualified}.{container}" if container else around.qualified
    doc = tag.doc or comment_above(tree, tag.start)
    return Definition(tag.name, kind, container, tag.start, tag.end, tag.name_start, doc)


def _bare(text: str, start: int, end: int) -> tuple[str, int]:
    """A part without the blank space, quotes or angle brackets around it, or the colon of a symbol,
    and where that starts.
    """
    part = text[start:end]
    start += len(part) - len(part.lstrip())
    part = part.strip()
    if len(part) > 2 and part[0] + part[-1] in _QUOTES:
        start, part = start + 1, part[1:-1]
    if _SYMBOL.match(part):
        start, part = start + 1, part[1:]
    return part, start
