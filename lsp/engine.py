"""The local engine of the present settings: starting it, changing it, and what to say meanwhile.

Where endpoints are set, they are asked as well, or while there is no engine.
"""

from __future__ import annotations

import asyncio
import logging
from importlib import import_module
from typing import TYPE_CHECKING

from lsprotocol import types

from midfill.engine.backend import Backend
from midfill.engine.completion.pipeline import Completer, Completion, CompletionRequest
from midfill.engine.errors import MidfillError, UsageError
from midfill.engine.models.catalogue import Model, find
from midfill.engine.models.choose import resolve
from midfill.engine.models.pull import Cancelled
from midfill.engine.runtime import process
from midfill.engine.runtime.local import LocalEngine
from midfill.engine.settings import Settings
from midfill.lsp import models
from midfill.lsp.language_server import LanguageServer
from midfill.lsp.progress import Progress
from midfill.lsp.status import Status
from midfill.lsp.surroundings import Surroundings
from midfill.lsp.tasks import Tasks

if TYPE_CHECKING:
    from midfill.engine.remote.replicas import Replicas
    from midfill.engine.remote.router import Router

_LOG = logging.getLogger(__name__)
_STARTING = "Midfill is starting"
_LOADING = "the local engine is loading"
_OFF = "completion is switched off: completion.enabled is false"


