from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from midfill.engine import statistics as module
from midfill.engine.statistics import Statistics


def test_windows_add_to_one_file(tmp_path: Path) -> None:
    file = tmp_path / "state" / "statistics.db"
    for _ in range(2):
        window = Statistics(file)
        window.completed("model", 90.0)
        window.completed("cache", 0.2)
        window.completed("model", 5000.0)
        window.ended("python", accepted=12, kept=9, partly=True)
        window.ended("python", accepted=0, kept=0, partly=True)
        window.flush()
        window.flush()
    report = Statistics(file).report()
    assert report["latency"] == {"cache": [(10, 2)], "model": [(100, 2), (None, 2)]}
    counts = {"shown": 4, "accepted": 2, "partly": 2}
    assert report["languages"] == [{"language": "python", **counts}]
    assert [day | counts for day in report["suggestions"]] == report["suggestions"]
    assert report["characters"] == {"accepted": 24, "kept": 18}


@pytest.mark.parametrize(("ms", "bound"), [(10.0, 10), (10.1, 25), (3200.0, 3200)])
def test_a_bound_holds_what_is_not_above_it(tmp_path: Path, ms: float, bound: int) -> None:
    statistics = Statistics(tmp_path / "statistics.db")
    statistics.completed("model", ms)
    statistics.flush()
    assert statistics.report()["latency"] == {"model": [(bound, 1)]}


def test_old_days_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    statistics = Statistics(tmp_path / "statistics.db")
    with monkeypatch.context() as patch:
        patch.setattr(module, "_today", lambda: "2020-01-01")
        statistics.completed("model", 1.0)
        statistics.ended("python", 1, 1, partly=False)
    statistics.ended("lua", 1, 1, partly=False)
    statistics.flush()
    report = statistics.report()
    assert report["latency"] == {}
    assert [each["language"] for each in report["languages"]] == ["lua"]


def test_a_file_that_is_no_database_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "statistics.db"
    file.write_bytes(b"something else" * 100)
    with pytest.raises(sqlite3.DatabaseError):
        Statistics(file).flush()
