"""A repair as a commit of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from midfill.engine.errors import MidfillError
from midfill.engine.repair.commit import check_clean, commit


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of a repository, with two files that are committed."""
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "A")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "a@b.example")
    git(tmp_path, "init", "--quiet", "repository")
    made = tmp_path / "repository" / "shop"
    made.mkdir()
    (made / "a.py").write_text("a = 1\n")
    (made / "b ü.py").write_text("b = 1\n")
    git(made, "add", ".")
    git(made, "commit", "--quiet", "--message", "Begin")
    return made


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(("git", *arguments), cwd=folder, capture_output=True, check=True)
    return done.stdout.decode()


def test_only_the_files_that_are_meant(root: Path) -> None:
    (root / "a.py").write_text("a = 3\n")
    git(root, "add", ".")
    check_clean(root, ["b ü.py"])
    (root / "b ü.py").write_text("b = 2\n")
    name = commit(root, ["b ü.py"], "Repair it\n\nChecked: tests.")
    assert git(root, "log", "-1", "--format=%h %s").split("\n")[0] == f"{name} Repair it"
    assert git(root, "status", "--short") == "M  a.py\n"


@pytest.mark.parametrize("staged", [False, True])
def test_what_somebody_has_changed_is_not_committed_with_it(root: Path, staged: bool) -> None:
    (root / "b ü.py").write_text("b = 3\n")
    if staged:
        git(root, "add", ".")
    with pytest.raises(MidfillError, match=r"b ü.py has changes of yours"):
        check_clean(root, ["a.py", "b ü.py"])


def test_what_git_does_not_keep(root: Path) -> None:
    (root / "c.py").write_text("c = 1\n")
    with pytest.raises(MidfillError, match=r"git does not keep c.py"):
        check_clean(root, ["c.py"])


def test_a_hook_may_refuse(root: Path) -> None:
    hook = root.parent / ".git" / "hooks" / "pre-commit"
    hook.write_text("#!/bin/sh\necho no >&2\nexit 1\n")
    hook.chmod(0o755)
    (root / "a.py").write_text("a = 2\n")
    with pytest.raises(MidfillError, match="git commit failed: no"):
        commit(root, ["a.py"], "Repair it")


def test_no_repository(tmp_path: Path) -> None:
    with pytest.raises(MidfillError, match="not a git repository"):
        check_clean(tmp_path, ["a.py"])
