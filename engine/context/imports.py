"""The import statements of the document itself, where they stand above what a prompt shows of it:
without them a model cannot know which names there are to use.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from textwrap import dedent
from zlib import crc32

from midfill.engine.context.piece import Piece
from midfill.engine.context.place import Place
from midfill.engine.context.resolve import Paths
from midfill.engine.context.store import Site
from midfill.engine.context.tokens import estimate
from midfill.grammars.outline import NAMED_ONLY, NAMESPACES, Import
from midfill.grammars.tree import Span

# What may stand between imports, as a header's guard in C.
_AMONG = NAMED_ONLY | NAMESPACES | {"macro"}
# Of statements with more tokens together only those are shown that say most; of twice as many more
# would be lost by the definitions that have no room then.
_LONGEST = 64
# What a statement says more that takes something from the workspace, not from elsewhere; and what
# is not used yet.
_OWN, _UNUSED = 2.0, 1.0
# Above that of every definition: they stand next to the document.
_SCORE = 10.0


def imports(place: Place, paths: Paths, sites: Iterable[Site]) -> Piece | None:
    """The statements above the first definition of the file that holds code; `sites` are its
    definitions, as the index has them.

    Which of them are shown depends on the cursor, but it is one piece as long as none changes.
    """
    head = min((site.start for site in sites if site.kind not in _AMONG), default=math.inf)
    statements = [each for each in place.imports if each.start < head]
    worth: dict[Span, float] = {}
    for each in statements:
        lines = _lines(place.text, each)
        if lines.end <= place.lines.start:
            worth[lines] = max(worth.get(lines, 0.0), _worth(each, place, paths))
    text = place.text.split("\n")
    room, chosen = _LONGEST, {}
    for lines in sorted(worth, key=lambda lines: -worth[lines]):
        said = dedent("\n".join(text[slice(*lines)])) + "\n"
        if estimate(said) <= room:
            room -= estimate(said)
            chosen[lines] = said
    if not chosen:
        return None
    shown = "".join(said for _, said in sorted(chosen.items()))
    first, last = min(chosen).start + 1, max(chosen).end
    source = crc32("\n".join(place.text[each.start : each.end] for each in statements).encode())
    return Piece(place.path, first, last, shown, "imports of this file", _SCORE, source)


def _lines(text: str, statement: Import) -> Span:
    """The lines of a statement, from 0; some parsers take the line break for a part of it."""
    first = text.count("\n", 0, statement.start)
    said = text[statement.start : statement.end].rstrip()
    return Span(first, first + said.count("\n") + 1)


def _worth(statement: Import, place: Place, paths: Paths) -> float:
    """How much it says: more about the workspace, and about what is named at the cursor."""
    language = place.language.name if place.language else ""
    own = bool(paths.resolve(statement.path, statement.names, place.path, language))
    near = (
        place.names.get(name, 0.0)
        + place.affinity(name)
        + (_UNUSED if place.uses[name] <= 1 else 0.0)
        for name in statement.names
    )
    return (_OWN if own else 0.0) + max(near, default=0.0)
