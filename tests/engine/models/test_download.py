"""The download by byte ranges, against a real server that breaks connections."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from midfill.engine.models.catalogue import Model
from midfill.engine.models.sources import Job, NotEnoughDisk, SourceError, download
from midfill.engine.models.sources.download import download as fetch
from midfill.engine.models.sources.modelscope import ModelScope

Hub = Any  # conftest's


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "_PAUSE_S", 0)


@pytest.fixture
def unknown(job: Job) -> Job:
    """The job, for a file of which neither size nor hash is known."""
    return replace(job, model=replace(job.model, exact=False, sha256=None, bytes=1000))


def part(job: Job) -> Path:
    return job.folder / f"{job.model.file}.part"


def test_the_address_is_that_of_modelscopes_client(hub: Hub, job: Job, content: bytes) -> None:
    hub.serve(job.model, content)
    assert ModelScope().fetch(job).read_bytes() == content
    assert [path for path, _ in hub.requests] == [
        "/api/v1/models/Qwen/Qwen2.5-Coder-9B-Instruct-GGUF/repo"
        "?Revision=master&FilePath=qwen2.5-coder-9b-instruct-q4_k_m.gguf"
    ]


def test_a_domain_may_name_another_modelscope(
    hub: Hub, job: Job, nowhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MODELSCOPE_ENDPOINT")
    monkeypatch.setenv("MODELSCOPE_DOMAIN", nowhere.removeprefix("http://"))
    with pytest.raises(SourceError, match=f"cannot reach {nowhere.removeprefix('http://')}"):
        ModelScope().fetch(job)
    assert not hub.requests


def test_broken_connections_are_taken_up_again(hub: Hub, job: Job, content: bytes) -> None:
    hub.serve(job.model, content)
    hub.cuts = [100_000, 50_000, 1]
    seen: list[tuple[int, int]] = []
    job = replace(job, report=lambda *at: seen.append(at))
    assert ModelScope().fetch(job).read_bytes() == content
    assert hub.requested("Range") == [None, "bytes=100000-", "bytes=150000-", "bytes=150001-"]
    assert seen[0] == (0, len(content))
    assert seen[-1] == (len(content), len(content))


def test_a_server_that_gives_nothing_more_is_given_up(hub: Hub, job: Job, content: bytes) -> None:
    hub.serve(job.model, content)
    hub.cuts = [100_000, 0, 0, 0]
    with pytest.raises(SourceError, match=r"the connection to 127\.0\.0\.1:\d+ broke"):
        ModelScope().fetch(job)
    assert len(hub.requests) == 2
    assert part(job).read_bytes() == content[:100_000]


def test_the_next_pull_goes_on_where_the_last_one_stopped(
    hub: Hub, job: Job, content: bytes
) -> None:
    hub.serve(job.model, content)
    part(job).write_bytes(content[:123_456])
    assert ModelScope().fetch(job).read_bytes() == content
    assert hub.requested("Range") == ["bytes=123456-"]


def test_a_whole_part_needs_no_connection(hub: Hub, job: Job, content: bytes) -> None:
    part(job).write_bytes(content)
    assert ModelScope().fetch(job).read_bytes() == content
    assert not hub.requests


def test_a_whole_part_of_unknown_size_is_left_as_it_is(
    hub: Hub, unknown: Job, content: bytes
) -> None:
    hub.serve(unknown.model, content)
    part(unknown).write_bytes(content)
    assert ModelScope().fetch(unknown).read_bytes() == content
    assert len(hub.requests) == 1


def test_a_file_that_changed_meanwhile_is_fetched_from_the_beginning(
    hub: Hub, unknown: Job, content: bytes
) -> None:
    hub.serve(unknown.model, content)
    hub.cuts = [100_000, 0]
    with pytest.raises(SourceError):
        ModelScope().fetch(unknown)
    changed = content[::-1]
    hub.serve(unknown.model, changed)
    assert ModelScope().fetch(unknown).read_bytes() == changed


def test_a_part_longer_than_the_file_is_thrown_away(hub: Hub, unknown: Job, content: bytes) -> None:
    hub.serve(unknown.model, content)
    part(unknown).write_bytes(content + b"more")
    assert ModelScope().fetch(unknown).read_bytes() == content


@pytest.mark.parametrize("etag", [True, False])
def test_a_server_without_ranges_sends_all_again(
    hub: Hub, job: Job, content: bytes, etag: bool
) -> None:
    hub.serve(job.model, content)
    hub.ranges, hub.etag = False, etag
    part(job).write_bytes(b"?" * 1000)
    assert ModelScope().fetch(job).read_bytes() == content


def test_a_file_of_another_size_is_not_fetched(hub: Hub, job: Job, content: bytes) -> None:
    hub.serve(job.model, content + b"more")
    with pytest.raises(SourceError, match=f"{len(content) + 4:,} bytes instead of"):
        ModelScope().fetch(job)
    assert part(job).read_bytes() == b""


def test_a_refusal_is_named(hub: Hub, job: Job) -> None:
    with pytest.raises(SourceError, match=r"127\.0\.0\.1 answered 404"):
        ModelScope().fetch(job)


@pytest.mark.parametrize("url", ["no-scheme/file", "http://[broken/file", "http://a:b/file"])
def test_a_nonsensical_endpoint_is_an_error_of_the_source(job: Job, url: str) -> None:
    with pytest.raises(SourceError):
        fetch(url, {}, job)


def test_a_secret_does_not_follow_a_redirect_to_another_host(
    hub: Hub, start_hub: Callable[[], Hub], job: Job, content: bytes
) -> None:
    network = start_hub()
    network.files["blob"] = content
    hub.redirects[job.model.file] = f"{network.url}/blob"
    part(job).write_bytes(content[:1000])
    fetched = fetch(f"{hub.url}/{job.model.file}", {"Authorization": "Bearer key"}, job)
    assert fetched.read_bytes() == content
    assert hub.requested("Authorization") == ["Bearer key"]
    assert network.requested("Authorization") == [None]
    assert network.requested("Range") == ["bytes=1000-"]


def test_too_little_disk_is_said_before_anything_is_written(
    hub: Hub, job: Job, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.serve(job.model, content)
    part(job).write_bytes(content[:100_000])
    free = len(content) - 100_001
    usage = shutil.disk_usage(job.folder)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=free))
    with pytest.raises(NotEnoughDisk, match=r"152\.6 kB more needed, 152\.6 kB free\. Free 1 byte"):
        ModelScope().fetch(job)
    assert part(job).stat().st_size == 100_000
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=free + 1))
    ModelScope().fetch(job)


def test_an_unpinned_model_may_have_any_size(
    hub: Hub, unpinned: Model, job: Job, make_gguf: Callable[..., bytes]
) -> None:
    hub.serve(unpinned, make_gguf())
    assert ModelScope().fetch(replace(job, model=unpinned)).read_bytes() == make_gguf()
