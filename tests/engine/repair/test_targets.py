"""The parts of files that a round asks about."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from midfill.engine.context.tokens import estimate
from midfill.engine.repair.command import Command
from midfill.engine.repair.failures.failure import Failure, Frame, Severity
from midfill.engine.repair.localise import Place, Target
from midfill.engine.repair.source import Source, decoded
from midfill.engine.repair.targets import find_in, targets
from midfill.engine.repair.task import Task

TEXTS = {
    "cart.py": (
        "def total(prices):\n    return min(prices)\n\n\n"
        "def first(prices):\n    return prices[1]\n\n\n"
        "LIMIT = 3\n"
    ),
    "check.py": "from cart import total\n\n\nclass T:\n    def test_it(self):\n        total([])\n",
    "long.py": "def long():\n" + "".join(f"    value = {number}\n" for number in range(150)),
    "notes.txt": "one\n\ntwo\n",
    "usage.py": "from cart import total\n\nfirst = 1\n\nfound = total([1, 2])\nassert found == 3\n",
    "self.py": "def half(n):\n    return n\n\n\nassert half(4) == 2\n",
}
IN_TEST = Failure(message="1 != 2", test="T.test_it", frames=(Frame("check.py", 6),))
IN_CODE = Failure(
    message="empty", test="T.test_it", frames=(Frame("cart.py", 2), Frame("check.py", 6))
)
ROOM = 300


def read(path: str) -> Source | None:
    return decoded(path, TEXTS[path].encode()) if path in TEXTS else None


def found(
    task: Task, failures: Sequence[Failure] = (), changed: dict[str, list[range]] | None = None
) -> list[Target]:
    return targets(task, failures, read, find_in(TEXTS, read), changed or {}, ROOM)


def named(chosen: Sequence[Target]) -> list[tuple[str, str]]:
    return [
        (each.path, each.region.definition.name if each.region.definition else "")
        for each in chosen
    ]


def test_what_a_test_uses_and_never_the_test() -> None:
    task = Task(tests=Command(("python", "-m", "unittest")))
    assert named(found(task, [IN_TEST])) == [("cart.py", "total")]
    assert named(found(task, [IN_CODE])) == [("cart.py", "total")]
    # What the command for the tests names is none of the code either.
    crashed = Failure(message="oh", frames=(Frame("check.py", 6),))
    assert named(found(Task(), [crashed])) == [("check.py", "test_it")]
    assert named(found(Task(tests=Command.parsed("python check.py | cat")), [crashed])) == []


@pytest.mark.parametrize(
    ("script", "line", "place"),
    [("usage.py", 6, ("cart.py", "total")), ("self.py", 5, ("self.py", "half"))],
)
def test_what_a_scripts_own_assertion_is_about(
    script: str, line: int, place: tuple[str, str]
) -> None:
    asserted = Failure(message="AssertionError", frames=(Frame(script, line, None, "<module>"),))
    assert named(found(Task(), [asserted])) == [place]
    # A linter's opinion of an assertion is about just that.
    opinion = msgspec.structs.replace(asserted, message="assert used", severity=Severity.WARNING)
    assert named(found(Task(), [opinion])) == [(script, "")]


def test_only_files_that_are_named_and_all_of_them() -> None:
    chosen = found(Task(paths=("cart.py",)), [IN_CODE])
    assert named(chosen) == [("cart.py", "total"), ("cart.py", "first")]
    assert chosen[0].score > 5 * chosen[1].score
    assert named(found(Task(paths=("check.py",)), [IN_CODE])) == [("check.py", "test_it")]
    (notes,) = found(Task(paths=("notes.txt",)))
    assert (notes.region.start, notes.region.end) == (0, len(TEXTS["notes.txt"]))


def test_only_the_place_where_the_person_points() -> None:
    task = Task(paths=("cart.py",), places=(Place("cart.py", 6, 6),))
    assert named(found(task, [IN_CODE])) == [("cart.py", "first")]


def test_of_long_code_the_lines_around_the_error() -> None:
    failure = Failure(message="no", frames=(Frame("long.py", 100),))
    (target,) = found(Task(), [failure])
    text = TEXTS["long.py"][target.region.start : target.region.end]
    assert "value = 98\n" in text
    assert text.endswith("\n")
    assert 0.8 * ROOM < estimate(text) < 1.1 * ROOM
    assert found(Task(paths=("long.py",))) == []
