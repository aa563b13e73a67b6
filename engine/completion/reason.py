"""Why there is no suggestion, in words for a person."""

from __future__ import annotations

from enum import Enum


class Reason(Enum):
    """Each value is a sentence that an editor can show."""

    IN_WORD = "the cursor is inside a word"
    CODE_FOLLOWS = "code follows on the cursor's line"
    DELETING = "text was deleted, not typed"

    def __str__(self) -> str:
        return self.value
