"""Logging: to stderr or a file, and what a person may want to know to the editor's output window.

Only Midfill's own records are written. pygls logs the bodies of messages, which are people's code.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from lsprotocol import types

from midfill.engine.errors import MidfillError, UsageError

LEVELS = ("debug", "info", "warning", "error")

_OURS = logging.getLogger("midfill")
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_NEVER = logging.CRITICAL + 1
_MESSAGE_TYPES = {
    logging.INFO: types.MessageType.Info,
    logging.WARNING: types.MessageType.Warning,
    logging.ERROR: types.MessageType.Error,
    logging.CRITICAL: types.MessageType.Error,
}


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


class EditorHandler(logging.Handler):
    """Passes records on as `window/logMessage`; `send` must be callable from any thread."""

    def __init__(self, send: Callable[[types.LogMessageParams], object]) -> None:
        super().__init__(logging.INFO)
        self._send = send

    def emit(self, record: logging.LogRecord) -> None:
        self._send(types.LogMessageParams(_MESSAGE_TYPES[record.levelno], record.getMessage()))


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
