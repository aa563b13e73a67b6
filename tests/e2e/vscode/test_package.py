"""What is packaged for VS Code."""

from __future__ import annotations

from pathlib import Path

MOST_BYTES = 500_000


def test_it_is_small(extension: Path) -> None:
    assert extension.stat().st_size <= MOST_BYTES
