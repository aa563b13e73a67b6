"""A program whose total is wrong, and a script that finds it."""

from __future__ import annotations

import sys
from pathlib import Path

from midfill.engine.repair.command import Command

CHECK = "from prices import total\n\nassert total([1, 2]) == 3\n"
TESTS = Command((sys.executable, "check.py"))
# What a right answer writes after the lines that stay.
BODY = "    found = 0\n    for price in prices:\n        found += price\n    return found\n"


def shop_of(folder: Path, prices: str) -> Path:
    """A workspace in `folder` whose `prices.py` is this."""
    root = folder / "shop"
    root.mkdir()
    (root / "prices.py").write_text(prices)
    (root / "check.py").write_text(CHECK)
    return root
