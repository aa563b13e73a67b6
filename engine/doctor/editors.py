"""Editors: whether one is set up, is new enough, and finds this `midfill`."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from midfill.engine.check import Check

_NEOVIM = (0, 11)  # the first with vim.lsp.config
_SET_UP = (
    "in Neovim's init.lua: require('midfill').setup(); for VS Code: code --install-extension "
    "midfill.vsix; in others, name the language server: midfill serve"
)
_TEXTS = (".lua", ".vim", ".el", ".json", ".toml")
_TIMEOUT_S = 5.0


def editors(home: Path, environ: dict[str, str]) -> Iterator[Check]:
    """Checks of the editors that this person has set up; `home` is their folder."""
    found = list(_set_up(home, environ))
    if not found:
        yield Check("editor", "warning", "none is set up for Midfill", _SET_UP)
        return
    yield Check("editor", "ok", f"{', '.join(found)}: set up")
    if "Neovim" in found:
        yield from _neovim()
    yield _command()


def _set_up(home: Path, environ: dict[str, str]) -> Iterator[str]:
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    neovim = environ.get("NVIM_APPNAME") or "nvim"
    places = {
        "Neovim": (config / neovim, home / "AppData/Local" / neovim),
        "Emacs": (home / ".emacs", home / ".emacs.d/init.el", config / "emacs/init.el"),
        "Helix": (config / "helix",),
        "Zed": (config / "zed",),
    }
    for name, paths in places.items():
        if any(_mentioned(path) for path in paths):
            yield name
    if any(home.glob(".vscode*/extensions/midfill.midfill-*")):
        yield "VS Code"


def _mentioned(path: Path) -> bool:
    """Whether a configuration, be it one file or a folder of them, speaks of Midfill."""
    files = [path] if path.is_file() else path.rglob("*")
    for file in files:
        if file == path or file.suffix in _TEXTS:
            try:
                if "midfill" in file.read_text("utf-8", "replace"):
                    return True
            except OSError:
                continue
    return False


def _neovim() -> Iterator[Check]:
    nvim = shutil.which("nvim")
    if nvim is None:
        return
    done = subprocess.run([nvim, "--version"], capture_output=True, text=True, timeout=_TIMEOUT_S)
    version = re.search(r"NVIM v(\d+)\.(\d+)", done.stdout)
    if version and (int(version[1]), int(version[2])) < _NEOVIM:
        detail = f"{version[0]}, but Midfill's plugin needs 0.11"
        yield Check("Neovim", "error", detail, "install 0.11 or newer: https://neovim.io")


def _command() -> Check:
    """Whether editors start this installation. They look for it on PATH."""
    here = Path(sys.executable).parent
    found = shutil.which("midfill")
    fix = f"put {here} in front of PATH, or name {here / 'midfill'} in the editor's settings"
    if found is None:
        return Check("command", "error", "no midfill on PATH for editors to start", fix)
    if Path(found).parent != here:
        detail = f"PATH has another installation's midfill: {found}"
        return Check("command", "warning", detail, fix)
    return Check("command", "ok", found)
