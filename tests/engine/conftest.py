"""The real vocabulary, without the weights."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from midfill.engine.runtime.model import Model
from midfill.engine.runtime.vocab import Vocab


@pytest.fixture(scope="session")
def vocab(model_path: Path) -> Iterator[Vocab]:
    """The vocabulary of the real model."""
    model = Model(model_path, repack=False)
    yield model.vocab
    model.close()
