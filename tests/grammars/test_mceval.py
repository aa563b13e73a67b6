"""The programs of McEval, in 40 languages. They are a check, not what queries are written for.

`MIDFILL_MCEVAL` names a file of them, JSON lines packed with gzip.
"""

from __future__ import annotations

import gzip
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from midfill.grammars.outline import definitions
from midfill.grammars.registry import language_for
from midfill.grammars.tree import Tree, parse

FILE = Path(os.environ.get("MIDFILL_MCEVAL", ""))
# fmt: off
EXTENSIONS = {
    "AWK": "awk", "C": "c", "C#": "cs", "CPP": "cpp", "CoffeeScript": "coffee",
    "Common Lisp": "lisp", "Dart": "dart", "Elixir": "ex", "Emacs Lisp": "el", "Erlang": "erl",
    "F#": "fs", "Fortran": "f90", "Go": "go", "Groovy": "groovy", "HTML": "html",
    "Haskell": "hs", "JSON": "json", "Java": "java", "JavaScript": "js", "Julia": "jl",
    "Kotlin": "kt", "Lua": "lua", "Markdown": "md", "PHP": "php", "Pascal": "pas", "Perl": "pl",
    "PowerShell": "ps1", "Python": "py", "R": "r", "Racket": "rkt", "Ruby": "rb", "Rust": "rs",
    "Scala": "scala", "Scheme": "scm", "Shell": "sh", "Swift": "swift", "Tcl": "tcl",
    "TypeScript": "ts", "VimScript": "vim", "Visual Basic": "vb",
}
# fmt: on

pytestmark = pytest.mark.skipif(not FILE.is_file(), reason="MIDFILL_MCEVAL names no file")


@pytest.fixture(scope="module")
def tasks() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in EXTENSIONS}
    with gzip.open(FILE, "rt", encoding="utf-8") as lines:
        for line in lines:
            task = json.loads(line)
            found[task["language"]].append(task)
    return found


def versions(task: dict[str, Any]) -> list[str]:
    """The program without its test and with it: which of the two is whole depends on the task."""
    solution = task["canonical_solution"]
    if not isinstance(solution, str):
        return [json.dumps(solution)]
    if task["language"] == "AWK":
        quoted = re.search(r"'(.*)'", solution, re.DOTALL)
        return [quoted[1] if quoted else solution]
    if task["entry_point"] is None:
        return [solution]
    program = f"{task['prompt']}\n{solution}\n"
    return [program, f"{program}{task['test']}\n"]


def read(name: str, text: str) -> Tree:
    language = language_for(f"program.{EXTENSIONS[name]}", first_line=text.partition("\n")[0])
    assert language is not None
    return parse(language, text)


@pytest.mark.parametrize("name", EXTENSIONS)
def test_programs(
    name: str,
    tasks: dict[str, list[dict[str, Any]]],
    record_property: Callable[[str, object], None],
) -> None:
    """At least eight of ten are read without errors, and nine of ten entry points are found."""
    read_well = found = named = 0
    for task in tasks[name]:
        trees = [read(name, text) for text in versions(task)]
        read_well += any(not tree.faults() for tree in trees)
        if task["entry_point"]:
            named += 1
            wanted = task["entry_point"].lower()
            names = (each.name.lower().removeprefix("s:") for each in definitions(trees[0]))
            found += wanted in names
    record_property("read", f"{read_well}/{len(tasks[name])}")
    record_property("found", f"{found}/{named}")
    assert read_well >= 0.8 * len(tasks[name])
    assert found >= 0.9 * named
