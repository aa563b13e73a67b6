"""Other programs at work on the same machine: processes that spin."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

# It ends when its stdin does, and so also when the benchmark is killed.
_SPIN = """
import os, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
while True: pass
"""


@contextmanager
def spinning(count: int) -> Iterator[list[int]]:
    """Keep `count` cores busy; gives the processes' ids. They are gone at the end."""
    with ExitStack() as stack:
        processes = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-I", "-S", "-c", _SPIN],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )
            )
            for _ in range(count)
        ]
        try:
            yield [process.pid for process in processes]
        finally:
            for process in processes:
                process.kill()
