"""Who is asked, and who takes over. The local engine is played by a server, too, so that it can
fail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

import msgspec
import pytest

from midfill.engine.backend import (
    BackendError,
    ChatRequest,
    Delta,
    InfillRequest,
    Message,
    Score,
    Stats,
)
from midfill.engine.completion.pipeline import Completer, CompletionRequest
from midfill.engine.remote.breaker import Breaker
from midfill.engine.remote.client import RemoteModel
from midfill.engine.remote.pace import Pace
from midfill.engine.remote.replicas import Replicas, arranged
from midfill.engine.remote.router import Router, for_repair
from midfill.engine.repair.model import Model
from midfill.engine.repair.task import Cost
from midfill.engine.settings import Endpoint, Policy, Remote, Settings

from .conftest import Peer, events, whole

REQUEST = InfillRequest(prefix="x\n", suffix="\n", document="file:///x.py", timeout_ms=60_000)
QUESTION = ChatRequest(messages=(Message("user", "Why?"),), max_tokens=9)


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def _local(peer: Peer) -> RemoteModel:
    return RemoteModel("local", peer.endpoint(), Remote())


@asynccontextmanager
async def _router(
    local: Peer | None, *far: Peer, policy: Policy = "prefer-local", **more: int
) -> AsyncIterator[Router]:
    endpoints = {f"gpu{n}": each.endpoint() for n, each in enumerate(far, 1)}
    remote = Remote(endpoints=endpoints, completion=policy, **more)
    async with aclosing(Replicas(remote)) as replicas:
        engine = _local(local) if local else None
        yield Router("completion", remote, replicas, engine, "the local engine is loading")


async def _answer(answer: AsyncGenerator[Delta]) -> tuple[str, Stats]:
    text, stats = "", None
    async with aclosing(answer):
        async for delta in answer:
            text += delta.text
            stats = delta.stats or stats
    assert stats is not None
    return text, stats


@pytest.fixture
async def third() -> AsyncIterator[Peer]:
    """A third server."""
    made = Peer()
    await made.start()
    yield made
    await made.stop()


@pytest.mark.parametrize(
    ("policy", "name"),
    [
        ("local", "local"),
        ("prefer-local", "local"),
        ("prefer-remote", "gpu1"),
        ("remote", "gpu1"),
    ],
)
async def test_who_is_preferred_answers(peer: Peer, other: Peer, policy: Policy, name: str) -> None:
    async with _router(peer, other, policy=policy) as router:
        for answer in (router.infill(REQUEST), router.chat(QUESTION)):
            text, stats = await _answer(answer)
            assert (text, stats.backend, stats.why) == ("a + b", name, "")
        assert router.name == name
    asked, spared = (peer, other) if name == "local" else (other, peer)
    assert len(asked.requests) == 2
    assert not spared.requests


@pytest.mark.parametrize("policy", ["prefer-local", "prefer-remote"])
async def test_the_other_side_takes_over(peer: Peer, other: Peer, policy: Policy) -> None:
    first, second = (peer, other) if policy == "prefer-local" else (other, peer)
    first.answer = whole(500)
    async with _router(peer, other, policy=policy) as router:
        text, stats = await _answer(router.infill(REQUEST))
    assert text == "a + b"
    assert stats.backend == ("gpu1" if policy == "prefer-local" else "local")
    assert "failed (status 500)" in stats.why
    assert len(second.requests) == 1


@pytest.mark.parametrize("policy", ["local", "remote"])
async def test_nobody_takes_over_where_that_is_not_wanted(
    peer: Peer, other: Peer, policy: Policy
) -> None:
    peer.answer = other.answer = whole(500)
    async with _router(peer, other, policy=policy) as router:
        with pytest.raises(BackendError, match="500"):
            await _answer(router.infill(REQUEST))
    assert not (other if policy == "local" else peer).requests


async def test_remote_helps_while_the_local_engine_loads(peer: Peer, other: Peer) -> None:
    async with _router(None, other) as router:
        _, stats = await _answer(router.infill(REQUEST))
        assert (stats.backend, stats.why) == ("gpu1", "the local engine is loading")
        router.local = _local(peer)
        _, stats = await _answer(router.infill(REQUEST))
        assert (stats.backend, stats.why) == ("local", "")


async def test_who_does_not_begin_is_not_waited_for(peer: Peer, other: Peer) -> None:
    peer.answer = events(stall=True)
    hasty = msgspec.structs.replace(REQUEST, timeout_ms=4000)
    async with _router(peer, other) as router:
        text, stats = await _answer(router.infill(hasty))
    assert text == "a + b"
    assert "local had not begun after" in stats.why
    await peer.gone.wait()


async def test_an_answer_that_breaks_off_is_gone_on_with(peer: Peer, other: Peer) -> None:
    peer.answer = events("one\n", "two\n", done=False)
    other.answer = events("three")
    async with _router(peer, other) as router:
        text, stats = await _answer(router.infill(REQUEST))
        assert text == "one\ntwo\nthree"
        assert "broke off" in stats.why
        assert other.requests[0].json["prompt"].endswith("x\none\ntwo\n")
    async with _router(peer, other) as router:
        text, _ = await _answer(router.chat(QUESTION))
        assert text == "one\ntwo\nthree"
        begun = other.requests[1].json
        assert begun["messages"][-1] == {"role": "assistant", "content": "one\ntwo\n"}
        assert begun["continue_final_message"]


async def test_an_answer_with_a_grammar_is_not(peer: Peer, other: Peer) -> None:
    peer.answer = events("one", done=False)
    strict = ChatRequest(messages=QUESTION.messages, max_tokens=9, grammar='root ::= "one"')
    async with _router(peer, other) as router:
        with pytest.raises(BackendError, match="broke off"):
            await _answer(router.chat(strict))
    assert not other.requests


async def test_a_repair_asks_for_it_again(peer: Peer, other: Peer) -> None:
    peer.answer = events("one", done=False)
    strict = ChatRequest(messages=QUESTION.messages, max_tokens=9, grammar='root ::= "a + b"')
    async with _router(peer, other) as router:
        model = Model(router, Cost())
        assert (await model.write(strict)).text == "a + b"
    assert (model.name, model.why) == ("gpu1", "local broke off its answer")
    assert model.cost.requests == 2


async def test_who_has_failed_is_left_alone(peer: Peer, other: Peer) -> None:
    other.answer = whole(503, retry_after="60")
    async with _router(peer, other, policy="prefer-remote") as router:
        for _ in range(3):
            _, stats = await _answer(router.infill(REQUEST))
            assert stats.backend == "local"
            assert "busy" in stats.why
    assert len(other.requests) == 1


async def test_a_request_s_own_fault_is_not_held_against_the_server(
    peer: Peer, other: Peer
) -> None:
    other.answer = whole(400, b'{"error":{"message":"","param":"input_tokens"}}')
    async with _router(peer, other, policy="prefer-remote") as router:
        await _answer(router.infill(REQUEST))
        other.answer = events("x")
        _, stats = await _answer(router.infill(REQUEST))
        assert stats.backend == "gpu1"


async def test_who_is_busy_is_asked_again_where_there_is_nobody_else(peer: Peer) -> None:
    busy = whole(503)

    async def busy_once(writer: asyncio.StreamWriter) -> None:
        await (busy if len(peer.requests) == 1 else events("x"))(writer)

    peer.answer = busy_once
    async with _router(None, peer, policy="remote") as router:
        assert (await _answer(router.infill(REQUEST)))[0] == "x"
    assert len(peer.requests) == 2


async def test_nobody_is_asked_again_beyond_the_deadline(peer: Peer) -> None:
    peer.answer = whole(503, retry_after="4")
    hasty = msgspec.structs.replace(REQUEST, timeout_ms=3000)
    async with _router(None, peer, policy="remote") as router:
        with pytest.raises(BackendError, match="busy"):
            await _answer(router.infill(hasty))
    assert len(peer.requests) == 1


async def test_a_document_stays_with_a_replica(peer: Peer, other: Peer, third: Peer) -> None:
    async with _router(None, peer, other, third, policy="remote") as router:
        documents = [f"file:///{n}.py" for n in range(12)]
        for document in documents * 2:
            request = msgspec.structs.replace(REQUEST, prefix=f"{document}\n", document=document)
            await _answer(router.infill(request))
    seen = [{each.json["prompt"] for each in one.requests} for one in (peer, other, third)]
    assert all(seen)
    assert sum(map(len, seen)) == len(documents)


async def test_replicas_are_those_with_the_same_model() -> None:
    urls = {"a1": "coder", "b": "other", "a2": "coder"}
    endpoints = {name: Endpoint(url="http://gpu", model=model) for name, model in urls.items()}
    async with aclosing(Replicas(Remote(endpoints=endpoints))) as replicas:
        serving = replicas.serving("completion")
        orders = {
            tuple(each.name for each in arranged(serving, f"file:///{n}.py")) for n in range(20)
        }
    assert orders == {("a1", "a2", "b"), ("a2", "a1", "b")}


async def test_a_replica_with_too_much_to_do_is_passed_by(peer: Peer, other: Peer) -> None:
    async with _router(None, peer, other, policy="remote") as router:
        await _answer(router.infill(REQUEST))
        near, far = (peer, other) if peer.requests else (other, peer)
        near.pages["/metrics"] = (
            b'vllm:num_requests_running{engine="0"} 2.0\nvllm:num_requests_waiting 5.0\n'
        )
        for each in router._replicas.all:
            each._asked_at = 0.0
        router._replicas.look("completion")
        while not any(each.load for each in router._replicas.all):
            await asyncio.sleep(0.01)
        await _answer(router.infill(REQUEST))
        near.pages.clear()
        for each in router._replicas.all:
            each._asked_at = 0.0
        router._replicas.look("completion")
        while any(each.load for each in router._replicas.all):
            await asyncio.sleep(0.01)  # what it said holds no longer
    assert len(far.requests) == 1


async def test_no_request_is_lost_when_a_replica_dies(peer: Peer, other: Peer) -> None:
    peer.answer, other.answer = events("a", " +", stall=True), events("…")
    begun = asyncio.Event()
    async with _router(None, peer, other, policy="remote") as router:

        async def ask(number: int) -> str:
            document, text = f"file:///{number}.py", ""
            request = msgspec.structs.replace(REQUEST, document=document)
            async for delta in router.infill(request):
                text += delta.text
                if text == "a +":
                    begun.set()
            return text

        asked = [asyncio.create_task(ask(number)) for number in range(20)]
        await begun.wait()
        await peer.stop()
        texts = await asyncio.gather(*asked)
    assert set(texts) <= {"…", "a…", "a +…"}
    assert "a +…" in texts


async def test_a_second_request_beside_a_late_one(peer: Peer, other: Peer) -> None:
    peer.answer = events(stall=True)
    async with _router(peer, other, hedge_ms=50) as router:
        text, stats = await _answer(router.infill(REQUEST))
    assert (text, stats.backend) == ("a + b", "gpu1")
    assert stats.why == "local had not begun after 50 ms"
    await peer.gone.wait()


async def test_who_was_late_may_still_go_on(peer: Peer, other: Peer) -> None:
    late = events("three")

    async def stall_once(writer: asyncio.StreamWriter) -> None:
        await (events(stall=True) if len(peer.requests) == 1 else late)(writer)

    peer.answer, other.answer = stall_once, events("one\n", done=False)
    async with _router(peer, other, hedge_ms=50) as router:
        assert (await _answer(router.infill(REQUEST)))[0] == "one\nthree"


class Deaf:
    """A backend that never says anything, and does not heed its deadline."""

    name = "deaf"
    debounced = False

    async def infill(self, request: InfillRequest) -> AsyncGenerator[Delta]:
        await asyncio.Event().wait()
        yield Delta("")

    async def chat(self, request: ChatRequest) -> AsyncGenerator[Delta]:
        await asyncio.Event().wait()
        yield Delta("")

    async def score(
        self,
        messages: tuple[Message, ...],
        choices: int,
        files: tuple[str, ...] = (),
        start: int = 0,
    ) -> list[Score]:
        raise NotImplementedError


async def test_nobody_overlooks_the_deadline(peer: Peer) -> None:
    hasty = msgspec.structs.replace(REQUEST, timeout_ms=200)
    async with _router(None, peer, policy="local") as router:
        router.local = Deaf()
        with pytest.raises(BackendError, match="deaf did not answer in time"):
            await _answer(router.infill(hasty))


async def test_who_stalls_is_left_alone(peer: Peer, other: Peer) -> None:
    hasty = msgspec.structs.replace(REQUEST, timeout_ms=4000)
    peer.answer = other.answer = events(stall=True)
    async with _router(peer, other) as router:
        with pytest.raises(BackendError, match="gpu1 did not answer in time"):
            await _answer(router.infill(hasty))
        assert router._replicas.all[0].breaker.open
    other.answer = events("x")
    async with _router(peer, other) as router:
        for _ in range(3):
            assert (await _answer(router.infill(hasty)))[1].backend == "gpu1"
    assert len(peer.requests) == 2


async def test_who_is_busy_is_asked_again_for_a_score(peer: Peer) -> None:
    scored = b'{"prompt_logprobs": [null, {"1": {"logprob": -0.5, "decoded_token": "Hej"}}]}'

    async def busy_once(writer: asyncio.StreamWriter) -> None:
        await (whole(503) if len(peer.requests) == 1 else whole(200, scored))(writer)

    peer.answer = busy_once
    async with _router(None, peer, policy="remote") as router:
        scores = await router.score((Message("user", "Hi"), Message("assistant", "Hej")), 1)
    assert [score.token.text for score in scores] == [b"Hej"]


async def test_only_who_would_be_asked_gets_ready(peer: Peer, other: Peer) -> None:
    peer.answer = whole(500)
    warm = InfillRequest(prefix="x", suffix="", max_tokens=0)
    async with _router(peer, other) as router:
        with pytest.raises(BackendError):
            await _answer(router.infill(warm))
    assert not other.requests


async def test_a_repair_that_found_nothing_goes_to_the_larger_model(
    peer: Peer, other: Peer
) -> None:
    endpoints = {"gpu": other.endpoint()}
    remote = Remote(endpoints=endpoints, completion="local", repair="prefer-local")
    async with aclosing(Replicas(remote)) as replicas:
        first, second = for_repair(remote, replicas, _local(peer))
        assert (first.name, second.name) == ("local", "gpu")
        assert (await _answer(first.chat(QUESTION)))[1].backend == "local"
        assert (await _answer(second.chat(QUESTION)))[1].backend == "gpu"


async def test_the_completion_says_who_answered(other: Peer) -> None:
    async with _router(None, other) as router:
        completer = Completer(router, Settings())
        cursor = CompletionRequest(prefix="total =\n", suffix="\n", filename="x.py", explicit=True)
        completion = await completer.complete(cursor)
        completer.close()
    assert (completion.text, completion.backend) == ("a + b", "gpu1")
    assert completion.model == "coder"
    assert completion.why == "the local engine is loading"


def test_a_breaker_waits_longer_each_time() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    waited = []
    for _ in range(8):
        breaker.failed("down")
        start = clock.now
        while breaker.open:
            clock.now += 0.25
        waited.append(clock.now - start)
    assert waited[0] <= 1.25
    assert 15 <= waited[-1] <= 30.25
    breaker.succeeded()
    breaker.failed("down")
    assert breaker.open
    clock.now += 1.25
    assert not breaker.open


def test_what_fails_at_once_has_failed_once() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    for _ in range(8):
        breaker.failed("down")
    clock.now += 1.25
    assert not breaker.open


async def test_after_a_pause_one_request_finds_out_for_all(peer: Peer, other: Peer) -> None:
    answers = asyncio.Event()
    quick = events("x")

    async def at_last(writer: asyncio.StreamWriter) -> None:
        await answers.wait()
        await quick(writer)

    peer.answer, other.answer = at_last, quick
    async with _router(other, peer, policy="prefer-remote") as router:
        clock = Clock()
        breaker = router._replicas.all[0].breaker = Breaker(clock)
        breaker.failed("down")
        clock.now += 1.25
        trial = asyncio.create_task(_answer(router.infill(REQUEST)))
        while not peer.requests:
            await asyncio.sleep(0.01)
        for _ in range(3):
            assert (await _answer(router.infill(REQUEST)))[1].backend != "gpu1"
        assert len(peer.requests) == 1
        answers.set()
        assert (await trial)[1].backend == "gpu1"
        assert not breaker.open
        assert (await _answer(router.infill(REQUEST)))[1].backend == "gpu1"


def test_a_trial_that_is_given_up_leaves_it_to_the_next_request() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    breaker.failed("down")
    clock.now += 1.25
    for _ in range(2):
        with breaker.trying():
            assert breaker.open
        assert not breaker.open
    with breaker.trying():
        breaker.failed("down")
        assert breaker.open


def test_a_slow_engine_is_left_and_looked_at_again() -> None:
    clock = Clock()
    pace = Pace(300, clock)
    for ms in (9000, 100, 900, 100, 100):
        pace.took(ms)
        assert not pace.too_slow  # a prompt that is in no cache yet tells nothing
    for _ in range(3):
        pace.took(900)
    assert pace.too_slow
    clock.now += 31
    assert not pace.too_slow
    pace.took(250)  # just below the target is not well below it
    assert pace.too_slow
    clock.now += 31
    pace.took(150)
    assert not pace.too_slow


async def test_a_slow_engine_gives_way(peer: Peer, other: Peer) -> None:
    quick = events("x")

    async def slow(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.05)
        await quick(writer)

    peer.answer = slow
    async with _router(peer, other, latency_ms=10) as router:
        for _ in range(3):
            assert (await _answer(router.infill(REQUEST)))[1].backend == "local"
        _, stats = await _answer(router.infill(REQUEST))
    assert stats.backend == "gpu1"
    assert "10 are allowed" in stats.why
