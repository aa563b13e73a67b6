"""`/v1/chat/completions`, with the GGUF's own chat template."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator
from functools import lru_cache
from typing import Any, NoReturn

import jinja2
import jinja2.sandbox
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from midfill.engine.runtime.api.bodies import Chat, Message
from midfill.engine.runtime.api.completions import finish_reason, usage
from midfill.engine.runtime.api.errors import ApiError, read
from midfill.engine.runtime.api.generation import EventStream, Generation, text_of, whole
from midfill.engine.runtime.api.request import generate, ready_engine
from midfill.engine.runtime.engine import Engine
from midfill.engine.runtime.job import Finish, Started, Token
from midfill.engine.runtime.vocab import Vocab

# Stands in the rendered text for a special token's name that a person wrote. Private use.
_ESCAPE = "\ue000{}\ue001"


async def chat_completions(request: Request) -> Response:
    """Answer a conversation."""
    body = await read(request, Chat)
    engine = ready_engine(request, body.model)
    prompt = tokens_of(engine, body.messages)
    room = engine.scheduler.context_tokens - len(prompt) - 1
    generation = generate(
        engine,
        body,
        [prompt],
        body.sampling(temperature=1.0),
        max_tokens=body.max_completion_tokens or body.max_tokens or max(room, 1),
        count=body.n,
        top_logprobs=body.top_logprobs if body.logprobs else None,
    )
    answer = {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "created": int(time.time()),
        "model": engine.model.name,
    }
    vocab = engine.model.vocab
    if body.stream:
        answer["object"] = "chat.completion.chunk"
        return EventStream(_stream(generation, answer, vocab, body), generation.cancel, done=True)
    tokens, finishes = await whole(generation, request.receive)
    choices = [
        {
            "index": index,
            "message": {"role": "assistant", "content": text_of(tokens[index], finish)},
            "logprobs": _logprobs(vocab, tokens[index]) if body.logprobs else None,
            "finish_reason": finish_reason(finish),
        }
        for index, finish in enumerate(finishes)
    ]
    return JSONResponse(
        {
            **answer,
            "object": "chat.completion",
            "choices": choices,
            "usage": usage(finishes, body.n),
        }
    )


def tokens_of(engine: Engine, messages: list[Message]) -> list[int]:
    """The conversation as the model was trained to read it.

    Special tokens come from the template alone. Where a message spells one out, it is replaced by
    a mark before rendering, and tokenised as plain text behind.

    Raises:
        ApiError: the model has no template, or the template refuses the messages.
    """
    vocab = engine.model.vocab
    spelled: list[str] = []

    def escape(text: str) -> str:
        def mark(found: Any) -> str:
            spelled.append(found.group())
            return _ESCAPE.format(len(spelled) - 1)

        return vocab.special_text.sub(mark, text)

    try:
        plain = [{"role": message.role, "content": escape(message.text())} for message in messages]
        text = _template(engine.model.chat_template).render(
            messages=plain, add_generation_prompt=True, raise_exception=_refuse
        )
    except (ValueError, jinja2.TemplateError) as error:
        raise ApiError(400, f"messages: {error}", param="messages") from None
    tokens: list[int] = []
    for index, word in enumerate(spelled):
        before, _, text = text.partition(_ESCAPE.format(index))
        tokens += vocab.encode_with_special(before) + vocab.encode(word)
    return tokens + vocab.encode_with_special(text)


@lru_cache(maxsize=4)
def _template(source: str) -> jinja2.Template:
    if not source:
        raise ValueError("this model has no chat template")
    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(source)


def _refuse(message: str) -> NoReturn:
    raise ValueError(message)


async def _stream(
    generation: Generation, answer: dict[str, Any], vocab: Vocab, body: Chat
) -> AsyncIterator[dict[str, Any]]:
    finishes: list[Finish] = []
    for index in range(body.n):
        first = {"role": "assistant", "content": ""}
        yield {**answer, "choices": [{"index": index, "delta": first, "finish_reason": None}]}
    async for index, event in generation.events():
        if isinstance(event, Started):
            continue
        delta = {"content": event.text} if event.text else {}
        choice: dict[str, Any] = {"index": index, "delta": delta, "finish_reason": None}
        if isinstance(event, Finish):
            finishes.append(event)
            choice["finish_reason"] = finish_reason(event)
        elif body.logprobs:
            choice["logprobs"] = _logprobs(vocab, [event])
        yield {**answer, "choices": [choice]}
    if body.stream_options is not None and body.stream_options.include_usage:
        yield {**answer, "choices": [], "usage": usage(finishes, body.n)}


def _logprobs(vocab: Vocab, tokens: list[Token]) -> dict[str, Any]:
    return {
        "content": [
            {
                **_described(vocab, token.id, token.logprob),
                "top_logprobs": [_described(vocab, other, lp) for other, lp in token.top],
            }
            for token in tokens
        ]
    }


def _described(vocab: Vocab, token: int, logprob: float | None) -> dict[str, Any]:
    return {
        "token": vocab.decode([token]),
        "logprob": logprob,
        "bytes": list(vocab.piece(token)),
    }
