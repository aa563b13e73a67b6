"""A cursor in a document, and the names that matter there."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import msgspec

from midfill.engine.completion.code import code
from midfill.engine.context.skeleton import CONTAINERS
from midfill.engine.context.words import WORD, parts, words
from midfill.grammars.outline import Definition, Import, definitions, imports
from midfill.grammars.registry import Language
from midfill.grammars.tree import NotParsed, Span, Tree, parse

_T = TypeVar("_T")

_MEMBER = re.compile(r"(?:\.|->|::)([^\W\d]\w*)")

# Lines around the cursor whose names count, and the distance at which a name counts half.
_ABOVE = 48
_BELOW = 16
_HALF = 6
# A name in the header of a definition around the cursor counts like one this many lines away.
_HEADER = 4
# Lines before the cursor whose comments count.
_SAID = 6
# No code has fewer characters for each token: what a window of tokens shows at least.
_CHARACTERS_PER_TOKEN = 3


class Place(msgspec.Struct, frozen=True, dict=True, kw_only=True):
    """The text around a cursor; `path` is relative to the folder `root`, with forward slashes.

    `line` is the cursor's, 0-based. `shown` are the tokens before and after the cursor that a
    prompt shows anyway.
    """

    root: Path
    path: str
    prefix: str
    suffix: str
    line: int = 0
    language: Language | None = None
    shown: tuple[int, int] = (768, 256)

    @cached_property
    def text(self) -> str:
        """The text on both sides of the cursor."""
        return self.prefix + self.suffix

    @cached_property
    def lines(self) -> range:
        """The lines of the file, 0-based, that a prompt shows around the cursor at least."""
        before, after = (tokens * _CHARACTERS_PER_TOKEN for tokens in self.shown)
        above = self.prefix.count("\n", max(len(self.prefix) - before, 0))
        return range(self.line - above, self.line + self.suffix.count("\n", 0, after) + 1)

    @cached_property
    def names(self) -> dict[str, float]:
        """The names in the code around the cursor; the nearer to it, the closer to 1."""
        found: dict[str, float] = {}

        def note(text: str, distance: float) -> None:
            for name in WORD.findall(text):
                found[name] = max(found.get(name, 0.0), _HALF / (_HALF + distance))

        above = self.prefix.rsplit("\n", _ABOVE)[-_ABOVE:]
        below = self.suffix.split("\n", _BELOW)[:_BELOW]
        blank, _ = code("\n".join(above), self.language)
        for distance, line in enumerate(reversed(blank.split("\n"))):
            note(line, distance)
        for distance, line in enumerate(code("\n".join(below), self.language)[0].split("\n")):
            note(line, 2 * distance)
        for each in self._around:
            note(self._header(each), _HEADER)
        found |= dict.fromkeys(self.bases, 1.0)
        return found

    @cached_property
    def members(self) -> frozenset[str]:
        """The names that are reached through something: `client.name`, `Client::name`."""
        above = "\n".join(self.prefix.rsplit("\n", _ABOVE)[-_ABOVE:])
        below = "\n".join(self.suffix.split("\n", _BELOW)[:_BELOW])
        return frozenset(_MEMBER.findall(above)) | frozenset(_MEMBER.findall(below))

    @cached_property
    def bases(self) -> frozenset[str]:
        """The names in the headers of the classes around the cursor: what they are made from."""
        classes = [each for each in self._around if each.kind in CONTAINERS]
        found = (words(self._header(each)) - {each.name} for each in classes)
        return frozenset().union(*found)

    def affinity(self, name: str) -> float:
        """How much `name` has in common with the words around the cursor, from 0 to 1: those of
        other names, and of comments."""
        found = [self._parts.get(part, 0.0) for part in parts(name)]
        return sum(found) / len(found) if found else 0.0

    @cached_property
    def _parts(self) -> dict[str, float]:
        said = dict.fromkeys(WORD.findall("\n".join(self.prefix.rsplit("\n", _SAID)[-_SAID:])), 1.0)
        found: dict[str, float] = {}
        for name, weight in (*said.items(), *self.names.items()):
            for part in parts(name):
                found[part] = max(found.get(part, 0.0), weight)
        return found

    def _header(self, definition: Definition) -> str:
        return self.text[definition.start : definition.end].split("\n", 1)[0]

    @cached_property
    def _around(self) -> list[Definition]:
        """The definitions that the cursor stands in."""
        here = Span(len(self.prefix), len(self.prefix))
        found = self._of_tree(lambda tree: definitions(tree, here))
        return [each for each in found if each.start <= here.start <= each.end]

    @cached_property
    def imports(self) -> list[Import]:
        """What the text imports; nothing where it cannot be parsed."""
        return self._of_tree(imports)

    @cached_property
    def _tree(self) -> Tree | None:
        if self.language is None:
            return None
        try:
            return parse(self.language, self.text)
        except NotParsed:
            return None

    def _of_tree(self, read: Callable[[Tree], list[_T]]) -> list[_T]:
        try:
            return read(self._tree) if self._tree else []
        except NotParsed:
            return []
