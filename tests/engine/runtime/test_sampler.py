"""Sampling within a grammar, and from the middle of a word."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from midfill.engine.runtime.context import Context, Item
from midfill.engine.runtime.sampler import Healer, Sampler, SamplingParams
from midfill.engine.runtime.vocab import Vocab

pytestmark = pytest.mark.model


Choose = Callable[[dict[str, float], SamplingParams], str]


@pytest.fixture
def choose(context: Context, vocab: Vocab) -> Choose:
    """The text of the token that is chosen where only those with logits are possible."""
    context.decode([Item(vocab.encode("a")[0], 0, 0, True)])

    def chosen(logits: dict[str, float], params: SamplingParams) -> str:
        there = context.logits(0)
        there.fill(-np.inf)
        for text, logit in logits.items():
            [token] = vocab.encode(text)
            there[token] = logit
        sampler = Sampler(vocab, params)
        token = sampler.choose(context, 0)
        sampler.close()
        return vocab.decode([token])

    return chosen


@pytest.mark.parametrize("temperature", [0.0, 0.01])
def test_the_likeliest_that_a_grammar_allows(choose: Choose, temperature: float) -> None:
    params = SamplingParams(grammar="root ::= [0-9]+", temperature=temperature, seed=1)
    assert choose({"x": 3.0, "1": 1.0, "2": 2.0}, params) == "2"
    assert choose({"x": 1.0, "1": 3.0, "2": 2.0}, params) == "1"


def test_shares_are_those_within_the_grammar(choose: Choose) -> None:
    logits = {"x": float(np.log(4)), "1": 0.0, "2": float(np.log(3))}
    chosen = Counter(
        choose(logits, SamplingParams(grammar="root ::= [0-9]+", temperature=1.0, seed=seed))
        for seed in range(80)
    )
    assert set(chosen) == {"1", "2"}
    assert 0.6 < chosen["2"] / 80 < 0.9


def test_a_blank_alone_begins_no_word(vocab: Vocab, healer: Healer) -> None:
    allowed = [vocab.piece(token) for token in healer.allowed(b" val")]
    assert {b" val", b" value", b" validation"} <= set(allowed)
    assert b" " not in allowed


def test_part_of_a_character_can_be_written(healer: Healer) -> None:
    for piece in ("🙂".encode()[1:], "関".encode()[:2]):
        assert len(healer.allowed(piece))


def test_what_was_written_is_allowed(vocab: Vocab, healer: Healer) -> None:
    """Cut in code at random, the token that stands there may come."""
    text = (
        Path(__file__).read_text() + "    größe.getConfigurationName('関数 🙂', [1, -2.5e3])\n" * 40
    )
    chance = random.Random(4)
    cuts = allowed = 0
    for at in chance.sample(range(400, len(text)), 1000):
        start = text.rindex("\n", 0, at - 200) + 1
        before, whole = vocab.encode(text[start:at]), vocab.encode(text[start : at + 80])
        closed = next((i for i, (a, b) in enumerate(zip(before, whole, strict=False)) if a != b), 0)
        rest = b"".join(map(vocab.piece, before[closed:]))
        if closed and rest:
            cuts += 1
            allowed += whole[closed] in healer.allowed(rest)
    assert cuts > 100
    assert allowed > 0.98 * cuts
