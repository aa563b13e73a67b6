"""`midfill repair`, as a person calls it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CART = """\
def total(prices):
    \"\"\"The sum of the prices.\"\"\"
    found = 0
    for price in prices:
        found = price
    return found
"""
CHECK = """\
import unittest

from cart import total


class Totals(unittest.TestCase):
    def test_total(self) -> None:
        self.assertEqual(total([1, 2]), 3)
"""
TESTS = "python -m unittest -q check_cart"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A repository with a failing test."""
    root = tmp_path / "shop"
    root.mkdir()
    (root / "cart.py").write_text(CART)
    (root / "check_cart.py").write_text(CHECK)
    git(root, "init", "--quiet")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message", "Begin")
    return root


@pytest.fixture
def environment(real_model_env: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """The real model, and this Python as `python`."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return real_model_env | {"PATH": path, "MIDFILL_CACHE_HOME": str(tmp_path / "cache")}


def git(root: Path, *arguments: str) -> str:
    who = ("-c", "user.name=A", "-c", "user.email=a@b.example")
    done = subprocess.run(("git", *who, *arguments), cwd=root, capture_output=True, check=True)
    return done.stdout.decode()


def midfill(
    root: Path, environment: dict[str, str], *arguments: str, said: str | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "midfill.engine.cli", "repair", *arguments],
        cwd=root,
        env=environment,
        input=said,
        stdin=subprocess.DEVNULL if said is None else None,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.model
def test_until_the_tests_pass(shop: Path, environment: dict[str, str]) -> None:
    environment |= dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"), "A")
    environment |= dict.fromkeys(("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "a@b.example")
    done = midfill(shop, environment, "--test", TESTS, "--commit", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    answer = json.loads(done.stdout)
    assert (answer["fixed"], answer["reason"], answer["rounds"]) == (True, None, 1)
    assert [check["kind"] for check in answer["checks"]] == ["applies", "syntax", "lint", "tests"]
    assert answer["files"] == ["cart.py"]
    assert "-        found = price\n" in answer["diff"]
    assert git(shop, "log", "--format=%s", "-1") == "Repair cart.py\n"
    assert git(shop, "status", "--short") == ""
    assert midfill(shop, environment, "--undo").stdout == "As before: cart.py\n"
    assert (shop / "cart.py").read_text() == CART


@pytest.mark.model
def test_what_a_failing_run_said(shop: Path, environment: dict[str, str]) -> None:
    (shop / "cart.py").write_text(CART.replace("found = price", "found += prise"))
    ran = subprocess.run(TESTS.split(), cwd=shop, env=environment, capture_output=True, text=True)
    done = midfill(shop, environment, said=ran.stderr)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("--- a/cart.py\n+++ b/cart.py\n")
    assert "\n-        found += prise\n+        found += price\n" in done.stdout
    assert "passed: applies, syntax, lint" in done.stderr
    assert "nothing is written" in done.stderr
    assert "prise" in (shop / "cart.py").read_text()


@pytest.mark.model
def test_nothing_to_repair(shop: Path, environment: dict[str, str]) -> None:
    done = midfill(shop, environment, "--test", "true", "--json")
    assert done.returncode == 1
    answer = json.loads(done.stdout)
    assert (answer["fixed"], answer["diff"]) == (False, "")
    assert answer["reason"] == "nothing to repair: the checks pass"
    assert "--test" in midfill(shop, environment).stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--at", "1:1"), "--at needs one FILE"),
        (("cart.py", "--at", "x"), "LINE[:COL]"),
        (("cart.py", "--at", "0"), "LINE[:COL]"),
        (("cart.py", "--rounds", "0"), "--rounds"),
        (("cart.py", "--test", "'"), "cannot read the command"),
        (("none.py",), "does not exist"),
    ],
)
def test_bad_usage(shop: Path, arguments: tuple[str, ...], message: str) -> None:
    done = midfill(shop, dict(os.environ), *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
