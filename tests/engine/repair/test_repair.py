"""From the output of a failed test to the files repaired, and back; the answer is given."""

from __future__ import annotations

import sys
from pathlib import Path

from midfill.engine.context.files import Files
from midfill.engine.repair.apply import Change, apply
from midfill.engine.repair.checks.verify import Plan, Verifier
from midfill.engine.repair.command import Command, run
from midfill.engine.repair.edit import applied
from midfill.engine.repair.failures.finder import Finder
from midfill.engine.repair.failures.reading import read as read_output
from midfill.engine.repair.localise import localise
from midfill.engine.repair.source import read
from midfill.engine.repair.undo import undo
from midfill.engine.repair.whole import rewritten
from midfill.engine.repair.workbench import Workbench
from midfill.grammars.registry import language_for

CART = b'''\
class Cart:\r
    def __init__(self):\r
        self.items = []\r
\r
    def cheapest(self):\r
        """The cheapest; None if there is none."""\r
        # by price\r
        return min(self.items)\r
'''
TEST = """\
from cart import Cart


def test_cheapest():
    assert Cart().cheapest() is None
"""
ANSWER = """\
```python
def cheapest(self):
    if not self.items:
        return None
    return min(self.items)
```
"""


async def test_repair(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    root.mkdir()
    (root / "cart.py").write_bytes(CART)
    (root / "test_cart.py").write_text(TEST)
    files = Files(root)
    tests = Command((sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "."))
    ran = await run(tests, root, {"PYTHONDONTWRITEBYTECODE": "1", "PATH": ""}, 60)
    reading = read_output(ran.output, Finder(files))

    (target, *_) = localise(reading.failures, lambda path: read(root / path, files), lambda _: [])
    assert (target.path, target.lines) == ("cart.py", (8,))

    source = read(root / target.path, files)
    edit = rewritten(source.text, target.region, ANSWER, language_for(target.path))
    text = applied(source.text, [edit])
    with Workbench(files) as bench:
        verifier = Verifier(files, bench, Plan(tests=tests))
        assert not (await verifier.baseline([target.path]))[-1].passed
        checks = await verifier.verify({source.path: source}, {source.path: text})
    assert [check.passed for check in checks] == [True] * len(checks)
    assert (root / "cart.py").read_bytes() == CART

    apply(files, [Change.of(source, text)])
    fixed = CART.replace(
        b"        # by price",
        b"        if not self.items:\r\n            return None\r\n        # by price",
    )
    assert (root / "cart.py").read_bytes() == fixed
    assert undo(root) == ["cart.py"]
    assert (root / "cart.py").read_bytes() == CART
