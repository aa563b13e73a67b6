"""Which files of a workspace an import means.

No build system is asked: in every language an import ends like the path of the file it means. What
differs is how its parts are separated, what a leading dot means, and which file speaks for a
folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

import msgspec

from midfill.grammars.registry import languages

Parts = tuple[str, ...]

# Languages that import each other's files.
_FAMILIES = (
    frozenset({"javascript", "typescript", "tsx", "vue", "svelte", "astro"}),
    frozenset({"c", "cpp", "cuda", "objective_c", "arduino"}),
    frozenset({"java", "kotlin", "scala", "groovy"}),
    frozenset({"css", "scss"}),
)
# Their imports name a folder, and mean all of its files.
_BY_FOLDER = frozenset({"go", "csharp", "visual_basic", "fsharp"})
# The files that speak for their folder.
_FOLDERS_OWN = {"python": {"__init__"}, "rust": {"mod", "lib", "main"}, "lua": {"init"}}
_INDEX = {"index"}
# Names of namespaces need not be spelled like folders.
_CASELESS = frozenset({"php", "pascal", "ada", "vhdl", "cobol"})
# Folders from which absolute imports start, besides those that hold the importing file.
_SOURCES = frozenset({"src", "lib", "lua", "python", "source", "include"})
_SEPARATOR = re.compile(r"::|[.:]")
_EXTENSION = re.compile(r"\.\w{1,6}\Z")
_PACKAGE = re.compile(r"package:[^/]*/")  # Dart's own, whose files lie in lib/
# How many parts at the end of an import may be names in a file: `import a.b.Class.method`.
_MOST_NAMES = 2
# An import of a folder with more files says too little about which of them matter.
_MOST_FILES = 64


class Meaning(msgspec.Struct, frozen=True):
    """A file, and the names that are taken from it; none where the whole of it is imported."""

    path: str
    names: Parts = ()


class Paths:
    """The files of a workspace, by what imports call them.

    Args:
        languages: the name of each file's language, by its path relative to the workspace.
    """

    def __init__(self, languages: Mapping[str, str]) -> None:
        self._languages = languages
        self._by_name: dict[str, list[str]] = {}
        self._by_folder: dict[str, list[str]] = {}
        for path, language in languages.items():
            module = _module(path, language)
            self._by_name.setdefault(module[-1].lower() if module else "", []).append(path)
            self._by_folder.setdefault(_parent(path), []).append(path)

    def resolve(self, target: str, names: Parts, importer: str, language: str) -> list[Meaning]:
        """What `target`, as written in the file `importer`, may mean; nothing where it is no file
        of the workspace. `names` are those taken from it.
        """
        parts, base = _parsed(target, importer, language)
        found: list[Meaning] = []
        for name in names:  # which may be files: `from shop import basket`
            found += map(Meaning, self._files((*parts, name), base, importer, language))
        for end in range(len(parts), max(len(parts) - _MOST_NAMES, 0) - 1, -1):
            taken = names or tuple(part for part in parts[end : end + 1] if part not in ("*", "_"))
            files = self._files(parts[:end], base, importer, language)
            if files:
                found += [Meaning(path, taken) for path in files]
                break
        return [meaning for meaning in found if meaning.path != importer]

    def name(self, path: str) -> str:
        """What imports call a file last."""
        return next(reversed(_module(path, self._languages[path])), "")

    def beside(self, path: str) -> list[str]:
        """The other files of the same family in the folder of `path`."""
        family = _family(self._languages.get(path, ""))
        near = self._by_folder.get(_parent(path), [])
        return [each for each in near if each != path and self._languages[each] in family]

    def _files(self, parts: Parts, base: Parts | None, importer: str, language: str) -> list[str]:
        """The file called `parts` in the folder `base`, else anywhere; or the folder's files."""
        if base is not None:
            near = self._ending((*base, *parts), language)
            return [path for path, around in near if not around][:1]
        if language in _BY_FOLDER:
            return self._folder(parts, language)
        found = [
            (path, around)
            for path, around in self._ending(parts, language)
            if len(parts) > 1 or _starts_at(around, importer)
        ]
        return [path for path, _ in sorted(found, key=lambda each: _distance(each[0], importer))][
            :1
        ]

    def _ending(self, parts: Parts, language: str) -> Iterator[tuple[str, Parts]]:
        """The files whose names end with `parts`, each with what stands before those."""
        family, extension = _family(language), ""
        fold = _folded if language in _CASELESS else tuple
        wanted = fold(parts)
        if not wanted:
            return
        near = self._by_name.get(wanted[-1].lower(), [])
        if not near and (found := _EXTENSION.search(wanted[-1])):
            extension = found[0]
            wanted = (*wanted[:-1], wanted[-1].removesuffix(extension))
            near = self._by_name.get(wanted[-1].lower(), [])
        # A header before the source of the same name.
        for path in sorted(near, key=lambda path: not path.lower().endswith(extension)):
            module = _module(path, self._languages[path])
            if self._languages[path] in family and fold(module[-len(wanted) :]) == wanted:
                yield path, module[: len(module) - len(wanted)]

    def _folder(self, parts: Parts, language: str) -> list[str]:
        """The files of the folder whose path shares the longest end with `parts`.

        A Go import begins with a host and a repository, a namespace with the name of a project:
        parts that need not be folders.
        """
        wanted = _folded(parts)
        best, length = "", 0
        for folder in self._by_folder:
            here = _folded(PurePosixPath(folder).parts)
            shared = _shared_end(here, wanted)
            whole = shared in (len(here), len(wanted)) or shared > 1
            if whole and shared > length and (shared > 1 or len(wanted) > 1):
                best, length = folder, shared
        files = self._by_folder.get(best, []) if length else []
        files = [path for path in files if self._languages[path] == language]
        return files if len(files) <= _MOST_FILES else []


