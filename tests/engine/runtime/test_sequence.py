"""What the cache keeps must give the logits that a fresh evaluation gives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midfill.engine.runtime.context import Aborted, Context, Item, Logits
from midfill.engine.runtime.sequence import Sequence, common_prefix
from midfill.engine.runtime.vocab import Vocab

from .conftest import agree, evaluate

pytestmark = pytest.mark.model

_TEXT = "".join(f"def f{i}(x: int) -> int:\n    return x + {i}\n\n\n" for i in range(24))


def _evaluate(context: Context, sequence: Sequence, prompt: list[int]) -> tuple[int, Logits]:
    """Reuse, evaluate the rest; how many were evaluated, and the last token's logits."""
    start = sequence.reuse(prompt)
    return len(prompt) - start, evaluate(context, sequence, prompt)


def test_typing_evaluates_what_was_typed(context: Context, vocab: Vocab) -> None:
    typed, fresh = Sequence(context, 0), Sequence(context, 1)
    prompt = vocab.encode(_TEXT)[:300]
    _evaluate(context, typed, prompt[:290])
    evaluated, logits = _evaluate(context, typed, prompt)
    assert evaluated == 10
    assert agree(logits, _evaluate(context, fresh, prompt)[1])


def test_backspace_evaluates_one_token(context: Context, vocab: Vocab) -> None:
    sequence, fresh = Sequence(context, 0), Sequence(context, 1)
    prompt = vocab.encode(_TEXT)[:200]
    _evaluate(context, sequence, prompt)
    evaluated, logits = _evaluate(context, sequence, prompt[:190])
    assert evaluated == 1
    assert agree(logits, _evaluate(context, fresh, prompt[:190])[1])


def test_a_window_that_slides_is_not_evaluated_again(context: Context, vocab: Vocab) -> None:
    sequence = Sequence(context, 0)
    tokens = vocab.encode(_TEXT)
    head, window = tokens[:20], tokens[20:260]
    _evaluate(context, sequence, head + window)
    slid = head + window[60:] + tokens[260:264]
    evaluated, logits = _evaluate(context, sequence, slid)
    assert evaluated == 4
    assert sequence.tokens == slid
    # The moved cells have seen the text that left, so the logits are near, not equal.
    fresh = _evaluate(context, Sequence(context, 1), slid)[1]
    assert logits.argmax() == fresh.argmax()


def test_sequences_share_what_they_have_in_common(context: Context, vocab: Vocab) -> None:
    first, second = Sequence(context, 0), Sequence(context, 1)
    prompt = vocab.encode(_TEXT)[:200]
    _evaluate(context, first, prompt)
    second.share(first, 150)
    other = prompt[:150] + vocab.encode("class Other:\n")
    evaluated, logits = _evaluate(context, second, other)
    assert evaluated == len(other) - 150
    first.clear()
    assert agree(logits, _evaluate(context, first, other)[1])


def test_an_aborted_batch_leaves_the_cache_as_it_was(context: Context, vocab: Vocab) -> None:
    sequence = Sequence(context, 0)
    prompt = vocab.encode(_TEXT)[:100]
    _evaluate(context, sequence, prompt)
    context.abort()
    with pytest.raises(Aborted):
        context.decode([Item(prompt[0], 100, 0, True)])
    context.clear_abort()
    evaluated, logits = _evaluate(context, sequence, [*prompt, prompt[0]])
    assert evaluated == 1
    fresh = _evaluate(context, Sequence(context, 1), [*prompt, prompt[0]])[1]
    assert agree(logits, fresh)


@given(st.lists(st.integers(0, 2), max_size=20), st.lists(st.integers(0, 2), max_size=20))
def test_common_prefix(left: list[int], right: list[int]) -> None:
    length = common_prefix(left, right)
    assert left[:length] == right[:length]
    assert length == min(len(left), len(right)) or left[length] != right[length]
