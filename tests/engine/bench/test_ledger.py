"""Answers that outlive a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from midfill.engine.bench.ledger import opened
from midfill.engine.errors import UsageError


def test_a_run_goes_on_where_the_last_one_was_killed(tmp_path: Path) -> None:
    file = tmp_path / "answers.jsonl"
    with opened(file, {"seed": 1}, int) as ledger:
        assert ledger.answers == []
        ledger.add(10)
        ledger.add(11)
    with file.open("ab") as lines:
        lines.write(b"12")
    with opened(file, {"seed": 1}, int) as ledger:
        assert ledger.answers == [10, 11]
        ledger.add(13)
    assert file.read_text() == '{"seed":1}\n10\n11\n13\n'


@pytest.mark.parametrize(
    "text", ['{"seed":2}\n10\n', '{"seed":1}\n"ten"\n', "no answers", "no answers\n", '{"se']
)
def test_another_file_is_refused_and_left_as_it_is(tmp_path: Path, text: str) -> None:
    file = tmp_path / "answers.jsonl"
    file.write_text(text)
    with pytest.raises(UsageError, match="answers"), opened(file, {"seed": 1}, int):
        pass
    assert file.read_text() == text


def test_without_a_file_nothing_is_kept() -> None:
    with opened(None, {}, int) as ledger:
        ledger.add(1)
        assert ledger.answers == [1]


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be kept"), opened(tmp_path, {}, int):
        pass
