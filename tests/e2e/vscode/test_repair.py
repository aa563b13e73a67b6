"""Repairs in the real VS Code, by the real model: looked at first, then made."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import PATIENCE_MS, Window

pytestmark = [pytest.mark.model, pytest.mark.timeout(900)]

COLOURS = "h1 {\n  color red;@\n  margin: 0;\n}\n"
WRONG = "def average(values):\n    return sum(values) / len(value)@\n"
MEAN = "def average(values):\n    return sum(values) / len(values)@\n"
PRICE = "def with_tax(amount):\n    return amuont * 1.2\n"
BASKET = (
    "from price import with_tax\n\n\n"
    "def total(prices):\n    return sum(with_tax(price) for price in pricse)@\n"
)
TOTAL = "from basket import total\n\nassert total([10, 20]) == 36\n"
CHECK = "from mean import average\n\nassert average([2, 4]) == 3\n"


async def test_a_diagnostic_is_fixed(code: Window) -> None:
    await code.open("colours.css", COLOURS)
    await code.page.locator(".squiggly-error").first.wait_for(state="attached")
    await code.keyboard.press("Control+Period")
    action = code.page.locator(".action-widget").get_by_text("Fix with Midfill: colon expected")
    await action.wait_for()
    await code.shot("quick-fix")
    await action.click()
    await _looked_at(code, "fix")
    await code.writes("color: red;")


async def test_the_tests_are_made_to_pass(code: Window) -> None:
    (code.folder / "check.py").write_text(CHECK)
    await code.open("mean.py", WRONG)
    await _tests(code, "python3 check.py")
    await _repairing(code, "repairing until the tests pass")
    await code.shot("repairing")
    await _looked_at(code, "repair")
    await code.writes("len(values)")
    await code.page.get_by_text("Repaired. Passed: ").first.wait_for()


async def test_several_files_are_repaired(code: Window) -> None:
    (code.folder / "total.py").write_text(TOTAL)
    (code.folder / "price.py").write_text(PRICE)
    await code.open("basket.py", BASKET)
    await _tests(code, "python3 total.py")
    await _looked_at(code, "several-files", files=2)
    await code.writes("for price in prices)")
    await code.page.locator(".tab.dirty[data-resource-name='price.py']").click()
    await code.writes("amount * 1.2")


async def test_a_selection_is_changed_as_wanted(code: Window) -> None:
    await code.open("empty.py", MEAN)
    await code.command("View: Split Editor Right")
    await code.page.locator(".editor-group-container").nth(1).wait_for()
    await _wish(code)
    await _looked_at(code, "selection")
    await code.writes("return 0")
    await code.page.get_by_text("nothing tells whether it does").first.wait_for()
    assert await code.page.locator(".tab[data-resource-name='empty.py']").count() == 2
    await code.close()


async def test_a_repair_is_stopped(code: Window) -> None:
    await code.open("stopped.py", MEAN)
    await _wish(code)
    notice = await _repairing(code, "repairing the selection")
    await notice.get_by_role("button", name="Cancel").click()
    await notice.wait_for(state="detached")
    await code.writes(MEAN.partition("@")[0].splitlines()[-1])
    assert not await code.page.locator(".tab.active.dirty").count()
    assert not await code.page.locator(".notification-toast .codicon-error").count()


async def test_without_a_test_command_the_open_file_is_checked(code: Window) -> None:
    await code.open("fine.py", MEAN)
    await _tests(code, "")
    message = "no test command was given, so that only fine.py was checked"
    await code.page.locator(".notification-toast", has_text=message).wait_for()
    await code.command("Notifications: Clear All Notifications")


async def _wish(code: Window) -> None:
    """Select all, and ask for a change."""
    await code.keyboard.press("Control+a")
    await code.command("Midfill: Repair the Selection")
    await code.page.locator(".quick-input-widget", has_text="What is wrong here").wait_for()
    await code.keyboard.type("an empty list must give 0")
    await code.keyboard.press("Enter")


async def _tests(code: Window, command: str) -> None:
    """Ask for a repair until this command passes."""
    await code.command("Midfill: Repair until the Tests Pass")
    await code.page.locator(".quick-input-widget", has_text="The command that runs").wait_for()
    await code.keyboard.press("Control+a")
    await code.keyboard.press("Delete")
    await code.keyboard.type(command)
    await code.keyboard.press("Enter")


async def _repairing(code: Window, what: str) -> Any:
    """Wait for the notification of a repair."""
    notice = code.page.locator(".notification-toast", has_text=what)
    await notice.wait_for()
    return notice


async def _looked_at(code: Window, name: str, files: int = 1) -> None:
    """Wait for the change of so many files to be shown, and take it; the code is in focus again."""
    await code.page.get_by_text("Make This Change").wait_for(timeout=5 * PATIENCE_MS)
    diffs = code.page.locator(".multiDiffEntry .modified-in-monaco-diff-editor")
    await diffs.nth(files - 1).wait_for()
    await code.shot(name)
    groups = code.page.locator(".editor-group-container")
    last = groups.nth(await groups.count() - 1)
    await code.pick("Make This Change")
    await last.wait_for(state="detached")
    assert not await code.page.locator(".tab", has_text="Midfill: Repair").count()
    await code.page.locator(".monaco-editor.focused").wait_for()
