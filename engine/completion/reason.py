"""Why there is no suggestion, in words for a person."""

from __future__ import annotations

from enum import Enum


class Reason(Enum):
    """Each value is a sentence that an editor can show."""

    IN_WORD = "the cursor is inside a word"
    CODE_FOLLOWS = "code follows on the cursor's line"
    DELETING = "text was deleted, not typed"
    OFF = "completion is switched off: completion.enabled is false"
    TOO_SLOW = "the model was not done in time: raise completion.timeout_ms"
    OVERTAKEN = "what was typed since is not what the model was writing"
    CANCELLED = "the request was cancelled, or a newer one took its place"
    CONTEXT_FULL = "the context is full: raise engine.context_tokens"
    NOTHING = "the model suggests nothing here"
    CHATTER = "the model wrote about the code instead of code"
    CLOSED = "the suggestion only closes what is closed already"
    REPEATS_BELOW = "the suggestion repeats what follows the cursor"
    REPEATS_ABOVE = "the suggestion repeats the lines above"
    TOO_SHORT = "the suggestion is typed as quickly as accepted"

    def __str__(self) -> str:
        return self.value
