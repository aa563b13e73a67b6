"""Files that hold what was found out about llama.cpp on this machine. They can be made again."""

from __future__ import annotations

import contextlib
import hashlib
import platform
from importlib import metadata
from pathlib import Path

from midfill.engine import paths

DIGITS = 12  # at the end of a file's name


def file(name: str, *about: object) -> Path:
    """The file called `name` for this llama.cpp on this processor, and for all in `about`."""
    machine = f"{metadata.version('llama-cpp-python')} {platform.node()} {platform.processor()}"
    digest = hashlib.sha256(" ".join([machine, *map(str, about)]).encode()).hexdigest()[:DIGITS]
    return paths.cache_dir() / "machine" / f"{name}-{digest}"


def keep(file: Path, content: bytes) -> None:
    """Write all of it, if that is possible."""
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_suffix(".new")
        new.write_bytes(content)
        new.replace(file)
