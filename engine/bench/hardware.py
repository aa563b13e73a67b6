"""`midfill bench hardware`: what this machine does with a model, asked through the engine.

Prompts are code of Python's standard library, as token ids, so that every length is exact. Times
are those of the client: from the request to the first event of the answer, and on to the last.

llama-bench runs afterwards, as a GPU may not hold a model twice. So a ratio to it holds only on a
machine that does nothing else: on a busy one it came out between 0.2 and 7.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sysconfig
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Literal

import httpx
import msgspec
from msgspec.structs import replace

from midfill.engine.bench.llama_server import beside as libraries_beside
from midfill.engine.bench.private import private_engine
from midfill.engine.bench.statistics import percentile, ratio
from midfill.engine.errors import MidfillError, UsageError
from midfill.engine.runtime.config import EngineConfig

# With another seed each time no answer is like the one before, which drafts would foresee, and few
# end early.
_SAMPLING = {"temperature": 1.5, "top_k": 40}
_KEY_TOKENS = 2
_INTERACTIVE, _BATCH = 0, 1
_IDLE = "\nmidfill_requests_running 0.0\n"
_POLL_S, _SILENT_POLLS = 0.001, 60_000


@dataclass(frozen=True)
class Options:
    """What to measure.

    `contexts`: tokens before those that are timed. `streams`: texts decoded side by side. `limits`:
    MiB of each GPU's memory, one engine for each. `typed`: the length of the context in which keys
    are typed, 0 for no typing.
    """

    batches: tuple[int, ...] = (32, 128, 512)
    contexts: tuple[int, ...] = (0, 2048)
    streams: tuple[int, ...] = (1, 4)
    limits: tuple[int, ...] = ()
    prompt: int = 512
    generated: int = 64
    repeats: int = 3
    typed: int = 2000
    keys: int = 20
    llama_bench: Path | None = None


class Speed(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens a second, the best of all repeats; `peer` is llama-bench's, where it can do the same.

    `batch` is the largest number of tokens evaluated at once; in decoding, `streams` texts are at
    work, and their tokens are counted together.
    """

    kind: Literal["prefill", "decode"]
    batch: int
    context: int
    streams: int
    speed: float
    peer: float | None = None
    ratio: float | None = None


