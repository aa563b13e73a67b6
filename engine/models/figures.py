"""What `compare` is told and what it says, as JSON. Apart, so that asking it loads no llama.cpp."""

from __future__ import annotations

import msgspec


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What to compare, and how the engine would run it. The first of `paths` is the original."""

    paths: list[str]
    threads: int
    gpu_layers: int
    repack: bool


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """How a model did, in the median over the sample.

    Attributes:
        prefill: tokens of a prompt evaluated in a second, 48 at once.
        decode: tokens decoded in a second, one by one.
        suggestion_ms: 48 tokens evaluated and 24 decoded.
        gain: the original's time for that, divided by this one's.
        agreement: share of the places at which the likeliest next token is the original's.
        divergence: mean Kullback-Leibler divergence from the original, in nats.
    """

    prefill: float
    decode: float
    suggestion_ms: float
    gain: float
    agreement: float
    divergence: float


class Progress(msgspec.Struct, frozen=True, tag=True):
    """A line of the output: so many steps of `total` are done."""

    done: int
    total: int


class Result(msgspec.Struct, frozen=True, tag=True):
    """The last line of the output: the figures, in the order of the job's paths."""

    figures: list[Figures]
