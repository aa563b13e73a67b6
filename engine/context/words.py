"""The names in a text."""

from __future__ import annotations

import re
from collections.abc import Set

WORD = re.compile(r"[^\W\d]\w*")
# The words in a name: of `parse_HTTPRequest2`, "parse", "HTTP" and "Request".
_PART = re.compile(r"[^\W\d_a-z]+(?![a-z])|[^\W\d_]?[a-z]+|[^\W\d_]+")
_SHORTEST = 3


def words(text: str) -> frozenset[str]:
    """Every name and keyword in `text`."""
    return frozenset(WORD.findall(text))


def dice(left: Set[str], right: Set[str]) -> float:
    """How alike two sets are, from 0 to 1 (Sørensen and Dice's coefficient)."""
    both = len(left) + len(right)
    return 2 * len(left & right) / both if both else 0.0


def parts(name: str) -> tuple[str, ...]:
    """The words that a name is made of, in lower case, but for very short ones."""
    return tuple(part.lower() for part in _PART.findall(name) if len(part) >= _SHORTEST)
