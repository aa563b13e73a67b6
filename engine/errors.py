"""Errors that a person can act on."""

from __future__ import annotations


class MidfillError(Exception):
    """What went wrong and what to do next, in words for a person; never code or keys."""


class UsageError(MidfillError):
    """The command or its arguments are wrong: exit status 2."""
