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

from midfill.engine.runtime.api.bodies import Chat, Message, StreamOptions
from midfill.engine.runtime.api.completions import finish_reason, usage
from midfill.engine.runtime.api.errors import ApiError, read
from midfill.engine.runtime.api.generation import EventStream, Generation, text_of, whole
from midfill.engine.runtime.api.request import generate, ready_engine
from midfill.engine.runtime.engine import Engine
from midfill.engine.runtime.job import Finish, Score, Started, Token
from midfill.engine.runtime.vocab import Vocab

# Stands in the rendered text for a special token's name that a person wrote. Private use.
_ESCAPE = "\ue000{}\ue001"


async def chat_completions(request: Request) -> Response:
    """Answer a conversation."""
    body = await read(request, Chat)
    engine = ready_engine(request, body.model)
    begun = _begun(engine, body)
    prompt = tokens_of(engine, body.messages[: -1 if begun else None]) + begun
    scored = body.prompt_logprobs is not None
    room = engine.scheduler.context_tokens - len(prompt) - 1
    generation = generate(
        engine,
        body,
        [prompt],
        body.sampling(temperature=1.0),
        max_tokens=body.max_completion_tokens or body.max_tokens or max(room, 1),
        count=body.n,
        top_logprobs=body.top_logprobs if body.logprobs else None,
        scores=_scored_of(engine.model.vocab, begun, body) if scored else 0,
        top_scores=body.prompt_logprobs or 0,
    )
    answer: dict[str, Any] = {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "created": int(time.time()),
        "model": engine.model.name,
    }
    vocab = engine.model.vocab
    if body.stream:
        answer["object"] = "chat.completion.chunk"
        return EventStream(_stream(generation, answer, vocab, body), generation.cancel, done=True)
    scores: list[Score] = []
    tokens, finishes = await whole(
        generation, request.receive, lambda started: scores.extend(started.scores)
    )
    if scored:
        unscored: list[Any] = [None] * (len(prompt) - len(scores))
        answer["prompt_logprobs"] = unscored + [_scored(vocab, score) for score in scores]
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


def _begun(engine: Engine, body: Chat) -> list[int]:
    """Tokens of the answer's beginning, where the conversation holds one.

    Raises:
        ApiError: it is empty or another role's, or scores are asked for without it or in a stream.
    """
    if not body.continue_final_message:
        if body.prompt_logprobs is not None:
            raise ApiError(
                400, "prompt_logprobs needs continue_final_message", param="prompt_logprobs"
            )
        return []
    if body.stream and body.prompt_logprobs is not None:
        raise ApiError(400, "prompt_logprobs cannot be streamed", param="prompt_logprobs")
    last = body.messages[-1]
    if last.role != "assistant" or len(body.messages) < 2 or not last.text():
        raise ApiError(
            400,
            "continue_final_message needs a last message of the assistant, with some text",
            param="messages",
        )
    return engine.model.vocab.encode(last.text())


def _scored_of(vocab: Vocab, begun: list[int], body: Chat) -> int:
    """How many tokens at the end of the answer's beginning are asked about."""
    left = len(body.messages[-1].text()[body.prompt_logprobs_start :].encode("utf-8", "replace"))
    for count, token in enumerate(reversed(begun), 1):
        left -= len(vocab.piece(token))
        if left <= 0:
            return count
    return len(begun)


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
    options = body.stream_options or StreamOptions()
    for index in range(body.n):
        first = {"role": "assistant", "content": ""}
        yield {**answer, "choices": [{"index": index, "delta": first, "finish_reason": None}]}
    async for index, event in generation.events():
        if isinstance(event, Started):
            if options.continuous_usage_stats and index == 0:
                yield {**answer, "choices": [], "usage": _usage(event)}
            continue
        delta = {"content": event.text} if event.text else {}
        choice: dict[str, Any] = {"index": index, "delta": delta, "finish_reason": None}
        if isinstance(event, Finish):
            finishes.append(event)
            choice["finish_reason"] = finish_reason(event)
        elif body.logprobs:
            choice["logprobs"] = _logprobs(vocab, [event])
        yield {**answer, "choices": [choice]}
    if options.include_usage:
        yield {**answer, "choices": [], "usage": usage(finishes, body.n)}


def _usage(started: Started) -> dict[str, Any]:
    """For a client that may not wait for the end."""
    prompt = started.reused + started.evaluated
    return {
        "prompt_tokens": prompt,
        "completion_tokens": 0,
        "total_tokens": prompt,
        "prompt_tokens_details": {"cached_tokens": started.reused},
    }


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


def _scored(vocab: Vocab, score: Score) -> dict[str, Any]:
    """vLLM's form: by token id, the token itself first and then the likeliest in its place."""
    choices = {score.id: score.logprob} | dict(score.top)
    return {
        str(token): {
            "logprob": logprob,
            "decoded_token": vocab.decode([token]),
            "bytes": list(vocab.piece(token)),
        }
        for token, logprob in choices.items()
    }


def _described(vocab: Vocab, token: int, logprob: float | None) -> dict[str, Any]:
    return {
        "token": vocab.decode([token]),
        "logprob": logprob,
        "bytes": list(vocab.piece(token)),
    }
