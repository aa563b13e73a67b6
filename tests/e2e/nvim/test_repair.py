"""Repairs in the real Neovim: asked for in a menu or by a command, shown, made and undone."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import SETUP, Neovim, StartNeovim, wait_until

pytestmark = pytest.mark.model

TYPO = "def total(prices):\n    return sum(price)\n"
MENDED = "    return sum(prices)"
TEST = """\
import unittest

import basket


class TestLargest(unittest.TestCase):
    def test_largest(self):
        self.assertEqual(basket.largest([1, 3, 2]), 3)
"""
RUFF = Path(sys.executable).with_name("ruff")
LINTED = (
    f"vim.lsp.config('ruff', {{cmd = {{{str(RUFF)!r}, 'server'}}, root_markers = {{'.git'}}}}) "
    "vim.lsp.enable('ruff') "
)
SHOWN = ":w makes this change, :q drops it"


@pytest.fixture
def start(start_neovim: StartNeovim, real_model_env: dict[str, str]) -> StartNeovim:
    """Start a Neovim on a file of a repository."""

    def start_(text: str, init: str = SETUP) -> Neovim:
        neovim = start_neovim("", real_model_env, "vim.o.cmdheight = 6")
        subprocess.run(["git", "init", "--quiet"], cwd=neovim.file.parent, check=True)
        neovim.file.write_text(text)
        neovim.lua(init)
        neovim.input(":e!<CR>")
        neovim.wait_until_ready()
        return neovim

    return start_


def _shown(neovim: Neovim) -> list[str]:
    """The lines of the diff, once it is on the screen."""
    wait_until(lambda: SHOWN in neovim.screen.rows, "the change is shown", 600)
    wait_until(lambda: SHOWN in neovim.lines, "the cursor is there")
    return neovim.lines


@pytest.mark.parametrize("ask", [":lua vim.lsp.buf.code_action()<CR>", ":Midfill repair<CR>"])
def test_a_diagnostic_is_repaired(start: StartNeovim, ask: str) -> None:
    neovim = start(TYPO, LINTED + SETUP)
    wait_until(lambda: neovim.lua("return #vim.diagnostic.get(0)"), "ruff finds the mistake")
    neovim.input(f"G{ask}")
    if "code_action" in ask:
        title = "Fix with Midfill: Undefined name `price` [midfill]"
        wait_until(lambda: any(title in row for row in neovim.screen.rows), "it is in the menu")
        neovim.shot("quick-fix")
        [row] = [row for row in neovim.screen.rows if title in row]
        neovim.input(f"{row.split(':')[0]}<CR>")
    diff = _shown(neovim)
    neovim.shot("fix")
    assert diff[0] == "passed: applies, syntax, lint"
    assert diff[3:5] == ["--- a/basket.py", "+++ b/basket.py"]
    assert diff[6:] == [" def total(prices):", "-    return sum(price)", f"+{MENDED}"]
    neovim.input(":w<CR>")
    wait_until(lambda: neovim.lines == [TYPO.split("\n")[0], MENDED], "the change is made")
    assert neovim.file.read_text() == TYPO, "nothing is written before the person writes it"
    neovim.input("u")
    wait_until(lambda: neovim.lines == TYPO.split("\n")[:-1], "one step undoes it")


def test_lines_are_changed_as_is_wanted(start: StartNeovim) -> None:
    code = "def is_none(a):\n    return a == None\n\n\ndef other():\n    return 1\n"
    neovim = start(code)
    neovim.input(":1,2Midfill repair compare by `is`<CR>")
    diff = _shown(neovim)
    assert "+    return a is None" in diff
    neovim.input(":q<CR>")
    wait_until(lambda: "\n".join(neovim.lines) + "\n" == code, "nothing is changed")
    wait_until(lambda: SHOWN not in neovim.screen.rows, "the diff is gone")


def test_until_tests_pass(start: StartNeovim) -> None:
    neovim = start("largest = max\n")
    (neovim.file.parent / "test_basket.py").write_text(TEST)
    neovim.api.current.buffer[:] = ["def largest(numbers):", "    return min(numbers)"]
    tests = shlex.join([sys.executable, "-m", "unittest", "-q"])
    neovim.input(f":Midfill repair --test {tests}<CR>")
    diff = _shown(neovim)
    assert diff[0].endswith("tests")
    assert "+    return max(numbers)" in diff
    buffer = neovim.lua("return vim.fn.bufnr('basket.py')")
    neovim.api.buffers[buffer].append("# mine")
    neovim.input(":w<CR>")
    wait_until(lambda: "basket.py has changed meanwhile" in neovim.messages, "it came too late")
    assert neovim.lines == ["def largest(numbers):", "    return min(numbers)", "# mine"]


def test_a_repair_is_stopped(start: StartNeovim) -> None:
    neovim = start("def is_none(a):\n    return a == None\n")
    neovim.input(":Midfill repair compare by `is`<CR>")
    wait_until(lambda: neovim.state.startswith("Midfill repairing"), "it has begun")
    assert "Midfill: repairing the selection" in neovim.messages
    neovim.input(":Midfill stop<CR>")
    wait_until(lambda: neovim.state == "Midfill ready", "it has ended")
    neovim.input(":Midfill stop<CR>")
    wait_until(lambda: "nothing is going on" in neovim.messages, "nothing is left to stop")


def test_why_nothing_is_repaired(start: StartNeovim) -> None:
    neovim = start("def is_none(a):\n    return a is None\n")
    neovim.input(":Midfill repair<CR>")
    said = "no diagnostic is here; say what is wrong: :Midfill repair WHAT"
    wait_until(lambda: said in neovim.messages, "there is no diagnostic")
    passes = shlex.join([sys.executable, "-c", "pass"])
    neovim.input(f":Midfill repair --test {passes}<CR>")
    said = "nothing to repair: the checks pass"
    wait_until(lambda: said in neovim.messages, "there is nothing wrong")


def test_a_file_without_a_folder(start_neovim: StartNeovim, real_model_env: dict[str, str]) -> None:
    neovim = start_neovim(TYPO, real_model_env)
    neovim.wait_until_ready()
    neovim.input(":Midfill repair<CR>")
    wait_until(lambda: "put .git or .midfill.toml there" in neovim.messages, "it is said")


def test_a_change_of_another_text_is_refused(start: StartNeovim) -> None:
    neovim = start(TYPO)
    # The server learns of what is typed a moment later.
    answer = neovim.lua(
        "local client = vim.lsp.get_clients({name = 'midfill'})[1] "
        "local document = {uri = vim.uri_from_bufnr(0), version = 99} "
        "local edit = {documentChanges = {{textDocument = document, edits = {}}}} "
        "local context = {client_id = client.id} "
        "return require('midfill.preview').apply_edit(nil, {edit = edit}, context)"
    )
    assert answer == {"applied": False}
    assert "basket.py has changed meanwhile: nothing was done, ask again" in neovim.messages
