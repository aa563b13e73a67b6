"""Layers of settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from midfill.engine import settings
from midfill.engine.errors import UsageError


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration folder of the test's own."""
    folder = tmp_path / "config"
    folder.mkdir()
    monkeypatch.setenv("MIDFILL_CONFIG_HOME", str(folder))
    return folder


def test_later_layers_win(home: Path, tmp_path: Path) -> None:
    (home / "config.toml").write_text("model = 'a'\n[completion]\nmax_tokens = 1\n")
    (tmp_path / ".midfill.toml").write_text("model = 'b'\n[completion]\nprefix_tokens = 2\n")
    editor = {"model": "c", "completion": {"suffix_tokens": 3}}
    found, ignored = settings.load(tmp_path, editor, {"MIDFILL_MODEL": "d"})
    assert found.model == "d"
    assert (found.completion.max_tokens, found.completion.prefix_tokens) == (1, 2)
    assert found.completion.suffix_tokens == 3
    assert ignored == []


@pytest.mark.parametrize(
    "line",
    ["[engine]\nthreads = 9", "[models]\ndir = '/x'", "model = '/tmp/evil.gguf'", "endpoint = 'x'"],
)
def test_a_workspace_may_not_reach_outside(tmp_path: Path, line: str) -> None:
    (tmp_path / ".midfill.toml").write_text(line)
    found, [sentence] = settings.load(tmp_path, environ={})
    assert found == settings.Settings()
    assert ".midfill.toml may" in sentence


def test_variables_have_types() -> None:
    environment = {"MIDFILL_ENGINE_THREADS": "3", "MIDFILL_MODELS_SOURCES": "file,pypi"}
    found, _ = settings.load(environ=environment)
    assert found.engine.threads == 3
    assert found.models.sources == ("file", "pypi")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("model = ", "config.toml"),
        ("[engine]\nthreads = 'many'", "engine.threads"),
        ("[engine]\nthread = 2", "thread"),
    ],
)
def test_a_wrong_file_is_named(home: Path, text: str, message: str) -> None:
    (home / "config.toml").write_text(text)
    with pytest.raises(UsageError, match=message):
        settings.load(environ={})
