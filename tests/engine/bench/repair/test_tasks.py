"""The data, and which of it is drawn."""

from __future__ import annotations

from pathlib import Path

import pytest

from midfill.engine.bench.repair.runners import runner
from midfill.engine.bench.repair.tasks import draw, load
from midfill.engine.errors import UsageError

from .conftest import task, write


def test_the_seed_draws_from_each_language(tmp_path: Path) -> None:
    files = [
        write(tmp_path / f"{language}.jsonl", *(task(language, number) for number in range(30)))
        for language in ("python", "cpp")
    ]
    tasks = load(files)
    assert draw(tasks, [], 10, 1) == draw(tasks, [], 10, 1) != draw(tasks, [], 10, 2)
    assert [each.language for each in draw(tasks, [], 2, 1)] == ["cpp", "cpp", "python", "python"]
    assert len(draw(tasks, ["python"], 0, 1)) == 30
    assert draw(tasks, ["python"], 10, 1) == draw(tasks, [], 10, 1)[10:]


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    file = write(tmp_path / "tasks.jsonl", task("python"))
    with pytest.raises(UsageError, match="no task in cobol; there are python"):
        draw(load([file]), ["cobol"], 0, 0)
    with pytest.raises(UsageError, match="twice"):
        load([file, file])
    file.write_text("{}")
    with pytest.raises(UsageError, match="MdEval"):
        load([file])


def test_a_language_without_its_tool_is_skipped_with_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert runner("rust") == "rustc is not installed"
    assert "nothing here knows" in str(runner("haskell"))
