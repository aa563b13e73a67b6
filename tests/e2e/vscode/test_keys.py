"""Keys of endpoints: kept in VS Code's secret store, shown to the endpoint, and to nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from .conftest import StartCode, Window

pytestmark = [pytest.mark.model, pytest.mark.timeout(900)]

KEY = "f1sh-4nd-ch1ps-0n-fr1day"
CODE = "def subtract(a, b):\n    @\n"


class Endpoint(ThreadingHTTPServer):
    """Serves nothing, and remembers how those who came proved who they were."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Refusing)
        self.shown: list[str | None] = []


class _Refusing(BaseHTTPRequestHandler):
    server: Endpoint

    def do_GET(self) -> None:
        self.server.shown.append(self.headers["Authorization"])
        self.send_error(404)

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """An endpoint that wants a key."""
    with Endpoint() as server:
        Thread(target=server.serve_forever).start()
        yield server
        server.shutdown()


async def test_a_key_goes_to_its_endpoint_alone(
    start_window: StartCode, endpoint: Endpoint, tmp_path: Path
) -> None:
    (tmp_path / "config.toml").write_text(
        '[remote]\ncompletion = "remote"\n[remote.endpoints.office]\nkey_env = "OFFICE_KEY"\n'
        f'url = "http://127.0.0.1:{endpoint.server_port}/v1"\n'
    )
    window = await start_window(MIDFILL_CONFIG_HOME=str(tmp_path))
    await window.ready()

    await window.command("Midfill: Set Key for Remote Endpoint")
    await _answer(window, "key_env", "OFFICE_KEY")
    await _answer(window, "OFFICE_KEY", KEY)
    await _started_again(window)
    await window.open("keyed.py", CODE)
    await window.type("return ")

    async def shown() -> bool:
        return f"Bearer {KEY}" in endpoint.shown

    await window.until(shown, "the key at its endpoint")
    assert _holding(CODE.partition("@")[0], window.folder)
    assert not _holding(KEY, window.folder.parent, tmp_path)

    await window.command("Midfill: Forget Key")
    await window.pick("OFFICE_KEY")
    await _started_again(window)
    await window.open("keyless.py", CODE)
    await window.type("return ")
    await window.says("the variable OFFICE_KEY holds no key")


async def _started_again(window: Window) -> None:
    """Wait for the server that has the keys as they are now."""
    await window.says("Starting")
    await window.ready()


def _holding(text: str, *folders: Path) -> list[Path]:
    """The files below these folders with this text in them."""
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    return [file for file in files if text.encode() in file.read_bytes()]


async def _answer(window: Window, question: str, answer: str) -> None:
    """Type into the box that asks for this."""
    await window.page.locator(".quick-input-widget", has_text=question).wait_for()
    await window.keyboard.type(answer)
    await window.keyboard.press("Enter")
