"""From a cursor in a document to the text that belongs there."""

from __future__ import annotations

import contextlib
import time

import msgspec

from midfill.engine.backend import Backend, InfillRequest, Stats
from midfill.engine.completion.stop import stop_words
from midfill.engine.errors import MidfillError
from midfill.engine.settings import Settings

# No token of Qwen2.5 that occurs in code is longer on average: what lies farther from the cursor
# than this many characters for each token of the budget cannot be part of the prompt.
_CHARACTERS_PER_TOKEN = 12


class CompletionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A cursor in a document. `filename` is relative to the workspace, with forward slashes."""

    prefix: str
    suffix: str
    filename: str = ""
    repository: str = ""
    language_id: str = ""
    document: str = ""
    explicit: bool = False


class Completion(msgspec.Struct, frozen=True, kw_only=True):
    """The text for the cursor, or the reason why there is none; and what it cost."""

    text: str
    reason: str | None
    model: str = ""
    backend: str = ""
    tokens_evaluated: int = 0
    tokens_reused: int = 0
    tokens_generated: int = 0
    ms: dict[str, float] = {}


class Completer:
    """Completes with one backend."""

    def __init__(self, backend: Backend, settings: Settings) -> None:
        self._backend = backend
        self._settings = settings.completion

    async def complete(self, request: CompletionRequest) -> Completion:
        """One completion. Cancelling the task cancels the work in the backend.

        A backend that cannot answer gives an empty completion with its reason.
        """
        started = time.perf_counter()
        if not self._settings.enabled and not request.explicit:
            return self._empty("completion is switched off: completion.enabled is false", started)
        try:
            text, stats = await self._generate(request)
        except MidfillError as error:
            return self._empty(str(error), started)
        text = text.rstrip()
        return Completion(
            text=text,
            reason=None if text else _why_empty(stats),
            model=stats.model,
            backend=self._backend.name,
            tokens_evaluated=stats.tokens_evaluated,
            tokens_reused=stats.tokens_reused,
            tokens_generated=stats.tokens_generated,
            ms=_stages(stats.ms, started),
        )

    async def _generate(self, request: CompletionRequest) -> tuple[str, Stats]:
        settings = self._settings
        infill = InfillRequest(
            prefix=request.prefix[-settings.prefix_tokens * _CHARACTERS_PER_TOKEN :],
            suffix=request.suffix[: settings.suffix_tokens * _CHARACTERS_PER_TOKEN],
            filename=request.filename,
            repository=request.repository,
            document=request.document,
            prefix_tokens=settings.prefix_tokens,
            suffix_tokens=settings.suffix_tokens,
            max_tokens=settings.max_tokens,
            stop=stop_words(request.prefix, request.suffix),
            timeout_ms=settings.timeout_ms,
        )
        text = ""
        stats = Stats(model="", stop_type="cancelled")
        async with contextlib.aclosing(self._backend.infill(infill)) as deltas:
            async for delta in deltas:
                text += delta.text
                stats = delta.stats or stats
        return text, stats

    def _empty(self, reason: str, started: float) -> Completion:
        stages = _stages({}, started)
        return Completion(text="", reason=reason, backend=self._backend.name, ms=stages)


def _why_empty(stats: Stats) -> str:
    match stats.stop_type:
        case "deadline":
            return "the model was not done in time: raise completion.timeout_ms"
        case "cancelled":
            return "the request was cancelled, or a newer one took its place"
        case "context":
            return "the context is full: raise engine.context_tokens"
        case _:
            return "the model suggests nothing here"


def _stages(ms: dict[str, float], started: float) -> dict[str, float]:
    total = (time.perf_counter() - started) * 1000
    other = total - sum(ms.values())
    return {
        **{k: round(v, 2) for k, v in ms.items()},
        "other": round(other, 2),
        "total": round(total, 2),
    }
