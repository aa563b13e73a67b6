"""All files or none, at whatever moment the process ends, and all of it undone."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from midfill.engine.context.files import Files
from midfill.engine.errors import MidfillError
from midfill.engine.repair.apply import Change, apply, recover
from midfill.engine.repair.diff import unified
from midfill.engine.repair.journal import KEPT, Journal
from midfill.engine.repair.source import decoded, digest, read
from midfill.engine.repair.undo import undo

OLD = {"a.py": b"a = 1\n", "b.py": b"\xef\xbb\xbfb = 1\r\nbb = 1", "made/new/c.py": None}
NEW = {"a.py": b"a = 2\n", "b.py": b"\xef\xbb\xbfb = 2\r\nbb = 1", "made/new/c.py": b"c = 2\n"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return workspace(tmp_path / "shop")


def workspace(root: Path) -> Path:
    root.mkdir()
    for name, data in OLD.items():
        if data is not None:
            (root / name).write_bytes(data)
    (root / "b.py").chmod(0o754)
    return root


def changes() -> list[Change]:
    return [
        Change(name, None if data is None else digest(data), NEW[name])
        for name, data in OLD.items()
    ]


def content(root: Path) -> dict[str, bytes | None]:
    return {name: (root / name).read_bytes() if (root / name).exists() else None for name in OLD}


def leftovers(root: Path) -> list[Path]:
    return list(root.rglob(".midfill*"))


def test_all_files(root: Path) -> None:
    apply(Files(root), changes())
    assert content(root) == NEW
    assert stat.S_IMODE((root / "b.py").stat().st_mode) == 0o754
    assert not leftovers(root)


def test_undo(root: Path) -> None:
    apply(Files(root), changes())
    assert undo(root) == list(OLD)
    assert content(root) == OLD
    assert not (root / "made").exists()
    assert stat.S_IMODE((root / "b.py").stat().st_mode) == 0o754
    with pytest.raises(MidfillError, match="nothing to undo"):
        undo(root)


def test_undo_again_and_again(root: Path) -> None:
    for number in range(KEPT + 3):
        source = read(root / "a.py", Files(root))
        apply(Files(root), [Change.of(source, f"a = {number}\n")])
    for number in range(KEPT + 1, 1, -1):
        undo(root)
        assert (root / "a.py").read_text() == f"a = {number}\n"
    with pytest.raises(MidfillError, match="nothing to undo"):
        undo(root)


def test_undo_never_loses_what_came_after(root: Path) -> None:
    apply(Files(root), changes())
    (root / "a.py").write_bytes(b"a = 3\n")
    with pytest.raises(MidfillError, match=r"a\.py has changed since"):
        undo(root)
    assert content(root) == NEW | {"a.py": b"a = 3\n"}


def test_undo_follows_no_link_that_has_taken_the_place_of_a_folder(
    root: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    apply(Files(root), changes())
    (root / "made" / "new").rename(outside)
    (root / "made" / "new").symlink_to(outside)
    with pytest.raises(MidfillError, match="a link has taken the place"):
        undo(root)
    assert content(root) == NEW
    assert (outside / "c.py").read_bytes() == NEW["made/new/c.py"]
    (root / "made" / "new").unlink()
    outside.rename(root / "made" / "new")
    undo(root)
    assert content(root) == OLD


@pytest.mark.parametrize("instead", ["folder", "pipe"])
def test_undo_of_a_file_that_is_none_any_more(root: Path, instead: str) -> None:
    apply(Files(root), changes())
    (root / "b.py").unlink()
    if instead == "pipe":
        os.mkfifo(root / "b.py")
    else:
        (root / "b.py").mkdir()
    with pytest.raises(MidfillError, match=r"b\.py"):
        undo(root)
    assert (root / "a.py").read_bytes() == NEW["a.py"]


def test_an_edit_of_a_real_file(root: Path) -> None:
    source = read(root / "b.py", Files(root))
    apply(Files(root), [Change.of(source, source.text.replace("b = 1\r", "b = 2\r"))])
    assert (root / "b.py").read_bytes() == NEW["b.py"]


def refused(root: Path, match: str, planned: list[Change] | None = None) -> None:
    before = content(root)
    with pytest.raises(MidfillError, match=match):
        apply(Files(root), planned or changes())
    assert content(root) == before
    assert not leftovers(root)
    assert not Journal(root).done()
    assert not Journal(root).interrupted()


def test_changed_under_us(root: Path) -> None:
    (root / "b.py").write_bytes(b"somebody was here")
    refused(root, r"b\.py has changed since it was read")


def test_a_new_file_that_is_there(root: Path) -> None:
    (root / "made" / "new").mkdir(parents=True)
    (root / "made" / "new" / "c.py").write_bytes(b"somebody was here")
    refused(root, r"c\.py has changed since it was read")


def test_gone(root: Path) -> None:
    (root / "a.py").unlink()
    refused(root, r"a\.py has changed since it was read")


def test_read_only(root: Path) -> None:
    (root / "b.py").chmod(0o444)
    refused(root, r"b\.py is read-only")


@pytest.mark.parametrize("name", ["../../x", "/etc/x", ".git/hooks/x", ".env", "out/x", "link/x"])
def test_outside_or_ignored(root: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    (root / "link").symlink_to(tmp_path / "elsewhere")
    (root / ".git").mkdir()
    (root / ".gitignore").write_text("out/\n")
    refused(root, "is not changed", [*changes(), Change(name, None, b"x")])
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_link_stays_a_link(root: Path) -> None:
    (root / "link.py").symlink_to("a.py")
    apply(Files(root), [Change("link.py", digest(b"a = 1\n"), b"a = 2\n")])
    assert (root / "link.py").is_symlink()
    assert (root / "a.py").read_bytes() == b"a = 2\n"


def test_a_folder_that_cannot_be_made(root: Path) -> None:
    (root / "made").write_bytes(b"a file")
    refused(root, "nothing was changed")


EVENTS = {
    f"os.{call}" for call in ("rename", "remove", "mkdir", "rmdir", "chmod", "chown", "utime")
}


def killed_at(event: int, work: Callable[[], None]) -> bool:
    """Do the work in a process that is killed before its call number `event` that changes files.

    Returns:
        Whether it was killed, and did not come to its end before.
    """
    process = os.fork()
    if process == 0:
        seen = 0

        def hook(name: str, arguments: tuple[object, ...]) -> None:
            nonlocal seen
            writes = name == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_WRONLY
            if writes or name in EVENTS:
                seen += 1
                if seen > event:
                    os.kill(os.getpid(), signal.SIGKILL)

        status = 1
        try:
            sys.addaudithook(hook)
            work()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    _, status = os.waitpid(process, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_while_applying(tmp_path: Path) -> None:
    outcomes = set()
    for event in range(1000):
        root = workspace(tmp_path / f"shop{event}")
        if not killed_at(event, lambda root=root: apply(Files(root), changes())):  # type: ignore[misc]
            break
        found = content(root)
        for name, data in found.items():
            assert data in (OLD[name], NEW[name]), f"{name} after {event} events"
        outcomes.add(tuple(found.values()))
        with Journal(root).working():
            recover(Journal(root))
        assert content(root) in (OLD, NEW)
        assert not leftovers(root)
        if content(root) == OLD:
            assert not (root / "made").exists()
            apply(Files(root), changes())
        assert undo(root) == list(OLD)
        assert content(root) == OLD
    assert content(root) == NEW
    assert len(outcomes) == len(OLD) + 1  # killed before the first, and after each of the files


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_while_undoing(tmp_path: Path) -> None:
    outcomes = set()
    for event in range(1000):
        root = workspace(tmp_path / f"shop{event}")
        apply(Files(root), changes())
        if not killed_at(event, lambda root=root: undo(root) and None):  # type: ignore[misc]
            break
        found = content(root)
        for name, data in found.items():
            assert data in (OLD[name], NEW[name]), f"{name} after {event} events"
        outcomes.add(tuple(found.values()))
        try:
            undo(root)
        except MidfillError as nothing:
            assert "nothing to undo" in str(nothing)
        assert content(root) == OLD
        assert not leftovers(root)
        assert not (root / "made").exists()
    assert content(root) == OLD
    assert len(outcomes) == len(OLD) + 1


def test_interrupted_and_then_changed_by_somebody(root: Path) -> None:
    journal = Journal(root)
    with journal.working():
        from midfill.engine.repair.journal import Entry

        journal.open([Entry("a.py", b"a = 1\n", b"a = 2\n")])
        (root / "a.py").write_bytes(b"mine\n")
        recover(journal)
    assert (root / "a.py").read_bytes() == b"mine\n"


FULL = """
import os, sys
from pathlib import Path
from midfill.engine.context.files import Files
from midfill.engine.errors import MidfillError
from midfill.engine.repair.apply import Change, apply
from midfill.engine.repair.source import digest
root = Path(sys.argv[1])
small, large = b"s" * 5000, b"l" * 9000
for name in ("a.py", "b.py", "c.py"):
    (root / name).write_bytes(small)
