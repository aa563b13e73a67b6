"""Which layers go where, on GPUs that we do not have, and what happens when they do not fit."""

from __future__ import annotations

import os
import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from midfill.engine.errors import MidfillError
from midfill.engine.runtime import offload
from midfill.engine.runtime.config import EngineConfig
from midfill.engine.runtime.devices import Device, devices
from midfill.engine.runtime.footprint import Footprint, footprint
from midfill.engine.runtime.model import Model
from midfill.engine.runtime.offload import Plan, plan, plans

from .conftest import REPACK

GIB = 1 << 30
SMALL = Footprint(
    embedding=50,
    weights=(8,) * 8,
    cache=2,
    compact_cache=1,
    output=40,
    tied=False,
    compute=5,
    plain_compute=7,
    logits=3,
)


def gpus(*free: int) -> list[Device]:
    return [Device(f"CUDA{number}", "GPU", bytes_, 80 * GIB) for number, bytes_ in enumerate(free)]


@pytest.mark.parametrize(
    ("rooms", "layers", "split"),
    [
        ([1000], 9, {0: 9}),
        ([125], 9, {0: 9}),
        ([116], 7, {0: 7}),  # 116 less 5 and the 8 of a layer's copy: the output's, and 6 more
        ([52], 0, {}),
        ([53], 1, {0: 1}),
        ([0], 0, {}),
        ([130, 1000], 9, {1: 9}),
        ([1000, 1000], 9, {0: 9}),
        ([70, 75], 9, {0: 6, 1: 3}),
        ([100, 100, 100], 9, {0: 4, 1: 4, 2: 1}),
        ([30, 60], 2, {0: 1, 1: 1}),
    ],
)
def test_a_plan(rooms: list[int], layers: int, split: dict[int, int]) -> None:
    made = plan(SMALL, {str(number): room for number, room in enumerate(rooms)})
    assert (made.layers, made.compact) == (layers, False)
    assert dict(made.split) == {str(number): count for number, count in split.items()}


@pytest.mark.parametrize(("room", "compact"), [(125, False), (124, True), (117, True)])
def test_a_smaller_cache_where_all_layers_fit_with_it_alone(room: int, compact: bool) -> None:
    assert plan(SMALL, {"GPU": room}) == Plan(9, (("GPU", 9),), compact)


@settings(deadline=None)
@given(
    st.lists(st.integers(1, 50), min_size=1, max_size=40),
    st.integers(0, 300),
    st.lists(st.integers(0, 800), min_size=1, max_size=4),
)
def test_no_gpu_gets_more_than_it_has_room_for(
    blocks: list[int], output: int, rooms: list[int]
) -> None:
    needed = Footprint(0, tuple(blocks), 3, 2, output, False, 7, 7, 0)
    made = plan(needed, {str(number): room for number, room in enumerate(rooms)})
    layers = needed.layers(compact=made.compact)
    assert made.layers == sum(count for _, count in made.split) <= len(layers)
    first = len(layers) - made.layers
    for name, count in made.split:
        assert sum(layers[first : first + count]) + needed.compute <= rooms[int(name)]
        first += count


def test_a_tied_table_is_copied_to_the_gpu() -> None:
    tied = Footprint(50, (8,) * 8, 2, 1, 1, True, 5, 5, 3)
    assert tied.layers()[-1] == 51
    assert tied.total == 50 + 80 + 1 + 5 + 3


@pytest.fixture
def config(tmp_path: Path, model_path: Path, monkeypatch: pytest.MonkeyPatch) -> EngineConfig:
    """For the real model, with nothing remembered."""
    monkeypatch.setenv("MIDFILL_CACHE_HOME", str(tmp_path))
    return EngineConfig(path=str(model_path), repack=REPACK)


def made(config: EngineConfig, *free: int) -> list[int]:
    return [each.layers for each in plans(config, gpus(*free))]


