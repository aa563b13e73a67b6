"""What a person may want to know, to the editor's output window."""

from __future__ import annotations

import logging
from collections.abc import Callable

from lsprotocol import types

_MESSAGE_TYPES = {
    logging.INFO: types.MessageType.Info,
    logging.WARNING: types.MessageType.Warning,
    logging.ERROR: types.MessageType.Error,
    logging.CRITICAL: types.MessageType.Error,
}


class EditorHandler(logging.Handler):
    """Passes records on as `window/logMessage`; `send` must be callable from any thread."""

    def __init__(self, send: Callable[[types.LogMessageParams], object]) -> None:
        super().__init__(logging.INFO)
        self._send = send

    def emit(self, record: logging.LogRecord) -> None:
        self._send(types.LogMessageParams(_MESSAGE_TYPES[record.levelno], record.getMessage()))
