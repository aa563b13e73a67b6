"""Outlines of files that nobody vouches for, made in a process that can be killed.

A parser that hangs or eats all memory takes the worker with it and nothing else: the next request
starts another. Run `python -m midfill.grammars.worker SECONDS MEGABYTES` for the other side.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from threading import Lock

import msgspec

from midfill.grammars.child import Child, answer
from midfill.grammars.outline import Outline, outline
from midfill.grammars.registry import Language, languages
from midfill.grammars.tree import NotParsed, parse_isolated


class _Request(msgspec.Struct):
    language: str
    text: str


class _Answer(msgspec.Struct):
    outline: Outline | None = None
    reason: str = ""


class Worker:
    """One child process, started when first needed. Threads may share it; they take turns.

    `seconds` of processor time limit each text, `megabytes` the address space of the child (not on
    Windows).
    """

    def __init__(self, seconds: float = 5.0, megabytes: int = 2048) -> None:
        self._limits = (str(seconds), str(megabytes))
        self._child: Child | None = None
        self._lock = Lock()

    def outline(self, language: Language, text: str) -> Outline:
        """Parse `text` and list what it defines, refers to and imports.

        Raises:
            NotParsed: the parser took too long, or broke the child.
        """
        with self._lock:
            self._child = child = self._child or Child(__name__, *self._limits)
            try:
                child.send(msgspec.msgpack.encode(_Request(language.name, text)))
                data = child.receive()
            except BaseException:
                # The answer still to come would be taken for that of the next request.
                self._end()
                raise
            if data is None:
                self._end()
                raise NotParsed(f"the {language.title} parser hung or crashed")
        answer = msgspec.msgpack.decode(data, type=_Answer)
        if answer.outline is None:
            raise NotParsed(answer.reason)
        return answer.outline

    @property
    def pid(self) -> int | None:
        """The child's process id, while there is one."""
        return self._child.pid if self._child else None

    def close(self) -> None:
        """End the child."""
        with self._lock:
            self._end()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _end(self) -> None:
        if self._child is not None:
            self._child.close()
            self._child = None


def _outlined(data: bytes) -> Iterator[bytes]:
    request = msgspec.msgpack.decode(data, type=_Request)
    language = languages()[request.language]
    try:
        found = _Answer(outline(parse_isolated(language, request.text)))
    except NotParsed as error:
        found = _Answer(reason=str(error))
    except MemoryError:
        found = _Answer(reason=f"not enough memory for the {language.title} parser")
    yield msgspec.msgpack.encode(found)


if __name__ == "__main__":
    answer(_outlined, float(sys.argv[1]), int(sys.argv[2]))
