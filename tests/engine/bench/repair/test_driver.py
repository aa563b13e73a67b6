"""When a peer's model goes in circles; Aider itself is in no environment of ours."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from midfill.engine.bench.repair.driver import in_circles, watched


class _Coder:
    """What of Aider's coder has to do with its answers."""

    def __init__(self) -> None:
        self.max_reflections = 9
        self.partial_response_content = ""
        self.taken: list[str] = []

    def add_assistant_reply_to_cur_messages(self) -> None:
        self.taken.append(self.partial_response_content)


@pytest.mark.parametrize(
    ("answers", "left"), [("a", 9), ("ab", 9), ("aba", 9), ("abb", 0), ("aa", 0)]
)
def test_a_model_that_says_the_same_again_is_not_asked_any_more(
    answers: Iterable[str], left: int
) -> None:
    coder = _Coder()
    said = watched(coder)
    for coder.partial_response_content in answers:
        coder.add_assistant_reply_to_cur_messages()
    assert coder.taken == said == list(answers)
    assert coder.max_reflections == left
    assert in_circles(said) == (left == 0)
