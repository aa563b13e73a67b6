"""Faulty programs in every language whose tests can be run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import pytest

from midfill.engine.bench.repair.runners import Runner, runner
from midfill.engine.bench.repair.tasks import Task


class Program(NamedTuple):
    """An addition that subtracts, and its tests."""

    name: str
    buggy: str
    test: str


PROGRAMS = {
    "python": Program(
        "Python",
        "def add(a, b):\n    return a - b\n",
        "def check():\n    assert add(1, 2) == 3\n\ncheck()\n",
    ),
    "javascript": Program(
        "JavaScript",
        "function add(a, b) {\n    return a - b;\n}\n",
        "console.assert(add(1, 2) === 3);\n",
    ),
    "c": Program(
        "C",
        "#include <assert.h>\n\nint add(int a, int b) {\n    return a - b;\n}\n",
        "int main() {\n    assert(add(1, 2) == 3);\n    return 0;\n}\n",
    ),
    "cpp": Program(
        "CPP",
        "#include <cassert>\n\nint add(int a, int b) {\n    return a - b;\n}\n",
        "int main() {\n    assert(add(1, 2) == 3);\n}\n",
    ),
    "rust": Program(
        "Rust",
        "fn add(a: i32, b: i32) -> i32 {\n    a - b\n}\n",
        "#[cfg(test)]\nmod tests {\n    use super::*;\n\n    #[test]\n    fn adds() {\n"
        "        assert_eq!(add(1, 2), 3);\n    }\n}\n",
    ),
}


def task(language: str, number: int = 1, **fields: str) -> Task:
    """The program in a language as a task of the data."""
    name, buggy, test = PROGRAMS[language]
    return Task(
        **{
            "question_id": f"{name}/{number}",
            "category": "Logic",
            "subtype": "operation_error",
            "buggy_code": buggy,
            "canonical_solution": buggy.replace("a - b", "a + b"),
            "test": test,
            **fields,
        }
    )


def installed(language: str) -> Runner:
    """The runner of a language; skips the test where its tool is missing."""
    found = runner(language)
    if isinstance(found, str):
        pytest.skip(f"{language}: {found}")
    return found


def write(file: Path, *tasks: Task) -> Path:
    """A file of the data."""
    fields = Task.__struct_fields__
    lines = (json.dumps({name: getattr(each, name) for name in fields}) for each in tasks)
    file.write_text("".join(f"{line}\n" for line in lines))
    return file
