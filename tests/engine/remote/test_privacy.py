"""What leaves the machine, as whoever receives it sees it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from midfill.engine import paths
from midfill.engine.backend import ChatRequest, Extra, InfillRequest, Message
from midfill.engine.remote import record
from midfill.engine.remote.client import RemoteModel
from midfill.engine.remote.privacy import Withheld
from midfill.engine.remote.secrets import secret_in
from midfill.engine.settings import Remote

from .conftest import Peer

# Put together, so that no scanner takes this file for a leak.
AWS = "AKIA" + "Q6LCY3TTNP5XU2WD"
GITHUB = "ghp_" + "wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx"
PRIVATE = "-----BEGIN RSA " + "PRIVATE KEY-----"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A repository with files that git and `.midfillignore` leave out."""
    root = tmp_path / "w"
    (root / ".git").mkdir(parents=True)
    (root / ".gitignore").write_text("generated.py\nbuild/\n")
    (root / ".midfillignore").write_text("private/\n")
    (root / "private").mkdir()
    for name in ("app.py", "generated.py", "private/notes.py", "other.py"):
        (root / name).write_text("x = 1\n")
    return root


def _request(root: Path, filename: str = "app.py", **more: object) -> InfillRequest:
    about = {"filename": filename, "root": str(root), "document": (root / filename).as_uri()}
    return InfillRequest(**{"prefix": "x = ", "suffix": "\n", **about, **more})  # type: ignore[arg-type]


async def _sent(peer: Peer, request: InfillRequest) -> str:
    model = RemoteModel("gpu", peer.endpoint(), Remote())
    try:
        _ = [delta async for delta in model.infill(request)]
    finally:
        await model.aclose()
    return peer.requests[-1].body.decode()


@pytest.mark.parametrize(
    ("filename", "why"),
    [
        ("generated.py", "ignored by git"),
        ("build/app.py", "ignored by git"),
        ("private/notes.py", "ignored by .midfillignore"),
        (".env", "may hold secrets"),
        ("../outside.py", "outside of the workspace"),
    ],
)
async def test_an_excluded_file_stays(peer: Peer, workspace: Path, filename: str, why: str) -> None:
    with pytest.raises(Withheld, match=f"stays on this machine: {why}"):
        await _sent(peer, _request(workspace, filename))
    assert not peer.requests
    assert not list(record.read())


async def test_an_ignore_file_holds_from_when_it_is_written(peer: Peer, workspace: Path) -> None:
    await _sent(peer, _request(workspace))
    (workspace / ".gitignore").write_text("app.py\n")
    with pytest.raises(Withheld):
        await _sent(peer, _request(workspace))


async def test_a_file_of_no_workspace_is_looked_at_too(peer: Peer, workspace: Path) -> None:
    lost = msgspec.structs.replace(_request(workspace, "generated.py"), root="")
    with pytest.raises(Withheld, match="ignored by git"):
        await _sent(peer, lost)


@pytest.mark.parametrize("secret", [f'key = "{AWS}"', f"token: {GITHUB}", PRIVATE])
async def test_a_document_with_a_secret_stays(peer: Peer, workspace: Path, secret: str) -> None:
    for more in ({"prefix": f"{secret}\n\ny = "}, {"suffix": f"\n\n{secret}\n"}):
        with pytest.raises(Withheld, match="seems to hold a secret") as caught:
            await _sent(peer, _request(workspace, **more))
        assert secret not in str(caught.value)
    far = f"{secret}\n" + "y = 1\n" * 500  # beyond the window that would be sent
    with pytest.raises(Withheld):
        await _sent(peer, _request(workspace, prefix=far, prefix_tokens=10))
    assert not peer.requests


async def test_a_secret_with_the_cursor_in_it_stays(peer: Peer, workspace: Path) -> None:
    split = {"prefix": f'password = "{GITHUB[:20]}', "suffix": f'{GITHUB[20:]}"\n'}
    with pytest.raises(Withheld):
        await _sent(peer, _request(workspace, **split))


async def test_context_that_may_not_leave_is_left_out(peer: Peer, workspace: Path) -> None:
    extra = (
        Extra("other.py", "def harmless(): ...\n"),
        Extra("other.py", f'AWS_KEY = "{AWS}"\n'),
        Extra("generated.py", "def generated(): ...\n"),
        Extra("../outside.py", "def outside(): ...\n"),
        Extra("/etc/passwd", "root\n"),
    )
    arrived = await _sent(peer, _request(workspace, extra=extra))
    assert "harmless" in arrived
    for text in (AWS, "generated", "outside", "passwd"):
        assert text not in arrived
    assert {sent.file for sent in record.read()} == {"app.py", "other.py"}


async def test_a_conversation_with_a_secret_stays(peer: Peer) -> None:
    model = RemoteModel("gpu", peer.endpoint(), Remote())
    messages = (Message("user", f"Mend this:\n{AWS}"), Message("assistant", "x"))
    with pytest.raises(Withheld):
        _ = [delta async for delta in model.chat(ChatRequest(messages=messages, max_tokens=9))]
    with pytest.raises(Withheld):
        await model.score(messages, 1)
    await model.aclose()
    assert not peer.requests


@pytest.mark.parametrize(
    "text",
    [
        'password = "{password}"',
        "password = get_password()",
        'id = "0b5c3a1e-6c0f-4d4b-9d3c-2f1d0a9b8c7d"',
        'letters = "abcdefghijklmnopqrstuvwxyz"',
        "address = '192.168.0.1'",
    ],
)
def test_what_only_looks_a_little_like_one(text: str) -> None:
    assert secret_in(text) is None


async def test_a_damaged_record_is_read_as_far_as_it_goes(peer: Peer, workspace: Path) -> None:
    await _sent(peer, _request(workspace))
    [log] = await asyncio.to_thread(list, paths.log_dir().glob("remote*"))
    first, *others = record.read()
    log.write_bytes(b'{"time":1' + log.read_bytes())
    assert list(record.read()) == others
    assert first.file == "app.py"


async def test_the_record_is_for_its_owner_and_stays_small(
    peer: Peer, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "_LARGEST", 500)
    for _ in range(20):
        await _sent(peer, _request(workspace))
    assert 3 < len(list(record.read())) < 20
    files = await asyncio.to_thread(list, paths.log_dir().glob("remote*"))
    assert len(files) == 2
    for file in files:
        assert file.stat().st_mode & 0o777 == 0o600
        assert file.stat().st_size < 800
        assert "x = " not in file.read_text()
