"""The processes that keep a machine busy."""

from __future__ import annotations

import psutil
import pytest

from midfill.engine.bench.load import spinning


def test_they_spin_and_are_gone_afterwards() -> None:
    with spinning(2) as pids:
        processes = [psutil.Process(pid) for pid in pids]
        assert len(processes) == 2
        for process in processes:
            while process.cpu_times().user < 0.05:
                pass
    assert not any(process.is_running() for process in processes)


def test_they_are_gone_after_an_error() -> None:
    with pytest.raises(KeyboardInterrupt), spinning(1) as pids:
        [process] = [psutil.Process(pid) for pid in pids]
        raise KeyboardInterrupt
    assert not process.is_running()


def test_none_is_none() -> None:
    with spinning(0) as pids:
        assert pids == []
