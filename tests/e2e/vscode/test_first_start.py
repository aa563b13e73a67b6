"""From nothing but the extension to grey text: a real installation, with the walkthrough."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from .conftest import CACHE, PATIENCE_MS, StartCode, Window

pytestmark = [pytest.mark.model, pytest.mark.timeout(1800)]

CODE = "def add(a, b):\n    return a + b\n\n\ndef subtract(a, b):\n    @\n"
WELCOME = "workbench.welcomePage.walkthroughs.openOnInstall"


async def test_from_the_extension_to_grey_text(
    start_window: StartCode, environment: dict[str, str], model_path: Path, tmp_path: Path
) -> None:
    wheels = [str(folder) for folder in (CACHE / "wheels").glob("*")]
    if not wheels:
        pytest.skip("llama.cpp would be compiled, for minutes: make demo keeps its wheel")
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "python3").symlink_to(Path(sys.base_prefix) / "bin" / "python3")
    settings = {
        "midfill.models.dir": str(tmp_path / "models"),
        "midfill.models.sources": [f"file:{model_path.parent}"],
        WELCOME: True,
    }
    newcomer = await start_window(
        settings,
        PATH=f"{programs}:/usr/bin:/bin",
        PIP_FIND_LINKS=" ".join([os.environ.get("PIP_FIND_LINKS", ""), *wheels]),
        MIDFILL_MODEL="",
        MIDFILL_STATE_HOME=str(tmp_path / "state"),
        MIDFILL_RUNTIME_DIR=f"{environment['MIDFILL_RUNTIME_DIR']}-first",
    )

    await _step(newcomer, "Start the server", done=False)
    await newcomer.says("The server is missing")
    await newcomer.shot("walkthrough")
    await _press(newcomer, "Install the Server")
    notice = newcomer.page.locator(".notification-toast", has_text="installing the server")
    await notice.wait_for()
    await newcomer.says("Installing the server")
    await newcomer.shot("installing")
    await _step(newcomer, "Start the server")

    await newcomer.says("no model")
    await newcomer.page.locator(".getting-started-step", has_text="Choose a model").click()
    await _press(newcomer, "Choose a Model")
    rows = newcomer.page.locator(".quick-input-list .monaco-list-row")
    await rows.filter(has_text="suits this machine").first.wait_for()
    await newcomer.shot("first-model")
    await newcomer.keyboard.type("0.5b")
    row = rows.filter(has_text="491 MB to download")
    assert re.search(r"\d+ MB of memory · Apache-2.0", await row.inner_text())
    await row.click()
    await newcomer.ready()
    await _step(newcomer, "Choose a model")

    await newcomer.open("basket.py", CODE)
    await newcomer.type("return ")
    await newcomer.shows("a - b")
    await newcomer.command("Midfill: Statistics")
    await (await newcomer.frame()).get_by_text("not known yet").wait_for()
    await newcomer.shot("nothing-shown")
    await newcomer.close()

    await newcomer.type("a")
    await newcomer.shows(" - b")
    await newcomer.keyboard.press("Tab")
    await newcomer.writes("return a - b")
    await newcomer.page.locator(".tab", has_text="Welcome").click()
    await _step(newcomer, "Take a suggestion")


async def _step(window: Window, title: str, *, done: bool = True) -> None:
    """Wait until a step of the walkthrough is done, or not."""
    state = "Completed" if done else "Not completed"
    mark = window.page.locator(f".getting-started-step [aria-label='{title}: {state}']")
    await mark.wait_for(timeout=5 * PATIENCE_MS)


async def _press(window: Window, label: str) -> None:
    await window.page.locator(".getting-started-step .monaco-button", has_text=label).click()
