"""What is guessed, and how much of it is worth verifying."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from midfill.engine.runtime.drafts import Drafts, Guess, allot

LINE = [10, 11, 12, 13, 14, 15]
DEAR, CHEAP = (lambda tokens: tokens * 0.025), (lambda tokens: 0.025 + tokens * 0.0001)


def _tokens(guesses: list[Guess]) -> list[int]:
    return [guess.token for guess in guesses]


def test_what_followed_the_same_tokens_is_guessed() -> None:
    draft = Drafts().begin(0, "", [*LINE, 1, 2, *LINE[:2]])
    assert _tokens(draft.guesses(3)) == LINE[2:5]
    draft.add(12)
    assert _tokens(draft.guesses(9)) == [13, 14, 15, 1, 2, 10, 11, 12]


def test_nothing_known_nothing_guessed() -> None:
    draft = Drafts().begin(0, "", [1, 2, 3, 4])
    assert draft.guesses(8) == []


def test_an_overtaken_suggestion_is_guessed_again() -> None:
    drafts = Drafts()
    drafts.remember("a", [7, 8, 9], LINE)
    assert _tokens(drafts.begin(0, "a", [1, 8, 9]).guesses(9)) == LINE
    assert _tokens(drafts.begin(0, "a", [8, 9, 10, 11]).guesses(9)) == LINE[2:]
    assert drafts.begin(0, "b", [1, 8, 9]).guesses(9) == []


def test_guesses_that_fail_lose_their_credit() -> None:
    draft = Drafts().begin(0, "", [1, 2, 3])
    [first, *_] = Drafts().begin(0, "", [1, 2, 3, 1, 2]).guesses(1)
    for token in range(10, 60):
        for other in (1, 2, token):
            draft.add(other)
    draft.add(1)
    draft.add(2)
    [last] = draft.guesses(1)
    assert last.probability < 0.2 < first.probability


@pytest.mark.parametrize(
    ("probabilities", "cost", "length"),
    [
        ([0.9, 0.8, 0.7], CHEAP, 3),
        ([0.9, 0.8, 0.7], DEAR, 0),
        ([0.9, 0.001], CHEAP, 1),
        ([], CHEAP, 0),
    ],
)
def test_so_many_as_pay(
    probabilities: list[float], cost: Callable[[int], float], length: int
) -> None:
    draft = [Guess(0, probability) for probability in probabilities]
    assert allot([draft], cost, 1, saved=0.025) == [length]


def test_a_dear_step_up_is_taken_where_more_lies_behind_it() -> None:
    def cost(tokens: int) -> float:
        return 0.025 if tokens == 1 else 0.051

    draft = [Guess(0, 0.9), Guess(0, 0.8), Guess(0, 0.7)]
    assert allot([draft[:1]], cost, 1, saved=0.025) == [0]
    assert allot([draft], cost, 1, saved=0.025) == [3]


def test_jobs_share_a_batch_by_likelihood() -> None:
    sure = [Guess(0, 0.99 - 0.01 * i) for i in range(14)]
    unsure = [Guess(0, 0.5), Guess(0, 0.25)]
    assert allot([unsure, sure], CHEAP, 2, saved=0.025) == [1, 14]
