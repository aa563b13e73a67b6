from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from midfill.grammars.difference import difference
from midfill.grammars.offsets import Offsets
from midfill.grammars.outline import definitions, outline
from midfill.grammars.registry import languages
from midfill.grammars.syntax import SyntaxTree
from midfill.grammars.tree import NotParsed, parse

PYTHON = languages()["python"]
PIECES = st.lists(
    st.sampled_from(
        ["def f(x):\n", "    return x\n", "class Ä:\n", "é", '"𝄞"', "(", ")", "\n", "x"]
    )
).map("".join)


@given(old=PIECES, new=PIECES)
@settings(deadline=None, max_examples=200)
def test_incremental_is_the_same_as_full(old: str, new: str) -> None:
    full = parse(PYTHON, new)
    incremental = parse(PYTHON, new, old=parse(PYTHON, old))
    assert outline(incremental) == outline(full)
    assert incremental.faults() == full.faults()


def test_the_old_tree_stays_as_it_was() -> None:
    old = parse(PYTHON, "def f():\n    pass\n")
    before = outline(old)
    parse(PYTHON, "x = 1\n\ndef g():\n    pass\n", old=old)
    assert outline(old) == before


def test_a_tree_of_another_language_is_no_help() -> None:
    old = parse(languages()["c"], "int f(void) { return 1; }\n")
    assert outline(parse(PYTHON, "def f(): pass\n", old=old)) == outline(
        parse(PYTHON, "def f(): pass\n")
    )


def test_a_time_out_is_told_and_the_next_parse_works() -> None:
    text = "def f(a):\n    return (a + 1) * 2\n" * 20_000
    with pytest.raises(NotParsed, match="longer than"):
        parse(PYTHON, text, seconds=0.001)
    assert [each.name for each in definitions(parse(PYTHON, "def g(): pass\n"))] == ["g"]


def test_a_slow_query_is_told() -> None:
    tree = parse(PYTHON, "def f(a):\n    return (a + 1) * 2\n" * 5_000)
    assert isinstance(tree, SyntaxTree)
    tree._query_seconds = 0.0
    with pytest.raises(NotParsed, match="query"):
        definitions(tree)


def test_offsets_are_characters() -> None:
    text = "# é 𝄞\nname = '𝄞'\n\ndef größe():\n    pass\n"
    (found,) = [each for each in definitions(parse(PYTHON, text)) if each.kind == "function"]
    assert text[found.start : found.end] == "def größe():\n    pass"
    assert text[found.name_start :].startswith("größe")


def test_a_lone_surrogate_is_one_character() -> None:
    text = "x = '\ud800'\ndef f(): pass\n"
    (found,) = [each for each in definitions(parse(PYTHON, text)) if each.kind == "function"]
    assert text[found.start : found.end] == "def f(): pass"


@given(st.text(max_size=40), st.integers(min_value=0, max_value=120))
def test_offsets_go_both_ways(piece: str, times: int) -> None:
    text = piece * times
    offsets = Offsets(text)
    for char in range(0, len(text) + 1, 97):
        byte = offsets.byte(char)
        assert byte == len(text[:char].encode("utf-8", "replace"))
        assert offsets.char(byte) == char


@given(PIECES, PIECES)
def test_the_difference_makes_one_of_the_other(old: str, new: str) -> None:
    change = difference(old, new)
    assert old[: change.start] + new[change.start : change.new_end] + old[change.old_end :] == new
    assert difference(old, old) == (len(old), len(old), len(old))
