"""When what a document is shown may change."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from midfill.engine.completion.pipeline import CompletionRequest
from midfill.engine.context.piece import LeftOut, Piece
from midfill.engine.context.place import Place
from midfill.engine.context.retrieval import Retrieval
from midfill.engine.context.ring import JUMP, Ring
from midfill.engine.context.shown import Shown
from midfill.engine.context.store import Store
from midfill.engine.settings import Settings

from .conftest import Index

APP = "import tax\nimport pay\n\n\ndef total(price):\n    return {}\n" + "# filler\n" * 80
URI = "file:///w/app.py"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small project."""
    folder = tmp_path / "w"
    folder.mkdir()
    (folder / "tax.py").write_text("def add_tax(price, rate):\n    return price * rate\n")
    (folder / "pay.py").write_text("def pay_invoice(invoice):\n    return invoice\n")
    (folder / "stock.py").write_text("class Reservation:\n    amount = 0\n")
    (folder / "app.py").write_text(APP.format(""))
    return folder


@pytest.fixture
def shown(root: Path, index: Index) -> Iterator[Shown]:
    """What documents of the project are shown, however long it takes to choose that."""
    ring, store = Ring(), index(root)
    made = Shown(Retrieval(ring, lambda _: store), ring, Settings(), deadline_s=60.0)
    yield made
    made.close()


def _at(root: Path, expression: str, line: int = 5, document: str = URI) -> CompletionRequest:
    prefix, suffix = APP.format("‸").split("‸")
    return CompletionRequest(
        prefix=prefix + expression,
        suffix=suffix,
        line=line,
        filename="app.py",
        root=str(root),
        document=document,
    )


def _text(shown: Shown, document: str = URI) -> str:
    return "".join(extra.text for extra in shown.shown(document))


async def test_nothing_changes_from_key_to_key(root: Path, shown: Shown) -> None:
    await shown.follow(_at(root, "tax.add_tax("))
    before = _text(shown)
    assert "def add_tax(price, rate):" in before
    for typed in ("pay", "pay.", "pay.pay_invoice"):
        await shown.follow(_at(root, typed))
        assert _text(shown) == before


async def test_a_jump_chooses_anew_and_appends(root: Path, shown: Shown) -> None:
    await shown.follow(_at(root, "tax.add_tax("))
    before = shown.shown(URI)
    await shown.follow(_at(root, "Reservation(", line=5 + JUMP + 1))
    after = shown.shown(URI)
    assert after[: len(before)] == before
    assert "class Reservation:" in "".join(extra.text for extra in after[len(before) :])


async def test_at_rest_the_choice_waits_to_be_shown(root: Path, shown: Shown) -> None:
    first = await shown.choose(_at(root, "tax.add_tax("))
    assert shown.shown(URI) == first
    chosen = await shown.choose(_at(root, "Reservation(", line=7))
    assert chosen != first
    assert shown.shown(URI) == first
    shown.show(URI)
    assert shown.shown(URI) == chosen


async def test_documents_have_lists_of_their_own(root: Path, shown: Shown) -> None:
    await shown.follow(_at(root, "tax.add_tax("))
    assert _text(shown, "file:///w/other.py") == ""


async def test_outside_of_every_folder_nothing_is_shown(root: Path, shown: Shown) -> None:
    request = msgspec.structs.replace(_at(root, "tax.add_tax("), root="")
    await shown.follow(request)
    assert shown.shown(URI) == ()
    assert await shown.explain(request) == ((), [])


async def test_the_place_that_was_left_is_remembered(root: Path, index: Index) -> None:
    ring, store = Ring(), index(root)
    shown = Shown(Retrieval(ring, lambda _: store), ring, Settings(), deadline_s=60.0)
    await shown.follow(_at(root, "left_here"))
    assert ring.chunks == []
    await shown.follow(_at(root, "1", document="file:///w/pay.py"))
    [chunk] = ring.chunks
    assert chunk.file == root / "app.py"
    assert "left_here" in chunk.text
    shown.close()


class Slow(Retrieval):
    """Answers when the test lets it: no real index can be held."""

    def __init__(self, store: Store) -> None:
        super().__init__(Ring(), lambda _: store)
        self.allowed = threading.Event()

    def pieces(self, place: Place) -> tuple[list[Piece], list[LeftOut]]:
        self.allowed.wait(10)
        return super().pieces(place)


async def test_what_comes_too_late_is_shown_at_the_next_request(root: Path, index: Index) -> None:
    slow = Slow(index(root))
    shown = Shown(slow, Ring(), Settings(), deadline_s=0.01)
    await shown.follow(_at(root, "tax.add_tax("))
    assert shown.shown(URI) == ()
    slow.allowed.set()
    async with asyncio.timeout(10):
        while not shown.shown(URI):
            await asyncio.sleep(0.01)
            await shown.follow(_at(root, "tax.add_tax("))
    assert "def add_tax" in _text(shown)
    shown.close()


async def test_a_broken_index_shows_nothing(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "no folder"
    folder.write_text("")
    ring = Ring()
    retrieval = Retrieval(ring, lambda _: Store(folder / "index"))
    shown = Shown(retrieval, ring, Settings(), deadline_s=60.0)
    await shown.follow(_at(root, "tax.add_tax("))
    assert shown.shown(URI) == ()
    shown.close()
