"""What the scheduler has done since its start, for /metrics."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from midfill.engine.runtime.job import Priority


@dataclass
class Counters:
    """Totals of tokens, steps, jobs and seconds. What a job generated is counted when it ends.

    `evaluated`: tokens of prompts, by priority. `thrown_away`: tokens generated for jobs that were
    cancelled. `drafted` and `accepted`: tokens that were guessed, and those the model agreed to.
    """

    evaluated: Counter[Priority] = field(default_factory=Counter)
    reused: int = 0
    generated: int = 0
    thrown_away: int = 0
    drafted: int = 0
    accepted: int = 0
    decode_steps: int = 0
    decode_seconds: float = 0.0
    prefill_seconds: float = 0.0
    finished: Counter[str] = field(default_factory=Counter)
