"""What real tools printed about one small project, and what is found in it.

`cases/NAME.txt` is the output as it came, of a project in `/home/me/shop`; `cases/NAME.expected`
begins with the folder that the tool ran in. To make the second anew, and read it: `-k NAME`, with
`MIDFILL_WRITE_CASES=1`.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from midfill.engine.context.files import Files
from midfill.engine.repair.failures.failure import Failure, Frame, Replacement
from midfill.engine.repair.failures.finder import Finder
from midfill.engine.repair.failures.reading import read

CASES = Path(__file__).parent / "cases"
PROJECT = """
shop/__init__.py shop/cart.py shop/typed.py tests/test_cart.py tests/test_broken.py
tests/test_syntax.py tests/unit.py run.sh run.pl
web/src/cart.js web/src/uncaught.js web/src/modern.mjs web/src/main.mjs web/src/syntax.js
web/src/shape.ts web/src/lint.js web/test/cart.test.js web/test/syntax.test.js web/test/node.mjs
web/node_modules/@babel/parser/src/parse-error.ts
native/cart.c native/cart.h native/list.cpp native/link.c native/abort.c native/asan.c
crate/src/lib.rs crate/broken.rs api/price/price.go api/price/price_test.go api/broken/broken.go
jvm/com/acme/Cart.java jvm/com/acme/Broken.java jvm/com/acme/Syntax.java
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("me") / "shop"
    for name in PROJECT.split():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def shown(failure: Failure) -> str:
    test = f" in {failure.test}" if failure.test else ""
    head = " ".join(filter(None, [str(failure.severity), failure.code]))
    first, last = failure.lines
    message = failure.message.replace("\n", "\n  | ")
    frames = "".join(f"\n  {place(frame)}" for frame in failure.frames)
    fixits = "".join(f"\n  fix-it: {'; '.join(map(put, fixit))}" for fixit in failure.fixits)
    return f"{first + 1}-{last}: {head}{test}: {message}{frames}{fixits}\n"


def place(frame: Frame) -> str:
    column = f":{frame.column}" if frame.column else ""
    line = f":{frame.line}{column}" if frame.line else ""
    return f"{frame.path}{line} {frame.name}".rstrip()


def put(replacement: Replacement) -> str:
    (line, column), (end_line, end) = replacement.start, replacement.end
    return f"{line}:{column}-{end_line}:{end} {replacement.text!r}"


@pytest.mark.parametrize("name", sorted(file.stem for file in CASES.glob("*.txt")))
def test_case(name: str, shop: Path) -> None:
    output = (CASES / f"{name}.txt").read_bytes().decode()
    expected = CASES / f"{name}.expected"
    folder = expected.read_text("utf-8").partition("\n")[0].removeprefix("# ")
    reading = read(output.replace("/home/me/shop", str(shop)), Finder(Files(shop), shop / folder))
    found = "".join(map(shown, reading.failures)).replace(str(shop), "/home/me/shop")
    if os.environ.get("MIDFILL_WRITE_CASES"):
        expected.write_text(f"# {folder}\n{found}", "utf-8")
    assert expected.read_text("utf-8") == f"# {folder}\n{found}"
