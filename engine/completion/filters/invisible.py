"""Characters that show code other than it is, or that no source text holds."""

from __future__ import annotations

import re

from midfill.engine.completion.cursor import Cursor
from midfill.engine.completion.reason import Reason

# Control characters without those of blank space, the bidirectional controls of "Trojan Source"
# (CVE-2021-42574), and halves of surrogate pairs.
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def invisible(suggestion: str, cursor: Cursor) -> str | Reason:
    """Cut before the first one, unless the document has some too."""
    found = _INVISIBLE.search(suggestion)
    if found is None or _INVISIBLE.search(cursor.before) or _INVISIBLE.search(cursor.after):
        return suggestion
    return suggestion[: found.start()].rstrip() or Reason.NOTHING
