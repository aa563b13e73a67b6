"""Two real engines as replicas of one model, of which one is killed while it works."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from midfill.engine.backend import ChatRequest, InfillRequest, Message, Stats
from midfill.engine.remote.replicas import Replicas
from midfill.engine.remote.router import Router
from midfill.engine.settings import Endpoint, Remote

from ...conftest import engines, private_environment
from .conftest import started

ENDLESS = "".join(f"value_{number} = {number}\n" for number in range(20))
AT_ONCE, TOKENS = 6, 16
PATIENT_MS = 280_000


class Answer(NamedTuple):
    """One request's, put together."""

    text: str
    stats: Stats


@pytest.fixture
def mortal(model_path: Path) -> Iterator[tuple[Endpoint, psutil.Process]]:
    """An engine of this test's own."""
    for environment in private_environment(model_path):
        url, key = started(environment)
        [process] = engines(Path(environment["MIDFILL_RUNTIME_DIR"]))
        yield Endpoint(url=url, key_command=("echo", key)), process


@pytest.mark.model
async def test_no_request_is_lost_when_a_replica_is_killed(
    engine: tuple[str, str], mortal: tuple[Endpoint, psutil.Process]
) -> None:
    endpoint, process = mortal
    url, key = engine
    endpoints = {"one": endpoint, "two": Endpoint(url=url, key_command=("echo", key))}
    remote = Remote(
        endpoints=endpoints,
        completion="remote",
        repair="remote",
        first_token_ms=PATIENT_MS,
        between_tokens_ms=PATIENT_MS,
    )
    working = asyncio.Event()

    async with aclosing(Replicas(remote)) as replicas:
        completion = Router("completion", remote, replicas, None)
        repair = Router("repair", remote, replicas, None)

        async def ask(number: int) -> Answer:
            name = f"file:///{number}.py"
            message = Message("user", f"Count from {number} to {number + 50}.")
            answer = (
                repair.chat(ChatRequest(messages=(message,), max_tokens=TOKENS))
                if number % 2
                else completion.infill(
                    InfillRequest(
                        prefix=f"# {name}\n{ENDLESS}",
                        suffix="",
                        document=name,
                        max_tokens=TOKENS,
                        timeout_ms=PATIENT_MS,
                    )
                )
            )
            text, stats = "", None
            async for delta in answer:
                text += delta.text
                stats = delta.stats or stats
                if stats is not None and stats.backend == "one" and text:
                    working.set()
            assert stats is not None
            return Answer(text, stats)

        asked = [asyncio.create_task(ask(number)) for number in range(AT_ONCE)]
        await working.wait()
        process.kill()
        answers = await asyncio.gather(*asked)
        later = await asyncio.gather(*map(ask, range(2)))
    assert all(each.text for each in answers)
    assert {each.stats.stop_type for each in answers} <= {"limit", "eos"}
    assert any("one: the connection" in each.stats.why for each in answers)
    assert {each.stats.backend for each in later} == {"two"}
