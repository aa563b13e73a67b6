"""llama.vim's rules. The server answers what the test says: a real one cannot be held."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import psutil
import pytest

from midfill.engine.bench import llama_vim
from midfill.engine.bench.buffer import Buffer
from midfill.engine.bench.llama_vim import LlamaVim, Place
from midfill.engine.errors import MidfillError


class Server:
    """Keeps the requests, and answers each when it is told to."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.status = 200
        self._answers: asyncio.Queue[str] = asyncio.Queue()

    async def answer(self, content: str) -> None:
        """Answer the oldest request, and let the client act on it."""
        self._answers.put_nowait(content)
        await _settle()

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(json.loads(request.content))
        content = await self._answers.get()
        figures = {"prompt_n": 7, "predicted_n": 3, "predicted_ms": 30.0}
        body = {f"timings/{name}": value for name, value in figures.items()}
        return httpx.Response(self.status, json={"content": content, **body})


async def _settle() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


class Vim:
    """A buffer with the plug-in in it."""

    def __init__(self, plugin: LlamaVim, text: str) -> None:
        self.plugin = plugin
        before, _, after = text.partition("|")
        self.buffer = Buffer("file:///a.py", "python", before + after, cursor=len(before))

    async def type(self, text: str) -> None:
        """Strike a key for each character."""
        for character in text:
            change = self.buffer.replace(0, character)
            self.plugin.screen.strike(0.0, "typing", character, "")
            self.plugin.changed(self.buffer, change)
            await _settle()

    @property
    def shown(self) -> str:
        return self.plugin.screen.text


@pytest.fixture
def server() -> Server:
    """No answers yet."""
    return Server()


@pytest.fixture
async def plugin(server: Server) -> AsyncIterator[LlamaVim]:
    """The plug-in at that server."""
    transport = httpx.MockTransport(server)
    async with httpx.AsyncClient(transport=transport, base_url="http://llama") as client:
        plugin = LlamaVim(client, psutil.Process())
        yield plugin
        plugin.close()


async def test_it_asks_as_llama_vim_does(server: Server, plugin: LlamaVim) -> None:
    vim = Vim(plugin, "import os\n\ndef f():\n    retur|\n\nprint(1)")
    await vim.type("n")
    [asked] = server.asked
    assert asked["input_prefix"] == "import os\n\ndef f():\n"
    assert asked["prompt"] == "    return"
    assert asked["input_suffix"] == "\n\nprint(1)\n"
    assert asked["n_indent"] == 4
    assert asked["t_max_predict_ms"] == 250
    assert asked["samplers"] == ["top_k", "top_p", "infill"]


async def test_a_suggestion_is_shown_and_typed_into(server: Server, plugin: LlamaVim) -> None:
    vim = Vim(plugin, "|\n")
    await vim.type("r")
    await server.answer("eturn x\n")
    assert vim.shown == "eturn x"
    await vim.type("et")
    assert vim.shown == "urn x"
    await vim.type("!")
    assert vim.shown == ""
    assert plugin.sources == {"model": 1, "cache": 2}


async def test_an_answer_that_came_late_is_shown_where_it_fits(
    server: Server, plugin: LlamaVim
) -> None:
    vim = Vim(plugin, "|\n")
    await vim.type("ret")
    await server.answer("eturn x")
    assert vim.shown == "urn x"


async def test_an_answer_that_does_not_fit_any_more_is_not_shown(
    server: Server, plugin: LlamaVim
) -> None:
    vim = Vim(plugin, "|\n")
    await vim.type("ra")
    await server.answer("eturn x")
    assert vim.shown == ""


async def test_a_request_is_not_taken_back_and_the_next_one_waits(
    server: Server, plugin: LlamaVim, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(llama_vim, "_RETRY_S", 0.0)
    vim = Vim(plugin, "|\n")
    await vim.type("abc")
    assert [asked["prompt"] for asked in server.asked] == ["a"]
    await server.answer("nothing that fits")
    assert [asked["prompt"] for asked in server.asked] == ["a", "abc"]


async def test_it_asks_for_what_follows_a_suggestion(
    server: Server, plugin: LlamaVim, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(llama_vim, "_RETRY_S", 0.0)
    vim = Vim(plugin, "|\n")
    await vim.type("a")
    await server.answer(" = 1\nb = 2")
    first, second = server.asked
    assert second["input_prefix"] == "a = 1\n"
    assert second["prompt"] == "b = 2"
    assert second["t_max_predict_ms"] == 1000
    assert first["t_max_predict_ms"] == 250


async def test_it_does_not_ask_twice_for_a_place(server: Server, plugin: LlamaVim) -> None:
    vim = Vim(plugin, "|\n")
    await vim.type("a")
    await server.answer("")
    assert plugin.screen.keys[-1].silent
    vim.buffer.replace(1, "")
    await vim.type("a")
    assert len(server.asked) == 1


async def test_it_does_not_ask_before_code(server: Server, plugin: LlamaVim) -> None:
    vim = Vim(plugin, "x = |some_long_name\n")
    await vim.type("a")
    assert server.asked == []
    assert plugin.screen.keys[-1].silent


async def test_it_asks_for_a_blank_line_from_its_beginning(
    server: Server, plugin: LlamaVim
) -> None:
    vim = Vim(plugin, "def f():\n   |\n")
    await vim.type(" ")
    assert server.asked[0]["prompt"] == ""
    await server.answer("    return x")
    assert vim.shown == "return x"


async def test_what_is_left_is_not_asked_for(server: Server, plugin: LlamaVim) -> None:
    vim = Vim(plugin, "|\n")
    await vim.type("a")
    plugin.left()
    await server.answer("bc")
    assert vim.shown == ""
    assert len(server.asked) == 1


async def test_it_counts_what_the_server_did(server: Server, plugin: LlamaVim) -> None:
    vim = Vim(plugin, "|\n")
    await vim.type("a")
    await server.answer("")
    work = await plugin.work()
    assert (work.evaluated, work.generated, work.jobs, work.cancelled) == (7, 3, 1, 0)
    assert work.decode_s == 0.03


async def test_a_server_that_fails_ends_the_benchmark(server: Server, plugin: LlamaVim) -> None:
    server.status = 500
    vim = Vim(plugin, "|\n")
    await vim.type("a")
    await server.answer("")
    with pytest.raises(MidfillError, match="llama-server failed"):
        await plugin.work()


def test_the_window_has_256_lines_before_and_64_after() -> None:
    lines = [f"line {number}" for number in range(1000)]
    place = Place.of("\n".join(lines[:500]) + "\nhere", " rest\n" + "\n".join(lines[500:]))
    assert place.prefix.splitlines() == lines[244:500]
    assert place.middle == "here"
    assert place.suffix.splitlines() == [" rest", *lines[500:564]]
