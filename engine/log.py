"""Logging: to stderr or a file, and only Midfill's own records.

Libraries log what they were given, which is people's code.
"""

from __future__ import annotations

import logging
import traceback
from pathlib import Path
from types import TracebackType

from midfill.engine.errors import MidfillError, UsageError

LEVELS = ("debug", "info", "warning", "error")

_OURS = logging.getLogger("midfill")
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_NEVER = logging.CRITICAL + 1


def configure(level: str, file: Path | None = None) -> None:
    """Send our records from `level` up to `file`, else to stderr, and nobody else's anywhere.

    Raises:
        UsageError: the file cannot be written.
    """
    try:
        handler = logging.FileHandler(file, encoding="utf-8") if file else logging.StreamHandler()
    except OSError as error:
        raise UsageError(f"cannot write the log: {error}") from error
    handler.setLevel(level.upper())
    handler.setFormatter(_Formatter(_FORMAT))
    _OURS.handlers = [handler]
    _OURS.setLevel(min(handler.level, logging.INFO))
    _OURS.propagate = False
    logging.getLogger().setLevel(_NEVER)


class _Formatter(logging.Formatter):
    def formatException(
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None],
    ) -> str:
        """The traceback; of errors that are not ours the type alone, as a text may hold code."""
        kind, error, trace = ei
        said = error if isinstance(error, MidfillError) else ""
        return "".join(traceback.format_tb(trace)) + f"{kind.__name__ if kind else None}: {said}"