class Supervisor:
    """Runs the engine that the settings ask for, and passes completion requests on to it."""

    def __init__(
        self,
        server: LanguageServer,
        tasks: Tasks,
        status: Status,
        progress: Progress,
        surroundings: Surroundings,
    ) -> None:
        self._server = server
        self._surroundings = surroundings
        self._tasks = tasks
        self._status = status
        self._progress = progress
        self._settings: Settings | None = None
        self._engine: LocalEngine | None = None
        self._replicas: Replicas | None = None
        self._router: Router | None = None
        self._completer: Completer | None = None
        self._starting: asyncio.Task[None] | None = None
        self._fetching: Model | None = None
        self._offered: set[str] = set()

    def use(self, settings: Settings) -> None:
        """Work with these settings from now on."""
        before, self._settings = self._settings, settings
        self._surroundings.use(settings)
        if self._engine is None or before is None or _choosing(before) != _choosing(settings):
            # A process that runs with other threads or another context would go on with them.
            self._begin(settings, afresh=before is not None and before.engine != settings.engine)
        elif self._completer is not None:
            self._completer.close()
            self._complete_with(self._router or self._engine, settings)

    def known_settings(self) -> Settings:
        """The settings in use.

        Raises:
            MidfillError: they are not known yet, or wrong.
        """
        if self._settings is None:
            raise MidfillError(self._status.reason or _STARTING)
        return self._settings

    def restart(self) -> None:
        """End the engine process, and start it again.

        Raises:
            MidfillError: the settings are not known yet, or wrong.
        """
        self._begin(self.known_settings(), afresh=True)

    def pull(self, name: str = "") -> None:
        """Begin to download a model: the one called `name`, else the one that suits.

        Raises:
            MidfillError: there is no model of that name, or the settings are wrong.
        """
        settings = self.known_settings()
        self._tasks.start(self._pull(settings, find(name) if name else None))

    async def complete(self, request: CompletionRequest) -> Completion:
        """The completion, or an empty one with the reason."""
        if self._completer is None:
            return Completion(text="", reason=self._status.reason or _STARTING)
        return await self._completer.complete(request)

    async def warm_up(self, request: CompletionRequest) -> None:
        """Evaluate the prompt of `request` ahead of time, where there is an engine."""
        if self._completer is not None:
            await self._completer.warm_up(request)

    def _begin(self, settings: Settings, *, afresh: bool) -> None:
        if self._starting is not None:
            self._starting.cancel()
        self._starting = self._tasks.start(self._start(settings, afresh=afresh))

    async def _start(self, settings: Settings, *, afresh: bool) -> None:
        await self._let_go()
        router = await self._reach_out(settings)
        if router is not None and settings.remote.completion == "remote":
            self._status.engine("Normal")
            return
        try:
            found = await asyncio.to_thread(resolve, settings)
        except MidfillError as error:
            if router is not None:
                router.without_local = str(error)
                self._status.engine("Normal")
            elif self._fetching is None:
                self._status.engine("Warning", str(error))
                self._tasks.start(self._offer(settings))
            return
        self._status.model = found.name
        self._engine = engine = LocalEngine(settings, found.path)
        if self._replicas is not None:
            self._tasks.start(self._replicas.learn(found.path))
        try:
            if afresh:
                await process.stop(engine.address)
            if settings.completion.enabled:
                await self._load(engine, found.name)
                self._status.engine("Normal")
            else:
                self._status.engine("Inactive", _OFF)
        except MidfillError as error:
            self._status.engine("Error", str(error))
            self._show_error(str(error))
        if router is not None:
            router.local = engine
        else:
            self._complete_with(engine, self.known_settings())

    async def _reach_out(self, settings: Settings) -> Router | None:
        """Ask endpoints, where some are set; the local engine joins in when it is there."""
        if not settings.may_leave:
            return None
        # Where nothing is set nothing is imported, and where something is, that takes a while.
        await asyncio.to_thread(import_module, "midfill.engine.remote.router")
        from midfill.engine.remote.replicas import Replicas
        from midfill.engine.remote.router import Router

        self._replicas = Replicas(settings.remote)
        self._router = Router("completion", settings.remote, self._replicas, None, _LOADING)
        self._complete_with(self._router, settings)
        return self._router

    def _complete_with(self, backend: Backend, settings: Settings) -> None:
        self._completer = Completer(backend, settings, self._surroundings.shown)

    async def _let_go(self) -> None:
        """Leave the engine and the endpoints; the engine's process stays, for other editors."""
        if self._completer is not None:
            self._completer.close()
            self._completer = None
        if self._replicas is not None:
            replicas, self._replicas, self._router = self._replicas, None, None
            await replicas.aclose()
        if self._engine is not None:
            engine, self._engine = self._engine, None
            await engine.aclose()

    async def _load(self, engine: LocalEngine, name: str) -> None:
        self._status.engine("Normal", f"{name} is loading", busy=True)
        async with self._progress.shown(f"Midfill: loading {name}") as report:
            await engine.ensure(lambda now: report(now.progress, now.state))
        on_gpu = (await engine.status()).gpu_layers > 0
        self._status.device = "GPU" if on_gpu else "CPU"
        _LOG.info("%s is ready", name)

    async def _pull(self, settings: Settings, model: Model | None) -> None:
        model = model or await _wanted(settings)
        if model is None:
            self._show_error(f"'{settings.model}' is no model that can be downloaded")
            return
        self._offered.add(model.name)
        if not model.licence.restricted or await models.offer(self._server, model):
            await self._fetch(settings, model)

    async def _offer(self, settings: Settings) -> None:
        """Ask whether to download the missing model, once in a session for each."""
        model = await _wanted(settings)
        if model is None or model.name in self._offered:
            return
        self._offered.add(model.name)
        if await models.offer(self._server, model):
            await self._fetch(settings, model)

    async def _fetch(self, settings: Settings, model: Model) -> None:
        """Download a model, and begin again with it."""
        if self._fetching is not None:
            return
        self._fetching = model
        if self._completer is None:
            self._status.engine("Normal", f"{model.name} is being downloaded", busy=True)
        try:
            await models.fetch(model, settings, self._progress)
            _LOG.info("%s was downloaded", model.name)
        except Cancelled as stopped:
            _LOG.info("%s", stopped)
        except MidfillError as error:
            self._show_error(str(error))
        finally:
            self._fetching = None
        self._begin(self.known_settings(), afresh=False)

    def _show_error(self, error: str) -> None:
        _LOG.error("%s", error)
        self._server.window_show_message(
            types.ShowMessageParams(types.MessageType.Error, f"Midfill: {error}")
        )


async def _wanted(settings: Settings) -> Model | None:
    try:
        return await asyncio.to_thread(models.wanted, settings)
    except UsageError:
        return None  # a name that no model has


def _choosing(settings: Settings) -> tuple[object, ...]:
    """What decides which engine runs, and whether one does."""
    local = settings.model, settings.models, settings.engine, settings.completion.enabled
    return *local, settings.remote, settings.offline
