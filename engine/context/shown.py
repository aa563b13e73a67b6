"""What each open document is shown of its repository, and when that may change."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

from midfill.engine.backend import Extra
from midfill.engine.completion.pipeline import CompletionRequest
from midfill.engine.context.pack import extras, pack
from midfill.engine.context.piece import LeftOut, Piece
from midfill.engine.context.place import Place
from midfill.engine.context.retrieval import Retrieval
from midfill.engine.context.ring import JUMP, Ring
from midfill.engine.errors import MidfillError
from midfill.engine.settings import Settings
from midfill.grammars.registry import language_for

_LOG = logging.getLogger(__name__)

# Somebody waits no longer than this; what comes later is shown at the next occasion.
DEADLINE_S = 0.1
_DOCUMENTS_REMEMBERED = 64

Pieces = tuple[Piece, ...]


class _Document:
    """The pieces that are shown, those chosen last, and the line of the last request."""

    def __init__(self) -> None:
        self.shown: Pieces = ()
        self.chosen: Pieces = ()
        self.choosing: asyncio.Task[None] | None = None
        self._line: int | None = None

    def moved(self, line: int) -> bool:
        """The next request is for this line. Whether that is far from the last one."""
        before, self._line = self._line, line
        return before is None or abs(line - before) > JUMP


class Shown:
    """A `completion.Context`, chosen by `retrieval`; `ring` is told where the person has been.

    `deadline_s` is how long a request waits for it that nobody has asked for.
    """

    def __init__(
        self,
        retrieval: Retrieval,
        ring: Ring,
        settings: Settings,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        self._retrieval = retrieval
        self._ring = ring
        self._settings = settings
        self._deadline_s = deadline_s
        self._documents: OrderedDict[str, _Document] = OrderedDict()
        # Indexes are read and texts parsed beside the event loop, one at a time.
        self._thread = ThreadPoolExecutor(1, "midfill-context")
        self._last: CompletionRequest | None = None

    def shown(self, document: str) -> tuple[Extra, ...]:
        """See `Context.shown`."""
        return extras(self._document(document).shown)

    async def follow(self, request: CompletionRequest) -> None:
        """See `Context.follow`."""
        document = self._document(request.document)
        jumped = self._jumped(request)
        if jumped:
            document.choosing = asyncio.ensure_future(self._choose(request, document))
        if document.choosing is not None:
            patience = None if request.explicit else self._deadline_s if jumped else 0
            await asyncio.wait({document.choosing}, timeout=patience)
            if document.choosing.done():
                document.choosing = None
                document.shown = document.chosen

    async def choose(self, request: CompletionRequest) -> tuple[Extra, ...]:
        """See `Context.choose`."""
        document = self._document(request.document)
        jumped = self._jumped(request)
        await self._choose(request, document)
        if jumped:
            document.shown = document.chosen
        return extras(document.chosen)

    def show(self, document: str) -> None:
        """See `Context.show`."""
        known = self._document(document)
        known.shown = known.chosen

    async def explain(self, request: CompletionRequest) -> tuple[Pieces, list[LeftOut]]:
        """What to show at a place for which nothing is shown yet, and what not.

        Raises:
            MidfillError: the index cannot be read.
        """
        ranked, forbidden = await self._ranked(request)
        pieces, left_out = pack((), ranked, self._settings.context.tokens)
        return pieces, left_out + forbidden

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    @classmethod
    @contextmanager
    def opened(cls, ring: Ring, settings: Settings) -> Iterator[Shown]:
        """One with a retrieval of its own; both are closed at the end."""
        with closing(Retrieval(ring)) as retrieval, closing(cls(retrieval, ring, settings)) as made:
            yield made

    def _jumped(self, request: CompletionRequest) -> bool:
        """Whether the cursor is far from where it was; what it has left goes into the ring."""
        last, self._last = self._last, request
        far = last is None or abs(request.line - last.line) > JUMP
        if last is not None and last.root and (far or request.document != last.document):
            self._ring.gather(Path(last.root, last.filename), last.prefix, last.suffix, last.line)
        return self._document(request.document).moved(request.line)

    async def _choose(self, request: CompletionRequest, document: _Document) -> None:
        try:
            ranked, _ = await self._ranked(request)
        except MidfillError as error:
            _LOG.warning("No context: %s", error)
            return
        document.chosen, _ = pack(document.shown, ranked, self._settings.context.tokens)

    async def _ranked(self, request: CompletionRequest) -> tuple[list[Piece], list[LeftOut]]:
        if not request.root:
            return [], []
        loop = asyncio.get_running_loop()
        place = self._place(request)
        return await loop.run_in_executor(self._thread, self._retrieval.pieces, place)

    def _place(self, request: CompletionRequest) -> Place:
        completion = self._settings.completion
        return Place(
            root=Path(request.root),
            path=request.filename,
            prefix=request.prefix,
            suffix=request.suffix,
            line=request.line,
            language=language_for(request.filename, request.language_id),
            shown=(completion.prefix_tokens, completion.suffix_tokens),
        )

    def _document(self, name: str) -> _Document:
        document = self._documents.setdefault(name, _Document())
        self._documents.move_to_end(name)
        if len(self._documents) > _DOCUMENTS_REMEMBERED:
            self._documents.popitem(last=False)
        return document
