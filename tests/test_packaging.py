"""What the wheel brings into somebody's environment."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """A wheel built from a copy of the sources."""
    folder = tmp_path_factory.mktemp("wheel")
    sources = folder / "sources"
    shutil.copytree(
        ROOT,
        sources,
        ignore=shutil.ignore_patterns(".*", "build", "dist", "node_modules", "__pycache__"),
    )
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", folder, sources]
    subprocess.run(command, check=True)
    [file] = folder.glob("*.whl")
    return zipfile.ZipFile(file)


def test_nothing_else_at_top_level(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"midfill"}
    packages = {name.split("/")[1] for name in wheel.namelist() if name.startswith("midfill/")}
    assert packages == {"lsp", "engine", "grammars"}


def test_the_command_is_there(wheel: zipfile.ZipFile) -> None:
    [points] = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]
    assert "midfill = midfill.engine.cli.main:main" in wheel.read(points).decode()


def test_every_module_and_query_is_there(wheel: zipfile.ZipFile) -> None:
    expected = {
        f"midfill/{file.relative_to(ROOT).as_posix()}"
        for package in ("lsp", "engine", "grammars")
        for pattern in ("*.py", "*.scm", "*.toml", "py.typed")
        for file in (ROOT / package).rglob(pattern)
    }
    assert expected <= set(wheel.namelist())


def test_every_package_is_declared() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    found = {
        "midfill." + file.parent.relative_to(ROOT).as_posix().replace("/", ".")
        for package in ("lsp", "engine", "grammars")
        for file in (ROOT / package).rglob("__init__.py")
    }
    assert set(declared["packages"]) == found
