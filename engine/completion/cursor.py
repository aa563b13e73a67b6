"""A place in a text where a completion is wanted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from midfill.engine.completion.code import code, opened_in
from midfill.grammars.registry import Language

# How much of the text the rules look at, however large the document is.
_LINES = 200
_CHARACTERS = 16 * 1024
_TAB = 4
_REST_OF_LINE = re.compile(r"[^\r\n]*")
_LINE_END = re.compile(r"\r\n|\n|\r")
# What editors put right of the cursor on their own, and what ends a statement.
CLOSERS = re.compile(r"[\s)\]}>'\"`;,]*")


@dataclass(frozen=True)
class Cursor:
    """The text before and after the cursor; either may be a window of the document.

    `language` is None where nobody knows it. `explicit` is true where a person asked. `closers`
    stand between the cursor and the suffix: see `between`.
    """

    prefix: str
    suffix: str
    language: Language | None = None
    explicit: bool = False
    closers: str = ""

    @classmethod
    def between(
        cls, prefix: str, suffix: str, language: Language | None = None, explicit: bool = False
    ) -> Cursor:
        """Take brackets and quotes right of the cursor for no part of the suffix, if nothing else
        stands there.

        Editors put them there while a person types the opening ones. What the model and the cache
        are asked for is then the same with and without them.
        """
        found = _REST_OF_LINE.match(suffix)
        assert found is not None
        closers = found[0] if CLOSERS.fullmatch(found[0]) else ""
        return cls(prefix, suffix[len(closers) :], language, explicit, closers)

    @cached_property
    def line_prefix(self) -> str:
        """The cursor's line, up to the cursor."""
        return self.prefix[max(self.prefix.rfind("\n"), self.prefix.rfind("\r")) + 1 :]

    @cached_property
    def line_suffix(self) -> str:
        """The cursor's line, from the cursor, without its end."""
        found = _REST_OF_LINE.match(self.suffix)
        assert found is not None
        return found[0]

    @cached_property
    def before(self) -> str:
        """Up to 200 lines before the cursor, its own included; each line ends with `\\n`."""
        text = self.prefix[-_CHARACTERS:]
        if len(text) < len(self.prefix):
            text = text[text.find("\n") + 1 :]
        lines = unix(text).rsplit("\n", _LINES)
        return "\n".join(lines[-_LINES:])

    @cached_property
    def code_before(self) -> tuple[str, str]:
        """`before` with blanks for comments and strings; and the one the cursor is in, if any."""
        above = self.prefix[: max(len(self.prefix) - len(self.before), 0)]
        opened = opened_in(above, self.language)
        text, inside = code(opened + self.before, self.language)
        return text[len(opened) :], inside

    @cached_property
    def after(self) -> str:
        """Up to 200 lines after the cursor, the rest of its own included."""
        lines = unix(self.suffix[:_CHARACTERS]).split("\n", _LINES)
        return "\n".join(lines[:_LINES])


def unix(text: str) -> str:
    """The text with `\\n` at the end of each line."""
    return _LINE_END.sub("\n", text) if "\r" in text else text


def indent(line: str) -> int:
    """The columns of blank space before a line's first character."""
    return len(line[: len(line) - len(line.lstrip())].expandtabs(_TAB))
