"""`midfill remote`: models on other machines."""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
from collections import deque
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click
import msgspec
from rich.console import Console
from rich.filesize import decimal
from rich.table import Table

from midfill.engine import settings as layers
from midfill.engine.backend import LOCAL
from midfill.engine.cli.options import MARKS, load_settings
from midfill.engine.errors import MidfillError, UsageError
from midfill.engine.remote import record
from midfill.engine.settings import Endpoint, Settings, Task

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

    from midfill.engine.check import Check

_TASKS = get_args(Task)


@click.group(epilog="Example: midfill remote add gpu https://gpu.example:8000/v1 --key-env GPU_KEY")
def command() -> None:
    """Servers with larger models: vLLM, or others with OpenAI's interface.

    They are written into your own settings, and nowhere else can they be set. Nothing is sent
    before you add one.
    """


@command.command(epilog="Example: midfill remote add gpu https://gpu.example:8000/v1 --model coder")
@click.argument("name")
@click.argument("url")
@click.option("--model", default="", help="One that it serves; its default if left out.")
@click.option("--key-env", default="", metavar="VARIABLE", help="The variable that holds the key.")
@click.option("--key-command", default="", help="A command that prints the key.")
@click.option("--ca", type=click.Path(exists=True, path_type=Path), help="Certificates to trust.")
@click.option("--proxy", default="", help="A proxy to reach it through.")
@click.option(
    "--for", "tasks", multiple=True, type=click.Choice(_TASKS), help="Use it for this only."
)
@click.option(
    "--context",
    "context_tokens",
    type=click.IntRange(1),
    help="Tokens that a repair may show it: see the README.",
)
def add(
    name: str,
    url: str,
    model: str,
    key_env: str,
    key_command: str,
    ca: Path | None,
    proxy: str,
    tasks: tuple[str, ...],
    context_tokens: int | None,
) -> None:
    """Set the endpoint NAME, in place of one of that name."""
    _require_usable(name, url)
    given: dict[str, Any] = {
        "url": url,
        "model": model,
        "key_env": key_env,
        "key_command": shlex.split(key_command),
        "ca_file": str(ca.resolve()) if ca else "",
        "proxy": proxy,
        "tasks": list(tasks),
        "context_tokens": context_tokens,
    }

    def change(document: TOMLDocument) -> None:
        endpoints = document.setdefault("remote", {}).setdefault("endpoints", {})
        endpoints[name] = {key: value for key, value in given.items() if value}

    file = layers.edit(change)
    click.echo(f"{name} is set in {file}. See whether it works: midfill remote test {name}")


@command.command(epilog="Example: midfill remote remove gpu")
@click.argument("name")
def remove(name: str) -> None:
    """Forget the endpoint NAME."""
    _chosen(load_settings(), name)

    def change(document: TOMLDocument) -> None:
        del document["remote"]["endpoints"][name]

    click.echo(f"{name} is removed from {layers.edit(change)}")


@command.command("list", epilog="Example: midfill remote list --json")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def list_endpoints(as_json: bool) -> None:
    """Show the endpoints, and when they are used."""
    settings = load_settings()
    remote = settings.remote
    policies = remote.policies
    if as_json:
        answer: dict[str, Any] = {
            "endpoints": remote.endpoints,
            **policies,
            "offline": settings.offline,
        }
        click.echo(msgspec.json.encode(answer))
        return
    if not remote.endpoints:
        click.echo("no endpoint is set: nothing leaves this machine")
        return
    table = Table("name", "url", "model", "key", "for", box=None, pad_edge=False)
    for name, endpoint in remote.endpoints.items():
        model, tasks = endpoint.model or "default", ", ".join(endpoint.tasks)
        table.add_row(name, endpoint.url, model, _key(endpoint), tasks)
    Console().print(table)
    click.echo("".join(f"\n{task}: {policy}" for task, policy in policies.items()))
    if settings.offline:
        click.echo("offline: none of them is used")


@command.command(epilog="Example: midfill remote test gpu")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def test(name: str | None, as_json: bool) -> None:
    """Look at one endpoint, or all: reachable, key, model, context, FIM tokens, speed.

    A completion of six lines is asked for. Exit status 1 when something is wrong.
    """
    settings = load_settings()
    if settings.offline:
        raise MidfillError("offline: no connection is opened (--offline, or the setting offline)")
    chosen = _chosen(settings, name)
    with Console(stderr=True).status("") as status:
        results = asyncio.run(_examined(chosen, settings, status.update))
    if as_json:
        click.echo(msgspec.json.encode({"endpoints": results}))
    else:
        table = Table("endpoint", "check", "", "found", "what to do", box=None, pad_edge=False)
        for endpoint, checks in results.items():
            for check in checks:
                table.add_row(endpoint, check.name, MARKS[check.status], check.detail, check.fix)
        Console().print(table)
    if any(check.status == "error" for checks in results.values() for check in checks):
        sys.exit(1)


@command.command(epilog="Example: midfill remote log --last 20")
@click.option("--last", type=click.IntRange(1), default=50, show_default=True, help="So many.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def log(last: int, as_json: bool) -> None:
    """Show what was sent where: files and sizes. Their text is not recorded."""
    sent = list(deque(record.read(), last))
    if as_json:
        click.echo(msgspec.json.encode({"sent": sent}))
        return
    if not sent:
        click.echo("nothing was ever sent")
        return
    table = Table("time", "endpoint", "host", "task", "file", "size", box=None, pad_edge=False)
    for each in sent:
        when = datetime.fromtimestamp(each.time).strftime("%Y-%m-%d %H:%M:%S")
        size = decimal(each.bytes)
        table.add_row(when, each.endpoint, each.host, each.task, each.file or "(no file)", size)
    Console().print(table)


async def _examined(
    endpoints: dict[str, Endpoint], settings: Settings, tell: Callable[[str], None]
) -> dict[str, list[Check]]:
    from midfill.engine.remote.client import RemoteModel
    from midfill.engine.remote.examine import examine

    results = {}
    for name, endpoint in endpoints.items():
        tell(f"asking {name}")
        model = RemoteModel(name, endpoint, settings.remote)
        try:
            results[name] = [check async for check in examine(model, settings)]
        finally:
            await model.aclose()
    return results


def _require_usable(name: str, url: str) -> None:
    if name == LOCAL:
        raise UsageError(f"'{name}' is the engine on this machine: choose another name")
    try:
        msgspec.convert({"url": url}, Endpoint)
    except msgspec.ValidationError:
        raise UsageError(
            "URL is to be like https://gpu.example:8000/v1; "
            "a key comes from --key-env or --key-command"
        ) from None


def _chosen(settings: Settings, name: str | None) -> dict[str, Endpoint]:
    endpoints = settings.remote.endpoints
    if not endpoints:
        raise UsageError("no endpoint is set: midfill remote add NAME URL")
    if name is None:
        return endpoints
    if name not in endpoints:
        raise UsageError(f"no endpoint is called '{name}'; there are: {', '.join(endpoints)}")
    return {name: endpoints[name]}


def _key(endpoint: Endpoint) -> str:
    """Where the key comes from, never the key."""
    if endpoint.key_env:
        is_set = "" if os.environ.get(endpoint.key_env) else " (not set)"
        return f"${endpoint.key_env}{is_set}"
    return shlex.join(endpoint.key_command) if endpoint.key_command else "none"
