"""Programs that are right, wrong, endless, or that reach out, in every language."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from midfill.engine.bench import sandbox
from midfill.engine.bench.repair import trial
from midfill.engine.bench.repair.place import place
from midfill.engine.bench.repair.tasks import Task

from .conftest import PROGRAMS, installed, task

_LANGUAGES = list(PROGRAMS)

# What a program that wants to pass without its tests does, and one that does not end.
_EXITS: Mapping[str, str] = {
    "python": "import os\nos._exit(0)",
    "javascript": "process.exit(0);",
}
_ENDLESS: Mapping[str, str] = {
    "python": "while True: pass",
    "javascript": "for (;;);",
    "c": "__attribute__((constructor)) void endless() { for (;;); }",
    "rust": "fn add(_: i32, _: i32) -> i32 { loop {} }",
}
_WRITES: Mapping[str, str] = {
    "javascript": "try {{ require('fs').writeFileSync('{file}', 'x'); }} catch {{}}\n",
    "c": '#include <stdio.h>\n__attribute__((constructor)) void f() {{ fopen("{file}", "w"); }}\n',
    "rust": '#[test] fn writes() {{ let _ = std::fs::write("{file}", "x"); }}\n',
}


@pytest.fixture
def hasty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs have a second."""
    original = Path(trial.__file__)
    script = tmp_path / "repair" / original.name
    script.parent.mkdir()
    script.write_text(original.read_text().replace(f"SECONDS = {trial.SECONDS}", "SECONDS = 1"))
    shutil.copy(sandbox.__file__, tmp_path)
    monkeypatch.setattr(trial, "__file__", str(script))


async def _status(each: Task) -> int | None:
    with place(each, installed(each.language)) as spot:
        spot.write(each.buggy_code)
        return (await spot.run()).status


@pytest.mark.parametrize("language", _LANGUAGES)
async def test_a_fault_fails_where_it_is_and_its_fix_passes(language: str) -> None:
    each = task(language)
    with place(each, installed(language)) as spot:
        spot.write(each.buggy_code)
        failed = await spot.run()
        assert failed.status == 1
        assert "add(1, 2)" in failed.output or "left: -1" in failed.output
        assert "sandbox" not in failed.output
        spot.write(each.canonical_solution)
        assert (await spot.run()).status == 0


@pytest.mark.parametrize("language", _LANGUAGES)
async def test_a_syntax_error_is_told_by_the_line_of_the_file(language: str) -> None:
    each = task(language)
    with place(each, installed(language)) as spot:
        spot.write(each.buggy_code.replace("a - b", "a - ("))
        failed = await spot.run()
        lines = spot.program.read_text().split("\n")
        line = next(number for number, text in enumerate(lines, 1) if "a - (" in text)
        assert failed.status == 1
        told = (f"{spot.program.name}:{n}" for n in (line, line + 1))
        python = f'{spot.program.name}", line {line}'
        assert python in failed.output or any(place in failed.output for place in told)


@pytest.mark.parametrize("language", _EXITS)
async def test_to_leave_before_the_tests_is_no_pass(language: str) -> None:
    assert await _status(task(language, buggy_code=_EXITS[language])) == 1


@pytest.mark.parametrize("language", _ENDLESS)
@pytest.mark.usefixtures("hasty")
async def test_time_is_limited(language: str) -> None:
    assert await _status(task(language, buggy_code=_ENDLESS[language])) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="Landlock is Linux's")
@pytest.mark.parametrize("language", _WRITES)
async def test_nothing_is_written(language: str, tmp_path: Path) -> None:
    file = tmp_path / "new"
    code = _WRITES[language].format(file=file)
    fix = task(language).canonical_solution
    assert await _status(task(language, buggy_code=f"{code}{fix}")) == 0
    assert not file.exists()
