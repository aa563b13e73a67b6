"""How deep a text nests, for parsers that crash on more than their scanner's state can hold.

The state of a tree-sitter scanner is written to a buffer of 1,024 bytes, and some write past it.
"""

from __future__ import annotations

import re

_BRACKET = re.compile(r"[(\[{]|([)\]}])")
_MARKERS = re.compile(r"^[ \t>*+\-\d.)]+", re.MULTILINE)


def brackets(text: str) -> int:
    """The most brackets that are open at once, those in strings included."""
    deepest = depth = 0
    for found in _BRACKET.finditer(text):
        depth = max(depth - 1, 0) if found[1] else depth + 1
        deepest = max(deepest, depth)
    return deepest


def markers(text: str) -> int:
    """The longest run of blanks, list bullets and quote marks that begins a line."""
    return max((len(found[0]) for found in _MARKERS.finditer(text)), default=0)
