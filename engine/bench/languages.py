"""`midfill bench languages`: what works for each language, from real programs and the real model.

From every program some code is taken out: the rest of a line, or a body. The pipeline fills it in.
"""

from __future__ import annotations

import hashlib
import itertools
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from midfill.engine.backend import Backend
from midfill.engine.bench import json_lines, ledger
from midfill.engine.bench.statistics import percentile
from midfill.engine.bench.unhurried import unhurried
from midfill.engine.completion.code import code
from midfill.engine.completion.cursor import indent
from midfill.engine.completion.pipeline import Completer, CompletionRequest
from midfill.engine.errors import UsageError
from midfill.engine.runtime.local import LocalEngine, OnStatus
from midfill.engine.settings import Settings
from midfill.grammars.cursor import enclosing_definition
from midfill.grammars.faults import new_errors
from midfill.grammars.registry import Language, language_for, languages
from midfill.grammars.tree import NotParsed, Tree, parse
from midfill.grammars.worker import Worker

_SHORTEST = 8  # characters of code in a line from which something is taken
_LONGEST_BODY = 8  # lines
# What no language has: whether errors are seen is tried with it.
_BREAKAGE = " )]}([{ "
_BOUNDARY = re.compile(r"(?<=\W)(?=\w)")
_CURSOR = "‸"
_QUOTED = re.compile(r"'(.*)'", re.DOTALL)
_MCEVAL = {"C#": "csharp", "CPP": "cpp", "F#": "fsharp"}


# A language, the name of a file, and an offset in it.
Place = tuple[str, str, int]


class Options(msgspec.Struct, frozen=True):
    """How many `places` of each language to fill in, drawn by `seed`.

    In the file `answers`, what is suggested is kept for the next run.
    """

    places: int
    seed: int
    answers: Path | None = None


class Program(msgspec.Struct, frozen=True):
    """A real program."""

    language: Language
    filename: str
    text: str


