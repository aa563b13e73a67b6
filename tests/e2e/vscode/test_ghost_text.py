"""Grey text in the real VS Code, from the real model: shown, kept, taken, dropped."""

from __future__ import annotations

import ast

import pytest

from ..basket import BASKET
from .conftest import Window

pytestmark = [pytest.mark.model, pytest.mark.timeout(900)]

ARITHMETIC = "def add(a, b):\n    return a + b\n\n\ndef subtract(a, b):\n    @\n"


async def test_tab_takes_the_grey_text(code: Window) -> None:
    await code.open("basket.py", f"{BASKET}        @\n")
    await code.type("return su")
    assert (await code.grey()).startswith("m(")
    await code.shot("ghost-text")
    await code.keyboard.press("Tab")
    saved = await code.saved("basket.py")
    assert "return sum(self.prices)" in saved
    ast.parse(saved)


async def test_typing_on_keeps_it(code: Window) -> None:
    await code.open("typed.py", ARITHMETIC)
    await code.type("return ")
    assert await code.grey() == "a - b"
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

    async def rest() -> bool:
        return await code.ghost() == " b"

    await code.until(rest, "the rest is grey")
    seen = set(await code.page.evaluate("window.seen"))
    assert seen <= {"a - b", " - b", "- b", " b"}


async def test_escape_drops_it(code: Window) -> None:
    await code.open("dropped.py", ARITHMETIC)
    await code.type("return ")
    await code.grey()
    await code.keyboard.press("Escape")

    async def gone() -> bool:
        return not await code.ghost()

    await code.until(gone, "no grey text")
    assert (await code.saved("dropped.py")).endswith("    return \n")


async def test_a_word_and_a_line_are_taken(code: Window) -> None:
    await code.open("parts.py", ARITHMETIC)
    await code.type("return ")
    assert await code.grey() == "a - b"
    await code.keyboard.press("Control+ArrowRight")

    async def less() -> bool:
        return (await code.ghost()).strip() == "- b"

    await code.until(less, "the first word is taken")
    await code.keyboard.press("Control+ArrowDown")

    async def taken() -> bool:
        return not await code.ghost() and "return a - b" in await code.text()

    await code.until(taken, "the line is taken")
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


async def test_an_unusual_file_is_not_harmed(code: Window) -> None:
    text = "# 😀 名前\r\ndef add(a, b):\r\n\treturn a + b\r\n\r\ndef subtract(a, b):\r\n\t@\r\n"
    await code.open("unusual.py", text.replace("@", "return @"))
    await code.type("a ")
    assert await code.grey() == "- b"
    await code.keyboard.press("Tab")
    assert await code.saved("unusual.py") == text.replace("@", "return a - b")
