"""The processes of a server and its engine, found by the folder that is theirs alone."""

from __future__ import annotations

import time
from collections.abc import Callable

import psutil

_ENDS_S = 20


def with_module(env: dict[str, str], module: str) -> list[psutil.Process]:
    """Those that run `python -m module` for the machine that `env` describes."""
    found = []
    for process in psutil.process_iter(["cmdline", "environ", "status"]):
        environ = process.info["environ"] or {}
        if (
            environ.get("MIDFILL_RUNTIME_DIR") == env["MIDFILL_RUNTIME_DIR"]
            and any(part.startswith(module) for part in process.info["cmdline"] or [])
            and process.info["status"] != psutil.STATUS_ZOMBIE
        ):
            found.append(process)
    return found


def engines(env: dict[str, str]) -> list[psutil.Process]:
    return with_module(env, "midfill.engine.runtime")


def indexers(env: dict[str, str]) -> list[psutil.Process]:
    """The processes that keep indexes, and their workers."""
    return with_module(env, "midfill.engine.context")


def repairers(env: dict[str, str]) -> list[psutil.Process]:
    return with_module(env, "midfill.lsp.repairer")


def zombies(parent: int) -> list[psutil.Process]:
    """The children of a process that nobody has reaped."""
    children = psutil.Process(parent).children(recursive=True)
    return [child for child in children if child.status() == psutil.STATUS_ZOMBIE]


def until(condition: Callable[[], object], seconds: float = _ENDS_S) -> None:
    """Wait for it; an error if it does not come."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.05)
