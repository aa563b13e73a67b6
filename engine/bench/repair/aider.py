"""Aider, as a person runs it in a terminal, with Midfill's engine for its model."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import msgspec

from midfill.engine.bench.repair import driver
from midfill.engine.bench.repair.attempt import Attempt
from midfill.engine.bench.repair.place import WISH, Place
from midfill.engine.errors import MidfillError, UsageError
from midfill.engine.repair.command import Command, run
from midfill.engine.runtime.address import Address

EditFormat = Literal["whole", "diff"]

_LONGEST_S = 7200.0
# Half as much again as the longest program of the data takes; else a small model repeats itself
# until the context is full.
_MAX_TOKENS = 1024
# It is alone, and talks to nobody but the engine; to that for answers alone, and not for summaries
# of what was said.
_OPTIONS = (
    *("--max-chat-history-tokens", "1000000"),
    *("--yes-always", "--no-git", "--no-gitignore", "--map-tokens", "0", "--no-stream"),
    *("--no-check-update", "--analytics-disable", "--no-show-model-warnings"),
    *("--no-show-release-notes", "--no-detect-urls", "--no-suggest-shell-commands"),
    *("--no-pretty", "--no-fancy-input", "--timeout", str(_LONGEST_S)),
)
_NOWHERE = "http://127.0.0.1:9"


class Aider:
    """A Repairer.

    Args:
        python: the interpreter of Aider's environment.
        address: an engine that listens on a port.
        calls: how many answers of the model it may have for a program.
        blind: the tests are kept from it.
    """

    def __init__(
        self,
        python: Path,
        edit_format: EditFormat,
        address: Address,
        context_tokens: int,
        calls: int,
        *,
        blind: bool,
    ) -> None:
        self.name = name_of(edit_format)
        self._python = python
        self._edit_format = edit_format
        self._address = address
        self._context_tokens = context_tokens
        self._calls = calls
        self._blind = blind

    async def repair(self, place: Place) -> Attempt:
        """See `Repairer`."""
        with TemporaryDirectory(prefix="midfill-") as folder:
            home = Path(folder)
            (home / "message.txt").write_text(await self._message(place), "utf-8")
            options = [*_OPTIONS, *self._model(home)]
            if not self._blind:
                options += ["--auto-test", "--test-cmd", str(place.tests)]
            python = (str(self._python), "-I", "-X", "utf8", str(Path(driver.__file__)))
            argv = (*python, str(self._calls), str(home), *options, place.program.name)
            ran = await run(Command(argv), place.folder, self._environment(home), _LONGEST_S)
            if ran.status is None:
                return Attempt(reason=f"ended after {_LONGEST_S:.0f} s")
            if ran.status:
                said = ran.output[-500:].strip()
                raise MidfillError(f"aider ended with status {ran.status}: {said}")
            return msgspec.json.decode((home / "attempt.json").read_bytes(), type=Attempt)

    async def _message(self, place: Place) -> str:
        if self._blind:
            return WISH
        output = (await place.run()).output
        return f"{WISH} These are the tests of {place.program.name}:\n\n{output}"

    def _model(self, home: Path) -> list[str]:
        """Options that name the model, and tell what it can do."""
        name = f"openai/{self._address.model.stem}"
        limits = {
            "max_input_tokens": self._context_tokens,
            "max_output_tokens": _MAX_TOKENS,
            "input_cost_per_token": 0,
            "output_cost_per_token": 0,
            "litellm_provider": "openai",
            "mode": "chat",
        }
        settings = {"name": name, "extra_params": {"max_tokens": _MAX_TOKENS}}
        files = {"metadata": {name: limits}, "settings": [settings]}
        options = ["--model", name, "--edit-format", self._edit_format]
        for kind, content in files.items():
            file = home / f"{kind}.json"  # which is YAML as well
            file.write_text(msgspec.json.encode(content).decode(), "utf-8")
            options += [f"--model-{kind}-file", str(file)]
        for kind in ("input", "chat"):
            options += [f"--{kind}-history-file", str(home / kind)]
        return options

    def _environment(self, home: Path) -> dict[str, str]:
        record = self._address.record()
        if record is None or record.port is None:
            raise MidfillError("the engine does not listen on a port")
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "TERM": "dumb",
            "OPENAI_API_BASE": f"http://127.0.0.1:{record.port}/v1",
            "OPENAI_API_KEY": record.token or "",
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            "HTTP_PROXY": _NOWHERE,
            "HTTPS_PROXY": _NOWHERE,
            "NO_PROXY": "127.0.0.1",
        }


def name_of(edit_format: EditFormat) -> str:
    """How the answers in a format are called."""
    return f"aider {edit_format}"


def interpreter(binary: Path) -> Path:
    """The Python that the program `aider` runs with.

    Raises:
        UsageError: it is not in an environment of its own.
    """
    python = binary.resolve().with_name("python")
    if not python.exists():
        raise UsageError(f"there is no Python beside {binary}: install aider-chat into a venv")
    return python
