"""Twenty editors typing and two repairs at one engine: does each get its share, does memory grow?

    python -m tests.torture.load [--minutes 20] [--editors 20]

Each editor has a server of its own and a document of its own size. Somebody types a word there at
four keys a second, asks at each key, cancels what was asked before, and waits after the last key
for what there is. Beside them two people have one file after another repaired.

Prints JSON: of each editor how many words were typed, how many suggestions came, and the seconds
from the last key to the answer; the worst editor's p50 by the best one's; requests that were not
answered, or more than once; how long repairs took; and MB of the engine and of all servers over
time.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from threading import Thread
from typing import Any

import psutil

from midfill.engine.bench.statistics import percentile, ratio

from ..engine.repair.prices import shop_of
from .machine import machine
from .processes import engines
from .session import Session
from .typist import KEYS_S

_REPAIRERS = 2
_SAMPLE_S = 5.0
# What is typed, at random, so that no model foresees it.
_WORDS = [
    "max(0, mi",
    "len(set(",
    "sorted(pri",
    "float(str(",
    "prices[-1",
    "int(round(",
    "abs(first",
]
_FUNCTION = """\
def total_{0}(prices):
    result = {0}
    for price in prices:
        result += price
    return result


"""
_PRICES = """\
def total(prices):
    found = 0
    for price in prices:
        found -= price
    return found
"""


class Editor(Thread):
    """Types until told to end. Its document has `size` functions before the place."""

    def __init__(self, env: dict[str, str], number: int, size: int) -> None:
        super().__init__(daemon=True)
        self.session = Session(env)
        self.seconds: list[float] = []
        self.suggestions = 0
        self.reasons: Counter[str] = Counter()
        self.asked: list[int] = []
        self.ends = False
        self._chance = random.Random(number)
        self._uri = f"file:///w/{number}.py"
        self._before = "".join(map(_FUNCTION.format, range(size)))
        self._version = 1
        self.session.initialize()
        self.session.open(self._uri, "")

    def run(self) -> None:
        """Type one word after another."""
        words = 0
        while not self.ends:
            words += 1
            function = f"def cost_{words}(prices):\n    result = 0\n    result = "
            self._type(function, self._chance.choice(_WORDS))

    def _type(self, function: str, word: str) -> None:
        for length in range(len(word)):
            if length:
                self.session.notify("$/cancelRequest", {"id": self.asked[-1]})
            time.sleep(KEYS_S)
            self._version += 1
            lines = (self._before + function + word[: length + 1]).split("\n")
            text = "\n".join([*lines, "    return result\n"])
            self.session.edit(self._uri, self._version, {"text": text})
            self.asked.append(self.session.complete(self._uri, len(lines) - 1, len(lines[-1])))
        begun = time.monotonic()
        items = self.session.answer(self.asked[-1])["result"]["items"]
        self.seconds.append(time.monotonic() - begun)
        self.suggestions += bool(items)
        if not items:
            self.reasons[str(self.session.why())] += 1

    def unanswered(self) -> int:
        """Requests without exactly one answer."""
        self.session.request("midfill/status", None)
        return sum(len(self.session.answers[each]) != 1 for each in self.asked)

    def report(self) -> dict[str, Any]:
        """What came of it."""
        return {
            "words": len(self.seconds),
            "suggestions": self.suggestions,
            "p50": percentile(self.seconds, 50),
            "p95": percentile(self.seconds, 95),
            "reasons": self.reasons,
        }


class Repairer(Thread):
    """Has a file repaired again and again until told to end."""

    def __init__(self, env: dict[str, str], folder: Path) -> None:
        super().__init__(daemon=True)
        self.seconds: list[float] = []
        self.statuses: Counter[int] = Counter()
        self._env = env
        self._shop = shop_of(folder, _PRICES)
        self._process: subprocess.Popen[bytes] | None = None
        self._ends = False

    def run(self) -> None:
        """Repair."""
        midfill = Path(sys.executable).with_name("midfill")
        while not self._ends:
            begun = time.monotonic()
            self._process = subprocess.Popen(
                [midfill, "repair", "--test", f"{sys.executable} check.py", "prices.py"],
                cwd=self._shop,
                env=self._env,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            self.statuses[self._process.wait()] += 1
            self.seconds.append(time.monotonic() - begun)

    def end(self) -> None:
        """End it, whatever it is at."""
        self._ends = True
        if self._process is not None:
            self._process.terminate()
        self.join()

    def report(self) -> dict[str, Any]:
        """What came of it; the last one was broken off."""
        return {"statuses": self.statuses, "seconds": [round(each, 1) for each in self.seconds]}


def main(minutes: float, count: int) -> None:
    """Put the load on, and measure."""
    with machine() as env, tempfile.TemporaryDirectory() as folder:
        editors = [Editor(env, number, size=3 * number) for number in range(count)]
        editors[0].session.wait_until_ready()
        folders = [Path(tempfile.mkdtemp(dir=folder)) for _ in range(_REPAIRERS)]
        repairers = [Repairer(env, each) for each in folders]
        for each in (*editors, *repairers):
            each.start()
        memory = _memory(env, editors, 60 * minutes)
        for editor in editors:
            editor.ends = True
        for repairer in repairers:
            repairer.end()
        for editor in editors:
            editor.join()
        medians = [percentile(editor.seconds, 50) for editor in editors]
        every = [second for editor in editors for second in editor.seconds]
        report = {
            "minutes": minutes,
            "editors": [editor.report() for editor in editors],
            "p50": percentile(every, 50),
            "p95": percentile(every, 95),
            "worst_by_best": ratio(max(filter(None, medians)), min(filter(None, medians))),
            "unanswered": sum(editor.unanswered() for editor in editors),
            "asked": sum(len(editor.asked) for editor in editors),
            "repairers": [repairer.report() for repairer in repairers],
            "megabytes": memory,
        }
        for editor in editors:
            editor.session.close()
    print(json.dumps(report))


def _memory(env: dict[str, str], editors: list[Editor], seconds: float) -> dict[str, list[int]]:
    """MB of the engine and of all servers, ever again for so many seconds."""
    [engine] = engines(env)
    servers = [psutil.Process(editor.session.process.pid) for editor in editors]
    used: dict[str, list[int]] = {"engine": [], "servers": []}
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(_SAMPLE_S)
        for name, processes in (("engine", [engine]), ("servers", servers)):
            used[name].append(sum(each.memory_info().rss for each in processes) >> 20)
    return used


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--editors", type=int, default=20)
    chosen = parser.parse_args()
    main(chosen.minutes, chosen.editors)