class Hole(msgspec.Struct, frozen=True):
    """What is taken out of a program: the text from `start` to `end`."""

    program: Program
    start: int
    end: int

    @property
    def place(self) -> Place:
        """What tells it from all others."""
        return self.program.language.name, self.program.filename, self.start


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """What was suggested for the hole at `start`, or the reason why nothing was.

    `ms` is for all of the answer, its prompt included.
    """

    language: str
    filename: str
    start: int
    text: str
    reason: str | None
    ms: float


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen of one language. Shares are counts beside `places`.

    Attributes:
        parsed: of its programs.
        definitions, references: found in them.
        places: where something was taken out.
        enclosing: places inside a definition, as its parser tells.
        errors: places where brackets that fit nowhere were seen as an error; None where the parser
            takes any text for valid.
        answered: places with a suggestion, and for the others `empty` counts the reasons.
        clean: suggestions that bring in no syntax error; None as with `errors`.
        exact: suggestions that are what had been taken out, but for blanks around.
        ms_p50: of an answer, its prompt included.
    """

    name: str
    title: str
    programs: int
    parsed: int
    definitions: int
    references: int
    places: int
    enclosing: int
    errors: int | None
    answered: int
    clean: int | None
    exact: int
    ms_p50: float | None
    empty: dict[str, int]


class Report(msgspec.Struct, frozen=True):
    """A row for each language that there were programs of; `missing` are the others."""

    model: str
    seed: int
    languages: list[Row]
    missing: list[str]


def of_folder(folder: Path) -> list[Program]:
    """The programs in a folder that has one folder for each language, named like it.

    A `‸` in one of them is the mark of a cursor, and left out.

    Raises:
        UsageError: there are none.
    """
    found = []
    for language in languages().values():
        for file in sorted((folder / language.name).glob("*")):
            text = file.read_text("utf-8")
            if language_for(file.name, first_line=text) is language:
                found.append(Program(language, file.name, text.replace(_CURSOR, "")))
    if not found:
        raise UsageError(f"{folder} holds no folders of programs that are named after languages")
    return found


def of_mceval(file: Path) -> list[Program]:
    """The programs of McEval's tasks, `.jsonl` or `.jsonl.gz`; those of them that have a solution.

    Raises:
        UsageError: the file is no such data.
    """
    tasks = json_lines.read(file, _McEval, "McEval's tasks")
    return [program for task in tasks if (program := task.program()) is not None]


class _McEval(msgspec.Struct):
    """A line of the data."""

    language: str
    task_id: str
    prompt: str
    canonical_solution: Any
    entry_point: str | None

    def program(self) -> Program | None:
        """The solution, under what it solves where that is code."""
        name = _MCEVAL.get(self.language, self.language.lower().replace(" ", "_"))
        language, text = languages().get(name), self.canonical_solution
        if language is None or not isinstance(text, str):
            return None
        if self.entry_point is not None:
            text = f"{self.prompt}\n{text}"
        elif name == "awk":  # It is quoted in a command.
            quoted = _QUOTED.search(text)
            text = quoted[1] if quoted else text
        filename = self.task_id.replace("/", "_") + language.extensions[0]
        return Program(language, filename, text.rstrip() + "\n")


def draw(programs: Sequence[Program], count: int, seed: int) -> dict[str, list[Hole]]:
    """By language, `count` holes at most, as many bodies as rests of lines where there are."""
    by_language: defaultdict[str, list[Program]] = defaultdict(list)
    for program in programs:
        by_language[program.language.name].append(program)
    drawn: dict[str, list[Hole]] = {}
    for name, those in sorted(by_language.items()):
        lot = random.Random(f"{seed} {name}")
        rests = [hole for program in those for hole in _rests(program)]
        bodies = [hole for program in those for hole in _bodies(program)]
        lot.shuffle(rests)
        lot.shuffle(bodies)
        half = min(len(bodies), count // 2)
        drawn[name] = [*rests[: count - half], *bodies[:half]]
    return drawn


async def run(
    settings: Settings,
    programs: Sequence[Program],
    options: Options,
    on_status: OnStatus,
    on_start: Callable[[int], None],
    on_hole: Callable[[], None],
) -> Report:
    """Read the programs of every language, and fill in holes of it.

    Raises:
        MidfillError: the engine does not work.
    """
    drawn = draw(programs, options.places, options.seed)
    with ledger.opened(options.answers, _asked(settings, programs, options), Filled) as found:
        filled = {_place(each): each for each in found.answers}
        left = [hole for those in drawn.values() for hole in those if hole.place not in filled]
        on_start(len(left))
        engine = LocalEngine(settings)
        try:
            await engine.ensure(on_status)
            for hole in left:
                filled[hole.place] = await _fill(hole, engine, settings)
                found.add(filled[hole.place])
                on_hole()
            model = engine.address.model.stem
        finally:
            await engine.aclose()
    rows = []
    with closing(Worker()) as worker:
        for name, those in drawn.items():
            seen = _Seen(languages()[name])
            for program in programs:
                if program.language.name == name:
                    seen.read(program, worker)
            for hole in those:
                seen.look(hole, filled[hole.place])
            rows.append(seen.row())
    missing = [name for name in languages() if name not in drawn]
    return Report(model, options.seed, rows, missing)


def _asked(settings: Settings, programs: Sequence[Program], options: Options) -> dict[str, Any]:
    digest = hashlib.sha256()
    for program in programs:
        digest.update(f"{program.language.name} {program.filename} {program.text}".encode())
    return {
        "programs": digest.hexdigest(),
        "places": options.places,
        "seed": options.seed,
        "model": settings.model,
        "prefix_tokens": settings.completion.prefix_tokens,
        "suffix_tokens": settings.completion.suffix_tokens,
    }


def _place(filled: Filled) -> Place:
    return filled.language, filled.filename, filled.start


async def _fill(hole: Hole, backend: Backend, settings: Settings) -> Filled:
    program = hole.program
    prefix = program.text[: hole.start]
    request = CompletionRequest(
        prefix=prefix,
        suffix=program.text[hole.end :],
        line=prefix.count("\n"),
        filename=program.filename,
        document=f"{program.filename}:{hole.start}",
    )
    # One for each hole, so that no answer comes from another one.
    with closing(Completer(backend, unhurried(settings))) as completer:
        completion = await completer.complete(request)
    language, filename, start = hole.place
    return Filled(
        language=language,
        filename=filename,
        start=start,
        text=completion.text,
        reason=completion.reason,
        ms=completion.ms["total"],
    )


class _Seen:
    """What comes together of one language."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._programs = self._parsed = self._definitions = self._references = 0
        self._places = self._enclosing = self._errors = 0
        self._answered = self._clean = self._exact = 0
        self._ms: list[float] = []
        self._empty: Counter[str] = Counter()

    def read(self, program: Program, worker: Worker) -> None:
        """Count what the program defines and refers to."""
        self._programs += 1
        try:
            found = worker.outline(program.language, program.text)
        except NotParsed:
            return
        self._parsed += 1
        self._definitions += len(found.definitions)
        self._references += len(found.references)

    def look(self, hole: Hole, filled: Filled) -> None:
        """Look at what came of a hole."""
        program = hole.program
        prefix, suffix = program.text[: hole.start], program.text[hole.end :]
        self._places += 1
        self._ms.append(filled.ms)
        if filled.reason is None:
            self._answered += 1
            removed = program.text[hole.start : hole.end]
            self._exact += filled.text.strip() == removed.strip()
        else:
            self._empty[filled.reason] += 1
        whole = _tree(self._language, program.text)
        if whole is None:
            return
        self._enclosing += enclosing_definition(whole, hole.start) is not None
        broken = _tree(self._language, prefix + _BREAKAGE + suffix)
        self._errors += broken is not None and bool(new_errors(whole, broken))
        mended = _tree(self._language, prefix + filled.text + suffix)
        if filled.reason is None and mended is not None:
            self._clean += not new_errors(whole, mended)

    def row(self) -> Row:
        """All of it."""
        tells = self._language.reports_errors and not self._language.isolated
        return Row(
            name=self._language.name,
            title=self._language.title,
            programs=self._programs,
            parsed=self._parsed,
            definitions=self._definitions,
            references=self._references,
            places=self._places,
            enclosing=self._enclosing,
            errors=self._errors if tells else None,
            answered=self._answered,
            clean=self._clean if tells else None,
            exact=self._exact,
            ms_p50=percentile(self._ms, 50),
            empty=dict(self._empty.most_common()),
        )


