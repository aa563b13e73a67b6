"""Trees of tree-sitter, with time limits, and the compiled queries.

`timeout_micros` is deprecated in tree-sitter 0.25, but its successor, a progress callback, crashes
the process on texts of more than a few kilobytes.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from functools import cache, cached_property
from importlib import import_module
from operator import attrgetter, itemgetter
from threading import Lock
from typing import Any

import tree_sitter

from midfill.grammars import nesting
from midfill.grammars.difference import difference
from midfill.grammars.offsets import Offsets
from midfill.grammars.registry import FOLDER, Language, language_for, languages
from midfill.grammars.tree import QUERY_SECONDS, Fault, Matches, NotParsed, Place, Span, Tree, parse

_EVERYWHERE = (0, 0xFFFFFFFF)


class SyntaxTree:
    """A tree-sitter tree over a text."""

    def __init__(
        self,
        language: Language,
        text: str,
        offsets: Offsets,
        tree: tree_sitter.Tree,
        query_seconds: float,
    ) -> None:
        self.language = language
        self.text = text
        self._offsets = offsets
        self._tree = tree
        self._query_seconds = query_seconds

    @classmethod
    def parse(
        cls, language: Language, text: str, old: SyntaxTree | None, seconds: float
    ) -> SyntaxTree:
        """See `midfill.grammars.tree.parse`."""
        if language.max_brackets and nesting.brackets(text) > language.max_brackets:
            raise NotParsed(f"brackets nest deeper than the {language.title} parser can stand")
        if language.max_markers and nesting.markers(text) > language.max_markers:
            raise NotParsed(f"lines nest deeper than the {language.title} parser can stand")
        offsets = Offsets(text)
        edited = old._edited(offsets.data) if old and old.language == language else None
        tree = _parser(language.name).parse(offsets.data, edited, seconds)
        return cls(language, text, offsets, tree, max(seconds, QUERY_SECONDS))

    def matches(self, query: str, within: Span | None = None) -> Iterator[Matches]:
        """See `Tree.matches`."""
        yield self._matches(query, within)
        for start, tree in self._embedded:
            there = within and Span(within.start - start, within.end - start)
            if there is None or (there.end >= 0 and there.start <= len(tree.text)):
                inner = there and Span(max(there.start, 0), min(there.end, len(tree.text)))
                for found, place in tree.matches(query, inner):
                    yield Matches(found, _moved(place, start))

    @cached_property
    def _embedded(self) -> list[tuple[int, Tree]]:
        """The parts in other languages, each with where it starts: scripts and styles of a page."""
        compiled = _query(self.language.name, "embedded")
        matches, place = self._matches("embedded")
        found: dict[int, Tree] = {}
        for pattern, captures in sorted(matches, key=itemgetter(0)):
            start, end = place(captures["content"][0])
            if "language" in captures:
                name = self.text[slice(*place(captures["language"][0]))]
            else:
                assert compiled is not None
                name = compiled.setting(pattern, "language")
            language = language_for(f"part.{name}", name)
            if language is not None and start not in found:
                found[start] = parse(language, self.text[start:end])
        return sorted(found.items())

    def _matches(self, query: str, within: Span | None = None) -> Matches:
        compiled = _query(self.language.name, query)
        if compiled is None:
            return Matches((), self._place)
        touched = _EVERYWHERE
        if within is not None:
            touched = (self._offsets.byte(within.start), self._offsets.byte(within.end) + 1)
        found = compiled.matches(self._tree.root_node, touched, self._query_seconds)
        return Matches(found, self._place)

    @cached_property
    def _place(self) -> Place:
        if self._offsets.are_equal:
            return attrgetter("start_byte", "end_byte")
        char = self._offsets.char
        return lambda node: (char(node.start_byte), char(node.end_byte))

    def faults(self) -> list[Fault]:
        """See `Tree.faults`."""
        found = []
        waiting = [self._tree.root_node]
        while waiting:
            node = waiting.pop()
            if node.is_error or node.is_missing:
                kind = "error" if node.is_error else f"missing {node.type}"
                inside = node.parent.type if node.parent else ""
                char = self._offsets.char
                found.append(Fault(kind, inside, char(node.start_byte), char(node.end_byte)))
            waiting.extend(child for child in reversed(node.children) if child.has_error)
        for start, tree in self._embedded:
            found += [fault.moved(start) for fault in tree.faults()]
        return sorted(found, key=lambda fault: fault.start)

    def _edited(self, data: bytes) -> tree_sitter.Tree:
        """The tree, told where `data` differs, so that a parse can take over the rest."""
        before = self._offsets.data
        change = difference(before, data)
        tree = self._tree.copy()
        tree.edit(
            start_byte=change.start,
            old_end_byte=change.old_end,
            new_end_byte=change.new_end,
            start_point=_point(before, change.start),
            old_end_point=_point(before, change.old_end),
            new_end_point=_point(data, change.new_end),
        )
        return tree


class _Parser:
    """One parser. The lock keeps its limit and its run together."""

    def __init__(self, grammar: tree_sitter.Language) -> None:
        self._parser = tree_sitter.Parser(grammar)
        self._lock = Lock()

    def parse(self, data: bytes, old: tree_sitter.Tree | None, seconds: float) -> tree_sitter.Tree:
        with self._lock:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                self._parser.timeout_micros = int(seconds * 1e6)  # type: ignore[misc]
            try:
                if old is not None:
                    return self._parser.parse(data, old)
                return self._parser.parse(data)
            except ValueError as error:
                # Otherwise the next text would be read as the rest of this one.
                self._parser.reset()
                raise NotParsed(f"parsing took longer than {seconds:g} s") from error


class _Query:
    """One compiled query. A run cut short by its limit is told only by the clock."""

    def __init__(self, grammar: tree_sitter.Language, source: str) -> None:
        self._query = tree_sitter.Query(grammar, source)

    def setting(self, pattern: int, key: str) -> str:
        """What `#set!` gives the pattern."""
        value = self._query.pattern_settings(pattern)[key]
        assert value is not None
        return value

    def matches(
        self, root: tree_sitter.Node, touched: tuple[int, int], seconds: float
    ) -> list[tuple[int, dict[str, list[tree_sitter.Node]]]]:
        cursor = tree_sitter.QueryCursor(self._query, timeout_micros=int(seconds * 1e6))
        cursor.set_byte_range(*touched)
        started = time.monotonic()
        found = cursor.matches(root)
        if time.monotonic() - started >= seconds:
            raise NotParsed(f"a query took longer than {seconds:g} s")
        return found


@cache
def grammar(name: str) -> tree_sitter.Language:
    """The loaded grammar of the language called `name`.

    Raises:
        ImportError, LookupError: its package is not installed, or lacks it.
    """
    source = languages()[name].grammar
    assert source is not None
    package = import_module(source.package)
    if hasattr(package, "get_language"):
        loaded = package.get_language(source.name)
        assert isinstance(loaded, tree_sitter.Language)
        return loaded
    return tree_sitter.Language(getattr(package, source.name)())


def query_source(language: Language, query: str) -> str:
    """The text of a query file, then of the one it inherits; empty where there is none."""
    if query == "outline":
        return query_source(language, "tags") + query_source(language, "imports")
    file = FOLDER / language.name / f"{query}.scm"
    own = file.read_text("utf-8") if file.exists() else ""
    if language.inherits:
        return own + query_source(languages()[language.inherits], query)
    return own


@cache
def _parser(name: str) -> _Parser:
    return _Parser(grammar(name))


@cache
def _query(name: str, query: str) -> _Query | None:
    source = query_source(languages()[name], query)
    return _Query(grammar(name), source) if source else None


def _moved(place: Place, by: int) -> Place:
    def moved(caught: Any) -> tuple[int, int]:
        start, end = place(caught)
        return start + by, end + by

    return moved


def _point(data: bytes, at: int) -> tree_sitter.Point:
    return tree_sitter.Point(data.count(b"\n", 0, at), at - (data.rfind(b"\n", 0, at) + 1))
