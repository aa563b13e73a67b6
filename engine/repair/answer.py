"""The code in what a model says."""

from __future__ import annotations

import re
from collections.abc import Iterator

from midfill.engine.repair import lines
from midfill.engine.repair.edit import NoEdit

LONGEST = 200_000

_OPENING = re.compile(r"[ \t]*(?P<fence>`{3,}|~{3,})[ \t]*[\w+#.-]*[ \t]*$", re.MULTILINE)


def readings(answer: str) -> Iterator[str]:
    """The code in the answer, the likeliest first: what stands in fences, else all of it.

    A fence inside a string looks like the end of the code, so a block may also end at a later one.

    Raises:
        NoEdit: there is none, or far too much.
    """
    if len(answer) > LONGEST:
        raise NoEdit("the answer is far too long")
    answer = lines.plain(answer)
    opening = _OPENING.search(answer)
    if opening is None:
        if not answer.strip():
            raise NoEdit("the answer holds no code")
        yield answer
        return
    while opening is not None:
        body = answer[opening.end() + 1 :]
        closing = re.compile(rf"^[ \t]*{opening['fence']}[ \t]*$", re.MULTILINE)
        ends = [found.start() for found in closing.finditer(body)]
        for end in ends:
            if body[:end].strip():
                yield body[:end]
        if not ends:
            if body.strip():
                yield body  # the end of the answer ends the block
            return
        after = opening.end() + 1 + ends[0]
        opening = _OPENING.search(answer, answer.find("\n", after) + 1 or len(answer))
