"""The output of a tool as plain text."""

from __future__ import annotations

import re

# Of a long output the beginning says what happened first, and the end what came of it.
HEAD = TAIL = 5000

_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][0-9A-Za-z]|[@-Z\\^_])"
)
_OVERWRITTEN = re.compile(r"^[^\n]*\r(?!\n|\Z)", re.MULTILINE)


def clean(output: str) -> str:
    """Without colours and cursor movements, what progress bars overwrote, and carriage returns."""
    return _OVERWRITTEN.sub("", _ESCAPES.sub("", output)).replace("\r", "")


def ends(output: str, head: int = HEAD, tail: int = TAIL) -> str:
    """The first and the last characters; a line between them says how many are missing."""
    missing = len(output) - head - tail
    if missing <= 0:
        return output
    return f"{output[:head]}\n[... {missing} characters left out ...]\n{output[-tail:]}"
