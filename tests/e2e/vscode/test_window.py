"""What surrounds the grey text: the status, the menu and the pages."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from ...conftest import engines
from ..basket import BASKET
from .conftest import ITEM, StartCode, Window

pytestmark = [pytest.mark.model, pytest.mark.timeout(900)]

CODE = "def add(a, b):\n    return a + b\n\n\ndef subtract(a, b):\n    @\n"

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


async def test_a_server_that_is_killed_comes_back(code: Window) -> None:
    [server] = [
        process
        for process in psutil.process_iter(["cmdline", "environ"])
        if "serve" in (process.info["cmdline"] or [])
        and (process.info["environ"] or {}).get("MIDFILL_TEST_WINDOW") == str(code.folder)
    ]
    server.kill()
    await code.says("it is started again")
    await code.shot("crashed")
    await code.ready()
    await code.open("again.py", CODE)
    await code.type("return ")
    await code.shows("a - b")


async def test_two_windows_share_one_engine(
    code: Window, impatient: Window, environment: dict[str, str]
) -> None:
    for window in (code, impatient):
        await window.open("shared.py", CODE)
        await window.type("return ")
        await window.shows("a - b")
    assert len(engines(Path(environment["MIDFILL_RUNTIME_DIR"]))) == 1


async def test_a_missing_server_is_offered(start_code: StartCode) -> None:
    window = await start_code({"midfill.path": ""}, PATH="/usr/bin:/bin")
    await window.says("The server is missing")
    toast = window.page.locator(".notification-toast", has_text="Midfill needs its server")
    await toast.wait_for()
    await window.shot("missing")


async def test_nothing_failed_in_the_page(code: Window) -> None:
    ours = [error for error in code.errors if not any(part in error for part in (*ABSENT, TOLD))]
    assert ours == []
