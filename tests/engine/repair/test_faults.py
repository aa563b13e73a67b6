"""What may go wrong while a repair is at work; nothing is lost by it."""

from __future__ import annotations

import asyncio
import sys
from contextlib import closing
from pathlib import Path

import pytest

from midfill.engine.context.files import Files
from midfill.engine.errors import MidfillError, UsageError
from midfill.engine.repair.apply import Change, apply
from midfill.engine.repair.checks.check import Kind
from midfill.engine.repair.checks.verify import Plan, Verifier
from midfill.engine.repair.command import Command
from midfill.engine.repair.known import Known
from midfill.engine.repair.repair import NO_PROPOSAL, NO_TARGET, NOTHING_FAILS, repair
from midfill.engine.repair.task import Outcome, Progress, Task
from midfill.engine.repair.workbench import Workbench
from midfill.engine.runtime.local import LocalEngine

from .prices import BODY, CHECK, TESTS, shop_of
from .scripted import Scripted

PRICES = '''\
def total(prices):
    """The sum of the prices.

    ```
    total([1, 2])
    ```
    """
    found = 0
    for price in prices:
        found = price  # add it
    return found
'''
FIXED = PRICES.replace("found = price", "found += price")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return shop_of(tmp_path, PRICES)


def tree(root: Path) -> dict[str, bytes]:
    return {
        file.relative_to(root).as_posix(): file.read_bytes()
        for file in root.rglob("*")
        if file.is_file()
    }


async def repaired(
    root: Path, backend: Scripted, hidden: tuple[str, ...] = (), **task: object
) -> Outcome:
    given = {"paths": ("prices.py",), "tests": TESTS, "rounds": 1, "candidates": 2} | task
    before = tree(root)
    outcome = await repair(Task(**given), Files(root), [backend], hidden=hidden)  # type: ignore[arg-type]
    assert tree(root) == before
    return outcome


async def test_an_answer_that_is_right(shop: Path) -> None:
    backend = Scripted([f"{BODY}````"])
    outcome = await repaired(shop, backend)
    assert outcome.fixed
    assert outcome.texts == {"prices.py": FIXED}
    assert (outcome.way, outcome.number, outcome.verified) == ("rewrite", 1, True)
    assert [check.kind for check in outcome.checks][-1] is Kind.TESTS
    assert "+        found += price  # add it" in outcome.diff
    # A fence in the code ends nothing: the one around it is longer.
    begun = backend.asked[0].messages[-1].content
    assert begun == "````python\n" + PRICES[: PRICES.index("    found = 0")]


@pytest.mark.parametrize(
    "answer",
    [
        BODY[:70],  # cut short
        "\n" * 100_000 + "````",
        "\n" * 1_000_000,
        "../../x\n<<<<<<< SEARCH\n=======\nmine\n>>>>>>> REPLACE\n````",
        "````",
        "",
    ],
)
async def test_an_answer_that_is_none(shop: Path, answer: str) -> None:
    stop_type = "eos" if answer.endswith("````") else "limit"
    outcome = await repaired(shop, Scripted([answer], stop_type))
    assert not outcome.fixed
    assert outcome.texts == {}
    assert not list(shop.parent.glob("x*"))
    # One that comes to no end is given up, and is no answer.
    assert (outcome.cost.answers > 0) == (stop_type == "eos")


async def test_an_answer_that_changes_nothing_is_no_candidate(shop: Path) -> None:
    same = PRICES[PRICES.index("    found = 0") :]
    said = same.replace("add it", "now fixed")
    backend = Scripted([f"{same}````", f"{said}````"])
    outcome = await repaired(shop, backend)
    assert (outcome.fixed, outcome.reason) == (False, NO_PROPOSAL)
    assert outcome.cost.candidates == outcome.cost.malformed == 0
    assert outcome.cost.answers == len(backend.asked) > 2


async def test_checks_that_nobody_named_and_that_never_failed_tell_nothing(shop: Path) -> None:
    for task in ({"output": "the total is wrong"}, {"wish": "add them up"}):
        outcome = await repaired(shop, Scripted([f"{BODY}````"]), tests=None, **task)
        assert outcome.fixed
        assert not outcome.verified
    lint = Command((sys.executable, "-m", "py_compile", "prices.py"))
    outcome = await repaired(shop, Scripted([f"{BODY}````"]), tests=None, lint=lint, **task)
    assert outcome.verified


