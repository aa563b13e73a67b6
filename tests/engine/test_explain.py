"""What a model is asked where code is to be explained."""

from __future__ import annotations

from pathlib import Path

import pytest

from midfill.engine.context.files import Files
from midfill.engine.errors import MidfillError, UsageError
from midfill.engine.explain import request

CODE = '''import math


class Circle:
    def area(self, radius):
        """In square metres."""
        return math.pi * radius**2


def other():
    return "```"
'''


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file in a workspace of its own."""
    monkeypatch.setenv("MIDFILL_CACHE_HOME", str(tmp_path / "cache"))
    made = tmp_path / "work" / "circle.py"
    made.parent.mkdir()
    made.write_text(CODE)
    return made


def _asked(file: Path, line: int | None, question: str = "") -> str:
    return request(file, line, question, Files(file.parent), 8192).messages[-1].content


def test_the_definition_at_a_line_is_asked_about(file: Path) -> None:
    asked = _asked(file, 7, "In which unit?")
    assert asked.startswith("This is in circle.py:\n```python\n    def area(")
    assert asked.endswith("radius**2\n```\nIn which unit?")
    assert "other" not in asked


def test_without_a_line_it_is_all_of_the_file(file: Path) -> None:
    asked = _asked(file, None)
    assert CODE.rstrip() in asked
    assert "````python" in asked


def test_what_cannot_be_explained_is_said(file: Path) -> None:
    with pytest.raises(UsageError, match="no line 99"):
        _asked(file, 99)
    file.write_text("x = 1\n" * 5000)
    with pytest.raises(UsageError, match="--at"):
        _asked(file, None)
    (file.parent / ".midfillignore").write_text("*.py\n")
    with pytest.raises(MidfillError, match="is not read"):
        _asked(file, 1)
