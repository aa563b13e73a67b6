"""The tasks of MdEval: a faulty program, its tests, and somebody's fix.

MdEval (arXiv 2411.02310) has them in JSON lines. Its tests are written to stand at the end of a
program.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from pathlib import Path

import msgspec

from midfill.engine.bench import json_lines
from midfill.engine.errors import UsageError

_WHAT = "MdEval's repair tasks"
_NAMES = {"C#": "csharp", "CPP": "cpp", "Clisp": "common_lisp", "F#": "fsharp"}


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the data. `category` is the kind of the fault, and `subtype` the fault."""

    question_id: str
    category: str
    subtype: str
    buggy_code: str
    canonical_solution: str
    test: str

    @property
    def language(self) -> str:
        """Its name in the registry of languages."""
        name = self.question_id.partition("/")[0]
        return _NAMES.get(name, name.lower())


def load(files: Sequence[Path]) -> list[Task]:
    """The tasks of `.jsonl` or `.jsonl.gz` files.

    Raises:
        UsageError: a file is no such data, or two have the same task.
    """
    tasks = [task for file in files for task in json_lines.read(file, Task, _WHAT)]
    if len({task.question_id for task in tasks}) < len(tasks):
        raise UsageError("a task is there twice: name each file of the data once")
    return tasks


def draw(tasks: Sequence[Task], languages: Collection[str], count: int, seed: int) -> list[Task]:
    """`count` tasks of each language, drawn by `seed`; all of them for 0.

    Args:
        languages: none for all that there are.

    Raises:
        UsageError: there is no task in one of the languages.
    """
    known = sorted({task.language for task in tasks})
    unknown = set(languages) - set(known)
    if unknown:
        raise UsageError(f"no task in {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    drawn = []
    for language in languages or known:
        own = [task for task in tasks if task.language == language]
        drawn += random.Random(seed).sample(own, min(count or len(own), len(own)))
    return drawn
