"""A copy of the workspace in which candidates are tried, so that nothing else can be changed.

The copy is made once. For each candidate only files that differ are brought in line again: those of
the candidate before, and what a test has changed, made or removed.

Dependencies are linked, because they are large and only read; caches and version control are left
out; what git ignores is copied, since tests may need it, and what a build leaves there stays.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import psutil

from midfill.engine import paths
from midfill.engine.context.files import Files
from midfill.engine.errors import MidfillError

LARGEST = 4 << 30
# Of folders that git ignores, those that have more in them are left out.
LARGEST_IGNORED = 512 << 20

_LEFT_OUT = frozenset({"version control", "made by tools"})
_LINKED = "dependencies"
# Beside the packages in a folder of dependencies.
_CACHES = frozenset({".cache", ".vite", ".vite-temp", "__pycache__"})
# A new file in a copy must look newer than what was built from the one before it.
_TICK_NS = 10_000_000

# Packages that are installed as links into the workspace must be those of the copy.
_REDIRECT = """\
import sys
OLD, NEW = {old!r}, {new!r}
def moved(path):
    inside = path == OLD or path.startswith(OLD + "/")
    return NEW + path[len(OLD):] if inside else path
sys.path[:] = [moved(path) for path in sys.path]
for name, module in list(sys.modules.items()):
    if name.startswith("__editable__"):
        for table in (getattr(module, "MAPPING", {{}}), getattr(module, "NAMESPACES", {{}})):
            for key, value in table.items():
                table[key] = moved(value) if isinstance(value, str) else [*map(moved, value)]
