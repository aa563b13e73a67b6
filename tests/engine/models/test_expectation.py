"""What calibrations let expect of models."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from midfill.engine.models.catalogue import CATALOGUE, find
from midfill.engine.models.expectation import expectations, warning
from midfill.engine.models.store import Store
from midfill.engine.runtime import measured
from midfill.engine.runtime.config import EngineConfig
from midfill.engine.runtime.measured import Calibration
from midfill.engine.settings import Settings

MakeGguf = Callable[..., bytes]
# As measured on two cores with the 0.5B.
SLOW = Calibration(
    threads=2,
    prompt_threads=2,
    chunk=64,
    prefill_speed=160.0,
    steps={1: 0.025, 2: 0.036, 4: 0.054},
)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is remembered yet."""
    monkeypatch.setenv("MIDFILL_CACHE_HOME", str(tmp_path / "cache"))


def measure(
    settings: Settings, make_gguf: MakeGguf, name: str, found: Calibration, **run: int
) -> None:
    """Install a model, as small as a file may be, and calibrate it."""
    path = Store(settings.models_dir).path(find(name))
    path.parent.mkdir(exist_ok=True)
    if not path.exists():
        path.write_bytes(make_gguf())
    measured.remember(EngineConfig(path=str(path.resolve()), **run), found)


def test_nothing_is_known_before_a_measurement(settings: Settings) -> None:
    assert expectations(settings) == {}
    assert warning(find("7b").name, {}) == ""


def test_one_measured_model_tells_of_the_others(settings: Settings, make_gguf: MakeGguf) -> None:
    measure(settings, make_gguf, "0.5b-q8_0", SLOW)
    found = expectations(settings)
    assert list(found) != [] and set(found) == {model.name for model in CATALOGUE}
    small, large = found[find("0.5b-q8_0").name], found[find("7b-q8_0").name]
    assert (small.prefill, small.decode, small.suggestion_ms) == (160, 40, 236)
    assert (small.measured, small.late) == (True, False)
    assert large.prefill == pytest.approx(160 * 0.5 / 7, rel=0.01)
    share = find("7b-q8_0").bytes / find("0.5b-q8_0").bytes
    assert large.decode == pytest.approx(40 / share, rel=0.01)
    assert (large.measured, large.late) == (False, True)


def test_the_nearest_measured_model_tells(settings: Settings, make_gguf: MakeGguf) -> None:
    fast = Calibration(
        threads=2, prompt_threads=2, chunk=64, prefill_speed=1000.0, steps={1: 0.01, 2: 0.01}
    )
    measure(settings, make_gguf, "0.5b-q8_0", SLOW)
    measure(settings, make_gguf, "7b", fast)
    found = expectations(settings)
    assert found[find("7b").name].suggestion_ms == 90
    assert found[find("14b").name].prefill == 500
    assert found[find("0.5b").name].prefill == 160


def test_the_last_measurement_counts(settings: Settings, make_gguf: MakeGguf) -> None:
    measure(settings, make_gguf, "7b", SLOW)
    for file in (Path(os.environ["MIDFILL_CACHE_HOME"]) / "machine").iterdir():
        os.utime(file, (1, 1))
    faster = Calibration(
        threads=2, prompt_threads=2, chunk=64, prefill_speed=900.0, steps={1: 0.02}
    )
    measure(settings, make_gguf, "7b", faster, gpu_layers=29)
    found = expectations(settings)[find("7b").name]
    assert (found.prefill, found.suggestion_ms) == (900, 200)


def test_a_warning_names_what_is_fast_enough(settings: Settings, make_gguf: MakeGguf) -> None:
    measure(settings, make_gguf, "0.5b-q8_0", SLOW)
    found = expectations(settings)
    assert warning(find("0.5b").name, found) == ""
    assert "in time would be 0.5b-q8_0" in warning(find("7b").name, found)
    slower = Calibration(threads=1, prompt_threads=1, chunk=32, prefill_speed=9.0, steps={1: 1.0})
    measure(settings, make_gguf, "0.5b-q8_0", slower)
    assert "no other is faster" in warning(find("0.5b").name, expectations(settings))
