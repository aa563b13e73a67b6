"""Settings from the editor: `initializationOptions`, `workspace/configuration` and
`workspace/didChangeConfiguration`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from midfill.engine import settings as layers
from midfill.engine.errors import UsageError
from midfill.engine.settings import Settings
from midfill.lsp.language_server import LanguageServer
from midfill.lsp.status import Status
from midfill.lsp.tasks import Tasks

SECTION = "midfill"

_LOG = logging.getLogger(__name__)
_ANSWER_WITHIN_S = 10.0
_KEYS = {field.name for field in msgspec.structs.fields(Settings)}


class Configuration:
    """Keeps the settings up to date, and hands those that are good to `apply`."""

    def __init__(
        self, server: LanguageServer, status: Status, apply: Callable[[Settings], None]
    ) -> None:
        self._server = server
        self._status = status
        self._apply = apply
        self._initial: dict[str, Any] = {}
        self._settings: Settings | None = None
        self._complaints: list[str] = []
        self._updating = asyncio.Lock()

    def initialize(self, options: object) -> None:
        """Take `initializationOptions`; they hold until the editor gives a section of its own."""
        self._initial = _given(options)

    async def register(self) -> None:
        """Ask the editor to tell of changes, where it wants to be asked."""
        workspace = self._server.client_capabilities.workspace
        settings = workspace and workspace.did_change_configuration
        files = workspace and workspace.did_change_watched_files
        wanted: dict[str, dict[str, Any]] = {}
        if settings and settings.dynamic_registration:
            wanted[types.WORKSPACE_DID_CHANGE_CONFIGURATION] = {"section": SECTION}
        if files and files.dynamic_registration:
            watchers = [{"globPattern": f"**/{layers.WORKSPACE_FILE}"}]
            wanted[types.WORKSPACE_DID_CHANGE_WATCHED_FILES] = {"watchers": watchers}
        registrations = [
            types.Registration(f"midfill:{method}", method, options)
            for method, options in wanted.items()
        ]
        if registrations:
            await self._server.client_register_capability_async(
                types.RegistrationParams(registrations)
            )

    async def update(self, pushed: object = None) -> None:
        """Read all layers again; `pushed` are the parameters of `didChangeConfiguration`."""
        async with self._updating:
            section = _given(pushed).get(SECTION)
            if section is None:
                section = await self._pull()
            self._load(_given(section) or self._initial)

    async def _pull(self) -> object:
        workspace = self._server.client_capabilities.workspace
        if not (workspace and workspace.configuration):
            return None
        folder = next(iter(self._server.workspace.folders.values()), None)
        item = types.ConfigurationItem(folder.uri if folder else None, SECTION)
        asked = self._server.workspace_configuration_async(types.ConfigurationParams([item]))
        try:
            sections = await asyncio.wait_for(asked, _ANSWER_WITHIN_S)
        except (TimeoutError, JsonRpcException):
            _LOG.warning("The editor did not answer workspace/configuration")
            return None
        return sections[0] if sections else None

    def _load(self, editor: dict[str, Any]) -> None:
        known = {key: value for key, value in editor.items() if key in _KEYS}
        root = next(iter(self._server.workspace.roots), None)
        try:
            settings, complaints = layers.load(root, known)
        except UsageError as error:
            self._complain([str(error)])
            if self._settings is None:
                self._status.engine("Error", str(error))
            return
        self._complain(complaints)
        if settings != self._settings:
            self._settings = settings
            self._apply(settings)

    def _complain(self, complaints: list[str]) -> None:
        for complaint in complaints:
            if complaint not in self._complaints:
                _LOG.warning("%s", complaint)
                self._server.window_show_message(
                    types.ShowMessageParams(types.MessageType.Warning, f"Midfill: {complaint}")
                )
        self._complaints = complaints


def register(server: LanguageServer, configuration: Configuration, tasks: Tasks) -> None:
    """Follow the editor's settings."""

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    def changed(params: types.DidChangeConfigurationParams) -> None:
        tasks.start(configuration.update(params.settings))


def _given(values: object) -> dict[str, Any]:
    """The values that are set: VS Code sends null for the others."""
    if not isinstance(values, Mapping):
        return {}
    return {
        key: _given(value) if isinstance(value, Mapping) else value
        for key, value in values.items()
        if value is not None
    }
