"""Blocks that come again and again."""

from __future__ import annotations

from midfill.engine.completion.cursor import Cursor
from midfill.engine.completion.multiline import trivial

_LONGEST = 12


def repeated_blocks(suggestion: str, cursor: Cursor) -> str:
    """Cut after the first of two equal groups of lines in a row; blank lines do not count."""
    lines = suggestion.split("\n")
    full = [(at, line.strip()) for at, line in enumerate(lines) if line.strip()]
    texts = [line for _, line in full]
    for end in range(4, len(texts) + 1):
        for length in range(2, min(_LONGEST, end // 2) + 1):
            group = texts[end - length : end]
            if group != texts[end - 2 * length : end - length]:
                continue
            if len(set(group)) > 1 and not all(trivial(line, cursor) for line in group):
                return "\n".join(lines[: full[end - length - 1][0] + 1])
    return suggestion
