"""The names in a text."""

from __future__ import annotations

import re
from collections.abc import Set

WORD = re.compile(r"[^\W\d]\w*")


def words(text: str) -> frozenset[str]:
    """Every name and keyword in `text`."""
    return frozenset(WORD.findall(text))


def dice(left: Set[str], right: Set[str]) -> float:
    """How alike two sets are, from 0 to 1 (Sørensen and Dice's coefficient)."""
    both = len(left) + len(right)
    return 2 * len(left & right) / both if both else 0.0
