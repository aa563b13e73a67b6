"""Repairs in the real VS Code, by the real model: looked at first, then made."""

from __future__ import annotations

import pytest

from .conftest import PATIENCE_MS, Window

pytestmark = [pytest.mark.model, pytest.mark.timeout(900)]

COLOURS = "h1 {\n  color red;@\n  margin: 0;\n}\n"
WRONG = "def average(values):\n    return sum(values) / len(value)@\n"
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
    await code.command("Midfill: Repair until the Tests Pass")
    box = code.page.locator(".quick-input-widget", has_text="The command that runs them")
    await box.wait_for()
    await code.keyboard.type("python3 check.py")
    await code.keyboard.press("Enter")
    # In the status bar where VS Code finds no room for a notification.
    places = code.page.locator(".statusbar, .notification-toast")
    await places.filter(has_text="repairing until the tests pass").first.wait_for()
    await code.shot("repairing")
    await _looked_at(code, "repair")
    await code.writes("len(values)")
    await code.page.get_by_text("Repaired. Passed: ").first.wait_for()


async def _looked_at(code: Window, name: str) -> None:
    """Wait for the change to be shown, and take it."""
    await code.page.get_by_text("Make This Change").wait_for(timeout=5 * PATIENCE_MS)
    await code.page.locator(".multiDiffEntry .modified-in-monaco-diff-editor").wait_for()
    await code.shot(name)
    await code.pick("Make This Change")
    await code.page.locator(".tab", has_text="Midfill: Repair").wait_for(state="detached")
