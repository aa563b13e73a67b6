"""Definitions in few words."""

from __future__ import annotations

from pathlib import Path

import pytest

from midfill.engine.context.skeleton import skeleton, whole
from midfill.grammars.registry import language_for

from .conftest import Index


@pytest.mark.parametrize(
    ("file", "text", "shown"),
    [
        (
            "a.py",
            'def f(a: int = (1), *b: "x:y") -> set[int]:\n    """Sum.\n\n    More."""\n    pass\n',
            'def f(a: int = (1), *b: "x:y") -> set[int]:\n    """Sum."""\n    ...',
        ),
        (
            "a.py",
            "async def f(\n    a,\n    b,  # why: because\n) -> None:\n    return\n",
            "async def f(\n    a,\n    b,  # why: because\n) -> None: ...",
        ),
        ("a.py", "LIMIT = 3\n", "LIMIT = 3"),
        (
            "a.py",
            "@dataclass\nclass A(B):\n    x: int = 1\n\n    def f(self) -> int:\n        pass\n",
            "@dataclass\nclass A(B):\n    x: int = 1\n    def f(self) -> int: ...",
        ),
        (
            "a.ts",
            "// Adds.\nexport function add(a: number, b = { c: 1 }): number {\n  return a;\n}\n",
            "// Adds.\nexport function add(a: number, b = { c: 1 }): number",
        ),
        (
            "a.go",
            "// Sum adds.\nfunc (s *Shop) Sum(a int) int {\n\treturn a\n}\n",
            "// Sum adds.\nfunc (s *Shop) Sum(a int) int",
        ),
        ("a.rb", "def add(a, b)\n  a + b\nend\n", "def add(a, b)"),
        ("a.lua", "function add(a, b)\n  return a + b\nend\n", "function add(a, b)"),
        ("a.rs", "pub fn f<T>(a: T) -> u8 {\n    1\n}\n", "pub fn f<T>(a: T) -> u8"),
        ("a.c", "static int\nadd(int a)\n{\n    return a;\n}\n", "static int\nadd(int a)"),
    ],
)
def test_skeleton(tmp_path: Path, index: Index, file: str, text: str, shown: str) -> None:
    root = tmp_path / "w"
    root.mkdir()
    (root / file).write_text(text)
    first, *others = index(root).defined_in(file)
    made = skeleton(text, first, others, language_for(file))
    assert made.removesuffix(" { ... }") == shown


def test_whole_begins_with_its_comment_at_the_margin(tmp_path: Path, index: Index) -> None:
    text = "class A:\n    # Says it.\n    def f(self):\n        return 1\n"
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "a.py").write_text(text)
    method = index(tmp_path / "w").defined_in("a.py")[1]
    assert whole(text, method) == "# Says it.\ndef f(self):\n    return 1"
