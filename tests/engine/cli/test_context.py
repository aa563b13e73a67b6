"""`midfill context`, as a person calls it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CASE = Path(__file__).parents[1] / "context" / "cases" / "python"
POSITION = "7:14"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project, and in it a file with the cursor at 7:14."""
    shutil.copytree(CASE, tmp_path / "shop")
    (tmp_path / "shop" / ".midfill.toml").write_text("")
    file = tmp_path / "shop" / "tests" / "rounding.py"
    file.write_text(file.read_text("utf-8").replace("‸", ""), "utf-8")
    return file


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An index of its own."""
    return {**os.environ, "MIDFILL_CACHE_HOME": str(tmp_path / "cache")}


def _midfill(environment: dict[str, str], *words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "midfill.engine.cli", *map(str, words)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_it_says_what_is_shown_and_why(shop: Path, environment: dict[str, str]) -> None:
    done = _midfill(environment, "context", shop, "--at", POSITION)
    assert done.returncode == 0, done.stderr
    assert "src/shop/money.py:23-25  imported: round_up" in done.stdout
    assert "def round_up(money: Money, step: int) -> Money:" in done.stdout
    assert "of 512 tokens" in done.stdout


def test_json(shop: Path, environment: dict[str, str]) -> None:
    done = _midfill(environment, "context", shop, "--at", POSITION, "--json")
    answer = json.loads(done.stdout)
    assert answer["budget"] == 512
    assert 0 < answer["tokens"] <= 512
    piece = next(each for each in answer["pieces"] if each["start_line"] == 23)
    assert piece["path"] == "src/shop/money.py"
    assert piece["reason"] == "imported: round_up"
    assert piece["tokens"] > 10
    assert {each["why"] for each in answer["left_out"]} <= {
        "budget",
        "duplicate",
        "near the cursor",
        "of little use",
    }


def test_what_a_person_excluded_is_not_shown(shop: Path, environment: dict[str, str]) -> None:
    (shop.parents[1] / ".midfillignore").write_text("money.py\n")
    done = _midfill(environment, "context", shop, "--at", POSITION, "--json")
    paths = {each["path"] for each in json.loads(done.stdout)["pieces"]}
    assert "src/shop/money.py" not in paths
    assert "src/shop/stock.py" in paths


def test_a_wrong_position_is_bad_usage(shop: Path, environment: dict[str, str]) -> None:
    done = _midfill(environment, "context", shop, "--at", "99:1")
    assert done.returncode == 2
    assert "no line 99" in done.stderr
