"""Lines that come again and again."""

from __future__ import annotations

from rapidfuzz.distance import Levenshtein

from midfill.engine.completion.cursor import Cursor
from midfill.engine.completion.multiline import trivial

# Tabby's `removeRepetitiveLines`.
_IN_A_ROW = 5
_SIMILAR = 0.1


def repeated_lines(suggestion: str, cursor: Cursor) -> str:
    """Cut after the first of five similar lines in a row; those of brackets only do not count.

    A row that the person has begun goes on.
    """
    lines = suggestion.split("\n")
    above = next((line for line in reversed(cursor.before.split("\n")[:-1]) if line.strip()), "")
    run: list[int] = []
    for at, line in enumerate(lines):
        if not line.strip():
            continue
        if run and not trivial(line, cursor) and _similar(lines[run[-1]], line):
            run.append(at)
        else:
            run = [at]
        if len(run) == _IN_A_ROW and not (run[0] == 0 and _similar(above, lines[0])):
            return "\n".join(lines[: run[0] + 1])
    return suggestion


def _similar(one: str, other: str) -> bool:
    return Levenshtein.normalized_distance(one.strip(), other.strip()) <= _SIMILAR
