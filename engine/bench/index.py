"""Indexing a folder: how long it takes, and how much of the machine.

A copy of the folder's files is indexed by the real command, into a cache of its own; beside it,
Aider's way of finding the same (see `aider`).
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

import msgspec

from midfill.engine.bench import aider
from midfill.engine.bench.cost import measured
from midfill.engine.context import build, indexer
from midfill.engine.context.files import Files
from midfill.engine.context.store import Store, stem
from midfill.engine.errors import MidfillError

Status = Callable[[str], None]

_WARM_RUNS = 3
_UPDATES = 15
_BETWEEN_S = 0.3
_POLL_S = 0.001
_TOO_LATE_S = 60.0


class Peer(msgspec.Struct, frozen=True, kw_only=True):
    """What Aider's method takes for the same files, at first and when all of it is cached."""

    files: int
    tags: int
    wall_s: float
    cpu_s: float
    peak_mb: float
    warm_s: float


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What `midfill index` takes, with the start of the process.

    `cpu_s` is that of all its processes, `peak_mb` the most memory they have together (10^6 bytes).
    `warm_s` is for a run when nothing has changed; `update_ms` goes from a changed file to its new
    name in the index, which the process does that an editor has beside it. Both are medians.
    `ratio` is ours to Aider's.
    """

    files: int
    source_mb: float
    lines: int
    definitions: int
    references: int
    wall_s: float
    cpu_s: float
    wall_per_cpu: float
    peak_mb: float
    index_mb: float
    warm_s: float
    update_ms: float
    aider: Peer
    ratio: dict[str, float]


def run(path: Path, copies: int, status: Status) -> Report:
    """Measure with so many copies of the files of `path`.

    Raises:
        MidfillError: there is nothing to index, or it failed.
    """
    with tempfile.TemporaryDirectory(prefix="midfill-bench-") as name:
        folder = Path(name).resolve()
        root, cache = folder / "workspace", folder / "cache"
        status("copying")
        size, lines = _copy(path, root, copies)
        homes = {"MIDFILL_CACHE_HOME": str(cache), "MIDFILL_CONFIG_HOME": str(folder)}
        environment = {**os.environ, **homes}
        command = [*_python("midfill.engine.cli"), "index", str(root), "--json"]
        status("indexing")
        first = measured(command, environment)
        found = msgspec.json.decode(first.output, type=build.Report)
        index_size = sum(file.stat().st_size for file in cache.rglob("*.sqlite*"))
        status("nothing changed")
        warm = [measured(command, environment).wall_s for _ in range(_WARM_RUNS)]
        status("Aider's method")
        peer = _peer(root, folder / "aider.sqlite", environment)
        status("one file changed")
        updates = list(_updates(root, cache, environment))
    return Report(
        files=found.files,
        source_mb=size / 1e6,
        lines=lines,
        definitions=found.definitions,
        references=found.references,
        wall_s=first.wall_s,
        cpu_s=first.cpu_s,
        wall_per_cpu=first.wall_s / first.cpu_s,
        peak_mb=first.peak_mb,
        index_mb=index_size / 1e6,
        warm_s=statistics.median(warm),
        update_ms=1000 * statistics.median(updates),
        aider=peer,
        ratio={
            "wall": first.wall_s / peer.wall_s,
            "cpu": first.cpu_s / peer.cpu_s,
            "warm": statistics.median(warm) / peer.warm_s,
        },
    )


def _copy(path: Path, root: Path, copies: int) -> tuple[int, int]:
    """Copy the files that are indexed; their bytes and lines."""
    files = Files(path)
    size = lines = 0
    for file in files.walk():
        data = file.read_bytes()
        for number in range(copies):
            copy = root / f"copy{number}" / file.relative_to(files.root)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(data)
            size += len(data)
            lines += data.count(b"\n")
    if not size:
        raise MidfillError(f"there is nothing to index in {path}")
    return size, lines


def _updates(root: Path, cache: Path, environment: Mapping[str, str]) -> Iterator[float]:
    """Seconds from the change of a file until its new name is in the index."""
    process = subprocess.Popen(
        [*_python(indexer.__name__), str(root)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        for line in process.stdout:
            if msgspec.json.decode(line, type=indexer.Message).report is not None:
                break
        with closing(Store(cache / "index" / stem(root).name)) as store:
            python = [path for path in store.files() if path.endswith(".py")]
            for number, path in enumerate(python[:: max(1, len(python) // _UPDATES)][:_UPDATES]):
                time.sleep(_BETWEEN_S)
                yield _update(store, root / path, f"midfill_changed_{number}")
    finally:
        process.stdin.close()
        process.wait()


def _update(store: Store, file: Path, name: str) -> float:
    data = file.read_bytes()
    started = time.perf_counter()
    file.write_bytes(data + f"\n\ndef {name}():\n    pass\n".encode())
    while not store.defined([name]):
        if time.perf_counter() - started > _TOO_LATE_S:
            raise MidfillError("a change of a file did not come into the index")
        time.sleep(_POLL_S)
    return time.perf_counter() - started


def _peer(root: Path, store: Path, environment: Mapping[str, str]) -> Peer:
    command = [*_python(aider.__name__), str(root), str(store)]
    first = measured(command, environment)
    found = msgspec.json.decode(first.output, type=aider.Run)
    warm = [measured(command, environment).wall_s for _ in range(_WARM_RUNS)]
    return Peer(
        files=found.files,
        tags=found.tags,
        wall_s=first.wall_s,
        cpu_s=first.cpu_s,
        peak_mb=first.peak_mb,
        warm_s=statistics.median(warm),
    )


def _python(module: str) -> list[str]:
    return [sys.executable, "-P", "-m", module]
