"""What the model is shown of the repository, through the server."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

EXPLICIT = 1
# On a slow machine the first prompt holds no context, which is evaluated later.
UNHURRIED = {"prompt_ms": 0}
APP = '''import tax

COUNTRY = "DE"


def price_with_tax(price: float) -> float:
    """The price and the tax on it."""
    rate = tax.
    return price * (1 + rate)


'''
CURSOR = (7, 15)
# No model knows this name by heart.
TAX = '''"""Taxes."""


def quorbital_rate(country: str) -> float:
    """The rate of tax in a country."""
    return {"DE": 0.19}[country]
'''


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder with a definition in another file."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "tax.py").write_text(TAX)
    (folder / "app.py").write_text(APP)
    return folder


def _indexed(shop: Path, env: dict[str, str]) -> dict[str, str]:
    """The environment with a cache in which the index of `shop` is up to date."""
    env = {**env, "MIDFILL_CACHE_HOME": str(shop.parent / "cache")}
    command = [sys.executable, "-m", "midfill.engine.cli", "index", str(shop)]
    subprocess.run(command, env=env, check=True, capture_output=True)
    return env


def _place(uri: str, line: int, character: int) -> dict[str, Any]:
    return {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}


async def _opened(editor: Any, shop: Path, **options: Any) -> str:
    folder = {"uri": shop.as_uri(), "name": "shop"}
    await editor.initialize(workspaceFolders=[folder], initializationOptions=options)
    uri = (shop / "app.py").as_uri()
    editor.open(uri, APP)
    return uri


async def _ready(editor: Any) -> None:
    await editor.wait_for(lambda message: "is ready" in str(message.get("params")))


async def test_an_editor_may_see_what_is_shown(
    start_editor: Any, bare_env: dict[str, str], shop: Path
) -> None:
    editor = await start_editor(_indexed(shop, bare_env))
    uri = await _opened(editor, shop)
    shown = (await editor.request("midfill/context", _place(uri, *CURSOR)))["result"]
    [piece] = shown["pieces"]
    assert (piece["path"], piece["start_line"]) == ("tax.py", 4)
    assert piece["reason"] == "imported: quorbital_rate"
    assert "def quorbital_rate(country: str) -> float:" in piece["text"]
    assert shown["tokens"] <= shown["budget"]


async def test_where_none_is_wanted_it_says_so(
    start_editor: Any, bare_env: dict[str, str], shop: Path
) -> None:
    editor = await start_editor(bare_env)
    uri = await _opened(editor, shop, context={"enabled": False})
    answer = await editor.request("midfill/context", _place(uri, *CURSOR))
    assert "context.enabled is false" in answer["error"]["message"]


@pytest.mark.model
async def test_a_name_of_another_file_is_completed(
    start_editor: Any, real_model_env: dict[str, str], shop: Path
) -> None:
    env = _indexed(shop, real_model_env)
    texts = {}
    for enabled in (True, False):
        editor = await start_editor(env)
        uri = await _opened(editor, shop, context={"enabled": enabled}, completion=UNHURRIED)
        await _ready(editor)
        item, *_ = await editor.complete(uri, *CURSOR, EXPLICIT)
        texts[enabled] = item["insertText"]
        await editor.shut_down()
    assert texts[True].startswith("quorbital_rate(")
    assert "quorbital" not in texts[False]


@pytest.mark.model
async def test_typed_text_costs_no_more_with_context(
    start_editor: Any, real_model_env: dict[str, str], shop: Path
) -> None:
    """Neither while the person types, nor when a rest has brought something else to be shown."""
    editor = await start_editor(_indexed(shop, real_model_env))
    uri = await _opened(editor, shop, completion=UNHURRIED)
    await _ready(editor)
    (shop / "stock.py").write_text("def reserve_everything(article):\n    return article\n")
    _indexed(shop, real_model_env)
    line, character = CURSOR
    reused = []
    await editor.complete(uri, line, character, EXPLICIT)
    for version, typed in enumerate("zz_unlike + reserve_everything(", 2):
        place = {"line": line, "character": character}
        editor.edit(uri, version, {"range": {"start": place, "end": place}, "text": typed})
        character += 1
        await editor.complete(uri, line, character, EXPLICIT)
        status = (await editor.request("midfill/status"))["result"]
        if status["source"] == "model":
            assert status["tokens_evaluated"] <= 5
            reused.append(status["tokens_reused"])
        if typed == "+":
            editor.notify("midfill/didMoveCursor", _place(uri, line, character))
            await asyncio.sleep(0.5)
    assert len(reused) > 5
