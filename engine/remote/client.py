"""A server on another machine as a backend: vLLM, or whatever speaks OpenAI's interface.

What is sent has been looked at by `privacy` and taken down by `record` first.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import aclosing
from typing import Any

import msgspec

from midfill.engine import openai
from midfill.engine.backend import (
    BackendError,
    ChatRequest,
    Delta,
    InfillRequest,
    Message,
    Score,
    Stats,
)
from midfill.engine.context.tokens import estimate
from midfill.engine.remote import fault, privacy, record
from midfill.engine.remote.connection import Connection
from midfill.engine.remote.fault import RemoteError
from midfill.engine.remote.healing import CHOICES, Healing
from midfill.engine.remote.prompt import STOP_TOKENS, Prompts, TextPrompts, TokenPrompts
from midfill.engine.remote.secrets import secret_in
from midfill.engine.remote.tokens import agree
from midfill.engine.remote.vocabulary import Vocabulary
from midfill.engine.settings import Endpoint, Remote

_CHAT = "/v1/chat/completions"
# For a token there is one event, for the end there are some.
_MOST_EVENTS = 8
# What the record calls it.
_OVERVIEW = "(outline of the repository)"
_encode = msgspec.json.Encoder().encode


class RemoteModel:
    """A Backend.

    Args:
        name: what the person calls it.
        limits: of time.
    """

    # A request crosses a network, and may take the turn of somebody else's.
    debounced = True

    def __init__(self, name: str, endpoint: Endpoint, limits: Remote) -> None:
        self.name = name
        self.endpoint = endpoint
        self.connection = Connection(name, endpoint, limits)
        self._prompts: Prompts = TextPrompts()
        # Which model answers, where a server tells only with the text.
        self._answering = endpoint.model

    async def learn(self, vocabulary: Vocabulary) -> None:
        """Send prompts as tokens from now on, if it is the server's vocabulary, too."""
        if await agree(self.connection, vocabulary):
            self._prompts = TokenPrompts(vocabulary)

    async def infill(self, request: InfillRequest) -> AsyncGenerator[Delta]:
        """See `Backend.infill`. To evaluate a prompt for later, a token is generated."""
        request = privacy.cleared(request)
        clock = asyncio.get_running_loop().time
        started = clock()
        begun: float | None = None
        stats = Stats(model="", stop_type="cancelled")
        deadline = started + request.timeout_ms / 1000
        try:
            healing = Healing(self._prompts.build(request))
            asking = True
            while asking:
                body = _infill_body(request, healing.left, healing.prompt())
                self._note("completion", _texts(request))
                answer = self._deltas("/v1/completions", "completion", body, deadline)
                async with aclosing(answer) as deltas:
                    async for delta in deltas:
                        stats = delta.stats or msgspec.structs.replace(stats, model=self._answering)
                        if begun is None:
                            begun = clock()
                            yield Delta("", _timed(stats, started, begun))
                        new = healing.read(delta)
                        if new and request.max_tokens:
                            yield Delta(new)
                        if healing.astray:
                            break
                healing.finish()
                asking = healing.astray and request.max_tokens > 0
        except TimeoutError:
            if begun is None:
                raise fault.late(self.name) from None
            stats = msgspec.structs.replace(stats, stop_type="deadline")
        yield Delta("", _timed(stats, started, begun or clock(), clock()))

    async def chat(self, request: ChatRequest) -> AsyncGenerator[Delta]:
        """See `Backend.chat`."""
        privacy.check(request.messages)
        overview = self._overview(request)
        body = openai.chat_body(_begun_with(overview, request))
        if request.grammar:  # vLLM's field; llama.cpp's server and our engine have the other one
            body["structured_outputs"] = {"grammar": request.grammar}
        said = _said(request.messages, request.files, request.images)
        self._note(request.task, [*said, *([(_OVERVIEW, overview)] if overview else [])])
        async with aclosing(self._deltas(_CHAT, request.task, body, math.inf)) as deltas:
            async for delta in deltas:
                yield delta

    async def score(
        self,
        messages: tuple[Message, ...],
        choices: int,
        files: tuple[str, ...] = (),
        start: int = 0,
    ) -> list[Score]:
        """See `Backend.score`."""
        privacy.check(messages)
        self._note("repair", _said(messages, files))
        body = openai.score_body(messages, choices)
        answer = await self.connection.post(_CHAT, self._encoded("repair", body))
        try:
            return _of_last(openai.scores(answer), messages[-1].content)
        except BackendError:
            raise RemoteError(f"{self.name} gives no prompt_logprobs", lasting=False) from None

    async def rewards(
        self, messages: tuple[Message, ...], files: tuple[str, ...] = ()
    ) -> list[float]:
        """What a process reward model makes of each step of the last message, from 0 to 1.

        Raises:
            RemoteError: it is none, or cannot answer.
        """
        privacy.check(messages)
        self._note("judge", _said(messages, files))
        answer = await self.connection.post(
            "/pooling", self._encoded("judge", openai.rewards_body(messages))
        )
        try:
            return openai.rewards(answer)
        except BackendError:
            raise RemoteError(f"{self.name} rates no steps: is it a reward model?") from None

    async def aclose(self) -> None:
        """Close all connections."""
        await self.connection.aclose()

    async def _deltas(
        self, path: str, task: str, body: dict[str, Any], deadline: float
    ) -> AsyncGenerator[Delta]:
        stream = openai.ChatStream()
        events = self.connection.events(path, self._encoded(task, body), deadline)
        left = _MOST_EVENTS * body["max_tokens"] + _MOST_EVENTS
        async with aclosing(events):
            async for data in events:
                left -= 1
                if left < 0:
                    raise RemoteError(f"{self.name} writes more than it was asked for")
                try:
                    delta = stream.feed(data)
                except BackendError:
                    raise RemoteError(
                        f"{self.name} failed while it wrote, or is no server of this kind"
                    ) from None
                self._answering = stream.model or self._answering
                yield delta

    def _overview(self, request: ChatRequest) -> str:
        """That of the request where it may leave and there is room, else none."""
        overview, room = request.overview, self.endpoint.context_tokens
        if not (overview and room) or secret_in(overview):
            return ""
        texts = [overview, *(message.content for message in request.messages)]
        return overview if sum(map(estimate, texts)) + request.max_tokens <= room else ""

    def _encoded(self, task: str, body: dict[str, Any]) -> bytes:
        model = {"model": self.endpoint.model} if self.endpoint.model else {}
        # vLLM runs the lower number first, if it was started with --scheduling-policy priority.
        return _encode({**model, **body, "priority": int(task != "completion")})

    def _note(self, task: str, texts: Iterable[tuple[str, str]]) -> None:
        try:
            record.write(self.name, self.connection.host, task, texts)
        except OSError as error:
            raise privacy.Withheld("the request", f"it cannot be recorded: {error}") from None


