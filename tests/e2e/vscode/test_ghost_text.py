"""Grey text in the real VS Code, from the real model: shown, kept, taken, dropped."""

from __future__ import annotations

import pytest

from ..basket import BASKET
from .conftest import Window

pytestmark = [pytest.mark.model, pytest.mark.timeout(900)]

ARITHMETIC = "def add(a, b):\n    return a + b\n\n\ndef subtract(a, b):\n    @\n"


async def test_tab_takes_the_grey_text(code: Window) -> None:
    await code.open("basket.py", f"{BASKET}        @\n")
    await code.type("return su")
    await code.shows("m(self.prices)")
    await code.shot("ghost-text")
    await code.keyboard.press("Tab")
    await code.writes("return sum(self.prices)")
    assert (await code.saved("basket.py")).endswith("        return sum(self.prices)\n")


async def test_the_rest_appears_when_it_is_written(impatient: Window) -> None:
    await impatient.open("basket.py", f"{BASKET}        @\n")
    await impatient.type("return su")
    await impatient.shows("m(self.prices)")


async def test_typing_on_keeps_it(code: Window) -> None:
    await code.open("typed.py", ARITHMETIC)
    await code.type("return ")
    await code.shows("a - b")
    # What was grey at each change of the page, while the suggestion is typed.
    await code.page.evaluate(
        """() => {
            window.seen = [];
            const grey = () => window.seen.push(
                [...document.querySelectorAll('.monaco-editor .ghost-text-decoration')]
                    .map(part => part.textContent).join('').replaceAll('\\u00a0', ' '));
            new MutationObserver(() => requestAnimationFrame(grey)).observe(
                document.querySelector('.monaco-editor'), {subtree: true, childList: true});
        }"""
    )
    await code.type("a -", delay=150)

    await code.shows(" b")
    seen = set(await code.page.evaluate("window.seen"))
    assert "" not in seen and all(each in "a - b" for each in seen)


async def test_escape_drops_it(code: Window) -> None:
    await code.open("dropped.py", ARITHMETIC)
    await code.type("return ")
    await code.grey()
    await code.keyboard.press("Escape")
    await code.shows("")
    assert (await code.saved("dropped.py")).endswith("    return \n")


async def test_a_word_and_a_line_are_taken(code: Window) -> None:
    await code.open("parts.py", ARITHMETIC)
    await code.type("return ")
    await code.shows("a - b")
    await code.keyboard.press("Control+ArrowRight")
    await code.shows(" - b")
    await code.keyboard.press("Control+ArrowDown")
    await code.writes("return a - b")
    assert (await code.saved("parts.py")).endswith("    return a - b\n")


async def test_asking_offers_several(code: Window) -> None:
    text = 'def describe(item):\n    """A sentence about the item."""\n    text = "@\n'
    await code.open("asked.py", text)
    await code.keyboard.press("Alt+Backslash")
    first = await code.grey()
    await code.keyboard.press("Alt+BracketRight")

    async def another() -> bool:
        return await code.ghost() not in ("", first)

    await code.until(another, "another suggestion")
    second = await code.ghost()
    await code.shot("second")
    await code.keyboard.press("Tab")
    assert (await code.saved("asked.py")) == text.replace("@", second)


async def test_an_unusual_file_is_not_harmed(code: Window) -> None:
    text = "# 😀 名前\r\ndef add(a, b):\r\n\treturn a + b\r\n\r\ndef subtract(a, b):\r\n\t@\r\n"
    await code.open("unusual.py", text.replace("@", "return@"))
    await code.type(" ")
    await code.shows("a - b")
    await code.keyboard.press("Tab")
    await code.writes("return a - b")
    assert await code.saved("unusual.py") == text.replace("@", "return a - b")
