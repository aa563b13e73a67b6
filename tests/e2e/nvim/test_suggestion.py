"""What becomes of a suggestion, and how it is drawn, with suggestions made up for the purpose."""

from __future__ import annotations

import pytest

from .conftest import Neovim, wait_until


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("foo(bar)", "foo"),
        ("(bar)", "("),
        (" == other", " =="),
        ("\n    return x", "\n    return"),
        ("größe = 1", "größe"),
        ("😀😀 x", "😀😀"),
        ("   ", ""),
    ],
)
def test_words(bare_neovim: Neovim, text: str, word: str) -> None:
    assert bare_neovim.lua("return require('midfill.suggestion').word(...)", text) == word


@pytest.mark.parametrize(
    ("text", "replaces", "typed", "before", "after", "left"),
    [
        ("sum(x)", 0, "su", "", "", {"text": "m(x)", "replaces": 0}),
        ("sum(x)", 0, "se", "", "", None),
        ("sum(x)", 0, "sum(x)", "", "", None),
        ("x):", 1, "x", ")", ")", {"text": "):", "replaces": 1}),
        ("x):", 1, "x)", ")", "", {"text": ":", "replaces": 0}),
        ("(x)", 0, "(", "", ")", {"text": "x)", "replaces": 1}),
        ("(x)", 0, "(", "", "]", None),
        ("(x)", 0, "(", ";", ");", {"text": "x)", "replaces": 1}),
        ("\n    y", 0, "\n  ", "", "", {"text": "  y", "replaces": 0}),
    ],
)
def test_following(
    bare_neovim: Neovim,
    text: str,
    replaces: int,
    typed: str,
    before: str,
    after: str,
    left: dict[str, object] | None,
) -> None:
    suggestion = {"text": text, "replaces": replaces}
    follow = "return require('midfill.suggestion').follow(...)"
    assert bare_neovim.lua(follow, suggestion, typed, before, after) == left


@pytest.mark.parametrize(
    ("line", "column", "text", "replaces", "rows"),
    [
        ("f()", 2, "a, b) -> int:", 1, ["f(a, b) -> int:"]),
        ("f(), g", 2, "a", 0, ["f(a), g"]),
        ("f(), g", 2, "\n  a,\n)", 1, ["f(", "  a,", "), g"]),
        ("f() # g", 2, "a):\n  b", 1, ["f(a):", "  b # g"]),
        ("a", 1, "\tb\n\tc", 0, ["a   b", "    c"]),
        ("名()", 4, "😀\tx", 0, ["名(😀   x)"]),
    ],
)
def test_drawing(
    bare_neovim: Neovim, line: str, column: int, text: str, replaces: int, rows: list[str]
) -> None:
    bare_neovim.lua("vim.o.tabstop = 4 vim.api.nvim_buf_set_lines(0, 0, -1, false, {...})", line)
    suggestion = {"text": text, "replaces": replaces}
    bare_neovim.lua("require('midfill.ghost').draw(0, 0, ...)", column, suggestion)
    drawn = [*rows, "~"]
    wait_until(lambda: bare_neovim.screen.rows[: len(drawn)] == drawn, f"{rows} on the screen")