def _tree(language: Language, text: str) -> Tree | None:
    try:
        return parse(language, text)
    except NotParsed:
        return None


def _rests(program: Program) -> Iterator[Hole]:
    """The second half of each line of code."""
    blank, _ = code(program.text, program.language)
    start = 0
    for line in program.text.split("\n"):
        end = start + len(line.rstrip())
        written = blank[start:end].rstrip()
        middle = start + (len(written) - len(written.lstrip())) // 2 + len(written) // 2
        cut = _BOUNDARY.search(program.text, middle, start + len(written))
        if cut is not None and len(written.strip()) >= _SHORTEST:
            yield Hole(program, cut.start(), end)
        start += len(line) + 1


def _bodies(program: Program) -> Iterator[Hole]:
    """The lines under a line that are indented deeper, if they are few and hold code."""
    blank, _ = code(program.text, program.language)
    lines = program.text.split("\n")
    starts = [0, *itertools.accumulate(len(line) + 1 for line in lines)]
    for at, heading in enumerate(lines):
        last = at
        while last + 1 < len(lines) and _is_under(lines[last + 1], heading):
            last += 1
        if heading.strip() and 0 < last - at <= _LONGEST_BODY:
            first = lines[at + 1]
            start = starts[at + 1] + len(first) - len(first.lstrip())
            end = starts[last] + len(lines[last].rstrip())
            if blank[start:end].strip():
                yield Hole(program, start, end)


def _is_under(line: str, heading: str) -> bool:
    return bool(line.strip()) and indent(line) > indent(heading)
