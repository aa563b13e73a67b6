"""From the paths that tools print to files of the workspace."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path, PurePosixPath, PureWindowsPath
from urllib.parse import unquote, urlsplit

from midfill.engine.context.files import Files

OUTSIDE = "outside of the workspace"
MISSING = "not in the workspace"
_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|[^/]*\\")
# Below these lies what others wrote, on whatever machine.
_OTHERS = frozenset({"site-packages", "dist-packages", "node_modules", "rustlib", "rustc", "usr"})


class NotFound(Exception):
    """Why a path is none of the workspace's files."""


class Finder:
    """The files of the workspace, for tools that ran in its folder `cwd`, here or elsewhere.

    Paths of another machine, of a container, or of another folder than the tool ran in are found
    by how they end.
    """

    def __init__(self, files: Files, cwd: Path | None = None) -> None:
        self._files = files
        self._cwd = (cwd or files.root).resolve()

    def find(self, printed: str, folder: str = "") -> str:
        """The path relative to the workspace, with slashes.

        Args:
            printed: as the tool names it: a path or a `file:` URL.
            folder: in which folder the tool says it works, where it does.

        Raises:
            NotFound: it is outside, excluded, or not there.
        """
        path = _path(printed)
        for base in dict.fromkeys((self._cwd / folder, self._cwd, self._files.root)):
            if _is_file(base / path):
                return self._relative(base / path)
        return self._by_end(PurePosixPath(folder) / path)

    def _relative(self, path: Path) -> str:
        reason = self._files.excluded(path)
        if reason is not None:
            raise NotFound(reason)
        return path.resolve().relative_to(self._files.root).as_posix()

    def _by_end(self, path: PurePosixPath) -> str:
        """The file that has the most last parts of the path in common, if there is only one."""
        if _OTHERS.intersection(path.parts[:-1]):
            raise NotFound(OUTSIDE)
        parts = tuple(part for part in path.parts if part not in ("/", ".", ".."))
        named = self._by_name.get(path.name, [])
        shared = {each: _shared(PurePosixPath(each).parts, parts) for each in named}
        most = max(shared.values(), default=0)
        best = [each for each, count in shared.items() if count == most]
        # An absolute path that ends like a file of the workspace by its name alone is another one.
        if len(best) == 1 and (most > 1 or len(parts) == 1 or self._files.root.name in parts):
            return self._relative(self._files.root / best[0])
        raise NotFound(OUTSIDE if path.is_absolute() else MISSING)

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for file in self._files.walk():
            path = file.relative_to(self._files.root).as_posix()
            found.setdefault(file.name, []).append(path)
        return found


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False  # what is no path at all: too long, with a NUL


def _path(printed: str) -> PurePosixPath:
    if printed.startswith("file:"):
        printed = unquote(urlsplit(printed).path)
        printed = printed[1:] if re.match(r"/[A-Za-z]:", printed) else printed
    if _WINDOWS.match(printed):
        windows = PureWindowsPath(printed)
        # Not a path of this system, so that its drive never counts as a folder.
        return PurePosixPath("/" if windows.drive else "", *windows.parts[bool(windows.drive) :])
    return PurePosixPath(printed)


def _shared(left: tuple[str, ...], right: tuple[str, ...]) -> int:
    count = 0
    for one, other in zip(reversed(left), reversed(right), strict=False):
        if one != other:
            break
        count += 1
    return count
