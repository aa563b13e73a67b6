"""Code that is like the code at the cursor: found by its names, or seen a moment ago."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from zlib import crc32

from midfill.engine.context.piece import Piece
from midfill.engine.context.place import Place
from midfill.engine.context.ring import Chunk
from midfill.engine.context.sources import Sources
from midfill.engine.context.store import Store
from midfill.engine.context.words import WORD, dice, words

# Fewer names in common are chance.
_LEAST_SHARED, _ENOUGH_SHARED = 2, 6
_SHORTEST = 3
# What is more alike to the text around the cursor would only be repeated (llama.vim's limit).
_REPEATS = 0.5
_HITS = 6
_NAMES = 24
# Lines that are shown of a chunk.
_LINES = 16
_FOUND, _SEEN = 0.6, 0.5
# Of two chunks a person has seen, the older one counts so much less.
_OLDER = 0.85


def found(store: Store, sources: Sources, place: Place) -> Iterator[Piece]:
    """Chunks of other files that share the rarest names with the code around the cursor."""
    names = sorted(place.names, key=lambda name: (-place.names[name], name))[:_NAMES]
    hits = store.search(names, _HITS, place.path)
    best = max((hit.score for hit in hits), default=0.0)
    for hit in hits:
        text = sources.text(hit.path)
        if text is None or not best:
            continue
        lines = text.splitlines(keepends=True)[hit.start_line - 1 : hit.end_line]
        yield from _focused(
            place, hit.path, hit.start_line, lines, "similar", _FOUND * hit.score / best
        )


def seen(chunks: Sequence[Chunk], place: Place) -> Iterator[Piece]:
    """Chunks of the ring, the newest first."""
    score = _SEEN
    for chunk in chunks:
        if chunk.file.is_relative_to(place.root):
            path = chunk.file.relative_to(place.root).as_posix()
            lines = chunk.text.splitlines(keepends=True)
            yield from _focused(place, path, chunk.start_line, lines, "recent", score)
        score *= _OLDER


def _focused(
    place: Place, path: str, start: int, lines: Sequence[str], reason: str, score: float
) -> Iterator[Piece]:
    """The lines that have most to do with the names around the cursor, if any do."""
    weights = [
        sum(place.names.get(name, 0.0) for name in set(WORD.findall(line))) for line in lines
    ]
    totals = [sum(weights[at : at + _LINES]) for at in range(max(len(lines) - _LINES, 0) + 1)]
    at = max(range(len(totals)), key=totals.__getitem__)
    if not totals[at]:
        return
    shown = lines[at : at + _LINES]
    text = "".join(shown)
    said = words(text)
    shared = sum(len(name) >= _SHORTEST for name in said & place.names.keys())
    if shared >= _LEAST_SHARED and dice(said, place.near) <= _REPEATS:
        score *= min(shared / _ENOUGH_SHARED, 1.0)
        end = start + at + len(shown) - 1
        yield Piece(path, start + at, end, text, reason, score, crc32(text.encode()))
