"""Where a person has just been: the parts of files that were visited or edited last.

The parameters are llama.vim's: 16 chunks of 64 lines, gathered when a file is left and at a jump of
more than 32 lines; of two chunks more than 0.9 alike the older one goes.
"""

from __future__ import annotations

from collections import deque
from pathlib import Path
from threading import Lock

import msgspec

from midfill.engine.context.words import dice, words

CHUNKS = 16
LINES = 64
JUMP = 32
_SAME = 0.9


class Chunk(msgspec.Struct, frozen=True):
    """Lines of a file as they were shown; `start_line` is 1-based, `names` are the words in it."""

    file: Path
    start_line: int
    text: str
    names: frozenset[str]


class Ring:
    """The last chunks, the newest at the end. Threads may share it."""

    def __init__(self, size: int = CHUNKS) -> None:
        self._chunks: deque[Chunk] = deque(maxlen=size)
        self._lock = Lock()

    def gather(self, file: Path, prefix: str, suffix: str, line: int) -> None:
        """Remember the lines around a cursor between two texts, in the 0-based `line`."""
        above = prefix.split("\n")[-LINES // 2 :]
        below = suffix.split("\n")[: LINES // 2]
        text = "\n".join(above) + "\n".join(below)
        names = words(text)
        if not names:
            return
        chunk = Chunk(file, line - len(above) + 2, text, names)
        with self._lock:
            different = [each for each in self._chunks if dice(each.names, names) <= _SAME]
            self._chunks = deque([*different, chunk], self._chunks.maxlen)

    @property
    def chunks(self) -> list[Chunk]:
        """All of them, the newest first."""
        with self._lock:
            return list(reversed(self._chunks))
