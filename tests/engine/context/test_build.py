"""Real workspaces, worker processes, and a build that is killed."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from midfill.engine.context import build
from midfill.engine.context.build import Busy, Report, refresh, writing
from midfill.engine.context.files import Files
from midfill.engine.context.pool import Pool
from midfill.engine.context.store import Store, stem


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MIDFILL_CACHE_HOME", str(tmp_path / "cache"))
    root = tmp_path / "work"
    (root / "pkg").mkdir(parents=True)
    (root / "pkg" / "a.py").write_text("from .b import g\n\n\ndef f():\n    return g()\n")
    (root / "pkg" / "b.py").write_text("def g():\n    return 1\n")
    (root / "data.bin").write_bytes(b"\0")
    return root


@pytest.fixture
def store(root: Path) -> Iterator[Store]:
    with closing(Store.open(root)) as store:
        yield store


def refreshed(store: Store, root: Path) -> Report:
    with Pool(root, 2, seconds=1.0) as pool:
        return refresh(store, Files(root), pool=pool)


def rows(store: Store) -> list[list[tuple[object, ...]]]:
    """All that is in the index, but for the numbers that files were given."""
    tables = {
        "definitions": "name, kind, container, start, end, line, doc_start",
        "uses": "name, count",
        "imports": "start, target, names",
    }
    return [
        store._rows(f"SELECT path, {columns} FROM {table} JOIN files ON id = file ORDER BY 1, 2, 3")
        for table, columns in tables.items()
    ]


def test_a_first_build_and_one_with_nothing_to_do(store: Store, root: Path) -> None:
    first = refreshed(store, root)
    assert (first.files, first.definitions, first.references) == (2, 2, 1)
    assert (first.changed, first.removed) == (2, 0)
    assert first.skipped == {"no known language": 1}
    generation = store.generation
    again = refreshed(store, root)
    assert (again.files, again.changed, again.removed) == (2, 0, 0)
    assert store.generation == generation


def test_only_what_changed_is_read(store: Store, root: Path) -> None:
    refreshed(store, root)
    (root / "pkg" / "b.py").write_text("def g():\n    return 2\n\n\ndef h(): ...\n")
    (root / "pkg" / "c.py").write_text("def k(): ...\n")
    (root / "pkg" / "a.py").unlink()
    second = refreshed(store, root)
    assert (second.files, second.changed, second.removed) == (2, 2, 1)
    assert [site.name for site in store.defined(["f", "g", "h", "k"])] == ["g", "h", "k"]


def test_a_file_that_was_only_touched_is_not_written(store: Store, root: Path) -> None:
    refreshed(store, root)
    os.utime(root / "pkg" / "b.py", ns=(1, 1))
    assert refreshed(store, root).changed == 0
    known = store.file("pkg/b.py")
    assert known is not None
    assert known.mtime_ns == 1


def test_what_becomes_ignored_is_forgotten(store: Store, root: Path) -> None:
    refreshed(store, root)
    (root / ".gitignore").write_text("b.py\n")
    assert refreshed(store, root).removed == 1
    assert not store.has("pkg/b.py")


def test_a_file_that_no_parser_reads_is_named_and_left_alone(store: Store, root: Path) -> None:
    (root / "hangs.cbl").write_text("x")
    assert refreshed(store, root).broken == ["hangs.cbl"]
    again = refreshed(store, root)
    assert again.broken == ["hangs.cbl"]
    assert again.changed == 0
    (root / "hangs.cbl").write_text("       identification division.\n       program-id. shapes.\n")
    assert refreshed(store, root).broken == []
    assert store.defined(["shapes"])


def test_other_queries_make_a_new_index(
    store: Store, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refreshed(store, root)
    monkeypatch.setattr(build, "_readers", lambda: "others")
    found = refreshed(store, root)
    assert found.rebuilt == "files are read in another way now"
    assert (found.files, found.changed) == (2, 2)


def test_a_corrupt_index_is_made_anew(store: Store, root: Path) -> None:
    refreshed(store, root)
    store.close()
    (file,) = stem(root).parent.glob("*.sqlite")
    with file.open("r+b") as opened:
        opened.seek(4096)
        opened.write(b"\x5a" * (file.stat().st_size - 4096))
    with closing(Store.open(root)) as fresh:
        found = refreshed(fresh, root)
        assert found.rebuilt == "it was corrupt"
        assert found.files == 2


def test_one_process_writes(root: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom midfill.engine.context.build import writing\n"
        "with writing(Path(sys.argv[1])):\n    print('locked', flush=True)\n    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout and other.stdout.readline() == b"locked\n"
        with pytest.raises(Busy, match="another process"), writing(root):
            pass
        other.kill()
    with writing(root):
        pass


def test_a_killed_build_goes_on_where_it_was(store: Store, root: Path) -> None:
    for number in range(400):
        body = "".join(f"    x{line} = g{number}({line})\n" for line in range(50))
        (root / f"m{number}.py").write_text(f'def f{number}():\n    """Doc."""\n{body}\n')
    command = [sys.executable, "-m", "midfill.engine.cli", "index", str(root), "--json"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not store.files():
        assert process.poll() is None
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = len(store.files())
    assert 0 < kept < 402
    resumed = refreshed(store, root)
    assert (resumed.files, resumed.changed) == (402, 402 - kept)
    with closing(Store(root.parent / "undisturbed")) as undisturbed:
        refreshed(undisturbed, root)
        assert rows(store) == rows(undisturbed)
        assert store.search(["g399"], 3) == undisturbed.search(["g399"], 3)


def test_it_can_be_read_while_it_is_built(store: Store, root: Path) -> None:
    for number in range(200):
        (root / f"m{number:03}.py").write_text(f"def f{number}(): ...\n")
    seen = []
    with closing(Store.open(root)) as reader:
        refresh(store, Files(root), lambda done, total: seen.append(len(reader.files())))
    assert seen[0] == 0
    assert any(0 < count < 202 for count in seen)


def test_the_index_is_a_plain_sqlite_file(store: Store, root: Path) -> None:
    refreshed(store, root)
    (file,) = stem(root).parent.glob("*.sqlite")
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
