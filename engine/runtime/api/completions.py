"""`/v1/completions`."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from midfill.engine.backend import InfillRequest
from midfill.engine.completion import prompt as fim_prompt
from midfill.engine.runtime.api.bodies import Completion
from midfill.engine.runtime.api.errors import ApiError, read
from midfill.engine.runtime.api.generation import EventStream, Generation, text_of, whole
from midfill.engine.runtime.api.request import generate, ready_engine
from midfill.engine.runtime.engine import Engine
from midfill.engine.runtime.job import Finish, Started, Token
from midfill.engine.runtime.vocab import Vocab


async def completions(request: Request) -> Response:
    """Complete text or token ids; with `suffix`, fill in the middle."""
    body = await read(request, Completion)
    engine = ready_engine(request, body.model)
    prompts, forced = _prompts(engine, body)
    generation = generate(
        engine,
        body,
        prompts,
        body.sampling(temperature=1.0),
        max_tokens=body.max_tokens,
        count=body.n,
        forced=forced,
        top_logprobs=body.logprobs,
    )
    answer = {
        "id": f"cmpl-{uuid.uuid4().hex}",
        "object": "text_completion",
        "created": int(time.time()),
        "model": engine.model.name,
    }
    vocab = engine.model.vocab
    if body.stream:
        events = _stream(generation, answer, vocab, body)
        return EventStream(events, generation.cancel, done=True)
    tokens, finishes = await whole(generation, request.receive)
    choices = [
        {
            "index": index,
            "text": text_of(tokens[index], finish),
            "logprobs": None if body.logprobs is None else _logprobs(vocab, tokens[index]),
            "finish_reason": finish_reason(finish),
        }
        for index, finish in enumerate(finishes)
    ]
    return JSONResponse({**answer, "choices": choices, "usage": usage(finishes, body.n)})


def finish_reason(finish: Finish) -> str:
    """OpenAI's word for how a job ended."""
    return "stop" if finish.stop_type in ("eos", "word") else "length"


def usage(finishes: list[Finish], count: int = 1) -> dict[str, Any]:
    """OpenAI's `usage`: a prompt counts once, however many answers it has."""
    prompt = sum(finish.prompt_tokens for finish in finishes[::count])
    generated = sum(finish.generated for finish in finishes)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": generated,
        "total_tokens": prompt + generated,
        "prompt_tokens_details": {"cached_tokens": sum(f.reused for f in finishes[::count])},
    }


def _prompts(engine: Engine, body: Completion) -> tuple[list[list[int]], bytes]:
    """Token ids of each prompt, and text that generation must begin with."""
    vocab = engine.model.vocab
    if body.suffix is not None:
        if vocab.fim is None:
            raise ApiError(400, "this model cannot fill in the middle", param="suffix")
        if not isinstance(body.prompt, str):
            raise ApiError(400, "with a suffix the prompt must be one text", param="prompt")
        asked = InfillRequest(prefix=body.prompt, suffix=body.suffix)
        built = fim_prompt.build(vocab, vocab.fim, asked)
        return [built.tokens], built.forced
    if isinstance(body.prompt, str):
        return [vocab.encode_with_special(body.prompt)], b""
    ids = [one for one in body.prompt if isinstance(one, int)]
    if ids:
        return [ids], b""
    return [
        vocab.encode_with_special(one) if isinstance(one, str) else list(one)
        for one in body.prompt
        if not isinstance(one, int)
    ], b""


async def _stream(
    generation: Generation, answer: dict[str, Any], vocab: Vocab, body: Completion
) -> AsyncIterator[dict[str, Any]]:
    finishes: list[Finish] = []
    async for index, event in generation.events():
        if isinstance(event, Started):
            continue
        choice: dict[str, Any] = {"index": index, "text": event.text, "logprobs": None}
        if isinstance(event, Finish):
            finishes.append(event)
            choice["finish_reason"] = finish_reason(event)
        else:
            choice["finish_reason"] = None
            if body.logprobs is not None:
                choice["logprobs"] = _logprobs(vocab, [event])
        yield {**answer, "choices": [choice]}
    if body.stream_options is not None and body.stream_options.include_usage:
        yield {**answer, "choices": [], "usage": usage(finishes, body.n)}


def _logprobs(vocab: Vocab, tokens: list[Token]) -> dict[str, Any]:
    pieces = [vocab.decode([token.id]) for token in tokens]
    return {
        "tokens": pieces,
        "token_logprobs": [token.logprob for token in tokens],
        "top_logprobs": [
            {vocab.decode([other]): logprob for other, logprob in token.top} for token in tokens
        ],
        "text_offset": [sum(map(len, pieces[:index])) for index in range(len(pieces))],
    }
