"""`midfill bench typing`: typing into real files, by ours and by a peer."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import msgspec
import psutil

from midfill.engine.bench import trace
from midfill.engine.bench.llama_server import llama_server
from midfill.engine.bench.llama_vim import LlamaVim
from midfill.engine.bench.load import spinning
from midfill.engine.bench.ours import midfill
from midfill.engine.bench.replay import Session
from midfill.engine.bench.report import Side, ratios, side, waits_ms
from midfill.engine.bench.system import System
from midfill.engine.bench.trace import Trace
from midfill.engine.bench.variables import variables
from midfill.engine.errors import MidfillError
from midfill.engine.runtime import process
from midfill.engine.runtime.local import LocalEngine, OnStatus
from midfill.engine.settings import Settings

# Modules of Python's standard library with many functions, which every machine has.
_MODULES = ("textwrap", "shlex", "configparser", "argparse")


@dataclass(frozen=True, kw_only=True)
class Options:
    """What to type, and into what.

    Attributes:
        files: empty for modules of Python's standard library.
        keys: about how many characters to type.
        context: tokens of prefix and of suffix that the model is shown; None for the settings'.
        peer: a llama-server to compare with.
        busy: how many processes spin beside it.
    """

    files: tuple[Path, ...] = ()
    keys: int
    seed: int
    context: tuple[int, int] | None = None
    peer: Path | None = None
    busy: int = 0


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Both systems, and how many times the peer's our figures are."""

    model: str
    threads: int
    seed: int
    busy: int
    files: tuple[str, ...]
    ours: Side
    peer: Side | None = None
    ratio: dict[str, float | None] | None = None


class Outcome(msgspec.Struct, frozen=True):
    """The report, and for each system what every key waited, in milliseconds."""

    report: Report
    waits: dict[str, list[float]]


async def run(
    settings: Settings,
    options: Options,
    on_status: OnStatus,
    on_start: Callable[[int], None],
    on_key: Callable[[], None],
) -> Outcome:
    """Type a trace into Midfill and, if there is one, a peer.

    Both have the same model and threads. They take turns at every stretch, and the one that has to
    wait is suspended.

    Raises:
        MidfillError: something does not start, or ends; UsageError: the files are of no use.
    """
    files = options.files or standard_files()
    planned = trace.make(files, options.keys, options.seed)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="midfill-")))
        workspace = folder / "workspace"
        _write(planned, workspace)
        stack.enter_context(variables(_variables(folder, options)))
        engine = LocalEngine(settings)
        stack.push_async_callback(process.stop, engine.address)
        stack.push_async_callback(engine.aclose)
        await engine.ensure(on_status)
        threads = await _threads(engine)
        env = {**os.environ, "MIDFILL_MODEL": str(engine.address.model.resolve())}
        log = folder / "serve.log"
        systems: list[System] = [
            await stack.enter_async_context(midfill(engine, workspace, env, log))
        ]
        if options.peer is not None:
            shown = settings.completion
            batch = options.context or (shown.prefix_tokens, shown.suffix_tokens)
            client, pid = await stack.enter_async_context(
                llama_server(
                    options.peer,
                    engine.address.model,
                    folder / "peer.log",
                    threads=threads,
                    context_tokens=settings.engine.context_tokens,
                    batch_tokens=sum(batch),
                    gpu_layers=settings.engine.gpu_layers,
                )
            )
            peer = LlamaVim(client, psutil.Process(pid))
            stack.callback(peer.close)
            systems.append(peer)
        stack.enter_context(spinning(options.busy))
        sessions = [Session(system, planned, workspace, on_key) for system in systems]
        on_start(planned.keys * len(sessions))
        await take_turns(sessions, planned)
        sides = [await side(session) for session in sessions]
    report = Report(
        model=engine.address.model.stem,
        threads=threads,
        seed=options.seed,
        busy=options.busy,
        files=tuple(source.name for source in planned.documents),
        ours=sides[0],
        peer=sides[1] if len(sides) > 1 else None,
        ratio=ratios(*sides) if len(sides) > 1 else None,
    )
    return Outcome(
        report, {each.system.name: waits_ms(each.system.screen.keys) for each in sessions}
    )


async def take_turns(sessions: Sequence[Session], planned: Trace) -> None:
    """Make every visit in every session. Who is not typed into is suspended.

    Raises:
        MidfillError: something has ended.
    """
    try:
        for number, visit in enumerate(planned.visits):
            for session in sessions if number % 2 == 0 else reversed(sessions):
                with _suspended(other for other in sessions if other is not session):
                    await session.visit(visit)
    except psutil.NoSuchProcess as error:
        raise MidfillError(f"process {error.pid} has ended: what was measured is lost") from error


def standard_files() -> tuple[Path, ...]:
    """The files that are typed where none are named."""
    specs = [find_spec(module) for module in _MODULES]
    return tuple(Path(spec.origin) for spec in specs if spec is not None and spec.origin)


def _write(planned: Trace, workspace: Path) -> None:
    """Put the documents on disk as they are found, so that no index sees what will be typed."""
    for source in planned.documents:
        file = workspace / source.name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source.opening, "utf-8")


def _variables(folder: Path, options: Options) -> dict[str, str]:
    """The settings of the run: an engine of its own above all."""
    chosen = {
        "MIDFILL_RUNTIME_DIR": str(folder / "run"),
        "MIDFILL_COMPLETION_ENABLED": "true",
    }
    if options.context is not None:
        prefix, suffix = options.context
        chosen["MIDFILL_COMPLETION_PREFIX_TOKENS"] = str(prefix)
        chosen["MIDFILL_COMPLETION_SUFFIX_TOKENS"] = str(suffix)
    return chosen


async def _threads(engine: LocalEngine) -> int:
    async with engine.address.client() as client:
        return int((await client.get("/health")).json()["threads"])


@contextmanager
def _suspended(sessions: Iterable[Session]) -> Iterator[None]:
    """So that nobody works in another one's time, or uses it to get ahead."""
    with ExitStack() as stack:
        for session in sessions:
            for each in session.system.processes:
                each.suspend()
                stack.callback(each.resume)
        yield
