"""Candidates checked with real tools, in a copy of a real project."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from midfill.engine.context.files import Files
from midfill.engine.repair.checks import defaults
from midfill.engine.repair.checks.check import Check, Kind
from midfill.engine.repair.checks.verify import Plan, Verifier
from midfill.engine.repair.command import Command, run
from midfill.engine.repair.source import Source, read
from midfill.engine.repair.workbench import Workbench

CART = "def total(prices):\n    return sum(prices) - 1\n\n\ndef other():\n    return missing\n"
TEST = """\
import unittest
from cart import other, total

class Cart(unittest.TestCase):
    def test_total(self):
        self.assertEqual(total([1, 2]), 3)

    def test_other(self):
        other()
"""
TESTS = Command((sys.executable, "-m", "unittest", "test_cart"))


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    root.mkdir()
    (root / "cart.py").write_text(CART)
    (root / "test_cart.py").write_text(TEST)
    return root


async def verified(root: Path, plan: Plan, **texts: str) -> list[Check]:
    files = Files(root)
    sources: dict[str, Source] = {}
    for name in texts:
        sources[f"{name}.py"] = read(root / f"{name}.py", files)
    with Workbench(files) as bench:
        verifier = Verifier(files, bench, plan)
        return await verifier.verify(sources, {f"{name}.py": text for name, text in texts.items()})


def outcome(checks: list[Check]) -> list[tuple[Kind, bool]]:
    return [(check.kind, check.passed) for check in checks]


async def test_the_tests_have_to_pass(shop: Path) -> None:
    fixed = CART.replace(" - 1", "")
    checks = await verified(shop, Plan(tests=TESTS), cart=fixed)
    assert outcome(checks)[-1] == (Kind.TESTS, False)
    assert [failure.test for failure in checks[-1].failures] == ["test_cart.Cart.test_other"]
    assert checks[-1].failures[0].path == "cart.py"
    assert str(shop / "cart.py") in checks[-1].output  # not the copy's
    checks = await verified(shop, Plan(tests=TESTS), cart=fixed.replace("missing", "1"))
    assert outcome(checks)[-1] == (Kind.TESTS, True)
    assert (shop / "cart.py").read_text() == CART


async def test_only_the_test_to_repair_has_to_pass(shop: Path) -> None:
    files = Files(shop)
    with Workbench(files) as bench:
        verifier = Verifier(files, bench, Plan(tests=TESTS))
        (_, told) = (await verifier.baseline(["cart.py"]))[-2:]
        gone = tuple(each for each in told.failures if each.test.endswith("test_total"))
        sources = {"cart.py": read(shop / "cart.py", files)}
        for text, passes in (
            (CART.replace(" - 1", ""), True),
            (CART.replace(" - 1", " + 1"), False),
            (CART.replace("missing", "1"), False),
        ):
            checks = await verifier.verify(sources, {"cart.py": text}, gone)
            assert outcome(checks)[-1] == (Kind.TESTS, passes)


async def test_a_syntax_error_ends_it(shop: Path) -> None:
    checks = await verified(shop, Plan(tests=TESTS), cart=CART.replace("sum(prices)", "sum(prices"))
    assert outcome(checks) == [(Kind.APPLIES, True), (Kind.SYNTAX, False)]
    assert checks[-1].failures[0].path == "cart.py"


async def test_an_undefined_name_ends_it_but_not_the_old_one(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    checks = await verified(
        shop, Plan(tests=TESTS), cart=CART.replace("sum(prices)", "summe(prices)")
    )
    assert outcome(checks)[-1] == (Kind.LINT, False)
    assert [each.message for each in checks[-1].failures] == ["Undefined name `summe`"]


async def test_the_persons_linter(shop: Path) -> None:
    lint = Command.parsed("! grep -n sum cart.py")
    checks = await verified(shop, Plan(lint=lint), cart=CART + "# nothing else\n")
    assert outcome(checks)[-1] == (Kind.LINT, True)  # it failed before, and says the same
    checks = await verified(shop, Plan(lint=lint), cart=CART + "# sum\n")
    assert outcome(checks)[-1] == (Kind.LINT, False)


async def test_an_endless_loop_ends(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from midfill.engine.repair.checks import verify

    monkeypatch.setattr(verify, "_TIMES", 1)
    monkeypatch.setattr(verify, "_MORE_S", 1)
    text = CART.replace("return sum(prices) - 1", "while True: pass")
    checks = await verified(shop, Plan(tests=TESTS), cart=text)
    assert outcome(checks)[-1] == (Kind.TESTS, False)
    assert "[ended after" in checks[-1].output


async def test_a_file_that_has_changed(shop: Path) -> None:
    files = Files(shop)
    sources = {"cart.py": read(shop / "cart.py", files)}
    with Workbench(files) as bench:
        (shop / "cart.py").write_text("x = 1\n")
        (check,) = await Verifier(files, bench, Plan()).verify(sources, {"cart.py": CART + "\n"})
    assert (check.kind, check.passed) == (Kind.APPLIES, False)
    assert check.output == "cart.py has changed since it was read\n"


async def test_a_file_that_may_not_be_changed(shop: Path) -> None:
    files = Files(shop)
    with Workbench(files) as bench:
        verifier = Verifier(files, bench, Plan())
        for path in ("../../x", ".env", ".git/hooks/pre-commit"):
            (check,) = await verifier.verify({}, {path: "x"})
            assert not check.passed


# For each language a file with one mistake that only its compiler finds.
PROJECTS = {
    "c": ({"a.c": "int f(void) { return g; }\n"}, "gcc", ("a.c", 1)),
    "cpp": ({"a.cpp": "int f() { return g; }\n"}, "g++", ("a.cpp", 1)),
    "javascript": ({"a.js": "let a = 1;\nlet a = 2;\n"}, "node", ("a.js", 2)),
    "java": (
        {
            "src/com/acme/A.java": "package com.acme;\nclass A { int f() { return B.g(); } }\n",
            "src/com/acme/B.java": (
                "package com.acme;\nclass B { static String g() { return null; } }\n"
            ),
        },
        "javac",
        ("src/com/acme/A.java", 2),
    ),
    "rust": ({"a.rs": "pub fn f() -> u32 {\n    g()\n}\n"}, "rustc", ("a.rs", 2)),
    "cargo": (
        {
            "in/Cargo.toml": '[package]\nname = "a"\nversion = "0.1.0"\nedition = "2021"\n',
            "in/src/lib.rs": "pub fn f() -> u32 {\n    g()\n}\n",
        },
        "cargo",
        ("in/src/lib.rs", 2),
    ),
    "go": (
        {
            "in/go.mod": "module a\n\ngo 1.19\n",
            "in/a.go": "package a\n\nfunc F() int { return g }\n",
        },
        "go",
        ("in/a.go", 3),
    ),
    "shell": ({"a.sh": "if true; then\n"}, "bash", ("a.sh", 2)),
}


@pytest.mark.parametrize("name", PROJECTS)
async def test_defaults(name: str, tmp_path: Path) -> None:
    texts, program, place = PROJECTS[name]
    if not shutil.which(program):
        pytest.skip(f"{program} is not on this machine")
    root = tmp_path / "shop"
    for path, text in texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    files = Files(root)
    with Workbench(files) as bench:
        (check,) = await Verifier(files, bench, Plan()).baseline([place[0]])
    assert not check.passed
    assert place in [(each.path, each.line) for each in check.failures]


def test_nothing_that_would_run_code_of_the_candidate(tmp_path: Path) -> None:
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "a"\n')
    assert not defaults.commands(tmp_path, ["build.rs"], tmp_path)
    (tmp_path / "Cargo.toml").write_text("[lib]\nproc-macro = true\n")
    assert not defaults.commands(tmp_path, ["src/lib.rs"], tmp_path)


@pytest.mark.skipif(shutil.which("go") is None, reason="go is not installed")
async def test_go_fetches_nothing(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module shop\n\nrequire example.com/prices v1.0.0\n")
    (tmp_path / "cart.go").write_text('package shop\n\nimport _ "example.com/prices"\n')
    [command] = defaults.commands(tmp_path, ["cart.go"], tmp_path)
    ran = await run(command, tmp_path, os.environ | {"GOFLAGS": "-mod=mod"}, 60)
    assert ran.status
    assert "GOPROXY=off" in ran.output
