"""The packages that the tasks come from: pinned source distributions, unpacked and never run.

They are of 2025 and later or little known, so that the model can hardly know them by heart. The
rules of retrieval are tuned on `TUNING` alone, and the figures reported are those of `REPORTED`.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import msgspec

from midfill.engine import paths
from midfill.engine.errors import MidfillError, UsageError

_INDEX = "https://pypi.org/simple/"


class Package(msgspec.Struct, frozen=True):
    """A source distribution on PyPI; `sha256` is that of its archive."""

    name: str
    version: str
    sha256: str
    licence: str


REPORTED = (
    Package(
        "dishka",
        "1.10.1",
        "51fb624b9acc948b90f57128460061d1f3a1780121fe1c7d14c565e8bbff2083",
        "Apache-2.0",
    ),
    Package(
        "esbonio",
        "2.1.0",
        "7fd6973616c88689800ff3de17ce929c6dfe34fedf6e2c142e2b7ceab8b2ebbd",
        "MIT",
    ),
    Package(  # TypeScript, and Python
        "jupyter-scheduler",
        "2.12.0",
        "dd70164983cb959006027b581968f91e091c6ddd4918843e2ccae52b9be8fd75",
        "BSD-3-Clause",
    ),
    Package(
        "polyfactory",
        "3.5.0",
        "78a1e4cf8f317be7da7c111d661f39db35080ec9c12b8df7c01dfbbc1c17250f",
        "MIT",
    ),
    Package(
        "ruyi",
        "0.53.0",
        "53a8c3b5a25c5341f7b3ea46147c538eccfef0c75a901f4f6e9d6b8d6d60ac21",
        "Apache-2.0",
    ),
    Package(
        "taskiq",
        "0.13.0",
        "7d56609a6c5a20b0c9da67e9f310ec9640266f620b8f81880bccd5f16913e687",
        "MIT",
    ),
)

TUNING = (
    Package(
        "cyclopts",
        "5.4.0",
        "a853c9394fde3e3ec0a1b50c7e20b64bb49dfd71baef5f24eceb7bb397171a41",
        "Apache-2.0",
    ),
    Package(
        "harlequin",
        "2.17.0",
        "2e129308168a72e71c336c5679978a5385efb89d32507d3e1d6e1f773ee6dda1",
        "MIT",
    ),
    Package(
        "inline-snapshot",
        "0.36.1",
        "ff57828c691eaafe03426de25f2c21a1e382905dcbe110934df862297e8c5f8a",
        "MIT",
    ),
    Package(
        "kr8s",
        "0.20.15",
        "484d5206bbebd48f8cc00dd3ed749d4419294d2f08cd50c6232114cf62ed6d3a",
        "BSD-3-Clause",
    ),
    Package(  # Rust, and Python
        "zensical",
        "0.1.2",
        "733c8bd5204c8fa5fbff9b0a3caa7fe134f711130cc343d26f386ac7d29d05bd",
        "MIT",
    ),
)


def choose(names: str) -> tuple[Package, ...]:
    """The packages of a list with commas; `reported` and `tuning` stand for their sets.

    Raises:
        UsageError: one is not among them.
    """
    known: dict[str, tuple[Package, ...]] = {"reported": REPORTED, "tuning": TUNING}
    known |= {package.name: (package,) for package in (*REPORTED, *TUNING)}
    chosen: dict[Package, None] = {}
    for name in (part.strip() for part in names.split(",")):
        if name not in known:
            raise UsageError(f"no package {name!r} here: choose from {', '.join(known)}")
        chosen |= dict.fromkeys(known[name])
    return tuple(chosen)


def fetch(package: Package) -> Path:
    """The folder of the unpacked package, in the cache; from the index the first time.

    unearth downloads and unpacks, and unlike pip never builds or runs anything.

    Raises:
        MidfillError: it cannot be had, or is not the file that was pinned.
    """
    folder = paths.cache_dir() / "bench" / f"{package.name}-{package.version}"
    if folder.is_dir():
        return folder
    try:
        from httpx2 import HTTPError
        from unearth import PackageFinder
        from unearth.errors import UnpackError
    except ImportError as error:
        raise MidfillError("this needs unearth: pip install 'midfill[bench]'") from error
    folder.parent.mkdir(parents=True, exist_ok=True)
    requirement = f"{package.name}=={package.version}"
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        index = os.environ.get("PIP_INDEX_URL", _INDEX)
        finder = PackageFinder(index_urls=[index], no_binary=[":all:"])
        try:
            best = finder.find_best_match(requirement).best
            if best is None:
                raise MidfillError(f"the package index has no source distribution {requirement}")
            hashes = {"sha256": [package.sha256]}
            unpacked = finder.download_and_unpack(best.link, Path(temporary) / "it", hashes=hashes)
        except (OSError, HTTPError, UnpackError) as error:
            raise MidfillError(f"cannot fetch {requirement}: {error}") from error
        shutil.move(unpacked, folder)
    return folder
