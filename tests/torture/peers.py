"""The same attacks on us and on others, as a table.

    python -m tests.torture.peers [--peer-binary llama-server] [--count 100]

Over HTTP: our engine and llama.cpp's server. In documents: our server, and one that leaves them to
pygls. A trial is survived if it is answered, be it by a refusal, or if the connection on which
nonsense came is closed, and if a good request is answered afterwards. It is wrong if the server
blames itself (500), or if a document or an answer is another than it must be.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from http import HTTPStatus
from pathlib import Path

import httpx
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from midfill.engine.bench.llama_server import llama_server
from midfill.engine.models.hardware import cores

from ..conftest import private_environment
from ..engine.runtime.conftest import start_engine
from ..lsp.text_model import UNITS
from .http_attacks import Target, Trial, attacks
from .machine import machine, model
from .session import SERVER, Session
from .test_sessions import RudeEditor

Start = Callable[[], AbstractAsyncContextManager[Target]]

_OUTCOMES = _SURVIVED, _WRONG, _SILENT, _LOST = "survived", "wrong", "no answer", "lost"
_WELL_S = 60.0
_PYGLS = Path(__file__).with_name("pygls_server.py")
_PATIENCE_S = 5.0
# What the rude editor does in each attack.
_EDITS = ("open", "close", "rename", "edit")
_DOCUMENT_ATTACKS = {
    "edits in three encodings": _EDITS,
    "requests and cancels": (*_EDITS, "complete", "ask", "cancel", "answer_ones_own_request"),
    "wrong parameters": (*_EDITS, "ask_wrongly", "notify_wrongly", "command"),
    "no JSON": (*_EDITS, "babble", "ask_and_say_more"),
}
_RULES = {rule for rules in _DOCUMENT_ATTACKS.values() for rule in rules}
# Hypothesis tries the simplest session first, which does nothing.
_STEPS = settings(
    max_examples=2,
    stateful_step_count=50,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def main(binary: Path | None, count: int) -> None:
    """Attack everybody, and print the table."""
    print("| attack | server | tried | " + " | ".join(_OUTCOMES) + " |")
    print("|---|---|---" + "|---" * len(_OUTCOMES) + "|")
    asyncio.run(_over_http("midfill", _ours, count))
    if binary is not None:
        asyncio.run(_over_http("llama-server", lambda: _theirs(binary), count))
    with contextlib.contextmanager(private_environment)(Path("none.gguf")) as env:
        _in_documents("midfill", SERVER, env, count)
        _in_documents("pygls", _PYGLS, env, count)


def _row(attack: str, server: str, outcomes: Counter[str]) -> None:
    numbers = [outcomes.total(), *(outcomes[each] for each in _OUTCOMES)]
    print(f"| {attack} | {server} | {' | '.join(map(str, numbers))} |", flush=True)


# -- over HTTP ----------------------------------------------------------------------------------


async def _over_http(name: str, start: Start, count: int) -> None:
    """Try everything; a server that is lost is followed by another."""
    async with AsyncExitStack() as stack:
        target = await stack.enter_async_context(start())
        for attack, trials in attacks(count).items():
            outcomes: Counter[str] = Counter()
            for number, trial in enumerate(trials):
                outcome = await _outcome(target, trial)
                outcomes[outcome] += 1
                if outcome != _SURVIVED:
                    print(f"{name}: {attack} {number}: {outcome}", file=sys.stderr)
                if outcome == _LOST:
                    await stack.aclose()
                    target = await stack.enter_async_context(start())
            _row(attack, name, outcomes)


async def _outcome(target: Target, trial: Trial) -> str:
    try:
        outcome = _WRONG if await trial(target) >= HTTPStatus.INTERNAL_SERVER_ERROR else _SURVIVED
    except (httpx.TransportError, OSError):
        outcome = _SILENT
    return outcome if await _well(target) else _LOST


async def _well(target: Target) -> bool:
    for _ in range(2):  # the server may have closed a connection that the client kept
        with contextlib.suppress(httpx.TransportError, OSError):
            async with asyncio.timeout(_WELL_S):
                return await target.complete() == HTTPStatus.OK
    return False


@asynccontextmanager
async def _ours() -> AsyncIterator[Target]:
    with machine() as env:
        service = await asyncio.to_thread(start_engine, env)
        transport = httpx.AsyncHTTPTransport(uds=service.socket)
        async with httpx.AsyncClient(transport=transport, base_url="http://engine") as client:
            yield Target(client, lambda: asyncio.open_unix_connection(service.socket))


@asynccontextmanager
async def _theirs(binary: Path) -> AsyncIterator[Target]:
    with tempfile.TemporaryDirectory() as folder:
        async with llama_server(
            binary,
            model(),
            Path(folder, "log"),
            threads=cores(),
            context_tokens=8192,
            batch_tokens=1024,
            gpu_layers=0,
        ) as (client, _):
            port = client.base_url.port
            yield Target(client, lambda: asyncio.open_connection("127.0.0.1", port))


# -- in documents -------------------------------------------------------------------------------


def _in_documents(name: str, server: Path, env: dict[str, str], count: int) -> None:
    """Each trial is a session of 50 random steps; one that is lost is followed by fresh servers."""
    sessions: dict[str, Session] = {}
    for attack, rules in _DOCUMENT_ATTACKS.items():
        outcomes: Counter[str] = Counter()
        for number in range(count):
            sessions = sessions or _started(server, env)
            outcome = _session(sessions, rules, number)
            outcomes[outcome] += 1
            if outcome != _SURVIVED:
                _end(sessions)
        _row(attack, name, outcomes)
    _end(sessions)


def _started(server: Path, env: dict[str, str]) -> dict[str, Session]:
    """A server for each encoding."""
    made = {each: Session(env, server=server) for each in UNITS}
    for encoding, session in made.items():
        session.initialize(encoding)
        session.patience_s = _PATIENCE_S
    return made


def _end(sessions: dict[str, Session]) -> None:
    for session in sessions.values():
        session.close()
    sessions.clear()


def _session(sessions: dict[str, Session], rules: tuple[str, ...], number: int) -> str:
    others = dict.fromkeys(_RULES - {*rules})
    machine = seed(number)(type("Machine", (RudeEditor,), {**others, "sessions": sessions}))
    try:
        run_state_machine_as_test(machine, settings=_STEPS)
    except Exception as error:
        print(f"{rules[-1]} {number}: {_first(error)!r:.300}", file=sys.stderr)
        if any(session.process.poll() is not None for session in sessions.values()):
            return _LOST
        return _SILENT if isinstance(_first(error), EOFError) else _WRONG
    return _SURVIVED


def _first(error: BaseException) -> BaseException:
    """The error itself, where Hypothesis has seen others when it tried again."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer-binary", type=Path, default=shutil.which("llama-server"))
    parser.add_argument("--count", type=int, default=100, help="Random bodies and sessions.")
    chosen = parser.parse_args()
    main(chosen.peer_binary and Path(chosen.peer_binary), chosen.count)
