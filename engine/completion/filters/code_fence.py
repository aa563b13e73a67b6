"""The end of a code block in Markdown, with which models pass on to explaining what they wrote."""

from __future__ import annotations

import re

from midfill.engine.completion.code import code
from midfill.engine.completion.cursor import Cursor
from midfill.engine.completion.reason import Reason

_FENCE = re.compile(r"^[ \t]*```", re.MULTILINE)
_TEXTS = frozenset({"markdown", "rst"})


def code_fence(suggestion: str, cursor: Cursor) -> str | Reason:
    """Cut before the first fence, unless it stands in a comment or the document has others."""
    found = _FENCE.search(suggestion)
    if found is None or "```" in cursor.before or "```" in cursor.after:
        return suggestion
    if code(suggestion[: found.start()], cursor.language)[1]:
        return suggestion
    if cursor.code_before[1] or (cursor.language and cursor.language.name in _TEXTS):
        return suggestion
    return suggestion[: found.start()].rstrip() or Reason.CHATTER
