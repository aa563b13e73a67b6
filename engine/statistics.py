"""How fast suggestions come and what becomes of them: counts by day, on this machine alone."""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections import Counter
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

DAYS = 30

# Upper bounds of a latency in ms; slower ones are counted under _SLOWER.
_BOUNDS = (10, 25, 50, 100, 200, 400, 800, 1600, 3200)
_SLOWER = 0
_TABLES = """
CREATE TABLE IF NOT EXISTS latency (
    day TEXT, source TEXT, bound INTEGER, count INTEGER, PRIMARY KEY (day, source, bound)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outcomes (
    day TEXT, language TEXT, shown INTEGER, accepted INTEGER, partly INTEGER,
    accepted_characters INTEGER, kept_characters INTEGER, PRIMARY KEY (day, language)
) WITHOUT ROWID;
"""


class Statistics:
    """Counts, which `flush` adds to a file that every editor window shares."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._latency: Counter[tuple[str, str, int]] = Counter()
        self._suggestions: dict[tuple[str, str], list[int]] = {}

    def completed(self, source: str, ms: float) -> None:
        """A suggestion from `source` ("model", "cache" or "flight") came after `ms`."""
        place = bisect_left(_BOUNDS, ms)
        bound = _BOUNDS[place] if place < len(_BOUNDS) else _SLOWER
        self._latency[_today(), source, bound] += 1

    def ended(self, language: str, accepted: int, kept: int, *, partly: bool) -> None:
        """A suggestion was shown; so many of its characters were accepted, `partly` if there were
        others, and so many of these were there a minute later.
        """
        sums = self._suggestions.setdefault((_today(), language), [0, 0, 0, 0, 0])
        numbers = 1, int(accepted > 0), int(accepted > 0 and partly), accepted, kept
        for place, number in enumerate(numbers):
            sums[place] += number

    def flush(self) -> None:
        """Add to the file what was counted since the last time, and forget what is old.

        Raises:
            sqlite3.Error: the file cannot be written; the counts since then are lost.
            OSError: its folder cannot be made.
        """
        latency, self._latency = self._latency, Counter()
        suggestions, self._suggestions = self._suggestions, {}
        with closing(self._open()) as file, file:
            file.executemany(
                "INSERT INTO latency VALUES (?, ?, ?, ?) "
                "ON CONFLICT DO UPDATE SET count = count + excluded.count",
                [(*key, count) for key, count in latency.items()],
            )
            file.executemany(
                "INSERT INTO outcomes VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                "shown = shown + excluded.shown, accepted = accepted + excluded.accepted, "
                "partly = partly + excluded.partly, "
                "accepted_characters = accepted_characters + excluded.accepted_characters, "
                "kept_characters = kept_characters + excluded.kept_characters",
                [(*key, *sums) for key, sums in suggestions.items()],
            )
            oldest = (date.today() - timedelta(days=DAYS)).isoformat()
            file.execute("DELETE FROM latency WHERE day <= ?", [oldest])
            file.execute("DELETE FROM outcomes WHERE day <= ?", [oldest])

    def report(self) -> dict[str, Any]:
        """All that is in the file, in the form of `midfill/statistics`.

        Raises:
            sqlite3.Error: the file cannot be read.
            OSError: its folder cannot be made.
        """
        with closing(self._open()) as file:
            latency: dict[str, list[tuple[int | None, int]]] = {}
            for source, bound, count in file.execute(
                "SELECT source, bound, sum(count) FROM latency GROUP BY source, bound "
                "ORDER BY source, bound = ?, bound",
                [_SLOWER],
            ):
                latency.setdefault(source, []).append((bound or None, count))
            days = file.execute(
                "SELECT day, sum(shown), sum(accepted), sum(partly) FROM outcomes "
                "GROUP BY day ORDER BY day"
            )
            languages = file.execute(
                "SELECT language, sum(shown), sum(accepted), sum(partly) FROM outcomes "
                "GROUP BY language ORDER BY sum(shown) DESC, language"
            )
            characters = file.execute(
                "SELECT total(accepted_characters), total(kept_characters) FROM outcomes"
            ).fetchone()
            return {
                "days": DAYS,
                "latency": latency,
                "suggestions": [_named("day", row) for row in days],
                "languages": [_named("language", row) for row in languages],
                "characters": {"accepted": int(characters[0]), "kept": int(characters[1])},
            }

    def _open(self) -> sqlite3.Connection:
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = sqlite3.connect(self._file)
        file.executescript(_TABLES)
        return file


def _named(name: str, row: tuple[str, int, int, int]) -> dict[str, Any]:
    return dict(zip((name, "shown", "accepted", "partly"), row, strict=True))


def _today() -> str:
    return date.today().isoformat()
