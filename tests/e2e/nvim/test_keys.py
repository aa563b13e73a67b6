"""The keys, beside other mappings of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import SETUP, Neovim, StartNeovim, wait_until

MENUS = Path(__file__).with_name("menus.lua")
MAP = "require('midfill.keys').map()"
CODE = "def total(numbers):\n    return sum(numbers)\n\n\nnumbers = [1, 2]\n"


@pytest.mark.parametrize(
    ("former", "text"),
    [
        ("", "   "),
        ("vim.keymap.set('i', '<Tab>', 'former')", "former"),
        ("vim.keymap.set('i', '<Tab>', '\"for\" .. \"mer\"', {expr = true})", "former"),
        ("vim.keymap.set('i', '<Tab>', function() return 'former' end, {expr = true})", "former"),
        (
            "vim.keymap.set('i', '<Tab>', function() vim.api.nvim_paste('former', true, -1) end)",
            "former",
        ),
        (
            "vim.keymap.set('i', 'X', 'former') vim.keymap.set('i', '<Tab>', 'X', {remap = true})",
            "former",
        ),
    ],
    ids=["none", "keys", "expression", "function of an expression", "function", "recursive"],
)
def test_a_key_is_passed_on_where_nothing_is_shown(
    start_neovim: StartNeovim, former: str, text: str
) -> None:
    neovim = start_neovim("", init=f"{former} {MAP}")
    neovim.input("ia<Tab>b")
    wait_until(lambda: neovim.lines == [f"a{text}b"], "the key did what it did before")


def test_a_mapping_of_one_buffer_stays_there(start_neovim: StartNeovim) -> None:
    former = "vim.keymap.set('i', '<Tab>', 'former', {buffer = true})"
    neovim = start_neovim("", init=f"{former} {MAP}")
    neovim.input("i<Tab>b<Esc>:w<CR>:enew<CR>i<Tab>b")
    wait_until(lambda: neovim.lines == ["\tb"], "the other buffer has the key as it is")
    neovim.input("<Esc>:e!#<CR>")
    wait_until(lambda: neovim.lines == ["formerb"], "the first has its mapping")


TAB_IN_MENUS = "vim.keymap.set('i', '<Tab>', 'pumvisible() ? \"<C-n>\" : \"<Tab>\"', {expr = true})"


@pytest.mark.model
@pytest.mark.parametrize("former", ["", TAB_IN_MENUS], ids=["not mapped", "mapped for menus"])
def test_beside_an_open_menu(
    start_neovim: StartNeovim, real_model_env: dict[str, str], former: str
) -> None:
    init = f"vim.o.completeopt = 'menuone,noselect' {former} {SETUP}"
    neovim = start_neovim(CODE, real_model_env, init)
    neovim.wait_until_ready()
    neovim.input("Goprint(total(n")
    wait_until(lambda: neovim.ghost.startswith("umbers))"), "the text is shown")
    menu = "return vim.fn.pumvisible() == 1"
    neovim.input("<C-x><C-n>")
    wait_until(lambda: neovim.lua(menu), "the menu is open")
    assert neovim.ghost.startswith("umbers))")
    neovim.input("<Tab>")
    if former:
        wait_until(lambda: neovim.lines[-1] == "print(total(numbers", "the menu took the key")
    else:
        wait_until(lambda: neovim.lines[-1].startswith("print(total(numbers))"), "accepted")
        assert not neovim.lua(menu)


@pytest.mark.model
@pytest.mark.parametrize("menu", ["cmp", "blink"])
def test_beside_a_plugin_with_menus(
    start_neovim: StartNeovim, real_model_env: dict[str, str], menu: str
) -> None:
    init = f"_G.menus = dofile({str(MENUS)!r}) _G.menus.{menu}() {SETUP}"
    neovim = start_neovim(CODE, real_model_env, init)
    neovim.input("Go<Tab>here")
    wait_until(lambda: neovim.lines[-1] == "    here", "nothing is shown: the key is a key")
    neovim.wait_until_ready()
    for took in ("umbers)", "chosen"):
        neovim.input("<Esc>0Doprint(total(n")
        wait_until(lambda: neovim.ghost.startswith("umbers))"), "the text is shown")
        neovim.lua("_G.menus.open(...)", took == "chosen")
        neovim.input("<Tab>")
        line = f"print(total(n{took}"
        wait_until(lambda line=line: neovim.lines[-1].startswith(line), "one of them took the key")


@pytest.mark.model
def test_brackets_that_a_mapping_closes(
    start_neovim: StartNeovim, real_model_env: dict[str, str]
) -> None:
    neovim = start_neovim(CODE, real_model_env, f"vim.keymap.set('i', '(', '()<Left>') {SETUP}")
    neovim.wait_until_ready()
    neovim.input("Goprint(total")
    wait_until(lambda: neovim.ghost.startswith("(numbers)"), "the text is shown")
    seen = len(neovim.screen.frames)
    neovim.input("(")
    wait_until(lambda: neovim.lines[-1] == "print(total())", "the bracket is there")
    assert neovim.ghost.startswith("numbers")
    rows = {row for frame in neovim.screen.frames[seen:] for row in frame if "print" in row}
    assert all(row.startswith("print(total(numbers)") for row in rows)
    neovim.input("<Tab>")
    wait_until(lambda: neovim.lines[-1].startswith("print(total(numbers))"), "it was accepted")
    # The model may have gone on with a comment until then.
    assert neovim.lines[-1].count(")") == 2, "no bracket is there twice"


def test_other_keys_may_be_chosen(start_neovim: StartNeovim) -> None:
    setup = "require('midfill').setup({keys = {accept = '<C-l>', dismiss = false}})"
    neovim = start_neovim("", init=f"{setup} {MAP}")
    describe = "return vim.fn.maparg(..., 'i', false, true).desc or ''"
    keys = {key: neovim.lua(describe, key) for key in ("<C-l>", "<C-]>", "<M-]>")}
    assert keys == {"<C-l>": "Midfill: accept", "<C-]>": "", "<M-]>": "Midfill: next"}


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ("{key = {}}", "midfill: there is no option 'key'; see :help midfill-setup"),
        ("{keys = {tab = '<Tab>'}}", "midfill: there is no key 'tab'; see :help midfill-keys"),
        ("{builtin = 'yes'}", "builtin: expected boolean, got string"),
    ],
)
def test_options_that_do_not_exist(bare_neovim: Neovim, options: str, error: str) -> None:
    ok, said = bare_neovim.lua(f"return {{pcall(require('midfill').setup, {options})}}")
    assert not ok
    assert said.endswith(error)
