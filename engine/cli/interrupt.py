"""Ending a command early."""

from __future__ import annotations

import signal


def clean_up_when_told_to_end() -> None:
    """Let SIGTERM do what Ctrl-C does, so that what was begun is cleared away.

    A shell's background jobs ignore Ctrl-C, and what they raise on themselves.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
