"""A text and what its parser makes of it.

All offsets are in characters of the text, a Python `str`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from midfill.grammars.registry import Language

PARSE_SECONDS = 1.0
QUERY_SECONDS = 1.0
_LONGEST = 3600.0


class NotParsed(Exception):
    """There is no tree, or no answer from it: a time limit, or a parser only a worker may run."""


class Span(NamedTuple):
    """From `start` up to, not including, `end`."""

    start: int
    end: int


# By the name of each capture what it caught: nodes of tree-sitter, or places already.
Captures = Mapping[str, Sequence[Any]]
# The start and end in the text of something that was caught.
Place = Callable[[Any], tuple[int, int]]


class Matches(NamedTuple):
    """What a query found: for each match the number of its pattern, and the captures.

    Of two patterns the earlier one has precedence. A library has hundreds of thousands of matches,
    hence no objects.
    """

    found: Sequence[tuple[int, Captures]]
    place: Place


class Fault(NamedTuple):
    """A place the parser could not read (`error`), or where it had to add a token (`missing`).

    `inside` is the type of the node around it.
    """

    kind: str
    inside: str
    start: int
    end: int

    def moved(self, by: int) -> Fault:
        """The fault with its offsets so much greater."""
        return self._replace(start=self.start + by, end=self.end + by)


class Tree(Protocol):
    """A parsed text, from a tree-sitter grammar or from a scanner. It never changes."""

    language: Language
    text: str

    def __hash__(self) -> int: ...

    def matches(self, query: str, within: Span | None = None) -> Iterable[Matches]:
        """What the language's query file of that name finds in nodes that touch `within`.

        The query "outline" is that of tags and that of imports together. Parts of the text in other
        languages have matches of their own.

        Raises:
            NotParsed: the query took longer than its limit.
        """
        ...

    def faults(self) -> list[Fault]:
        """Syntax errors in the order of the text.

        Raises:
            NotParsed: an embedded part in another language could not be parsed.
        """
        ...


def parse(
    language: Language, text: str, old: Tree | None = None, seconds: float = PARSE_SECONDS
) -> Tree:
    """Parse `text`; with the tree of an earlier version of it, only what changed.

    Raises:
        NotParsed: it took longer than `seconds`, or only a worker may run this parser.
    """
    if language.isolated:
        raise NotParsed(f"{language.title} is parsed in a worker process only")
    return _parse(language, text, old, seconds)


def parse_isolated(language: Language, text: str) -> Tree:
    """The same in a child, which may hang: every parser runs, and as long as the child may."""
    return _parse(language, text, None, _LONGEST)


def _parse(language: Language, text: str, old: Tree | None, seconds: float) -> Tree:
    if language.scanner is not None:
        from midfill.grammars.scanner import Scan

        return Scan(language, text)
    from midfill.grammars.syntax import SyntaxTree

    return SyntaxTree.parse(language, text, old if isinstance(old, SyntaxTree) else None, seconds)
