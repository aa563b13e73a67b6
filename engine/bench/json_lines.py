"""Data of a benchmark in JSON lines."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import TypeVar

import msgspec

from midfill.engine.errors import UsageError

_T = TypeVar("_T")


def read(file: Path, kind: type[_T], what: str) -> list[_T]:
    """The lines of a `.jsonl` or `.jsonl.gz` file, each of one `kind`; `what` they should be.

    Raises:
        UsageError: the file is no such data.
    """
    try:
        data = file.read_bytes()
        lines = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).splitlines()
        return [msgspec.json.decode(line, type=kind) for line in lines if line.strip()]
    except (OSError, EOFError, msgspec.DecodeError) as error:
        raise UsageError(f"{file} is no file of {what} (JSON lines): {error}") from error
