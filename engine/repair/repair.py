"""From what is wrong to a change that has been checked.

The failing checks say where to look. What compilers propose is tried first; then a model proposes
changes. Each is checked in a copy of the workspace. A round that fixes nothing hands on what it has
learnt: a change that made it better is what the next round begins with, and otherwise the one that
came closest is shown to the model.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from contextlib import aclosing
from types import MappingProxyType
from typing import Any

import msgspec

from midfill.engine.backend import Backend, BackendError
from midfill.engine.context.files import Files
from midfill.engine.context.tokens import estimate
from midfill.engine.errors import UsageError
from midfill.engine.repair import diff
from midfill.engine.repair.advisers import Advisers
from midfill.engine.repair.ask import CODE, Case, question
from midfill.engine.repair.best import Checked, best
from midfill.engine.repair.candidates import Candidate, Proposals
from midfill.engine.repair.changes import changed_lines
from midfill.engine.repair.checks.check import Check, Kind
from midfill.engine.repair.checks.compare import key
from midfill.engine.repair.checks.verify import Plan, Verifier
from midfill.engine.repair.failures.failure import Failure, Severity
from midfill.engine.repair.failures.finder import Finder
from midfill.engine.repair.failures.reading import Reading
from midfill.engine.repair.failures.reading import read as read_output
from midfill.engine.repair.fixits import fixed
from midfill.engine.repair.known import Known
from midfill.engine.repair.localise import Find, Read, Target
from midfill.engine.repair.model import Model
from midfill.engine.repair.originals import Originals
from midfill.engine.repair.plan import planned
from midfill.engine.repair.source import Source
from midfill.engine.repair.standing import PASSED, Standing, failing, standing_of
from midfill.engine.repair.targets import find_in, targets
from midfill.engine.repair.task import Cost, Outcome, Progress, Task
from midfill.engine.repair.workbench import Workbench
from midfill.engine.repair.writer import Asked
from midfill.grammars.registry import Language, language_for

OnProgress = Callable[[Progress], None]

NOTHING_FAILS = "nothing to repair: the checks pass"
NO_TARGET = "nothing tells which code is at fault: name a file, or a place in it"
NO_PROPOSAL = "the model proposed no change"
# Of a model's context, what files may take that are changed together.
_ACROSS = 1 / 4
# The first change that passes the tests will do. Of those that please a linter, not all are what is
# wanted: a few are compared.
_ENOUGH: Mapping[Kind | None, int] = {Kind.TESTS: 1, Kind.LINT: 3}
# So many of the changes that compilers propose are tried, and so often what they propose then.
_FIXITS = 4
_LEADS = 8
_NOBODY = Advisers()


async def repair(
    task: Task,
    files: Files,
    backends: Sequence[Backend],
    *,
    known: Known | None = None,
    context_tokens: int = 8192,
    on_progress: OnProgress = lambda progress: None,
    opened: Mapping[str, str] = MappingProxyType({}),
    hidden: Collection[str] = (),
    advisers: Advisers = _NOBODY,
) -> Outcome:
    """Look for a change that does what is wanted. Nothing in the workspace is changed.

    Cancelling leaves nothing behind.

    Args:
        backends: asked one after the other, the next where one has found nothing in all its rounds.
        known: the index of the workspace; without it only the files at hand are known.
        context_tokens: how many the models hold.
        opened: the texts of files that an editor has open, in place of those on the disk.
        hidden: variables that no check may see: what it runs may be the model's.
        advisers: whom else to ask; where one cannot answer, it goes on without.

    Raises:
        UsageError: nothing tells what is wanted.
        MidfillError: a file cannot be repaired, a command cannot be run, or a model cannot answer.
    """
    originals = Originals(files, opened)
    with Workbench(files, originals.unsaved, hidden) as bench:
        work = _Work(task, files, originals, bench, known, context_tokens, on_progress, advisers)
        return await work.done(backends)


class _State(msgspec.Struct, frozen=True):
    """What a round begins with: `texts` of files that are changed so far, what the checks say of
    them, and a change that did not do."""

    texts: dict[str, str]
    checks: tuple[Check, ...]
    standing: Standing
    tried: str = ""
    outcome: str = ""


class _Work:
    """One repair."""

    def __init__(
        self,
        task: Task,
        files: Files,
        originals: Originals,
        bench: Workbench,
        known: Known | None,
        context_tokens: int,
        on_progress: OnProgress,
        advisers: Advisers,
    ) -> None:
        self._task = task
        self._files = files
        self._known = known
        self._context_tokens = context_tokens
        self._on_progress = on_progress
        self._advisers = advisers
        self._notes: list[str] = []
        self._verifier = Verifier(
            files, bench, Plan(lint=task.lint, tests=task.tests, seconds=task.seconds)
        )
        self._finder = Finder(files, files.root / task.cwd)
        self._changed = changed_lines(files.root)
        self._originals = originals
        self._gone: tuple[Failure, ...] = ()
        self._started = time.monotonic()
        self._cost = Cost()

    async def done(self, backends: Sequence[Backend]) -> Outcome:
        for path in self._task.paths:
            self._originals.require(path)
        self._on_progress(Progress())
        checks = await self._verifier.baseline(self._task.paths)
        if not self._is_wanted(checks):
            return self._outcome(NOTHING_FAILS, checks=tuple(checks))
        state = self._start(checks)
        proposals = Proposals(is_fault=self._is_fault(checks))
        if self._is_fault(checks):
            state, led = await self._led(proposals, state)
            if led is not None:
                return self._fixed(led)
        for backend in backends:
            model = Model(backend, self._cost, self._advisers.overview)
            for number in range(1, self._task.rounds + 1):
                asked = self._asked(state)
                if not asked:
                    return self._outcome(NO_TARGET, state)
                self._cost.rounds += 1
                progress = Progress(backend=model.name, round=number)
                self._on_progress(progress)
                proposed = self._proposed(model, proposals, state, await self._planned(asked))
                enough = _ENOUGH.get(state.standing.failed)
                checked = [each async for each in self._checked(proposed, state, enough, progress)]
                passed = [each for each in checked if each.passed]
                if passed:
                    found = await best(
                        passed, self._originals.sources, model, self._advisers.judge, self._notes
                    )
                    return self._fixed(found, model)
                state = self._after(state, checked)
        return self._outcome(self._why_not(state), state)

    # -- what is wrong ------------------------------------------------------------------------

    def _is_wanted(self, checks: Sequence[Check]) -> bool:
        task = self._task
        if task.wish or task.failures or task.output or not all(each.passed for each in checks):
            return True
        if not checks:
            raise UsageError(
                "nothing tells what is wrong: give --test, --lint or --message, "
                "or the output of a failing run on stdin"
            )
        return False

    def _is_fault(self, checks: Sequence[Check]) -> bool:
        """Whether something is wrong, rather than something else wanted."""
        task = self._task
        return bool(task.failures or task.output or self._failing(checks))

    def _failing(self, checks: Sequence[Check]) -> list[Check]:
        """Those that fail, except that a wish has nothing to do with what nobody asked to check."""
        return [
            check
            for check in checks
            if not check.passed
            and (check.kind is not Kind.LINT or self._task.lint or not self._task.wish)
        ]

    def _start(self, checks: Sequence[Check]) -> _State:
        """The workspace as it is, and which failures have to go."""
        wrong = self._failing(checks)
        tests = [check for check in wrong if check.kind is Kind.TESTS]
        if tests:
            start = standing_of([*checks[:-1], tests[0]])
        else:
            self._gone = tuple(self._pointed([each for check in wrong for each in check.failures]))
            start = failing(Kind.LINT, len(self._gone)) if wrong else PASSED
        return _State({}, tuple(checks), start)

    def _pointed(self, failures: Sequence[Failure]) -> list[Failure]:
        """Those at the places that the person points at; if none are, and nothing is known to be
        wrong, the errors."""
        told = [(each.path, each.line, each.line) for each in self._task.failures if each.line]
        asked = [(each.path, each.first, each.last) for each in self._task.places]
        return [
            failure
            for failure in failures
            if failure.line is not None
            and any(
                path == failure.path and first <= failure.line <= last
                for path, first, last in (*told, *asked)
            )
        ] or [
            failure
            for failure in failures
            if failure.severity is Severity.ERROR and not self._task.failures
        ]

    # -- one round ----------------------------------------------------------------------------

    def _asked(self, state: _State) -> list[Asked]:
        task = self._task
        said = [each.output for each in state.checks if each.reported or not each.passed]
        if not state.texts and task.output:
            said.append(task.output)
        readings = [read_output(output, self._finder) for output in said]
        failures = [each for reading in readings for each in reading.failures]
        if not state.texts:
            failures += task.failures
        paths = task.paths or {frame.path for each in failures for frame in each.frames}

        def text_of(path: str) -> Source | None:
            return self._read(path, state)

        found = targets(
            task,
            failures,
            text_of,
            self._find(paths, text_of),
            {} if state.texts else self._changed,
            round(CODE * self._context_tokens),
        )
        return [self._question(target, state, readings) for target in found]

    async def _led(self, proposals: Proposals, start: _State) -> tuple[_State, Checked | None]:
        """As far as what compilers propose leads: to a change that passes, or to where less is
        wrong. Behind the errors that they find first, others may come to light."""
        state = start
        for _ in range(_LEADS):
            told = self._told_by_compilers(proposals, state)
            checked = [each async for each in self._checked(told, state, 1, Progress())]
            passed = next((each for each in checked if each.passed), None)
            if passed is not None:
                return state, passed
            ahead = next((each for each in checked if _is_past(state, each)), None)
            if ahead is None:
                break
            state = _State(ahead.texts, ahead.checks, standing_of(ahead.checks))
        return max(start, state, key=lambda each: each.standing), None

    async def _told_by_compilers(
        self, proposals: Proposals, state: _State
    ) -> AsyncGenerator[Candidate]:
        tried = 0
        imported = self._known.imported if self._known else _nothing_imported
        for texts in fixed(self._asked(state), imported):
            candidate = Candidate(texts=texts, way="fix-it", conversation=())
            if proposals.is_new(candidate):
                yield candidate
                tried += 1
            if tried == _FIXITS:
                return

    async def _planned(self, asked: list[Asked]) -> list[Asked]:
        """With a plan for the first, which is where the fault most likely is."""
        if self._advisers.planner is None:
            return asked
        first, *others = asked
        try:
            question = await planned(self._advisers.planner, first.question, first.target.path)
        except BackendError as error:
            self._notes.append(f"nobody made a plan: {error}")
            return asked
        return [msgspec.structs.replace(first, question=question), *others]

    def _find(self, paths: Collection[str], read: Read) -> Find:
        """Look-up of names: what is open may be newer than what the index knows of it."""
        if self._known is None:
            return find_in(paths, read)
        indexed, opened = self._known.defined, find_in(self._originals.opened, read)
        return lambda names: [
            *opened(names),
            *(site for site in indexed(names) if site.path not in self._originals.opened),
        ]

    def _question(self, target: Target, state: _State, readings: Sequence[Reading]) -> Asked:
        source = self._read(target.path, state)
        assert source is not None
        language = language_for(target.path, first_line=source.text)
        case = Case(
            wish=self._task.wish,
            output=self._short("\n".join(reading.text for reading in readings)),
            told=self._told(target, readings),
            related=self._known.used(source.text, target, language) if self._known else (),
            tried=state.tried,
            outcome=state.outcome,
        )
        asked = question(source.text, target, language, case, self._context_tokens)
        return Asked(target, source.text, language, asked)

    def _told(self, target: Target, readings: Sequence[Reading]) -> str:
        """What is said of the target; of one that nothing is said of, all that is wrong."""
        told = {
            failure: reading.told(failure) for reading in readings for failure in reading.failures
        }
        about = [said for failure, said in told.items() if failure in target.failures]
        return self._short("\n".join(about or told.values()))

    def _short(self, output: str) -> str:
        """With the paths relative to the workspace."""
        return output.replace(f"{self._files.root}/", "")

    def _proposed(
        self, model: Model, proposals: Proposals, state: _State, asked: Sequence[Asked]
    ) -> AsyncGenerator[Candidate]:
        """A wish for several files may change all of them, if the model can hold them."""
        task = self._task
        if task.wish and len(task.paths) > 1 and not task.places:
            sources = {path: self._read(path, state) for path in task.paths}
            texts = {path: source.text for path, source in sources.items() if source}
            if sum(map(estimate, texts.values())) <= _ACROSS * self._context_tokens:
                case = Case(wish=task.wish)
                return proposals.across(model, texts, case, task.candidates)
        return proposals.next(model, asked, task.candidates)

    async def _checked(
        self,
        proposed: AsyncGenerator[Candidate],
        state: _State,
        enough: int | None,
        progress: Progress,
    ) -> AsyncGenerator[Checked]:
        """Candidates with their checks, until enough of them pass what has failed."""
        passed = 0
        async with aclosing(proposed) as found:
            async for candidate in found:
                self._cost.candidates += 1
                number = self._cost.candidates
                self._on_progress(msgspec.structs.replace(progress, candidate=number))
                texts = self._originals.different(state.texts | candidate.texts)
                self._originals.check_unchanged()
                checks = await self._verifier.verify(self._originals.sources, texts, self._gone)
                checked = Checked(candidate, number, texts, tuple(checks))
                yield checked
                passed += checked.passed
                if passed == enough:
                    return

    def _after(self, state: _State, checked: Sequence[Checked]) -> _State:
        """What the next round begins with."""
        if not checked:
            return state
        closest = max(checked, key=lambda each: standing_of(each.checks))
        reached = standing_of(closest.checks)
        if reached > state.standing:
            return _State(closest.texts, closest.checks, reached)
        sources = {path: self._read(path, state) for path in closest.candidate.texts}
        tried = (
            diff.unified(path, source.text, closest.candidate.texts[path])
            for path, source in sources.items()
            if source is not None
        )
        return msgspec.structs.replace(
            state, tried="".join(tried), outcome=self._short(closest.checks[-1].output)
        )

    # -- the end ------------------------------------------------------------------------------

    def _fixed(self, found: Checked, model: Model | None = None) -> Outcome:
        return self._outcome(
            "",
            texts=found.texts,
            checks=found.checks,
            model=model.model if model else "",
            backend=model.name if model else "",
            why=model.why if model else "",
            way=found.candidate.way,
            number=found.number,
            told=bool(self._gone or self._task.tests or self._task.lint),
        )

    def _why_not(self, state: _State) -> str:
        cost = self._cost
        if not cost.candidates:
            return NO_PROPOSAL
        left = next((check for check in state.checks if not check.passed), None)
        what = {None: "the checks", Kind.LINT: "the linter", Kind.TESTS: "the tests"}
        said = what.get(left.kind if left else None, "the checks")
        return f"of the changes that were tried ({cost.candidates}) none passed {said}"

    def _outcome(self, reason: str, state: _State | None = None, **found: Any) -> Outcome:
        if state is not None:
            found |= {"texts": state.texts, "checks": state.checks}
        self._cost.seconds = time.monotonic() - self._started
        return Outcome(
            fixed=not reason,
            reason=reason,
            sources=self._originals.sources,
            notes=tuple(self._notes),
            cost=self._cost,
            **found,
        )

    # -- files --------------------------------------------------------------------------------

    def _read(self, path: str, state: _State) -> Source | None:
        """The file as the round begins with it; None if it is not repaired."""
        source = self._originals.find(path)
        if source is None or path not in state.texts:
            return source
        return msgspec.structs.replace(source, text=state.texts[path])


def _is_past(state: _State, checked: Checked) -> bool:
    """Whether it is better, or all that is wrong is something else."""
    before, now = (
        {key(failure) for check in checks if not check.passed for failure in check.failures}
        for checks in (state.checks, checked.checks)
    )
    return standing_of(checked.checks) > state.standing or (bool(now) and now.isdisjoint(before))


def _nothing_imported(name: str, path: str, language: Language) -> list[str]:
    return []
