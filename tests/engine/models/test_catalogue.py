from __future__ import annotations

import pytest

from midfill.engine.errors import UsageError
from midfill.engine.models.catalogue import CATALOGUE, find, is_path
from midfill.engine.runtime.config import EngineConfig


def test_every_size_comes_in_two_quantisations() -> None:
    assert {(model.size, model.quantisation) for model in CATALOGUE} == {
        (size, quantisation)
        for size in ("0.5B", "1.5B", "3B", "7B", "14B", "32B")
        for quantisation in ("q4_k_m", "q8_0")
    }


def test_names_are_those_of_the_official_repositories() -> None:
    model = find("14b-q8_0")
    assert model.repository == "Qwen/Qwen2.5-Coder-14B-Instruct-GGUF"
    assert model.file == "qwen2.5-coder-14b-instruct-q8_0.gguf"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("0.5b", "qwen2.5-coder-0.5b-instruct-q4_k_m"),
        ("0.5B", "qwen2.5-coder-0.5b-instruct-q4_k_m"),
        ("qwen2.5-coder-0.5b", "qwen2.5-coder-0.5b-instruct-q4_k_m"),
        ("qwen2.5-coder:7b", "qwen2.5-coder-7b-instruct-q4_k_m"),
        ("0.5b-q8_0", "qwen2.5-coder-0.5b-instruct-q8_0"),
        ("Qwen2.5-Coder-32B-Instruct-Q8_0.gguf", "qwen2.5-coder-32b-instruct-q8_0"),
    ],
)
def test_short_names_resolve(name: str, expected: str) -> None:
    assert find(name).name == expected


def test_every_model_is_found_by_each_of_its_names() -> None:
    for model in CATALOGUE:
        assert find(model.name) == find(model.short) == find(model.file) == model


def test_an_unknown_name_lists_near_ones() -> None:
    with pytest.raises(UsageError, match=r"'0\.5b-q8_1': did you mean 0\.5b-q8_0"):
        find("0.5b-q8_1")


def test_a_name_like_no_other_lists_all() -> None:
    with pytest.raises(UsageError, match=r"known are 0\.5b, .*32b-q8_0"):
        find("gpt")


def test_a_file_name_is_told_to_be_a_path() -> None:
    with pytest.raises(UsageError, match=r"needs a path, \./zzz\.gguf"):
        find("zzz.gguf")


@pytest.mark.parametrize(
    ("name", "path"), [("0.5b", False), ("own.gguf", False), ("./own.gguf", True), ("~/a", True)]
)
def test_only_a_separator_makes_a_path(name: str, path: bool) -> None:
    assert is_path(name) is path


def test_memory_is_what_llama_cpp_was_measured_to_allocate() -> None:
    """Its log at 8192 tokens, in MiB: KV 96 and 224, compute 62.31 and 56.00."""
    for name, kv, compute in (("0.5b", 96, 62.31), ("1.5b", 224, 56.00)):
        model = find(name)
        shape = model.architecture
        assert shape.layers * shape.cache_bytes(8192) == kv << 20
        buffer = shape.compute_bytes(EngineConfig(path=""))
        assert buffer == pytest.approx(compute * 2**20, rel=0.001)
        logits = 32 * 151_936 * 4
        assert model.memory() == model.bytes + (kv << 20) + buffer + logits


def test_memory_grows_with_the_context() -> None:
    assert find("7b").memory(32_768) - find("7b").memory(8192) > 3 * 448 << 20


def test_only_the_3b_is_restricted() -> None:
    assert {model.size for model in CATALOGUE if model.licence.restricted} == {"3B"}


def test_wheels_hold_exactly_the_file() -> None:
    carried = [model for model in CATALOGUE if model.wheels]
    assert [model.short for model in carried] == ["0.5b", "1.5b"]
    for model in carried:
        assert model.wheels is not None
        assert model.sha256 is not None, "an untrusted mirror needs a pinned hash"
        assert -(-model.bytes // model.wheels.part_bytes) == model.wheels.parts
