"""`midfill index` as a process."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from midfill.engine.context.build import writing
from midfill.engine.context.store import Store

INDEX = [str(Path(sys.executable).with_name("midfill")), "index"]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MIDFILL_CACHE_HOME", str(tmp_path / "cache"))
    root = tmp_path / "work"
    (root / ".git").mkdir(parents=True)
    (root / "pkg").mkdir()
    (root / "pkg" / "a.py").write_text("def f():\n    return g()\n")
    (root / "image.png").write_bytes(b"\0")
    return root


def index(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*INDEX, *arguments], cwd=cwd, capture_output=True, text=True)


def test_json_is_one_object(root: Path) -> None:
    done = index(root, "--json")
    assert done.returncode == 0
    found = json.loads(done.stdout)
    assert found.pop("seconds") > 0
    assert found == {
        "files": 1,
        "definitions": 1,
        "references": 1,
        "changed": 1,
        "removed": 0,
        "skipped": {"version control": 1, "no known language": 1},
        "broken": [],
        "rebuilt": "",
    }


def test_without_a_path_it_reads_the_repository_around(root: Path) -> None:
    assert "1 files, 1 definitions, 1 references" in index(cwd=root / "pkg").stdout
    assert json.loads(index(root, "--json").stdout)["changed"] == 0


def test_a_path_that_is_no_folder_is_bad_usage(root: Path) -> None:
    done = index(root / "nowhere")
    assert done.returncode == 2
    assert "nowhere" in done.stderr


def test_while_another_process_writes_it_says_what_is_there(root: Path) -> None:
    with writing(root):
        done = index(root, "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["files"] == 0
    assert "another process" in done.stderr


def _as_a_background_job() -> None:
    """Shells let those ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_build_keeps_what_it_has(root: Path, how: signal.Signals) -> None:
    for number in range(400):
        body = "".join(f"    x{line} = g{number}({line})\n" for line in range(80))
        (root / f"m{number}.py").write_text(f"def f{number}():\n{body}")
    with closing(Store.open(root)) as store:
        process = subprocess.Popen(
            [*INDEX, root, "--json"],
            stdout=-1,
            stderr=-1,
            text=True,
            preexec_fn=_as_a_background_job,
        )
        while not store.files():
            assert process.poll() is None
            time.sleep(0.001)
        process.send_signal(how)
        output, complaint = process.communicate()
        assert process.returncode == 130
        assert output == ""
        assert "interrupted" in complaint
        kept = len(store.files())
    assert 0 < kept < 401
    assert json.loads(index(root, "--json").stdout)["changed"] == 401 - kept


def test_an_index_that_cannot_be_made_is_said(root: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file is in the way")
    done = index(root)
    assert done.returncode == 1
    assert done.stderr.startswith(f"midfill: the folder {tmp_path / 'cache'}")
