"""The query files: they compile, and speak the captures that `outline` knows."""

from __future__ import annotations

import re

import pytest
import tree_sitter

from midfill.grammars.outline import KINDS
from midfill.grammars.registry import FOLDER, languages
from midfill.grammars.syntax import grammar, query_source

PARSED = [name for name, language in languages().items() if language.grammar]
ALLOWED = {
    "tags": {"name", "doc", "container", "clause"}
    | {f"definition.{kind}" for kind in KINDS}
    | {f"reference.{kind}" for kind in ("call", "type", "macro", "value")},
    "imports": {"import", "path", "name"},
    "blocks": {"block"},
    "embedded": {"content", "language"},
}


@pytest.mark.parametrize("name", PARSED)
def test_queries_compile_with_standard_captures(name: str) -> None:
    for query, allowed in ALLOWED.items():
        source = query_source(languages()[name], query)
        tree_sitter.Query(grammar(name), source)
        code = re.sub(r'"(?:\\.|[^"\\])*"|;.*', "", source)
        captures = set(re.findall(r"@([\w.]+)", code))
        assert {each for each in captures if not each.startswith("_")} <= allowed


def test_no_query_uses_a_predicate_that_does_not_work() -> None:
    """`not-any-of?` filters nothing in tree-sitter 0.25.2."""
    for file in FOLDER.glob("*/*.scm"):
        assert "not-any-of" not in file.read_text("utf-8"), file


def test_every_query_file_is_one_that_is_used() -> None:
    assert {file.stem for file in FOLDER.glob("*/*.scm")} <= set(ALLOWED)


def test_the_limit_of_a_query_works() -> None:
    """`syntax` relies on it, deprecated as it is; progress callbacks crash in this version."""
    parser = tree_sitter.Parser(grammar("python"))
    tree = parser.parse(b"x = [1, 2]\n" * 20_000)
    query = tree_sitter.Query(grammar("python"), "(integer) @name")
    limited = tree_sitter.QueryCursor(query, timeout_micros=1)
    assert len(limited.matches(tree.root_node)) < 40_000


def test_inherited_queries_come_after_own() -> None:
    source = query_source(languages()["cpp"], "tags")
    assert re.search(r"concept_definition.*preproc_def", source, re.DOTALL)
