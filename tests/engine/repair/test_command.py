"""Commands: how they are read, and that they end, with everything they started."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from midfill.engine.errors import MidfillError, UsageError
from midfill.engine.repair.command import KEPT, Command, run


@pytest.mark.parametrize(
    ("text", "argv"),
    [
        ("pytest -x tests/test_a.py", ("pytest", "-x", "tests/test_a.py")),
        ("pytest -k 'a and (b | c)'", ("pytest", "-k", "a and (b | c)")),
        ('pytest -k "a > b"', ("pytest", "-k", "a > b")),
        (r"echo a\;b", ("echo", "a;b")),
        ("make && make test", ("sh", "-c", "make && make test")),
        ("! grep x a", ("sh", "-c", "! grep x a")),
        ("CI=1 pytest", ("sh", "-c", "CI=1 pytest")),
        ("pytest tests/*.py", ("sh", "-c", "pytest tests/*.py")),
        ('echo "$HOME"', ("sh", "-c", 'echo "$HOME"')),
        ("echo '$HOME'", ("echo", "$HOME")),
        ("pytest 2>&1 | tail", ("sh", "-c", "pytest 2>&1 | tail")),
    ],
)
def test_parsed(text: str, argv: tuple[str, ...]) -> None:
    assert Command.parsed(text).argv == argv


@pytest.mark.parametrize("text", ["", "  ", "echo 'a"])
def test_no_command(text: str) -> None:
    with pytest.raises(UsageError):
        Command.parsed(text)


def python(code: str) -> Command:
    return Command((sys.executable, "-c", code))


async def test_both_streams_and_the_status(tmp_path: Path) -> None:
    code = "import sys; print('out', flush=True); print('err', file=sys.stderr); sys.exit(3)"
    ran = await run(python(code), tmp_path, os.environ, 60)
    assert (ran.output, ran.status) == ("out\nerr\n", 3)


async def test_no_input(tmp_path: Path) -> None:
    ran = await run(python("print(repr(input()))"), tmp_path, os.environ, 60)
    assert "EOFError" in ran.output


async def test_a_long_output_is_cut_in_the_middle(tmp_path: Path) -> None:
    code = f"print('a' * {KEPT}); print('b' * {KEPT})"
    ran = await run(python(code), tmp_path, os.environ, 60)
    assert ran.output.startswith("aaa")
    assert ran.output.endswith("bbb\n")
    assert "bytes left out" in ran.output
    assert len(ran.output) < KEPT + 100


async def test_no_such_program(tmp_path: Path) -> None:
    with pytest.raises(MidfillError, match="cannot run no-such-program"):
        await run(Command(("no-such-program",)), tmp_path, os.environ, 60)


FAMILY = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open("pids", "w").write(f"{os.getpid()} {child.pid}")
os.rename("pids", "ready")
SLEEP
"""


async def ended(folder: Path) -> None:
    for pid in map(int, (folder / "ready").read_text().split()):
        while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
            await asyncio.sleep(0.01)


async def test_time_over(tmp_path: Path) -> None:
    code = FAMILY.replace("SLEEP", "print('begun', flush=True); time.sleep(600)")
    ran = await run(python(code), tmp_path, os.environ, 2)
    assert (ran.status, ran.output) == (None, "begun\n")
    await ended(tmp_path)


async def test_cancelled(tmp_path: Path) -> None:
    code = FAMILY.replace("SLEEP", "time.sleep(600)")
    running = asyncio.create_task(run(python(code), tmp_path, os.environ, 600))
    while not (tmp_path / "ready").exists():
        await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await ended(tmp_path)


async def test_what_it_leaves_behind_ends_too(tmp_path: Path) -> None:
    ran = await run(python(FAMILY.replace("SLEEP", "")), tmp_path, os.environ, 600)
    assert ran.status == 0
    await ended(tmp_path)


@pytest.mark.skipif(os.name != "posix", reason="needs process groups")
def test_what_a_killed_repair_was_running_ends(tmp_path: Path) -> None:
    code = (
        "import asyncio, os, pathlib; from midfill.engine.repair.command import Command, run\n"
        "command = Command(('sh', '-c', 'sleep 1000 & echo $! > pid; sleep 1000'))\n"
        "asyncio.run(run(command, pathlib.Path.cwd(), os.environ, 1000))"
    )
    repair = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path)
    pid = tmp_path / "pid"
    while not (pid.exists() and pid.read_text().endswith("\n")):
        time.sleep(0.05)
    started = psutil.Process(int(pid.read_text()))
    repair.kill()
    repair.wait()
    started.wait(30)
