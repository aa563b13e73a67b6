"""What a tool said was wrong, and where."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Severity(StrEnum):
    """How bad a tool takes it to be."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Frame(msgspec.Struct, frozen=True):
    """A place in a file, 1-based; `name` is that of the function, where the tool tells it."""

    path: str
    line: int | None = None
    column: int | None = None
    name: str = ""


class Replacement(msgspec.Struct, frozen=True):
    """`text` in place of what lies from `start` up to, not including, `end`: each a line and a
    column, 1-based, the column in bytes of UTF-8."""

    start: tuple[int, int]
    end: tuple[int, int]
    text: str


Fixit = tuple[Replacement, ...]
"""What a compiler proposes to replace, all of it together."""


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong.

    `frames` says where: the innermost call first, or the one place of a diagnostic and then those
    that have to do with it. `code` is the tool's name for the kind of fault: a rule, the number of
    an error, the class of an exception. `test` is the name of the test that failed. `lines` are
    those of the output that tell it, 0-based, up to the second. `fixits` are for the file of the
    first frame, each another way out.
    """

    message: str
    frames: tuple[Frame, ...] = ()
    severity: Severity = Severity.ERROR
    code: str = ""
    test: str = ""
    lines: tuple[int, int] = (0, 0)
    fixits: tuple[Fixit, ...] = ()

    @property
    def path(self) -> str:
        """The file, or "" if none is told."""
        return self.frames[0].path if self.frames else ""

    @property
    def line(self) -> int | None:
        """The line, 1-based."""
        return self.frames[0].line if self.frames else None

    @property
    def column(self) -> int | None:
        """The column, 1-based, as the tool counts them."""
        return self.frames[0].column if self.frames else None
