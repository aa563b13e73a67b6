"""A repair as a commit of its own."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from midfill.engine.errors import MidfillError


def check_clean(root: Path, paths: Sequence[str]) -> None:
    """Make sure that a commit of these files would hold the repair and nothing else.

    Raises:
        MidfillError: one has changes that are not committed, or git does not keep it.
    """
    tracked = _git(root, "ls-files", "--", *paths).split("\n")
    for path in paths:
        if path not in tracked:
            raise MidfillError(f"git does not keep {path}: add it first, or leave out --commit")
    changed = _git(root, "diff", "HEAD", "--name-only", "--relative", "--", *paths).split("\n")
    if changed[0]:
        raise MidfillError(
            f"{changed[0]} has changes of yours: commit them first, or leave out --commit"
        )


def commit(root: Path, paths: Sequence[str], message: str) -> str:
    """Commit these files alone; what is staged of others stays so. Returns the commit's short name.

    Raises:
        MidfillError: git refuses, perhaps by a hook; the files are changed nevertheless.
    """
    _git(root, "commit", "--quiet", "--message", message, "--only", "--", *paths)
    return _git(root, "rev-parse", "--short", "HEAD").strip()


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ("git", "-c", "core.quotePath=false", *arguments),
            cwd=root,
            capture_output=True,
            check=False,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        raise MidfillError(f"cannot run git: {error.strerror}") from error
    if done.returncode:
        said = done.stderr.strip().rpartition("\n")[2]
        raise MidfillError(f"git {arguments[0]} failed: {said}")
    return done.stdout
