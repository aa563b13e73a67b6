"""Grey text in the real Neovim, from the real server and model."""

from __future__ import annotations

import pytest

from ..basket import BASKET
from .conftest import Neovim, StartNeovim, wait_until

pytestmark = pytest.mark.model

TYPED = "        return su"
WHOLE = "        return sum(self.prices)"


@pytest.fixture
def neovim(start_neovim: StartNeovim, real_model_env: dict[str, str]) -> Neovim:
    """A Neovim whose model is loaded, with the cursor on a new line below the code."""
    neovim = start_neovim(BASKET, real_model_env)
    neovim.wait_until_ready()
    neovim.input("Go")
    return neovim


def _type(neovim: Neovim, keys: str = "return su") -> None:
    """Type, and wait for all that the model has to say."""
    neovim.input(keys)
    wait_until(lambda: WHOLE in neovim.screen.rows, "the whole line is on the screen")
    neovim.wait_for_all()


def test_what_is_accepted_is_what_was_shown(neovim: Neovim) -> None:
    _type(neovim)
    assert neovim.lines[-1] == TYPED
    neovim.shot("ghost-text")
    neovim.input("<Tab>")
    wait_until(lambda: neovim.lines[-1] == WHOLE, "the text is in the buffer")
    assert neovim.cursor == (len(neovim.lines), len(WHOLE))
    neovim.input("<Esc>:w<CR>")
    wait_until(lambda: neovim.file.read_text() == f"{BASKET}{WHOLE}\n", "the text is in the file")


def test_what_is_typed_through_does_not_move(neovim: Neovim) -> None:
    _type(neovim)
    seen = len(neovim.screen.frames)
    row = neovim.screen.rows.index(WHOLE)
    for count in range(len(TYPED) + 1, len(WHOLE)):
        drawn = len(neovim.screen.frames)
        neovim.input(WHOLE[count - 1])
        wait_until(lambda count=count: neovim.lines[-1] == WHOLE[:count], "the key is there")
        [mark] = neovim.marks
        assert (mark[2], neovim.ghost) == (count, WHOLE[count:])
        wait_until(lambda drawn=drawn: len(neovim.screen.frames) > drawn, "the key is drawn")
    frames = neovim.screen.frames[seen:]
    assert len(frames) >= len(WHOLE) - len(TYPED) - 1
    assert {frame[row] for frame in frames} == {WHOLE}
    neovim.input(WHOLE[-1])
    wait_until(lambda: neovim.lines[-1] == WHOLE, "the last key is there")


def test_keys_struck_in_a_row_are_all_counted(neovim: Neovim) -> None:
    _type(neovim)
    neovim.input("m(<Tab>")
    wait_until(lambda: neovim.lines[-1] == WHOLE, "nothing is there twice")


def test_what_is_typed_against_goes(neovim: Neovim) -> None:
    _type(neovim)
    seen = len(neovim.screen.frames)
    neovim.input("#")
    wait_until(lambda: neovim.lines[-1] == TYPED + "#", "the key is there")
    frames = neovim.screen.frames[seen:]
    assert not any("#m(self" in row for frame in frames for row in frame)


@pytest.mark.parametrize(
    ("key", "part"),
    [("<M-Right>", "m"), ("<M-Right><M-Right>", "m("), ("<M-Down>", "m(self.prices)")],
)
def test_a_part_is_accepted(neovim: Neovim, key: str, part: str) -> None:
    _type(neovim)
    neovim.input(key)
    wait_until(lambda: neovim.lines[-1] == TYPED + part, "the part is in the buffer")
    # After the whole line the next one may be there already.
    assert neovim.ghost.startswith(WHOLE.removeprefix(TYPED + part))


def test_accepting_is_one_step_of_undo(neovim: Neovim) -> None:
    _type(neovim)
    neovim.input("<Tab>")
    wait_until(lambda: neovim.lines[-1] == WHOLE, "the text is in the buffer")
    neovim.input("  # all<Esc>")
    wait_until(lambda: neovim.lines[-1] == WHOLE + "  # all", "more is typed")
    neovim.input("u")
    wait_until(lambda: neovim.lines[-1] == WHOLE, "what was typed after it is undone")
    neovim.input("u")
    wait_until(lambda: neovim.lines[-1] == TYPED, "the acceptance is undone")
    neovim.input("<C-r>")
    wait_until(lambda: neovim.lines[-1] == WHOLE, "it is redone")


@pytest.mark.parametrize("key", ["<Esc>", "<C-]>", "<Left>", "<BS>"])
def test_it_goes(neovim: Neovim, key: str) -> None:
    _type(neovim)
    neovim.input(key)
    wait_until(lambda: not neovim.marks, "the text is gone")
    wait_until(lambda: WHOLE not in neovim.screen.rows, "it is gone from the screen")


def test_others_are_shown_on_request(
    start_neovim: StartNeovim, real_model_env: dict[str, str]
) -> None:
    neovim = start_neovim(
        'def describe(item):\n    """A sentence about the item."""\n', real_model_env
    )
    neovim.wait_until_ready()
    neovim.input("Gotext = ")
    first = neovim.wait_for_ghost()
    neovim.input("<M-]>")
    wait_until(
        lambda: any(row.endswith("2/3") for row in neovim.screen.rows), "the second is shown"
    )
    second = neovim.ghost
    assert second != first
    neovim.shot("second")
    neovim.input("<M-[>")
    wait_until(lambda: any(row.endswith("1/3") for row in neovim.screen.rows), "the first again")
    assert neovim.ghost.startswith(first)
    neovim.input("<M-[><M-[>")
    wait_until(lambda: neovim.ghost == second, "it goes round")
    neovim.input("<Tab>")
    wait_until(lambda: neovim.lines[2:] == f"    text = {second}".split("\n"), "it is accepted")


