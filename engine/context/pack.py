"""Which pieces a document is shown, in an order that keeps the KV cache.

The repository's part stands before the document in the prompt: a change in it lets everything
behind the change be evaluated again. So pieces keep their places while they are of use, what comes
new is appended, and only a full budget makes a new list.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from midfill.engine.backend import Extra
from midfill.engine.context.piece import LeftOut, Piece

# A list that has outgrown its budget is made anew this full, so that it can grow again.
_REFILL = 0.75
# Tokens of a path and the separators around it.
_HEADER = 12


def choose(ranked: Iterable[Piece], budget: int) -> tuple[list[Piece], list[LeftOut]]:
    """The best pieces that fit into `budget` tokens together, no line twice; and the others."""
    chosen: list[Piece] = []
    left_out: list[LeftOut] = []
    paths: set[str] = set()
    for piece in ranked:
        tokens = piece.tokens + (0 if piece.path in paths else _HEADER)
        if any(piece.overlaps(other) for other in chosen):
            left_out.append(LeftOut(piece, "duplicate"))
        elif tokens > budget:
            left_out.append(LeftOut(piece, "budget"))
        else:
            budget -= tokens
            paths.add(piece.path)
            chosen.append(piece)
    return chosen, left_out


def extras(pieces: Sequence[Piece]) -> tuple[Extra, ...]:
    """The pieces as a prompt shows them; neighbours of one file stand under its name together."""
    return tuple(
        Extra(path, "".join(piece.text.rstrip() + "\n" for piece in group))
        for path, group in groupby(pieces, key=lambda piece: piece.path)
    )


def pack(
    shown: Sequence[Piece], ranked: Sequence[Piece], budget: int
) -> tuple[tuple[Piece, ...], list[LeftOut]]:
    """What to show after `shown`, given what would help now, the best first; and what not to.

    A piece whose lines have another text by now is outdated and goes. One that does not help any
    more stays where it is, as long as there is room.
    """
    current = [piece for piece in shown if not _outdated(piece, ranked)]
    wanted, left_out = choose(ranked, budget)
    new = [piece for piece in wanted if not _shown(piece, current)]
    if cost(current) + cost(new) > budget:
        if shown:
            wanted, left_out = choose(ranked, round(budget * _REFILL))
        current = [piece for piece in current if any(piece.shows(each) for each in wanted)]
        new = [piece for piece in wanted if not _shown(piece, current)]
    pieces = (*current, *_arranged(new))
    return pieces, [each for each in left_out if not _shown(each.piece, pieces)]


def cost(pieces: Iterable[Piece]) -> int:
    """About how many tokens the pieces take in a prompt."""
    pieces = list(pieces)
    return sum(piece.tokens for piece in pieces) + _HEADER * len({piece.path for piece in pieces})


def _arranged(pieces: Sequence[Piece]) -> list[Piece]:
    """File by file, the file with the best piece last, next to the document; excerpts, which change
    more often, behind all definitions."""
    best: dict[tuple[bool, str], float] = {}
    for piece in pieces:
        kind = piece.excerpt, piece.path
        best[kind] = max(best.get(kind, 0.0), piece.score)
    return sorted(
        pieces,
        key=lambda piece: (
            *(piece.excerpt, best[piece.excerpt, piece.path]),
            *(piece.path, piece.start_line),
        ),
    )


def _shown(piece: Piece, pieces: Iterable[Piece]) -> bool:
    return any(piece.shows(other) or piece.overlaps(other) for other in pieces)


def _outdated(piece: Piece, ranked: Sequence[Piece]) -> bool:
    return not any(piece.shows(other) for other in ranked) and any(
        other.outdates(piece) for other in ranked
    )
