"""`midfill explain`, as a person calls it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLE = "def mean(values):\n    return sum(values) / len(values)\n"


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A file with a function."""
    file = tmp_path / "sample.py"
    file.write_text(SAMPLE)
    return file


def _explain(
    *arguments: str | Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "midfill.engine.cli", "explain", *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.model
def test_it_tells_what_a_function_does(sample: Path, real_model_env: dict[str, str]) -> None:
    done = _explain(sample, "--at", "2", environment=real_model_env)
    assert done.returncode == 0, done.stderr
    assert "mean" in done.stdout or "average" in done.stdout
    done = _explain(
        sample, "--message", "Which built-in functions are called?", "--json",
        environment=real_model_env,
    )  # fmt: skip
    answer = json.loads(done.stdout)
    assert "sum" in answer["text"]
    assert answer["model"] == "qwen2.5-coder-0.5b-instruct-q4_k_m"
    assert answer["backend"] == "local"


def test_who_must_not_answer_is_not_asked(
    sample: Path, tmp_path: Path, real_model_env: dict[str, str]
) -> None:
    endpoint = '[remote.endpoints.gpu]\nurl = "http://127.0.0.1:9/v1"\n'
    (tmp_path / "config.toml").write_text(f'[remote]\nexplain = "remote"\n{endpoint}')
    settings = {"MIDFILL_CONFIG_HOME": str(tmp_path)}
    done = _explain(sample, environment={**real_model_env, **settings})
    assert done.returncode == 1
    assert "gpu" in done.stderr
    assert done.stdout == ""
