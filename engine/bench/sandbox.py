"""Runs a Python program; the exit status `PASSED` says that it came to its end.

A script: `python -I sandbox.py SECONDS MEGABYTES [FILE...]`. The program is what stands in the
files, one after the other in one namespace, or on stdin. It guards against what a model may write
by accident, not against an attacker: limits on processor time, memory and file size, and a refusal
to start processes, use the network, or write files.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import TracebackType

PASSED = 42  # Not 0: a program that calls `exit()` before its tests has not passed.

_REFUSED = ("os.", "shutil.", "socket.", "subprocess.", "ctypes.", "signal.", "tempfile.", "pty.")
_NEEDED_BY_IMPORT = ("os.listdir", "os.scandir")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def limit(seconds: int, megabytes: int) -> None:
    """Set the limits that the system enforces."""
    if os.name != "posix":
        return
    import resource

    memory = megabytes << 20
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def refuse(event: str, arguments: tuple[object, ...]) -> None:
    """An audit hook.

    Raises:
        PermissionError: the program does what no solution of a task needs.
    """
    if event == "open":
        flags = arguments[2]
        if isinstance(flags, int) and flags & _WRITING:
            raise PermissionError("writing")
    elif event.startswith(_REFUSED) and event not in _NEEDED_BY_IMPORT:
        raise PermissionError(event)


def tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """An exception hook that leaves out what is no part of the program: this script's frames."""
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    sys.__excepthook__(kind, error.with_traceback(trace), trace)


def main() -> None:
    """Run the program."""
    sys.excepthook = tell
    seconds, megabytes, *files = sys.argv[1:]
    texts = [Path(file).read_bytes() for file in files] or [sys.stdin.buffer.read()]
    parts = [compile(*each, "exec") for each in zip(texts, files or ["<program>"], strict=True)]
    limit(int(seconds), int(megabytes))
    sys.addaudithook(refuse)
    namespace = {"__name__": "__main__"}
    for part in parts:
        exec(part, namespace)  # noqa: S102
    os._exit(PASSED)


if __name__ == "__main__":
    main()
