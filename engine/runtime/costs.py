"""What a decode step of so many tokens costs on this machine, now."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping

# Weight of the newest step in a running mean.
_NEWEST = 0.1
# So much of what steps have taught is forgotten at each step of one token: a size that once looked
# too dear, because something else ran, is tried again after some hundreds of tokens.
_FORGET = 0.005


class StepCosts:
    """Seconds by batch size: measured once, corrected by every step, interpolated between.

    `one`: a token alone, now; `fastest`: the fastest it ever was.

    Args:
        measured: seconds for some sizes, 1 among them; every token with logits.
    """

    def __init__(self, measured: Mapping[int, float]) -> None:
        self._sizes = sorted(measured)
        self._shape = [measured[size] / measured[1] for size in self._sizes]
        self._correction = [1.0] * len(self._sizes)
        self._measured_one = self.one = measured[1]
        self.fastest = float("inf")

    def __call__(self, tokens: int) -> float:
        """Seconds for a batch of `tokens`, now."""
        shape = [s * c for s, c in zip(self._shape, self._correction, strict=True)]
        return self.one * self._between(shape, tokens)

    def expected(self, tokens: int) -> float:
        """Seconds for a batch of `tokens` when the sizes were measured."""
        return self._measured_one * self._between(self._shape, tokens)

    def record(self, tokens: int, seconds: float) -> None:
        """Take the time of a step."""
        if tokens == 1:
            self.fastest = min(self.fastest, seconds)
            self.one += _NEWEST * (seconds - self.one)
            self._correction = [c + _FORGET * (1 - c) for c in self._correction]
        elif len(self._sizes) > 1:
            self._correct(tokens, seconds)

    def _correct(self, tokens: int, seconds: float) -> None:
        nearest = min(range(1, len(self._sizes)), key=lambda i: abs(self._sizes[i] - tokens))
        self._correction[nearest] *= (seconds / self(tokens)) ** _NEWEST

    def _between(self, shape: list[float], tokens: int) -> float:
        """Interpolate `shape`; beyond the measured sizes the last slope goes on, unless what steps
        have taught has made it fall: more tokens never cost less."""
        sizes = self._sizes
        if len(sizes) == 1:
            return float(tokens)
        right = min(max(bisect_left(sizes, tokens), 1), len(sizes) - 1)
        low, high = shape[right - 1], shape[right]
        share = (tokens - sizes[right - 1]) / (sizes[right] - sizes[right - 1])
        between = low + share * (high - low)
        return between if share <= 1 else max(between, high)
