"""Tasks, taken from a package: lines that say a name which another file of it defines.

What is taken depends on the names in the line, the file's imports and the package's definitions,
and on nothing that retrieval computes from them.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping

import msgspec

from midfill.engine.bench.crossfile.names import Name, Names, names
from midfill.engine.bench.crossfile.sources import Source

_LONGEST_LINE = 160
_SHORTEST_LINE = 8
_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_ASSIGNED = re.compile(r"\s*=(?!=|>)")
# What a name is reached through: `self.client.`, `module::`, `object->`.
_CHAIN = re.compile(r"([^\W\d]\w*)(?:\.|::|->|\?\.)(?:[^\W\d]\w*(?:\.|::|->|\?\.))*\Z")


class Task(msgspec.Struct, frozen=True):
    """A line to complete; offsets are characters of the file's text.

    Attributes:
        path: relative to the package's folder, with forward slashes.
        line: 1-based.
        start: where the line's code begins, the first place of the cursor.
        name: where the name begins that the file says least, the second one.
        end: of the line, without its line break.
        names: those of the line that other files define.
        only_use: whether the file says the name nowhere else, but for imports. Otherwise the
            file itself shows how it is used.
    """

    package: str
    path: str
    line: int
    start: int
    name: int
    end: int
    names: tuple[Name, ...]
    only_use: bool


def tasks(package: str, sources: Mapping[str, Source]) -> list[Task]:
    """Every task that the package has, in the order of its files."""
    return [task for source in sources.values() for task in _of_file(package, source, sources)]


def draw(of_packages: Mapping[str, list[Task]], count: int, seed: int) -> list[Task]:
    """About `count` tasks: as many of each package, half of them the only use of their name.

    Where a package has too few of a kind, it has fewer. Those of a file come together, and the
    files in an order drawn by lot, so that the beginning of a run tells of all packages.
    """
    drawn: list[Task] = []
    left = count
    by_size = sorted(of_packages, key=lambda name: (len(of_packages[name]), name))
    for position, name in enumerate(by_size):
        share = left // (len(by_size) - position)
        pool = random.Random(f"{seed} {name}").sample(of_packages[name], len(of_packages[name]))
        only = [task for task in pool if task.only_use]
        other = [task for task in pool if not task.only_use]
        half = min(len(only), max(share - share // 2, share - len(other)))
        chosen = only[:half] + other[: share - half]
        left -= len(chosen)
        drawn += chosen
    files = sorted({(task.package, task.path) for task in drawn})
    random.Random(seed).shuffle(files)
    return sorted(drawn, key=lambda task: (files.index((task.package, task.path)), task.start))


def _of_file(package: str, source: Source, sources: Mapping[str, Source]) -> Iterator[Task]:
    reachable = names(source, sources)
    outside = _without_imports(source)
    said = Counter(_IDENTIFIER.findall(outside))
    start = 0
    for number, line in enumerate(source.text.split("\n"), 1):
        end = start + len(line.rstrip())
        begin = start + len(line) - len(line.lstrip())
        others = _names_in(outside, begin, end, reachable)
        if others and _is_fair(source, begin, end):
            here = Counter(_IDENTIFIER.findall(outside, begin, end))
            unseen = [at for at, name in others.items() if said[name.text] == here[name.text]]
            at = min(unseen or others)
            yield Task(
                package=package,
                path=source.path,
                line=number,
                start=begin,
                name=at,
                end=end,
                names=tuple(dict.fromkeys(others.values())),
                only_use=bool(unseen),
            )
        start += len(line) + 1


def _is_fair(source: Source, begin: int, end: int) -> bool:
    """Whether anybody could write this line: of usual length, and without a comment at its end."""
    if not _SHORTEST_LINE <= end - begin <= _LONGEST_LINE:
        return False
    return not source.code[end - 1].isspace() or source.text[end - 1] in "\"'`"


def _without_imports(source: Source) -> str:
    """The file's code with blanks for import statements too."""
    text = source.code
    for statement in source.outline.imports:
        blank = re.sub(r"[^\n]", " ", text[statement.start : statement.end])
        text = text[: statement.start] + blank + text[statement.end :]
    return text


def _names_in(text: str, begin: int, end: int, reachable: Names) -> dict[int, Name]:
    """The names of a line that other files define, by where they stand; not what it assigns to."""
    found: dict[int, Name] = {}
    for word in _IDENTIFIER.finditer(text, begin, end):
        chain = _CHAIN.search(text, begin, word.start())
        if chain is None:
            name = reachable.alone.get(word[0])
        else:
            name = None if chain[1] in reachable.foreign else reachable.members.get(word[0])
        if name is not None and not _ASSIGNED.match(text, word.end(), end):
            found[word.start()] = name
    return found
