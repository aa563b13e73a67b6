"""Every edit is checked against a model that knows only a string and LSP's words."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midfill.lsp.document import Document, Position
from midfill.lsp.encoding import ENCODINGS

from .text_model import ALPHABET, model_edit, model_lines, model_offset, model_position

texts = st.one_of(
    st.text(ALPHABET, max_size=40),
    st.lists(st.sampled_from(["a", "é😋", "\r\n", "\r", "\n", ""])).map("".join),
)
numbers = st.one_of(
    st.integers(0, 12), st.integers(-3, 40), st.sampled_from([2**31, 2**64, -(2**64)])
)
positions = st.builds(Position, numbers, numbers)
encodings = st.sampled_from(list(ENCODINGS))


def open_document(text: str, encoding: str) -> Document:
    return Document("file:///a.py", text, encoding=ENCODINGS[encoding])


def assert_same(document: Document, text: str) -> None:
    assert document.text == text
    begins = [begin for begin, _ in model_lines(text)] + [len(text)]
    assert document.lines == [text[a:b] for a, b in pairwise(begins)]


@given(texts, encodings, st.lists(st.tuples(positions, positions, texts), min_size=1, max_size=12))
def test_edits_agree_with_the_model(
    text: str, encoding: str, edits: list[tuple[Position, Position, str]]
) -> None:
    document = open_document(text, encoding)
    assert_same(document, text)
    for start, end, new in edits:
        text = model_edit(text, start, end, new, encoding)
        document.edit(start, end, new)
        assert_same(document, text)


@given(texts, encodings, positions)
def test_positions_and_offsets_agree_with_the_model(
    text: str, encoding: str, position: Position
) -> None:
    document = open_document(text, encoding)
    offset = model_offset(text, position, encoding)
    assert document.offset_at(position) == offset
    assert document.clamp(position) == model_position(text, offset, encoding)
    for at in range(len(text) + 1):
        assert document.position_at(at) == model_position(text, at, encoding)
    assert document.position_at(-1) == Position(0, 0)
    assert document.position_at(len(text) + 1) == document.position_at(len(text))


@given(texts, encodings, positions, st.integers(0, 50), st.integers(0, 50))
def test_the_windows_around_a_position_are_cut_from_the_text(
    text: str, encoding: str, position: Position, before: int, after: int
) -> None:
    offset = model_offset(text, position, encoding)
    window = open_document(text, encoding).split_at(position, before, after)
    assert window == (text[max(0, offset - before) : offset], text[offset : offset + after])


@given(texts, texts)
def test_a_full_change_leaves_nothing_of_the_old_text(text: str, new: str) -> None:
    document = open_document(text, "utf-16")
    document.replace(new)
    assert_same(document, new)


@pytest.mark.parametrize(
    ("text", "at", "new", "lines"),
    [
        ("a\rb", (1, 0), "\n", ["a\r\n", "b"]),  # the edit completes a CRLF with what is before it
        ("a\nb", (0, 1), "\r", ["a\r\n", "b"]),  # … and with what is after it
        ("a\r\nb", (0, 1), "\n", ["a\n", "\r\n", "b"]),
        ("a\r\nb", (0, 99), "c", ["ac\r\n", "b"]),  # no position lies inside or after a terminator
        ("a\n", (1, 0), "b", ["a\n", "b"]),
        ("a", (7, 7), "\r", ["a\r", ""]),
        ("", (0, 0), "\n", ["\n", ""]),
    ],
)
def test_terminators_meet(text: str, at: tuple[int, int], new: str, lines: list[str]) -> None:
    document = open_document(text, "utf-16")
    document.edit(Position(*at), Position(*at), new)
    assert document.lines == lines


def test_deleting_between_two_terminators_joins_them() -> None:
    document = open_document("a\rx\nb", "utf-16")
    document.edit(Position(1, 0), Position(1, 1), "")
    assert document.lines == ["a\r\n", "b"]


@pytest.mark.parametrize(
    ("encoding", "character", "expected"),
    [
        ("utf-16", 1, "|😋é"),  # between the surrogates
        ("utf-16", 2, "😋|é"),
        ("utf-8", 3, "|😋é"),
        ("utf-8", 4, "😋|é"),
        ("utf-8", 5, "😋|é"),
        ("utf-32", 1, "😋|é"),
        ("utf-32", 9, "😋é|"),
    ],
)
def test_a_position_inside_a_character_means_its_beginning(
    encoding: str, character: int, expected: str
) -> None:
    document = open_document("😋é", encoding)
    document.edit(Position(0, character), Position(0, character), "|")
    assert document.text == expected


@pytest.mark.parametrize("encoding", list(ENCODINGS))
@given(texts, st.lists(st.tuples(positions, positions, texts), min_size=1, max_size=6))
def test_changes_on_the_wire_agree_with_the_model(
    old_client: Any, encoding: str, text: str, edits: list[tuple[Position, Position, str]]
) -> None:
    client = old_client(encoding)
    client.open(text)
    changes: list[object] = []
    for start, end, new in edits:
        text = model_edit(text, start, end, new, encoding)
        span = {"start": start._asdict(), "end": end._asdict()}
        changes.append({"range": span, "text": new})
    client.change(*changes)
    assert client.text == text
    client.change({"text": "all new"})
    assert client.text == "all new"
