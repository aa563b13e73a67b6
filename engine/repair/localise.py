"""From what is wrong to the definitions that may be at fault, the likeliest first."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

import msgspec

from midfill.engine.context.store import Site
from midfill.engine.repair import lines
from midfill.engine.repair.failures.failure import Failure, Frame, Severity
from midfill.engine.repair.header import header_end
from midfill.engine.repair.region import Region, laid_out, region_of
from midfill.engine.repair.source import Source
from midfill.grammars.cursor import enclosing_definition
from midfill.grammars.outline import Definition, references
from midfill.grammars.registry import language_for
from midfill.grammars.tree import NotParsed, Span, Tree, parse

# What speaks for a definition: the person pointed at it, it holds the place of an error or of a
# warning, its lines were changed, its name is told.
ASKED = 100.0
_ERROR, _WARNING, _CHANGED, _NAMED = 10.0, 4.0, 3.0, 4.0
# Each call further out counts less, and a test less than what it tests.
_OUTER, _TEST = 0.6, 0.1
# Of a definition with more lines only those around the place.
_MOST_LINES, _AROUND = 200, 20
# A name with more definitions than this tells nothing.
_MOST_SITES = 5

_NAME = re.compile(r"[A-Za-z_]\w{2,}")
_IS_TEST = re.compile(
    r"(?:^|/)(?:tests?|__tests__|spec|testing)/|(?:^|/)(?:test_[^/]*|conftest)\.py$"
    r"|[._-](?:test|spec)\.[^/]+$|_test\.\w+$|(?:^|/)src/test/|Tests?\.(?:java|kt|cs|scala)$"
)
_ASSERTED = re.compile(r"(?:\w+\.)*AssertionError\b|[Aa]ssertion\b|assert ")
_OF_A_TEST = re.compile(r"^(?:test_?|it_)|(?:_test|Test|Spec)$", re.IGNORECASE)


class Place(msgspec.Struct, frozen=True):
    """Where a person points: lines of a file, 1-based, up to and with the last."""

    path: str
    first: int
    last: int


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What may be asked of a model: a part of a file.

    `failures` are those whose place is in it, the `lines` where, 1-based. `in_signature` is true
    if one of them is in the definition's signature. `reasons` say why it was chosen.
    """

    path: str
    region: Region
    score: float
    reasons: tuple[str, ...]
    failures: tuple[Failure, ...] = ()
    lines: tuple[int, ...] = ()
    in_signature: bool = False


class _Hint(msgspec.Struct, frozen=True):
    path: str
    line: int
    weight: float
    reason: str
    failure: Failure | None = None


Read = Callable[[str], Source | None]
Find = Callable[[Collection[str]], Sequence[Site]]


def localise(
    failures: Sequence[Failure],
    read: Read,
    find: Find,
    places: Sequence[Place] = (),
    changed: Mapping[str, Sequence[range]] | None = None,
) -> list[Target]:
    """The parts of files to repair, ranked.

    Args:
        read: the file at a path of the workspace; None if it is not repaired.
        find: the definitions of names, as `Store.defined`.
        places: where a person points, which comes first.
        changed: lines that were changed lately, as `changes.changed_lines`.
    """
    texts = _Texts(read)
    tests = tests_among(failures)
    hints = [
        *_asked(places),
        *_told(failures, tests),
        *_named(failures, tests, texts, find),
        *_changed(changed or {}),
    ]
    found: dict[tuple[str, int, int], Target] = {}
    for hint in hints:
        target = texts.target(hint)
        if target is not None:
            place = (target.path, target.region.start, target.region.end)
            found[place] = _both(found[place], target) if place in found else target
    return sorted(found.values(), key=lambda each: -each.score)


def is_test(path: str) -> bool:
    """Whether the file holds tests, by the usual names."""
    return _IS_TEST.search(path) is not None


def tests_among(failures: Sequence[Failure]) -> frozenset[str]:
    """The files of the tests that failed: where each begins, whatever the file is called."""
    return frozenset(each.frames[-1].path for each in failures if each.test and each.frames)


def is_own_assertion(failure: Failure) -> bool:
    """Whether a script's own assertion failed, without a test around it: it says what is wanted,
    and is hardly at fault."""
    return (
        not failure.test
        and failure.severity is Severity.ERROR
        and len({frame.path for frame in failure.frames}) == 1
        and _ASSERTED.match(failure.code or failure.message) is not None
    )


def _asked(places: Sequence[Place]) -> Iterator[_Hint]:
    for place in places:
        yield _Hint(place.path, place.first, ASKED, "asked for")


def _told(failures: Sequence[Failure], tests: Collection[str]) -> Iterator[_Hint]:
    for failure in failures:
        weight = _ERROR if failure.severity is Severity.ERROR else _WARNING
        asserts = is_own_assertion(failure)
        ran = bool(failure.test) or asserts or len(failure.frames) > 1
        for depth, frame in enumerate(failure.frames):
            if frame.line is not None:
                is_tests = frame.path in tests or is_test(frame.path) or (asserts and not depth)
                less = _TEST if ran and is_tests else 1.0
                what = failure.code or failure.severity.value
                reason = f"{what} at line {frame.line}" if not depth else f"calls, {what}"
                at = failure if not depth else None
                yield _Hint(frame.path, frame.line, weight * less * _OUTER**depth, reason, at)


def _changed(changed: Mapping[str, Sequence[range]]) -> Iterator[_Hint]:
    for path, ranges in changed.items():
        if not is_test(path):
            for lines_ in ranges:
                yield _Hint(path, lines_.start, _CHANGED, "changed since the last commit")


