"""The key of an endpoint: asked for when it is needed, kept in memory, never written anywhere."""

from __future__ import annotations

import asyncio
import os

from midfill.engine.remote.fault import KeyFault
from midfill.engine.settings import Endpoint

_COMMAND_S = 30.0  # somebody may have to touch a token


class Key:
    """Where the key of the endpoint called `name` comes from."""

    def __init__(self, name: str, endpoint: Endpoint) -> None:
        self._name = name
        self._endpoint = endpoint
        self._printed = ""
        self._asking = asyncio.Lock()

    async def headers(self) -> dict[str, str]:
        """The header that shows it; none where the endpoint has no key.

        Raises:
            KeyFault: the variable is not set, or the command fails.
        """
        value = ""
        if self._endpoint.key_env:
            value = os.environ.get(self._endpoint.key_env, "").strip()
            if not value:
                raise KeyFault(f"{self._name}: the variable {self._endpoint.key_env} holds no key")
        elif self._endpoint.key_command:
            async with self._asking:
                self._printed = value = self._printed or await self._run()
        if not value.isascii() or any(character.isspace() for character in value):
            raise KeyFault(f"{self._name}: what should be its key is no single word")
        return {"Authorization": f"Bearer {value}"} if value else {}

    def forget(self) -> None:
        """Ask the command again the next time: the key was refused."""
        self._printed = ""

    async def _run(self) -> str:
        program = self._endpoint.key_command[0]
        try:
            process = await asyncio.create_subprocess_exec(
                *self._endpoint.key_command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
        except OSError as error:
            raise KeyFault(f"{self._name}: cannot run {program}: {error.strerror}") from None
        try:
            async with asyncio.timeout(_COMMAND_S):
                printed, _ = await process.communicate()
        except TimeoutError:
            raise KeyFault(f"{self._name}: {program} printed no key in time") from None
        finally:
            if process.returncode is None:
                process.kill()
        if process.returncode or not printed.strip():
            raise KeyFault(
                f"{self._name}: {program} printed no key (exit status {process.returncode})"
            )
        return printed.decode(errors="replace").strip()
