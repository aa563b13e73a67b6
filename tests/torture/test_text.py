"""Files, names and answers made to do harm, through all that reads them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from midfill.engine.backend import (
    BackendError,
    ChatRequest,
    Delta,
    InfillRequest,
    Message,
    Score,
    Stats,
)
from midfill.engine.completion.pipeline import Completer, CompletionRequest
from midfill.engine.context.files import Files
from midfill.engine.errors import MidfillError
from midfill.engine.repair import source
from midfill.engine.settings import Completion, Settings

from . import hostile
from .conftest import StartSession
from .processes import until
from .scale import times

MIDFILL = Path(sys.executable).with_name("midfill")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    hostile.make(tmp_path / "work", tmp_path / "outside")
    return tmp_path / "work"


def run(
    root: Path, env: dict[str, str], *arguments: str | Path
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [MIDFILL, *arguments], cwd=root, env=env, capture_output=True, errors="replace", timeout=120
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode in (0, 1, 2)
    return done


def test_the_index_reads_what_it_can(root: Path, bare_env: dict[str, str], home: Path) -> None:
    before = hostile.snapshot(root, root.parent / "outside")
    report = json.loads(run(root, bare_env, "index", "--json").stdout)
    assert report["broken"] == []
    assert report["skipped"]["symbolic link"] == 7
    assert report["skipped"]["its name is not UTF-8"] == 1
    assert report["definitions"] >= 12
    assert hostile.snapshot(root, root.parent / "outside") == before
    kept = b"".join(file.read_bytes() for file in home.rglob("*") if file.is_file())
    assert b"newline" in kept
    assert hostile.SECRET.encode() not in kept


@pytest.mark.parametrize("device", [None, "/dev/zero"])
def test_settings_that_never_end(
    start_session: StartSession, root: Path, bare_env: dict[str, str], device: str | None
) -> None:
    settings_file = root / ".midfill.toml"
    if device is None:
        os.mkfifo(settings_file)
    else:
        settings_file.symlink_to(device)
    assert "no regular file" in run(root, bare_env, "context", "bom8.py", "--at", "1:1").stderr
    session = start_session(bare_env)
    session.initialize(root=root)
    uri = (root / "bom8.py").as_uri()
    session.open(uri, "x")
    assert session.suggestion(uri, 0, 1) == ""
    until(lambda: "no regular file" in (session.why() or ""))
    assert session.shut_down() == 0


def test_the_command_line_takes_any_file(root: Path, bare_env: dict[str, str]) -> None:
    before = hostile.snapshot(root, root.parent / "outside")
    files = sorted(file for file in root.iterdir() if not file.is_dir())
    # In `make test` only those that once were trouble: a pipe, a device, names.
    few = [file for file in files if file.name[:4] in ("pipe", "devi", "lati", "new\n")]
    for file in times(few, files):
        for command in times(["context"], ["context", "complete", "repair"]):
            place = ["--message", "wrong"] if command == "repair" else ["--at", "1:1"]
            run(root, bare_env, command, *place, "--", file.name)
    assert hostile.snapshot(root, root.parent / "outside") == before


def test_a_repair_reads_a_file_byte_for_byte_or_not_at_all(root: Path) -> None:
    files = Files(root)
    read = 0
    for file in sorted(root.iterdir()):
        try:
            found = source.read(file, files)
        except MidfillError:
            continue
        read += 1
        assert found.encoded(found.text) == file.read_bytes()
        assert hostile.SECRET not in found.text
    assert read >= 15


def test_an_editor_opens_all_of_it(
    start_session: StartSession, root: Path, bare_env: dict[str, str], home: Path
) -> None:
    log = home / "log"
    session = start_session(bare_env, "--log-level", "debug", log=log)
    session.initialize(root=root)
    texts = {}
    for file in hostile.regular(root):
        text = file.read_bytes().decode("utf-8", "replace") if file.name != "unreadable.py" else ""
        texts[file.as_uri()] = [1, text]
        session.open(file.as_uri(), text)
    assert session.texts() == texts
    links = [(root / name).as_uri() for name in ("link.py", "pipe.py")]
    for uri in [*times([*texts][::4], [*texts]), *links]:
        for line, character in times([(0, 5)], [(0, 5), (0, 10**6), (10**6, 0)]):
            assert "result" in session.answer(session.complete(uri, line, character))
        place = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 5}}
        answer = session.request("midfill/context", place)
        assert hostile.SECRET not in json.dumps(answer)
    assert session.shut_down() == 0
    assert "Traceback" not in log.read_text()
    assert not [code for code in ("return 1", "fim_prefix", "x = [1") if code in log.read_text()]


class Says:
    """A backend that says one thing: no real model could be made to."""

    name = "says"
    debounced = False

    def __init__(self, answer: list[str]) -> None:
        self._answer = answer

    async def infill(self, request: InfillRequest) -> AsyncGenerator[Delta]:
        yield Delta("", Stats(model="m", stop_type="cancelled"))
        for token in self._answer:
            yield Delta(token)
        yield Delta("", Stats(model="m", stop_type="eos"))

    async def chat(self, request: ChatRequest) -> AsyncGenerator[Delta]:
        raise BackendError("this one does not talk")
        yield Delta("")

    async def score(
        self,
        messages: tuple[Message, ...],
        choices: int,
        files: tuple[str, ...] = (),
        start: int = 0,
    ) -> list[Score]:
        raise BackendError("this one does not talk")


words = st.sampled_from(
    [
        *(
            "<|fim_prefix|>",
            "<|im_end|>",
            "<|file_sep|>",
            "<|endoftext|>",
            "<|",
            "|>",
            "fim_middle",
        ),
        *(
            "\u202e",
            "\u2066",
            "\0",
            "\x1b[2J",
            "\ufeff",
            "\ud83d",
            "\r",
            "\r\n",
            "\n",
            "    ",
            "```",
        ),
        *(
            "return",
            " x",
            "(",
            ")",
            "[",
            '"',
            "'",
            '"""',
            "# ",
            "é",
            "😋",
            "a" * 10_000,
            "\n" * 500,
        ),
    ]
)


@settings(
    max_examples=times(150, 5_000), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
@given(
    st.lists(words, max_size=12),
    st.sampled_from(["a.py", "a.js", "a.html", "a", "a.md"]),
    st.sampled_from(["x = ", "def f():\n    ", "", "(" * 500]),
    st.sampled_from(["", "\n", ")\n", "\n\nprint(x)\n"]),
)
async def test_no_answer_gets_through_that_is_no_code(
    answer: list[str], filename: str, prefix: str, suffix: str
) -> None:
    completer = Completer(Says(answer), Settings(completion=Completion(patience_ms=60_000)))
    request = CompletionRequest(
        prefix=prefix,
        suffix=suffix,
        filename=filename,
        document=filename,
        replacing=True,
        explicit=True,
    )
    done = await completer.complete(request)
    completer.close()
    assert bool(done.text) != bool(done.reason)
    assert not set(done.text) & set("\0\x1b\u202e\u2066")
    done.text.encode()
    assert done.replaces <= len(suffix)
