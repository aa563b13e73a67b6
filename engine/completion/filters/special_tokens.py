"""Special tokens that a model has spelled out in plain text."""

from __future__ import annotations

import re

from midfill.engine.completion.code import code
from midfill.engine.completion.cursor import Cursor
from midfill.engine.completion.reason import Reason

# As Qwen, StarCoder, CodeLlama and DeepSeek write theirs.
_TOKEN = re.compile(r"<\|\w+\|>|<fim_\w+>|<(?:PRE|SUF|MID|EOT)>|<\uff5c[^\uff5c\n]+\uff5c>")


def special_tokens(suggestion: str, cursor: Cursor) -> str | Reason:
    """Cut before the first one that is no string or comment, unless the document has some too."""
    found = _TOKEN.search(code(suggestion, cursor.language)[0])
    if found is None or _TOKEN.search(cursor.before) or _TOKEN.search(cursor.after):
        return suggestion
    return suggestion[: found.start()].rstrip() or Reason.CHATTER
