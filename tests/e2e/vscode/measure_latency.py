"""From a key to grey text in the real VS Code, beside a server that answers at once; its start-up.

    python -m pytest -s tests/e2e/vscode/measure_latency.py

Two windows are typed into in turns, a key in each; Escape drops what appears before the next. The
server of the one has its answers ready, so its figure is the editor's own. Prints milliseconds, and
what VS Code says that the extension took to activate.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from statistics import median

import pytest

from ..basket import BASKET
from .conftest import StartCode, Window

pytestmark = [pytest.mark.model, pytest.mark.timeout(1800)]

LINES = (
    "total = sum(self.prices)",
    "count = len(self.prices)",
    "cheapest = min(self.prices)",
    "return total / count",
)
PAUSE_S = 0.3
NOTHING_MS = 5000
WATCH = """([nothing]) => {
    const editor = document.querySelector('.monaco-editor');
    let pressed;
    document.addEventListener('keydown', () => { pressed = performance.now(); },
                              {capture: true, once: true});
    window.measured = new Promise(resolve => {
        const seen = () => {
            if (pressed && editor.querySelector('.ghost-text-decoration'))
                resolve(performance.now() - pressed);
        };
        new MutationObserver(seen).observe(editor, {subtree: true, childList: true});
        setTimeout(() => resolve(null), nothing);
    });
}"""


async def test_from_a_key_to_grey_text(start_window: StartCode, tmp_path: Path) -> None:
    program = tmp_path / "immediate"
    server = Path(__file__).with_name("immediate_server.py")
    program.write_text(f"#!/bin/sh\nexec {sys.executable} {server}\n")
    program.chmod(0o755)
    windows = {
        "immediate": await start_window({"midfill.path": str(program)}),
        "ours": await start_window(),
    }
    await windows["ours"].ready()
    for window in windows.values():
        await window.page.bring_to_front()
        await window.open("basket.py", f"{BASKET}        @\n")
    found: dict[str, list[float | None]] = {name: [] for name in windows}
    for line in LINES:
        for key in line:
            for name, window in windows.items():
                found[name].append(await _latency(window, key))
        for window in windows.values():
            await window.page.bring_to_front()
            await window.keyboard.press("Enter")
            await window.keyboard.press("Escape")

    pairs = [(one, two) for one, two in zip(*found.values(), strict=True) if one and two]
    for name, all_ in found.items():
        shown = sorted(each for each in all_ if each)
        p95 = shown[int(0.95 * len(shown))]
        print(f"\n{name:10} p50 {median(shown):6.0f}  p95 {p95:6.0f}  shown {len(shown)}", end="")
        print(f" of {len(all_)}", end="")
    print(f"\ndifference p50 {median(ours - theirs for theirs, ours in pairs):6.0f}")


async def test_the_activation(code: Window) -> None:
    await code.command("Developer: Show Running Extensions")
    row = code.page.locator(".runtime-extensions-editor .monaco-list-row", has_text="Midfill")
    print("\n" + await row.locator(".activation-time").inner_text())


async def _latency(window: Window, key: str) -> float | None:
    """Milliseconds until something is grey after this key; None: nothing is."""
    await window.page.bring_to_front()
    await asyncio.sleep(PAUSE_S)
    await window.page.evaluate(WATCH, [NOTHING_MS])
    await window.keyboard.type(key)
    found: float | None = await window.page.evaluate("window.measured")
    await window.keyboard.press("Escape")
    await window.shows("")
    return found