@pytest.mark.model
def test_the_real_model_on_gpus_of_every_size(config: EngineConfig) -> None:
    needed = footprint(Path(config.path), config)
    assert len(needed.layers()) == 25
    assert made(config, 80 * GIB)[0] == 25
    assert made(config, GIB) == [0]
    layers = [made(config, GIB + megabytes * 2**20)[0] for megabytes in range(0, 700, 20)]
    assert layers == sorted(layers)
    assert len(set(layers)) > 10
    whole = GIB + sum(needed.layers(compact=True)) + needed.compute
    assert made(config, whole)[0] == 25
    assert made(config, whole - 1)[0] < 25


@pytest.mark.model
def test_fewer_and_fewer_are_tried_and_none_in_the_end(config: EngineConfig) -> None:
    tried = made(config, 2 * GIB)
    assert tried[0] == 25
    assert tried == sorted(tried, reverse=True)
    assert tried[-1] == 0
    assert made(config) == [0]
    assert made(msgspec.structs.replace(config, gpu_layers=0), 80 * GIB) == [0]


@pytest.mark.model
def test_a_number_that_a_person_set_comes_first(config: EngineConfig) -> None:
    seven = msgspec.structs.replace(config, gpu_layers=7)
    assert made(seven, 80 * GIB)[:2] == [7, 25]
    assert made(msgspec.structs.replace(config, gpu_layers=99), 80 * GIB)[0] == 25
    offload.take_less(seven)
    assert 7 not in made(seven, 80 * GIB)


@pytest.mark.model
def test_a_limit_on_the_memory_of_a_gpu(config: EngineConfig) -> None:
    limited = msgspec.structs.replace(config, gpu_memory=400 << 20)
    needed = footprint(Path(config.path), config)
    found = next(plans(limited, gpus(80 * GIB)))
    assert 0 < found.layers < 25
    layers = needed.layers()
    taken = sum(layers[-found.layers :]) + needed.compute + max(needed.weights)
    assert taken <= 400 << 20 < taken + max(layers)


@pytest.mark.model
def test_what_fails_is_not_tried_again(
    config: EngineConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offload, "devices", lambda: gpus(80 * GIB))
    tried: list[int] = []

    def attempt(each: Plan) -> str:
        # Without a GPU nothing can be too much for it.
        tried.append(each.layers)
        if each.layers > 12:
            raise MidfillError("no memory")
        return "loaded"

    limited = msgspec.structs.replace(config, gpu_memory=700 << 20)
    first, _ = offload.load(limited, attempt)
    assert tried[0] == 25
    assert 0 < first.layers <= 12
    tried.clear()
    assert offload.load(limited, attempt) == (first, "loaded")
    assert tried == [first.layers]
    file = offload.share_file(limited)
    day_ago = time.time() - 25 * 3600
    os.utime(file, (day_ago, day_ago))
    tried.clear()
    offload.load(limited, attempt)
    assert tried[0] == 25


@pytest.mark.model
def test_the_processor_s_own_failure_is_told(config: EngineConfig) -> None:
    def attempt(each: Plan) -> None:
        raise MidfillError("no memory at all")

    with pytest.raises(MidfillError, match="no memory at all"):
        offload.load(config, attempt)


@pytest.mark.model
def test_taking_less_comes_to_an_end(config: EngineConfig) -> None:
    taken = 0
    while offload.take_less(config):
        taken += 1
        assert taken < 20
    assert made(config, 80 * GIB) == [0]


@pytest.mark.model
def test_llama_cpp_takes_a_split(model_path: Path) -> None:
    # The processor stands for GPUs.
    for layers, split in ((25, [("CPU", 25)]), (25, [("CPU", 12), ("CPU", 13)]), (5, []), (0, [])):
        loaded = Model(model_path, gpu_layers=layers, gpu_split=split, repack=REPACK)
        assert loaded.layers == 25
        loaded.close()


def test_the_gpus_that_llama_cpp_sees() -> None:
    for device in devices():
        assert device.name and device.free <= device.total
