"""Real files in a real index."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from midfill.engine.context.files import Files
from midfill.engine.context.place import Place
from midfill.engine.context.reader import Job, read
from midfill.engine.context.store import Store
from midfill.grammars.registry import language_for

CURSOR = "‸"
Index = Callable[[Path], Store]


def place_in(root: Path, path: str, shown: tuple[int, int] = (768, 256)) -> Place:
    """The cursor that is marked in a file; the mark is no more there afterwards."""
    file = root / path
    prefix, _, suffix = file.read_text("utf-8").partition(CURSOR)
    file.write_text(prefix + suffix, "utf-8")
    return Place(
        root=root,
        path=path,
        prefix=prefix,
        suffix=suffix,
        line=prefix.count("\n"),
        language=language_for(path),
        shown=shown,
    )


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """Read all files of a folder, in this process."""
    made: list[Store] = []

    def index(root: Path) -> Store:
        store = Store(tmp_path / "index" / str(len(made)))
        made.append(store)
        names = [path.relative_to(root).as_posix() for path in Files(root).walk()]
        readings = (read(root, Job(name)) for name in names)
        store.put([reading.record for reading in readings if reading.record is not None])
        return store

    yield index
    for store in made:
        store.close()


@pytest.fixture
def case(tmp_path: Path) -> Callable[[str], Path]:
    """A copy of the case of that name."""

    def case(name: str) -> Path:
        folder = tmp_path / name
        shutil.copytree(Path(__file__).parent / "cases" / name, folder)
        return folder

    return case
