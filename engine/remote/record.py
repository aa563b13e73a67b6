"""The record of what was sent where: names of files and sizes, never text."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from midfill.engine import paths

# At this size the file is put aside, in the place of the one before: a week or two of typing.
_LARGEST = 1 << 24


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """One file's share of a request: `bytes` of its text, in UTF-8; "" is text of no file.

    `time` is in seconds since 1970.
    """

    time: float
    endpoint: str
    host: str
    task: str
    file: str
    bytes: int


_decode = msgspec.json.Decoder(Sent).decode


def write(endpoint: str, host: str, task: str, texts: Iterable[tuple[str, str]]) -> None:
    """Note a request that is about to be sent, with the text of each file in it."""
    now = time.time()
    sizes: dict[str, int] = {}
    for file, text in texts:
        sizes[file] = sizes.get(file, 0) + len(text.encode("utf-8", "surrogatepass"))
    lines = b"".join(
        msgspec.json.encode(
            Sent(time=now, endpoint=endpoint, host=host, task=task, file=file, bytes=size)
        )
        + b"\n"
        for file, size in sizes.items()
    )
    log = _file()
    if log.exists() and log.stat().st_size > _LARGEST:
        log.replace(_before(log))
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, lines)
    finally:
        os.close(descriptor)


def read() -> Iterator[Sent]:
    """What was sent, the oldest first. A line that a full disk has cut short is left out."""
    file = _file()
    for each in (_before(file), file):
        if each.exists():
            with each.open("rb") as lines:
                for line in lines:
                    with suppress(msgspec.DecodeError):
                        yield _decode(line)


def _file() -> Path:
    return paths.log_dir() / "remote.jsonl"


def _before(file: Path) -> Path:
    return file.with_suffix(".1.jsonl")
