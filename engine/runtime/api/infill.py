"""llama.cpp's `/infill`: what editors call at every key."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from midfill.engine.backend import InfillRequest
from midfill.engine.completion.prompt import FimPrompt
from midfill.engine.runtime.api.bodies import Infill
from midfill.engine.runtime.api.errors import ApiError, read
from midfill.engine.runtime.api.generation import EventStream, Generation, text_of, whole
from midfill.engine.runtime.api.request import generate, ready_engine
from midfill.engine.runtime.api.windows import Window, Windows
from midfill.engine.runtime.engine import Engine
from midfill.engine.runtime.job import Finish, Job, Priority, Started, Token
from midfill.engine.runtime.sampler import Sampler, SamplingParams


async def infill(request: Request) -> Response:
    """Fill in the middle. With `n_predict` 0 the prompt is evaluated, and nothing else."""
    body = await read(request, Infill)
    engine = ready_engine(request, body.model)
    window = _windows(request, engine).choose(_asked(body), body.t_max_prompt_ms)
    room = engine.scheduler.context_tokens - len(window.prompt.tokens) - 1
    warms_up = body.n_predict == 0
    branch = f"#{body.branch}" if body.document and body.branch else ""
    group = body.document + branch
    generation = generate(
        engine,
        body,
        [window.prompt.tokens],
        body.sampling(temperature=0.0),
        max_tokens=body.n_predict if body.n_predict >= 0 else max(room, 1),
        forced=window.prompt.forced,
        document=window.sequence + branch,
        group=f"{group}#warm-up" if warms_up and group else group,
        default_priority=Priority.WARM_UP if warms_up else Priority.INTERACTIVE,
        timeout_ms=body.timeout_ms,
        decode_ms=body.t_max_predict_ms or None,
    )
    if window.later is not None:
        _evaluate_later(engine, body, window.later)
    if body.stream:
        events = _stream(generation, engine, window)
        return EventStream(events, generation.cancel, done=False)
    [tokens], [finish] = await whole(generation, request.receive)
    return JSONResponse(_last(engine, window, finish, text_of(tokens, finish)))


def _windows(request: Request, engine: Engine) -> Windows:
    state = request.app.state
    if getattr(state, "windows", None) is None:
        vocab = engine.model.vocab
        if vocab.fim is None:
            raise ApiError(501, "this model cannot fill in the middle", kind="not_supported_error")
        state.windows = Windows(engine.scheduler, vocab, vocab.fim)
    windows: Windows = state.windows
    return windows


def _asked(body: Infill) -> InfillRequest:
    defaults = InfillRequest(prefix=body.input_prefix + body.prompt, suffix=body.input_suffix)
    return msgspec.structs.replace(
        defaults,
        filename=body.filename,
        repository=body.repository,
        extra=body.input_extra,
        document=body.document,
        prefix_tokens=body.prefix_tokens or defaults.prefix_tokens,
        suffix_tokens=(
            defaults.suffix_tokens if body.suffix_tokens is None else body.suffix_tokens
        ),
    )


def _evaluate_later(engine: Engine, body: Infill, prompt: FimPrompt) -> None:
    """Evaluate `prompt` in the document's own sequence while nobody types. Nobody waits for it."""
    job = Job(
        prompt.tokens,
        sampler=Sampler(engine.model.vocab, SamplingParams()),
        max_tokens=0,
        emit=lambda event: None,
        priority=Priority.WARM_UP,
        document=body.document,
        group=f"{body.document}#warm-up",
    )
    engine.scheduler.submit(job)


async def _stream(
    generation: Generation, engine: Engine, window: Window
) -> AsyncIterator[dict[str, Any]]:
    async for _, event in generation.events():
        if isinstance(event, Token):
            yield {"content": event.text, "tokens": [event.id], "stop": False}
        elif isinstance(event, Started):
            timings = _timings(event.reused, event.evaluated, event.queue_ms, event.prefill_ms)
            yield {"content": "", "stop": False, "model": engine.model.name, "timings": timings}
        else:
            yield _last(engine, window, event, event.text)


def _last(engine: Engine, window: Window, finish: Finish, content: str) -> dict[str, Any]:
    """The last event, with llama.cpp's names: `tokens_evaluated` is the whole prompt there, and
    `timings.prompt_n` what of it was not in the cache."""
    return {
        "content": content,
        "stop": True,
        "stop_type": finish.stop_type,
        "stopping_word": finish.stopping_word,
        "model": engine.model.name,
        "truncated": window.prompt.truncated or window.later is not None,
        "tokens_evaluated": finish.prompt_tokens,
        "tokens_predicted": finish.generated,
        "tokens_cached": finish.reused,
        "timings": {
            **_timings(finish.reused, finish.evaluated, finish.queue_ms, finish.prefill_ms),
            "predicted_n": finish.generated,
            "predicted_ms": round(finish.decode_ms, 3),
        },
    }


def _timings(reused: int, evaluated: int, queue_ms: float, prefill_ms: float) -> dict[str, float]:
    return {
        "cache_n": reused,
        "prompt_n": evaluated,
        "prompt_ms": round(prefill_ms, 3),
        "queue_ms": round(queue_ms, 3),
    }
