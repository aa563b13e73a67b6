"""`/health`, `/metrics`, `/v1/models`, `/tokenize` and `/detokenize`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

import msgspec
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from midfill.engine.runtime.api.bodies import Detokenize, Tokenize
from midfill.engine.runtime.api.errors import ApiError, read
from midfill.engine.runtime.api.request import ready_engine
from midfill.engine.runtime.engine import Engine
from midfill.engine.runtime.job import Priority


async def health(request: Request) -> Response:
    """200 when ready, 503 while loading, 500 when the model cannot be loaded."""
    engine: Engine = request.app.state.engine
    calibration = engine.scheduler.calibration if engine.ready else None
    status = "error" if engine.error else "ok" if engine.ready else "loading"
    answer = {
        "status": status,
        "progress": round(engine.progress, 3),
        "error": engine.error or None,
        "model": Path(engine.config.path).stem,
        "path": engine.config.path,
        "pid": os.getpid(),
        "version": metadata.version("midfill"),
        "context_tokens": engine.config.context_tokens,
        "threads": calibration.threads if calibration else engine.config.threads,
        "gpu_layers": engine.plan.layers,
        "gpus": [name for name, _ in engine.plan.split],
        "gpu_memory": {"computed": engine.plan.computed, "taken": engine.plan.taken},
        "layers": engine.model.layers if engine.ready else 0,
        "idle_seconds": round(engine.idle_seconds, 1),
        "calibration": msgspec.to_builtins(calibration, str_keys=True),
    }
    return JSONResponse(answer, {"ok": 200, "loading": 503, "error": 500}[status])


async def models(request: Request) -> Response:
    """The one model."""
    engine = ready_engine(request)
    entry = {
        "id": engine.model.name,
        "object": "model",
        "owned_by": "midfill",
        "max_model_len": engine.scheduler.context_tokens,
        "meta": {
            "n_ctx_train": engine.model.context_length,
            "n_vocab": engine.model.vocab.size,
            "size": engine.model.bytes,
        },
    }
    return JSONResponse({"object": "list", "data": [entry]})


async def tokenize(request: Request) -> Response:
    """Text to token ids."""
    body = await read(request, Tokenize)
    vocab = ready_engine(request).model.vocab
    ids = (
        vocab.encode_with_special(body.content)
        if body.parse_special
        else vocab.encode(body.content)
    )
    if not body.with_pieces:
        return JSONResponse({"tokens": ids})
    return JSONResponse({"tokens": [{"id": t, "piece": vocab.decode([t])} for t in ids]})


async def detokenize(request: Request) -> Response:
    """Token ids to text."""
    body = await read(request, Detokenize)
    vocab = ready_engine(request).model.vocab
    if any(token >= vocab.size for token in body.tokens):
        raise ApiError(400, "a token id is outside the vocabulary", param="tokens")
    return JSONResponse({"content": vocab.decode(body.tokens)})


async def metrics(request: Request) -> Response:
    """Prometheus's text format."""
    registry = CollectorRegistry()
    registry.register(_Metrics(ready_engine(request)))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class _Metrics(Collector):
    def __init__(self, engine: Engine) -> None:
        self._scheduler = engine.scheduler

    def collect(self) -> list[Metric]:
        counters = self._scheduler.counters
        running, waiting = self._scheduler.load()
        evaluated = {p.name.lower(): counters.evaluated[p] for p in Priority}
        return [
            _by("midfill_tokens_evaluated", "Tokens of prompts evaluated", "priority", evaluated),
            _total("midfill_prompt_tokens_evaluated", "Sum of these", sum(evaluated.values())),
            _total("midfill_prompt_tokens_reused", "Tokens found in the cache", counters.reused),
            _total("midfill_tokens_generated", "Tokens generated", counters.generated),
            _total("midfill_tokens_cancelled", "Generated, then cancelled", counters.thrown_away),
            _total("midfill_tokens_drafted", "Guessed and verified", counters.drafted),
            _total("midfill_tokens_accepted", "Guessed rightly", counters.accepted),
            _total("midfill_decode_steps", "Steps without a prompt", counters.decode_steps),
            _total("midfill_decode_seconds", "Time with generation", counters.decode_seconds),
            _total("midfill_prefill_seconds", "Time with prompts", counters.prefill_seconds),
            _by("midfill_requests", "Requests by how they ended", "stop_type", counters.finished),
            GaugeMetricFamily("midfill_requests_running", "Requests at work", value=running),
            GaugeMetricFamily("midfill_requests_waiting", "Requests queued", value=waiting),
            GaugeMetricFamily(
                "midfill_kv_cache_tokens", "Tokens cached", value=self._scheduler.cache.tokens()
            ),
        ]


def _by(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    family = CounterMetricFamily(name, text, labels=[label])
    for value, count in values.items():
        family.add_metric([value], count)
    return family


def _total(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(name, text, value=value)
