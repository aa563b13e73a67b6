"""When the pipeline asks, waits, goes on and gives up.

The backend writes what the test says, a token at a time: no real model can be held at a token.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

import msgspec
import pytest

from midfill.engine.backend import BackendError, Delta, InfillRequest, Stats
from midfill.engine.completion import flight
from midfill.engine.completion.pipeline import Completer, Completion, CompletionRequest
from midfill.engine.completion.reason import Reason
from midfill.engine.settings import Completion as CompletionSettings
from midfill.engine.settings import Settings

URI = "file:///a.py"
AFTER = "\n\nprint(1)\n"


class Script:
    """A backend that writes `tokens`, each when the test lets it."""

    name = "script"
    debounced = False

    def __init__(self) -> None:
        self.tokens: list[str] = []
        self.asked: list[InfillRequest] = []
        self.ended: list[str] = []
        self.error: BackendError | None = None
        self.stop_type = "eos"
        self._allowed = asyncio.Semaphore(0)

    async def write(self, count: int = 1) -> None:
        """Let `count` tokens out, and everybody act on them."""
        for _ in range(count):
            self._allowed.release()
            await asyncio.sleep(0.001)

    async def infill(self, request: InfillRequest) -> AsyncGenerator[Delta]:
        self.asked.append(request)
        how = "cancelled"
        try:
            if self.error is not None:
                raise self.error
            yield Delta("", Stats(model="m", stop_type="cancelled", tokens_evaluated=2))
            for token in list(self.tokens):
                await self._allowed.acquire()
                yield Delta(token)
            how = self.stop_type
            ms = {"decode": 0.5}
            count = len(self.tokens)
            yield Delta("", Stats(model="m", stop_type=how, tokens_generated=count, ms=ms))
        finally:
            self.ended.append(how)


@pytest.fixture
def script() -> Script:
    """The backend."""
    return Script()


@pytest.fixture
async def completer(script: Script, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Completer]:
    """A pipeline that does not wait for the next key, and is patient."""
    settings = Settings(completion=CompletionSettings(patience_ms=60_000))
    made = Completer(script, settings)
    monkeypatch.setattr(flight, "_GRACE_S", 0.02)
    yield made
    made.close()


def _at(
    prefix: str, suffix: str = AFTER, *, explicit: bool = False, selected: bool = False
) -> CompletionRequest:
    return CompletionRequest(
        prefix=prefix,
        suffix=suffix,
        filename="a.py",
        document=URI,
        explicit=explicit,
        selected=selected,
        replacing=True,
    )


async def _begin(completer: Completer, request: CompletionRequest) -> asyncio.Task[Completion]:
    task = asyncio.create_task(completer.complete(request))
    await asyncio.sleep(0.005)
    return task


async def test_the_end_of_the_line_is_written(completer: Completer, script: Script) -> None:
    script.tokens = ["mean", "(", "x", ")"]
    task = await _begin(completer, _at("total = "))
    await script.write(4)
    done = await task
    assert (done.text, done.reason, done.source, done.partial) == ("mean(x)", None, "model", False)


async def test_typing_into_a_suggestion_asks_nobody(completer: Completer, script: Script) -> None:
    script.tokens = ["mean", "(x)"]
    task = await _begin(completer, _at("total = "))
    await script.write(2)
    await task
    asked = len(script.asked)
    done = await completer.complete(_at("total = me"))
    assert (done.text, done.source) == ("an(x)", "cache")
    assert len(script.asked) == asked


async def test_a_cancelled_request_goes_on_for_the_next_one(
    completer: Completer, script: Script
) -> None:
    script.tokens = ["mean", "(x)"]
    first = await _begin(completer, _at("total = "))
    await script.write(1)
    first.cancel()
    second = await _begin(completer, _at("total = m"))
    await script.write(1)
    done = await second
    assert (done.text, done.source) == ("ean(x)", "flight")
    assert [request.prefix for request in script.asked[:1]] == ["total = "]


async def test_typing_ahead_of_the_model_waits_for_it(completer: Completer, script: Script) -> None:
    script.tokens = ["mean", "(x)"]
    first = await _begin(completer, _at("total = "))
    first.cancel()
    second = await _begin(completer, _at("total = mean"))
    await script.write(2)
    assert (await second).text == "(x)"


async def test_what_was_typed_ahead_may_be_what_the_model_does_not_write(
    completer: Completer, script: Script
) -> None:
    script.tokens = ["mean", "(x)"]
    first = await _begin(completer, _at("total = "))
    first.cancel()
    second = await _begin(completer, _at("total = ma"))
    script.tokens = ["x(y)"]
    await script.write(2)
    done = await second
    assert (done.text, done.source) == ("x(y)", "model")
    assert [request.prefix for request in script.asked[:2]] == ["total = ", "total = ma"]


async def test_a_model_that_is_too_slow_is_not_asked_twice(
    completer: Completer, script: Script
) -> None:
    script.tokens, script.stop_type = [" "], "deadline"
    first = await _begin(completer, _at("total = "))
    first.cancel()
    second = await _begin(completer, _at("total =  m"))
    await script.write()
    assert (await second).reason == str(Reason.TOO_SLOW)
    assert len(script.asked) == 1


async def test_typing_something_else_begins_anew(completer: Completer, script: Script) -> None:
    script.tokens = ["mean", "(x)"]
    first = await _begin(completer, _at("total = "))
    await script.write(1)
    first.cancel()
    second = await _begin(completer, _at("total = x"))
    assert script.ended == ["cancelled"]
    assert [request.prefix for request in script.asked] == ["total = ", "total = x"]
    second.cancel()


async def test_nobody_asking_again_ends_it(completer: Completer, script: Script) -> None:
    script.tokens = ["mean"]
    task = await _begin(completer, _at("total = "))
    task.cancel()
    await asyncio.sleep(0.1)
    assert script.ended == ["cancelled"]


async def test_impatience_shows_what_there_is(script: Script) -> None:
    completer = Completer(script, Settings(completion=CompletionSettings(patience_ms=1)))
    script.tokens = ["mean", "(x)"]
    task = await _begin(completer, _at("total = ", explicit=False))
    await asyncio.sleep(0.15)
    await script.write(1)
    done = await task
    assert (done.text, done.partial) == ("mean", True)
    more = await _begin(completer, _at("total = m"))
    await script.write(1)
    assert (await more).text in ("ean", "ean(x)")
    completer.close()


async def test_an_older_request_does_not_end_what_a_later_one_took_part_of(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    completer = Completer(script, Settings(completion=CompletionSettings(patience_ms=1)))
    monkeypatch.setattr(flight, "_GRACE_S", 0.05)
    script.tokens = ["mean", "(x)"]
    first = await _begin(completer, _at("total = "))
    await asyncio.sleep(0.15)
    first.cancel()
    second = await _begin(completer, _at("total = "))
    await script.write(1)
    done = await second
    assert (done.text, done.partial) == ("mean", True)
    await asyncio.sleep(0.1)
    assert script.ended == []
    await script.write(1)
    assert (await completer.complete(_at("total = m"))).text == "ean(x)"
    completer.close()


async def test_what_was_broken_off_is_not_shown_as_whole(
    completer: Completer, script: Script
) -> None:
    script.tokens = ["mean", "(x)"]
    first = await _begin(completer, _at("total = "))
    await script.write(1)
    first.cancel()
    await asyncio.sleep(0.1)
    assert script.ended == ["cancelled"]
    second = await _begin(completer, _at("total = "))
    await script.write(2)
    done = await second
    assert (done.text, done.source) == ("mean(x)", "model")


async def test_the_next_one_is_there_when_the_first_is_accepted(
    completer: Completer, script: Script
) -> None:
    script.tokens = ["mean(x)"]
    task = await _begin(completer, _at("total = "))
    script.tokens = [" / count"]
    await script.write(1)
    await task
    assert script.asked[1].prefix == "total = mean(x)"
    await script.write(1)
    done = await completer.complete(_at("total = mean(x)"))
    assert (done.source, done.text) == ("flight", " / count")
    await asyncio.sleep(0.005)
    assert len(script.asked) == 3


async def test_that_nothing_follows_is_known_when_the_first_is_accepted(
    completer: Completer, script: Script
) -> None:
    script.tokens = ["mean(x)"]
    task = await _begin(completer, _at("total = "))
    script.tokens = []
    await script.write(1)
    await task
    done = await completer.complete(_at("total = mean(x)"))
    assert (done.reason, done.source) == (str(Reason.NOTHING), "flight")
    assert len(script.asked) == 2


async def test_brackets_that_the_editor_closes_change_nothing(
    completer: Completer, script: Script
) -> None:
    script.tokens = ["max", "(a", "[0]", ", b)"]
    task = await _begin(completer, _at("total = "))
    await script.write(2)
    task.cancel()
    task = await _begin(completer, _at("total = max(", ")" + AFTER))
    await script.write(2)
    done = await task
    assert (done.text, done.replaces, done.source) == ("a[0], b)", 1, "flight")
    asked = len(script.asked)
    done = await completer.complete(_at("total = max(a[", "])" + AFTER))
    assert (done.text, done.replaces, done.source) == ("0], b)", 2, "cache")
    done = await completer.complete(_at("total = max(a[0]", ")" + AFTER))
    assert (done.text, done.replaces) == (", b)", 1)
    assert len(script.asked) == asked
    assert {request.suffix for request in script.asked} == {AFTER}


async def test_a_client_that_only_inserts_gets_what_fits(
    completer: Completer, script: Script
) -> None:
    script.tokens = ["x, y):"]
    request = msgspec.structs.replace(_at("if check(", ")" + AFTER), replacing=False)
    task = await _begin(completer, request)
    await script.write(1)
    done = await task
    assert (done.text, done.replaces) == ("x, y", 0)


async def test_an_item_that_is_no_more_selected_was_not_deleted(
    completer: Completer, script: Script
) -> None:
    script.tokens = ["()"]
    first = await _begin(completer, _at("total = mean", selected=True))
    first.cancel()
    second = await _begin(completer, _at("total = m"))
    assert [request.prefix for request in script.asked] == ["total = mean", "total = m"]
    second.cancel()
    third = await _begin(completer, _at("total = "))
    assert (await third).reason == str(Reason.DELETING)


async def test_the_stages_tell_whose_time_it_was(completer: Completer, script: Script) -> None:
    script.tokens = ["mean", "(x)"]
    first = await _begin(completer, _at("total = "))
    await script.write(1)
    second = asyncio.create_task(completer.complete(_at("total = m")))
    await script.write(1)
    own, shared = (await first).ms, (await second).ms
    assert own.keys() == {"context", "transport", "decode", "filters", "other", "total"}
    assert shared.keys() == {"waiting", "filters", "other", "total"}
    for ms in (own, shared):
        assert sum(ms.values()) - ms["total"] == pytest.approx(ms["total"], abs=0.1)
    cached = await completer.complete(_at("total = me"))
    assert cached.ms.keys() == {"filters", "other", "total"}


async def test_a_line_that_changes_after_the_cursor_begins_anew(
    completer: Completer, script: Script
) -> None:
    script.tokens = ["mean"]
    first = await _begin(completer, _at("total = "))
    first.cancel()
    second = await _begin(completer, _at("total = m", "\nelse\n"))
    assert len(script.asked) == 2
    second.cancel()


async def test_a_backend_that_fails_gives_its_reason(completer: Completer, script: Script) -> None:
    script.error = BackendError("the engine is on fire")
    done = await completer.complete(_at("total = "))
    assert (done.text, done.reason) == ("", "the engine is on fire")


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (_at("tot", "al = 1\n"), Reason.IN_WORD),
        (_at("x = ", " compute(everything)\n"), Reason.CODE_FOLLOWS),
    ],
)
async def test_where_none_is_wanted_none_is_made(
    completer: Completer, script: Script, request_: CompletionRequest, reason: Reason
) -> None:
    done = await completer.complete(request_)
    assert (done.text, done.reason) == ("", str(reason))
    assert script.asked == []


async def test_switched_off(script: Script) -> None:
    completer = Completer(script, Settings(completion=CompletionSettings(enabled=False)))
    assert (await completer.complete(_at("x = "))).reason == str(Reason.OFF)
    asked = await _begin(completer, _at("x = ", explicit=True))
    assert script.asked
    asked.cancel()
    completer.close()


async def test_a_person_who_asks_may_choose(completer: Completer, script: Script) -> None:
    script.tokens = ["mean(x)"]
    task = await _begin(completer, _at("total = ", explicit=True))
    await script.write(1)
    assert [request.variant for request in script.asked] == [0, 1, 2]
    assert [request.temperature for request in script.asked] == [0.0, 0.6, 0.6]
    await script.write(2)
    done = await task
    # All three wrote the same, so there is nothing to choose from.
    assert (done.text, done.alternatives) == ("mean(x)", ())


async def test_others_may_be_had_where_one_is_shown(completer: Completer, script: Script) -> None:
    script.tokens = ["mean(x)"]
    task = await _begin(completer, _at("total = "))
    await script.write(1)
    await task
    asked = len(script.asked)
    script.tokens = ["sum(x)"]
    again = await _begin(completer, _at("total = ", explicit=True))
    await script.write(4)
    done = await again
    assert [request.variant for request in script.asked[asked:]] == [1, 2]
    assert done.text == "mean(x)"
    assert [each.text for each in done.alternatives] == ["sum(x)"]


async def test_an_empty_answer_has_a_reason(completer: Completer) -> None:
    done = await completer.complete(_at("total = "))
    assert (done.text, done.reason) == ("", str(Reason.NOTHING))


async def test_documents_do_not_disturb_each_other(completer: Completer, script: Script) -> None:
    script.tokens = ["mean"]
    first = await _begin(completer, _at("total = "))
    other = CompletionRequest(prefix="b = ", suffix="", document="file:///b.py")
    second = await _begin(completer, other)
    await script.write(2)
    assert {(await first).text, (await second).text} == {"mean"}
