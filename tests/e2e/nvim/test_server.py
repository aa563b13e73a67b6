"""The server under the plugin: its states, its end, and what `:Midfill` says of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import psutil
import pytest

from ...conftest import engines
from .conftest import Neovim, StartNeovim, wait_until

pytestmark = pytest.mark.model

CODE = "def total(numbers):\n    return sum(numbers)\n\n\nnumbers = [1, 2]\n"
ROOMY = "vim.o.cmdheight = 6 require('midfill').setup()"  # no message waits for a key


@pytest.fixture
def neovim(start_neovim: StartNeovim, real_model_env: Mapping[str, str]) -> Neovim:
    """A Neovim whose model is loaded."""
    neovim = start_neovim(CODE, real_model_env, ROOMY)
    neovim.wait_until_ready()
    return neovim


def _server(neovim: Neovim) -> psutil.Process:
    [server] = psutil.Process(neovim.process.pid).children()
    return server


def test_a_killed_server_is_started_again(neovim: Neovim) -> None:
    killed = _server(neovim)
    neovim.input("Goprint(to")
    killed.kill()
    wait_until(lambda: "the server ended (signal 9)" in neovim.messages, "it is said")
    neovim.shot("crashed")
    neovim.wait_until_ready()
    assert _server(neovim).pid != killed.pid
    neovim.input("tal(n")
    wait_until(lambda: neovim.ghost.startswith("umbers"), "there is grey text as before")


def test_a_server_that_is_stopped_stays_so(neovim: Neovim) -> None:
    clients = "vim.lsp.get_clients({name = 'midfill'})"
    neovim.lua(f"{clients}[1]:stop(true)")
    wait_until(lambda: not neovim.lua(f"return #{clients}"), "it has ended")
    assert "the server ended" not in neovim.messages


def test_two_share_one_engine(start_neovim: StartNeovim, fresh_engine_env: dict[str, str]) -> None:
    two = [start_neovim(CODE, fresh_engine_env, ROOMY) for _ in range(2)]
    for neovim in two:
        neovim.wait_until_ready()
        neovim.input("Goprint(total(n")
        neovim.wait_for_ghost()
    assert _server(two[0]).pid != _server(two[1]).pid
    assert len(engines(Path(fresh_engine_env["MIDFILL_RUNTIME_DIR"]))) == 1


def test_a_server_that_goes_on_failing_is_left(start_neovim: StartNeovim) -> None:
    crash = "vim.lsp.config('midfill', {cmd = {'false'}}) "
    neovim = start_neovim(CODE, init=crash + ROOMY)
    wait_until(
        lambda: "the server ended 3 times in a row (exit status 1)" in neovim.messages, "said"
    )
    assert neovim.state == ""
    neovim.lua("vim.lsp.config('midfill', {cmd = {'midfill', 'serve'}})")
    neovim.input(":Midfill enable<CR>")
    wait_until(lambda: neovim.lua("return #vim.lsp.get_clients({name = 'midfill'})"), "it runs")


def test_by_neovims_own_means(start_neovim: StartNeovim, real_model_env: dict[str, str]) -> None:
    neovim = start_neovim(CODE, real_model_env, "vim.lsp.enable('midfill')")
    neovim.wait_until_ready()
    neovim.input("Goprint(total(n")
    wait_until(lambda: neovim.ghost.startswith("umbers"), "there is grey text without setup()")


def test_states(start_neovim: StartNeovim, fresh_engine_env: dict[str, str]) -> None:
    record = (
        "_G.states = {} vim.api.nvim_create_autocmd('User', {pattern = 'MidfillStatus', callback = "
        "function() table.insert(_G.states, require('midfill').statusline()) end}) "
    )
    line = """vim.o.statusline = "%f %=%{v:lua.require'midfill'.statusline()}" """
    long = CODE + "".join(f"numbers.append({number})\n" for number in range(100))
    neovim = start_neovim(long, fresh_engine_env, record + line + ROOMY)
    _shows_state(neovim, "loading")
    _shows_state(neovim, "ready")
    neovim.input("Goprint(total(")
    _shows_state(neovim, "thinking")
    neovim.wait_for_ghost()
    neovim.wait_for_all()
    states = neovim.lua("return _G.states")
    assert any(state.startswith("Midfill loading ") and state.endswith("%") for state in states)
    assert "Midfill thinking" in states
    neovim.wait_until_ready()


def _shows_state(neovim: Neovim, state: str) -> None:
    """Wait until this stands in the status line."""
    wait_until(lambda: f"Midfill {state}" in "\n".join(neovim.screen.rows), state)
    neovim.shot(state)


def test_wrong_settings(start_neovim: StartNeovim) -> None:
    setup = "vim.o.cmdheight = 6 require('midfill').setup({settings = {model = 5}})"
    neovim = start_neovim(CODE, init=setup)
    wait_until(lambda: neovim.state == "Midfill error", "something is wrong")
    neovim.input(":Midfill<CR>")
    said = "No suggestion: the editor's settings: Expected `str`, got `int` - at `$.model`"
    wait_until(lambda: said in neovim.screen.rows, "the reason is shown")


def test_without_a_model(start_neovim: StartNeovim, fresh_engine_env: dict[str, str]) -> None:
    env = {**fresh_engine_env, "MIDFILL_MODEL": "/nowhere.gguf"}
    neovim = start_neovim(CODE, env, ROOMY)
    wait_until(lambda: neovim.state == "Midfill warning", "something is wrong")
    neovim.input(":Midfill<CR>")
    wait_until(lambda: "No suggestion: " in "\n".join(neovim.screen.rows), "the reason is shown")
    neovim.input(":checkhealth midfill<CR>")
    wait_until(lambda: any("/nowhere.gguf" in line for line in neovim.lines), "the reason is there")
    neovim.shot("health")


def test_why_there_is_nothing(neovim: Neovim) -> None:
    neovim.input("gg0eli")  # within the word `total`
    neovim.input("<Right>")
    neovim.lua("require('midfill.completion').ask(false)")
    neovim.input("<Esc>:Midfill<CR>")
    said = "No suggestion: the cursor is inside a word"
    wait_until(lambda: said in neovim.screen.rows, "the reason is shown")
    neovim.shot("reason")


def test_what_is_said(neovim: Neovim) -> None:
    neovim.input(":Midfill status<CR>")
    first = "Midfill is ready, with qwen2.5-coder-0.5b-instruct-q4_k_m on this machine (CPU)"
    wait_until(lambda: first in neovim.screen.rows, "the state is shown")
    neovim.input(":Midfill nonsense<CR>")
    wait_until(lambda: "there is no ':Midfill nonsense'" in neovim.messages, "the mistake is named")
    neovim.input(":Midfill disable bufer<CR>")
    wait_until(lambda: "no ':Midfill disable bufer'" in neovim.messages, "this one as well")
    assert neovim.state == "Midfill ready"


def test_what_became_of_suggestions(
    start_neovim: StartNeovim, fresh_engine_env: dict[str, str]
) -> None:
    soon = "require('midfill.outcome').told_after_ms = 1000 "
    neovim = start_neovim(CODE, fresh_engine_env, soon + ROOMY)
    neovim.wait_until_ready()
    neovim.input("Goprint(total(n")
    wait_until(lambda: neovim.ghost.startswith("umbers))"), "the text is shown")
    neovim.input("<M-Right><Esc>")
    wait_until(lambda: neovim.lines[-1] == "print(total(numbers", "a word is accepted")
    neovim.input("xx")

    def told() -> bool:
        neovim.input(":Midfill stats<CR>")
        return "6 characters accepted, 4 of them there a minute later" in neovim.screen.rows

    wait_until(told, "it is counted")
    assert "python: 1 shown, 1 accepted" in neovim.screen.rows
    neovim.shot("statistics")


def test_a_buffer_that_is_read_again(
    start_neovim: StartNeovim, fresh_engine_env: dict[str, str]
) -> None:
    neovim = start_neovim(CODE, fresh_engine_env, ROOMY)
    neovim.wait_until_ready()
    neovim.input("Goprint(total(n")
    wait_until(lambda: neovim.ghost.startswith("umbers))"), "the text is shown")
    neovim.input("<M-Right><Esc>:w<CR>:e!<CR>")
    wait_until(lambda: neovim.lines[-1] == "print(total(numbers", "a word is accepted")

    def told() -> bool:
        neovim.input(":Midfill stats<CR>")
        return "6 characters accepted, 6 of them there a minute later" in neovim.screen.rows

    wait_until(told, "it is counted")


def test_the_context(start_neovim: StartNeovim, real_model_env: dict[str, str]) -> None:
    neovim = start_neovim("from shop import total\n\nprint(total", real_model_env, "")
    (neovim.file.parent / ".git").mkdir()
    (neovim.file.parent / "shop.py").write_text(CODE)
    neovim.lua(ROOMY)
    neovim.wait_until_ready()

    def shown() -> bool:
        neovim.input("<Esc>G$:Midfill context<CR>")
        wait_until(lambda: neovim.lua("return vim.bo.buftype") == "nofile", "the context is open")
        if "## shop.py:1, imported: total" in neovim.lines:
            return True
        neovim.input(":bwipe<CR>")
        wait_until(lambda: neovim.lua("return vim.bo.buftype") == "", "it is closed")
        return False

    wait_until(shown, "the other file is read, and in the context")
    assert "def total(numbers):" in "\n".join(neovim.lines)
    neovim.shot("context")
    assert neovim.lua("return vim.bo.modifiable") is False


def test_a_model_is_chosen(neovim: Neovim) -> None:
    neovim.lua(
        "vim.ui.select = function(models, options, choose)"
        "  _G.offered = vim.tbl_map(options.format_item, models) choose(models[1]) end"
    )
    neovim.input(":Midfill models<CR>")
    settings = "return vim.tbl_get(vim.lsp.get_clients()[1].settings, 'midfill', 'model')"
    wait_until(lambda: neovim.lua(settings) == "0.5b", "it is used")
    # Behind it stands how fast it is, where that is known.
    assert neovim.lua("return _G.offered[1]").startswith("0.5b  0.5 GB  Apache-2.0  installed")


def test_from_nothing_to_grey_text(
    start_neovim: StartNeovim, fresh_engine_env: dict[str, str], model_path: Path, tmp_path: Path
) -> None:
    (tmp_path / "models").mkdir()
    setup = (
        "vim.o.cmdheight = 6 require('midfill').setup({settings = {model = '0.5b', models = "
        f"{{dir = '{tmp_path / 'models'}', sources = {{'file:{model_path.parent}'}}}}}}}})"
    )
    neovim = start_neovim(CODE, {**fresh_engine_env, "MIDFILL_MODEL": ""}, setup)
    offered = "1: Download 0.5b (491.4 MB)"
    wait_until(lambda: offered in neovim.screen.rows, "a model is offered")
    neovim.shot("offered")
    neovim.input("1<CR>")
    wait_until(lambda: neovim.state.startswith("Midfill downloading"), "it is fetched")
    neovim.wait_until_ready()
    neovim.input("Goprint(total(n")
    wait_until(lambda: neovim.ghost.startswith("umbers"), "there is grey text")


def test_settings_reach_the_server(
    start_neovim: StartNeovim, real_model_env: dict[str, str]
) -> None:
    setup = "require('midfill').setup({settings = {completion = {enabled = false}}})"
    neovim = start_neovim(CODE, real_model_env, setup)
    wait_until(lambda: neovim.state == "Midfill off", "completion is off")


def test_the_log(neovim: Neovim) -> None:
    neovim.input(":Midfill log<CR>")
    wait_until(lambda: any("has started" in line for line in neovim.lines), "the log is open")
    assert not any("total" in line for line in neovim.lines)


def test_health(neovim: Neovim) -> None:
    neovim.input(":checkhealth midfill<CR>")
    model = "files without a folder: qwen2.5-coder-0.5b-instruct-q4_k_m"
    wait_until(lambda: any(line.endswith(model) for line in neovim.lines), "all is well")
    assert not any("WARNING" in line or "ERROR" in line for line in neovim.lines)
    assert not any("another mapping" in line for line in neovim.lines)
    neovim.input(":bwipe<CR>:inoremap <buffer> <Tab> x<CR>:checkhealth midfill<CR>")
    mapped = "<Tab> (accept) has another mapping in basket.py"
    wait_until(lambda: any(mapped in line for line in neovim.lines), "it is told of")


def test_the_command_completes(bare_neovim: Neovim) -> None:
    complete = "return vim.fn.getcompletion(..., 'cmdline')"
    assert bare_neovim.lua(complete, "Midfill s") == ["stats", "status", "stop"]
    assert bare_neovim.lua(complete, "Midfill disable ") == ["buffer"]
    assert bare_neovim.lua(complete, "Midfill log ") == []
