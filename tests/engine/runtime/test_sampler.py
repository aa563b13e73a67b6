"""Sampling within a grammar."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from midfill.engine.runtime.context import Context, Item
from midfill.engine.runtime.sampler import Sampler, SamplingParams
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
