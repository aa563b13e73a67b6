from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from midfill.engine.context.record import CHUNK_LINES, File, Record
from midfill.engine.context.store import Hit, Replaced, Store, StoredImport, Uses
from midfill.engine.errors import MidfillError


def record(path: str, *, skipped: str = "", digest: bytes = b"1", chunk: str = "") -> Record:
    """A file that defines `f_<stem>`, uses `f_b` twice and `print` once, and imports `os.path`."""
    file = File(path, "python", 10, 5, digest, skipped)
    if skipped:
        return Record(file)
    name = f"f_{Path(path).stem}"
    return Record(
        file,
        definitions=[
            (4, name, "function", "C", 0, 20, 1, 7, 9),
            (30, "x", "field", "", 30, 31, 2, None, None),
        ],
        uses={"f_b": 2, "print": 1},
        imports=[(40, "os", "path sep"), (60, "sys", "")],
        chunks=["def common", f"{name} common {chunk}"],
    )


@pytest.fixture
def stem(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "work[1]-0"


@pytest.fixture
def store(stem: Path) -> Iterator[Store]:
    store = Store(stem)
    yield store
    store.close()


def files_of(stem: Path) -> list[Path]:
    return [file for file in stem.parent.iterdir() if file.suffix == ".sqlite"]


def test_what_is_written_is_found(store: Store) -> None:
    store.put([record("a.py"), record("b.py"), record("big.py", skipped="binary")])
    assert set(store.files()) == {"a.py", "b.py"}
    assert set(store.known()) == {"a.py", "b.py", "big.py"}
    assert store.has("a.py")
    assert not store.has("big.py")
    (site,) = store.defined(["f_b", "nothing"])
    assert (site.path, site.kind, site.container, site.line, site.doc) == (
        "b.py",
        "function",
        "C",
        1,
        (7, 9),
    )
    assert [each.name for each in store.defined_in("a.py")] == ["f_a", "x"]
    assert store.defined_in("a.py")[1].doc is None
    assert store.imports_of("a.py") == [
        StoredImport("a.py", "os", ("path", "sep")),
        StoredImport("a.py", "sys", ()),
    ]
    assert store.uses(["print", "f_b"]) == [
        Uses("a.py", "f_b", 2),
        Uses("b.py", "f_b", 2),
        Uses("a.py", "print", 1),
        Uses("b.py", "print", 1),
    ]
    assert sorted(store.edges()) == [("a.py", "f_b", 2), ("b.py", "f_b", 2)]
    assert store.counts() == (2, 4, 6)


def test_the_number_of_definitions_of_one_name_is_limited(store: Store) -> None:
    store.put([record(f"{number}/a.py") for number in range(9)])
    assert [site.path for site in store.defined(["f_a"], limit_per_name=2)] == ["0/a.py", "1/a.py"]


def test_search_ranks_rare_words_first_and_forgets_what_was_replaced(store: Store) -> None:
    store.put([record("a.py", chunk="zebra"), record("b.py", chunk="okapi"), record("c.py")])
    hits = store.search(["zebra", "common"], limit=9)
    assert (hits[0].path, hits[0].start_line, hits[0].end_line) == (
        "a.py",
        CHUNK_LINES + 1,
        2 * CHUNK_LINES,
    )
    assert hits == sorted(hits, key=lambda hit: -hit.score)
    assert store.search(["Zebra"], 9) == store.search(["zebra"], 9)
    rarity = store.rarity(["zebra", "common", "unknown"])
    assert rarity["unknown"] > rarity["zebra"] > rarity["common"] > 0
    assert store.search(['"); DROP TABLE', "zeb*"], 9) == []
    store.put([record("a.py", digest=b"2", chunk="gnu")])
    assert store.search(["zebra"], 9) == []
    assert [hit.path for hit in store.search(["gnu"], 9)] == ["a.py"]
    assert isinstance(store.search(["gnu"], 9)[0], Hit)


def test_replacing_and_removing_leaves_nothing_behind(store: Store) -> None:
    store.put([record("a.py"), record("b.py")])
    store.put([record("a.py", skipped="binary")])
    assert store.counts() == (1, 2, 3)
    store.remove(["b.py", "never.py"])
    assert store.counts() == (0, 0, 0)
    assert list(store.edges()) == []


def test_generation_tells_of_changes_by_this_and_other_processes(store: Store, stem: Path) -> None:
    generations = [store.generation]
    store.put([record("a.py")])
    generations.append(store.generation)
    other = Store(stem)
    other.put([record("b.py")])
    generations.append(store.generation)
    other.clear("of a test")
    generations.append(store.generation)
    assert len(set(generations)) == 4
    assert store.generation == store.generation
    assert store.files() == {}
    other.close()


def test_an_index_that_was_replaced_is_followed(store: Store, stem: Path) -> None:
    other = Store(stem)
    other.clear("of a test")
    other.put([record("a.py")])
    other.close()
    assert store.generation
    assert set(store.files()) == {"a.py"}
    assert len(files_of(stem)) == 1


@pytest.mark.parametrize("damage", ["text", "nothing", "middle"])
def test_a_corrupt_index_is_given_up_for_an_empty_one(stem: Path, damage: str) -> None:
    store = Store(stem)
    store.put([record(f"{number}.py") for number in range(500)])
    store.close()
    (file,) = files_of(stem)
    data = file.read_bytes()
    if damage == "text":
        file.write_bytes(b"no database " * 1000)
    elif damage == "nothing":
        file.write_bytes(b"")
    else:
        file.write_bytes(data[:4096] + b"\x5a" * (len(data) - 4096))
    store = Store(stem)
    assert store.files() == {}
    assert store.rebuilt == "it was corrupt"
    store.put([record("a.py")])
    assert set(store.files()) == {"a.py"}
    store.close()
    assert len(files_of(stem)) == 1


def test_what_is_being_written_to_a_corrupt_index_is_refused(stem: Path) -> None:
    store = Store(stem)
    store.put([record(f"{number}.py") for number in range(500)])
    store.close()
    (file,) = files_of(stem)
    store = Store(stem)
    with file.open("r+b") as opened:
        opened.seek(4096)
        opened.write(b"\x5a" * (file.stat().st_size - 4096))
    with pytest.raises(Replaced):
        for number in range(500):
            store.put([record(f"{number}.py", digest=b"2")])
    assert store.rebuilt
    assert store.files() == {}
    store.close()


def test_an_index_of_another_version_is_built_anew(stem: Path) -> None:
    store = Store(stem)
    store.put([record("a.py")])
    store.close()
    (file,) = files_of(stem)
    file.rename(file.with_name(file.name.replace(".1-", ".99999-")))
    store = Store(stem)
    assert "version" in store.rebuilt
    assert store.files() == {}
    store.close()
    assert len(files_of(stem)) == 1


def test_a_full_disk_is_said_and_loses_nothing(store: Store) -> None:
    store.put([record("a.py")])
    # The only page limit that SQLite has behaves like a full disk.
    pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
    store._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(MidfillError, match="no space is left"):
        store.put([record(f"{number}.py") for number in range(5000)])
    assert set(store.files()) == {"a.py"}
    store._connection.execute("PRAGMA max_page_count = 1000000")
    store.put([record("b.py")])
    assert set(store.files()) == {"a.py", "b.py"}


def test_a_cache_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file is in the way")
    with pytest.raises(MidfillError, match="cannot be used"):
        Store(tmp_path / "cache" / "work")


def test_an_index_is_worn_when_most_of_it_was_replaced(store: Store) -> None:
    store.put([record("a.py")])
    assert not store.is_worn
    with store._connection as connection:
        connection.execute("UPDATE sqlite_sequence SET seq = 1003 WHERE name = 'files'")
    assert store.is_worn
