"""One small project for each way to import: what must be shown at the cursor `‸` in it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from midfill.engine.context.pack import pack
from midfill.engine.context.retrieval import Retrieval
from midfill.engine.context.ring import Ring

from .conftest import Index, place_in

CASES = Path(__file__).parent / "cases"


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.iterdir()))
def test_case(name: str, case: Callable[[str], Path], index: Index) -> None:
    root = case(name)
    expected = tomllib.loads((root / "expected.toml").read_text("utf-8"))
    (root / "expected.toml").unlink()
    place = place_in(root, expected["cursor"])
    store = index(root)
    pieces, _ = Retrieval(Ring(), lambda _: store).pieces(place)
    shown, _ = pack((), [piece for piece in pieces if not piece.excerpt], 512)
    text = "\n".join(piece.text for piece in shown)
    for wanted in expected["shown"]:
        assert wanted in text
    for unwanted in expected["hidden"]:
        assert unwanted not in text
