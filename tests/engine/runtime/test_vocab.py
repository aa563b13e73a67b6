"""Tokenising line by line must be exactly tokenising the whole."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from midfill.engine.runtime.vocab import Vocab

pytestmark = pytest.mark.model

_CODE = st.lists(
    st.sampled_from(
        ["def f(x):", "\n", "\n\n", "    ", "\t", " ", "\r\n", "\r", "}", ");", "x", "_a1", "9",
         "\u2028", "\x0c", "\x0b", "\x85", "\x1c", "\u180e", "é", "漢字", "😀", "'s", "…", "  \n",
         "\u3000", "\u00a0", "\ufeff", "<|fim_middle|>"]
    ),
    max_size=40,
).map("".join)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(_CODE | st.text(max_size=60))
def test_lines_give_the_tokens_of_the_whole(vocab: Vocab, text: str) -> None:
    assert vocab.encode(text) == list(vocab._tokenize(text, parse_special=False))


@settings(max_examples=200, deadline=None)
@given(_CODE)
def test_text_survives(vocab: Vocab, text: str) -> None:
    assert vocab.decode(vocab.encode(text)) == text


def test_special_tokens_of_a_person_stay_text(vocab: Vocab) -> None:
    assert vocab.fim is not None
    written = "<|fim_middle|><|im_end|><|endoftext|>"
    assert not set(vocab.encode(written)) & (vocab.fim.all() | {151643, 151645})
    assert vocab.encode_with_special(written) == [151660, 151645, 151643]


def test_the_model_knows_its_fim_tokens(vocab: Vocab) -> None:
    assert vocab.fim is not None
    assert (vocab.fim.prefix, vocab.fim.middle, vocab.fim.suffix) == (151659, 151660, 151661)
    assert (vocab.fim.repo_name, vocab.fim.file_sep) == (151663, 151664)


@pytest.mark.parametrize("token", [151643, 151645, 151659, 151661, 151662, 151663, 151664])
def test_generation_ends_at_special_tokens(vocab: Vocab, token: int) -> None:
    assert vocab.is_end(token)


def test_a_lone_surrogate_does_not_crash(vocab: Vocab) -> None:
    assert vocab.decode(vocab.encode("a\ud800b")) == "a?b"
