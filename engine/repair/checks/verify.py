"""A candidate checked in a copy of the workspace, up to the first check that it fails."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec

from midfill.engine.context.files import Files
from midfill.engine.errors import MidfillError
from midfill.engine.repair.apply import content
from midfill.engine.repair.checks import defaults, syntax
from midfill.engine.repair.checks.check import Check, Kind
from midfill.engine.repair.checks.compare import Outcome, Verdict, judge
from midfill.engine.repair.command import Command, run
from midfill.engine.repair.failures.failure import Failure
from midfill.engine.repair.failures.finder import Finder
from midfill.engine.repair.failures.output import clean, ends
from midfill.engine.repair.failures.reading import read
from midfill.engine.repair.source import Source
from midfill.engine.repair.workbench import Workbench

# A candidate may take this much longer than the workspace as it is: models write endless loops.
_TIMES, _MORE_S = 5, 10


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The person's commands. `seconds` limits each run."""

    lint: Command | None = None
    tests: Command | None = None
    seconds: float = 300.0


class Verifier:
    """Checks candidates against the workspace as it is, in a workbench."""

    def __init__(self, files: Files, bench: Workbench, plan: Plan) -> None:
        self._files = files
        self._bench = bench
        self._plan = plan
        self._before: dict[tuple[Command, ...], list[Outcome]] = {}

    async def baseline(self, paths: Collection[str]) -> list[Check]:
        """The linter and the tests on the workspace as it is; `paths` are the files to repair.

        Raises:
            MidfillError: a command cannot be run.
        """
        checks = []
        for kind, commands in (
            (Kind.LINT, self._linters(paths)),
            (Kind.TESTS, self._tests()),
        ):
            if commands:
                found = await self._before_of(commands)
                checks.append(
                    _check(kind, [Verdict(each.status == 0, each, each.failures) for each in found])
                )
        return checks

    async def verify(
        self,
        sources: Mapping[str, Source],
        texts: Mapping[str, str],
        gone: Collection[Failure] = (),
    ) -> list[Check]:
        """The checks up to the first that fails.

        Args:
            sources: the files as they were read; a path without one is a new file.
            texts: the new text of every file that the candidate changes.
            gone: the failures to repair, as the commands tell them. Without any that the tests
                tell, all of the tests have to pass.

        Raises:
            MidfillError: a command cannot be run, or the copy cannot be made.
        """
        applies, data = self._applies(sources, texts)
        checks = [applies]
        if applies.passed:
            before = {path: source.text for path, source in sources.items()}
            checks.append(syntax.check(before, texts))
        if checks[-1].passed and (
            linters := self._linters({*texts, *(failure.path for failure in gone)})
        ):
            checks.append(await self._compared(Kind.LINT, linters, data, gone))
        if checks[-1].passed and (tests := self._tests()):
            checks.append(await self._compared(Kind.TESTS, tests, data, gone))
        return checks

    def _applies(
        self, sources: Mapping[str, Source], texts: Mapping[str, str]
    ) -> tuple[Check, dict[str, bytes]]:
        data: dict[str, bytes] = {}
        said = ""
        for path, text in texts.items():
            source = sources.get(path)
            now = content(self._files.root / path)
            if not (source.stands(now) if source else now is None):
                said += f"{path} has changed since it was read\n"
            elif reason := self._files.excluded(self._files.root / path):
                said += f"{path} may not be changed: {reason}\n"
            else:
                try:
                    data[path] = source.encoded(text) if source else text.encode()
                except (MidfillError, UnicodeEncodeError) as error:
                    said += f"{error}\n"
        return Check(kind=Kind.APPLIES, passed=not said, output=said), data

    def _linters(self, paths: Collection[str]) -> tuple[Command, ...]:
        if self._plan.lint is not None:
            return (self._plan.lint,)
        root = self._files.root
        known = [path for path in sorted(paths) if (root / path).exists()]
        return tuple(defaults.commands(root, known, self._bench.scratch))

    def _tests(self) -> tuple[Command, ...]:
        return (self._plan.tests,) if self._plan.tests is not None else ()

    async def _before_of(self, commands: tuple[Command, ...]) -> list[Outcome]:
        if commands not in self._before:
            self._bench.prepare({})
            self._before[commands] = [
                await self._run(command, self._plan.seconds) for command in commands
            ]
        return self._before[commands]

    async def _compared(
        self,
        kind: Kind,
        commands: tuple[Command, ...],
        data: Mapping[str, bytes],
        gone: Collection[Failure],
    ) -> Check:
        """Run the commands on the candidate; errors that were there before do not count."""
        before = await self._before_of(commands)
        self._bench.prepare(data)
        verdicts = []
        for command, old in zip(commands, before, strict=True):
            limit = min(self._plan.seconds, _TIMES * old.seconds + _MORE_S)
            now = await self._run(command, limit)
            verdicts.append(judge(now, old, gone, must_pass=kind is Kind.TESTS))
        return _check(kind, verdicts)

    async def _run(self, command: Command, seconds: float) -> Outcome:
        bench = self._bench
        moved = Command(tuple(map(bench.here, command.argv)), command.cwd)
        ran = await run(moved, bench.copy, bench.environment(), seconds)
        output = clean(bench.told(ran.output))
        if ran.status is None:
            output += f"\n[ended after {ran.seconds:.0f} s]\n"
        finder = Finder(self._files, self._files.root / command.cwd)
        return Outcome(ran.status, output, ran.seconds, read(output, finder).failures)


def _check(kind: Kind, verdicts: Sequence[Verdict]) -> Check:
    return Check(
        kind=kind,
        passed=all(each.passed for each in verdicts),
        output="\n".join(ends(each.now.output) for each in verdicts if each.now.output),
        seconds=sum(each.now.seconds for each in verdicts),
        failures=tuple(failure for each in verdicts for failure in each.counted),
        reported=sum(len(each.now.failures) for each in verdicts),
    )
