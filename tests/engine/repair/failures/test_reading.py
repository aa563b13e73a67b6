"""Where paths lead, and what is no failure."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midfill.engine.context.files import Files
from midfill.engine.repair.failures.finder import Finder
from midfill.engine.repair.failures.output import clean, ends
from midfill.engine.repair.failures.reading import Reading, parse, read


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    for name in ("src/cart.py", "src/util.py", "lib/util.py", "main.py", "web/cart.ts"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def places(reading: Reading) -> list[tuple[str, int | None]]:
    return [(failure.path, failure.line) for failure in reading.failures]


def reading(output: str, root: Path, cwd: str = ".") -> Reading:
    return read(output, Finder(Files(root), root / cwd))


def test_windows(shop: Path) -> None:
    output = (
        "Traceback (most recent call last):\r\n"
        '  File "C:\\Users\\me\\shop\\main.py", line 3, in <module>\r\n'
        "    run()\r\n"
        '  File "C:\\Users\\me\\shop\\src\\cart.py", line 7, in run\r\n'
        "    return 1 / 0\r\n"
        "ZeroDivisionError: division by zero\r\n"
        "src\\cart.py:9:1: F821 Undefined name `rat`\r\n"
        "web\\cart.ts(2,5): error TS2322: Type 'number' is not assignable to type 'string'.\r\n"
    )
    found = reading(output, shop)
    assert places(found) == [("src/cart.py", 7), ("src/cart.py", 9), ("web/cart.ts", 2)]
    assert [frame.path for frame in found.failures[0].frames] == ["src/cart.py", "main.py"]


def test_another_machine(shop: Path) -> None:
    found = reading("/builds/team/shop/src/cart.py:3:1: error: wrong\n", shop)
    assert places(found) == [("src/cart.py", 3)]


def test_a_path_that_may_be_either_is_neither(shop: Path) -> None:
    found = reading("util.py:3:1: error: wrong\n", shop)
    assert not found.failures
    assert found.left_out == {"util.py": "not in the workspace"}


def test_the_folder_of_the_tool_decides(shop: Path) -> None:
    assert places(reading("util.py:3:1: error: wrong\n", shop, "lib")) == [("lib/util.py", 3)]


def test_outside(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "other.py").touch()
    (shop / "link.py").symlink_to(tmp_path / "other.py")
    (shop / ".env").touch()
    output = "".join(
        f"{path}:1:1: error: wrong\n"
        for path in ("../other.py", "link.py", ".env", "/usr/lib/python3/main.py", "/etc/cart.py")
    )
    found = reading(output, shop)
    assert not found.failures
    assert set(found.left_out) == {
        "../other.py",
        "link.py",
        ".env",
        "/usr/lib/python3/main.py",
        "/etc/cart.py",
    }
    assert found.left_out[".env"] == "may hold secrets"


def test_a_failed_test_without_a_place_stays(shop: Path) -> None:
    (found,) = reading("FAILED tests/test_gone.py::test_it - assert 1 == 2\n", shop).failures
    assert (found.test, found.message) == ("tests/test_gone.py::test_it", "assert 1 == 2")
    assert not found.frames


@pytest.mark.parametrize(
    "line",
    [
        "12:30:45: starting",
        "[2024-05-01 12:30:45.123] INFO: ready",
        "listening on http://localhost:8080: ready",
        "localhost:8080: connection refused",
        "ratio: 3: fine",
        "downloading 45%: 12 of 30",
        "key: value",
        "at 12:30:45",
    ],
)
def test_no_place(line: str) -> None:
    assert parse(line) == []


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("src/cart.py:3: warning: unused", ("src/cart.py", 3, None)),
        ("src/cart.py:3:7: E501 line too long", ("src/cart.py", 3, 7)),
        ("ERROR src/cart.py:3:7 - wrong", ("src/cart.py", 3, 7)),
        ("src/Cart.cs(3,7): error CS1002: ; expected [shop.csproj]", ("src/Cart.cs", 3, 7)),
        ("[ERROR] /shop/src/Cart.java:[3,7] ';' expected", ("/shop/src/Cart.java", 3, 7)),
        ("PHP Parse error: unexpected '}' in src/cart.php on line 3", ("src/cart.php", 3, None)),
        ("lua: src/cart.lua:3: attempt to call nil", ("src/cart.lua", 3, None)),
        ("src/cart.rb:3:in 'total': undefined method (NoMethodError)", ("src/cart.rb", 3, None)),
        ("  from src/cart.rb:3:in 'total'", ("src/cart.rb", 3, None)),
    ],
)
def test_general_forms(line: str, place: tuple[str, int, int | None]) -> None:
    (failure,) = parse(line)
    assert (failure.path, failure.line, failure.column) == place


def test_clean() -> None:
    assert clean("\x1b[31;1mred\x1b[0m\r\n") == "red\n"
    assert clean("10 %\r 50 %\r100 %\ndone\r\n") == "100 %\ndone\n"
    assert clean("\x1b]8;;file:///a\x1b\\link\x1b]8;;\x07") == "link"


def test_ends() -> None:
    assert ends("short") == "short"
    cut = ends("a" * 6000 + "b" * 6000)
    assert cut.startswith("a" * 5000 + "\n[... 2000 characters left out ...]\n")
    assert cut.endswith("\n" + "b" * 5000)


LINES = st.sampled_from(
    [
        "",
        "    x",
        "E   boom",
        "____ test ____",
        "=== FAILURES ===",
        "Traceback (most recent call last):",
        '  File "a.py", line 3, in f',
        "  ● one",
        "FAIL a.test.js",
        "    at f (a.js:1:2)",
        "error[E1]: no",
        " --> a.rs:1:2",
        "a.c:1:2: error: no",
        "a.c:1:2: note: see",
        "In file included from b.c:1:",
        "panic: no",
        "goroutine 1 [running]:",
        "Caused by: java.lang.Error: no",
        "\tat a.B.c(B.java:1)",
        "not ok 1 - x",
        "  ---",
        "  stack: |-",
        "✖ x (1ms)",
        '[{"filePath":',
        "ValueError: no",
        "The above exception was the direct cause of the following exception:",
    ]
)


@given(st.lists(LINES | st.text(max_size=20), max_size=30))
def test_any_output_is_read_to_its_end(lines: list[str]) -> None:
    text = clean("\n".join(lines))
    count = len(text.split("\n"))
    for failure in parse(text):
        assert 0 <= failure.lines[0] < failure.lines[1] <= count


@pytest.mark.parametrize("text", ["a", "  ", "[{", "a/b.py:", "\x1b[31m", '"', "1:1 "])
def test_a_line_of_a_megabyte(shop: Path, text: str) -> None:
    """What has to look back for every character would take hours."""
    noise = text * ((1 << 20) // len(text))
    found = reading(f"{noise}\nmain.py:1:1: E999 wrong {noise}\n", shop)
    assert places(found)[-1] == ("main.py", 1)


def test_a_panic_ends_where_another_begins(shop: Path) -> None:
    output = "".join(f"thread 't{n}' panicked at main.py:{n}:1:\nx\n" for n in range(1, 5_001))
    found = reading(output, shop).failures
    assert [failure.message for failure in found] == ["x"] * 5_000
