"""Grammars that would end the process: llama.cpp's parser calls itself at every bracket."""

from __future__ import annotations

import re

from midfill.engine.errors import UsageError

_LONGEST = 1 << 16  # characters; the time that llama.cpp takes grows with their square
_DEEPEST = 200
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"|\[(?:\\.|[^\]\\])*\]|#[^\n]*', re.DOTALL)
_TIMES = re.compile(r"\{\s*(\d{1,18})\s*,\s*(\d{1,18})\s*\}")


def check(text: str) -> None:
    """Refuse what llama.cpp could not refuse by itself.

    Raises:
        UsageError: the grammar is too long or nested too deeply, or repeats something at most less
            often than at least.
    """
    if len(text) > _LONGEST:
        raise UsageError(f"'grammar' has more than {_LONGEST} characters")
    plain = _QUOTED.sub("", text)
    depth = 0
    for bracket in re.findall(r"[()]", plain):
        depth += 1 if bracket == "(" else -1
        if depth > _DEEPEST:
            raise UsageError(f"'grammar' is nested more than {_DEEPEST} brackets deep")
    for least, most in _TIMES.findall(plain):
        if int(most) < int(least):
            raise UsageError(f"'grammar' repeats at least {least} and at most {most} times")
