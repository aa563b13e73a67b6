"""Grey text in the real VS Code, from the real model: shown, kept, taken, dropped."""

from __future__ import annotations

import ast

import pytest

from .conftest import Window

pytestmark = pytest.mark.model

BASKET = '''"""A shopping basket."""


class Basket:
    """Items with their prices."""

    def __init__(self) -> None:
        self.prices: list[float] = []

    def add(self, price: float) -> None:
        """Add one item."""
        self.prices.append(price)

    def total(self) -> float:
        """The sum of all prices."""
        @
'''


async def test_tab_takes_the_grey_text(code: Window) -> None:
    await code.open("basket.py", BASKET)
    await code.type("return su")
    assert (await code.grey()).startswith("m(")
    await code.shot("ghost-text")
    await code.keyboard.press("Tab")
    saved = await code.saved("basket.py")
    assert "return sum(self.prices)" in saved
    ast.parse(saved)
