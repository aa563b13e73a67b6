"""Definitions elsewhere that the code at a cursor may need: what its file imports, and what the
names around the cursor mean.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from zlib import crc32

import msgspec

from midfill.engine.context import skeleton
from midfill.engine.context.piece import Piece
from midfill.engine.context.place import Place
from midfill.engine.context.resolve import Meaning, Paths
from midfill.engine.context.sources import Sources
from midfill.engine.context.store import Site, Store
from midfill.engine.context.tokens import estimate
from midfill.engine.context.words import WORD
from midfill.grammars.registry import languages

# A name that more files define than this tells nothing about which one is meant (aider's limit).
_MOST_FILES = 5
# How many files deep a name is followed that a package takes from its modules.
_DEPTH = 3
# More would not fit into any budget.
_MOST = 64
_NAMESPACES = frozenset({"module", "section"})
_MEMBERS = frozenset({"method", "field"})
# So many of the best are shown at length, the others with their signature alone.
_AT_LENGTH = 8
# A definition of fewer tokens is then shown with its body, and a longer skeleton loses members.
_WITH_BODY = 64
_LONGEST = 192
# Members that are left out are at least called by their names, so many of them.
_MOST_NAMES = 8
# About how many characters a token has at most, and a signature.
_CHARACTERS, _HEADING = 12, 80
# What a name counts that is imported, and yet to be used; imported at all; only called the same;
# for each of them, that it has words in common with the code around the cursor.
_UNUSED, _IMPORTED, _ALIKE, _AFFINE = 1.2, 0.6, 0.5, 0.8


class Needed(msgspec.Struct, frozen=True):
    """A definition, why it may be needed, and how much."""

    site: Site
    reason: str
    score: float


class Definitions:
    """Looks up what `store` has, in the texts that `sources` has. For one place each."""

    def __init__(self, store: Store, sources: Sources, paths: Paths) -> None:
        self._store = store
        self._sources = sources
        self._paths = paths
        self._in_file = cache(store.defined_in)

    def pieces(self, place: Place, ranks: Mapping[str, float]) -> list[Piece]:
        """A piece for each definition that may be needed at `place`; `ranks` are the files'."""
        needed: dict[tuple[str, str, int], Needed] = {}
        for each in (*self._imported(place), *self._named(place), *self._own(place)):
            site = self._outer(each.site) or each.site
            score = (each.score + _AFFINE * place.affinity(each.site.name)) * (
                1 + ranks.get(site.path, 0.0)
            )
            key = site.path, site.name, site.start
            if key not in needed or needed[key].score < score:
                needed[key] = Needed(site, each.reason, score)
        best = sorted(needed.values(), key=lambda each: -each.score)[:_MOST]
        found = (self._piece(each, place, at_length=n < _AT_LENGTH) for n, each in enumerate(best))
        return [piece for piece in found if piece is not None]

    # -- what is needed -----------------------------------------------------------------------

    def _imported(self, place: Place) -> Iterator[Needed]:
        language = place.language.name if place.language else ""
        uses = Counter(WORD.findall(place.text))
        for each in place.imports:
            for meaning in self._paths.resolve(each.path, each.names, place.path, language):
                if meaning.names:
                    for name in meaning.names:
                        fresh = uses[name] <= 1
                        score = place.names.get(name, 0.0) + (_UNUSED if fresh else _IMPORTED)
                        for site in self._follow(meaning.path, name, language):
                            yield Needed(site, f"imported: {name}", score)
                else:
                    yield from self._of_module(meaning, place)
        for path in self._paths.beside(place.path) if language in ("go", "java") else ():
            yield from self._of_module(Meaning(path), place)

    def _of_module(self, meaning: Meaning, place: Place) -> Iterator[Needed]:
        """What a file defines that is named around the cursor, as the file itself may be."""
        called = _IMPORTED * place.names.get(self._paths.name(meaning.path), 0.0)
        for site in self._in_file(meaning.path):
            if self._is_outermost(site) and not site.name.startswith("__"):
                near = place.names.get(site.name)
                score = called if near is None else near + _IMPORTED
                yield Needed(site, f"imported: {site.name}", score)

    def _named(self, place: Place) -> Iterator[Needed]:
        """What names around the cursor mean that nothing else tells about."""
        own = {each.name for each in self._in_file(place.path)}
        taken = {name for each in place.imports for name in each.names}
        names = [name for name in place.names if name not in own and name not in taken]
        by_name: dict[str, list[Site]] = {}
        for site in self._store.defined(names, _MOST_FILES + 1):
            if site.path != place.path and self._may_be_meant(site, place):
                by_name.setdefault(site.name, []).append(site)
        for name, sites in by_name.items():
            if len(sites) <= _MOST_FILES:
                score = _ALIKE * place.names[name] / len(sites)
                for site in sites:
                    yield Needed(site, f"named: {name}", score)

    def _own(self, place: Place) -> Iterator[Needed]:
        """What the file itself defines, where the prompt does not show that."""
        for site in self._in_file(place.path):
            near = place.names.get(site.name, 0.0)
            if near and site.line - 1 not in place.lines and self._may_be_meant(site, place):
                yield Needed(site, f"same file: {site.name}", near)

    def _follow(self, path: str, name: str, language: str, depth: int = _DEPTH) -> list[Site]:
        """The definitions of `name` in a file, or where the file has it from."""
        found = [
            site for site in self._in_file(path) if site.name == name and self._is_outermost(site)
        ]
        if found or not depth:
            return found
        for each in self._store.imports_of(path):
            if each.names and name not in each.names:
                continue
            for meaning in self._paths.resolve(each.target, each.names, path, language):
                if not meaning.names or name in meaning.names:
                    found = self._follow(meaning.path, name, language, depth - 1)
                    if found:
                        return found
        return []

    def _may_be_meant(self, site: Site, place: Place) -> bool:
        """Whether its name alone may mean it: a member only if reached through something."""
        if place.language is not None and site.language != place.language.name:
            return False
        return self._is_outermost(site) or (
            site.kind not in _NAMESPACES and site.name in place.members
        )

    def _is_outermost(self, site: Site) -> bool:
        """Whether others can import it. Namespaces do not count."""
        return site.kind not in _NAMESPACES | _MEMBERS and self._outer(site) is None

    def _outer(self, site: Site) -> Site | None:
        """The outermost type around a member, with which that is shown; in Go, Rust and C++, where
        methods stand beside their type, that type."""
        if not site.container:
            return None
        for each in self._in_file(site.path):
            if each.kind in skeleton.CONTAINERS - _NAMESPACES:
                around = each.start < site.start and site.end <= each.end
                if around or _qualified(each) == site.container:
                    return each
        return None

    # -- how it is shown ----------------------------------------------------------------------

    def _piece(self, needed: Needed, place: Place, *, at_length: bool) -> Piece | None:
        site = needed.site
        text = self._sources.text(site.path)
        if text is None or not self._sources.has(site):
            return None  # The index is behind the file.
        start, end = skeleton.lines_of(text, site)
        shown = self._shown(text, site, place, at_length=at_length)
        source = crc32(text[site.start : site.end].encode())
        return Piece(site.path, start, end, shown, needed.reason, needed.score, source)

    def _shown(self, text: str, site: Site, place: Place, *, at_length: bool) -> str:
        """All of a short definition, the skeleton of a longer one; and in brief, its signature."""
        members = self._members(site) if site.kind in skeleton.CONTAINERS else []
        together = all(site.start < each.start < site.end for each in members)
        if at_length and together and site.end - site.start < _CHARACTERS * _WITH_BODY:
            shown = skeleton.whole(text, site)
            if estimate(shown) <= _WITH_BODY:
                return shown
        room = _LONGEST * (2 if site.name in place.bases else 1) if at_length else 0
        inside: list[Site] = []
        others: list[Site] = []
        for member in sorted(members, key=lambda each: -_worth(each, place)):
            room -= estimate(text[member.start : member.start + _HEADING])
            (inside if room >= 0 else others).append(member)
        inside.sort(key=lambda each: each.start)
        language = languages().get(site.language)
        shown = skeleton.skeleton(text, site, inside, language, doc=at_length)
        names = [each.name for each in others if not each.name.startswith("_")]
        return shown + skeleton.remark(names[:_MOST_NAMES], language)

    def _members(self, site: Site) -> list[Site]:
        return [each for each in self._in_file(site.path) if each.container == _qualified(site)]


def _qualified(site: Site) -> str:
    return f"{site.container}.{site.name}" if site.container else site.name


def _worth(member: Site, place: Place) -> float:
    """Named around the cursor or alike, then what makes an object, then what others may use."""
    if member.name in ("__init__", "constructor", "new"):
        return 1.5
    private = member.name.startswith("_")
    return (
        place.names.get(member.name, 0.0)
        + 2 * place.affinity(member.name)
        + (0.0 if private else 0.5)
    )
