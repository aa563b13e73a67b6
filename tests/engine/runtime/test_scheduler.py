"""Jobs side by side on the real model."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import msgspec
import pytest

from midfill.engine.models.hardware import cores
from midfill.engine.runtime import scheduler
from midfill.engine.runtime.context import Aborted, Context, Item
from midfill.engine.runtime.costs import StepCosts
from midfill.engine.runtime.job import Priority
from midfill.engine.runtime.model import Model
from midfill.engine.runtime.sampler import Healer, SamplingParams
from midfill.engine.runtime.vocab import Vocab

from .conftest import CALIBRATION, Result, Runner

pytestmark = pytest.mark.model

PROMPT = "def add(a, b):\n    return"
LONG = "".join(f"value_{i} = {i}\n" for i in range(60))


def test_batched_jobs_write_what_lone_jobs_write(runner: Runner) -> None:
    prompts = [PROMPT, "import os\nimport", "for i in range("]
    alone = [runner.run(prompt).text for prompt in prompts]
    together = [runner.job(prompt) for prompt in prompts]
    runner.scheduler.submit(*(result.job for result in together))
    assert [result.wait().text for result in together] == alone


def test_the_document_keeps_its_tokens(runner: Runner) -> None:
    runner.run(LONG, document="a")
    runner.run("something else", document="b")
    finish = runner.run(LONG + "value_60", document="a").finish
    assert finish.evaluated <= 4
    assert finish.reused + finish.evaluated == finish.prompt_tokens


def test_an_accepted_suggestion_is_in_the_cache(runner: Runner) -> None:
    first = runner.run(LONG, document="a", max_tokens=12)
    second = runner.run(LONG + first.text, document="a", max_tokens=1)
    assert second.finish.evaluated <= 2


def test_candidates_share_one_prefill(runner: Runner) -> None:
    params = SamplingParams(temperature=0.8, seed=1)
    leader = runner.job(LONG, params=params)
    others = [runner.job(LONG, params=params, leader=leader.job) for _ in range(3)]
    runner.scheduler.submit(leader.job, *(other.job for other in others))
    assert leader.wait().finish.evaluated > 100
    assert [other.wait().finish.evaluated for other in others] == [1, 1, 1]


def test_cancel_ends_a_job_and_keeps_the_rest(runner: Runner) -> None:
    def cancel(_: object) -> None:
        runner.scheduler.cancel(result.job)

    result = runner.job(PROMPT, max_tokens=500, on_token=cancel)
    runner.scheduler.submit(result.job)
    assert result.wait().finish.stop_type == "cancelled"
    assert len(result.tokens) == 1
    assert runner.run(PROMPT).text


def test_cancel_during_the_prompt(runner: Runner) -> None:
    result = runner.job(LONG)
    runner.scheduler.submit(result.job)
    runner.scheduler.cancel(result.job)
    finish = result.wait().finish
    assert finish.stop_type == "cancelled"
    assert finish.generated == 0


def test_a_newer_request_for_a_document_replaces_the_older(runner: Runner) -> None:
    older = runner.job(LONG, max_tokens=500, group="a")
    newer = runner.job(LONG + "x", group="a")
    runner.scheduler.submit(older.job)
    runner.scheduler.submit(newer.job)
    assert older.wait().finish.stop_type == "cancelled"
    assert newer.wait().finish.stop_type in ("limit", "eos")


def test_interactive_work_goes_before_batch_work(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "_PATIENCE_S", 600)
    order: list[str] = []
    batch = runner.job(
        LONG, max_tokens=30, priority=Priority.BATCH, on_token=lambda _: order.append("batch")
    )
    runner.scheduler.submit(batch.job)
    while not order:
        pass
    urgent = runner.job(PROMPT, on_token=lambda _: order.append("urgent"))
    runner.scheduler.submit(urgent.job)
    urgent.wait()
    batch.wait()
    first = order.index("urgent")
    assert order[first : first + len(urgent.tokens)] == ["urgent"] * len(urgent.tokens)
    assert len(batch.tokens) == 30


def test_batch_work_delays_a_request_by_one_decode_step_at_most(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "_PATIENCE_S", 600)
    order: list[tuple[str, int]] = []

    def noting(kind: str) -> Callable[[object], None]:
        return lambda _: order.append((kind, runner.scheduler.counters.decode_steps))

    repairs = [
        runner.job(text, max_tokens=40, priority=Priority.BATCH, on_token=noting("batch"))
        for text in (LONG, LONG + "y")
    ]
    for repair in repairs:
        runner.scheduler.submit(repair.job)
    while not order:
        pass
    urgent = runner.job(PROMPT, on_token=noting("urgent"))
    runner.scheduler.submit(urgent.job)
    submitted = len(order)
    for each in (urgent, *repairs):
        each.wait()
    last = max(at for at, (kind, _) in enumerate(order) if kind == "urgent")
    steps = {step for kind, step in order[submitted:last] if kind == "batch"}
    assert len(steps) <= 1
    assert order[last + 1 :]


def test_a_job_that_is_still_wanted_keeps_its_step(
    runner: Runner, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    aborted = 0
    decode = context.decode

    def count(items: list[Item]) -> None:
        nonlocal aborted
        try:
            decode(items)
        except Aborted:
            aborted += 1
            raise

    monkeypatch.setattr(context, "decode", count)
    wanted = runner.job(LONG)
    runner.scheduler.submit(wanted.job)
    while not wanted.done.wait(0.005):
        other = runner.job(PROMPT)
        runner.scheduler.submit(other.job)
        runner.scheduler.cancel(other.job)
    assert aborted == 0


@pytest.mark.parametrize(
    "patience",
    [{"_PATIENCE_S": 0.05}, {"_PATIENCE_S": 600, "_NO_PAUSE_S": 0.05, "_CROWDED_PATIENCE_S": 0.05}],
    ids=["after a while", "soon where nobody pauses"],
)
def test_batch_work_is_done_while_people_type_without_end(
    runner: Runner, monkeypatch: pytest.MonkeyPatch, patience: dict[str, float]
) -> None:
    for name, seconds in patience.items():
        monkeypatch.setattr(scheduler, name, seconds)
    monkeypatch.setattr(scheduler, "_LATE_CHUNK", 32)
    endless = SamplingParams(grammar="root ::= [0-9] root")
    typed = [runner.job(PROMPT, max_tokens=150, params=endless) for _ in range(6)]
    batch = [runner.job(text, max_tokens=2, priority=Priority.BATCH) for text in (LONG, LONG + "y")]
    runner.scheduler.submit(*(result.job for result in typed))
    runner.scheduler.submit(*(result.job for result in batch))
    runner.scheduler.cancel(typed[0].job)
    for result in batch:
        result.wait()
    assert not any(result.done.is_set() for result in typed[1:])
    for result in typed:
        runner.scheduler.cancel(result.job)


def test_a_long_prompt_has_its_turn_while_short_ones_fill_every_step(
    context: Context, vocab: Vocab, healer: Healer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "_PATIENCE_S", 0.05)
    monkeypatch.setattr(scheduler, "_LATE_CHUNK", 32)
    runner = Runner(context, vocab, healer, msgspec.structs.replace(CALIBRATION, chunk=3))
    endless = SamplingParams(grammar="root ::= [0-9] root")
    typed = [runner.job(PROMPT, max_tokens=150, params=endless) for _ in range(3)]
    for short in typed:
        runner.scheduler.submit(short.job)
    while not all(short.tokens for short in typed):
        time.sleep(0.01)
    runner.run(LONG, max_tokens=1)
    assert not any(short.done.is_set() for short in typed)
    for short in typed:
        runner.scheduler.cancel(short.job)
    runner.close()


def test_forced_text_is_spelled_and_not_given_out(runner: Runner) -> None:
    result = runner.run("import numpy as np\nx = np", max_tokens=4, forced=b".arr")
    assert result.text.startswith("ay")


def test_a_deadline_ends_a_job_with_what_it_has(runner: Runner) -> None:
    finish = runner.run(PROMPT, max_tokens=900, timeout_ms=300).finish
    assert finish.stop_type in ("deadline", "eos")
    assert finish.generated < 900


def test_a_full_context_ends_the_job(runner: Runner) -> None:
    result = runner.run(LONG * 2, max_tokens=2000, params=SamplingParams(temperature=2.0, seed=3))
    assert result.finish.stop_type in ("context", "eos")


def test_a_stop_string_ends_the_job_without_itself(runner: Runner) -> None:
    result = runner.run(PROMPT, max_tokens=30, stop=("\n",))
    assert result.finish.stop_type == "word"
    assert "\n" not in result.text


def test_log_probabilities(runner: Runner) -> None:
    result = runner.run(PROMPT, top_logprobs=3)
    for token in result.tokens:
        assert token.logprob is not None
        assert token.logprob <= 0
        assert token.top[0] == (token.id, pytest.approx(token.logprob))
        assert list(token.top) == sorted(token.top, key=lambda pair: -pair[1])


def test_a_seed_repeats_itself(runner: Runner) -> None:
    params = SamplingParams(temperature=1.0, seed=7)
    assert runner.run(PROMPT, params=params).text == runner.run(PROMPT, params=params).text


def test_a_grammar_is_obeyed(runner: Runner) -> None:
    params = SamplingParams(grammar='root ::= " " [0-9]+ "\\n"')
    text = runner.run("The answer is", params=params, max_tokens=6).text
    assert text.strip().isdecimal()


# The model copies from these, so that drafts hold, and it also leaves what it copies.
COPIED = "def area(width, height):\n    result = width * height\n    return result\n\n\n"
REPEATED = [
    COPIED * 2 + "def area(width, height):\n",
    "names = ['red', 'green', 'blue']\nfor name in names:\n    print(name)\n\n" * 2 + "names = [",
    "".join(f"    assert square({i}) == {i * i}\n" for i in range(2, 9)) + "    assert",
    "class Point:\n    def __init__(self, x, y):\n        self.x = x\n        self.y = y\n\n"
    "class Size:\n    def __init__(self, w, h):\n        self.w = w\n",
]
FREE = msgspec.structs.replace(CALIBRATION, steps={1: 0.025, 16: 0.0251})
DEAR = msgspec.structs.replace(CALIBRATION, steps={1: 0.025, 16: 0.4})


@pytest.fixture
def eager(context: Context, vocab: Vocab, healer: Healer) -> Iterator[Runner]:
    """A scheduler that believes batches to be free, and so drafts whatever it can."""
    made = Runner(context, vocab, healer, FREE)
    yield made
    made.close()


@pytest.fixture
def plain(context: Context, vocab: Vocab, healer: Healer) -> Iterator[Runner]:
    """A scheduler that believes batches to save nothing, and so never drafts."""
    made = Runner(context, vocab, healer, DEAR)
    yield made
    made.close()


def _ids(result: Result) -> list[int]:
    return [token.id for token in result.tokens]


@pytest.mark.parametrize("prompt", REPEATED)
def test_drafts_change_nothing_but_the_steps(plain: Runner, prompt: str) -> None:
    one_by_one = plain.run(prompt, max_tokens=24)
    assert plain.scheduler.counters.drafted == 0
    plain.scheduler._costs = StepCosts(FREE.steps)
    drafted = plain.run(prompt, max_tokens=24)
    assert _ids(drafted) == _ids(one_by_one)
    assert drafted.finish.stop_type == one_by_one.finish.stop_type
    assert drafted.text == one_by_one.text
    assert plain.scheduler.counters.accepted > 0


def test_only_what_was_given_out_stays_in_the_cache(eager: Runner) -> None:
    first = eager.run(REPEATED[3], max_tokens=16, document="a")
    assert eager.scheduler.counters.drafted > eager.scheduler.counters.accepted > 0
    known = [*first.job.prompt, *_ids(first)]
    [sequence] = [s for s in eager.scheduler.cache.sequences if s.document == "a"]
    assert known[: len(sequence.tokens)] == sequence.tokens
    again = eager.run(REPEATED[3] + first.text, document="a")
    assert again.text == eager.run(REPEATED[3] + first.text, document="b").text


def test_drafts_of_several_jobs_in_one_batch(plain: Runner) -> None:
    alone = [plain.run(prompt, max_tokens=12) for prompt in REPEATED[:3]]
    plain.scheduler._costs = StepCosts(FREE.steps)
    together = [plain.job(prompt, max_tokens=12) for prompt in REPEATED[:3]]
    plain.scheduler.submit(*(result.job for result in together))
    assert [_ids(result.wait()) for result in together] == [_ids(result) for result in alone]


def test_an_overtaken_suggestion_is_drafted(eager: Runner) -> None:
    prompt = "import random\n\ndef roll(sides):\n    return"
    first = eager.run(prompt, max_tokens=16, document="a", group="a")
    drafted = eager.scheduler.counters.drafted
    # The same place, read in another context.
    again = eager.run("# dice\n" + prompt, max_tokens=16, document="a", group="a")
    assert eager.scheduler.counters.drafted > drafted
    assert _ids(again)[:6] == _ids(first)[:6]


def test_drafts_of_forced_text_a_grammar_and_a_seed(plain: Runner) -> None:
    cases: list[dict[str, object]] = [
        {"forced": b" width * hei"},
        {"params": SamplingParams(grammar='root ::= [a-z =*\\n]+ "return" [a-z ]+')},
        {"params": SamplingParams(temperature=0.7, seed=11)},
        {"params": SamplingParams(repeat_penalty=1.1)},
        {"stop": ("return",)},
    ]
    prompt = COPIED * 2 + "def area(width, height):\n    result ="
    before = [plain.run(prompt, max_tokens=16, **case) for case in cases]
    plain.scheduler._costs = StepCosts(FREE.steps)
    for case, expected in zip(cases, before, strict=True):
        found = plain.run(prompt, max_tokens=16, **case)
        assert (_ids(found), found.text) == (_ids(expected), expected.text), case
        assert found.finish.stop_type == expected.finish.stop_type
    assert plain.scheduler.counters.accepted > 10


def test_drafts_give_way_in_a_full_cache(model: Model, healer: Healer) -> None:
    context = Context(model, tokens=256, sequences=1, batch=64, threads=cores())
    runner = Runner(context, model.vocab, healer, FREE)
    result = runner.run(COPIED * 10, max_tokens=2000)
    runner.close()
    context.close()
    assert result.finish.stop_type == "context"
    assert len(result.job.prompt) + len(result.tokens) == 256
    assert runner.scheduler.counters.accepted > 0


def test_scores_are_those_of_generation(runner: Runner) -> None:
    """Over more tokens than are scored at once, and again when all of them are in the cache."""
    first = runner.run(PROMPT, max_tokens=70, top_logprobs=0)
    written = [token.id for token in first.tokens]
    for _ in range(2):
        scored = runner.job("x", max_tokens=1, scores=len(written))
        scored.job.prompt = first.job.prompt + written
        runner.scheduler.submit(scored.job)
        scored.wait()
        assert [score.id for score in scored.scores] == written
        wanted = [token.logprob for token in first.tokens]
        assert [score.logprob for score in scored.scores] == pytest.approx(wanted, abs=0.1)
