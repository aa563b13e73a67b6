"""Programs that are right, wrong, endless, greedy, or that reach out."""

from __future__ import annotations

import os
import time
from pathlib import Path

import psutil
import pytest

from midfill.engine.bench import sandbox
from midfill.engine.bench.judge import Verdict, judge


async def test_a_program_that_ends_passes() -> None:
    assert await judge("import math, hashlib\nassert math.sqrt(4) == 2") is Verdict.PASSED


@pytest.mark.parametrize(
    "program",
    [
        "assert 1 == 2",
        "def f(:",
        "raise SystemExit(0)",
        "import sys; sys.exit(0)",
        "exit(0)",
        "import os; os._exit(0)",
        "raise KeyboardInterrupt",
    ],
)
async def test_one_that_fails_or_leaves_early_does_not(program: str) -> None:
    assert await judge(program) is Verdict.FAILED


@pytest.mark.parametrize("program", ["while True: pass", "import time; time.sleep(60)"])
async def test_time_is_limited(program: str) -> None:
    assert await judge(program, seconds=0.5) is Verdict.TIMED_OUT


@pytest.mark.skipif(os.name != "posix", reason="memory is limited on POSIX systems only")
async def test_memory_is_limited() -> None:
    assert await judge("x = bytearray(1 << 28)") is Verdict.PASSED
    assert await judge("x = bytearray(1 << 31)") is Verdict.FAILED


@pytest.mark.parametrize(
    "program",
    [
        "import os; os.fork()",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.system('true')",
        "import socket; socket.create_connection(('127.0.0.1', 1))",
        "import os; os.remove('{file}')",
        "open('{file}', 'w')",
        "open('new', 'w')",
    ],
)
async def test_the_world_is_out_of_reach(program: str, tmp_path: Path) -> None:
    file = tmp_path / "mine"
    file.write_text("mine")
    caught = f"try:\n    {program}\nexcept PermissionError:\n    refused = True\nassert refused"
    assert await judge(caught.replace("{file}", str(file))) is Verdict.PASSED
    assert file.read_text() == "mine"


@pytest.fixture
def lax_sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program gets round the refusals."""
    lax = tmp_path / "lax.py"
    lax.write_text(Path(sandbox.__file__).read_text().replace("sys.addaudithook(refuse)", ""))
    monkeypatch.setattr(sandbox, "__file__", str(lax))


@pytest.mark.skipif(os.name != "posix", reason="process groups are POSIX's")
@pytest.mark.usefixtures("lax_sandbox")
async def test_nothing_is_left_of_its_processes() -> None:
    mark = f"left of {os.getpid()}"
    program = f"""
import os, subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(999)", {mark!r}])
"""
    assert await judge(program) is Verdict.PASSED
    _wait_until_gone(mark)


def _wait_until_gone(argument: str) -> None:
    # A zombie has no command line.
    while any(argument in (p.info["cmdline"] or ()) for p in psutil.process_iter(["cmdline"])):
        time.sleep(0.01)
