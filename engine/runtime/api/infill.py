"""llama.cpp's `/infill`: what editors call at every key."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from midfill.engine.backend import InfillRequest
from midfill.engine.completion import prompt as fim_prompt
from midfill.engine.runtime.api.bodies import Infill
from midfill.engine.runtime.api.errors import ApiError, read
from midfill.engine.runtime.api.generation import EventStream, Generation, text_of, whole
from midfill.engine.runtime.api.request import generate, ready_engine
from midfill.engine.runtime.engine import Engine
from midfill.engine.runtime.job import Finish, Priority, Token

_DOCUMENTS_REMEMBERED = 64


class Anchors:
    """Where the window of each document's last prompt began."""

    def __init__(self) -> None:
        self._anchors: OrderedDict[str, tuple[int, ...]] = OrderedDict()

    def get(self, document: str) -> tuple[int, ...]:
        """The anchor of `document`; empty for a new one."""
        return self._anchors.get(document, ())

    def set(self, document: str, anchor: tuple[int, ...]) -> None:
        """Remember it, and forget the document that was used longest ago."""
        self._anchors[document] = anchor
        self._anchors.move_to_end(document)
        if len(self._anchors) > _DOCUMENTS_REMEMBERED:
            self._anchors.popitem(last=False)


async def infill(request: Request) -> Response:
    """Fill in the middle."""
    body = await read(request, Infill)
    engine = ready_engine(request, body.model)
    prompt = _prompt(request, engine, body)
    room = engine.scheduler.context_tokens - len(prompt.tokens) - 1
    generation = generate(
        engine,
        body,
        [prompt.tokens],
        body.sampling(temperature=0.0),
        max_tokens=body.n_predict if body.n_predict > 0 else max(room, 1),
        forced=prompt.forced,
        document=body.document,
        default_priority=Priority.INTERACTIVE,
        timeout_ms=body.timeout_ms,
        decode_ms=body.t_max_predict_ms or None,
    )
    if body.stream:
        events = _stream(generation, engine, prompt)
        return EventStream(events, generation.cancel, done=False)
    [tokens], [finish] = await whole(generation, request.receive)
    return JSONResponse(_last(engine, prompt, finish, text_of(tokens, finish)))


def _prompt(request: Request, engine: Engine, body: Infill) -> fim_prompt.FimPrompt:
    vocab = engine.model.vocab
    if vocab.fim is None:
        raise ApiError(501, "this model cannot fill in the middle", kind="not_supported_error")
    defaults = InfillRequest(prefix=body.input_prefix + body.prompt, suffix=body.input_suffix)
    asked = InfillRequest(
        prefix=defaults.prefix,
        suffix=defaults.suffix,
        filename=body.filename,
        repository=body.repository,
        extra=body.input_extra,
        prefix_tokens=body.prefix_tokens or defaults.prefix_tokens,
        suffix_tokens=(
            defaults.suffix_tokens if body.suffix_tokens is None else body.suffix_tokens
        ),
    )
    anchors: Anchors = request.app.state.anchors
    prompt = fim_prompt.build(vocab, vocab.fim, asked, anchors.get(body.document))
    if body.document:
        anchors.set(body.document, prompt.anchor)
    return prompt


async def _stream(
    generation: Generation, engine: Engine, prompt: fim_prompt.FimPrompt
) -> AsyncIterator[dict[str, Any]]:
    async for _, event in generation.events():
        if isinstance(event, Token):
            if event.text:
                yield {"content": event.text, "tokens": [event.id], "stop": False}
        else:
            yield _last(engine, prompt, event, event.text)


def _last(
    engine: Engine, prompt: fim_prompt.FimPrompt, finish: Finish, content: str
) -> dict[str, Any]:
    """The last event, with llama.cpp's names: `tokens_evaluated` is the whole prompt there, and
    `timings.prompt_n` what of it was not in the cache."""
    return {
        "content": content,
        "stop": True,
        "stop_type": finish.stop_type,
        "stopping_word": finish.stopping_word,
        "model": engine.model.name,
        "truncated": prompt.truncated,
        "tokens_evaluated": finish.prompt_tokens,
        "tokens_predicted": finish.generated,
        "tokens_cached": finish.reused,
        "timings": {
            "cache_n": finish.reused,
            "prompt_n": finish.evaluated,
            "prompt_ms": round(finish.prefill_ms, 3),
            "predicted_n": finish.generated,
            "predicted_ms": round(finish.decode_ms, 3),
            "queue_ms": round(finish.queue_ms, 3),
        },
    }
