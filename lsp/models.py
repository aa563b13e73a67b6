"""Fetching a model, which only ever happens because the person said so."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from rich.filesize import decimal

from midfill.engine.errors import MidfillError
from midfill.engine.models.catalogue import Model, find, is_path
from midfill.engine.models.choose import choose
from midfill.engine.models.hardware import detect
from midfill.engine.models.pull import Pulled, pull
from midfill.engine.settings import Settings
from midfill.lsp.language_server import LanguageServer
from midfill.lsp.progress import Progress

_LOG = logging.getLogger(__name__)
# How long the end of the server waits for a fetch to stop its work.
_STOPS_WITHIN_S = 2.0


def wanted(settings: Settings) -> Model | None:
    """The model of the catalogue that the settings, or else the machine, ask for.

    Raises:
        UsageError: the settings name none that exists.
    """
    if is_path(settings.model):
        return None
    return find(settings.model) if settings.model else choose(settings, detect(), ()).pick


async def offer(server: LanguageServer, model: Model) -> bool:
    """Ask the person whether to download `model`, under its licence."""
    message = f"Midfill needs a model; {model.name} suits this machine"
    if model.licence.restricted:
        message += (
            f". Its licence, {model.licence.name}, forbids commercial use ({model.licence.url}); "
            "downloading it means accepting that"
        )
    yes = types.MessageActionItem(f"Download {model.short} ({decimal(model.bytes)})")
    asked = types.ShowMessageRequestParams(
        types.MessageType.Info, message, [yes, types.MessageActionItem("Not now")]
    )
    try:
        answer = await server.window_show_message_request_async(asked)
    except JsonRpcException:
        return False
    return answer is not None and answer.title == yes.title


async def fetch(model: Model, settings: Settings, progress: Progress) -> None:
    """Download `model` in a thread, with a progress bar that can stop it.

    Its licence counts as accepted: see `offer`.

    Raises:
        Cancelled: the person stopped it.
        MidfillError: it could not be had.
    """
    loop = asyncio.get_running_loop()
    stopped = threading.Event()
    async with progress.shown(f"Midfill: downloading {model.name}", stopped.set) as report:

        def tell(done: int, total: int, what: str) -> None:
            loop.call_soon_threadsafe(report, done / total, what)

        def work() -> Pulled:
            return pull(
                model,
                settings,
                accept_licence=True,
                progress=tell,
                say=_LOG.info,
                cancelled=stopped.is_set,
            )

        pulling = asyncio.wrap_future(_in_thread(work))
        try:
            await asyncio.shield(pulling)
        except asyncio.CancelledError:
            stopped.set()
            with contextlib.suppress(TimeoutError, MidfillError):
                await asyncio.wait_for(pulling, _STOPS_WITHIN_S)
            raise


def _in_thread(work: Callable[[], Pulled]) -> Future[Pulled]:
    """Run `work` in a thread that does not keep the process alive, as an executor's would."""
    future: Future[Pulled] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, name="pull", daemon=True).start()
    return future
