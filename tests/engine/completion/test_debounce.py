"""How long to wait before asking."""

from __future__ import annotations

import pytest

from midfill.engine.completion.cursor import Cursor
from midfill.engine.completion.debounce import Debounce
from midfill.engine.completion.reason import Reason


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def _type(debounce: Debounce, clock: Clock, keys: int, seconds: float) -> None:
    for key in range(keys):
        clock.now += seconds
        debounce.delay(Cursor("x = " + "a" * key, " + rest\n"))


# Tabby's formula with its first interval of 200 ms: (3 - 1.5 * score) * 200.
@pytest.mark.parametrize(
    ("prefix", "suffix", "expected"),
    [
        ("x = val", " + rest\n", 600.0),
        ("x = val", ")\nrest\n", 480.0),
        ("x = val", "\n", 450.0),
        ("x = f(", " + rest\n", 450.0),
        ("x = f(", ")\nrest\n", 330.0),
        ("x = f(", ")\n}\n", 300.0),
    ],
)
def test_by_what_stands_around_the_cursor(
    clock: Clock, prefix: str, suffix: str, expected: float
) -> None:
    assert Debounce(clock).delay(Cursor(prefix, suffix)) == pytest.approx(expected)


def test_at_once_at_the_start_of_a_line(clock: Clock) -> None:
    debounce = Debounce(clock)
    assert debounce.delay(Cursor("", "")) == 0.0
    assert debounce.delay(Cursor("def f():\n", "\nrest")) == 0.0
    assert debounce.delay(Cursor("def f():\n    ", "\nrest")) == 0.0


def test_at_once_when_asked(clock: Clock) -> None:
    debounce = Debounce(clock)
    debounce.delay(Cursor("x = val", ""))
    assert debounce.delay(Cursor("x = va", "", explicit=True)) == 0.0


def test_answers_that_take_long_are_asked_for_earlier(clock: Clock) -> None:
    debounce = Debounce(clock)
    for ms in (100.0, 300.0):
        debounce.answered(ms)
    assert debounce.delay(Cursor("x = val", " + rest")) == pytest.approx(400.0)
    for _ in range(10):
        debounce.answered(5000.0)
    assert debounce.delay(Cursor("x = valu", " + rest")) == 100.0


def test_a_fast_typist_waits_less_than_a_slow_one(clock: Clock) -> None:
    fast, slow = Debounce(clock), Debounce(clock)
    _type(fast, clock, 30, 0.12)
    _type(slow, clock, 30, 0.35)
    assert fast.delay(Cursor("x = val", " + rest")) == pytest.approx(360.0)
    assert slow.delay(Cursor("x = val", " + rest")) == 1000.0


def test_a_pause_is_not_typing(clock: Clock) -> None:
    debounce = Debounce(clock)
    _type(debounce, clock, 30, 0.12)
    clock.now += 60
    assert debounce.delay(Cursor("x = val", " + rest")) == pytest.approx(360.0)


@pytest.mark.parametrize("above", ["", "line\n" * 40, "line\n" * 4000])
def test_never_on_backspace(clock: Clock, above: str) -> None:
    debounce = Debounce(clock)
    window = 10_000

    def ask(line: str, suffix: str = "\nrest\n") -> float | Reason:
        return debounce.delay(Cursor((above + line)[-window:], suffix))

    assert ask("value = tot") != Reason.DELETING
    assert ask("value = to") == Reason.DELETING
    assert ask("value = ") == Reason.DELETING
    assert ask("value = x") != Reason.DELETING
    assert ask("value = x") != Reason.DELETING
    # Moving the cursor back is no deletion.
    assert ask("value = ", "x\nrest\n") != Reason.DELETING


def test_deleting_all(clock: Clock) -> None:
    debounce = Debounce(clock)
    assert debounce.delay(Cursor("", "")) == 0.0
    assert debounce.delay(Cursor("", "")) == 0.0
    debounce.delay(Cursor("a", ""))
    assert debounce.delay(Cursor("", "")) == Reason.DELETING
