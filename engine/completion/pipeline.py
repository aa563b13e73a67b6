"""From a cursor in a document to the text that belongs there."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import math
from collections import OrderedDict

import msgspec

from midfill.engine.backend import Backend, InfillRequest, Stats
from midfill.engine.completion import filters
from midfill.engine.completion.cache import Cache
from midfill.engine.completion.closers import before_closers, take_over
from midfill.engine.completion.context import Context, NoContext
from midfill.engine.completion.cursor import Cursor
from midfill.engine.completion.cut import complete_at, cut
from midfill.engine.completion.debounce import Debounce
from midfill.engine.completion.flight import Flight
from midfill.engine.completion.multiline import Extent, extent
from midfill.engine.completion.reason import Reason
from midfill.engine.completion.skip import skip
from midfill.engine.completion.stopwatch import Stopwatch
from midfill.engine.errors import MidfillError
from midfill.engine.settings import Settings
from midfill.grammars.registry import language_for

# No code has tokens longer than this on average: what lies farther from the cursor than this many
# characters for each token of the budget cannot be part of the prompt.
_CHARACTERS_PER_TOKEN = 12
_DOCUMENTS_REMEMBERED = 64
# High enough to differ from the likeliest text, low enough to make sense.
_TEMPERATURE = 0.6


class CompletionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A cursor in a document, in the 0-based `line`. `filename` is relative to the workspace, with
    forward slashes; `root` is the folder of the workspace, and empty outside of any.

    `explicit`: a person asked for it; then it is made in any case, and waited for. `selected`: the
    prefix ends with an item of the editor's list, which nobody has typed yet. `replacing`: the
    client can put a text in the place of closing brackets right of the cursor.
    """

    prefix: str
    suffix: str
    line: int = 0
    filename: str = ""
    root: str = ""
    repository: str = ""
    language_id: str = ""
    document: str = ""
    explicit: bool = False
    selected: bool = False
    replacing: bool = False


class Suggestion(msgspec.Struct, frozen=True):
    """A text for the cursor, and of how many characters right of the cursor it takes the place."""

    text: str
    replaces: int = 0


class Completion(msgspec.Struct, frozen=True, kw_only=True):
    """The text for the cursor, or the reason why there is none; and what it cost.

    It takes the place of `replaces` characters right of the cursor: brackets that it closes itself.
    `why` says why `backend` answered, where another one was the first choice.
    `source` says where the text is from: "model", "cache" for one that was there before, or
    "flight" for one whose generation an earlier request had begun. `partial` is true where the
    model is still writing, `failed` where the backend cannot answer. `alternatives` are other texts
    for the same place.

    `ms`, by stage: `debounce`; `context`; `queue`, `prefill` and `decode` in the backend, and
    `transport` to and from it; `waiting` for what an earlier request had begun; `filters`; `other`;
    `total`.
    """

    text: str
    reason: str | None
    replaces: int = 0
    model: str = ""
    backend: str = ""
    why: str = ""
    source: str = "model"
    partial: bool = False
    failed: bool = False
    alternatives: tuple[Suggestion, ...] = ()
    tokens_evaluated: int = 0
    tokens_reused: int = 0
    tokens_generated: int = 0
    ms: dict[str, float] = {}


