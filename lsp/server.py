"""The server, put together, and its life from the first message to the exit status."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from lsprotocol import types

from midfill.engine import offline, paths
from midfill.engine.settings import Settings
from midfill.engine.statistics import Statistics
from midfill.lsp import (
    catalogue,
    commands,
    configuration,
    context,
    cursor,
    index,
    inline_completion,
    parent,
    repair_actions,
    repair_commands,
    statistics,
    status,
)
from midfill.lsp.configuration import Configuration
from midfill.lsp.engine import Supervisor
from midfill.lsp.index import Indexes
from midfill.lsp.language_server import LanguageServer
from midfill.lsp.log import EditorHandler
from midfill.lsp.progress import Progress
from midfill.lsp.repairs import Repairs
from midfill.lsp.status import Status
from midfill.lsp.stdio import Inbox, Writer, read_into
from midfill.lsp.surroundings import Surroundings
from midfill.lsp.tasks import Tasks

_LOG = logging.getLogger(__name__)


async def serve(stdin: int, stdout: int, editor: int | None = None) -> int:
    """Serve the editor at the other end of two file descriptors until it is done.

    `editor` is the id of its process, which it may also give in `initialize`.

    Returns:
        The exit status: 0 after `shutdown`, otherwise 1.
    """
    inbox: Inbox = asyncio.Queue()
    hang_up = partial(inbox.put_nowait, None)
    server = LanguageServer()
    server.protocol.set_writer(Writer(stdout, hang_up))
    tasks = Tasks()
    assemble(server, tasks, hang_up)
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_log_stray_error)
    to_editor = EditorHandler(
        lambda message: loop.call_soon_threadsafe(server.window_log_message, message)
    )
    logging.getLogger("midfill").addHandler(to_editor)
    read_into(inbox, stdin)
    if editor is not None:
        tasks.start(_hang_up_after(editor, hang_up))
    try:
        while not server.protocol.exited and (body := await inbox.get()) is not None:
            server.protocol.receive(body)
            # A handler reads the documents in its first step, before the next message changes them.
            await asyncio.sleep(0)
    finally:
        logging.getLogger("midfill").removeHandler(to_editor)
        await tasks.close()
    return server.protocol.exit_code


def assemble(server: LanguageServer, tasks: Tasks, hang_up: Callable[[], None]) -> None:
    """Register every feature; `hang_up` ends the session."""
    shown = Status(server.protocol.notify)
    surroundings = Surroundings()
    progress = Progress(server)
    engine = Supervisor(server, tasks, shown, progress, surroundings)
    indexes = Indexes(server, tasks, progress)

    def use(chosen: Settings) -> None:
        if chosen.offline:
            offline.enforce()
        engine.use(chosen)
        indexes.use(chosen)

    settings = Configuration(server, shown, use)

    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        settings.initialize(params.initialization_options)
        if params.process_id is not None:
            tasks.start(_hang_up_after(params.process_id, hang_up))

    @server.feature(types.INITIALIZED)
    def initialized(_: types.InitializedParams) -> None:
        _LOG.info("%s %s has started", server.name, server.version)
        tasks.start(settings.register())
        tasks.start(settings.update())

    configuration.register(server, settings, tasks)
    counts = Statistics(paths.statistics_file())
    inline_completion.register(server, engine, shown, counts)
    statistics.register(server, counts, tasks)
    catalogue.register(server, engine)
    cursor.register(server, engine, tasks)
    context.register(server, surroundings)
    index.register(server, indexes, settings, tasks)
    status.register(server, shown)
    commands.register(server, engine, shown)
    repairs = Repairs(server, engine, progress)
    repair_actions.register(server, repairs)
    repair_commands.register(server, repairs)


async def _hang_up_after(process: int, hang_up: Callable[[], None]) -> None:
    await parent.wait_for_death(process)
    _LOG.info("The editor is gone")
    hang_up()


def _log_stray_error(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    # The message of the context may show a callback's arguments, and thus code.
    _LOG.error("An error outside of every request", exc_info=context.get("exception"))
