"""Candidates from the places where a model would write something else."""

from __future__ import annotations

import pytest

from midfill.engine.backend import Choice, Score
from midfill.engine.repair.deviation import Deviation, deviations, rejoined

ORIGINAL = """\
def mean(values):
    total = 0
    for value in values:
        total = value
    # No values have no mean.
    return total / len(values)
"""


def score(token: str | bytes, logprob: float, **others: float) -> Score:
    text = token.encode() if isinstance(token, str) else token
    return Score(
        Choice(text, logprob), tuple(Choice(name.encode(), lp) for name, lp in others.items())
    )


def test_the_least_likely_token_comes_first() -> None:
    scores = [score("a", -0.1, b=-3.0), score(" =", -4.0, plus=-0.1), score("c", -1.0, d=-1.0)]
    assert [(each.at, each.text) for each in deviations(scores)] == [
        (1, "plus"),
        (3, "d"),
        (0, "b"),
    ]


def test_what_would_cut_a_character_is_no_deviation() -> None:
    scores = [score("é".encode()[:1], -5.0, x=-0.1), score("é".encode()[1:], -5.0, y=-0.1)]
    assert [(each.at, each.text) for each in deviations(scores)] == [(0, "x")]


def test_a_candidate_ends_where_it_is_back_at_the_original() -> None:
    at = ORIGINAL.index(" = value")
    deviation = Deviation(at, " =", " +=", 5.0)
    assert rejoined(ORIGINAL, deviation, " += value\n    # No") is None
    written = " += value\n    # No values have no mean.\n    ret"
    fixed = ORIGINAL.replace(" = value", " += value")
    assert rejoined(ORIGINAL, deviation, written) == fixed


def test_lines_may_be_added_and_left_out() -> None:
    at = ORIGINAL.index("    return")
    added = "    if not values:\n        return 0\n    return total / len(values)\n"
    assert rejoined(ORIGINAL, Deviation(at, "    return", "    if", 1.0), added) == (
        ORIGINAL[:at] + added
    )
    at = ORIGINAL.index("    total = 0")
    left_out = "    count = 0\n        total = value\n"
    expected = ORIGINAL[:at] + "    count = 0\n" + ORIGINAL[ORIGINAL.index("        total =") :]
    assert rejoined(ORIGINAL, Deviation(at, "    total", "    count", 1.0), left_out) == expected


@pytest.mark.parametrize("line", ["}", "    }"])
def test_a_bracket_alone_does_not_tell_where_it_is(line: str) -> None:
    original = f"a\nb\n{line}\nc\n{line}\nd\n"
    assert rejoined(original, Deviation(0, "", "x", 1.0), f"x\ny\n{line}\n") is None
