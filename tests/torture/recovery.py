"""How soon there are suggestions again after the engine is killed while somebody types.

    python -m tests.torture.recovery [KILLS]

Prints JSON: the seconds from each SIGKILL to the next suggestion, at four keys a second, in places
for which nothing was suggested before, with p50 and p95; of these seconds how many passed until
another process listened, until that had loaded the model, and until it had written; how long a
suggestion takes in such a place otherwise; and what is left of the processes.
"""

from __future__ import annotations

import json
import random
import sys
import time
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from threading import Timer

import psutil

from midfill.engine.bench.statistics import percentile

from .machine import machine
from .processes import engines, zombies
from .session import Session
from .typist import KEYS_S, Typist

_STEPS = ("listening", "loaded", "written")


def main(kills: int) -> None:
    """Kill, and measure."""
    with machine() as env:
        session = Session(env)
        session.initialize()
        typist = Typist(session)
        typist.seconds_to_suggestion()
        chance = random.Random(0)
        moments, usual = [], []
        for number in range(kills):
            typist.move()
            usual.append(typist.seconds_to_suggestion())
            moments.append(_recovery(typist, env, chance.random()))
            print(f"{number + 1} of {kills}", file=sys.stderr)
        seconds = [round(each[-1] - each[0], 2) for each in moments]
        report = {
            "kills": kills,
            "seconds": seconds,
            "p50": percentile(seconds, 50),
            "p95": percentile(seconds, 95),
            "steps_p50": {
                step: percentile((end - begin for begin, end in pairs), 50)
                for step, *pairs in zip(_STEPS, *map(pairwise, moments), strict=True)
            },
            "usual_p50": percentile(usual, 50),
            "engines": len(engines(env)),
            "zombies": len(zombies(session.process.pid)),
            "document_whole": session.texts()[typist.uri][0] == typist.version,
        }
        session.close()
    print(json.dumps(report))


def _recovery(typist: Typist, env: dict[str, str], wait: float) -> tuple[float, ...]:
    """When the engine was killed, after `wait` seconds of typing, when another one listened and had
    loaded, and when there was a suggestion; in seconds of the clock.
    """
    [victim] = running = engines(env)
    killed = time.time() + wait
    Timer(wait, victim.kill).start()
    text = ""
    while not text or running in ([], [victim]):
        typist.move()
        time.sleep(KEYS_S)
        text, suggested = typist.key(), time.time()
        running = engines(env)
    [engine] = running
    return killed, *_logged(env, engine), suggested


def _logged(env: dict[str, str], engine: psutil.Process) -> list[float]:
    """When the engine listened, and when its model was loaded."""
    [log] = Path(env["MIDFILL_STATE_HOME"], "log").glob("*.log")
    lines = iter(log.read_text().splitlines())
    return [
        datetime.strptime(line[:23], "%Y-%m-%d %H:%M:%S,%f").timestamp()
        for mark in (f"pid {engine.pid} serves", "on GPUs")
        for line in [next(line for line in lines if mark in line)]
    ]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
