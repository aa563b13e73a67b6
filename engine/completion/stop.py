"""When generation ends."""

from __future__ import annotations


def stop_words(prefix: str, suffix: str) -> tuple[str, ...]:
    """Texts that end a completion at this cursor.

    Where code follows on the cursor's own line, or the line has begun with something, the rest of
    that line is wanted; on a blank line a whole block is, up to the next blank line but one.
    """
    line = prefix.rpartition("\n")[2]
    rest = suffix.partition("\n")[0]
    if line.strip() or rest.strip():
        return ("\n",)
    return ("\n\n\n",)
