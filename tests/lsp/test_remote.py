"""Endpoints, as an editor sees them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from midfill.engine.remote import tokens
from midfill.engine.remote.vocabulary import Vocabulary

from ..engine.remote.conftest import Peer, whole
from .test_engine import CODE, CURSOR, EXPLICIT, URI, ready


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    """A server far away."""
    made = Peer()
    await made.start()
    yield made
    await made.stop()


def _set(env: dict[str, str], peer: Peer, policy: str) -> None:
    folder = Path(env["MIDFILL_CONFIG_HOME"])
    folder.mkdir(parents=True, exist_ok=True)
    endpoint = f"[remote.endpoints.gpu]\nurl = '{peer.endpoint().url}'\n"
    (folder / "config.toml").write_text(f"[remote]\ncompletion = '{policy}'\n{endpoint}")


async def _answered(editor: Any) -> Any:
    """The first completion that is not empty because the server is only starting."""
    while not (items := await editor.complete(URI, *CURSOR, trigger=EXPLICIT)):
        if await editor.why() not in (None, "Midfill is starting"):
            break
    return items


async def test_without_a_local_model_an_endpoint_answers(
    start_editor: Any, bare_env: Any, peer: Peer
) -> None:
    _set(bare_env, peer, "prefer-local")
    editor = await start_editor(bare_env)
    await editor.initialize()
    editor.open(URI, CODE)
    [item, *_] = await _answered(editor)
    assert item["insertText"] == "a + b"
    status = (await editor.request("midfill/status"))["result"]
    assert (status["backend"], status["model"]) == ("gpu", "coder")
    assert "midfill models pull" in status["why"] or "loading" in status["why"]
    await editor.notified(
        "didChangeStatus", lambda params: params["message"].startswith("coder on gpu: ")
    )
    assert not editor.sent("window/showMessageRequest")  # no download is asked for
    assert await editor.shut_down() == 0


async def test_why_the_endpoint_does_not_answer(
    start_editor: Any, bare_env: Any, peer: Peer
) -> None:
    _set(bare_env, peer, "remote")
    peer.answer = whole(401)
    editor = await start_editor(bare_env)
    await editor.initialize()
    editor.open(URI, CODE)
    assert await _answered(editor) == []
    assert "gpu wants a key" in await editor.why()


@pytest.mark.model
async def test_the_local_engine_takes_over_when_it_is_there(
    start_editor: Any, fresh_engine_env: Any, peer: Peer
) -> None:
    _set(fresh_engine_env, peer, "prefer-local")
    editor = await start_editor(fresh_engine_env, "--log-level", "info")
    await editor.initialize()
    editor.open(URI, CODE)
    await ready(editor)
    [item, *_] = await editor.complete(URI, *CURSOR, trigger=EXPLICIT)
    assert "a - b".startswith(item["insertText"])  # as far as a busy machine gets in time
    assert (await editor.request("midfill/status"))["result"]["backend"] == "local"
    assert not any("subtract" in request.body.decode() for request in peer.requests)


@pytest.mark.model
async def test_tokens_are_sent_to_who_has_the_same(
    start_editor: Any, fresh_engine_env: Any, peer: Peer, model_path: Path
) -> None:
    _set(fresh_engine_env, peer, "prefer-remote")
    vocabulary = Vocabulary.read(model_path)
    assert vocabulary is not None
    fim = vocabulary.fim
    ids = [fim.prefix, fim.suffix, *vocabulary.encode(tokens._PROBE), fim.middle]
    peer.pages = {"/tokenize": json.dumps({"tokens": ids}).encode()}
    editor = await start_editor(fresh_engine_env)
    await editor.initialize()
    editor.open(URI, CODE)
    while not any(isinstance(sent.json["prompt"], list) for sent in peer.requests):
        await editor.complete(URI, *CURSOR, trigger=EXPLICIT)
    [item, *_] = await editor.complete(URI, *CURSOR, trigger=EXPLICIT)
    assert item["insertText"] == "a + b"


async def test_an_editor_may_not_set_an_endpoint(
    start_editor: Any, bare_env: Any, peer: Peer
) -> None:
    endpoints = {"evil": {"url": peer.endpoint().url}}
    editor = await start_editor(bare_env)
    await editor.initialize(
        initializationOptions={"remote": {"completion": "remote", "endpoints": endpoints}}
    )
    await editor.notified(
        "window/showMessage", lambda params: "may not set 'remote'" in params["message"]
    )
    editor.open(URI, CODE)
    assert await _answered(editor) == []
    assert not peer.requests