with (root / "filler").open("wb", buffering=0) as filler:
    try:
        while True:
            filler.write(b"x" * 4096)
    except OSError:
        pass
os.truncate(root / "filler", (root / "filler").stat().st_size - 4 * 4096)
try:
    apply(Files(root), [Change(name, digest(small), large) for name in ("a.py", "b.py", "c.py")])
except MidfillError as error:
    print(error)
for name in ("a.py", "b.py", "c.py"):
    assert (root / name).read_bytes() == small, name
assert not list(root.glob(".midfill*"))
"""


@pytest.mark.skipif(not shutil.which("unshare"), reason="needs a mount of its own")
@pytest.mark.parametrize("full", ["workspace", "state"])
def test_disk_full(tmp_path: Path, full: str) -> None:
    disk, other = tmp_path / "disk", tmp_path / "other"
    disk.mkdir()
    other.mkdir()
    root = disk if full == "workspace" else disk / "shop"
    script = tmp_path / "full.py"
    script.write_text(FULL)
    mount = 'mount -t tmpfs -o size=256k tmpfs "$0" || exit 99; mkdir -p "$1"; exec "$2" "$3" "$1"'
    state = other if full == "workspace" else disk / "state"
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", mount, str(disk), str(root), sys.executable, str(script)],
        env={**os.environ, "MIDFILL_STATE_HOME": str(state)},
        capture_output=True,
        text=True,
        check=False,
    )
    if "unshare failed" in done.stderr or done.returncode == 99:
        pytest.skip("may not mount here")
    assert done.returncode == 0, done.stderr
    assert "nothing was changed: No space left on device" in done.stdout


def test_diff_is_for_git(root: Path) -> None:
    after = {
        "a.py": "a = 2\n",
        "b.py": "\ufeffb = 2\r\nbb = 1",
        "c.py": "c\n\x0cd\n",
        "new\n+++ line \"'\\.py": "d\n",
    }
    text = "".join(
        unified(name, (root / name).read_bytes().decode() if name in OLD else None, new)
        for name, new in after.items()
    )
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    subprocess.run(["git", "apply", "-"], cwd=root, check=True, input=text.encode())
    assert {name: (root / name).read_bytes().decode() for name in after} == after


def test_a_guessed_encoding_is_written_back(root: Path) -> None:
    data = "# é\nx = 1\n".encode("latin-1")
    (root / "a.py").write_bytes(data)
    source = decoded("a.py", data)
    apply(Files(root), [Change.of(source, source.text.replace("1", "2"))])
    assert (root / "a.py").read_bytes() == data.replace(b"1", b"2")
