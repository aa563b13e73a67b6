"""An import that a file lacks is the one that others have."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from midfill.engine.cli.index import bring_up_to_date
from midfill.engine.context.files import Files
from midfill.engine.repair.command import Command
from midfill.engine.repair.imports import importing, place, undefined
from midfill.engine.repair.known import Known
from midfill.engine.repair.repair import repair
from midfill.engine.repair.task import Outcome, Task
from midfill.grammars.registry import language_for
from midfill.grammars.tree import Tree, parse

from .scripted import Scripted

LINT = Command(
    (sys.executable, "-m", "ruff", "check", "--no-cache", "--isolated", "--select=F", "new.py")
)


def tree_of(path: str, text: str) -> Tree:
    language = language_for(path, first_line=text)
    assert language is not None
    return parse(language, text)


@pytest.mark.parametrize(
    ("message", "name"),
    [
        ("NameError: name 'np' is not defined", "np"),
        ("NameError: name 'sys' is not defined. Did you forget to import 'sys'?", "sys"),
        ("Undefined name `Path`", "Path"),
        ("ReferenceError: fs is not defined", "fs"),
        ("'useState' is not defined", "useState"),
        ("Cannot find name 'Cart'.", "Cart"),
        ("undefined: strings", "strings"),
        ("TypeError: undefined is not a function", ""),
        ("list index out of range", ""),
    ],
)
def test_the_name_that_is_undefined(message: str, name: str) -> None:
    assert undefined(message) == name


@pytest.mark.parametrize(
    ("path", "text", "name", "statements"),
    [
        ("a.py", "import numpy as np\n", "np", ["import numpy as np"]),
        ("a.py", "from a import b, c\n", "c", ["from a import c"]),
        ("a.py", "from a import (\n    b as d,\n    c,\n)\n", "d", ["from a import b as d"]),
        ("a.py", "from a import b as d, c\n", "b", []),
        ("a.py", "def f():\n    import numpy as np\n", "np", []),
        ("a.py", "import os, sys\n", "sys", []),
        ("a.ts", "import { a, b } from './x';\r\n", "b", ["import { b } from './x';"]),
        ("a.ts", "import * as fs from 'fs';\n", "fs", ["import * as fs from 'fs';"]),
        ("a.js", "const fs = require('fs');\n", "fs", ["const fs = require('fs');"]),
        ("A.java", "import java.util.List;\n", "List", ["import java.util.List;"]),
    ],
)
def test_what_others_have(path: str, text: str, name: str, statements: list[str]) -> None:
    assert [found for _, found in importing(tree_of(path, text), name)] == statements


@pytest.mark.parametrize(
    ("path", "above", "below"),
    [
        ("a.py", "#!/usr/bin/env python\n# Mine.\n", "x = 1\n"),
        ("a.py", '"""Doc.\n\nMore.\n"""\n', "\nx = 1\n"),
        ("a.py", '"""Doc."""\n\nfrom __future__ import annotations\n', "\nx = 1\n"),
        ("a.py", "import a\nfrom b import (\n    c,\n)\n", "def f():\n    import d\n"),
        ("a.js", "// Mine.\nimport a from 'a';\n", "f();\n"),
        ("a.c", "#include <a.h>\n#include <b.h>\n", "int a;\n"),
        ("a.py", "", ""),
    ],
)
def test_where_it_goes(path: str, above: str, below: str) -> None:
    assert place(tree_of(path, above + below)) == len(above)


async def repaired(root: Path, text: str) -> Outcome:
    (root / "new.py").write_bytes(text.encode())
    bring_up_to_date(root)
    known = Known(root)
    try:
        task = Task(paths=("new.py",), lint=LINT, rounds=1)
        return await repair(task, Files(root), [Scripted([""])], known=known)
    finally:
        known.close()


async def test_it_is_taken_from_the_workspace(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "old.py").write_text(
        "from .cart import Cart, Price as Cents\n\nCart(Cents(1))\n"
    )
    (tmp_path / "other.py").write_text("from shop.cart import Price as Cents\n\nCents(2)\n")
    text = '"""New."""\r\n\r\n\r\ndef cost():\r\n    return Cents(3)\r\n'
    outcome = await repaired(tmp_path, text)
    assert outcome.fixed, outcome.reason
    assert (outcome.way, outcome.cost.requests) == ("fix-it", 0)
    added = "from shop.cart import Price as Cents\r\n"
    assert outcome.texts == {"new.py": text.replace('"""\r\n', f'"""\r\n{added}', 1)}


async def test_python_has_modules_of_its_own(tmp_path: Path) -> None:
    outcome = await repaired(tmp_path, "def here():\n    return os.getcwd(), sys.argv\n")
    assert outcome.fixed, outcome.reason
    assert outcome.texts["new.py"].startswith("import os\nimport sys\ndef here")
