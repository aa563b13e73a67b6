"""What a text defines, refers to and imports."""

from __future__ import annotations

import re
from typing import NamedTuple

import msgspec

from midfill.grammars.comments import comment_above
from midfill.grammars.tree import Span, Tree

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


def outline(tree: Tree) -> Outline:
    """Definitions, references and imports, with the tags query run once.

    Raises:
        NotParsed: a query took too long; so do all functions of this module.
    """
    tags = _tags(tree)
    return Outline(
        tuple(_definitions(tree, tags)),
        tuple(_references(tree, tags)),
        tuple(imports(tree)),
    )


def definitions(tree: Tree, within: Span | None = None) -> list[Definition]:
    """Every definition, or those that touch a part of the text; the outer before the inner."""
    tags = _tags(tree, within)
    if within and any(tag.is_clause for tag in tags.values()):
        # The other clauses of a function may lie anywhere.
        touching = definitions(tree)
        return [each for each in touching if each.start <= within.end and within.start <= each.end]
    return _definitions(tree, tags)


def references(tree: Tree, within: Span | None = None) -> list[Reference]:
    """Every use of a name, or those within a part of the text."""
    found = _references(tree, _tags(tree, within))
    if within is None:
        return found
    return [each for each in found if within.start <= each.start and each.end <= within.end]


def imports(tree: Tree) -> list[Import]:
    """Every import statement and include directive, one for each path."""
    names: dict[tuple[Span, str], list[str]] = {}
    for match in tree.matches("imports"):
        parts = match.captures["path"]
        path = _text(tree, _bare(tree, Span(parts[0].start, parts[-1].end)))
        known = names.setdefault((match.captures["import"][0], path), [])
        for span in match.captures.get("name", ()):
            words = _text(tree, _bare(tree, span)).split()
            known += [word for word in words if word not in known]
    by_place = sorted(names, key=lambda each: each[0])
    return [Import(path, tuple(names[span, path]), *span) for span, path in by_place]


class _Tag(NamedTuple):
    """One name that the tags query found, and what it is the name of."""

    is_reference: bool
    pattern: int
    kind: str
    whole: Span
    owner: str
    name: Span
    doc: Span | None
    is_clause: bool

    def precedes(self, other: _Tag) -> bool:
        """A definition comes before a reference, then the earlier pattern, then one with a doc."""
        mine = self.is_reference, self.pattern, self.doc is None
        return mine < (other.is_reference, other.pattern, other.doc is None)


def _tags(tree: Tree, within: Span | None = None) -> dict[int, _Tag]:
    """The tag of each name, by where the name starts."""
    best: dict[int, _Tag] = {}
    for match in tree.matches("tags", within):
        captures = match.captures
        capture = next(each for each in captures if each.startswith(("definition.", "reference.")))
        role, _, kind = capture.partition(".")
        whole = Span(captures[capture][0].start, captures[capture][-1].end)
        for span in captures.get("name", ()):
            owner, name = _split(tree, span)
            if "container" in captures:
                owner = _text(tree, captures["container"][0])
            tag = _Tag(
                role == "reference",
                match.pattern,
                kind,
                whole,
                owner,
                name,
                captures["doc"][0] if "doc" in captures else None,
                "clause" in captures,
            )
            known = best.get(name.start)
            if known is None or tag.precedes(known):
                best[name.start] = tag
    return best


def _definitions(tree: Tree, tags: dict[int, _Tag]) -> list[Definition]:
    defined = [tag for tag in tags.values() if not tag.is_reference]
    defined.sort(key=lambda tag: (tag.whole.start, -tag.whole.end, tag.name.start))
    found: list[Definition] = []
    around: list[Definition] = []
    clauses: dict[str, int] = {}
    for tag in defined:
        while around and around[-1].end < tag.whole.end:
            around.pop()
        definition = _definition(tree, tag, around[-1] if around else None)
        if tag.is_clause:
            at = clauses.setdefault(definition.qualified, len(found))
            if at < len(found) and not tree.text[found[at].end : tag.whole.start].strip():
                found[at] = msgspec.structs.replace(found[at], end=tag.whole.end)
                around.append(found[at])
                continue
            clauses[definition.qualified] = len(found)
        found.append(definition)
        if tag.kind not in NAMED_ONLY:
            around.append(definition)
    return found


def _definition(tree: Tree, tag: _Tag, around: Definition | None) -> Definition:
    kind = tag.kind
    if kind == "function" and around and around.kind in _WITH_METHODS:
        kind = "method"
    return Definition(
        _text(tree, tag.name),
        kind,
        ".".join(filter(None, (around.qualified if around else "", tag.owner))),
        *tag.whole,
        tag.name.start,
        tag.doc or comment_above(tree, tag.whole.start),
    )


def _references(tree: Tree, tags: dict[int, _Tag]) -> list[Reference]:
    used = sorted((tag for tag in tags.values() if tag.is_reference), key=lambda tag: tag.name)
    return [Reference(_text(tree, tag.name), tag.kind, *tag.name) for tag in used]


def _split(tree: Tree, span: Span) -> tuple[str, Span]:
    """A name without what qualifies it, and that as a dotted path."""
    name = _bare(tree, span)
    separator = tree.language.separator
    if not separator:
        return "", name
    owner, _, last = _text(tree, name).rpartition(separator)
    if not last:
        return "", name
    owners = (part for part in owner.split(separator) if part)
    return ".".join(owners), Span(name.end - len(last), name.end)


def _text(tree: Tree, span: Span) -> str:
    return tree.text[span.start : span.end]


def _bare(tree: Tree, span: Span) -> Span:
    """Without the blank space, quotes or angle brackets around it, or the colon of a symbol."""
    text = _text(tree, span)
    start = span.start + len(text) - len(text.lstrip())
    text = text.strip()
    if len(text) > 2 and text[0] + text[-1] in _QUOTES:
        start, text = start + 1, text[1:-1]
    if _SYMBOL.match(text):
        start, text = start + 1, text[1:]
    return Span(start, start + len(text))