def _begun_with(overview: str, request: ChatRequest) -> ChatRequest:
    if not overview:
        return request
    first, *others = request.messages
    begun = Message(first.role, f"{overview}\n\n{first.content}")
    return msgspec.structs.replace(request, messages=(begun, *others))


def _infill_body(request: InfillRequest, end: str, prompt: str | list[int]) -> dict[str, Any]:
    """The body that asks for what follows the prompt, which is to begin with `end`."""
    body = {
        "prompt": prompt,
        "max_tokens": request.max_tokens + estimate(end) if request.max_tokens else 1,
        "temperature": request.temperature,
        "seed": request.variant,
        "stop": request.stop,
        "stop_token_ids": STOP_TOKENS,
        "stream": True,
        "stream_options": {"include_usage": True, "continuous_usage_stats": True},
    }
    return body | ({"logprobs": CHOICES} if end and request.max_tokens else {})


def _texts(request: InfillRequest) -> Iterator[tuple[str, str]]:
    """The text of each file in a request, as much of it as may be sent."""
    yield request.filename, request.prefix + request.suffix
    for extra in request.extra:
        yield extra.filename, extra.text


def _said(
    messages: Iterable[Message], files: Iterable[str], images: Iterable[str] = ()
) -> Iterator[tuple[str, str]]:
    name = ", ".join(files)
    for text in (*(message.content for message in messages), *images):
        yield name, text


def _timed(stats: Stats, started: float, begun: float, ended: float | None = None) -> Stats:
    ms = {"prefill": 1000 * (begun - started)}
    if ended is not None:
        ms["decode"] = 1000 * (ended - begun)
    return msgspec.structs.replace(stats, ms=ms)


def _of_last(scores: list[Score], content: str) -> list[Score]:
    """Those of the last message: vLLM scores the whole conversation, which ends with it."""
    length, start = len(content), len(scores)
    while length > 0 and start > 0:
        start -= 1
        length -= len(scores[start].token.text.decode("utf-8", "replace"))
    return scores[start:]
