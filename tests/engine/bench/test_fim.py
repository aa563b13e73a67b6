"""Tasks, their programs, and the whole command."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from midfill.engine.bench.fim import load
from midfill.engine.bench.judge import Verdict, judge
from midfill.engine.errors import UsageError

_COMMAND = [sys.executable, "-m", "midfill.engine.cli", "bench", "fim"]
TASKS: list[dict[str, str]] = [
    {
        "task_id": "add",
        "entry_point": "add",
        "prompt": 'def add(a, b):\n    """Return the sum of a and b."""\n',
        "suffix": "",
        "canonical_solution": "    return a + b\n",
        "test": "def check(candidate):\n    assert candidate(1, 2) == 3\n",
    },
    {
        "task_id": "largest",
        "entry_point": "largest",
        "prompt": "def largest(values):\n    best = values[0]\n    for value in values:\n",
        "suffix": "            best = value\n    return best\n",
        "canonical_solution": "        if value > best:\n",
        "test": "def check(candidate):\n    assert candidate([1, 3, 2]) == 3\n",
    },
]


def _lines(count: int = len(TASKS)) -> bytes:
    tasks = [{**TASKS[n % len(TASKS)], "task_id": str(n)} for n in range(count)]
    return "".join(json.dumps(task) + "\n" for task in tasks).encode()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A file with two tasks."""
    file = tmp_path / "tasks.jsonl.gz"
    file.write_bytes(gzip.compress(_lines()))
    return file


def test_the_seed_draws_the_tasks(tmp_path: Path) -> None:
    file = tmp_path / "tasks.jsonl"
    file.write_bytes(_lines(50))
    assert load(file, 10, 1) == load(file, 10, 1)
    assert load(file, 10, 1) != load(file, 10, 2)
    assert len(load(file, 10, 1)) == 10
    assert len(load(file, 0, 1)) == len(load(file, 99, 1)) == 50


@pytest.mark.parametrize("content", [b"{}", b"no json", gzip.compress(_lines())[:-9], b"\xff"])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "tasks.jsonl"
    file.write_bytes(content)
    with pytest.raises(UsageError, match="HumanEval"):
        load(file, 0, 0)


async def test_a_program_is_the_function_and_its_tests(data: Path) -> None:
    for task in load(data, 0, 0):
        line = task.canonical_solution.rstrip("\n")
        assert await judge(task.program(line)) is Verdict.PASSED
        assert await judge(task.program(line.replace("+", "-").replace(">", "<"))) is Verdict.FAILED


@pytest.mark.model
def test_the_command(data: Path, tmp_path: Path, real_model_env: dict[str, str]) -> None:
    plot = tmp_path / "plot.svg"
    command = [sys.executable, "-m", "midfill.engine.cli", "bench", "fim"]
    options = ["--data", str(data), "--tasks", "0", "--json", "--plot", str(plot)]
    done = subprocess.run(
        [*command, *options], env=real_model_env, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["tasks"] == len(TASKS)
    columns: list[dict[str, Any]] = [report, report["bare_spm"], report["bare_psm"]]
    for column in columns:
        low, high = column["exact_match_interval"]
        assert 0 <= low <= column["exact_match"] <= high <= 1
        assert column["exact_match"] <= column["pass_at_1"] <= 1
    # A sum is within reach of every model.
    assert report["pass_at_1"] >= 0.5
    assert b"<svg" in plot.read_bytes()
