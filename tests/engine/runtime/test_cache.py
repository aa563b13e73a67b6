"""What leaves the KV cache comes back as it was, and costs nobody anything meanwhile."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from midfill.engine.models.hardware import cores
from midfill.engine.runtime import cache
from midfill.engine.runtime.cache import Cache
from midfill.engine.runtime.context import Context, Logits, NoRoom
from midfill.engine.runtime.model import Model
from midfill.engine.runtime.sampler import SamplingParams
from midfill.engine.runtime.sequence import Sequence
from midfill.engine.runtime.vocab import Vocab

from .conftest import Runner, agree, evaluate

pytestmark = pytest.mark.model

_TOKENS = 256


@pytest.fixture
def context(model: Model) -> Iterator[Context]:
    """With room for little more than two files of the tests."""
    made = Context(model, tokens=_TOKENS, sequences=6, batch=64, threads=cores())
    yield made
    made.close()


def _file(name: str, lines: int = 14) -> str:
    return "".join(f"{name}_{i} = {i}\n" for i in range(lines))


def _saved(runner: Runner) -> set[str]:
    return {each.document for each in runner.scheduler.cache.sequences if each.saved}


def test_what_comes_back_is_what_left(context: Context, vocab: Vocab) -> None:
    tokens = vocab.encode(_file("value"))
    first, second, third = (Sequence(context, number) for number in range(3))
    evaluate(context, first, tokens)
    second.share(first, 40)
    evaluate(context, second, tokens[:44])
    before = evaluate(context, first, [*tokens, tokens[0]])
    first.truncate(len(tokens))
    first.save()
    evaluate(context, third, vocab.encode(_file("other", 6)))
    second.clear()  # leaves a hole, so that what comes back lies in two places
    first.restore()
    assert agree(evaluate(context, first, [*tokens, tokens[0]]), before)


def test_what_finds_no_room_stays_saved(context: Context, vocab: Vocab) -> None:
    tokens = vocab.encode(_file("value"))
    first, second = Sequence(context, 0), Sequence(context, 1)
    evaluate(context, first, tokens)
    first.save()
    evaluate(context, second, vocab.encode(_file("other", 40))[: _TOKENS - 32])
    with pytest.raises(NoRoom):
        first.restore()
    assert first.saved
    second.clear()
    first.restore()
    assert not first.saved


def test_what_was_moved_and_not_used_is_not_saved(context: Context, vocab: Vocab) -> None:
    tokens = vocab.encode(_file("value"))
    sequence = Sequence(context, 0)
    evaluate(context, sequence, tokens)
    assert sequence.reuse(tokens[:8] + tokens[20:]) > 60
    other = Sequence(context, 1)
    other.share(sequence, 8)
    other.save()
    sequence.save()
    assert (sequence.saved, sequence.tokens) == (False, [])
    assert (other.saved, other.tokens) == (True, tokens[:8])


def test_more_files_than_the_cache_has_room_for_are_evaluated_once(runner: Runner) -> None:
    files = [_file(name) for name in ("alpha", "beta", "gamma")]
    for name in files:
        assert runner.run(name, document=name, max_tokens=1).finish.evaluated > 80
    for name in files * 2:
        assert runner.run(name, document=name, max_tokens=1).finish.evaluated == 1


def test_the_file_that_was_left_longest_ago_is_forgotten(runner: Runner) -> None:
    files = [_file(name) for name in ("alpha", "beta", "gamma", "delta", "epsilon", "zeta")]
    for name in files:
        runner.run(name, document=name, max_tokens=1)
    assert runner.run(files[-2], document=files[-2], max_tokens=1).finish.evaluated == 1
    assert runner.run(files[0], document=files[0], max_tokens=1).finish.evaluated > 80
    held = runner.scheduler.cache.sequences
    assert sum(len(each.tokens) for each in held if each.saved) <= _TOKENS


def test_a_newcomer_has_the_cache_for_itself(runner: Runner) -> None:
    for name in "ab":
        runner.run(_file(name, 6), document=name, max_tokens=1)
    assert _saved(runner) == {"a"}


def test_those_who_take_turns_stay(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "abab":
        runner.run(_file(name, 6), document=name, max_tokens=1)
    assert _saved(runner) == set()
    monkeypatch.setattr(cache, "_TURN_STEPS", 0)
    runner.run("nobody waits\n", document="b", max_tokens=2)
    assert _saved(runner) == {"a"}


def test_candidates_leave_one_that_can_be_asked_again(runner: Runner) -> None:
    prompt = _file("value", 8)
    params = SamplingParams(temperature=0.9, seed=3)
    leader = runner.job(prompt, params=params)
    others = [
        runner.job(prompt, params=SamplingParams(temperature=0.9, seed=n), leader=leader.job)
        for n in range(3)
    ]
    runner.scheduler.submit(leader.job, *(each.job for each in others))
    for each in (leader, *others):
        each.wait()
    runner.run(_file("other", 4), document="other", max_tokens=1)
    assert sum(each.saved for each in runner.scheduler.cache.sequences) == 1
    assert runner.run(prompt, max_tokens=1).finish.evaluated == 1


def test_who_comes_back_is_not_forgotten_for_who_leaves(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "_TURN_STEPS", -1)
    files = [_file(name) for name in ("alpha", "beta", "gamma")]
    for name in files:
        runner.run(name, document=name, max_tokens=1)
    assert runner.run(files[0], document=files[0], max_tokens=1).finish.evaluated == 1


def test_one_prompt_of_a_document_stays_for_another(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "_TURN_STEPS", -1)
    text = _file("value", 8)
    runner.run(text, document="a", max_tokens=1)
    assert runner.run(f"{text}value", document="a#next", max_tokens=1).finish.evaluated < 4
    runner.run(text, document="a", max_tokens=1)
    assert _saved(runner) == set()


@pytest.fixture(scope="module")
def logits(model: Model, vocab: Vocab) -> Iterator[Callable[[str], Logits]]:
    """The logits behind a text, evaluated by itself."""
    context = Context(model, tokens=_TOKENS, sequences=1, batch=64, threads=cores())

    @functools.cache
    def alone(text: str) -> Logits:
        sequence = Sequence(context, 0)
        sequence.clear()
        return evaluate(context, sequence, vocab.encode(text))

    yield alone
    context.close()


@settings(max_examples=8, deadline=None)
@given(
    visits=st.lists(
        st.tuples(st.sampled_from(["", "a", "b", "c", "d"]), st.sampled_from([2, 5, 8])),
        min_size=3,
        max_size=8,
    )
)
def test_logits_are_those_of_the_text_alone(
    model: Model,
    vocab: Vocab,
    logits: Callable[[str], Logits],
    visits: list[tuple[str, int]],
) -> None:
    context = Context(model, tokens=_TOKENS // 2, sequences=4, batch=64, threads=cores())
    held = Cache(context)
    try:
        for document, lines in visits:
            text = _file(document, lines)
            prompt = vocab.encode(text)
            sequence = held.choose(document, prompt)
            reused = held.begin(sequence, prompt, fresh=1)
            sequence.document = document
            assert sequence.tokens == prompt[:reused]
            while True:
                try:
                    found = evaluate(context, sequence, prompt)
                    break
                except NoRoom:
                    assert held.make_room()
            assert agree(found, logits(text))
            for _ in range(30):
                held.count_step()
            held.end(sequence)
    finally:
        context.close()
