"""What stays, what comes, what goes: the order that keeps the KV cache."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from midfill.engine.backend import Extra
from midfill.engine.context.pack import choose, cost, extras, pack
from midfill.engine.context.piece import Piece


def _piece(path: str, line: int, score: float = 1.0, words: int = 20, text: str = "") -> Piece:
    text = text or f"{path}{line} " + "word " * words
    return Piece(path, line, line + 2, text, "imported: x", score, hash(text))


def test_the_best_that_fit() -> None:
    best, big, last = _piece("a", 1), _piece("b", 1, words=500), _piece("c", 1)
    chosen, left_out = choose([best, big, last], 100)
    assert chosen == [best, last]
    assert [(each.piece, each.why) for each in left_out] == [(big, "budget")]


def test_no_line_twice() -> None:
    first, second = _piece("a", 1), _piece("a", 3)
    chosen, left_out = choose([first, second], 1000)
    assert chosen == [first]
    assert left_out[0].why == "duplicate"


def test_the_file_with_the_best_piece_stands_last() -> None:
    pieces, _ = pack((), [_piece("a", 9, 3.0), _piece("b", 1, 2.0), _piece("a", 1, 1.0)], 1000)
    assert [(piece.path, piece.start_line) for piece in pieces] == [("b", 1), ("a", 1), ("a", 9)]


def test_what_is_new_is_appended_and_the_old_stays_where_it_is() -> None:
    old = (_piece("a", 1), _piece("b", 1))
    pieces, _ = pack(old, [_piece("c", 1, 9.0), old[1]], 1000)
    assert pieces == (*old, _piece("c", 1, 9.0))


def test_a_piece_with_another_text_by_now_goes() -> None:
    old = (_piece("a", 1), _piece("b", 1))
    newer = _piece("a", 1, text="other words")
    pieces, _ = pack(old, [newer], 1000)
    assert pieces == (old[1], newer)


def test_a_full_budget_makes_a_new_list_with_room_to_grow() -> None:
    old = tuple(_piece(f"{number}", 1) for number in range(6))
    new = [_piece(f"n{number}", 1, 9.0) for number in range(3)]
    pieces, left_out = pack(old, [*new, *old], 200)
    assert cost(pieces) <= 150
    assert set(new) <= set(pieces)
    kept = [piece for piece in pieces if piece in old]
    assert list(pieces[: len(kept)]) == kept
    assert {each.piece for each in left_out} == set(old) - set(kept)


def test_neighbours_of_one_file_stand_under_its_name_together() -> None:
    pieces = (
        _piece("a", 1, text="one\n"),
        _piece("a", 9, text="two"),
        _piece("b", 1, text="three"),
    )
    assert extras(pieces) == (Extra("a", "one\ntwo\n"), Extra("b", "three\n"))


_PIECES = st.lists(
    st.builds(
        _piece,
        st.sampled_from("abcdef"),
        st.integers(1, 40),
        st.floats(0.2, 5),
        st.integers(1, 60),
    ),
    max_size=12,
)


@settings(max_examples=200, deadline=None)
@given(rounds=st.lists(_PIECES, max_size=5), budget=st.integers(50, 400))
def test_the_budget_holds_whatever_comes(rounds: list[list[Piece]], budget: int) -> None:
    shown: tuple[Piece, ...] = ()
    for ranked in rounds:
        ranked.sort(key=lambda piece: -piece.score)
        shown, _ = pack(shown, ranked, budget)
        assert cost(shown) <= budget
        assert not any(a.overlaps(b) for n, a in enumerate(shown) for b in shown[:n])
        shown, _ = pack(shown, ranked, budget)  # what a new list has left room for
        assert pack(shown, ranked, budget)[0] == shown
