from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from midfill.grammars.outline import outline
from midfill.grammars.registry import languages
from midfill.grammars.tree import NotParsed, parse
from midfill.grammars.worker import Worker

PYTHON = languages()["python"]
COBOL = Path(__file__).parent / "cases" / "cobol" / "sample.cbl"
TEXT = 'import os\n\ndef f():\n    """é"""\n    return g()\n'


@pytest.fixture
def worker() -> Iterator[Worker]:
    with Worker(seconds=1.0) as worker:
        yield worker


def test_outline_is_the_same_as_here(worker: Worker) -> None:
    assert worker.outline(PYTHON, TEXT) == outline(parse(PYTHON, TEXT))
    assert worker.outline(languages()["awk"], "function f(x) { g(x) }\n").definitions


def test_a_parser_that_hangs_is_killed_and_the_next_text_is_read(worker: Worker) -> None:
    """The COBOL scanner never comes back from this text; no time limit of tree-sitter ends it."""
    with pytest.raises(NotParsed, match="COBOL"):
        worker.outline(languages()["cobol"], "x")
    assert worker.outline(PYTHON, TEXT).definitions


def test_only_a_worker_runs_a_parser_that_can_hang(worker: Worker) -> None:
    cobol = COBOL.read_text("utf-8").replace("‸", "")
    with pytest.raises(NotParsed, match="worker"):
        parse(languages()["cobol"], cobol)
    (found,) = worker.outline(languages()["cobol"], cobol).definitions
    assert found.name == "SHAPES"


def test_a_child_that_was_killed_is_started_again(worker: Worker) -> None:
    worker.outline(PYTHON, TEXT)
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGKILL)
    with pytest.raises(NotParsed, match="crashed"):
        worker.outline(PYTHON, TEXT)
    assert worker.outline(PYTHON, TEXT).definitions


def test_memory_is_limited() -> None:
    with Worker(seconds=30.0, megabytes=256) as worker:
        with pytest.raises(NotParsed):
            worker.outline(PYTHON, "x = [\n" + "1, " * 5_000_000)
        assert worker.outline(PYTHON, TEXT).definitions


def test_close_ends_the_child_and_can_be_called_twice(worker: Worker) -> None:
    worker.outline(PYTHON, TEXT)
    pid = worker.pid
    assert pid is not None
    worker.close()
    worker.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
