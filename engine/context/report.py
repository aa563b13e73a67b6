"""What is shown of a repository, in the form of `midfill context --json` and `midfill/context`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from midfill.engine.context.pack import cost
from midfill.engine.context.piece import LeftOut, Piece


def report(pieces: Iterable[Piece], left_out: Iterable[LeftOut], budget: int) -> dict[str, Any]:
    """Every piece with its tokens (about), and those left out with the reason, but not the text."""
    pieces = list(pieces)
    return {
        "tokens": cost(pieces),
        "budget": budget,
        "pieces": [_told(piece) for piece in pieces],
        "left_out": [_told(each.piece, text=False) | {"why": each.why} for each in left_out],
    }


def _told(piece: Piece, *, text: bool = True) -> dict[str, Any]:
    told: dict[str, Any] = {**msgspec.to_builtins(piece), "tokens": piece.tokens}
    told["score"] = round(piece.score, 3)
    del told["source"]
    if not text:
        del told["text"]
    return told