def _named(
    failures: Sequence[Failure], tests: Collection[str], texts: _Texts, find: Find
) -> Iterator[_Hint]:
    """Definitions named by what is said, by the name of a test, or in its code."""
    names: dict[str, str] = {}
    for failure in failures:
        for name in _NAME.findall(failure.message):
            names.setdefault(name, f"named in the message: {name}")
        for name in _tested(failure.test):
            names.setdefault(name, f"named by the test: {name}")
        for frame in _wanting(failure, tests):
            if frame.line is not None:
                for name in texts.used(frame.path, frame.line):
                    names.setdefault(name, f"used by the test: {name}")
    sites: dict[str, list[Site]] = {}
    for site in find(list(names)) if names else ():
        if site.path not in tests and not is_test(site.path):
            sites.setdefault(site.name, []).append(site)
    for name, defined in sites.items():
        if len(defined) <= _MOST_SITES:
            for site in defined:
                yield _Hint(site.path, site.line, _NAMED / len(defined), names[name])


def _wanting(failure: Failure, tests: Collection[str]) -> Sequence[Frame]:
    """The frames in tests, and the assertion."""
    if is_own_assertion(failure):
        return failure.frames[:1]
    frames = failure.frames if failure.test else ()
    return [frame for frame in frames if frame.path in tests or is_test(frame.path)]


def _tested(test: str) -> Iterator[str]:
    """What the name of a test says that it tests: `a.py::test_total[1]`, `TestHalf`."""
    for part in re.split(r"[^\w-]+", test.partition("[")[0]):
        bare = _OF_A_TEST.sub("", part)
        if _NAME.fullmatch(bare):
            yield from dict.fromkeys((bare, bare[0].lower() + bare[1:]))


def _both(one: Target, other: Target) -> Target:
    return msgspec.structs.replace(
        one,
        score=one.score + other.score,
        reasons=tuple(dict.fromkeys((*one.reasons, *other.reasons))),
        failures=tuple(dict.fromkeys((*one.failures, *other.failures))),
        lines=tuple(sorted({*one.lines, *other.lines})),
        in_signature=one.in_signature or other.in_signature,
    )


class _Texts:
    """The files, each read and parsed once."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._known: dict[str, tuple[str, Tree | None] | None] = {}

    def target(self, hint: _Hint) -> Target | None:
        """The part of a file that the hint is about; None if it is not repaired."""
        known = self._parsed(hint.path)
        if known is None:
            return None
        text, tree = known
        starts = lines.offsets(text)
        if not 0 < hint.line < len(starts):
            return None
        line = text[starts[hint.line - 1] : starts[hint.line]]
        offset = starts[hint.line - 1] + len(lines.margin(line))
        definition = _enclosing(tree, offset) if tree else None
        region = region_of(tree, definition) if tree and definition else _paragraph(text, hint.line)
        if text.count("\n", region.start, region.end) > _MOST_LINES:
            definition, region = None, _around(starts, hint.line)
        at = hint.failure is not None or hint.weight >= ASKED
        header = header_end(text, definition, tree.language) if definition and tree else None
        return Target(
            path=hint.path,
            region=region,
            score=hint.weight,
            reasons=(hint.reason,),
            failures=(hint.failure,) if hint.failure else (),
            lines=(hint.line,) if at else (),
            in_signature=at and header is not None and offset < header,
        )

    def used(self, path: str, line: int) -> list[str]:
        """The names that the definition around a line refers to; outside of any, those of the
        paragraph up to the line, the last first."""
        text, tree = self._parsed(path) or ("", None)
        if tree is None:
            return []
        definition = _enclosing(tree, _start_of(text, line))
        span = Span(definition.start, definition.end) if definition else _above(text, line)
        try:
            found = [each.name for each in references(tree, span)]
        except NotParsed:
            return []
        return found if definition else found[::-1]

    def _parsed(self, path: str) -> tuple[str, Tree | None] | None:
        if path not in self._known:
            source = self._read(path)
            self._known[path] = (source.text, _tree(path, source.text)) if source else None
        return self._known[path]


def _tree(path: str, text: str) -> Tree | None:
    language = language_for(PurePosixPath(path), first_line=text)
    try:
        return parse(language, text) if language else None
    except NotParsed:
        return None


def _enclosing(tree: Tree, offset: int) -> Definition | None:
    try:
        return enclosing_definition(tree, offset)
    except NotParsed:
        return None


def _paragraph(text: str, line: int) -> Region:
    """The lines around that no blank line parts from it, what they are indented under, and what is
    indented under them: where a parser has lost its way, the layout tells what belongs together."""
    starts, whole = lines.offsets(text), lines.split(text)
    first = last = line - 1
    while first > 0 and line - first <= _AROUND and whole[first - 1].strip():
        first -= 1
    while last + 1 < len(whole) and last - line < _AROUND and whole[last + 1].strip():
        last += 1
    for above in range(first - 1, max(line - _MOST_LINES, 0) - 1, -1):
        if whole[above].strip() and _margin(whole[above]) < _margin(whole[first]):
            first = above
    end = starts[last] + len(lines.bare(whole[last]))
    return Region(
        starts[first],
        max(end, *(laid_out(text, starts[each]) for each in (first, line - 1, last))),
    )


def _start_of(text: str, line: int) -> int:
    starts = lines.offsets(text)
    return starts[min(line, len(starts)) - 1]


def _above(text: str, line: int) -> Span:
    """The paragraph up to a line."""
    starts = lines.offsets(text)
    line = min(line, len(starts) - 1)
    return Span(_paragraph(text, line).start, starts[line])


def _margin(line: str) -> int:
    return len(lines.margin(line))


def _around(starts: Sequence[int], line: int) -> Region:
    first, last = max(line - 1 - _AROUND, 0), min(line + _AROUND, len(starts) - 1)
    return Region(starts[first], starts[last])
