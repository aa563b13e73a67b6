"""The whole command, with the real model."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from midfill.engine.bench.repair.answers import BUGGY_PASSES, FIX_FAILS

from .conftest import task, write

pytestmark = pytest.mark.model
_COMMAND = [sys.executable, "-m", "midfill.engine.cli", "bench", "repair"]
_LARGEST = """\
def largest(values):
    best = values[0]
    for value in values:
        if value < best:
            best = value
    return best
"""


def _run(env: dict[str, str], *options: str) -> dict[str, Any]:
    done = subprocess.run(
        [*_COMMAND, *options, "--json"], env=env, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_the_command(tmp_path: Path, real_model_env: dict[str, str]) -> None:
    fixed = task("python").canonical_solution
    data = write(
        tmp_path / "tasks.jsonl",
        task("python", 1),
        task(
            "python",
            2,
            category="Reference",
            buggy_code=_LARGEST,
            canonical_solution=_LARGEST.replace("<", ">"),
            test="assert largest([1, 3, 2]) == 3",
        ),
        task("python", 3, buggy_code=fixed),
        task("python", 4, canonical_solution="def add(a, b):"),
        task("python", 5, question_id="Julia/1"),
    )
    answers, plot = tmp_path / "answers.jsonl", tmp_path / "plot.svg"
    options = ["--data", str(data), "--tasks", "0", "--candidates", "4", "--answers", str(answers)]
    report = _run(real_model_env, *options, "--plot", str(plot))
    assert report["tasks"] == 2
    assert report["damaged"] == report["strays"] == 0
    assert report["fixed_first_try"] <= report["fixed"]
    assert report["calls"] > 0 and report["tokens_generated"] > 0
    assert report["left_out"] == {"python": {BUGGY_PASSES: 1, FIX_FAILS: 1}}
    assert list(report["skipped"]) == ["julia"]
    assert set(report["kinds"]) == {"Logic", "Reference"}
    assert b"<svg" in plot.read_bytes()
    # A sum is within reach of every model.
    assert report["fixed"] >= 1
    before = answers.read_bytes()
    with answers.open("ab") as lines:
        lines.write(b'{"task":"Python/1","sys')
    assert _run(real_model_env, *options) == report
    assert answers.read_bytes() == before
    known = {json.loads(line)["task"] for line in before.splitlines()[1:]}
    assert known == {f"Python/{number}" for number in range(1, 5)}


def test_tests_that_are_kept_from_it_judge(tmp_path: Path, real_model_env: dict[str, str]) -> None:
    data = write(tmp_path / "tasks.jsonl", task("python"))
    report = _run(real_model_env, "--data", str(data), "--blind", "--candidates", "1")
    assert report["tasks"] == 1
    assert report["judge"] == "tests that the repair did not know"


@pytest.mark.skipif(shutil.which("aider") is None, reason="aider is not on the PATH")
@pytest.mark.parametrize("edit_format", ["whole", "diff"])
def test_aider(tmp_path: Path, real_model_env: dict[str, str], edit_format: str) -> None:
    data = write(tmp_path / "tasks.jsonl", task("python"))
    options = ["--data", str(data), "--candidates", "1"]
    report = _run(real_model_env, *options, "--peer", "aider", "--peer-format", edit_format)
    peer = report["peers"][f"aider {edit_format}"]
    assert peer["tasks"] == 1
    assert peer["calls"] >= 1
    assert peer["tokens_generated"] > 0
