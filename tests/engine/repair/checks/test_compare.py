"""Which failures count against a candidate."""

from __future__ import annotations

from midfill.engine.repair.checks.compare import Outcome, judge
from midfill.engine.repair.failures.failure import Failure, Frame, Severity


def wrong(message: str, line: int = 1, test: str = "", **more: Severity) -> Failure:
    return Failure(message=message, frames=(Frame("a.py", line),), test=test, **more)


def outcome(*failures: Failure, status: int | None = 1, output: str = "") -> Outcome:
    return Outcome(status, output, 0.1, failures)


OLD = wrong("undefined x", 3)


def test_an_error_from_before_does_not_count_wherever_it_is_now() -> None:
    assert judge(outcome(wrong("undefined x", 9)), outcome(OLD)).passed


def test_a_second_one_of_the_same_kind_does() -> None:
    verdict = judge(outcome(OLD, wrong("undefined x", 9)), outcome(OLD))
    assert not verdict.passed
    assert verdict.counted == (wrong("undefined x", 9),)


def test_what_is_to_go_counts_while_it_is_there() -> None:
    assert not judge(outcome(OLD), outcome(OLD), [OLD]).passed
    assert judge(outcome(status=0), outcome(OLD), [OLD]).passed


def test_a_warning_counts_only_if_it_is_to_go() -> None:
    warning = wrong("unused", severity=Severity.WARNING)
    assert judge(outcome(warning, status=0), outcome(status=0)).passed
    assert not judge(outcome(warning, status=0), outcome(warning, status=0), [warning]).passed


def test_tests_must_pass() -> None:
    one, two = wrong("1 != 2", test="one"), wrong("3 != 4", test="two")
    assert not judge(outcome(two), outcome(one, two), must_pass=True).passed
    assert judge(outcome(status=0), outcome(one, two), must_pass=True).passed


def test_but_for_those_that_failed_before_if_others_are_to_go() -> None:
    one, two = wrong("1 != 2", test="one"), wrong("3 != 4", test="two")
    differs = wrong("5 != 4", test="two")
    assert judge(outcome(differs), outcome(one, two), [one], must_pass=True).passed
    assert not judge(outcome(one), outcome(one, two), [one], must_pass=True).passed
    third = wrong("boom", test="three")
    assert judge(outcome(two, third), outcome(one, two), [one], must_pass=True).counted == (third,)


def test_what_nobody_can_read() -> None:
    before = outcome(output="it failed after 3 s")
    assert judge(outcome(output="it failed after 4 s"), before).passed
    assert not judge(outcome(output="it crashed"), before).passed
    assert not judge(outcome(output="it failed"), outcome(status=0)).passed
    assert not judge(outcome(status=None, output="it failed after 3 s"), before).passed
