"""Real worker processes, and parsers that really hang."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from midfill.engine.context.pool import BROKEN, Pool
from midfill.engine.context.reader import Job


def children() -> set[psutil.Process]:
    return set(psutil.Process().children())


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[Pool]:
    with Pool(tmp_path.resolve(), 2, seconds=1.0) as pool:
        yield pool


def test_batches_come_in_their_order(tmp_path: Path, pool: Pool) -> None:
    names = [f"{number}.py" for number in range(20)]
    for name in names:
        (tmp_path / name).write_text(f"def f_{name[:-3]}(): pass\n")
    batches = [[Job(name) for name in names[at : at + 3]] for at in range(0, 20, 3)]
    found = [[reading.path for reading in readings] for readings in pool.read(batches)]
    assert found == [[job.path for job in batch] for batch in batches]


def test_a_file_that_hangs_its_parser_costs_only_itself(tmp_path: Path, pool: Pool) -> None:
    """The COBOL scanner never comes back from this text; no time limit of tree-sitter ends it."""
    (tmp_path / "a.py").write_text("def a(): pass\n")
    (tmp_path / "hangs.cbl").write_text("x")
    (tmp_path / "z.py").write_text("def z(): pass\n")
    (readings,) = pool.read([[Job("a.py"), Job("hangs.cbl"), Job("z.py"), Job("gone.py")]])
    first, hangs, last, gone = [reading.record for reading in readings]
    assert first and first.definitions[0][1] == "a"
    assert last and last.definitions[0][1] == "z"
    assert hangs and hangs.file.skipped == BROKEN
    assert hangs.file.language == "cobol"
    assert hangs.file.digest
    assert gone is None


def test_a_worker_that_is_killed_is_replaced(tmp_path: Path, pool: Pool) -> None:
    (tmp_path / "a.py").write_text("def a(): pass\n")
    before = children()
    pool.rest()
    (worker,) = children() - before
    worker.suspend()
    readings = pool.read([[Job("a.py")]])
    threading.Timer(0.1, worker.kill).start()
    ((killed,),) = readings
    assert killed.record and killed.record.file.skipped == BROKEN
    ((read,),) = pool.read([[Job("a.py")]])
    assert read.record and read.record.definitions


def test_memory_is_limited(tmp_path: Path) -> None:
    (tmp_path / "huge.py").write_text("x = [\n" + "1, " * 5_000_000)
    (tmp_path / "a.py").write_text("def a(): pass\n")
    with Pool(tmp_path, 1, seconds=60.0, megabytes=256) as pool:
        ((huge, small),) = pool.read([[Job("huge.py"), Job("a.py")]])
    assert huge.record and huge.record.file.skipped
    assert small.record and small.record.definitions


def test_a_known_content_is_not_parsed_again(tmp_path: Path, pool: Pool) -> None:
    (tmp_path / "a.py").write_text("def a(): pass\n")
    ((first,),) = pool.read([[Job("a.py")]])
    assert first.record
    ((again,),) = pool.read([[Job("a.py", first.record.file.digest)]])
    assert again.same
    assert again.record and not again.record.definitions


def test_one_process_rests_and_none_is_left(tmp_path: Path) -> None:
    for number in range(8):
        (tmp_path / f"{number}.py").write_text("x = 1\n" * 1000)
    before = children()
    with Pool(tmp_path, 2) as pool:
        assert children() == before
        list(pool.read([[Job(f"{number}.py")] for number in range(8)]))
        pool.rest()
        (resting,) = children() - before
        list(pool.read([[Job("0.py")]]))
        assert children() - before == {resting}
    assert children() == before


def test_closing_ends_the_work_of_another_thread(tmp_path: Path) -> None:
    (tmp_path / "hangs.cbl").write_text("x")
    pool = Pool(tmp_path, 1)
    errors: list[BaseException] = []

    def read() -> None:
        try:
            list(pool.read([[Job("hangs.cbl")]]))
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=read)
    before = children()
    thread.start()
    while not children() - before:
        pass
    pool.close()
    thread.join()
    assert len(errors) == 1


def test_workers_leave_ctrl_c_to_the_parent(tmp_path: Path, pool: Pool) -> None:
    (tmp_path / "a.py").write_text("def a(): pass\n")
    before = children()
    list(pool.read([[Job("a.py")]]))
    pool.rest()
    (worker,) = children() - before
    os.kill(worker.pid, signal.SIGINT)
    ((reading,),) = pool.read([[Job("a.py")]])
    assert reading.record and not reading.record.file.skipped
    assert worker.is_running()
