"""A task as a workspace: the program among what somebody else wrote, and tests out of reach."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from midfill.engine.bench.repair.runners import Runner
from midfill.engine.bench.repair.tasks import Task
from midfill.engine.repair.command import Ran, run
from midfill.grammars.registry import languages

# Stand above and below the program. No fix touches them, so every byte has to stay. What they say
# has nothing to do with any program, lest a model look for the fault there.
_ABOVE = """\
{comment} SPDX-FileCopyrightText: 2019 Zoë Müller
{comment} SPDX-License-Identifier: MIT

"""
_BELOW = """

{comment} © 2019 Zoë Müller, 東京\x20\x20
{comment} vim: set tabstop=4 expandtab :
"""
# What is asked for where the tests do not say it.
WISH = "There is a bug in this file. Fix it."
LONGEST_S = 180.0  # The trial has limits of its own.


class Damage(msgspec.Struct, frozen=True):
    """What a repair did to what it had no reason to touch.

    `lost`: text outside of the program, the file itself, or how its lines end. `strays`: files that
    were not there before.
    """

    lost: bool
    strays: int


class Place:
    """The workspace `folder` with the `program` in it, and the command that runs its tests."""

    def __init__(self, task: Task, runner: Runner, home: Path) -> None:
        self.folder = home / "workspace"
        self.folder.mkdir()
        self.program = self.folder / f"program{runner.suffix}"
        # Outside of the workspace, so that nobody repairs the tests.
        tests = home / f"tests{runner.suffix}"
        tests.write_text(task.test, "utf-8")
        self.tests = runner.command(self.program.name, tests)
        comment = languages()[runner.language].comments.line[0]
        self._above, self._below = (
            each.format(comment=comment).encode() for each in (_ABOVE, _BELOW)
        )

    def write(self, code: str) -> None:
        """Make `code` the program."""
        self.program.write_bytes(self._above + code.rstrip().encode() + self._below)

    def code(self) -> str:
        """The program as it is, without what stands around it; "" if it is gone."""
        text = self._content().decode("utf-8", "replace")
        for around in (self._above, self._below):
            text = text.replace(around.decode().strip("\n"), "")
        return text.strip("\n")

    async def run(self) -> Ran:
        """Run the tests."""
        return await run(self.tests, self.folder, os.environ, LONGEST_S)

    def damage(self) -> Damage:
        """Compare with what was written."""
        content = self._content()
        kept = all(each.strip(b"\n") in content for each in (self._above, self._below))
        names = {path for path in self.folder.rglob("*") if path.is_file()}
        return Damage(not kept or b"\r" in content, len(names - {self.program}))

    def _content(self) -> bytes:
        return self.program.read_bytes() if self.program.is_file() else b""


@contextmanager
def place(task: Task, runner: Runner) -> Iterator[Place]:
    """A place for the task, which is gone afterwards."""
    with TemporaryDirectory(prefix="midfill-") as home:
        yield Place(task, runner, Path(home).resolve())
