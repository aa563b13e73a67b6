"""A place in a text where a completion is wanted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from midfill.grammars.registry import Language

_REST_OF_LINE = re.compile(r"[^\r\n]*")


@dataclass(frozen=True)
class Cursor:
    """The text before and after the cursor; either may be a window of the document.

    `language` is None where nobody knows it. `explicit` is true where a person asked.
    """

    prefix: str
    suffix: str
    language: Language | None = None
    explicit: bool = False

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
