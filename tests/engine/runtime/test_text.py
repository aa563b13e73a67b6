"""Text is given out once it is certain."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from midfill.engine.runtime.text import TextStream


def _all(stream: TextStream, data: bytes, cuts: list[int]) -> str:
    text, start = "", 0
    for end in [*sorted(c for c in cuts if c <= len(data)), len(data)]:
        text += stream.feed(data[start:end])
        start = end
        if stream.stopped_by:
            return text
    return text + stream.finish()


@given(st.text(alphabet="ab\n漢😀", max_size=30), st.lists(st.integers(0, 90)))
def test_pieces_may_end_anywhere(text: str, cuts: list[int]) -> None:
    assert _all(TextStream(()), text.encode(), cuts) == text


@given(
    st.text(alphabet="ab\n", max_size=30),
    st.lists(st.text(alphabet="ab\n", min_size=1, max_size=4), max_size=3).map(tuple),
    st.lists(st.integers(0, 30)),
)
def test_nothing_from_a_stop_string_on(text: str, stop: tuple[str, ...], cuts: list[int]) -> None:
    stream = TextStream(stop)
    out = _all(stream, text.encode(), cuts)
    assert text.startswith(out)
    assert not any(word in out for word in stop)
    assert (out == text) == (not stream.stopped_by)


def test_an_unfinished_character_is_dropped() -> None:
    stream = TextStream(())
    assert stream.feed("😀".encode()[:2]) == ""
    assert stream.finish() == ""
