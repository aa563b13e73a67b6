"""The one small interface through which completion and repair reach a model.

The local engine and a remote server both satisfy it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Protocol

import msgspec

from midfill.engine.errors import MidfillError

# The name of the engine on this machine.
LOCAL = "local"


class BackendError(MidfillError):
    """A model that cannot answer, and why."""


class Extra(msgspec.Struct, frozen=True):
    """A piece of another file that is shown to the model before the file being edited."""

    filename: str
    text: str


class InfillRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Ask for the text between `prefix` and `suffix`.

    `document` names what is being edited, so that a backend can keep one KV sequence for it.
    `prefix_tokens` and `suffix_tokens` are budgets in tokens: the backend cuts the far ends. It
    may cut more to keep the evaluation of the prompt within `prompt_ms` (0: no limit). With
    `max_tokens` 0 the prompt is evaluated for a later request, and no text comes; with `ahead` too,
    beside the document's present prompt, which stays in use meanwhile. `variant` numbers further
    answers to the same prompt, which are sampled at `temperature`. `root` is the folder of the
    workspace, to which file names are relative.
    """

    prefix: str
    suffix: str
    filename: str = ""
    root: str = ""
    repository: str = ""
    extra: tuple[Extra, ...] = ()
    document: str = ""
    prefix_tokens: int = 768
    suffix_tokens: int = 256
    max_tokens: int = 96
    stop: tuple[str, ...] = ()
    temperature: float = 0.0
    variant: int = 0
    ahead: bool = False
    prompt_ms: int = 0
    timeout_ms: int = 10_000


class Message(msgspec.Struct, frozen=True):
    """One turn of a conversation; `role` is "system", "user" or "assistant"."""

    role: str
    content: str


class ChatRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Ask for the answer to a conversation, or for the rest of one that the last message begins.

    `grammar` is GBNF with a rule named root, for what is generated. `seed` tells answers apart that
    are sampled from the same conversation. `images` are data URLs, shown with the last message.
    `overview` is shown before everything else where the model has room for it. `files` are those
    that the text is of, and `task` is what it is for, both for the record.
    """

    messages: tuple[Message, ...]
    max_tokens: int
    temperature: float = 0.0
    stop: tuple[str, ...] = ()
    grammar: str = ""
    seed: int = 0
    images: tuple[str, ...] = ()
    overview: str = ""
    files: tuple[str, ...] = ()
    task: str = "repair"


class Choice(msgspec.Struct, frozen=True):
    """A token that might stand somewhere, and the natural logarithm of its probability there."""

    text: bytes
    logprob: float


class Score(msgspec.Struct, frozen=True):
    """A token of a text, and the likeliest others in its place."""

    token: Choice
    others: tuple[Choice, ...]


class Stats(msgspec.Struct, frozen=True, kw_only=True):
    """What one request cost. Tokens of the prompt are either evaluated or reused from the cache.

    `backend` is the one that answered, where there was a choice, and `why` the reason if it was not
    the first choice.
    """

    model: str
    backend: str = ""
    why: str = ""
    stop_type: str  # "eos", "word", "limit", "deadline", "context"
    stopping_word: str = ""
    tokens_evaluated: int = 0
    tokens_reused: int = 0
    tokens_generated: int = 0
    truncated: bool = False
    ms: dict[str, float] = {}


class Delta(msgspec.Struct, frozen=True):
    """The text of a generated token, which may be empty.

    `stats` comes before the first token, for whoever will not wait for the end, and with the last.
    `scores` are those of its tokens, where a server was asked for them.
    """

    text: str
    stats: Stats | None = None
    scores: tuple[Score, ...] = ()


def answered(model: str, backend: str, why: str) -> str:
    """Which model has answered and why, for a person; empty: that of the engine on this machine,
    as it was to be."""
    if backend in ("", LOCAL):
        return f"{model} on this machine: {why}" if why else ""
    who = f"{model} on {backend}" if model else backend
    return f"{who}: {why}" if why else who


class Backend(Protocol):
    """A model somewhere.

    `debounced`: whether a request costs so much that it pays to wait for the next key first.
    """

    @property
    def name(self) -> str: ...

    @property
    def debounced(self) -> bool: ...

    def infill(self, request: InfillRequest) -> AsyncGenerator[Delta]:
        """Stream the middle. Closing the iterator cancels the work.

        Raises:
            BackendError: with a reason that a person can act on.
        """
        ...

    def chat(self, request: ChatRequest) -> AsyncGenerator[Delta]:
        """Stream an answer, behind all interactive work. Closing the iterator cancels it.

        Raises:
            BackendError: as above; so does `score`.
        """
        ...

    async def score(
        self,
        messages: tuple[Message, ...],
        choices: int,
        files: tuple[str, ...] = (),
        start: int = 0,
    ) -> list[Score]:
        """What the model makes of the last message, which is the assistant's, token by token.

        With so many `choices` for each token; `files` as in `ChatRequest`. What ends before the
        character `start` may be left out.
        """
        ...
