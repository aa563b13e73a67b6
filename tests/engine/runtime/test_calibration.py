"""What a machine can do, measured once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psutil
import pytest

from midfill.engine.models.hardware import cores
from midfill.engine.runtime import calibration, measured, scheduler
from midfill.engine.runtime.calibration import calibrate
from midfill.engine.runtime.config import EngineConfig
from midfill.engine.runtime.context import Context
from midfill.engine.runtime.measured import Calibration
from midfill.engine.runtime.model import Model
from midfill.engine.runtime.sampler import Healer
from midfill.engine.runtime.vocab import Vocab

from .conftest import CALIBRATION, REPACK, Runner

pytestmark = pytest.mark.model


@pytest.fixture
def config(
    model_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[EngineConfig]:
    """For the real model, with nothing remembered."""
    monkeypatch.setenv("MIDFILL_CACHE_HOME", str(tmp_path))
    # The whole measurement on a fast machine, the least of it on one that has other work.
    monkeypatch.setattr(calibration, "_BUDGET_S", 0.5)
    yield EngineConfig(path=str(model_path), repack=REPACK)


def test_a_machine_is_measured(context: Context, config: EngineConfig) -> None:
    found = calibrate(context, config)
    assert 1 <= found.threads <= cores()
    assert found.chunk in (32, 64)
    assert found.prompt_threads == cores()
    assert found.prefill_speed > 0
    assert found.steps[1] > 0


@pytest.mark.parametrize("batch", [1, 8, 48])
def test_no_batch_is_larger_than_the_context_allows(
    model: Model, config: EngineConfig, batch: int
) -> None:
    small = Context(model, tokens=256, sequences=1, batch=batch, threads=cores())
    found = calibrate(small, config)
    assert max(found.steps) <= batch
    assert found.chunk <= batch
    small.close()


def test_a_persons_threads_are_used(context: Context, config: EngineConfig) -> None:
    one = msgspec.structs.replace(config, threads=1)
    found = calibrate(context, one)
    assert (found.threads, found.prompt_threads) == (1, 1)


def test_what_a_quiet_machine_showed_is_remembered(
    context: Context, config: EngineConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The machine of these tests need not be quiet.
    monkeypatch.setattr(calibration.Quiet, "still", lambda self: True)
    found = calibrate(context, config)
    assert found.quiet
    assert calibrate(context, config) == found


def test_what_a_busy_machine_showed_will_do_until_it_is_quiet(
    context: Context, config: EngineConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibration.Quiet, "still", lambda self: False)
    disturbed = calibrate(context, config)
    assert not disturbed.quiet
    assert calibrate(context, config) == disturbed
    assert measured.newest(Path(config.path)) is None
    monkeypatch.setattr(calibration.Quiet, "still", lambda self: True)
    quiet = calibration.measure(context, config, 0)
    assert measured.newest(Path(config.path)) == quiet
    monkeypatch.setattr(calibration.Quiet, "still", lambda self: False)
    calibration.measure(context, config, 0)
    assert measured.remembered(config) == quiet


def test_a_disturbed_calibration_is_repeated_at_rest(
    context: Context, vocab: Vocab, healer: Healer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "_REST_S", 0.05)
    monkeypatch.setattr(calibration.Quiet, "still", lambda self: True)
    disturbed = msgspec.structs.replace(CALIBRATION, quiet=False)
    asked: list[int] = []

    def recalibrate(sequence: int) -> Calibration:
        asked.append(sequence)
        return CALIBRATION

    runner = Runner(context, vocab, healer, disturbed, recalibrate)
    runner.run("x =", document="a", max_tokens=2)
    while not asked:
        time.sleep(0.01)
    runner.run("y =", document="b", max_tokens=2)
    assert runner.scheduler.calibration == CALIBRATION
    runner.close()
    assert len(asked) == 1


def test_a_damaged_file_is_measured_again(context: Context, config: EngineConfig) -> None:
    file = measured._file(config)
    file.parent.mkdir()
    file.write_bytes(b'{"threads": "many"}')
    assert calibrate(context, config).threads >= 1


def test_others_at_work_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    quiet = calibration.Quiet()
    before = psutil.cpu_times()
    for share, still in ((0.1, True), (0.5, False)):
        after = before._replace(user=before.user + 10 * share, idle=before.idle + 10 * (1 - share))
        monkeypatch.setattr(psutil, "cpu_times", lambda after=after: after)
        assert quiet.still() == still


def test_steps_faster_than_measured_prove_a_mistake() -> None:
    assert Calibration.contradicted(CALIBRATION, 0.010)
    assert not Calibration.contradicted(CALIBRATION, 0.024)
    assert not Calibration.contradicted(CALIBRATION, float("inf"))
