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
    [
        "[engine]\nthreads = 9",
        "[models]\ndir = '/x'",
        "model = '/tmp/evil.gguf'",
        "endpoint = 'x'",
        "[remote]\ncompletion = 'remote'",
        "[remote.endpoints.evil]\nurl = 'https://evil.example'",
        "offline = false",
    ],
)
def test_a_workspace_may_not_reach_outside(tmp_path: Path, line: str) -> None:
    (tmp_path / ".midfill.toml").write_text(line)
    found, [sentence] = settings.load(tmp_path, environ={})
    assert found == settings.Settings()
    assert ".midfill.toml may" in sentence


def test_an_editor_may_not_say_what_leaves_the_machine(home: Path) -> None:
    (home / "config.toml").write_text("offline = true\n[remote.endpoints.gpu]\nurl = 'https://a'\n")
    evil = {"offline": False, "remote": {"endpoints": {"gpu": {"url": "https://evil.example"}}}}
    found, ignored = settings.load(editor=evil, environ={})
    assert found.offline
    assert found.remote.endpoints["gpu"].url == "https://a"
    assert all("the editor may not set" in sentence for sentence in ignored)
    assert len(ignored) == 2


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
        ("[remote.endpoints.gpu]\nurl = 'gpu:8000'", r"endpoints"),
    ],
)
def test_a_wrong_file_is_named(home: Path, text: str, message: str) -> None:
    (home / "config.toml").write_text(text)
    with pytest.raises(UsageError, match=message):
        settings.load(environ={})


def test_a_model_is_set_and_all_else_stays(home: Path) -> None:
    file = home / "config.toml"
    text = "# mine\nmodel = 'a'  # small\n\n[engine]\nthreads = 2 # quiet\n"
    file.write_text(text)
    file.chmod(0o600)
    assert settings.set_model("b") == file
    assert file.read_text() == text.replace("'a'", '"b"')
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(home.iterdir()) == [file]


def test_a_model_is_set_before_the_tables_and_in_a_new_file(home: Path) -> None:
    settings.set_model("a")
    assert settings.load(environ={})[0].model == "a"
    (home / "config.toml").write_text("[engine]\nthreads = 2\n")
    settings.set_model("b")
    found = settings.load(environ={})[0]
    assert (found.model, found.engine.threads) == ("b", 2)


def test_a_linked_file_stays_a_link(home: Path, tmp_path: Path) -> None:
    dotfile = tmp_path / "dotfile"
    dotfile.write_text("# elsewhere\n")
    (home / "config.toml").symlink_to(dotfile)
    settings.set_model("a")
    assert (home / "config.toml").is_symlink()
    assert dotfile.read_text() == '# elsewhere\nmodel = "a"\n'


def test_a_wrong_file_is_not_written_to(home: Path) -> None:
    (home / "config.toml").write_text("model = ")
    with pytest.raises(UsageError, match=r"config\.toml"):
        settings.set_model("a")
    assert (home / "config.toml").read_text() == "model = "
