"""The end of a code block in Markdown, with which models pass on to explaining what they wrote."""

from __future__ import annotations

import re

from midfill.engine.completion.code import code
from midfill.engine.completion.cursor import Cursor

_FENCE = re.compile(r"^[ \t]*```", re.MULTILINE)
_TEXTS = frozenset({"markdown", "rst"})


def fence_at(text: str, cursor: Cursor) -> int | None:
    """Where the code in `text` ends, in characters; None if it does not.

    A fence in a string or comment is none, nor is one where the document has others.
    """
    found = _FENCE.search(text)
    if found is None or "```" in cursor.before or "```" in cursor.after:
        return None
    if cursor.code_before[1] or code(text[: found.start()], cursor.language)[1]:
        return None
    if cursor.language is not None and cursor.language.name in _TEXTS:
        return None
    return len(text[: found.start()].rstrip())
