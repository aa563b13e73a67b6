"""Lines that are like those at the cursor."""

from __future__ import annotations

from pathlib import Path

import pytest

from midfill.engine.context.pack import cost, pack
from midfill.engine.context.piece import Piece
from midfill.engine.context.retrieval import Retrieval
from midfill.engine.context.ring import Ring

from .conftest import CURSOR, Index, place_in

OTHERS = "".join(f"def other_{n}(value):\n    return value + {n}\n\n\n" for n in range(20))
ALIKE = (
    "def load_prices(folder):\n"
    "    with open(folder / 'prices.csv') as lines:\n"
    "        rows = csv_rows(lines)\n"
    "    return check_prices(rows)\n"
)
AT_CURSOR = (
    f"def load_taxes(folder):\n    with open(folder / 'taxes.csv') as lines:\n        {CURSOR}\n"
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A file with lines like those at the cursor in its middle, and others with none."""
    root = tmp_path / "work"
    root.mkdir()
    (root / "prices.py").write_text(OTHERS + ALIKE + OTHERS)
    (root / "others.py").write_text(OTHERS)
    (root / "prices.md").write_text(ALIKE)
    (root / "taxes.py").write_text(OTHERS + AT_CURSOR + OTHERS)
    return root


def _excerpts(
    root: Path, index: Index, ring: Ring, shown: tuple[int, int] = (60, 30)
) -> list[Piece]:
    store = index(root)
    pieces, _ = Retrieval(ring, lambda _: store).pieces(place_in(root, "taxes.py", shown))
    return [piece for piece in pieces if piece.excerpt]


def test_the_likest_lines_come_first_and_with_what_follows_them(root: Path, index: Index) -> None:
    best = _excerpts(root, index, Ring())[0]
    assert best.path == "prices.py"
    assert "csv_rows(lines)" in best.text
    lines = (root / "prices.py").read_text().splitlines(keepends=True)
    assert best.text == "".join(lines[best.start_line - 1 : best.end_line])


def test_no_line_comes_twice_nor_another_language_nor_what_the_prompt_shows(
    root: Path, index: Index
) -> None:
    found = _excerpts(root, index, Ring())
    assert not any(a.overlaps(b) for a in found for b in found if a is not b)
    assert {piece.path for piece in found} <= {"prices.py", "others.py", "taxes.py"}
    assert not any("load_taxes" in piece.text for piece in found)


def test_lines_the_person_has_seen_count_before_they_are_saved(root: Path, index: Index) -> None:
    ring = Ring()
    unsaved = ALIKE.replace("prices.csv", "taxes.csv")
    (root / "new.py").touch()
    ring.gather(root / "new.py", unsaved, "", unsaved.count("\n"))
    seen = [piece for piece in _excerpts(root, index, ring) if piece.path == "new.py"]
    assert [piece.text for piece in seen] == [unsaved]


def test_excluded_files_stay_unseen(root: Path, index: Index) -> None:
    ring = Ring()
    ring.gather(root / "prices.py", ALIKE, "", 4)
    (root / ".midfillignore").write_text("prices.py\n")
    assert not any(piece.path == "prices.py" for piece in _excerpts(root, index, ring))


def test_excerpts_and_definitions_share_the_budget(root: Path, index: Index) -> None:
    (root / "rows.py").write_text(OTHERS)
    names = ", ".join(f"other_{n}" for n in range(20))
    (root / "taxes.py").write_text(f"from rows import {names}\n\n\n{AT_CURSOR}")
    store = index(root)
    pieces, _ = Retrieval(Ring(), lambda _: store).pieces(place_in(root, "taxes.py"))
    for budget in (150, 300):
        shown, _ = pack((), pieces, budget)
        tokens = {
            kind: cost(each for each in shown if each.excerpt is kind) for kind in (False, True)
        }
        assert 0.3 < tokens[False] / budget < 0.7
        assert 0.3 < tokens[True] / budget < 0.7


def test_a_window_that_moves_leaves_the_shown_one_but_a_change_replaces_it() -> None:
    def excerpt(start: int, lines: str) -> Piece:
        return Piece("a.py", start, start + 3, lines, "similar", 0.5, hash(lines), excerpt=True)

    shown = excerpt(1, "a\nb\nc\nd\n")
    assert pack([shown], [excerpt(3, "c\nd\ne\nf\n")], 500)[0] == (shown,)
    changed = excerpt(3, "c\nX\ne\nf\n")
    assert pack([shown], [changed], 500)[0] == (changed,)