def _parsed(target: str, importer: str, language: str) -> tuple[Parts, Parts | None]:
    """The parts of an import, and the folder they start from where that is written."""
    here = PurePosixPath(importer).parts[:-1]
    if language == "python":
        path = target.lstrip(".")
        up = len(target) - len(path)
        return _split(_SEPARATOR, path), here[: len(here) + 1 - up] if up else None
    if language == "rust":
        return _rust(target.split("::"), importer)
    if "/" in target or target.endswith(languages()[language].extensions):
        path = _PACKAGE.sub("", target)
        if path.startswith("."):
            return (), _normal((*here, *path.split("/")))
        return tuple(part for part in path.lstrip("@~#/").split("/") if part), None
    return _split(_SEPARATOR, target.replace("\\", ".")), None


def _rust(parts: list[str], importer: str) -> tuple[Parts, Parts | None]:
    module = _module(importer, "rust")
    if parts[0] == "crate":
        root = next((end for end, part in enumerate(module, 1) if part == "src"), 0)
        return tuple(parts[1:]), module[:root]
    if parts[0] in ("self", "super"):
        up = parts.count("super")
        return tuple(parts[max(up, 1) :]), module[: len(module) - up]
    return tuple(parts), module if len(parts) == 1 else None  # mod shop;


def _module(path: str, language: str) -> Parts:
    """What imports call a file: its path without the extension, or its folder's."""
    *folders, name = PurePosixPath(path).parts
    stem = name.rpartition(".")[0].removesuffix(".d") or name
    if stem in _FOLDERS_OWN.get(language, _INDEX):
        return tuple(folders)
    return (*folders, stem)


def _split(separator: re.Pattern[str], text: str) -> Parts:
    return tuple(part for part in separator.split(text) if part)


def _folded(parts: Parts) -> Parts:
    return tuple(part.lower() for part in parts)


def _normal(parts: Parts) -> Parts:
    """Without `.` and `..`."""
    found: list[str] = []
    for part in parts:
        if part == "..":
            del found[-1:]
        elif part not in ("", "."):
            found.append(part)
    return tuple(found)


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _starts_at(around: Parts, importer: str) -> bool:
    """Whether absolute imports of `importer` may start from the folder `around`."""
    here = PurePosixPath(importer).parts[:-1]
    if around and around[-1] in _SOURCES and around != here[: len(around)]:
        around = around[:-1]
    return around == here[: len(around)]


def _distance(path: str, importer: str) -> tuple[int, int]:
    """The more folders two files share, the nearer they are."""
    pairs = zip(PurePosixPath(path).parts, PurePosixPath(importer).parts, strict=False)
    shared = next((count for count, (one, other) in enumerate(pairs) if one != other), 0)
    return -shared, len(path)


def _shared_end(left: Parts, right: Parts) -> int:
    pairs = zip(reversed(left), reversed(right), strict=False)
    different = (count for count, (one, other) in enumerate(pairs) if one != other)
    return next(different, min(len(left), len(right)))


def _family(language: str) -> frozenset[str]:
    return next((each for each in _FAMILIES if language in each), frozenset({language}))
