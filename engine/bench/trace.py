"""What a person does at the keyboard: functions of real files, typed again.

Each file is opened without some of its functions. They are typed in stretches of a few lines; in
between the cursor jumps to another function, or to another file. A trace depends on nothing but its
files and its seed; when all of it was replayed, every document is its file again.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise, zip_longest
from pathlib import Path
from typing import Literal

from midfill.engine.errors import UsageError
from midfill.grammars.outline import definitions
from midfill.grammars.registry import Language, language_for
from midfill.grammars.tree import NotParsed, Span, parse

Arrival = Literal["open", "jump"]

# Seconds between two keys: a log-normal distribution with this median and spread.
_INTERVAL = 0.18
_SPREAD = 0.35
_SHORTEST, _LONGEST = 0.04, 3.0
# How much longer or shorter it is, by what is struck.
_IN_WORD, _ELSEWHERE, _LINE_END, _LINE_START, _NOTICING = 0.85, 1.15, 1.8, 3.0, 2.0
# Seconds that the cursor rests in a new place before the first key.
_REST = {"open": 2.0, "jump": 1.0}
# The share of letters that are struck wrong, and of wrong ones seen only a letter later. Dhakal et
# al. (CHI 2018) saw 6.3 % of all keys go into corrections.
_SLIPS = 0.03
_SEEN_LATE = 0.3
# The share of right suggestions that a person takes, each time one is on the screen.
_TAKES = 0.3
# Characters: of a function that is typed, of what is typed of it, of a stretch.
_SHORTEST_FUNCTION = 60
_MOST, _LEAST = 300, 60
_STRETCH = 30
_FUNCTIONS = ("function", "method")
# An editor indents the line that Enter begins, unless nothing will stand on it.
_KEY = re.compile(r"\n(?:[ \t]+(?=\S))?|[^\n]")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Stroke:
    """One key, and the state it is struck in.

    Attributes:
        pause: seconds since the key before.
        at: characters of the visit's text that stand before the cursor.
        slips: wrong characters between them and the cursor.
        insert: what the key types; "" deletes one character.
        takes: whether the person would rather take a suggestion, were there a right one.
    """

    pause: float
    at: int
    slips: int
    insert: str
    takes: bool = False


@dataclass(frozen=True)
class Visit:
    """A stretch that is typed in one place.

    Attributes:
        document: its index in the trace.
        arrival: whether the document was opened for it.
        start: offset in the document, as it then is.
        text: what stands there in the end.
        rest: seconds before the first key.
    """

    document: int
    arrival: Arrival
    start: int
    text: str
    rest: float
    strokes: tuple[Stroke, ...]


@dataclass(frozen=True)
class Source:
    """A file: its text, and what of it the person finds when opening it."""

    name: str
    language: Language
    text: str
    opening: str


@dataclass(frozen=True)
class Trace:
    """Visits, in their order, to documents."""

    documents: tuple[Source, ...]
    visits: tuple[Visit, ...]

    @property
    def keys(self) -> int:
        """How many keys are struck where no suggestion is taken."""
        return sum(len(visit.strokes) for visit in self.visits)


class _Hole:
    """A part of a document that is to be typed."""

    def __init__(self, document: int, start: int, text: str) -> None:
        self.document = document
        self.start = start
        self.text = text
        self.stretches = _stretches(text)
        self.filled = 0


def make(files: Sequence[Path], keys: int, seed: int) -> Trace:
    """A trace of about `keys` characters, less where the files have too few functions.

    Raises:
        UsageError: a file cannot be read, or has no function that could be typed.
    """
    rng = random.Random(seed)
    read = [_read(file) for file in files]
    holes = _holes([text for _, text in read], [_spans(*file) for file in read], keys, rng)
    documents = []
    for index, (name, (language, text)) in enumerate(zip(_names(files), read, strict=True)):
        own = [Span(h.start, h.start + len(h.text)) for h in holes if h.document == index]
        documents.append(Source(name, language, text, _without(text, own)))
    return Trace(tuple(documents), tuple(_visits(holes, rng)))


def strokes(text: str, rng: random.Random) -> Iterator[Stroke]:
    """The keys that type `text`, errors and their corrections among them."""
    keys = [key.group() for key in _KEY.finditer(text)]
    at, before = 0, "\n"
    for key, after in pairwise([*keys, ""]):
        pace = _pace(before, key)
        if key.isalpha() and rng.random() < _SLIPS:
            wrong = rng.choice(_LETTERS.replace(key.lower(), ""))
            if after.isalpha() and rng.random() < _SEEN_LATE:
                wrong += after
            for slips, letter in enumerate(wrong):
                yield Stroke(_pause(pace, rng), at, slips, letter)
                pace = _IN_WORD
            for slips in range(len(wrong), 0, -1):
                pace = _NOTICING if slips == len(wrong) else _IN_WORD
                yield Stroke(_pause(pace, rng), at, slips, "")
        yield Stroke(_pause(pace, rng), at, 0, key, takes=rng.random() < _TAKES)
        at, before = at + len(key), key


def _pace(before: str, key: str) -> float:
    if before[0] == "\n":
        return _LINE_START
    if key[0] == "\n":
        return _LINE_END
    return _IN_WORD if _is_word(before) and _is_word(key) else _ELSEWHERE


def _is_word(key: str) -> bool:
    return key.isalnum() or key == "_"


def _pause(pace: float, rng: random.Random) -> float:
    drawn = _INTERVAL * pace * rng.lognormvariate(0, _SPREAD)
    return round(min(max(drawn, _SHORTEST), _LONGEST), 4)


def _names(files: Sequence[Path]) -> Iterator[str]:
    """A name for each file, with its folder where another one is called like it."""
    names = [file.name for file in files]
    for index, file in enumerate(files):
        yield file.name if names.count(file.name) == 1 else f"{index}/{file.name}"


def _read(file: Path) -> tuple[Language, str]:
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {file} as UTF-8 text: {error}") from error
    language = language_for(file, first_line=text.partition("\n")[0])
    if language is None:
        raise UsageError(f"nobody knows the language of {file}: see midfill languages")
    return language, text


def _spans(language: Language, text: str) -> list[Span]:
    """The outermost functions."""
    try:
        found = definitions(parse(language, text))
    except NotParsed as error:
        raise UsageError(f"cannot find functions: {error}") from error
    spans: list[Span] = []
    for each in found:
        long_enough = each.end - each.start >= _SHORTEST_FUNCTION
        nested = spans and each.start < spans[-1].end
        if each.kind in _FUNCTIONS and long_enough and not nested:
            spans.append(Span(each.start, each.end))
    return spans


def _holes(
    texts: Sequence[str], spans: Sequence[list[Span]], keys: int, rng: random.Random
) -> list[_Hole]:
    """Functions, or the beginnings of those that are too long; of each document by turns."""
    if not any(spans):
        raise UsageError("there is no function to type in any of the files: name others")
    most = min(max(keys // 3, _LEAST), _MOST)
    queues = []
    for document, own in enumerate(spans):
        shuffled = rng.sample(own, len(own))
        shuffled.sort(key=lambda span: span.end - span.start > most)
        queues.append([(document, span) for span in shuffled])
    holes: list[_Hole] = []
    left = keys
    for turn in chain.from_iterable(zip_longest(*queues)):
        if turn is None or left <= 0:
            continue
        document, span = turn
        text = _whole_lines(texts[document][span.start : span.end], min(most, max(left, _LEAST)))
        holes.append(_Hole(document, span.start, text))
        left -= len(text)
    return holes


def _whole_lines(text: str, most: int) -> str:
    """The lines at the beginning of `text` that fit, at least one."""
    if len(text) <= most:
        return text
    end = text.rfind("\n", 0, most + 1)
    end = text.find("\n") if end < 0 else end
    return text[:end].rstrip() if end > 0 else text


def _stretches(text: str) -> list[str]:
    stretches = [""]
    for line in re.findall(r"\n?[^\n]*", text):
        if len(stretches[-1]) >= _STRETCH:
            stretches.append("")
        stretches[-1] += line
    return [stretch for stretch in stretches if stretch]


def _visits(holes: Sequence[_Hole], rng: random.Random) -> Iterator[Visit]:
    order = [hole for hole in holes for _ in hole.stretches]
    rng.shuffle(order)
    opened: set[int] = set()
    while order:
        hole, text = order[0], ""
        while order and order[0] is hole:
            order.pop(0)
            text += hole.stretches.pop(0)
        arrival: Arrival = "jump" if hole.document in opened else "open"
        opened.add(hole.document)
        earlier = [h for h in holes if h.document == hole.document and h.start < hole.start]
        start = hole.start - sum(len(h.text) - h.filled for h in earlier) + hole.filled
        rest = _REST[arrival] * rng.lognormvariate(0, _SPREAD)
        typed = tuple(strokes(text, rng))
        yield Visit(hole.document, arrival, start, text, round(rest, 4), typed)
        hole.filled += len(text)


def _without(text: str, spans: Sequence[Span]) -> str:
    for span in sorted(spans, reverse=True):
        text = text[: span.start] + text[span.end :]
    return text
