"""What every generating route does first: is it the model asked for, and does the prompt fit."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request

from midfill.engine.errors import UsageError
from midfill.engine.runtime.api.bodies import Sampled
from midfill.engine.runtime.api.errors import ApiError
from midfill.engine.runtime.api.generation import Generation
from midfill.engine.runtime.engine import Engine
from midfill.engine.runtime.job import Event, Job, Priority
from midfill.engine.runtime.sampler import Sampler, SamplingParams


def ready_engine(request: Request, model: str | None = None) -> Engine:
    """The engine, once its model is loaded.

    Raises:
        ApiError: 503 while it loads, 500 when it failed, 404 for another model.
    """
    engine: Engine = request.app.state.engine
    if engine.error:
        raise ApiError(500, engine.error, kind="server_error", code="engine_failed")
    if not engine.ready:
        raise ApiError(
            503, f"loading model: {engine.progress:.0%}", kind="unavailable_error", code="loading"
        )
    if model not in (None, "", engine.model.name):
        raise ApiError(
            404,
            f"the model {model!r} is not loaded here; this engine serves {engine.model.name!r}",
            param="model",
            code="model_not_found",
        )
    return engine


def generate(
    engine: Engine,
    body: Sampled,
    prompts: list[list[int]],
    sampling: SamplingParams,
    *,
    max_tokens: int,
    count: int = 1,
    forced: bytes = b"",
    document: str = "",
    group: str = "",
    default_priority: Priority = Priority.BATCH,
    top_logprobs: int | None = None,
    timeout_ms: int | None = None,
    decode_ms: float | None = None,
    scores: int = 0,
    top_scores: int = 0,
) -> Generation:
    """Jobs for `count` answers to each prompt.

    Raises:
        ApiError: a prompt is empty or too long, or a parameter is wrong.
    """
    limit = engine.scheduler.context_tokens
    if not prompts:
        raise ApiError(400, "there is no prompt", param="prompt")
    for prompt in prompts:
        if not prompt:
            raise ApiError(400, "the prompt is empty", param="prompt")
        if len(prompt) >= limit:
            raise ApiError(
                400,
                f"the prompt has {len(prompt)} tokens, but the context holds {limit}: shorten it, "
                "or raise engine.context_tokens",
                param="prompt",
                code="context_length_exceeded",
            )
        if max(prompt) >= engine.model.vocab.size or min(prompt) < 0:
            raise ApiError(400, "a token id is outside the vocabulary", param="prompt")
    priority = default_priority
    if body.priority is not None:
        priority = Priority.BATCH if body.priority > 0 else Priority.INTERACTIVE
    try:
        samplers = [
            Sampler(engine.model.vocab, sampling, index) for index in range(len(prompts) * count)
        ]
    except UsageError as error:
        raise ApiError(400, str(error), param="grammar") from None
    leaders: dict[int, Job] = {}

    def make(index: int, emit: Callable[[Event], None]) -> Job:
        job = Job(
            prompts[index // count],
            sampler=samplers[index],
            max_tokens=max_tokens,
            emit=emit,
            stop=body.stop_words(),
            forced=forced,
            priority=priority,
            document=document,
            group=group,
            leader=leaders.get(index // count),
            top_logprobs=top_logprobs,
            timeout_ms=timeout_ms,
            decode_ms=decode_ms,
            scores=scores if index % count == 0 else 0,
            top_scores=top_scores,
        )
        leaders.setdefault(index // count, job)
        return job

    return Generation(engine.scheduler, make, len(samplers))
