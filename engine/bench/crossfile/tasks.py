"""Tasks, taken from a package: lines that say a name which another file of it defines.

What is taken depends on the names in the line, the file's imports and the package's definitions,
and on nothing that retrieval computes from them.
"""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

import msgspec

from midfill.engine.completion.code import code
from midfill.grammars.outline import Definition, Import, Outline, outline
from midfill.grammars.registry import Language, language_for
from midfill.grammars.tree import NotParsed, parse

_LARGEST = 200_000  # characters; what is larger is generated or data
_LONGEST_LINE = 160
_SHORTEST_LINE = 8
# A name that more files define does not tell which of them is meant.
_MOST_FILES = 3
_SHORTEST = 3
_ASSIGNED = re.compile(r"\s*=(?!=|>)")
_IDENTIFIER = re.compile(r"[^\W\d]\w*")
# What a name is reached through: `self.client.`, `module::`, `object->`.
_CHAIN = re.compile(r"(?:[^\W\d]\w*(?:\.|::|->|\?\.))+\Z")
_NOT_SOURCE = frozenset(
    {"test", "tests", "testing", "ui-tests", "benchmarks", "doc", "docs", "example", "examples"}
    | {"scripts", "static"}
)
# Where the type of the object is not known, these may be anybody's.
_ANYBODYS = frozenset(
    name
    for kind in (str, bytes, list, dict, set, tuple, int, BaseException, Path)
    for name in dir(kind)
)


class Name(msgspec.Struct, frozen=True):
    """A name in the line, and the files that define it."""

    text: str
    files: tuple[str, ...]


class Task(msgspec.Struct, frozen=True):
    """A line to complete; offsets are characters of the file's text.

    Attributes:
        path: relative to the package's folder, with forward slashes.
        line: 1-based.
        start: where the line's code begins, the first place of the cursor.
        expression: where the expression with the name begins, the second one.
        end: of the line, without its line break.
        names: those of the line that other files define.
        only_use: whether the file says the name nowhere else, but for imports. Otherwise the
            file itself shows how it is used.
    """

    package: str
    path: str
    line: int
    start: int
    expression: int
    end: int
    names: tuple[Name, ...]
    only_use: bool


class Source(msgspec.Struct, frozen=True):
    """A file of a package. `code` is `text` with blanks for comments and strings."""

    path: str
    text: str
    code: str
    language: Language
    outline: Outline


def read(folder: Path) -> dict[str, Source]:
    """What a package is made of, by paths: no tests, documentation or examples."""
    found = {}
    for file in sorted(folder.rglob("*")):
        path = file.relative_to(folder).as_posix()
        language = language_for(path)
        if language is None or not _is_source(PurePosixPath(path)) or not file.is_file():
            continue
        try:
            text = file.read_text("utf-8")
            if len(text) <= _LARGEST:
                parsed = outline(parse(language, text))
                found[path] = Source(path, text, code(text, language)[0], language, parsed)
        except (UnicodeDecodeError, NotParsed):
            continue
    return {path: source for path, source in found.items() if source.outline.definitions}


def tasks(package: str, sources: Mapping[str, Source]) -> list[Task]:
    """Every task that the package has, in the order of its files."""
    return [task for source in sources.values() for task in _of_file(package, source, sources)]


