"""Environment variables of this process, for the time of a benchmark."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


@contextmanager
def variables(chosen: Mapping[str, str]) -> Iterator[None]:
    """Set them, and set back what was there before."""
    before = dict(os.environ)
    os.environ.update(chosen)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
