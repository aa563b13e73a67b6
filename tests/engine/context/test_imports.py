"""What a document imports is told where its prompt begins below the imports."""

from __future__ import annotations

from pathlib import Path

import pytest

from midfill.engine.context.imports import imports
from midfill.engine.context.pack import pack
from midfill.engine.context.piece import Piece
from midfill.engine.context.resolve import Paths
from midfill.engine.context.retrieval import Retrieval
from midfill.engine.context.ring import Ring
from midfill.engine.context.store import Store

from .conftest import Index, place_in

WINDOW = (16, 16)
BODY = "".join(f"value_{number} = {number}\n" for number in range(60))
DOCUMENTS = {
    "shop.py": (
        '"""A shop."""\n\nimport os\nfrom typing import (\n    TYPE_CHECKING,\n)\n\n'
        "if TYPE_CHECKING:\n    from money import Money\n\n\n"
        "def late():\n    import json\n    return json\n\n\n" + BODY + "total = ‸\n",
        "import os\nfrom typing import (\n    TYPE_CHECKING,\n)\nfrom money import Money\n",
    ),
    "shop.rs": (
        "use std::fmt;\nuse crate::money::{Money, Tax};\nmod stock;\n\n"
        "fn late() {\n    use std::io;\n}\n\n" + BODY + "const TOTAL: i32 = ‸\n",
        "use std::fmt;\nuse crate::money::{Money, Tax};\nmod stock;\n",
    ),
    "shop.ts": (
        "import { Money } from './money';\nconst fs = require('fs');\n"
        + BODY
        + "const total = ‸\n",
        "import { Money } from './money';\nconst fs = require('fs');\n",
    ),
    "shop.h": (
        '#ifndef SHOP_H\n#define SHOP_H\n\n#include "money.h"\n\n'
        + "".join(f"int step_{number}(void);\n" for number in range(60))
        + "int total(‸);\n#endif\n",
        '#include "money.h"\n',
    ),
    "shop.go": (
        'package shop\n\nimport (\n\t"fmt"\n\t"shop/money"\n)\n\n' + BODY + "var total = ‸\n",
        '"fmt"\n"shop/money"\n',
    ),
}


def _shown(root: Path, path: str, store: Store, window: tuple[int, int] = WINDOW) -> Piece | None:
    place = place_in(root, path, window)
    paths = Paths({name: file.language for name, file in store.files().items()})
    return imports(place, paths, store.defined_in(path))


@pytest.mark.parametrize("path", DOCUMENTS)
def test_the_statements_at_the_head(path: str, tmp_path: Path, index: Index) -> None:
    root = tmp_path / "shop"
    root.mkdir()
    text, expected = DOCUMENTS[path]
    (root / path).write_text(text)
    shown = _shown(root, path, index(root))
    assert shown is not None
    assert shown.text == expected


def test_nothing_that_the_prompt_shows_anyway(tmp_path: Path, index: Index) -> None:
    (tmp_path / "near.py").write_text("import os\nimport sys\n\n" + BODY + "x = ‸\n")
    assert _shown(tmp_path, "near.py", index(tmp_path), (4000, 16)) is None


def test_of_many_those_of_the_workspace(tmp_path: Path, index: Index) -> None:
    root = tmp_path / "shop"
    root.mkdir()
    others = "".join(f"import elsewhere_{number}\n" for number in range(100))
    (root / "money.py").write_text("class Money:\n    pass\n")
    (root / "shop.py").write_text(others + "from money import Money\n" + BODY + "x = ‸\n")
    shown = _shown(root, "shop.py", index(root))
    assert shown is not None
    assert shown.text.endswith("from money import Money\n")
    assert "import elsewhere" in shown.text
    assert shown.tokens <= 64


def test_of_many_those_that_are_yet_to_be_used(tmp_path: Path, index: Index) -> None:
    root = tmp_path / "shop"
    root.mkdir()
    used = [f"used_{number}" for number in range(100)]
    (root / "money.py").write_text("".join(f"{name} = 1\n" for name in (*used, "Money")))
    statements = "".join(f"from money import {name}\n" for name in (*used, "Money"))
    (root / "shop.py").write_text(
        statements + "".join(f"{name}()\n" for name in used) + BODY + "‸\n"
    )
    shown = _shown(root, "shop.py", index(root))
    assert shown is not None
    assert shown.text.endswith("from money import Money\n")


def test_they_stay_the_same_piece_wherever_the_cursor_is(tmp_path: Path, index: Index) -> None:
    root = tmp_path / "shop"
    root.mkdir()
    names = [f"{word}_{number}" for word in ("price", "stock") for number in range(40)]
    statements = "".join(f"from money import {name}\n" for name in names)
    store: Store | None = None
    pieces = []
    for added, word in (("", "price"), ("", "stock"), ("import os\n", "stock")):
        (root / "shop.py").write_text(f"{added}{statements}{BODY}{word}(‸)\n")
        store = store or index(root)
        pieces.append(_shown(root, "shop.py", store))
    here, there, changed = pieces
    assert here is not None and there is not None and changed is not None
    assert here.text != there.text
    assert there.shows(here)
    assert changed.outdates(there)


def test_they_begin_what_is_shown_of_the_file_itself(tmp_path: Path, index: Index) -> None:
    root = tmp_path / "shop"
    root.mkdir()
    (root / "money.py").write_text("class Money:\n    currency = 'EUR'\n")
    (root / "shop.py").write_text("from money import Money\n" + BODY + "price = ‸\n")
    store = index(root)
    place = place_in(root, "shop.py", WINDOW)
    ranked, _ = Retrieval(Ring(), lambda _: store).pieces(place)
    shown, _ = pack((), [piece for piece in ranked if not piece.excerpt], 512)
    of_file = [piece for piece in shown if piece.path == "shop.py"]
    assert list(shown) == [shown[0], *of_file]
    assert of_file[0].text == "from money import Money\n"
