"""What a person is told of who has answered."""

from __future__ import annotations

import pytest

from midfill.engine.backend import answered


@pytest.mark.parametrize(
    ("model", "backend", "why", "told"),
    [
        ("0.5b", "local", "", ""),
        ("0.5b", "", "", ""),
        ("0.5b", "local", "gpu is busy", "0.5b on this machine: gpu is busy"),
        ("32b", "gpu", "", "32b on gpu"),
        ("", "gpu", "it is loading", "gpu: it is loading"),
    ],
)
def test_who_has_answered_and_why(model: str, backend: str, why: str, told: str) -> None:
    assert answered(model, backend, why) == told