def test_a_closed_bracket_is_replaced(
    start_neovim: StartNeovim, real_model_env: dict[str, str]
) -> None:
    code = "def total(prices):\n    return sum(prices)\n\n\nprices = [1, 2]\n"
    neovim = start_neovim(code, real_model_env)
    neovim.wait_until_ready()
    neovim.input("Goprint(total())<Left><Left>")
    wait_until(lambda: neovim.lines[-1] == "print(total())", "the brackets are there")
    neovim.input("p")
    shown = "print(total(prices))"
    wait_until(lambda: any(row.startswith(shown) for row in neovim.screen.rows), "it is shown")
    neovim.input("<Tab>")
    wait_until(lambda: neovim.lines[-1].startswith(shown), "it is accepted")
    assert neovim.lines[-1].count(")") == 2, "no bracket is there twice"


def test_several_lines(start_neovim: StartNeovim, real_model_env: dict[str, str]) -> None:
    code = (
        "class Stack:\n    def __init__(self):\n        self.items = []\n\n"
        "    def push(self, item):\n        self.items.append(item)\n\n"
    )
    neovim = start_neovim(code, real_model_env)
    neovim.wait_until_ready()
    neovim.input("Go    def pop(self):<CR>")
    wait_until(lambda: neovim.ghost.count("\n") > 1, "lines below")
    lines = f"        {neovim.ghost}".split("\n")[:2]
    wait_until(lambda: neovim.screen.rows[8:10] == lines, "they are on the screen")
    neovim.shot("several-lines")
    neovim.input("<M-Down>")
    wait_until(lambda: neovim.lines[8:] == lines[:1], "the first line is accepted")
    neovim.input("<M-Down>")
    wait_until(lambda: neovim.lines[8:] == lines, "the second as well")


@pytest.mark.parametrize("where", ["", " buffer"])
def test_switched_off_and_on(neovim: Neovim, where: str) -> None:
    neovim.input(f"<Esc>:Midfill disable{where}<CR>Goreturn su")
    wait_until(lambda: neovim.lines[-1].endswith("return su"), "typed")
    requests = neovim.lua("return vim.tbl_values(vim.lsp.get_clients()[1].requests)")
    asked = [each for each in requests if each["type"] == "pending"]
    assert not any(each["method"] == "textDocument/inlineCompletion" for each in asked)
    assert neovim.marks == []
    assert neovim.state == "Midfill off"
    neovim.input(f"<Esc>:Midfill enable{where}<CR>A")
    neovim.wait_for_ghost()


def test_only_the_window_with_the_cursor_shows_it(neovim: Neovim) -> None:
    neovim.input("<Esc>dd:vsplit<CR>Go")
    neovim.input("return su")
    wait_until(lambda: any(row.startswith(WHOLE) for row in neovim.screen.rows), "it is shown")
    neovim.wait_for_all()
    [row] = [row for row in neovim.screen.rows if row.startswith(WHOLE)]
    assert row[len(WHOLE) :].strip("│ ") == TYPED.strip()
    neovim.input("<Cmd>wincmd w<CR>")
    wait_until(lambda: not neovim.marks, "it does not follow into another window")


def test_crlf_tabs_and_emoji(start_neovim: StartNeovim, real_model_env: dict[str, str]) -> None:
    neovim = start_neovim("", real_model_env)
    neovim.wait_until_ready()
    code = b"def total(prices):\r\n\treturn sum(prices)\r\n\r\n\r\nprices = [1, 2]\r\n"
    neovim.file.write_bytes(code)
    neovim.input(":e!<CR>")
    wait_until(lambda: len(neovim.lines) == 5, "the file is read again")
    neovim.input("Goprint('😀 名前', total())<Left><Left>p")
    begins = "print('😀 名前', total(prices)"
    wait_until(lambda: neovim.ghost.startswith("rices"), "the text is shown")
    neovim.shot("unusual")
    neovim.input("<Tab>")
    wait_until(lambda: neovim.lines[-1].startswith(begins), "it is accepted")
    neovim.input("<Esc>:w<CR>")
    saved = code + f"{neovim.lines[-1]}\r\n".encode()
    wait_until(lambda: neovim.file.read_bytes() == saved, "the line ends as the others do")


def test_text_that_another_changes_meanwhile(neovim: Neovim) -> None:
    _type(neovim)
    # No event of Neovim comes between the change and the answer.
    neovim.lua(
        "require('midfill.completion').ask(true)"
        "vim.api.nvim_buf_set_lines(0, -2, -1, true, {})"
        "vim.wait(100000, function() "
        "  return vim.tbl_isempty(vim.lsp.get_clients({name = 'midfill'})[1].requests) end)"
    )
    assert neovim.lines == BASKET.split("\n")[:-1]
    wait_until(lambda: not neovim.marks, "the answer to what is gone is not shown")
    assert "Error" not in neovim.messages


def test_shown_by_neovim_itself(start_neovim: StartNeovim, real_model_env: dict[str, str]) -> None:
    neovim = start_neovim(BASKET, real_model_env, "")
    ok, *error = neovim.lua("return {pcall(require('midfill').setup, {builtin = true})}")
    if not ok:
        assert error == ["midfill: builtin needs Neovim 0.12"]
        return
    neovim.wait_until_ready()
    neovim.input("Goreturn su")
    begins = "        return sum"
    wait_until(lambda: any(row.startswith(begins) for row in neovim.screen.rows), "it is shown")
    assert neovim.marks == []
    neovim.lua("vim.lsp.inline_completion.get()")
    wait_until(lambda: neovim.lines[-1].startswith(begins), "it is accepted")
