"""What others may read, and what the editor's extension may do."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path

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


def test_every_package_of_the_extension_is_locked_by_its_hash() -> None:
    packages = json.loads((EXTENSION / "package-lock.json").read_text())["packages"]
    unlocked = [
        name
        for name, package in packages.items()
        if name
        and not package.get("link")
        and not package.get("integrity", "").startswith("sha512-")
    ]
    assert unlocked == []


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
