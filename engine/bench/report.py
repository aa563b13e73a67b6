"""What typing into a system came to, in figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from midfill.engine.bench.replay import Session
from midfill.engine.bench.screen import Key, Kind
from midfill.engine.bench.statistics import mean, percentile, ratio, share


class Arrival(msgspec.Struct, frozen=True):
    """The first keys in a place: milliseconds to the next suggestion, tokens until the next key."""

    keys: int
    first_p50_ms: float | None
    first_p95_ms: float | None
    tokens_evaluated_p50: float | None
    tokens_evaluated_p95: float | None


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """What a system did at the trace.

    Attributes:
        first_p50_ms: from a key to the next suggestion on the screen, while typing: 0 where one
            stays there; at the earliest so long where the person went away before one came. Keys
            whose answer was that there is nothing to suggest are left out.
        fresh_p50_ms: the same without the zeros.
        shown_300ms: share of all keys after which a suggestion that begins with the word which is
            typed next was on the screen within 300 ms, and before the next key.
        any_300ms: the same of any suggestion.
        silent: share of keys whose answer was that there is nothing to suggest.
        tokens_evaluated_p50: until the next key, of keys while typing at which a model worked.
        tokens_evaluated_mean: of all keys while typing.
        tokens_warmed_mean: the same for tokens evaluated for later while there was time.
        requests: one for each key, where the editor has no answer.
        cancelled: those taken back before they were answered.
        jobs: requests that came to the model, those to warm up and to prepare among them.
        decode_ms: for a generated token; the median of the keys.
        stages_p95_ms: of the answers, as the system tells.
        sources: answers with a suggestion, by where it came from.
        empty: answers without one, by reason.
    """

    keys: int
    first_p50_ms: float | None
    first_p95_ms: float | None
    fresh_p50_ms: float | None
    fresh_p95_ms: float | None
    after_jump: Arrival
    after_open: Arrival
    shown_100ms: float | None
    shown_300ms: float | None
    any_100ms: float | None
    any_300ms: float | None
    silent: float | None
    tokens_evaluated_p50: float | None
    tokens_evaluated_p95: float | None
    tokens_evaluated_mean: float | None
    tokens_warmed_mean: float | None
    tokens_generated_p50: float | None
    tokens_generated_p95: float | None
    tokens_generated_mean: float | None
    requests: int
    cancelled: int
    jobs: int
    taken: int
    taken_characters: int
    decode_ms: float | None
    cpu_s_per_min: float
    stages_p95_ms: dict[str, float | None]
    sources: dict[str, int]
    empty: dict[str, int]


async def side(session: Session) -> Side:
    """The figures of a session that is over."""
    system = session.system
    keys, work = system.screen.keys, await system.work()
    typing = _of(keys, "typing")
    waits = waits_ms(typing)
    fresh = [wait for wait in waits if wait > 0]
    worked = [key for key in typing if key.evaluated or key.generated]
    return Side(
        keys=len(keys),
        first_p50_ms=percentile(waits, 50),
        first_p95_ms=percentile(waits, 95),
        fresh_p50_ms=percentile(fresh, 50),
        fresh_p95_ms=percentile(fresh, 95),
        after_jump=_arrival(_of(keys, "jump")),
        after_open=_arrival(_of(keys, "open")),
        shown_100ms=_within([key.right for key in keys], 0.1),
        shown_300ms=_within([key.right for key in keys], 0.3),
        any_100ms=_within([key.shown for key in keys], 0.1),
        any_300ms=_within([key.shown for key in keys], 0.3),
        silent=share(sum(key.silent for key in keys), len(keys)),
        tokens_evaluated_p50=percentile((key.evaluated for key in worked), 50),
        tokens_evaluated_p95=percentile((key.evaluated for key in worked), 95),
        tokens_evaluated_mean=mean(key.evaluated for key in typing),
        tokens_warmed_mean=mean(key.warmed for key in typing),
        tokens_generated_p50=percentile((key.generated for key in worked), 50),
        tokens_generated_p95=percentile((key.generated for key in worked), 95),
        tokens_generated_mean=mean(key.generated for key in typing),
        requests=work.requests,
        cancelled=work.cancelled,
        jobs=session.jobs,
        taken=len(session.taken),
        taken_characters=sum(session.taken),
        decode_ms=percentile((1000 * k.decode_s / k.generated for k in keys if k.generated), 50),
        cpu_s_per_min=round(60 * session.cpu_s / session.typing_s, 2),
        stages_p95_ms={stage: percentile(ms, 95) for stage, ms in system.stages.items()},
        sources=dict(system.sources),
        empty=dict(system.empty.most_common()),
    )


def ratios(ours: Side, peer: Side) -> dict[str, float | None]:
    """How many times the peer's our figures are."""
    return {
        "first_p50": ratio(ours.first_p50_ms, peer.first_p50_ms),
        "first_p95": ratio(ours.first_p95_ms, peer.first_p95_ms),
        "fresh_p50": ratio(ours.fresh_p50_ms, peer.fresh_p50_ms),
        "fresh_p95": ratio(ours.fresh_p95_ms, peer.fresh_p95_ms),
        "after_jump_p50": ratio(ours.after_jump.first_p50_ms, peer.after_jump.first_p50_ms),
        "after_open_p50": ratio(ours.after_open.first_p50_ms, peer.after_open.first_p50_ms),
        "shown_300ms": ratio(ours.shown_300ms, peer.shown_300ms),
        "tokens_evaluated_p50": ratio(ours.tokens_evaluated_p50, peer.tokens_evaluated_p50),
        "cpu": ratio(ours.cpu_s_per_min, peer.cpu_s_per_min),
    }


def waits_ms(keys: Iterable[Key]) -> list[float]:
    """From each key that was not silent to the next suggestion, in milliseconds."""
    return [1000 * key.waited for key in keys if key.waited is not None]


def _of(keys: Iterable[Key], kind: Kind) -> list[Key]:
    return [key for key in keys if key.kind == kind]


def _arrival(keys: Sequence[Key]) -> Arrival:
    waits = waits_ms(keys)
    return Arrival(
        keys=len(waits),
        first_p50_ms=percentile(waits, 50),
        first_p95_ms=percentile(waits, 95),
        tokens_evaluated_p50=percentile((key.evaluated for key in keys), 50),
        tokens_evaluated_p95=percentile((key.evaluated for key in keys), 95),
    )


def _within(times: Sequence[float | None], seconds: float) -> float | None:
    return share(sum(time is not None and time <= seconds for time in times), len(times))
