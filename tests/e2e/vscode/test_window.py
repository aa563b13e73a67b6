"""What surrounds the grey text: the status, the menu and the pages."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from ...conftest import engines
from ..basket import BASKET
from .conftest import BINARIES, ITEM, StartCode, Window

pytestmark = [pytest.mark.model, pytest.mark.timeout(900)]

CODE = "def add(a, b):\n    return a + b\n\n\ndef subtract(a, b):\n    @\n"
FUNCTION = "def value_{0}():\n    return {0}\n\n\n"

# Of VS Code, code-server lacks these, and complains.
ABSENT = ("/vsda/", "bindings file", "build/Release/watchdog", "authentication provider")
# VS Code repeats in the console what a person is told.
TOLD = "Midfill: nothing to repair"


async def test_it_is_switched_off_and_on(code: Window) -> None:
    await code.open("switched.py", f"{BASKET}        @\n")
    await code.command("Midfill: Switch On or Off for This Language")
    await code.says("Off for python")
    await code.type("return su")
    assert not await code.ghost()
    await code.shot("off")
    await code.page.locator(ITEM).click()
    await code.page.locator(".quick-input-list .monaco-list-row").last.wait_for()
    await code.shot("menu")
    await code.pick("Switch on for python")

    async def is_on() -> bool:
        return "Off" not in await code.status()

    await code.until(is_on, "switched on")
    await code.type("m")
    await code.shows("(self.prices)")


async def test_one_language_alone_is_switched_on(code: Window) -> None:
    await code.open("alone.py", CODE)
    await code.command("Midfill: Switch On or Off Everywhere")
    await code.says("Off")
    await code.command("Midfill: Switch On or Off for This Language")
    await code.ready()
    await code.type("return ")
    await code.shows("a - b")
    await code.open("alone.lua", "local total = 0@\n")
    await code.says("Off for lua")
    await code.command("Midfill: Switch On or Off Everywhere")
    await code.ready()
    await code.command("Midfill: Switch On or Off Everywhere")
    await code.says("Off")
    await code.open("others.py", CODE)
    await code.says("Off")
    await code.command("Midfill: Switch On or Off Everywhere")
    await code.ready()


async def test_grey_text_that_vs_code_does_not_show(code: Window) -> None:
    await code.open("hidden.py", CODE)
    code.set("editor.inlineSuggest.enabled", False)
    await code.says("Off: editor.inlineSuggest.enabled is false")
    await code.command("Midfill: Why Was There No Suggestion?")
    why = code.page.locator(".notification-toast", has_text="editor.inlineSuggest.enabled is off")
    await why.first.wait_for()
    await code.command("Notifications: Clear All Notifications")
    code.set("editor.inlineSuggest.enabled", True)
    await code.ready()


async def test_it_says_why_there_is_nothing(code: Window) -> None:
    await code.open("silent.py", "value = some_name@other_name\n")
    await code.type("x")
    await code.says("the cursor is inside a word")
    await code.command("Midfill: Why Was There No Suggestion?")
    toast = code.page.locator(".notification-toast", has_text="No suggestion:")
    await toast.first.wait_for()
    await code.shot("reason")
    await code.command("Notifications: Clear All Notifications")


async def test_the_context_is_shown(code: Window) -> None:
    cents = "def to_cents(amount: float) -> int:\n    return round(amount * 100)\n"
    (code.folder / "money.py").write_text(cents)
    await code.open("bill.py", "from money import to_cents\n\n\ndef bill(prices):\n    @\n")
    await code.type("return ")
    await code.grey()
    await code.command("Midfill: Show Completion Context")
    tab = code.page.locator(".tab", has_text="Completion Context.md")
    await tab.wait_for()
    page = code.page.locator(".monaco-editor .view-lines").last

    async def shown() -> bool:
        return "imported" in await page.inner_text()

    await code.until(shown, "why a piece was chosen")
    await code.shot("context")
    await tab.click()
    await code.close()


async def test_the_statistics_are_drawn(code: Window) -> None:
    await code.open("counted.py", CODE)
    await code.type("return ")
    await code.grey()
    await code.command("Midfill: Statistics")
    frame = await code.frame()
    await frame.get_by_text("Latency: suggestions by milliseconds").wait_for()
    assert await frame.locator("svg rect").count()
    await code.shot("statistics")
    await code.close()


async def test_the_doctor_tells_what_is_wrong(code: Window) -> None:
    await code.page.locator(ITEM).click()
    await code.pick("Doctor")
    frame = await code.frame()
    engine = frame.locator("dt", has_text="engine")
    await engine.wait_for()
    assert await engine.get_attribute("class") == "ok"
    await code.shot("doctor")
    await code.close()


async def test_models_are_offered_with_what_they_need(code: Window) -> None:
    await code.command("Midfill: Choose a Model")
    rows = code.page.locator(".quick-input-list .monaco-list-row")
    await rows.first.wait_for()
    await code.shot("models")
    await code.keyboard.type("3b")
    row = rows.filter(has_text="no commercial use").first
    await row.wait_for()
    assert "of memory" in await row.inner_text()
    await code.keyboard.press("Escape")


async def test_the_status_in_each_state(
    start_window: StartCode, environment: dict[str, str], model_path: Path, tmp_path: Path
) -> None:
    silent = tmp_path / "silent"
    silent.write_text("#!/bin/sh\ncat > /dev/null\nexit 1\n")
    silent.chmod(0o755)
    runtime = f"{environment['MIDFILL_RUNTIME_DIR']}-states"
    settings = {"midfill.path": str(silent), "midfill.model": str(model_path)}
    window = await start_window(settings, MIDFILL_RUNTIME_DIR=runtime, MIDFILL_MODEL="")
    await window.says("Starting")
    await window.shot("starting")
    window.set("midfill.path", str(BINARIES / "midfill"))
    await window.says(" %")
    await window.shot("loading")
    await window.ready()
    await window.page.locator(ITEM).hover()
    await window.page.locator(".monaco-hover", has_text="on this machine (CPU)").wait_for()
    await window.shot("ready")
    await window.open("long.py", "".join(map(FUNCTION.format, range(100))) + CODE)
    await window.type("return ")
    await window.says("Thinking")
    await window.shot("thinking")
    await window.shows("a - b")
    window.set("midfill.model", "/nowhere.gguf")
    await window.says("/nowhere.gguf")
    await window.shot("warning")
    broken = tmp_path / "broken.gguf"
    broken.write_text("no model")
    window.set("midfill.model", str(broken))
    await window.says("broken.gguf")
    await window.shot("error")


async def test_a_server_that_is_killed_comes_back(code: Window) -> None:
    for seconds in (1, 2, 4):
        [server] = _servers(code)
        server.kill()
        await code.says(f"it is started again in {seconds} s")
        if seconds < 4:
            await code.ready()
    await code.shot("crashed")
    await code.command("Midfill: Restart the Server")
    await code.ready()
    [server] = _servers(code)
    await code.open("again.py", CODE)
    await code.type("return ")
    await code.shows("a - b")


def _servers(window: Window) -> list[psutil.Process]:
    """The servers of a window."""
    return [
        process
        for process in psutil.process_iter(["cmdline", "environ"])
        if "serve" in (process.info["cmdline"] or [])
        and (process.info["environ"] or {}).get("MIDFILL_TEST_WINDOW") == str(window.folder)
    ]


async def test_two_windows_share_one_engine(
    code: Window, impatient: Window, environment: dict[str, str]
) -> None:
    for window in (code, impatient):
        await window.open("shared.py", CODE)
        await window.type("return ")
        await window.shows("a - b")
    assert len(engines(Path(environment["MIDFILL_RUNTIME_DIR"]))) == 1


async def test_a_missing_server_is_offered(start_window: StartCode) -> None:
    window = await start_window({"midfill.path": ""}, PATH="/usr/bin:/bin")
    await window.says("The server is missing")
    toast = window.page.locator(".notification-toast", has_text="Midfill needs its server")
    await toast.wait_for()
    await window.shot("missing")


async def test_nothing_failed_in_the_page(code: Window) -> None:
    ours = [error for error in code.errors if not any(part in error for part in (*ABSENT, TOLD))]
    assert ours == []
