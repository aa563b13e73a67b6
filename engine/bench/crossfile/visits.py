"""Where a person was before coming to a file: what fills the ring of recent chunks.

Nothing here looks at the task. The person opened three files that this one imports from, or
beside it where those are fewer, in an order drawn by lot; each was read at its top and, after a
jump, at a place drawn by lot.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from midfill.engine.backend import Extra
from midfill.engine.bench.crossfile.sources import Source, imports
from midfill.engine.context.ring import Ring
from midfill.engine.context.tokens import estimate
from midfill.engine.context.words import dice, words

_FILES = 3
# llama.vim leaves out what is more like the text around the cursor than this.
_REPEATS = 0.5


def visited(folder: Path, source: Source, sources: Mapping[str, Source], seed: int) -> Ring:
    """The ring of a person who comes to `source` from other files of the package."""
    lot = random.Random(f"{seed} {folder.name} {source.path}")
    imported = sorted(
        {path for each in imports(source, sources) for path in (*each.definers, *each.modules)}
        - {source.path}
    )
    beside = [path for path in sorted(sources) if _are_neighbours(path, source.path)]
    lot.shuffle(imported)
    lot.shuffle(beside)
    ring = Ring()
    for path in reversed(list(dict.fromkeys((*imported, *beside)))[:_FILES]):
        lines = sources[path].text.splitlines(keepends=True)
        for line in (0, lot.randrange(len(lines))):
            ring.gather(folder / path, "".join(lines[:line]), "".join(lines[line:]), line)
    return ring


def chunks(ring: Ring, folder: Path, around: str, budget: int) -> tuple[Extra, ...]:
    """What llama.vim shows of a ring: whole chunks, the newest last; up to `budget` tokens."""
    near = words(around)
    shown: list[Extra] = []
    for chunk in ring.chunks:
        tokens = estimate(chunk.text)
        if tokens <= budget and dice(chunk.names, near) <= _REPEATS:
            budget -= tokens
            shown.append(Extra(chunk.file.relative_to(folder).as_posix(), chunk.text))
    return tuple(reversed(shown))


def _are_neighbours(path: str, other: str) -> bool:
    return path != other and PurePosixPath(path).parent == PurePosixPath(other).parent