def draw(of_packages: Mapping[str, list[Task]], count: int, seed: int) -> list[Task]:
    """About `count` tasks: as many of each package, half of them the only use of their name.

    Where a package has too few of a kind, it has fewer. The order is by package and file.
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
    return sorted(drawn, key=lambda task: (task.package, task.path, task.start))


def imported_files(source: Source, sources: Mapping[str, Source]) -> set[str]:
    """The files that define an imported name, or that an import seems to name."""
    family = _family(source.language)
    names = set(_imported(source.outline.imports))
    return {
        path
        for path, other in sources.items()
        if _family(other.language) == family
        and path != source.path
        and (
            PurePosixPath(path).stem in names
            or any(
                _is_outermost(each, each.name) and each.name in names
                for each in other.outline.definitions
            )
        )
    }


def _is_source(path: PurePosixPath) -> bool:
    return _NOT_SOURCE.isdisjoint(path.parts) and not path.name.startswith(("test_", "conftest"))


def _of_file(package: str, source: Source, sources: Mapping[str, Source]) -> Iterator[Task]:
    reachable = _reachable(source, sources)
    outside = _without_imports(source)
    said = Counter(_IDENTIFIER.findall(outside))
    start = 0
    for number, line in enumerate(source.text.split("\n"), 1):
        end = start + len(line.rstrip())
        begin = start + len(line) - len(line.lstrip())
        names = _names_in(outside, begin, end, reachable)
        if names and _is_fair(source, begin, end):
            here = Counter(_IDENTIFIER.findall(outside, begin, end))
            unseen = {at: name for at, name in names.items() if said[name.text] == here[name.text]}
            at = min(unseen or names)
            chain = _CHAIN.search(source.text, begin, at)
            yield Task(
                package=package,
                path=source.path,
                line=number,
                start=begin,
                expression=chain.start() if chain else at,
                end=end,
                names=tuple(names.values()),
                only_use=bool(unseen),
            )
        start += len(line) + 1


def _is_fair(source: Source, begin: int, end: int) -> bool:
    """Whether anybody could write this line: of usual length, and without a comment at its end."""
    if not _SHORTEST_LINE <= end - begin <= _LONGEST_LINE:
        return False
    return not source.code[end - 1].isspace() or source.text[end - 1] in "\"'`"


def _reachable(source: Source, sources: Mapping[str, Source]) -> dict[tuple[str, bool], Name]:
    """The names that imports bring in, by whether they are said as a member of something."""
    family = _family(source.language)
    defined: defaultdict[str, list[str]] = defaultdict(list)
    for path, other in sources.items():
        if _family(other.language) == family:
            for name in {definition.name for definition in other.outline.definitions}:
                defined[name].append(path)
    found: dict[tuple[str, bool], Name] = {}

    def add(name: str, member: bool) -> None:
        files = defined[name]
        if len(name) >= _SHORTEST and 0 < len(files) <= _MOST_FILES and source.path not in files:
            found[name, member] = Name(name, tuple(files))

    for name in _imported(source.outline.imports):
        for path in defined.get(name, ()):
            if any(_is_outermost(each, name) for each in sources[path].outline.definitions):
                add(name, member=False)
            for definition in sources[path].outline.definitions:
                if definition.container == name and definition.name not in _ANYBODYS:
                    add(definition.name, member=True)
    for path in _modules(source, sources, family):
        for definition in sources[path].outline.definitions:
            if not definition.container:
                add(definition.name, member=True)
    return found


def _imported(statements: Iterable[Import]) -> Iterator[str]:
    """The names that import statements take; where the path ends in one, that."""
    for statement in statements:
        yield from statement.names or _IDENTIFIER.findall(statement.path)[-1:]


def _is_outermost(definition: Definition, name: str) -> bool:
    return definition.name == name and not definition.container and definition.kind != "module"


def _modules(source: Source, sources: Mapping[str, Source], family: str) -> Iterator[str]:
    """The files whose name is imported."""
    imported = set(_imported(source.outline.imports))
    for path, other in sources.items():
        if PurePosixPath(path).stem in imported and _family(other.language) == family:
            yield path


def _family(language: Language) -> str:
    """Languages that import each other's files."""
    return "javascript" if language.name in {"typescript", "tsx"} else language.name


def _without_imports(source: Source) -> str:
    """The file's code with blanks for import statements too."""
    text = source.code
    for statement in source.outline.imports:
        blank = re.sub(r"[^\n]", " ", text[statement.start : statement.end])
        text = text[: statement.start] + blank + text[statement.end :]
    return text


def _names_in(
    text: str, begin: int, end: int, reachable: Mapping[tuple[str, bool], Name]
) -> dict[int, Name]:
    """The names of a line that other files define, by where they stand; not what it assigns to."""
    found: dict[int, Name] = {}
    for word in _IDENTIFIER.finditer(text, begin, end):
        member = text.endswith((".", "::", "->"), begin, word.start())
        name = reachable.get((word[0], member))
        if name is not None and not _ASSIGNED.match(text, word.end(), end):
            found[word.start()] = name
    return found
