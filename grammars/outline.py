"""What a text defines, refers to and imports, and what a cursor stands in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from midfill.grammars.mending import line_at, mended
from midfill.grammars.tree import Span, Tree

# What holds code of its own, against what is only named.
_NAMED_ONLY = frozenset({"constant", "field", "variable"})
# A function in one of these is a method.
_WITH_METHODS = frozenset({"class", "enum", "interface", "type"})
KINDS = _NAMED_ONLY | _WITH_METHODS | {"function", "macro", "method", "module", "section"}
# What stands around names that are written as strings, and around paths.
_QUOTES = frozenset({'""', "''", "``", "<>", "[]", "{}"})
_SYMBOL = re.compile(r":[^:]")
# What may stand on the line before a definition that grammars leave out: `pub`, `export`, `#`.
_MODIFIERS = re.compile(r"[\w \t#]*")


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


class Block(msgspec.Struct, frozen=True):
    """A body in braces or tags; in languages without them the construct that owns the body."""

    start: int
    end: int


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


def definitions(tree: Tree) -> list[Definition]:
    """Every definition, in the order of the text, the outer before the inner."""
    return _definitions(tree, _tags(tree))


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


def enclosing_definition(tree: Tree, offset: int) -> Definition | None:
    """The innermost definition the cursor stands in, also while its line is half typed.

    A constant, field or variable counts only where nothing larger encloses it.
    """
    around = mended(tree, offset)
    if around is not tree:
        found = _enclosing(around, _begin(tree, offset))
        if found is not None:
            return found
    return _enclosing(tree, offset)


def block_at(tree: Tree, offset: int) -> Block | None:
    """The innermost block that text typed at the cursor belongs to, also while it is half typed."""
    around = mended(tree, offset)
    if around is not tree:
        found = _block(around, _begin(tree, offset))
        if found is not None:
            return found
    return _block(tree, offset)


def _enclosing(tree: Tree, offset: int) -> Definition | None:
    tags = _tags(tree, _around(tree, offset))
    if any(tag.is_clause for tag in tags.values()):
        tags = _tags(tree)  # The other clauses of the function may lie anywhere.
    holding = [
        each
        for each in _definitions(tree, tags)
        if each.start <= offset <= each.end or _continues(tree, Span(each.start, each.end), offset)
    ]
    return max(
        holding,
        key=lambda each: (each.kind not in _NAMED_ONLY, each.start, -each.end),
        default=None,
    )


def _block(tree: Tree, offset: int) -> Block | None:
    at_end = tree.language.blocks in ("indentation", "none")
    holding = [
        span
        for match in tree.matches("blocks", _around(tree, offset))
        for span in match.captures["block"]
        if span.start < offset < span.end + at_end or _continues(tree, span, offset)
    ]
    innermost = max(holding, key=lambda span: (span.start, -span.end), default=None)
    return Block(*innermost) if innermost else None


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
        if tag.kind not in _NAMED_ONLY:
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
        tag.doc or _comment_above(tree, tag.whole.start),
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


def _begin(tree: Tree, offset: int) -> int:
    """Where the code on the line of the cursor begins; the cursor itself if that is not before."""
    line = line_at(tree.text, offset)
    text = tree.text[line.start : offset]
    return offset - len(text.lstrip())


def _around(tree: Tree, offset: int) -> Span:
    """The cursor, with the blank space before it where indentation decides what that belongs to."""
    if tree.language.blocks != "indentation":
        return Span(max(offset - 1, 0), offset)
    return Span(max(len(tree.text[:offset].rstrip()) - 1, 0), offset)


def _continues(tree: Tree, span: Span, offset: int) -> bool:
    """Whether a cursor on a blank line after `span` is indented deeper than its first line."""
    if tree.language.blocks != "indentation" or offset < span.end:
        return False
    text = tree.text
    if text[span.end : offset].strip():
        return False
    line = text.rfind("\n", 0, offset) + 1
    if line <= span.end and "\n" not in text[span.end : offset]:
        return False
    header = text[text.rfind("\n", 0, span.start) + 1 : span.start]
    return offset - line > len(header) - len(header.lstrip())


def _comment_above(tree: Tree, start: int) -> Span | None:
    """The comment that ends on the line before, over any `#[attribute]` lines between."""
    text, comments = tree.text, tree.language.comments
    line = text.rfind("\n", 0, start) + 1
    if not _MODIFIERS.fullmatch(text, line, start):
        return None
    top = bottom = line
    while top > 0:
        above = text.rfind("\n", 0, top - 1) + 1
        content = text[above:top].strip()
        if content.startswith("#["):
            pass
        elif content.startswith(comments.line) and not content.startswith("#!"):
            bottom = above + len(text[above:top].rstrip()) if bottom == line else bottom
        else:
            opened = _block_comment(text, content, above, top, comments.block)
            if opened is None:
                break
            bottom = above + len(text[above:top].rstrip()) if bottom == line else bottom
            above = text.rfind("\n", 0, opened) + 1
        top = above
    if bottom == line:
        return None
    return Span(bottom - len(text[top:bottom].lstrip()), bottom)


def _block_comment(
    text: str, content: str, above: int, top: int, pairs: Iterable[tuple[str, str]]
) -> int | None:
    """Where the block comment begins that the line `content` ends, if it stands alone."""
    for opening, closing in pairs:
        if content.endswith(closing) and len(content) >= len(closing):
            end = above + text[above:top].rindex(closing)
            opened = text.rfind(opening, 0, end)
            line = text.rfind("\n", 0, opened) + 1
            if opened >= 0 and not text[line:opened].strip():
                return opened
    return None
