"""How long to attack: `make torture` sets TORTURE; without it a test takes seconds."""

from __future__ import annotations

import os
from typing import TypeVar

AT_LENGTH = bool(os.environ.get("TORTURE"))

_T = TypeVar("_T")


def times(few: _T, many: _T) -> _T:
    """How often, or what with: `few` in `make test`, `many` in `make torture`."""
    return many if AT_LENGTH else few
