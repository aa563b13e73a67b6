"""The parts of files that a round asks about."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

import msgspec

from midfill.engine.context.store import Site
from midfill.engine.context.tokens import estimate
from midfill.engine.repair import lines
from midfill.engine.repair.command import Command
from midfill.engine.repair.failures.failure import Failure
from midfill.engine.repair.localise import (
    ASKED,
    Find,
    Read,
    Target,
    is_own_assertion,
    is_test,
    localise,
    tests_among,
)
from midfill.engine.repair.region import Region, region_of
from midfill.engine.repair.task import Task
from midfill.grammars.outline import Definition, definitions
from midfill.grammars.registry import language_for
from midfill.grammars.tree import NotParsed, Tree, parse

# More would leave too few tries for each.
_MOST = 4
# What speaks for any code of a file that was named, where much more speaks for a place in it.
_IN_NAMED_FILE = 1.0
_CODE = frozenset({"function", "method", "macro"})


def targets(
    task: Task,
    failures: Sequence[Failure],
    read: Read,
    find: Find,
    changed: Mapping[str, Sequence[range]],
    room: int,
) -> list[Target]:
    """The likeliest first, each with up to `room` tokens.

    Where the person points at a place, only what is there; in the files that are named, if any are;
    never tests that are not, because those say what is wanted.
    """
    found = localise(failures, read, find, task.places, changed)
    if task.places:
        found = [target for target in found if target.score >= ASKED]
    elif task.paths:
        found = [target for target in found if target.path in task.paths]
        found += _others(task.paths, found, read)
    else:
        tests = tests_among(failures) | _named_by(task.tests)
        found = [each for each in found if each.path not in tests and not is_test(each.path)]
        found = [each for each in found if not _asserts(each)] or found
    fitting = (_narrowed(target, read, room) for target in found)
    return [target for target in fitting if target is not None][:_MOST]


def _asserts(target: Target) -> bool:
    """Whether it is no code of a definition, and only there because of its assertion."""
    return target.region.definition is None and any(map(is_own_assertion, target.failures))


def find_in(paths: Collection[str], read: Read) -> Find:
    """Look-up of names in some files, where there is no index."""
    trees = {path: tree for path in paths if (tree := _tree(path, read)) is not None}
    sites = [_site(path, tree, each) for path, tree in trees.items() for each in _definitions(tree)]
    return lambda names: [site for site in sites if site.name in names]


def _named_by(tests: Command | None) -> frozenset[str]:
    """The files that the command for the tests names: they say what is wanted, too."""
    if tests is None:
        return frozenset()
    words = re.split(r"[\s\"'=:;|&<>()]+", " ".join(tests.argv))
    return frozenset((PurePosixPath(tests.cwd) / word).as_posix() for word in words)


def _others(paths: Sequence[str], found: Sequence[Target], read: Read) -> Iterator[Target]:
    """The code of files in which nothing else speaks for it."""
    known = {(target.path, target.region.start) for target in found}
    for path in paths:
        regions = _regions(path, read)
        for region in regions:
            if (path, region.start) not in known:
                yield Target(
                    path=path,
                    region=region,
                    score=_IN_NAMED_FILE / len(regions),
                    reasons=("in a file that was named",),
                )


def _regions(path: str, read: Read) -> list[Region]:
    """Every function that is in no other; all of a file that has none."""
    tree = _tree(path, read)
    regions: list[Region] = []
    for each in _definitions(tree):
        if tree and each.kind in _CODE and not (regions and each.start < regions[-1].end):
            regions.append(region_of(tree, each))
    source = read(path)
    return regions or ([Region(0, len(source.text))] if source and source.text.strip() else [])


def _narrowed(target: Target, read: Read, room: int) -> Target | None:
    """The target, if it is small enough, else the lines around its first error; None: it has none
    there."""
    source = read(target.path)
    if source is None or estimate(source.text[target.region.start : target.region.end]) <= room:
        return target
    if not target.lines:
        return None
    first, last = lines.around(source.text, target.lines[0], target.lines[0], room)
    starts = lines.offsets(source.text)
    region = Region(starts[first - 1], starts[last])
    return msgspec.structs.replace(target, region=region, in_signature=False)


def _tree(path: str, read: Read) -> Tree | None:
    source = read(path)
    language = language_for(path, first_line=source.text) if source is not None else None
    try:
        return parse(language, source.text) if source and language else None
    except NotParsed:
        return None


def _definitions(tree: Tree | None) -> list[Definition]:
    try:
        return definitions(tree) if tree is not None else []
    except NotParsed:
        return []


def _site(path: str, tree: Tree, each: Definition) -> Site:
    return Site(
        path,
        tree.language.name,
        each.name,
        each.kind,
        each.container,
        each.start,
        each.end,
        each.name_start,
        lines.number_at(tree.text, each.name_start),
    )
