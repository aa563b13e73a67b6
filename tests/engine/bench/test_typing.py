"""The whole command, at a real server with a real engine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ...conftest import engines

_COMMAND = [sys.executable, "-m", "midfill.engine.cli", "bench", "typing"]


@pytest.mark.model
def test_the_command(
    files: tuple[Path, ...], tmp_path: Path, real_model_env: dict[str, str]
) -> None:
    plot, temporary = tmp_path / "plot.svg", tmp_path / "tmp"
    temporary.mkdir()
    options = ["--keys", "40", "--busy", "1", "--json", "--plot", str(plot)]
    done = subprocess.run(
        [*_COMMAND, *map(str, files), *options],
        env={**real_model_env, "TMPDIR": str(temporary)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["files"] == ["greeter.py", "sums.js"]
    assert (report["busy"], report["peer"], report["ratio"]) == (1, None, None)
    ours = report["ours"]
    assert ours["requests"] == ours["keys"] > 0
    assert ours["cancelled"] <= ours["requests"]
    assert ours["jobs"] > 0
    assert ours["after_open"]["keys"] <= 2
    assert 0 <= ours["first_p50_ms"] <= ours["first_p95_ms"]
    assert 0 <= ours["shown_100ms"] <= ours["shown_300ms"] <= ours["any_300ms"] <= 1
    assert ours["cpu_s_per_min"] > 0
    assert b"<svg" in plot.read_bytes()
    assert not list(temporary.iterdir())
    assert not engines(temporary)


@pytest.mark.model
@pytest.mark.skipif(shutil.which("llama-server") is None, reason="no llama-server on the PATH")
def test_a_peer_types_the_same(files: tuple[Path, ...], real_model_env: dict[str, str]) -> None:
    done = subprocess.run(
        [*_COMMAND, *map(str, files), "--keys", "40", "--peer", "llama-server", "--json"],
        env=real_model_env,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert {"first_p50", "first_p95"} <= report["ratio"].keys()
    peer = report["peer"]
    assert peer["keys"] > 0
    assert peer["requests"] > 0
    assert peer["cancelled"] == 0
    assert peer["tokens_evaluated_p50"] > 0


def test_a_peer_needs_its_program(files: tuple[Path, ...]) -> None:
    done = subprocess.run(
        [*_COMMAND, *map(str, files), "--peer", "llama-server"],
        env={**os.environ, "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "--peer-binary PATH" in done.stderr


def test_a_plot_of_no_known_kind_is_refused_before_the_work(files: tuple[Path, ...]) -> None:
    done = subprocess.run(
        [*_COMMAND, *map(str, files), "--plot", "plot.xyz"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "plot.xyz" in done.stderr
