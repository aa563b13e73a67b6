"""The changes that follow from what compilers and interpreters say: their fix-its, names that they
say were meant, and imports of names that they do not know.

They cost no token, and reach what a definition written anew does not: an import, a declaration.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain

from rapidfuzz import fuzz

from midfill.engine.repair import lines
from midfill.engine.repair.edit import Edit, applied
from midfill.engine.repair.failures.failure import Failure, Fixit, Severity
from midfill.engine.repair.imports import place, undefined
from midfill.engine.repair.writer import Asked
from midfill.grammars.faults import syntax_errors
from midfill.grammars.registry import Language, language_for
from midfill.grammars.tree import NotParsed, parse

_MEANT = re.compile(r"[Dd]id you mean(?:\?\s+|:?\s+['\"`\u2018\u201c])(?P<name>[\w$]+)")
_QUOTED = re.compile(r"['\"`\u2018\u201c](?P<name>[\w$]+)['\"`\u2019\u201d]")
# rustc and others show a tab as so many blanks.
_TAB = " " * 4

Change = tuple[str, tuple[Edit, ...]]
"""The path of a file, and edits of it that belong together."""


Imported = Callable[[str, str, Language], Sequence[str]]
"""The statements that import a name, for a file of that path in that language."""


def fixed(asked: Sequence[Asked], imported: Imported) -> Iterator[dict[str, str]]:
    """New texts of files: with all that is proposed, each time in another of its ways, and then
    with each proposal alone.

    None for a file in which the parser finds a fault of syntax: compilers lose their way there, and
    what mends it is known to `Writer`.
    """
    every = {each.target.path: each.text for each in asked}
    texts = {path: text for path, text in every.items() if not _faulty(text, path)}
    failures = dict.fromkeys(chain.from_iterable(each.target.failures for each in asked))
    proposals = [
        changes
        for failure in failures
        if failure.severity is Severity.ERROR and failure.path in texts
        if (changes := _proposed(failure, texts[failure.path], imported))
    ]
    most = max(map(len, proposals), default=0)
    for way in range(most):
        yield from _made(texts, [each[min(way, len(each) - 1)] for each in proposals])
    for change in chain.from_iterable(proposals):
        yield from _made(texts, [change])


def _proposed(failure: Failure, text: str, imported: Imported) -> list[Change]:
    """The ways out that are known of a failure in the file `text`."""
    edits = [_edits(text, fixit) for fixit in failure.fixits]
    if not any(edits) and failure.line is not None:
        edits = [_meant(text, failure.line, failure.message)]
    edits += _lacking(text, failure, imported)
    return [(failure.path, each) for each in edits if each]


def _lacking(text: str, failure: Failure, imported: Imported) -> list[tuple[Edit, ...]]:
    """An import of the name that the failure calls undefined."""
    name, language = undefined(failure.message), language_for(failure.path, first_line=text)
    if not name or language is None:
        return []
    known = list(imported(name, failure.path, language))
    if language.name == "python" and name in sys.stdlib_module_names:
        known.append(f"import {name}")
    try:
        at = place(parse(language, text)) if known else 0
    except NotParsed:
        return []
    return [(Edit(at, at, each + lines.newline(text)),) for each in dict.fromkeys(known)]


def _edits(text: str, fixit: Fixit) -> tuple[Edit, ...]:
    """The edits of the text that the tool means; none where it does not fit."""
    whole, starts = lines.split(text), lines.offsets(text)
    edits = []
    for each in fixit:
        if min(*each.start, *each.end) < 1 or max(each.start[0], each.end[0]) > len(starts):
            return ()
        start, end = (_offset(whole, starts, *place) for place in (each.start, each.end))
        old, new = text[start:end], each.text.replace("\n", lines.newline(text))
        margin = lines.margin(old)
        if "\t" in margin and new.startswith(shown := margin.replace("\t", _TAB)):
            new = margin + new.removeprefix(shown)
        if "\t" in old[len(margin) :]:
            return ()
        if old and not lines.end_of(old):
            new = lines.bare(new)
        edits.append(Edit(start, end, new))
    return tuple(edits)


def _offset(whole: Sequence[str], starts: Sequence[int], line: int, column: int) -> int:
    """The character at a line and a column in bytes."""
    before = whole[line - 1].encode()[: column - 1] if line <= len(whole) else b""
    return starts[line - 1] + len(before.decode("utf-8", "ignore"))


def _meant(text: str, number: int, message: str) -> tuple[Edit, ...]:
    """The name that a message says was meant, in the place of the one that it is most like."""
    meant = _MEANT.search(message)
    whole, starts = lines.split(text), lines.offsets(text)
    if meant is None or number > len(whole):
        return ()
    name = meant["name"]
    places = {
        wrong: list(re.finditer(rf"(?<![\w$]){re.escape(wrong)}(?![\w$])", whole[number - 1]))
        for wrong in (found["name"] for found in _QUOTED.finditer(message[: meant.start()]))
        if wrong != name
    }
    wrong = max(filter(places.get, places), key=lambda each: fuzz.ratio(each, name), default=None)
    start = starts[number - 1]
    found = places[wrong] if wrong is not None else []
    return tuple(Edit(start + each.start(), start + each.end(), name) for each in found)


def _made(texts: dict[str, str], changes: Iterable[Change]) -> Iterator[dict[str, str]]:
    """The changes together, without those that overlap with earlier ones."""
    edits: dict[str, list[Edit]] = {}
    for path, new in dict.fromkeys(changes):
        made = edits.setdefault(path, [])
        if not any(_overlap(one, other) for one in new for other in made):
            made += new
    new_texts: dict[str, str] = {}
    with suppress(ValueError):  # edits that a tool wants together overlap
        new_texts = {path: applied(texts[path], made) for path, made in edits.items()}
    if new_texts:
        yield new_texts


def _overlap(one: Edit, other: Edit) -> bool:
    return one.start < other.end and other.start < one.end


def _faulty(text: str, path: str) -> bool:
    """Whether the parser finds a fault of syntax, as far as it can tell."""
    language = language_for(path, first_line=text)
    if language is None or not language.reports_errors:
        return False
    try:
        return bool(syntax_errors(parse(language, text)))
    except NotParsed:
        return False
