"""Code that is like the code at the cursor, in the whole repository and where the person has been.

The method is RepoCoder's (https://arxiv.org/abs/2303.12570): windows of lines, compared by their
words with the lines at the cursor. Rare words count more, and the lines that follow a window are
shown too, since what comes next there may come next here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from zlib import crc32

import msgspec

from midfill.engine.context.piece import Piece
from midfill.engine.context.place import Place
from midfill.engine.context.ring import Chunk
from midfill.engine.context.sources import Sources
from midfill.engine.context.store import Store
from midfill.engine.context.words import words
from midfill.grammars.registry import language_for

# Lines at the cursor that are compared, above and below.
_ABOVE, _BELOW = 8, 4
# Lines of a window, from one to the next, and shown behind it.
_WINDOW, _STEP, _FOLLOWING = 10, 4, 4
# Chunks that are searched for windows, and windows that are shown at most.
_CHUNKS, _MOST = 32, 12
# Windows with less in common are alike by chance.
_LEAST = 0.04


class _Window(msgspec.Struct, frozen=True):
    """Lines from the 0-based `start` of a text of a file, and how much they are alike."""

    score: float
    path: str
    start: int
    lines: Sequence[str]
    first_line: int


def similar(
    store: Store, sources: Sources, chunks: Sequence[Chunk], place: Place
) -> Iterator[Piece]:
    """The lines of the same language most like those at the cursor, the best first; none twice."""
    asked = _asked(place)
    rarity = store.rarity(asked)
    found = [*_of_repository(store, sources, place, rarity), *_of_ring(chunks, place, rarity)]
    found.sort(key=lambda each: (-each.score, each.path, each.start))
    shown: list[Piece] = []
    for each in found:
        piece = _piece(each)
        if not any(piece.overlaps(other) for other in shown):
            shown.append(piece)
            yield piece
        if len(shown) == _MOST:
            return


def _asked(place: Place) -> frozenset[str]:
    above = place.prefix.rsplit("\n", _ABOVE)[-_ABOVE:]
    below = place.suffix.split("\n", _BELOW)[:_BELOW]
    return words("\n".join((*above, *below)))


def _of_repository(
    store: Store, sources: Sources, place: Place, rarity: Mapping[str, float]
) -> Iterator[_Window]:
    for hit in store.search(list(rarity), _CHUNKS):
        if language_for(hit.path, "") is not place.language:
            continue
        text = place.text if hit.path == place.path else sources.text(hit.path)
        if text is not None:
            lines = text.splitlines(keepends=True)
            yield from _windows(hit.path, lines, hit.start_line - 1, hit.end_line, 1, rarity)


def _of_ring(
    chunks: Sequence[Chunk], place: Place, rarity: Mapping[str, float]
) -> Iterator[_Window]:
    for chunk in chunks:
        if chunk.file.is_relative_to(place.root):
            path = chunk.file.relative_to(place.root).as_posix()
            lines = chunk.text.splitlines(keepends=True)
            yield from _windows(path, lines, 0, len(lines), chunk.start_line, rarity)


def _windows(
    path: str,
    lines: Sequence[str],
    start: int,
    end: int,
    first_line: int,
    rarity: Mapping[str, float],
) -> Iterator[_Window]:
    """The windows that begin in [start, end), each with the weighted Jaccard index of its words.

    How rare the words are that only the window has is not looked up: they count as those at the
    cursor do on average.
    """
    here = [words(line) for line in lines[start : end + _WINDOW]]
    whole = sum(rarity.values())
    for at in range(0, min(end - start, len(here)), _STEP):
        said = frozenset().union(*here[at : at + _WINDOW])
        both = [rarity[word] for word in said & rarity.keys()]
        others = (len(said) - len(both)) * whole / len(rarity)
        score = sum(both) / (whole + others)
        if score >= _LEAST:
            yield _Window(score, path, start + at, lines, first_line)


def _piece(window: _Window) -> Piece:
    shown = window.lines[window.start : window.start + _WINDOW + _FOLLOWING]
    text = "".join(shown)
    first = window.first_line + window.start
    return Piece(
        path=window.path,
        start_line=first,
        end_line=first + len(shown) - 1,
        text=text,
        reason="similar",
        score=window.score,
        source=crc32(text.encode()),
        excerpt=True,
    )
