"""How likely a model finds a part of a text."""

from __future__ import annotations

from collections.abc import Sequence

from midfill.engine.backend import Score


def likelihood(scores: Sequence[Score], text: str, start: int, end: int) -> float:
    """The natural logarithm of the probability of the tokens that have a character from `start` up
    to, not including, `end`; `scores` are those of the tokens that `text` ends with."""
    tokens = [score.token.text for score in scores]
    read = text[: -len(b"".join(tokens).decode("utf-8", "replace"))].encode()
    total = 0.0
    for score in scores:
        begins = len(read.decode("utf-8", "ignore"))
        read += score.token.text
        if len(read.decode("utf-8", "ignore")) > start and begins < end:
            total += score.token.logprob
    return total
