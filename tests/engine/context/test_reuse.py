"""Context costs nothing at a key, and a change of it nothing either: counted at the real model."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from midfill.engine.backend import Delta, InfillRequest
from midfill.engine.completion.pipeline import Completer, CompletionRequest
from midfill.engine.context.retrieval import Retrieval
from midfill.engine.context.ring import Ring
from midfill.engine.context.shown import Shown
from midfill.engine.runtime.local import LocalEngine
from midfill.engine.settings import Completion as CompletionSettings
from midfill.engine.settings import Settings

from .conftest import Index

pytestmark = pytest.mark.model

FUNCTIONS = "".join(f"def scale_{n}(value):\n    return value * {n}\n\n\n" for n in range(9))
ABOVE = f"import tax\n\n\n{FUNCTIONS}print(tax.add_tax(1, 2))\n\n\n"
BELOW = "\n\n\nprint(scale_3(4))\n"
TYPED = "def total(price):\n    return "
# Tokens besides what was typed, of which no line here has more than two a character.
SEAM = 4


class Counted:
    """A backend that notes what each request shows and evaluates."""

    name = "counted"
    debounced = False

    def __init__(self, engine: LocalEngine) -> None:
        self.requests: list[tuple[InfillRequest, int]] = []
        self._engine = engine

    async def infill(self, request: InfillRequest) -> AsyncGenerator[Delta]:
        noted = False
        async for delta in self._engine.infill(request):
            if delta.stats is not None and not noted:
                self.requests.append((request, delta.stats.tokens_evaluated))
                noted = True
            yield delta


class Writer:
    """Types into a file of a project, and asks at every key."""

    def __init__(self, counted: Counted, settings: Settings, shown: Shown, root: Path) -> None:
        self.counted = counted
        self._settings = settings
        self._shown = shown
        self._root = root
        self._before = ABOVE

    async def type(self, text: str) -> str:
        """Type, ask, and see that only what was typed was evaluated; the text that was shown."""
        self._before += text
        self.counted.requests.clear()
        # A new one each time, or its cache would answer.
        with closing(Completer(self.counted, self._settings, self._shown)) as completer:
            await completer.complete(self._request())
        asked = [each for each in self.counted.requests if each[0].max_tokens]
        assert asked
        assert max(evaluated for _, evaluated in asked) <= len(text) + SEAM
        return "".join(extra.text for extra in asked[0][0].extra)

    async def rest(self) -> None:
        """Let what is best shown here be evaluated."""
        await Completer(self.counted, self._settings, self._shown).warm_up(self._request())

    def _request(self) -> CompletionRequest:
        return CompletionRequest(
            prefix=self._before,
            suffix=BELOW,
            line=self._before.count("\n"),
            filename="app.py",
            root=str(self._root),
            document="file:///app.py",
            explicit=True,
        )


@pytest.fixture
async def writer(
    model_path: Path,
    real_model_env: dict[str, str],
    tmp_path: Path,
    index: Index,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Writer]:
    """At rest in a file that imports another one."""
    for name in real_model_env.keys() - os.environ.keys() | {"MIDFILL_RUNTIME_DIR"}:
        monkeypatch.setenv(name, real_model_env[name])
    root = tmp_path / "w"
    root.mkdir()
    (root / "tax.py").write_text("def add_tax(price, rate):\n    return price * rate\n")
    (root / "stock.py").write_text("class Reservation:\n    amount = 0\n")
    (root / "app.py").write_text(ABOVE + BELOW)
    completion = CompletionSettings(
        prefix_tokens=256, suffix_tokens=64, max_tokens=4, prompt_ms=0, candidates=1
    )
    settings = Settings(completion=completion)
    engine = LocalEngine(settings, model_path)
    await engine.ensure()
    ring, store = Ring(), index(root)
    shown = Shown(Retrieval(ring, lambda _: store), ring, settings)
    made = Writer(Counted(engine), settings, shown, root)
    await made.rest()
    yield made
    shown.close()
    await engine.aclose()


async def test_a_key_costs_what_was_typed(writer: Writer) -> None:
    for key in TYPED:
        assert "def add_tax(price, rate):" in await writer.type(key)


async def test_a_new_choice_costs_nothing_once_it_is_shown(writer: Writer) -> None:
    assert "Reservation" not in await writer.type(TYPED + "Reservation(")
    await writer.rest()
    assert "class Reservation:" in await writer.type("price")


async def test_a_key_costs_no_more_while_a_new_choice_is_evaluated(writer: Writer) -> None:
    before = await writer.type(TYPED + "Reservation(")
    resting = asyncio.create_task(writer.rest())
    await asyncio.sleep(0.1)
    after = await writer.type("p")
    assert after == before or resting.done()
    await resting
    assert "class Reservation:" in await writer.type("rice")
