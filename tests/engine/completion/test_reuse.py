"""Nothing typed is evaluated twice: tokens that the real model evaluates, key by key."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from midfill.engine.backend import Delta, InfillRequest
from midfill.engine.completion.pipeline import Completer, Completion, CompletionRequest
from midfill.engine.runtime.local import LocalEngine
from midfill.engine.runtime.vocab import Vocab
from midfill.engine.settings import Completion as CompletionSettings
from midfill.engine.settings import Settings

pytestmark = pytest.mark.model

ABOVE = "".join(f"def scale_{n}(value):\n    return value * {n}\n\n\n" for n in range(8))
BELOW = "\n\n\nprint(total([1, 2], [3, 4]))\n"
# Besides what was typed.
SEAM = 4


class Counted:
    """A backend that notes what each request evaluated."""

    debounced = False

    def __init__(self, engine: LocalEngine) -> None:
        self.name = engine.name
        self.evaluated: list[int] = []
        self._engine = engine

    async def infill(self, request: InfillRequest) -> AsyncGenerator[Delta]:
        first = True
        async for delta in self._engine.infill(request):
            if delta.stats is not None and first:
                self.evaluated.append(delta.stats.tokens_evaluated)
                first = False
            yield delta


class Writer:
    """Types into documents, and asks at every key."""

    def __init__(self, counted: Counted, settings: Settings, vocab: Vocab) -> None:
        self.counted = counted
        self._settings = settings
        self._vocab = vocab
        self.texts = dict.fromkeys(("a.py", "b.py"), (ABOVE, BELOW))

    async def type(self, text: str, document: str = "a.py", behind: str = "") -> Completion:
        """Type `text` and let the editor put `behind` right of the cursor."""
        before, after = self.texts[document]
        self.texts[document] = before + text, behind + after
        return await self.ask(document, typed=text)

    async def ask(self, document: str = "a.py", typed: str = "") -> Completion:
        """Ask as a person who waits; at most what was typed may have to be evaluated."""
        self.counted.evaluated.clear()
        # A new one each time, or its cache would answer.
        with closing(Completer(self.counted, self._settings)) as completer:
            done = await completer.complete(self._request(document))
        assert self.counted.evaluated
        assert max(self.counted.evaluated) <= len(self._vocab.encode(typed)) + SEAM
        return done

    async def warm(self, document: str) -> None:
        """Rest in the document."""
        await Completer(self.counted, self._settings).warm_up(self._request(document))

    def _request(self, document: str) -> CompletionRequest:
        before, after = self.texts[document]
        return CompletionRequest(
            prefix=before, suffix=after, filename=document, document=document, explicit=True
        )


@pytest.fixture
async def writer(
    model_path: Path,
    real_model_env: dict[str, str],
    vocab: Vocab,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Writer]:
    """With a small window, which slides after some lines; and a cursor at rest in each document."""
    for name in real_model_env.keys() - os.environ.keys() | {"MIDFILL_RUNTIME_DIR"}:
        monkeypatch.setenv(name, real_model_env[name])
    completion = CompletionSettings(
        prefix_tokens=192, suffix_tokens=64, max_tokens=4, prompt_ms=0, candidates=1
    )
    settings = Settings(completion=completion)
    engine = LocalEngine(settings, model_path)
    await engine.ensure()
    made = Writer(Counted(engine), settings, vocab)
    for document in made.texts:
        await made.warm(document)
    yield made
    await engine.aclose()


async def test_typing(writer: Writer) -> None:
    for key in "def f(a):\n    ret":
        await writer.type(key)


async def test_backspace(writer: Writer) -> None:
    await writer.type("def total(prices, counts)")
    for _ in range(12):
        before, after = writer.texts["a.py"]
        writer.texts["a.py"] = before[:-1], after
        await writer.ask()
    await writer.type("x")


async def test_an_accepted_suggestion(writer: Writer) -> None:
    done = await writer.type("def total(prices, counts):\n    return ")
    assert done.text
    before, after = writer.texts["a.py"]
    writer.texts["a.py"] = before + done.text, after
    await writer.ask()


async def test_another_document_and_back(writer: Writer) -> None:
    for document in ("a.py", "b.py", "a.py", "b.py"):
        await writer.type("def total(", document)


async def test_brackets_that_the_editor_closes(writer: Writer) -> None:
    await writer.type("print")
    await writer.type("(", behind=")")
    await writer.type("total")
    await writer.type("([", behind="])")
    before, after = writer.texts["a.py"]
    writer.texts["a.py"] = before + "1]", after.removeprefix("]")
    await writer.ask(typed="1]")


async def test_a_window_that_slides(writer: Writer) -> None:
    for n in range(24):
        await writer.type(f"total_{n} = scale_{n % 8}({n})\n")
