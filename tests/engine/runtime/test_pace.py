"""How slow the machine is now."""

from __future__ import annotations

from pathlib import Path

import pytest

from midfill.engine.runtime import pace
from midfill.engine.runtime.pace import Pace


@pytest.fixture(autouse=True)
def loadavg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The system's count of threads that want a processor: this one."""
    file = tmp_path / "loadavg"
    file.write_text("0.20 0.18 0.12 1/80 11206\n")
    monkeypatch.setattr(pace, "_LOADAVG", file)
    return file


def test_a_second_of_steps_is_followed_both_ways() -> None:
    seen = Pace(2)
    for _ in range(40):
        seen.record(0.025, expected=0.025)
    assert seen.slowness() == pytest.approx(1)
    for _ in range(10):
        seen.record(0.100, expected=0.025)
    assert seen.slowness() == pytest.approx(4, rel=0.05)
    for _ in range(40):
        seen.record(0.025, expected=0.025)
    assert seen.slowness() == pytest.approx(1, rel=0.15)


def test_one_long_step_says_as_much_as_many_short_ones() -> None:
    seen = Pace(2)
    seen.record(1.6, expected=0.8)
    assert seen.slowness() == pytest.approx(2, rel=0.05)


def test_before_the_first_step_the_systems_load_is_asked(loadavg: Path) -> None:
    assert Pace(2).slowness() == 1
    loadavg.write_text("0.20 0.18 0.12 3/80 11206\n")
    assert Pace(2).slowness() == 2


def test_old_experience_gives_way_to_the_load_now(
    loadavg: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "_BELIEVED_S", 0.0)
    seen = Pace(2)
    seen.record(2.0, expected=0.1)
    assert seen.slowness() == 1


def test_where_the_system_does_not_say_experience_is_kept(
    loadavg: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "_BELIEVED_S", 0.0)
    loadavg.unlink()
    seen = Pace(2)
    seen.record(3.0, expected=1.0)
    assert seen.slowness() == pytest.approx(3, rel=0.05)
