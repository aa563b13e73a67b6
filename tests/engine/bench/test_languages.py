"""Programs, what is taken out of them, and the whole command."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from midfill.engine.bench.languages import draw, of_folder, of_mceval
from midfill.engine.cli.bench import command
from midfill.engine.errors import UsageError

PYTHON = '''def total(items):
    """Sum of the prices."""
    result = 0
    for item in items:  # each of them
        result += item.price‸
    return result
'''
C = '#include <stdio.h>\n\nint main(void)\n{\n    printf("hello");\n    return 0;\n}\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Programs in two languages, and files that are none."""
    for path, text in {
        "python/total.py": PYTHON,
        "python/notes.toml": "a = 1\n",
        "c/main.c": C,
        "klingon/main.k": "Qapla'\n",
    }.items():
        file = tmp_path / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    return tmp_path


def test_programs_lie_in_folders_named_after_their_language(folder: Path) -> None:
    found = {program.filename: program for program in of_folder(folder)}
    assert set(found) == {"total.py", "main.c"}
    assert found["total.py"].language.name == "python"
    assert "‸" not in found["total.py"].text
    with pytest.raises(UsageError, match="named after languages"):
        of_folder(folder / "klingon")


def test_rests_of_lines_and_bodies_are_taken_out(folder: Path) -> None:
    drawn = draw(of_folder(folder), 100, 0)
    assert {hole.program.text[hole.start : hole.end] for hole in drawn["python"]} == {
        *("items):", "0", "in items:  # each of them", "item.price", "result"),
        PYTHON.partition("\n    ")[2].replace("‸", "").rstrip(),
        "result += item.price",
    }
    for hole in drawn["c"]:
        assert hole.program.text[: hole.start].strip()
    assert draw(of_folder(folder), 2, 1) == draw(of_folder(folder), 2, 1)
    assert {name: len(holes) for name, holes in draw(of_folder(folder), 2, 1).items()} == {
        "c": 2,
        "python": 2,
    }


def test_mceval_s_solutions_are_programs(tmp_path: Path) -> None:
    tasks = [
        {"language": "CPP", "prompt": "int one()", "canonical_solution": "{ return 1; }"},
        {"language": "AWK", "prompt": "Print.", "canonical_solution": "awk '{print $1}' x"},
        {"language": "JSON", "prompt": "Write.", "canonical_solution": None},
    ]
    file = tmp_path / "tasks.jsonl.gz"
    lines = [
        json.dumps({**task, "task_id": f"T/{n}", "entry_point": ("one", None, None)[n]})
        for n, task in enumerate(tasks)
    ]
    file.write_bytes(gzip.compress("\n".join(lines).encode()))
    assert [(program.language.name, program.text) for program in of_mceval(file)] == [
        ("cpp", "int one()\n{ return 1; }\n"),
        ("awk", "{print $1}\n"),
    ]
    file.write_bytes(b"{}")
    with pytest.raises(UsageError, match="McEval"):
        of_mceval(file)


def test_without_programs_the_command_says_what_it_needs() -> None:
    result = CliRunner().invoke(command, ["languages"])
    assert isinstance(result.exception, UsageError)
    assert "FOLDER" in str(result.exception)


@pytest.mark.model
def test_the_command(folder: Path, real_model_env: dict[str, str]) -> None:
    command = [
        *(sys.executable, "-m", "midfill.engine.cli", "bench", "languages", folder),
        *("--places", "2", "--answers", folder / "answers.jsonl", "--json"),
    ]
    run, again = (
        subprocess.run(command, env=real_model_env, capture_output=True, text=True, check=True)
        for _ in range(2)
    )
    report = json.loads(run.stdout)
    rows = {row["name"]: row for row in report["languages"]}
    assert set(rows) == {"c", "python"}
    assert "ada" in report["missing"]
    for row in rows.values():
        assert row["parsed"] == row["programs"] == 1
        assert row["definitions"] == 1
        assert row["places"] == row["errors"] == 2
        assert row["answered"] + sum(row["empty"].values()) == 2
        assert row["clean"] <= row["answered"]
        assert row["exact"] <= row["answered"]
    assert rows["python"]["answered"]
    assert json.loads(again.stdout) == report  # to the millisecond: nothing is asked again
