"""Completes the tasks without context, with the ring alone, and with Midfill's own context.

The same pipeline and engine each time. The cursor stands first where the line's code begins, then
right before the name; the rest of the line has yet to be written. Context is
chosen and evaluated when the cursor comes to the line, as it is while a person looks at it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal, get_args

import msgspec
from rapidfuzz import fuzz

from midfill.engine.backend import Backend, Extra
from midfill.engine.bench.crossfile.sources import Source
from midfill.engine.bench.crossfile.tasks import Task
from midfill.engine.bench.crossfile.visits import chunks, visited
from midfill.engine.bench.unhurried import unhurried
from midfill.engine.completion.context import Context, NoContext
from midfill.engine.completion.pipeline import Completer, CompletionRequest
from midfill.engine.context.shown import Shown
from midfill.engine.settings import Settings

Mode = Literal["none", "ring", "midfill"]
CursorAt = Literal["line", "name"]
MODES: tuple[Mode, ...] = get_args(Mode)
_MAX_TOKENS = 64  # Only the first line counts.
# Whole chunks of 64 lines are long; more of them would take a laptop too long.
_RING_TOKENS = 1024
# What a window shows around the cursor at most, for what the ring leaves out.
_BEFORE, _AFTER = 3000, 1000


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A completion at a task, and what it cost.

    Attributes:
        expected, text: from the cursor to the end of the line, without blanks around.
        similarity: of the two, from 0 to 1 (rapidfuzz's `ratio`).
        found: the share of the names from other files whose definition was shown.
        total_ms: for a prompt that had been evaluated up to the cursor.
        decode_ms: what of it the tokens took after the first one.
        prompt_tokens: evaluated or reused.
    """

    task: Task
    mode: Mode
    cursor: CursorAt
    expected: str
    text: str
    reason: str | None
    similarity: float
    found: float
    total_ms: float
    decode_ms: float
    prompt_tokens: int

    @property
    def exact(self) -> bool:
        """Whether the line is the one that stands in the package."""
        return self.text == self.expected


class Workspace(msgspec.Struct, frozen=True):
    """An unpacked package."""

    name: str
    folder: Path
    sources: dict[str, Source]


class Bench:
    """Completes tasks of `workspaces` with one backend.

    `seed` says where the person was before.
    """

    def __init__(
        self, backend: Backend, settings: Settings, workspaces: Sequence[Workspace], seed: int
    ) -> None:
        self._backend = backend
        self._settings = _for_lines(settings)
        self._workspaces = {workspace.name: workspace for workspace in workspaces}
        self._seed = seed

    async def answers(self, task: Task, mode: Mode) -> list[Answer]:
        """The answers at both places of the cursor, which may be one and the same."""
        workspace = self._workspaces[task.package]
        with self._context(workspace, task, mode) as context:
            line = await self._answer(workspace, task, mode, context, "line")
            if task.name == task.start:
                return [line, msgspec.structs.replace(line, cursor="name")]
            return [line, await self._answer(workspace, task, mode, context, "name")]

    async def _answer(
        self, workspace: Workspace, task: Task, mode: Mode, context: Context, cursor: CursorAt
    ) -> Answer:
        text = workspace.sources[task.path].text
        at = task.start if cursor == "line" else task.name
        request = CompletionRequest(
            prefix=text[:at],
            suffix=text[task.end :],
            line=task.line - 1,
            filename=task.path,
            root=str(workspace.folder),
            repository=workspace.name,
            document=f"{mode}:{task.package}/{task.path}:{task.line}",
        )
        # One for each, so that no answer comes from another one.
        with closing(Completer(self._backend, self._settings, context)) as completer:
            if cursor == "line":
                await completer.warm_up(request)
            completion = await completer.complete(request)
        expected = text[at : task.end].strip()
        completed = completion.text.partition("\n")[0].strip()
        return Answer(
            task=task,
            mode=mode,
            cursor=cursor,
            expected=expected,
            text=completed,
            reason=completion.reason,
            similarity=fuzz.ratio(expected, completed) / 100,
            found=_found(task, context.shown(request.document)),
            total_ms=completion.ms["total"],
            decode_ms=completion.ms.get("decode", 0.0),
            prompt_tokens=completion.tokens_evaluated + completion.tokens_reused,
        )

    @contextmanager
    def _context(self, workspace: Workspace, task: Task, mode: Mode) -> Iterator[Context]:
        if mode == "none":
            yield NoContext()
            return
        source = workspace.sources[task.path]
        ring = visited(workspace.folder, source, workspace.sources, self._seed)
        if mode == "ring":
            before = source.text[max(task.start - _BEFORE, 0) : task.start]
            around = before + source.text[task.end : task.end + _AFTER]
            yield Always(chunks(ring, workspace.folder, around, _RING_TOKENS))
            return
        with Shown.opened(ring, self._settings) as shown:
            yield shown


class Always(NoContext):
    """Shows the same pieces at every place."""

    def __init__(self, pieces: tuple[Extra, ...]) -> None:
        self._pieces = pieces

    def shown(self, document: str) -> tuple[Extra, ...]:
        """The pieces."""
        return self._pieces

    async def choose(self, request: CompletionRequest) -> tuple[Extra, ...]:
        """The pieces."""
        return self._pieces


def _found(task: Task, shown: Sequence[Extra]) -> float:
    found = [
        any(each.filename in name.files and name.text in each.text for each in shown)
        for name in task.names
    ]
    return sum(found) / len(found)


def _for_lines(settings: Settings) -> Settings:
    completion = msgspec.structs.replace(settings.completion, max_tokens=_MAX_TOKENS)
    context = msgspec.structs.replace(settings.context, enabled=True)
    return unhurried(msgspec.structs.replace(settings, completion=completion, context=context))