class Completer:
    """Completes with one backend, and remembers what it wrote.

    `context` chooses what else of the repository the model is shown.
    """

    def __init__(
        self, backend: Backend, settings: Settings, context: Context | None = None
    ) -> None:
        self._backend = backend
        self._context = context or NoContext()
        self._settings = settings.completion
        self._cache = Cache()
        self._debounce = Debounce()
        # Of each document the generation asked for last, and the one to follow it if accepted.
        self._flights: OrderedDict[str, Flight] = OrderedDict()
        self._next: dict[str, Flight] = {}

    async def complete(self, request: CompletionRequest) -> Completion:
        """One completion. Cancelling the task ends the work in the backend, unless the next request
        for the document comes soon and has a use for it.

        A backend that cannot answer gives an empty completion with its reason.
        """
        watch = Stopwatch()
        cursor = self._cursor(request)
        if not (self._settings.enabled or request.explicit):
            return self._without_model(Reason.OFF, watch)
        reason = skip(cursor)
        if reason is not None:
            return self._without_model(reason, watch)
        cached = self._cache.get(request.document, cursor.prefix, cursor.suffix)
        if cached is not None and not request.explicit:  # who asks wants others too
            with watch.stage("filters"):
                left = _fitted(_filtered(cached, cursor, typed_into=True), request, cursor)
            if isinstance(left, Suggestion):
                return self._without_model(left, watch)
        flight, source = self._flight(request.document, cursor), "flight"
        if flight is None:
            delay = 0.0 if request.selected else self._debounce.delay(cursor)
            if isinstance(delay, Reason):
                return self._without_model(delay, watch)
            if self._backend.debounced:
                with watch.stage("debounce"):
                    await asyncio.sleep(delay / 1000)
            with watch.stage("context"):
                await self._context.follow(request)
            flight, source = self._take_off(request, cursor), "model"
        patience = math.inf if request.explicit else self._settings.patience_ms / 1000
        others = self._others(request, cursor, flight) if request.explicit else _none()
        stage = "transport" if source == "model" else "waiting"
        with watch.stage(stage):
            _, alternatives = await asyncio.gather(_wait(flight, cursor, patience), others)
        if source == "flight" and self._strayed(flight, request, cursor):
            flight, source, stage = self._take_off(request, cursor), "model", "transport"
            with watch.stage(stage):
                await _wait(flight, cursor, patience)
        if source == "model":
            watch.split(stage, flight.ms())
        self._debounce.answered(watch.total)
        landed = self._landed(request, cursor, flight, source, watch)
        other = dict.fromkeys(_fitted(left, request, cursor) for left in alternatives)
        other.pop(Suggestion(landed.text, landed.replaces), None)
        kept = tuple(each for each in other if isinstance(each, Suggestion))
        return msgspec.structs.replace(landed, alternatives=kept)

    async def warm_up(self, request: CompletionRequest) -> None:
        """Let the backend evaluate the prompt of `request`, as nobody has typed there yet.

        If other context would help by now, it is evaluated beside the prompt in use, and shown from
        when that is done.
        """
        cursor = self._cursor(request)
        extra = await self._context.choose(request)
        infill = self._infill(request, cursor, extent(cursor))
        ahead = infill.extra != extra
        warm = msgspec.structs.replace(infill, extra=extra, max_tokens=0, prompt_ms=0, ahead=ahead)
        stats = None
        with contextlib.suppress(MidfillError):
            async for delta in self._backend.infill(warm):
                stats = delta.stats
        if stats is not None and stats.stop_type == "limit":
            self._context.show(request.document)

    async def _others(
        self, request: CompletionRequest, cursor: Cursor, first: Flight
    ) -> list[str | Reason]:
        """Other texts for the cursor, written beside the first one from the same prompt."""
        await first.evaluated.wait()
        flights = [
            self._new_flight(request, cursor, variant)
            for variant in range(1, self._settings.candidates)
        ]
        try:
            for flight in flights:
                await _wait(flight, cursor, math.inf)
            return [_left(flight, cursor) for flight in flights]
        finally:
            for flight in flights:
                flight.cancel()

    def close(self) -> None:
        """End all that is on its way."""
        for document in {*self._flights, *self._next}:
            self._end(document)

    def _cursor(self, request: CompletionRequest) -> Cursor:
        settings = self._settings
        return Cursor.between(
            prefix=request.prefix[-settings.prefix_tokens * _CHARACTERS_PER_TOKEN :],
            suffix=request.suffix[: settings.suffix_tokens * _CHARACTERS_PER_TOKEN],
            language=language_for(request.filename, request.language_id),
            explicit=request.explicit,
        )

    def _flight(self, document: str, cursor: Cursor) -> Flight | None:
        """A generation of the document with which what was typed or accepted since agrees."""
        for flight in (self._flights.get(document), self._next.get(document)):
            rest = flight.rest(cursor.prefix, cursor.suffix) if flight else None
            if flight is not None and rest is not None and (rest or not flight.used_up):
                if flight is self._next.get(document):
                    self._flights[document] = self._next.pop(document)
                return flight
        return None

    def _strayed(self, flight: Flight, request: CompletionRequest, cursor: Cursor) -> bool:
        """Whether typing was ahead of the model, which then wrote something else, and nobody has
        asked again. One that was too slow would not be faster now."""
        if self._flights.get(request.document) is not flight or flight.error is not None:
            return False
        if flight.done and flight.stats.stop_type == "deadline":
            return False
        return flight.rest(cursor.prefix, cursor.suffix) is None

    def _take_off(self, request: CompletionRequest, cursor: Cursor) -> Flight:
        """Begin a generation in place of what else goes on for the document."""
        self._end(request.document)
        flight = self._new_flight(request, cursor)
        self._flights[request.document] = flight
        if len(self._flights) > _DOCUMENTS_REMEMBERED:
            self._end(next(iter(self._flights)))
        return flight

    def _end(self, document: str) -> None:
        """End all that goes on for a document."""
        for flights in (self._flights, self._next):
            flight = flights.pop(document, None)
            if flight is not None:
                flight.cancel()

    def _prepare_next(self, request: CompletionRequest, cursor: Cursor, left: Suggestion) -> None:
        """Begin what will be wanted if `left` is accepted. The next key that differs ends it."""
        before = self._next.pop(request.document, None)
        if before is not None:
            before.cancel()
        accepted = dataclasses.replace(
            cursor, prefix=cursor.prefix + left.text, closers=cursor.closers[left.replaces :]
        )
        self._next[request.document] = self._new_flight(request, accepted)

    def _new_flight(self, request: CompletionRequest, cursor: Cursor, variant: int = 0) -> Flight:
        reach = extent(cursor)
        infill = self._infill(request, cursor, reach)
        temperature = _TEMPERATURE if variant else 0.0
        return Flight(
            self._backend,
            msgspec.structs.replace(infill, variant=variant, temperature=temperature),
            cursor,
            finished=lambda text: complete_at(text, cursor, reach),
            cut=lambda text, finished: cut(text, cursor, reach, finished),
        )

    def _infill(self, request: CompletionRequest, cursor: Cursor, reach: Extent) -> InfillRequest:
        settings = self._settings
        return InfillRequest(
            prefix=cursor.prefix,
            suffix=cursor.suffix,
            filename=request.filename,
            root=request.root,
            repository=request.repository,
            extra=self._context.shown(request.document),
            document=request.document,
            prefix_tokens=settings.prefix_tokens,
            suffix_tokens=settings.suffix_tokens,
            max_tokens=settings.max_tokens,
            stop=("\n",) if reach.kind == "line" else (),
            prompt_ms=settings.prompt_ms,
            timeout_ms=settings.timeout_ms,
        )

    def _landed(
        self,
        request: CompletionRequest,
        cursor: Cursor,
        flight: Flight,
        source: str,
        watch: Stopwatch,
    ) -> Completion:
        """What came of waiting for `flight`."""
        with watch.stage("filters"):
            text = _left(flight, cursor)
            left = _fitted(text, request, cursor)
        if flight.done and isinstance(text, str):
            self._cache.put(request.document, cursor.prefix, cursor.suffix, text)
            if isinstance(left, Suggestion) and request.document and not request.explicit:
                self._prepare_next(request, cursor, left)
        found = left if isinstance(left, Suggestion) else Suggestion("")
        stats = flight.stats
        return Completion(
            text=found.text,
            replaces=found.replaces,
            reason=None if found.text else str(flight.error or left),
            model=stats.model,
            backend=stats.backend or self._backend.name,
            why=stats.why,
            source=source,
            partial=not flight.done,
            failed=flight.error is not None,
            tokens_evaluated=stats.tokens_evaluated,
            tokens_reused=stats.tokens_reused,
            tokens_generated=stats.tokens_generated,
            ms=watch.ms(),
        )

    def _without_model(self, left: Suggestion | Reason, watch: Stopwatch) -> Completion:
        found = left if isinstance(left, Suggestion) else Suggestion("")
        return Completion(
            text=found.text,
            replaces=found.replaces,
            reason=str(left) if isinstance(left, Reason) else None,
            backend=self._backend.name,
            source="cache",
            ms=watch.ms(),
        )