async def test_no_key_reaches_code_of_the_model(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GPU_KEY", "sesame")
    (shop / "check.py").write_text(f"import os\n{CHECK}assert 'GPU_KEY' not in os.environ\n")
    assert not (await repaired(shop, Scripted([f"{BODY}````"]))).fixed
    assert (await repaired(shop, Scripted([f"{BODY}````"]), hidden=("GPU_KEY",))).fixed


async def test_what_fails_is_told_in_the_next_round(shop: Path) -> None:
    wrong = BODY.replace("+=", "-=")
    backend = Scripted([f"{wrong}````", f"{BODY}````"])
    outcome = await repaired(shop, backend, candidates=1, rounds=2)
    assert (outcome.fixed, outcome.cost.rounds, outcome.number) == (True, 2, 2)
    question = backend.asked[-1].messages[-2].content
    assert "-        found = price  # add it\n+        found -= price" in question


MAKES = "def make():\n    return 1\n"
USES = "from a import make\n\nprint(make())\n"
RENAMED = """\
a.py
<<<<<<< SEARCH
def make():
=======
def create():
>>>>>>> REPLACE
b.py
<<<<<<< SEARCH
from a import make

print(make())
=======
from a import create

print(create())
>>>>>>> REPLACE
"""


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (RENAMED, ""),
        (RENAMED[:60], NO_PROPOSAL),
        (RENAMED.replace("b.py", "../../x"), NO_PROPOSAL),
        (RENAMED.replace("b.py\n", ""), NO_PROPOSAL),  # all of it in a.py
    ],
)
async def test_a_wish_for_several_files(tmp_path: Path, answer: str, reason: str) -> None:
    root = tmp_path / "shop"
    root.mkdir()
    (root / "a.py").write_text(MAKES)
    (root / "b.py").write_text(USES)
    backend = Scripted([answer])
    wish = "rename make to create"
    outcome = await repaired(root, backend, paths=("a.py", "b.py"), tests=None, wish=wish)
    assert outcome.reason == reason
    if outcome.fixed:
        assert outcome.way == "blocks"
        assert outcome.texts["a.py"] == MAKES.replace("make", "create")
        assert outcome.texts["b.py"] == USES.replace("make", "create")
    assert not (tmp_path.parent / "x").exists()
    assert wish in backend.asked[0].messages[-1].content


