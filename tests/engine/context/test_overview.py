"""A repository in outline."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from midfill.engine.cli.index import bring_up_to_date
from midfill.engine.repair.known import Known

FILES = {
    "shop/cart.py": "class Cart:\n    def total(self, tax):\n        return 1\n\n\n"
    "def empty():\n    pass\n",
    "shop/pay.go": "package pay\n\nfunc Pay(sum int) error {\n\treturn nil\n}\n",
}


def test_all_files_are_shown_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    monkeypatch.setenv("MIDFILL_CACHE_HOME", str(tmp_path / "cache"))
    bring_up_to_date(tmp_path, 10)
    with closing(Known(tmp_path)) as known:
        shown = known.overview(200)
        assert known.overview(20) == ""
    assert shown.index("shop/cart.py\nclass Cart") < shown.index("shop/pay.go\n")
    assert "def total(self, tax)" in shown
    assert "def empty()" in shown
    assert "func Pay(sum int) error" in shown
    assert "return 1" not in shown
