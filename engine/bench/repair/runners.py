"""The languages whose programs can be run here."""

from __future__ import annotations

import sys
from pathlib import Path
from shutil import which

import msgspec

from midfill.engine.bench.repair import trial
from midfill.engine.repair.command import Command


class Runner(msgspec.Struct, frozen=True):
    """How files of a language end; `tool` compiles or runs them."""

    language: str
    suffix: str
    tool: str

    def command(self, program: str, tests: Path) -> Command:
        """Runs `program`, a path in the workspace, and its tests; status 0: they pass."""
        script = (sys.executable, "-I", "-S", "-B", trial.__file__)
        return Command((*script, self.language, program, str(tests)))


_RUNNERS = (
    Runner("python", ".py", sys.executable),
    Runner("javascript", ".js", "node"),
    Runner("c", ".c", "gcc"),
    Runner("cpp", ".cpp", "g++"),
    Runner("rust", ".rs", "rustc"),
)


def runner(language: str) -> Runner | str:
    """The runner for a language, or why there is none."""
    found = next((each for each in _RUNNERS if each.language == language), None)
    if found is None:
        return "nothing here knows how its tests are run"
    return found if which(found.tool) else f"{found.tool} is not installed"
