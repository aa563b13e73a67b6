"""Which definitions are asked about, and in which order."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from midfill.engine.context.build import refresh
from midfill.engine.context.files import Files
from midfill.engine.context.store import Store
from midfill.engine.errors import MidfillError
from midfill.engine.repair import source
from midfill.engine.repair.changes import changed_lines, parsed
from midfill.engine.repair.failures.failure import Failure, Frame, Severity
from midfill.engine.repair.localise import Place, Target, is_test, localise
from midfill.engine.repair.source import Source

CART = """\
import json

LIMIT = 10
RATE = limit / 2


class Cart:
    def __init__(self):
        self.items = []

    def total(self):
        return sum(price for _, price, _ in self.items)

    def unused(
        self,
        bad: Unknown,
    ):
        return 1


def load(text):
    return _parse(text)["items"]


def _parse(text):
    return json.loads(text)
"""
TEST = """\
from cart import Cart, load


def test_adds_up():
    cart = Cart()
    assert cart.total() == 6


def test_load():
    assert load("{") == 1
"""


def written(root: Path) -> Path:
    (root / "tests").mkdir(parents=True)
    (root / "cart.py").write_text(CART)
    (root / "tests" / "test_cart.py").write_text(TEST)
    return root


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Store]]:
    root = written(tmp_path_factory.mktemp("me") / "shop")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIDFILL_CACHE_HOME", str(root.parent / "cache"))
        store = Store.open(root)
        refresh(store, Files(root))
        yield root, store
        store.close()


def targets(
    indexed: tuple[Path, Store],
    *failures: Failure,
    places: Sequence[Place] = (),
    changed: dict[str, list[range]] | None = None,
) -> list[Target]:
    root, store = indexed
    files = Files(root)

    def read(path: str) -> Source | None:
        try:
            return source.read(root / path, files)
        except MidfillError:
            return None

    return localise(failures, read, store.defined, places, changed)


def names(found: list[Target]) -> list[str]:
    return [each.region.definition.name if each.region.definition else "" for each in found]


def at(path: str, line: int, name: str = "") -> Frame:
    return Frame(path, line, None, name)


def test_the_innermost_call_comes_first(indexed: tuple[Path, Store]) -> None:
    frames = (at("cart.py", 26), at("cart.py", 22), at("tests/test_cart.py", 10))
    found = targets(indexed, Failure(message="JSONDecodeError: x", frames=frames, test="test_load"))
    assert names(found)[:2] == ["_parse", "load"]
    assert found[0].failures
    assert found[0].lines == (26,)
    assert names(found).index("load") < names(found).index("test_load")


def test_a_failed_assertion_leads_to_what_the_test_uses(indexed: tuple[Path, Store]) -> None:
    failure = Failure(
        message="assert 3 == 6",
        frames=(at("tests/test_cart.py", 6),),
        test="tests/test_cart.py::test_adds_up",
    )
    found = targets(indexed, failure)
    assert "total" in names(found)[:2]
    assert names(found).index("total") < names(found).index("test_adds_up")
    assert "used by the test: total" in found[names(found).index("total")].reasons


def test_the_name_of_a_test_counts(indexed: tuple[Path, Store]) -> None:
    failure = Failure(message="boom", test="tests/test_cart.py::TestCart::test__parse[1]")
    assert "_parse" in names(targets(indexed, failure))


def test_a_diagnostic_in_a_test_is_about_the_test(indexed: tuple[Path, Store]) -> None:
    failure = Failure(message="undefined name", frames=(at("tests/test_cart.py", 6),))
    assert names(targets(indexed, failure))[0] == "test_adds_up"


def test_an_error_in_a_signature(indexed: tuple[Path, Store]) -> None:
    failure = Failure(message="Undefined name `Unknown`", frames=(at("cart.py", 16),), code="F821")
    (found, *_) = targets(indexed, failure)
    assert (names([found]), found.in_signature) == (["unused"], True)
    (found, *_) = targets(indexed, Failure(message="x", frames=(at("cart.py", 18),)))
    assert (names([found]), found.in_signature) == (["unused"], False)


def test_outside_of_any_definition(indexed: tuple[Path, Store]) -> None:
    (found, *_) = targets(indexed, Failure(message="no", frames=(at("cart.py", 1),)))
    assert CART[found.region.start : found.region.end] == "import json"


def test_where_a_parser_has_lost_its_way(tmp_path: Path) -> None:
    head = "@cached\ndef total(prices) -> int\n    \n"
    body = "    found = 0\n\n    for price in prices:\n        found += price\n\n    return found"
    text = f"import math\n\n\n{head}{body}\n\n\nprint(total([1]))\n"
    (tmp_path / "shop.py").write_text(text)
    known = source.read(tmp_path / "shop.py", Files(tmp_path))
    for line in (5, 9):
        failure = Failure(message="invalid syntax", frames=(at("shop.py", line),), lines=(0, 1))
        (target,) = localise([failure], lambda _: known, lambda _: [])
        assert text[target.region.start : target.region.end] == f"{head}{body}"


def test_an_error_comes_before_a_warning_and_a_place_before_both(
    indexed: tuple[Path, Store],
) -> None:
    warning = Failure(message="w", frames=(at("cart.py", 22),), severity=Severity.WARNING)
    error = Failure(message="e", frames=(at("cart.py", 26),))
    assert names(targets(indexed, warning, error))[:2] == ["_parse", "load"]
    found = targets(indexed, warning, error, places=[Place("cart.py", 12, 12)])
    assert names(found)[:3] == ["total", "_parse", "load"]


def test_what_cannot_be_read_is_no_target(indexed: tuple[Path, Store]) -> None:
    assert not targets(
        indexed, Failure(message="no", frames=(at("../x.py", 1), at("cart.py", 999)))
    )


def test_changed_lines(tmp_path: Path) -> None:
    shop = written(tmp_path / "shop")

    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=x", "-c", "user.email=x@example.com")
        subprocess.run(["git", *identity, *arguments], cwd=shop, check=True)

    assert changed_lines(shop) == {}
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "x")
    (shop / "cart.py").write_text(CART.replace("sum(", "max(").replace("__init__", "init"))
    (shop / "é x.py").write_text("a = 1\n")
    git("add", "-N", ".")
    assert changed_lines(shop) == {"cart.py": [range(8, 9), range(12, 13)], "é x.py": [range(1, 2)]}


def test_what_was_changed_is_a_target(indexed: tuple[Path, Store]) -> None:
    found = targets(
        indexed, changed={"cart.py": [range(12, 13)], "tests/test_cart.py": [range(5, 6)]}
    )
    assert names(found) == ["total"]


def test_removed_lines_count_for_the_one_before() -> None:
    assert parsed("+++ b/a.py\n@@ -3,2 +2,0 @@\n-x\n-y\n") == {"a.py": [range(2, 3)]}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("tests/test_cart.py", True),
        ("test_cart.py", True),
        ("src/cart_test.go", True),
        ("src/cart.test.ts", True),
        ("src/__tests__/cart.js", True),
        ("src/test/java/com/acme/CartTest.java", True),
        ("src/cart.py", False),
        ("src/contest.py", False),
        ("src/latest/cart.ts", False),
        ("attest.go", False),
    ],
)
def test_is_test(path: str, expected: bool) -> None:
    assert is_test(path) is expected
