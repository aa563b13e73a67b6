"""One request to generate text, from its prompt to its end."""

from __future__ import annotations

import enum
import time
from collections.abc import Callable

import msgspec

from midfill.engine.runtime.sampler import Sampler


class Priority(enum.IntEnum):
    """Who goes first. A person waits for INTERACTIVE; WARM_UP evaluates what that will need next,
    and takes seconds; BATCH may take minutes, beside a progress bar."""

    INTERACTIVE = 0
    WARM_UP = 1
    BATCH = 2


class Token(msgspec.Struct, frozen=True):
    """One generated token. `text` is what became certain by it, so it may be empty.

    `logprob` (natural logarithm) and `top` are there only where they were asked for.
    """

    id: int
    text: str
    logprob: float | None = None
    top: tuple[tuple[int, float], ...] = ()


class Score(msgspec.Struct, frozen=True):
    """What the model makes of one token of the prompt.

    `logprob` (natural logarithm) is the token's own, `top` those of the likeliest in its place.
    """

    id: int
    logprob: float
    top: tuple[tuple[int, float], ...] = ()


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """The prompt is evaluated; what it cost, and the scores that were asked for. Comes once,
    before the first token."""

    reused: int
    evaluated: int
    queue_ms: float
    prefill_ms: float
    scores: tuple[Score, ...] = ()


class Finish(msgspec.Struct, frozen=True, kw_only=True):
    """How a job ended, what it cost, and the text that was still held back."""

    stop_type: str  # "eos", "word", "limit", "deadline", "context", "cancelled", "error"
    text: str = ""
    stopping_word: str = ""
    error: str = ""
    prompt_tokens: int = 0
    reused: int = 0
    evaluated: int = 0
    generated: int = 0
    queue_ms: float = 0.0
    prefill_ms: float = 0.0
    decode_ms: float = 0.0


Event = Started | Token | Finish


class Job:
    """What the scheduler works on. Created by any thread; only `cancel` is called later by others.

    Args:
        prompt: token ids, at least one.
        forced: bytes that the generated text must begin with (token healing); they are not part
            of the text given out.
        document: names the document or conversation, which keeps a sequence of its own.
        group: a newer job of the same group cancels this one.
        leader: a job with the same prompt whose prefill this one waits for, to share its cells.
        timeout_ms: from now until the job ends with what it has; decode_ms: the same, from the
            first token on.
        scores: how many of the prompt's last tokens are scored, with `top_scores` others each.
        emit: called in the scheduler's thread with a Started, each Token and, once, a Finish.
    """

    def __init__(
        self,
        prompt: list[int],
        *,
        sampler: Sampler,
        max_tokens: int,
        emit: Callable[[Event], None],
        stop: tuple[str, ...] = (),
        forced: bytes = b"",
        priority: Priority = Priority.INTERACTIVE,
        document: str = "",
        group: str = "",
        leader: Job | None = None,
        top_logprobs: int | None = None,
        timeout_ms: int | None = None,
        decode_ms: float | None = None,
        scores: int = 0,
        top_scores: int = 0,
    ) -> None:
        self.prompt = prompt
        self.sampler = sampler
        self.max_tokens = max_tokens
        self.emit = emit
        self.stop = stop
        self.forced = forced
        self.priority = priority
        self.document = document
        self.group = group
        self.leader = leader
        self.top_logprobs = top_logprobs
        self.scores = scores
        self.top_scores = top_scores
        self.created = time.monotonic()
        self.deadline = self.created + timeout_ms / 1000 if timeout_ms is not None else None
        self.decode_seconds = None if decode_ms is None else decode_ms / 1000
        self.cancelled = False
        self.prefilled = False
        self.finished = False
