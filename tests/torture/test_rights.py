"""What others may read, and what the editor's extension may do."""

from __future__ import annotations

import itertools
import json
import re
import stat
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from midfill.engine.models.catalogue import CATALOGUE

from .conftest import StartSession
from .processes import until

REPOSITORY = Path(__file__).parents[2]
EXTENSION = REPOSITORY / "extension" / "vscode"


def open_to_others(file: Path, below: Path) -> bool:
    """Whether another user may read the file: its mode and that of each folder allow it."""
    folders = [folder for folder in file.parents if folder.is_relative_to(below)]
    modes = [stat.S_IMODE(each.stat().st_mode) for each in (file, *folders)]
    return all(mode & 0o055 for mode in modes)


def test_nothing_that_is_written_is_open_to_others(
    start_session: StartSession, bare_env: dict[str, str], home: Path, tmp_path: Path
) -> None:
    home.chmod(0o755)
    (tmp_path / "a.py").write_text("def private_name():\n    return 1\n")
    session = start_session(bare_env)
    session.initialize(root=tmp_path)
    until(lambda: any(b"private_name" in _bytes(file) for file in home.rglob("*.sqlite*")), 60)
    session.notify("midfill/didEndSuggestion", {"languageId": "python", "accepted": 3, "kept": 3})
    assert "result" in session.request("midfill/statistics", None)
    assert session.shut_down() == 0
    written = [file for file in home.rglob("*") if file.is_file()]
    assert written
    assert [file.name for file in written if open_to_others(file, home)] == []


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""


@pytest.mark.parametrize("folder", ["extension/vscode", "tests/e2e/vscode"])
def test_every_package_of_npm_is_locked_by_its_hash(folder: str) -> None:
    packages = json.loads((REPOSITORY / folder / "package-lock.json").read_text())["packages"]
    fetched = {name: each for name, each in packages.items() if name and not each.get("link")}
    assert fetched
    for name, package in fetched.items():
        assert package["integrity"].startswith("sha512-"), name
        assert "resolved" not in package, name  # so that no other registry is asked


def test_a_model_from_a_mirror_that_nobody_vouches_for_is_known_by_its_hash() -> None:
    mirrored = [model for model in CATALOGUE if model.wheels is not None]
    assert mirrored
    for model in mirrored:
        assert re.fullmatch(r"[0-9a-f]{64}", model.sha256 or ""), model.name
        assert model.exact, model.name


def test_no_dependency_may_be_any_version() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    groups = [
        project["project"]["dependencies"],
        *project["project"]["optional-dependencies"].values(),
        *project["dependency-groups"].values(),
    ]
    for requirement in map(Requirement, itertools.chain(*groups)):
        assert requirement.url is None, requirement
        assert {each.operator for each in requirement.specifier} & {"==", "<"}, requirement
    for line in (REPOSITORY / "tests/engine/remote/vllm/requirements.txt").read_text().splitlines():
        if not line.startswith("#"):
            assert {each.operator for each in Requirement(line).specifier} == {"=="}, line


def test_a_folder_that_nobody_trusts_names_no_program() -> None:
    """Settings that say what runs or where it goes are the person's or the machine's."""
    manifest = json.loads((EXTENSION / "package.json").read_text())
    restricted = manifest["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"]
    sections = manifest["contributes"]["configuration"]
    sections = sections if isinstance(sections, list) else [sections]
    settings = {name: each for section in sections for name, each in section["properties"].items()}
    risky = [
        name for name in settings if re.search(r"path|command|endpoint|key|model$", name.lower())
    ]
    assert risky
    for name in risky:
        assert name in restricted or settings[name]["scope"] in ("machine", "application"), name
