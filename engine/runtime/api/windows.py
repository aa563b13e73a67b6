"""How much of a document a prompt shows: all that the budget allows, or what the deadline does."""

from __future__ import annotations

from collections import OrderedDict

import msgspec

from midfill.engine.backend import InfillRequest
from midfill.engine.completion.prompt import FimPrompt, FimTokens, build
from midfill.engine.runtime.scheduler import Scheduler
from midfill.engine.runtime.vocab import Vocab

_DOCUMENTS_REMEMBERED = 64
# Less than this says too little about the place.
_LEAST_TOKENS = 48
# The part of a small window that lies before the cursor.
_BEFORE = 0.75


class Window(msgspec.Struct, frozen=True):
    """A prompt, the sequence that it is for, and the one to evaluate when there is time."""

    prompt: FimPrompt
    sequence: str
    later: FimPrompt | None = None


class _Document:
    """What keeps a document's windows where they are from key to key."""

    def __init__(self) -> None:
        self.anchor: tuple[int, ...] = ()
        self.near_anchor: tuple[int, ...] = ()
        self.near_tokens = 0


class Windows:
    """The windows of all documents.

    Args:
        scheduler: knows what is evaluated already, and how fast the machine is.
        vocab, fim: of the model.
    """

    def __init__(self, scheduler: Scheduler, vocab: Vocab, fim: FimTokens) -> None:
        self._scheduler = scheduler
        self._vocab = vocab
        self._fim = fim
        self._documents: OrderedDict[str, _Document] = OrderedDict()

    def choose(self, request: InfillRequest, prompt_ms: float) -> Window:
        """The prompt for `request`, such that evaluating it takes about `prompt_ms` at most.

        After a jump or in a new file, the whole window may take seconds: a small one is used this
        time, and the whole is evaluated while nobody types, for the next time. 0 means no limit.
        """
        document = self._document(request.document)
        whole = build(self._vocab, self._fim, request, document.anchor)
        document.anchor = whole.anchor
        allowed = max(_LEAST_TOKENS, round(self._scheduler.prefill_speed * prompt_ms / 1000))
        if not prompt_ms or self._scheduler.cache.missing(whole.tokens) <= allowed:
            document.near_tokens = 0
            return Window(whole, request.document)
        if not document.near_tokens:
            document.near_tokens = allowed
        near = build(
            self._vocab, self._fim, _nearer(request, document.near_tokens), document.near_anchor
        )
        document.near_anchor = near.anchor
        return Window(near, f"{request.document}#near", whole)

    def _document(self, name: str) -> _Document:
        if not name:
            return _Document()
        document = self._documents.setdefault(name, _Document())
        self._documents.move_to_end(name)
        if len(self._documents) > _DOCUMENTS_REMEMBERED:
            self._documents.popitem(last=False)
        return document


def _nearer(request: InfillRequest, tokens: int) -> InfillRequest:
    before = round(tokens * _BEFORE)
    return msgspec.structs.replace(
        request,
        extra=(),
        prefix_tokens=min(request.prefix_tokens, before),
        suffix_tokens=min(request.suffix_tokens, tokens - before),
    )