class Typing(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds from a key to the first token of its answer, in the median and at 95 %.

    Attributes:
        evaluated: tokens for a key that were not in the cache, in the median.
        jump_ms: with none of the context in the cache.
        four_ms: of keys typed in four documents at the same moment.
        repair_ms: while a repair writes its answer.
        repair_ratio: that to `key_ms`.
        silent_ms: from the moment that an answer is given up until the engine does nothing.
    """

    context: int
    key_ms: float | None
    key_p95_ms: float | None
    evaluated: float | None
    jump_ms: float | None
    four_ms: float | None
    repair_ms: float | None
    repair_ratio: float | None
    silent_ms: float | None


class Limited(msgspec.Struct, frozen=True, kw_only=True):
    """An engine that may take so many MiB of each GPU, 0 for all that is free.

    Attributes:
        gpu_layers: its layers there, of so many `layers`.
        computed_mb: MiB that these should take of all GPUs.
        taken_mb: MiB that are no longer free since, what the driver takes for itself among them.
        speed: tokens decoded in a second.
    """

    limit_mb: int
    gpu_layers: int
    layers: int
    computed_mb: float
    taken_mb: float
    speed: float


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """`limited` is empty, for not measured, where there is no GPU or no limit was asked for."""

    model: str
    gpu_layers: int
    layers: int
    threads: int
    speeds: list[Speed]
    typing: Typing | None
    limited: list[Limited]


class _Answer(msgspec.Struct, frozen=True):
    """Seconds to the first event and from there to the last; tokens made, and those evaluated."""

    first_s: float
    rest_s: float
    generated: int
    evaluated: int


class _Engine:
    """Asks an engine for text, of token ids that no answer was made of before."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self._ids: list[int] = []
        self._source = _code()
        self._seeds = count(1)

    async def take(self, wanted: int) -> list[int]:
        """Tokens of code that were not taken yet."""
        while len(self._ids) < wanted:
            self._ids += await self._more()
        taken, self._ids = self._ids[:wanted], self._ids[wanted:]
        return taken

    async def ask(
        self, prompt: Sequence[int], tokens: int, priority: int = _INTERACTIVE
    ) -> _Answer:
        """Continue `prompt` by up to `tokens` tokens."""
        started = time.perf_counter()
        times: list[float] = []
        usage: dict[str, Any] = {}
        async with self._stream(prompt, tokens, priority) as events:
            async for event in events:
                times.append(time.perf_counter())
                usage = event.get("usage") or usage
        if not usage:
            raise MidfillError("the engine broke off its answer")
        cached = usage["prompt_tokens_details"]["cached_tokens"]
        # The last event is the sum, and comes with the last token.
        return _Answer(
            first_s=times[0] - started,
            rest_s=times[-1] - times[0],
            generated=usage["completion_tokens"],
            evaluated=usage["prompt_tokens"] - cached,
        )

    async def begin(self, prompt: Sequence[int], tokens: int, begun: asyncio.Event) -> None:
        """Read answers of low priority, one after the other, until cancelled; `begun` is set at the
        first event."""
        while True:
            async with self._stream(prompt, tokens, _BATCH) as events:
                async for _ in events:
                    begun.set()

    async def silent(self) -> None:
        """Return when it works for nobody.

        Raises:
            MidfillError: after a minute it still does.
        """
        for _ in range(_SILENT_POLLS):
            if _IDLE in (await self.client.get("/metrics")).text:
                return
            await asyncio.sleep(_POLL_S)
        raise MidfillError("the engine goes on with an answer that was given up")

    @contextlib.asynccontextmanager
    async def _stream(
        self, prompt: Sequence[int], tokens: int, priority: int
    ) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
        body = {
            "prompt": list(prompt),
            "max_tokens": tokens,
            "priority": priority,
            "stream": True,
            "stream_options": {"include_usage": True},
            "seed": next(self._seeds),
            **_SAMPLING,
        }
        async with self.client.stream("POST", "/v1/completions", json=body) as answer:
            if answer.status_code != httpx.codes.OK:
                raise MidfillError(f"the engine refuses: {(await answer.aread()).decode()}")
            yield _events(answer)

    async def _more(self) -> list[int]:
        text = next(self._source)
        answer = await self.client.post("/tokenize", json={"content": text})
        tokens: list[int] = answer.json()["tokens"]
        return tokens


def _code() -> Iterator[str]:
    for file in sorted(Path(sysconfig.get_path("stdlib")).glob("*.py")):
        yield file.read_text("utf-8", "replace")


async def _events(answer: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    async for line in answer.aiter_lines():
        if line.startswith("data: {"):
            yield json.loads(line[6:])


async def run(config: EngineConfig, options: Options, say: Callable[[str], None]) -> Report:
    """Start an engine for each batch and each limit, one after the other, and ask it.

    Raises:
        UsageError: a context does not fit into the engine's.
        MidfillError: an engine or llama-bench does not work.
    """
    longest = max(*options.contexts, options.typed) + options.prompt + options.generated
    if longest >= config.context_tokens:
        raise UsageError(
            f"{longest} tokens do not fit into {config.context_tokens}: "
            "raise engine.context_tokens, or measure with less"
        )
    speeds: list[Speed] = []
    for batch in options.batches:
        say(f"prefill, batches of {batch}")
        async with private_engine(replace(config, batch=batch), _loading(say)) as (client, _):
            engine = _Engine(client)
            speeds += [await _prefill(engine, batch, each, options) for each in options.contexts]
    async with private_engine(config, _loading(say)) as (client, health):
        engine = _Engine(client)
        for context in options.contexts:
            for streams in options.streams:
                say(f"decode, {streams} at once behind {context} tokens")
                speeds.append(await _decode(engine, config.batch, context, streams, options))
        typing = await _typing(engine, options, say) if options.typed else None
    limited = []
    for limit in (0, *options.limits) if options.limits and health["gpu_layers"] else ():
        say(f"{limit or 'all'} MiB of GPU memory")
        tight = replace(config, gpu_memory=limit << 20)
        async with private_engine(tight, _loading(say)) as (client, found):
            speed = await _decode(_Engine(client), config.batch, 0, 1, options)
        memory = {key: round(size / 2**20, 1) for key, size in found["gpu_memory"].items()}
        limited.append(
            Limited(
                limit_mb=limit,
                gpu_layers=found["gpu_layers"],
                layers=found["layers"],
                computed_mb=memory["computed"],
                taken_mb=memory["taken"],
                speed=speed.speed,
            )
        )
    if options.llama_bench is not None:
        say("llama-bench")
        binary = options.llama_bench
        speeds = await asyncio.to_thread(_beside, binary, options, config, health, speeds)
    return Report(
        model=health["model"],
        gpu_layers=health["gpu_layers"],
        layers=health["layers"],
        threads=health["threads"],
        speeds=speeds,
        typing=typing,
        limited=limited,
    )


def _loading(say: Callable[[str], None]) -> Callable[[float], None]:
    return lambda share: say(f"loading, {share:.0%}")


async def _prefill(engine: _Engine, batch: int, context: int, options: Options) -> Speed:
    before = await engine.take(context)
    if before:
        await engine.ask(before, 1)
    speeds = []
    for _ in range(options.repeats):
        answer = await engine.ask(before + await engine.take(options.prompt), 1)
        speeds.append(answer.evaluated / answer.first_s)
    return Speed(kind="prefill", batch=batch, context=context, streams=1, speed=max(speeds))


async def _decode(
    engine: _Engine, batch: int, context: int, streams: int, options: Options
) -> Speed:
    prompts = [await engine.take(max(context, _KEY_TOKENS)) for _ in range(streams)]
    for prompt in prompts:
        await engine.ask(prompt, 1)
    speeds = []
    for _ in range(options.repeats):
        asked = (engine.ask(prompt, options.generated) for prompt in prompts)
        answers = await asyncio.gather(*asked)
        # An answer that ended with its first token tells nothing.
        told = [each for each in answers if each.generated > 1]
        speeds.append(sum((each.generated - 1) / each.rest_s for each in told))
    return Speed(kind="decode", batch=batch, context=context, streams=streams, speed=max(speeds))


async def _typing(engine: _Engine, options: Options, say: Callable[[str], None]) -> Typing:
    say("keys, one by one")
    jumps = [await engine.ask(await engine.take(options.typed), 1) for _ in range(options.repeats)]
    alone = await _typed(engine, options, 1)
    say("keys in four documents")
    four = await _typed(engine, options, 4)
    say("keys beside a repair")
    begun = asyncio.Event()
    prompt = await engine.take(options.prompt)
    repair = asyncio.create_task(engine.begin(prompt, 100 * options.generated, begun))
    await _begun(begun, repair)
    beside = await _typed(engine, options, 1)
    repair.cancel()
    given_up = time.perf_counter()
    with contextlib.suppress(asyncio.CancelledError):
        await repair
    await engine.silent()
    silent_ms = 1000 * (time.perf_counter() - given_up)
    key_ms, repair_ms = _waited(alone, 50), _waited(beside, 50)
    return Typing(
        context=options.typed,
        key_ms=key_ms,
        key_p95_ms=_waited(alone, 95),
        evaluated=percentile((key.evaluated for key in alone), 50),
        jump_ms=_waited(jumps, 50),
        four_ms=_waited(four, 50),
        repair_ms=repair_ms,
        repair_ratio=ratio(repair_ms, key_ms),
        silent_ms=round(silent_ms, 1),
    )


async def _begun(begun: asyncio.Event, task: asyncio.Task[None]) -> None:
    """Wait for the event, or for the error that it will not come for."""
    waiting = asyncio.create_task(begun.wait())
    await asyncio.wait({waiting, task}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if task.done():
        task.result()


async def _typed(engine: _Engine, options: Options, documents: int) -> list[_Answer]:
    """Answers to keys, each of which comes in all documents at once."""
    texts = [await engine.take(options.typed) for _ in range(documents)]
    for text in texts:
        await engine.ask(text, 1)
    answers = []
    for _ in range(options.keys):
        for text in texts:
            text += await engine.take(_KEY_TOKENS)
        answers += await asyncio.gather(*(engine.ask(text, 1) for text in texts))
    return answers


def _waited(answers: Sequence[_Answer], percent: float) -> float | None:
    return percentile((1000 * each.first_s for each in answers), percent)


def _beside(
    binary: Path,
    options: Options,
    config: EngineConfig,
    health: dict[str, Any],
    speeds: list[Speed],
) -> list[Speed]:
    """The speeds with those of llama-bench, which measures the same in two runs."""
    found: dict[tuple[str, int, int], float] = {}
    on_gpu = health["gpu_layers"] > 0
    gpus = "/".join(health["gpus"]) or "auto"
    tests = (
        ("prefill", health["calibration"]["prompt_threads"], options.batches, options.prompt, 0),
        ("decode", health["calibration"]["threads"], (config.batch,), 0, options.generated),
    )
    for kind, threads, batches, prompt, generated in tests:
        arguments = {
            "--model": config.path,
            "--n-prompt": prompt,
            "--n-gen": generated,
            "--n-depth": ",".join(map(str, options.contexts)),
            "--ubatch-size": ",".join(map(str, batches)),
            "--threads": threads,
            "--n-gpu-layers": health["gpu_layers"],
            "--device": gpus if on_gpu else "none",
            "--flash-attn": "auto" if on_gpu else "off",
            "--repack": int(config.repack),
            "--repetitions": options.repeats,
            "--output": "json",
        }
        for row in _llama_bench(binary, arguments):
            found[kind, row["n_ubatch"], row["n_depth"]] = max(row["samples_ts"])
    return [_with_peer(speed, found) for speed in speeds]


def _with_peer(speed: Speed, found: dict[tuple[str, int, int], float]) -> Speed:
    peer = found.get((speed.kind, speed.batch, speed.context)) if speed.streams == 1 else None
    return replace(speed, peer=peer, ratio=ratio(speed.speed, peer))


def _llama_bench(binary: Path, arguments: dict[str, Any]) -> list[dict[str, Any]]:
    words = [str(word) for pair in arguments.items() for word in pair]
    try:
        done = subprocess.run(
            [str(binary), *words],
            capture_output=True,
            text=True,
            check=True,
            env=libraries_beside(binary),
        )
        rows: list[dict[str, Any]] = json.loads(done.stdout)
    except subprocess.CalledProcessError as error:
        last = error.stderr.rstrip().rpartition("\n")[2]
        raise MidfillError(f"llama-bench failed: {last}") from error
    except (OSError, ValueError) as error:
        raise MidfillError(f"cannot run {binary}: {error}") from error
    return rows
