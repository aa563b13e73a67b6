"""Outlines of files that nobody vouches for, made in a process that can be killed.

A parser that hangs or eats all memory takes the worker with it and nothing else: the next request
starts another. Run `python -m midfill.grammars.worker SECONDS MEGABYTES` for the other side.
"""

from __future__ import annotations

import faulthandler
import os
import struct
import subprocess
import sys
from threading import Lock
from typing import IO

import msgspec

from midfill.grammars.outline import Outline, outline
from midfill.grammars.registry import Language, languages
from midfill.grammars.syntax import SyntaxTree
from midfill.grammars.tree import NotParsed, parse

_LENGTH = struct.Struct("!I")


class _Request(msgspec.Struct):
    language: str
    text: str


class _Answer(msgspec.Struct):
    outline: Outline | None = None
    reason: str = ""


class Worker:
    """One child process, started when first needed. Threads may share it; they take turns.

    `seconds` limits each text, `megabytes` the address space of the child (not on Windows).
    """

    def __init__(self, seconds: float = 5.0, megabytes: int = 2048) -> None:
        self._seconds = seconds
        self._megabytes = megabytes
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = Lock()

    def outline(self, language: Language, text: str) -> Outline:
        """Parse `text` and list what it defines, refers to and imports.

        Raises:
            NotParsed: the parser took too long, or broke the child.
        """
        with self._lock:
            child = self._child or self._start()
            assert child.stdin is not None and child.stdout is not None
            try:
                _write(child.stdin, msgspec.msgpack.encode(_Request(language.name, text)))
                data = _read(child.stdout)
            except BrokenPipeError:
                data = None
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

    def _start(self) -> subprocess.Popen[bytes]:
        self._child = subprocess.Popen(
            [sys.executable, "-P", "-m", __name__, str(self._seconds), str(self._megabytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        return self._child

    def _end(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
            self._child = None


def serve(requests: IO[bytes], answers: IO[bytes], seconds: float) -> None:
    """Answer requests until there are no more; leave the process when one takes too long.

    The watchdog of `faulthandler` is a thread of its own that does not need the GIL, so it ends
    even a parser that never comes back, and even after the parent is gone.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    while (data := _read(requests)) is not None:
        request = msgspec.msgpack.decode(data, type=_Request)
        faulthandler.dump_traceback_later(seconds, exit=True, file=nowhere)
        answer = _answer(languages()[request.language], request.text, seconds)
        faulthandler.cancel_dump_traceback_later()
        _write(answers, msgspec.msgpack.encode(answer))


def _answer(language: Language, text: str, seconds: float) -> _Answer:
    try:
        if language.isolated:
            return _Answer(outline(SyntaxTree.parse(language, text, None, seconds)))
        return _Answer(outline(parse(language, text, seconds=seconds)))
    except NotParsed as error:
        return _Answer(reason=str(error))
    except MemoryError:
        return _Answer(reason=f"not enough memory for the {language.title} parser")


def _write(stream: IO[bytes], data: bytes) -> None:
    stream.write(_LENGTH.pack(len(data)) + data)
    stream.flush()


def _read(stream: IO[bytes]) -> bytes | None:
    """The next message; None at the end, in the middle of one too."""
    header = stream.read(_LENGTH.size)
    if len(header) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(header)
    data = stream.read(length)
    return data if len(data) == length else None


def _limit_memory(megabytes: int) -> None:
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))


if __name__ == "__main__":
    _limit_memory(int(sys.argv[2]))
    serve(sys.stdin.buffer, sys.stdout.buffer, float(sys.argv[1]))