async def _none() -> list[str | Reason]:
    return []


def _filtered(text: str, cursor: Cursor, *, typed_into: bool) -> str | Reason:
    """What the filters leave of `text`; the rest of one that was typed into may be short."""
    if not text.strip():
        return Reason.NOTHING
    left = filters.apply(text, cursor)
    return text.rstrip() if typed_into and left is Reason.TOO_SHORT else left


def _fitted(left: str | Reason, request: CompletionRequest, cursor: Cursor) -> Suggestion | Reason:
    """The text as the client can put it before what closes right of the cursor, or in its place."""
    if isinstance(left, Reason):
        return left
    if not request.replacing:
        inserted = before_closers(left, cursor)
        return inserted if isinstance(inserted, Reason) else Suggestion(inserted)
    taken = take_over(left, cursor)
    return taken if isinstance(taken, Reason) else Suggestion(*taken)


async def _wait(flight: Flight, cursor: Cursor, patience_s: float) -> None:
    """Wait for a generation, or from `patience_s` on for as much of it as is worth showing."""

    def enough(text: str) -> bool:
        return isinstance(_filtered(text, cursor, typed_into=len(text) < len(flight.text)), str)

    await flight.wait(cursor.prefix, cursor.suffix, patience_s, enough)


def _left(flight: Flight, cursor: Cursor) -> str | Reason:
    """What the filters leave of a generation so far."""
    rest = flight.rest(cursor.prefix, cursor.suffix)
    if rest is None:
        return _why_empty(flight.stats) if flight.done else Reason.OVERTAKEN
    left = _filtered(rest, cursor, typed_into=len(rest) < len(flight.text))
    return _why_empty(flight.stats) if left is Reason.NOTHING else left


def _why_empty(stats: Stats) -> Reason:
    match stats.stop_type:
        case "deadline":
            return Reason.TOO_SLOW
        case "cancelled":
            return Reason.CANCELLED
        case "context":
            return Reason.CONTEXT_FULL
        case _:
            return Reason.NOTHING
