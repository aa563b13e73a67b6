"""Editors in a home of their own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from midfill.engine.check import Check
from midfill.engine.doctor.editors import editors


@pytest.fixture(autouse=True)
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in front of PATH, and no editor behind it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{Path(sys.executable).parent}")
    return folder


def program(file: Path, prints: str = "") -> None:
    file.write_text(f"#!/bin/sh\necho '{prints}'\n")
    file.chmod(0o755)


def configure_neovim(home: Path) -> None:
    file = home / ".config" / "nvim" / "lua" / "plugins.lua"
    file.parent.mkdir(parents=True)
    file.write_text("require('midfill').setup()\n")


def found(home: Path) -> dict[str, Check]:
    return {check.name: check for check in editors(home, {})}


def test_none(tmp_path: Path) -> None:
    (tmp_path / ".config" / "nvim").mkdir(parents=True)
    (tmp_path / ".config" / "nvim" / "init.lua").write_text("vim.o.number = true\n")
    [check] = found(tmp_path).values()
    assert (check.name, check.status) == ("editor", "warning")


@pytest.mark.parametrize(
    ("file", "editor"),
    [
        (".config/nvim/init.lua", "Neovim"),
        (".config/zed/settings.json", "Zed"),
        (".config/helix/languages.toml", "Helix"),
        (".emacs", "Emacs"),
        (".vscode/extensions/midfill.midfill-0.1.0/package.json", "VS Code"),
        (".vscode-server/extensions/midfill.midfill-0.1.0/package.json", "VS Code"),
    ],
)
def test_each(tmp_path: Path, path: Path, file: str, editor: str) -> None:
    program(path / "nvim", "NVIM v0.11.4")
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text("midfill")
    checks = found(tmp_path)
    assert checks["editor"].detail == f"{editor}: set up"
    assert {check.status for check in checks.values()} == {"ok"}


def test_an_old_neovim(tmp_path: Path, path: Path) -> None:
    configure_neovim(tmp_path)
    program(path / "nvim", "NVIM v0.9.5")
    check = found(tmp_path)["Neovim"]
    assert check.status == "error"
    assert "v0.9" in check.detail


def test_another_midfill_on_the_path(tmp_path: Path, path: Path) -> None:
    configure_neovim(tmp_path)
    program(path / "midfill")
    check = found(tmp_path)["command"]
    assert (check.status, str(path / "midfill") in check.detail) == ("warning", True)


def test_no_midfill_on_the_path(
    tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure_neovim(tmp_path)
    monkeypatch.setenv("PATH", str(path))
    check = found(tmp_path)["command"]
    assert check.status == "error"
    assert str(Path(sys.executable).parent) in check.fix
