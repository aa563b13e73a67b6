"""A missing model: offered, downloaded when the person says so, and never otherwise."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from midfill.engine.models.catalogue import find

URI = "file:///w/app.py"
PROGRESS = {"window": {"workDoneProgress": True}}
YES = {"title": "Download 0.5b (491.4 MB)"}


class Hub:
    """A model hub on this machine that sends the beginning of every file, and then nothing."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.closing = threading.Event()
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                hub.requests.append(self.path)
                size = find("0.5b").bytes
                self.send_response(200)
                self.send_header("Content-Length", str(size))
                self.end_headers()
                try:
                    while not hub.closing.wait(0.01):
                        self.wfile.write(bytes(size // 1000))
                except OSError:
                    pass

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def hub() -> Iterator[Hub]:
    hub = Hub()
    yield hub
    hub.close()


@pytest.fixture
def hub_env(bare_env: Any, hub: Hub) -> dict[str, str]:
    """A machine without a model, whose every source is the hub."""
    return {
        **bare_env,
        "HF_ENDPOINT": hub.url,
        "PIP_INDEX_URL": hub.url,
        "HTTP_PROXY": hub.url,
        "HTTPS_PROXY": hub.url,
        "NO_PROXY": "127.0.0.1",
        "MIDFILL_MODELS_SOURCES": "huggingface",
    }


def partial_bytes(env: Any) -> int:
    models = Path(env["MIDFILL_CACHE_HOME"]) / "models"
    return sum(file.stat().st_size for file in models.rglob("*") if file.is_file())


async def test_nothing_is_downloaded_unasked(start_editor: Any, hub_env: Any, hub: Hub) -> None:
    editor = await start_editor(hub_env)
    await editor.initialize(capabilities=PROGRESS)
    offer = await editor.notified("window/showMessageRequest")
    assert "qwen2.5-coder-0.5b" in offer["message"]
    assert offer["actions"] == [YES, {"title": "Not now"}]
    editor.open(URI, "x = ")
    assert await editor.complete(URI, 0, 4) == []
    assert await editor.why() == "no model on this machine: run `midfill models pull 0.5b`"
    status = (await editor.request("midfill/status"))["result"]
    assert status["kind"] == "Warning"

    # Asked once: other settings for the same model are no reason to ask again.
    settings = {"midfill": {"engine": {"threads": 1}}}
    editor.notify("workspace/didChangeConfiguration", {"settings": settings})
    assert "no model" in await editor.why()
    assert await editor.shut_down() == 0
    assert len(editor.sent("window/showMessageRequest")) == 1
    assert hub.requests == []
    assert partial_bytes(hub_env) == 0


async def test_a_download_shows_its_progress_and_can_be_stopped(
    start_editor: Any, hub_env: Any, hub: Hub
) -> None:
    editor = await start_editor(hub_env)
    editor.answers["window/showMessageRequest"] = YES
    await editor.initialize(capabilities=PROGRESS)
    create = await editor.notified("window/workDoneProgress/create")
    begin = await editor.notified("$/progress")
    assert begin["value"]["title"].startswith("Midfill: downloading qwen2.5-coder-0.5b")
    assert begin["value"]["cancellable"]
    await editor.notified("$/progress", lambda params: params["value"].get("percentage", 0) >= 2)
    assert "is being downloaded" in await editor.why()
    assert hub.requests

    editor.notify("window/workDoneProgress/cancel", create)
    await editor.notified("$/progress", lambda params: params["value"]["kind"] == "end")
    await editor.notified("window/logMessage", lambda params: "stopped" in params["message"])
    await editor.notified("didChangeStatus", lambda params: params["kind"] == "Warning")
    assert partial_bytes(hub_env) > 0  # kept for the next time
    assert await editor.shut_down() == 0


async def test_leaving_stops_a_download(start_editor: Any, hub_env: Any, hub: Hub) -> None:
    editor = await start_editor(hub_env)
    editor.answers["window/showMessageRequest"] = YES
    await editor.initialize(capabilities=PROGRESS)
    await editor.notified("$/progress", lambda params: params["value"].get("percentage", 0) >= 1)
    assert await editor.shut_down() == 0


async def test_a_download_that_fails_says_why(start_editor: Any, hub_env: Any, hub: Hub) -> None:
    hub.close()
    editor = await start_editor(hub_env)
    await editor.initialize()
    assert (await editor.command("midfill.pullModel"))["result"] is None
    message = await editor.notified("window/showMessage")
    assert "huggingface" in message["message"]
    assert message["type"] == 1


async def test_a_restricted_licence_is_accepted_by_the_person(
    start_editor: Any, hub_env: Any, hub: Hub
) -> None:
    editor = await start_editor(hub_env)
    await editor.initialize()
    await editor.notified("window/showMessageRequest")
    await editor.command("midfill.pullModel", "3b")
    offer = await editor.notified(
        "window/showMessageRequest", lambda params: "3b" in params["message"]
    )
    assert "forbids commercial use" in offer["message"]
    assert hub.requests == []


@pytest.mark.parametrize("name", ["no-such-model", 7, None])
async def test_only_models_of_the_catalogue_are_pulled(
    start_editor: Any, bare_env: Any, name: object
) -> None:
    editor = await start_editor(bare_env)
    await editor.initialize()
    error = (await editor.command("midfill.pullModel", name))["error"]
    assert error["code"] == -32803
    assert f"'{name}'" in error["message"]


@pytest.mark.model
async def test_the_downloaded_model_is_used_at_once(
    start_editor: Any, fresh_engine_env: Any, bare_env: Any, model_path: Path
) -> None:
    del fresh_engine_env["MIDFILL_MODEL"]
    env = {
        **fresh_engine_env,
        "MIDFILL_CACHE_HOME": bare_env["MIDFILL_CACHE_HOME"],
        "MIDFILL_MODELS_SOURCES": f"file:{model_path}",
    }
    editor = await start_editor(env)
    editor.answers["window/showMessageRequest"] = YES
    await editor.initialize()
    await editor.notified("window/logMessage", lambda params: "is ready" in params["message"])
    editor.open(URI, "def add(a, b):\n    return a + b\n\n\ndef subtract(a, b):\n    return \n")
    item, *_ = await editor.complete(URI, 5, 11, trigger=1)
    assert item["insertText"] == "a - b"