"""


class _Stamp(NamedTuple):
    """What tells that a file is still the same."""

    size: int
    modified: int
    changed: int
    number: int


class Workbench:
    """The copy, in the folder `copy`, of the workspace of `files`. Close it to remove it.

    `scratch` is a folder beside it, for what compilers put out. `left_out` tells which ignored
    folders were too large to be copied. What is in `unsaved` takes the place of files on the disk.
    Variables that are `hidden` are kept from commands.

    Raises:
        MidfillError: the workspace is too large, or the disk is full.
    """

    def __init__(
        self,
        files: Files,
        unsaved: Mapping[str, bytes] = MappingProxyType({}),
        hidden: Collection[str] = (),
    ) -> None:
        self.root = files.root
        self._unsaved = unsaved
        self._hidden = hidden
        self.left_out: list[str] = []
        self._files = files
        self._inside = re.compile(re.escape(str(self.root)) + r"(?![\w.-])")
        self._home = _home()
        self.copy = self._home / (self.root.name or "root")
        self.scratch = self._home / "scratch"
        self._python = self._home / "python"
        self._stamps: dict[str, tuple[_Stamp, _Stamp]] = {}
        self._clock = 0
        try:
            self.copy.mkdir()
            self.scratch.mkdir()
            self._python.mkdir()
            redirect = _REDIRECT.format(old=str(self.root), new=str(self.copy))
            (self._python / "sitecustomize.py").write_text(redirect, "utf-8")
            self.prepare({})
        except BaseException:
            self.close()
            raise

    def prepare(self, candidate: Mapping[str, bytes]) -> None:
        """Make the copy the workspace as it is now, but for the files of the candidate.

        Raises:
            MidfillError: the workspace is too large, or the disk is full.
        """
        try:
            self._follow()
            for path, data in {**self._unsaved, **candidate}.items():
                target = self.copy / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.unlink(missing_ok=True)
                target.write_bytes(data)
                with suppress(OSError):
                    shutil.copymode(self.root / path, target)
                self._touch(target)
        except OSError as error:
            raise MidfillError(
                f"cannot copy the workspace to {self._home}: {error.strerror}"
            ) from error

    def here(self, text: str) -> str:
        """What names a path in the workspace, with the same path in the copy."""
        return self._inside.sub(lambda _: str(self.copy), text)

    def environment(self, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
        """The variables for a command in the copy."""
        moved = {
            name: self.here(each) for name, each in environ.items() if name not in self._hidden
        }
        python = filter(None, [str(self._python), moved.get("PYTHONPATH", "")])
        return moved | {
            "PYTHONPATH": os.pathsep.join(python),
            # Python takes two versions of a file for one if both have one size and one second.
            "PYTHONDONTWRITEBYTECODE": "1",
            "GIT_CEILING_DIRECTORIES": str(self._home),
        }

    def told(self, output: str) -> str:
        """The output of a command in the copy, with the paths of the workspace."""
        return output.replace(str(self.copy), str(self.root))

    def close(self) -> None:
        """Remove the copy."""
        shutil.rmtree(self._home, ignore_errors=True)

    def __enter__(self) -> Workbench:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    # -- in line with the workspace ------------------------------------------------------------

    def _follow(self) -> None:
        self.left_out = []
        present: set[str] = set()
        total = 0
        for entry in self._entries(self.root):
            path = Path(entry.path).relative_to(self.root).as_posix()
            present.add(path)
            total += self._bring(entry, path)
            if total > LARGEST:
                raise MidfillError(
                    f"{self.root} has more than {LARGEST >> 30} GiB to copy for checking: "
                    "let git ignore what tests do not need, or open a smaller folder"
                )
        self._remove_others(present)

    def _entries(self, folder: Path) -> Iterator[os.DirEntry[str]]:
        """Everything that belongs into the copy, folders before what is in them."""
        for entry in _scan(folder):
            if not entry.is_dir(follow_symlinks=False):
                yield entry
                continue
            reason = self._files.excluded_folder(Path(entry.path)) or ""
            if reason in _LEFT_OUT or Path(entry.path) == self._home.parent:
                continue
            yield entry
            if reason == _LINKED:
                self._link_all(Path(entry.path))
            elif not reason:
                yield from self._entries(Path(entry.path))
            elif (size := _size(Path(entry.path))) <= LARGEST_IGNORED:
                yield from _everything(Path(entry.path))
            else:
                path = Path(entry.path).relative_to(self.root).as_posix()
                self.left_out.append(f"{path} is ignored, and too large ({size >> 20} MiB)")

    def _bring(self, entry: os.DirEntry[str], path: str) -> int:
        """Make the entry in the copy the same as in the workspace; returns its size."""
        target = self.copy / path
        if entry.is_symlink():
            self._link(Path(entry.path), target)
        elif entry.is_dir():
            if target.is_symlink() or target.is_file():
                target.unlink()
            target.mkdir(exist_ok=True)
        elif entry.is_file():
            with suppress(FileNotFoundError, PermissionError):
                return self._copy(Path(entry.path), target, path)
        return 0

    def _copy(self, file: Path, target: Path, path: str) -> int:
        now = _stamp(file)
        known = self._stamps.get(path)
        if known is None or known[0] != now or known[1] != _stamp(target, missing=True):
            if target.is_dir() and not target.is_symlink():
                shutil.rmtree(target)
            target.unlink(missing_ok=True)
            _clone(file, target)
            if known is None:
                shutil.copystat(file, target)  # so that what was built from it stays up to date
            else:
                shutil.copymode(file, target)
                self._touch(target)
            self._stamps[path] = now, _stamp(target)
        return now.size

    def _link(self, link: Path, target: Path) -> None:
        """The same link, to the same place of the copy if it leads into the workspace."""
        leads = link.parent / link.readlink()
        to = Path(os.path.normpath(leads))
        if to.is_relative_to(self.root):
            to = self.copy / to.relative_to(self.root)
        _point(target, to)

    def _link_all(self, folder: Path) -> None:
        """A folder of dependencies: links to each of them; those in the workspace are copied."""
        target = self.copy / folder.relative_to(self.root)
        target.mkdir(parents=True, exist_ok=True)
        for entry in _scan(folder):
            if entry.name in _CACHES:
                continue
            if entry.is_symlink() and self._is_ours(Path(entry.path)):
                self._link(Path(entry.path), target / entry.name)
            elif entry.name.startswith("@") and entry.is_dir():
                self._link_all(Path(entry.path))
            else:
                _point(target / entry.name, Path(entry.path))

    def _is_ours(self, link: Path) -> bool:
        to = link.resolve()
        return to.is_relative_to(self.root) and self._files.excluded_folder(to) != _LINKED

    def _remove_others(self, present: set[str]) -> None:
        """What tests have made. What is ignored stays, so that builds need not begin anew."""
        for entry in list(self._made(self.copy, present)):
            path = Path(entry.path)
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(path)
            else:
                path.unlink()

    def _made(self, folder: Path, present: set[str]) -> Iterator[os.DirEntry[str]]:
        for entry in _scan(folder):
            path = Path(entry.path).relative_to(self.copy)
            is_folder = entry.is_dir(follow_symlinks=False)
            there = self.root / path
            if is_folder and self._files.excluded_folder(there) is not None:
                continue
            if path.as_posix() not in present:
                if is_folder or self._files.excluded(there) is None:
                    yield entry
            elif is_folder:
                yield from self._made(Path(entry.path), present)

    def _touch(self, file: Path) -> None:
        self._clock = max(time.time_ns(), self._clock + _TICK_NS)
        os.utime(file, ns=(self._clock, self._clock))


def _home() -> Path:
    """A new folder for a workbench; those of processes that are gone are removed."""
    folder = paths.private_dir(paths.cache_dir() / "workbench")
    for left in folder.iterdir():
        owner = left.name.partition("-")[0]
        if owner.isdecimal() and not psutil.pid_exists(int(owner)):
            shutil.rmtree(left, ignore_errors=True)
    home = folder / f"{os.getpid()}-{secrets.token_hex(4)}"
    home.mkdir(mode=0o700)
    return home.resolve()


def _scan(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except (PermissionError, FileNotFoundError):
        return []


def _everything(folder: Path) -> Iterator[os.DirEntry[str]]:
    for entry in _scan(folder):
        yield entry
        if entry.is_dir(follow_symlinks=False):
            yield from _everything(Path(entry.path))


def _size(folder: Path) -> int:
    total = 0
    for entry in _everything(folder):
        with suppress(OSError):
            total += entry.stat(follow_symlinks=False).st_size
        if total > LARGEST_IGNORED:
            break
    return total


def _stamp(file: Path, *, missing: bool = False) -> _Stamp:
    try:
        found = file.lstat()
    except (FileNotFoundError, NotADirectoryError):
        if not missing:
            raise
        return _Stamp(-1, 0, 0, 0)
    if not stat.S_ISREG(found.st_mode):
        return _Stamp(-1, 0, 0, 0)
    return _Stamp(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def _clone(file: Path, target: Path) -> None:
    """A copy; the kernel shares the blocks where the file system can."""
    if not hasattr(os, "copy_file_range"):
        shutil.copyfile(file, target)
        return
    with file.open("rb") as source, target.open("wb") as copied:
        try:
            while os.copy_file_range(source.fileno(), copied.fileno(), 1 << 30):
                pass
        except OSError:
            copied.seek(0)
            copied.truncate()
            source.seek(0)
            shutil.copyfileobj(source, copied)


def _point(link: Path, to: Path) -> None:
    if link.is_symlink() and link.readlink() == to:
        return
    if link.is_dir() and not link.is_symlink():
        shutil.rmtree(link)
    link.unlink(missing_ok=True)
    link.symlink_to(to)
