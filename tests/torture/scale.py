"""How long to attack: `make torture` sets TORTURE; without it a test takes seconds."""

from __future__ import annotations

import os

AT_LENGTH = bool(os.environ.get("TORTURE"))


def times(few: int, many: int) -> int:
    """How often: `few` times in `make test`, `many` in `make torture`."""
    return many if AT_LENGTH else few
