"""Grey text in the real Neovim, from the real model."""

from __future__ import annotations

import pytest

from .conftest import Neovim, StartNeovim, wait_until

pytestmark = pytest.mark.model

CODE = '''"""A shopping basket."""


class Basket:
    """Items with their prices."""

    def __init__(self) -> None:
        self.prices: list[float] = []

    def add(self, price: float) -> None:
        """Add one item."""
        self.prices.append(price)

    def total(self) -> float:
        """The sum of all prices."""
'''


@pytest.fixture
def neovim(start_neovim: StartNeovim) -> Neovim:
    """A Neovim whose model is loaded, at the end of `CODE`."""
    neovim = start_neovim(CODE)
    neovim.wait_until_ready()
    neovim.input("Go")
    return neovim


def test_what_is_accepted_is_what_was_shown(neovim: Neovim) -> None:
    neovim.input("return su")
    ghost = neovim.wait_for_ghost()
    line = f"        return su{ghost}"
    wait_until(lambda: line in neovim.screen.rows, "the text is on the screen")
    neovim.input("<Tab>")
    wait_until(lambda: neovim.lines[-1] == line, "the text is in the buffer")
    neovim.input("<Esc>:w<CR>")
    wait_until(lambda: neovim.file.read_text().endswith(line + "\n"), "the text is in the file")
