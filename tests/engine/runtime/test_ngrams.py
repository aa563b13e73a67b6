"""Finding the last tokens again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from midfill.engine.runtime.ngrams import LONGEST_MATCH, Match, Ngrams

_TOKENS = st.lists(st.integers(0, 3), max_size=40)


def _longest(text: list[int], tail: list[int]) -> Match | None:
    """By looking everywhere."""
    best = None
    for position in range(2, len(text)):
        length = 0
        most = min(position, len(tail), LONGEST_MATCH)
        while length < most and text[position - 1 - length] == tail[-1 - length]:
            length += 1
        if length >= 2 and (best is None or length >= best.length):
            best = Match(position, length)
    return best


@given(st.lists(st.integers(0, 3), max_size=18), _TOKENS)
def test_the_longest_match_of_a_text_elsewhere(text: list[int], tail: list[int]) -> None:
    index = Ngrams()
    index.extend(text)
    assert index.find(tail) == _longest(text, tail)


@given(st.lists(st.integers(0, 3), max_size=18))
def test_the_longest_match_within_the_text(text: list[int]) -> None:
    index = Ngrams()
    index.extend(text)
    assert index.find(index.tokens) == _longest(text, text)


@given(st.lists(_TOKENS, max_size=6), _TOKENS)
def test_aligned_is_as_good_as_new(before: list[list[int]], tokens: list[int]) -> None:
    index, new = Ngrams(), Ngrams()
    for text in [*before, tokens]:
        index.align(text)
    new.extend(tokens)
    assert index.__dict__ == new.__dict__