async def test_blocks_that_come_to_no_end_are_no_answer(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(MAKES)
    (tmp_path / "b.py").write_text(USES)
    task = {"paths": ("a.py", "b.py"), "tests": None, "wish": "rename make to create"}
    outcome = await repaired(tmp_path, Scripted([RENAMED], "limit"), **task)  # type: ignore[arg-type]
    assert (outcome.reason, outcome.cost.answers) == (NO_PROPOSAL, 0)
    outcome = await repaired(tmp_path, Scripted([RENAMED[:60]]), **task)  # type: ignore[arg-type]
    assert outcome.cost.malformed == outcome.cost.answers > 0


async def test_a_path_out_of_the_workspace(shop: Path) -> None:
    files = Files(shop)
    with Workbench(files) as bench:
        checks = await Verifier(files, bench, Plan(tests=TESTS)).verify({}, {"../../x": "mine"})
    assert [(check.kind, check.passed) for check in checks] == [(Kind.APPLIES, False)]


async def test_changed_while_it_was_repaired(shop: Path) -> None:
    def change(progress: Progress) -> None:
        if progress.candidate:
            (shop / "prices.py").write_text("# mine\n")

    task = Task(paths=("prices.py",), tests=TESTS)
    with pytest.raises(MidfillError, match="changed since it was read"):
        await repair(task, Files(shop), [Scripted([f"{BODY}````"])], on_progress=change)
    assert (shop / "prices.py").read_text() == "# mine\n"


async def test_unsaved_texts_take_the_place_of_files(shop: Path) -> None:
    never = CHECK.replace("3", "-1")
    (shop / "check.py").write_text(never)
    unsaved = {"prices.py": "# mine\n" + PRICES, "check.py": CHECK}

    def save(progress: Progress) -> None:
        if progress.candidate:
            (shop / "prices.py").write_text(unsaved["prices.py"])

    task = Task(paths=("prices.py",), tests=TESTS, rounds=1, candidates=1)
    backend = Scripted([f"{BODY}````"])
    outcome = await repair(task, Files(shop), [backend], opened=unsaved, on_progress=save)
    assert outcome.fixed
    assert outcome.texts == {"prices.py": "# mine\n" + FIXED}
    assert (shop / "check.py").read_text() == never


async def test_what_is_open_is_known_before_there_is_an_index(shop: Path) -> None:
    (shop / "test_prices.py").write_text(
        "import unittest\nfrom prices import total\n\n\nclass Prices(unittest.TestCase):\n"
        "    def test_total(self):\n        self.assertEqual(total([1, 2]), 3)\n"
    )
    tests = Command((sys.executable, "-m", "unittest", "test_prices"))
    task = Task(tests=tests, rounds=1, candidates=1)
    backend, opened = Scripted([f"{BODY}````"]), {"prices.py": PRICES}
    with closing(Known(shop)) as known:
        outcome = await repair(task, Files(shop), [backend], known=known)
        assert outcome.reason == NO_TARGET
        outcome = await repair(task, Files(shop), [backend], known=known, opened=opened)
        assert outcome.texts == {"prices.py": FIXED}


async def test_a_linter_is_pleased_by_a_few(shop: Path) -> None:
    complains = (
        "text = open('prices.py').read()\n"
        "if 'found = price ' in text: raise SystemExit('prices.py:10:9: error: price is unused')"
    )
    answers = [BODY.replace("price", f"price{number}") + "````" for number in range(8)]
    lint = Command((sys.executable, "-c", complains))
    outcome = await repaired(shop, Scripted(answers), tests=None, lint=lint, candidates=8)
    assert outcome.fixed, outcome.reason
    assert outcome.cost.candidates == 3


async def test_nothing_to_repair(shop: Path) -> None:
    (shop / "prices.py").write_text(FIXED)
    backend = Scripted([""])
    outcome = await repaired(shop, backend)
    assert (outcome.fixed, outcome.reason, backend.asked) == (False, NOTHING_FAILS, [])
    with pytest.raises(UsageError, match="--test"):
        await repaired(shop, backend, paths=(), tests=None)


@pytest.mark.model
@pytest.mark.parametrize(
    ("encoding", "newline"), [("utf-8", "\r\n"), ("utf-8-sig", "\n"), ("utf-16", "\r\n")]
)
async def test_other_encodings_and_line_ends(
    shop: Path, engine: LocalEngine, encoding: str, newline: str
) -> None:
    read = f"from pathlib import Path\nexec(Path('prices.py').read_text('{encoding}'))\n"
    (shop / "check.py").write_text(f"{read}assert total([1, 2]) == 3\n")
    (shop / "prices.py").write_bytes(PRICES.replace("\n", newline).encode(encoding))
    files = Files(shop)
    outcome = await repair(Task(paths=("prices.py",), tests=TESTS), files, [engine])
    assert outcome.fixed, outcome.reason
    apply(
        files,
        [Change.of(outcome.sources[path], text) for path, text in outcome.texts.items()],
    )
    after = (shop / "prices.py").read_bytes().decode(encoding)
    assert after.count(newline) == after.count("\n") == PRICES.count("\n")
    head = PRICES[: PRICES.index("    for")].replace("\n", newline)
    assert after.startswith(head)


@pytest.mark.model
async def test_cancelled_in_mid_decode(
    shop: Path, engine: LocalEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking = asyncio.Event()

    def watch(progress: Progress) -> None:
        if progress.round:
            asking.set()

    before = tree(shop)
    task = Task(paths=("prices.py",), tests=Command((sys.executable, "-c", "raise SystemExit(1)")))
    work = asyncio.create_task(repair(task, Files(shop), [engine], on_progress=watch))
    await asking.wait()
    while (await engine.status()).idle_seconds:
        await asyncio.sleep(0.01)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    while not (await engine.status()).idle_seconds:
        await asyncio.sleep(0.01)
    assert tree(shop) == before
    assert not list((tmp_path / "cache" / "workbench").iterdir())
