"""OpenAI's formats with vLLM's additions, as a client writes and reads them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from http import HTTPStatus
from operator import itemgetter
from typing import Any

import msgspec

from midfill.engine.backend import BackendError, ChatRequest, Choice, Delta, Message, Score, Stats


class _Delta(msgspec.Struct, frozen=True):
    content: str | None = None


class _Logprobs(msgspec.Struct, frozen=True):
    """Of a completion: the likeliest tokens in the place of each, by their texts."""

    tokens: list[str] = []
    token_logprobs: list[float | None] = []
    top_logprobs: list[dict[str, float] | None] | None = None


class _StreamedChoice(msgspec.Struct, frozen=True):
    """Of a chat, with `delta`, or of a completion, with `text`."""

    delta: _Delta = _Delta()
    text: str = ""
    logprobs: _Logprobs | None = None
    finish_reason: str | None = None
    stop_reason: str | int | None = None


class _Usage(msgspec.Struct, frozen=True):
    prompt_tokens: int = 0
    completion_tokens: int = 0
    prompt_tokens_details: dict[str, int] | None = None


class _Chunk(msgspec.Struct, frozen=True):
    choices: list[_StreamedChoice]
    model: str = ""
    usage: _Usage | None = None


class _Logprob(msgspec.Struct, frozen=True):
    logprob: float
    decoded_token: str = ""
    bytes: list[int] | None = None


class _Scored(msgspec.Struct, frozen=True):
    prompt_logprobs: list[dict[str, _Logprob] | None]


class _Pooled(msgspec.Struct, frozen=True):
    data: list[tuple[float, float]]


class _Pooling(msgspec.Struct, frozen=True):
    data: tuple[_Pooled]


class _ErrorBody(msgspec.Struct, frozen=True):
    message: str


class _Error(msgspec.Struct, frozen=True):
    error: _ErrorBody


_decode_chunk = msgspec.json.Decoder(_Chunk).decode
_decode_scored = msgspec.json.Decoder(_Scored).decode
_decode_pooling = msgspec.json.Decoder(_Pooling).decode
_decode_error = msgspec.json.Decoder(_Error).decode


def chat_body(request: ChatRequest) -> dict[str, Any]:
    """The body that asks for a streamed answer."""
    body = {
        "messages": _shown(request),
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "seed": request.seed,
        "stop": request.stop,
        "stream": True,
        "stream_options": {"include_usage": True, "continuous_usage_stats": True},
        **_continued(request.messages),
    }
    return body | ({"grammar": request.grammar} if request.grammar else {})


def score_body(messages: tuple[Message, ...], choices: int, start: int = 0) -> dict[str, Any]:
    """The body that asks what the model makes of the last message, from a character on.

    Only our engine knows the field for that; others give all.
    """
    return {
        "messages": messages,
        "max_tokens": 1,
        "temperature": 0,
        "prompt_logprobs": choices,
        **({"prompt_logprobs_start": start} if start else {}),
        **_continued(messages),
    }


class ChatStream:
    """Reads the events of one streamed answer. `model` is whose it is, once one was read."""

    def __init__(self) -> None:
        self.model = ""
        self._stop_type = "cancelled"
        self._stopping_word = ""

    def feed(self, data: bytes) -> Delta:
        """What an event brings: text, or at the end what it cost.

        Raises:
            BackendError: the server tells of an error, or of what is none of this format.
        """
        try:
            chunk = _decode_chunk(data)
        except msgspec.DecodeError:
            raise BackendError(reason(data)) from None
        self.model = chunk.model or self.model
        for choice in chunk.choices:
            if choice.finish_reason is not None:
                self._stop_type = "eos" if choice.finish_reason == "stop" else "limit"
            if isinstance(choice.stop_reason, str):
                self._stop_type, self._stopping_word = "word", choice.stop_reason
        text = "".join(choice.delta.content or choice.text for choice in chunk.choices)
        scores = tuple(_streamed(chunk.choices))
        return Delta(text, self._stats(chunk.usage) if chunk.usage else None, scores)

    def _stats(self, usage: _Usage) -> Stats:
        reused = (usage.prompt_tokens_details or {}).get("cached_tokens", 0)
        return Stats(
            model=self.model,
            stop_type=self._stop_type,
            stopping_word=self._stopping_word,
            tokens_evaluated=usage.prompt_tokens - reused,
            tokens_reused=reused,
            tokens_generated=usage.completion_tokens,
        )


def scores(data: bytes) -> list[Score]:
    """The scores of the tokens that were scored.

    Raises:
        BackendError: there are none in the answer.
    """
    try:
        found = _decode_scored(data).prompt_logprobs
    except msgspec.DecodeError:
        raise BackendError(reason(data)) from None
    return [_score(each) for each in found if each]


def rewards_body(messages: tuple[Message, ...]) -> dict[str, Any]:
    """The body that asks vLLM's `/pooling` what a process reward model makes of each step."""
    return {"messages": messages, "task": "token_classify", "add_generation_prompt": False}


def rewards(data: bytes) -> list[float]:
    """The probability of each step to be right.

    Raises:
        BackendError: there are none in the answer.
    """
    try:
        (answer,) = _decode_pooling(data).data
    except msgspec.DecodeError:
        raise BackendError(reason(data)) from None
    return [right for _, right in answer.data]


def reason(data: bytes, status: int = HTTPStatus.OK) -> str:
    """Why a server gave no answer, or none that can be read."""
    try:
        return _decode_error(data).error.message
    except msgspec.DecodeError:
        if status != HTTPStatus.OK:
            return f"the server answered with status {status}"
        return "the server's answer is damaged"


def _shown(request: ChatRequest) -> list[Message | dict[str, Any]]:
    if not request.images:
        return list(request.messages)
    *before, last = request.messages
    images = [{"type": "image_url", "image_url": {"url": each}} for each in request.images]
    return [
        *before,
        {"role": last.role, "content": [*images, {"type": "text", "text": last.content}]},
    ]


def _continued(messages: tuple[Message, ...]) -> dict[str, bool]:
    begun = messages[-1].role == "assistant"
    return {"continue_final_message": True, "add_generation_prompt": False} if begun else {}


def _streamed(choices: list[_StreamedChoice]) -> Iterator[Score]:
    for found in (choice.logprobs for choice in choices if choice.logprobs):
        columns = zip(found.tokens, found.token_logprobs, found.top_logprobs or (), strict=False)
        for text, logprob, top in columns:
            others = sorted((top or {}).items(), key=itemgetter(1), reverse=True)
            yield Score(
                Choice(text.encode(), -math.inf if logprob is None else logprob),
                tuple(Choice(other.encode(), each) for other, each in others if other != text),
            )


def _score(choices: dict[str, _Logprob]) -> Score:
    """The token itself comes first."""
    token, *others = (_choice(each) for each in choices.values())
    return Score(token, tuple(others))


def _choice(found: _Logprob) -> Choice:
    text = bytes(found.bytes) if found.bytes is not None else found.decoded_token.encode()
    return Choice(text, found.logprob)
