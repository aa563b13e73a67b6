"""Personalised PageRank over definitions and references: which files matter from where one stands.

The weights are those of aider's repository map. An edge leads from a file that refers to a name to
each file that defines it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Set

import numpy as np
from numpy.typing import NDArray

_DAMPING = 0.85
_ROUNDS = 20
_MENTIONED = 10.0
_COMPOSED = 10.0
_PRIVATE = 0.1
_COMMON, _COMMON_FILES = 0.1, 5
_IN_PLAY = 50.0
# Names that more files define connect everything with everything.
_MOST_FILES = 20
_LONG_NAME = 8
_SEVERAL_WORDS = re.compile(r"[^\W\d_][_-]+[^\W\d_]|[a-z][A-Z]")


class Graph:
    """The files of a workspace, connected by names.

    Args:
        references: (file, name, times) for each name that a file refers to.
        definers: the files that define each name.
    """

    def __init__(
        self,
        references: Iterable[tuple[str, str, int]],
        definers: Mapping[str, Collection[str]],
    ) -> None:
        self._files: dict[str, int] = {}
        self._names: dict[str, int] = {}
        rows: list[tuple[int, int, int, float]] = []
        for file, name, times in references:
            there = definers.get(name, ())
            if file in there or not 0 < len(there) <= _MOST_FILES:
                continue
            number = self._names.setdefault(name, len(self._names))
            weight = _weight(name, len(there)) * float(times) ** 0.5
            source = self._files.setdefault(file, len(self._files))
            rows += [
                (source, self._files.setdefault(path, len(self._files)), number, weight)
                for path in there
            ]
        columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
        self._from, self._to, self._name = (np.array(each, np.int64) for each in columns[:3])
        self._weights = np.array(columns[3], np.float64)

    def rank(self, in_play: Collection[str], mentioned: Set[str]) -> dict[str, float]:
        """How much each file matters to the files `in_play`, from 0 to 1 for the one that does most
        besides them; names that are `mentioned` count more."""
        start = self._start(in_play)
        if start is None or not len(self._weights):
            return {}
        weights = self._weights * self._boost(mentioned)[self._name]
        weights = np.where(start[self._from] > 0, weights * _IN_PLAY, weights)
        out = np.bincount(self._from, weights, len(self._files))
        share = weights / out[self._from]
        dangling = out == 0
        rank = start
        for _ in range(_ROUNDS):
            flown = np.bincount(self._to, rank[self._from] * share, len(self._files))
            rank = (1 - _DAMPING) * start + _DAMPING * (flown + rank[dangling].sum() * start)
        others = np.where(start > 0, 0.0, rank)
        best = float(others.max())
        return {path: float(others[n]) / best for path, n in self._files.items() if others[n] > 0}

    def _start(self, in_play: Collection[str]) -> NDArray[np.float64] | None:
        known = [self._files[path] for path in in_play if path in self._files]
        if not known:
            return None
        start = np.zeros(len(self._files))
        start[known] = 1 / len(known)
        return start

    def _boost(self, mentioned: Set[str]) -> NDArray[np.float64]:
        boost = np.ones(len(self._names))
        boost[[self._names[name] for name in mentioned if name in self._names]] = _MENTIONED
        return boost


def _weight(name: str, files: int) -> float:
    weight = 1.0
    if len(name) >= _LONG_NAME and _SEVERAL_WORDS.search(name):
        weight *= _COMPOSED
    if name.startswith("_"):
        weight *= _PRIVATE
    if files > _COMMON_FILES:
        weight *= _COMMON
    return weight
