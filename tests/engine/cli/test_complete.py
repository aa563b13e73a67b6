"""`midfill complete`, as a person calls it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLE = '''def add(a, b):
    """Return the sum of a and b."""
    return\x20


print(add(1, 2))
'''


def _midfill(
    *arguments: str | Path, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "midfill.engine.cli", *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A file with a hole at 3:12."""
    file = tmp_path / "sample.py"
    file.write_text(SAMPLE)
    return file


@pytest.mark.model
def test_it_completes(sample: Path, real_model_env: dict[str, str]) -> None:
    done = _midfill("complete", sample, "--at", "3:12", environment=real_model_env)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "a + b"


@pytest.mark.model
def test_json(sample: Path, real_model_env: dict[str, str]) -> None:
    _midfill("complete", sample, "--at", "3:12", environment=real_model_env)
    done = _midfill("complete", sample, "--at", "3:12", "--json", environment=real_model_env)
    answer = json.loads(done.stdout)
    assert answer["text"] == "a + b"
    assert answer["reason"] is None
    assert answer["model"] == "qwen2.5-coder-0.5b-instruct-q4_k_m"
    assert answer["backend"] == "local"
    assert answer["tokens_evaluated"] <= 2
    assert answer["tokens_reused"] > 20
    assert answer["tokens_generated"] >= 3
    assert {"queue", "prefill", "decode", "other", "total"} <= answer["ms"].keys()


@pytest.mark.parametrize(
    ("position", "message"),
    [
        ("3", "LINE:COL"),
        ("0:1", "LINE:COL"),
        ("x:y", "LINE:COL"),
        ("99:1", "no line 99: the file has 7"),
        ("1:99", "no column 99: line 1 ends at 15"),
    ],
)
def test_a_wrong_position_is_bad_usage(sample: Path, position: str, message: str) -> None:
    done = _midfill("complete", sample, "--at", position)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stdout == ""


def test_a_binary_file_is_bad_usage(tmp_path: Path) -> None:
    file = tmp_path / "image.png"
    file.write_bytes(b"\x89PNG\xff\xfe\x00")
    done = _midfill("complete", file, "--at", "1:1")
    assert done.returncode == 2
    assert "as UTF-8 text" in done.stderr


def test_without_a_model_it_says_what_to_do(sample: Path, tmp_path: Path) -> None:
    environment = {"PATH": "", "HOME": str(tmp_path), "MIDFILL_CACHE_HOME": str(tmp_path / "c")}
    done = _midfill("complete", sample, "--at", "1:1", environment=environment)
    assert done.returncode == 1
    assert "midfill models pull" in done.stderr
