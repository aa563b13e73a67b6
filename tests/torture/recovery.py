"""How soon there are suggestions again after the engine is killed while somebody types.

    python -m tests.torture.recovery [KILLS]

Prints JSON: the seconds from each SIGKILL to the next suggestion, at four keys a second, with p50
and p95, and what is left of the processes. Needs the 0.5B model: midfill models pull 0.5b
"""

from __future__ import annotations

import contextlib
import json
import random
import sys

from midfill.engine.bench.statistics import percentile
from midfill.engine.models.catalogue import find
from midfill.engine.models.store import Store
from midfill.engine.settings import Settings

from ..conftest import MODEL, private_environment
from .processes import engines, zombies
from .session import Session
from .typist import Typist


def main(kills: int) -> None:
    """Kill, and measure."""
    with contextlib.contextmanager(private_environment)(
        Store(Settings().models_dir).path(find(MODEL))
    ) as env:
        session = Session(env)
        session.initialize()
        typist = Typist(session)
        typist.seconds_to_suggestion()
        chance = random.Random(0)
        seconds = []
        for _ in range(kills):
            [victim] = engines(env)
            for _ in range(chance.randrange(1, 8)):
                typist.key()
            victim.kill()
            victim.wait()
            seconds.append(round(typist.seconds_to_suggestion(), 2))
        report = {
            "kills": kills,
            "seconds": seconds,
            "p50": percentile(seconds, 50),
            "p95": percentile(seconds, 95),
            "engines": len(engines(env)),
            "zombies": len(zombies(session.process.pid)),
            "document_whole": session.texts()[typist.uri][0] == typist.version,
        }
        session.close()
    print(json.dumps(report))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
