"""Figures of a few answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from midfill.engine.bench.repair.aider import interpreter
from midfill.engine.bench.repair.answers import BUGGY_PASSES, Answer, Result
from midfill.engine.bench.repair.options import Options
from midfill.engine.bench.repair.report import Duel, report
from midfill.engine.errors import UsageError

_OPTIONS = Options(data=(), tasks=0, seed=0, candidates=8, rounds=1)


def _answer(task: str, system: str, fixed: bool, category: str = "Logic", **result: int) -> Answer:
    figures = {"strays": 0, "beyond": 0, "answers": 4, "malformed": 0, "calls": 4}
    figures |= {"tokens_evaluated": 100, "tokens_reused": 50, "tokens_generated": 10}
    return Answer(
        task=task,
        language="python",
        category=category,
        system=system,
        result=Result(
            **figures | result,
            fixed=fixed,
            first=fixed and result.get("answers") == 1,
            changed=True,
            lost=not fixed,
            seconds=2.0,
            reason="",
            code="",
        ),
    )


def test_the_systems_are_compared_task_by_task() -> None:
    answers = [
        _answer("1", "midfill", True, answers=1, beyond=2),
        _answer("2", "midfill", True, "Syntax", malformed=1),
        _answer("3", "midfill", False, beyond=9, tokens_generated=30),
        _answer("1", "aider whole", False, strays=2),
        _answer("2", "aider whole", True, "Syntax"),
        _answer("3", "aider whole", True),
        Answer(task="4", language="c", category="Logic", system="midfill", left_out=BUGGY_PASSES),
    ]
    found = report(answers, ("midfill", "aider whole"), {"go": "no"}, "a model", _OPTIONS)
    ours, peer = found.scores["midfill"], found.scores["aider whole"]
    assert (ours.tasks, ours.fixed, ours.fixed_share, ours.fixed_first_try) == (3, 2, 0.6667, 1)
    assert (ours.damaged, peer.damaged, peer.strays) == (1, 1, 2)
    assert ours.well_formed == round(8 / 9, 4)
    assert (ours.beyond_p50, ours.tokens, ours.tokens_p50, ours.calls) == (1.0, 350, 110.0, 12)
    assert found.duels == {"aider whole": Duel(won=1, lost=1)}
    assert found.kinds["Syntax"]["midfill"].fixed == found.kinds["Syntax"]["aider whole"].fixed == 1
    assert found.languages["c"]["midfill"].tasks == 0
    assert found.left_out == {"c": {BUGGY_PASSES: 1}}


def test_a_peer_without_an_environment_is_refused(tmp_path: Path) -> None:
    program = tmp_path / "aider"
    program.touch()
    with pytest.raises(UsageError, match="venv"):
        interpreter(program)
