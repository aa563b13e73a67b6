"""Files to type."""

from __future__ import annotations

from pathlib import Path

import pytest

GREETER = '''"""Greetings, with names that need more than one UTF-16 unit: 🐍."""

import random


class Greeter:
    def __init__(self, greeting: str = "héllo 🐍") -> None:
        self.greeting = greeting
        self.count = 0

    def greet(self, name: str) -> str:
        """Return a greeting for `name`."""
        self.count += 1

        if name == "🐍":
            return self.greeting
        return f"{self.greeting}, {name}!"


def pick(names: list[str]) -> str:
    """One of the names."""
    return random.choice(names)
'''

SUMS = """function total(values) {
    let sum = 0;
    for (const value of values) {
        sum += value;
    }
    return sum;
}

function mean(values) {
    return values.length ? total(values) / values.length : 0;
}
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, ...]:
    """A Python module and a JavaScript one."""
    greeter, sums = tmp_path / "greeter.py", tmp_path / "sums.js"
    greeter.write_text(GREETER, "utf-8")
    sums.write_text(SUMS, "utf-8")
    return greeter, sums
