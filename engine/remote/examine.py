"""Whether an endpoint is of use: a list of checks, each with what to do where it fails."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import msgspec

from midfill.engine.backend import BackendError, InfillRequest
from midfill.engine.check import Check
from midfill.engine.remote.client import RemoteModel
from midfill.engine.remote.fault import KeyFault
from midfill.engine.remote.tokens import tokens
from midfill.engine.settings import Completion, Context, Settings

_ONE_TOKEN = "<|fim_middle|>"  # noqa: S105
# What a model that fills in the middle makes of it.
_QUESTION = InfillRequest(
    prefix='def add(a, b):\n    """Return the sum of a and b."""\n    return ',
    suffix="\n\n\nprint(add(1, 2))\n",
    filename="sums.py",
    max_tokens=16,
    timeout_ms=60_000,
)
_ANSWER = ("a + b", "a+b", "b + a", "sum(")
_AGAIN = "mend that, and run this again"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class _Model(msgspec.Struct, frozen=True):
    id: str
    max_model_len: int | None = None
    owned_by: str = ""


class _Models(msgspec.Struct, frozen=True):
    data: list[_Model]


async def examine(model: RemoteModel, settings: Settings) -> AsyncIterator[Check]:
    """The checks; it ends where the others could tell nothing new."""
    yield _encrypted(model)
    try:
        await model.connection.health()
    except BackendError as error:
        yield Check("reachable", "error", str(error), _AGAIN)
        return
    yield Check("reachable", "ok", model.connection.host)
    try:
        served = await _served(model)
    except BackendError as error:
        yield Check("key" if isinstance(error, KeyFault) else "model", "error", str(error), _AGAIN)
        return
    has_key = model.endpoint.key_env or model.endpoint.key_command
    yield Check("key", "ok", "it fits" if has_key else "none is wanted")
    wanted = model.endpoint.model
    found = next((each for each in served if each.id == (wanted or served[0].id)), None)
    if found is None:
        names = ", ".join(each.id for each in served)
        yield Check("model", "error", f"'{wanted}' is not served", f"set one of: {names}")
        return
    yield Check("model", "ok", f"{found.id} ({found.owned_by or 'unknown server'})")
    yield _context(found.max_model_len, settings.completion, settings.context)
    yield await _special_tokens(model, found.id)
    try:
        yield await _speed(model)
    except BackendError as error:
        yield Check("completion", "error", str(error), "look into the server's log")


def _encrypted(model: RemoteModel) -> Check:
    address = urlsplit(model.endpoint.url)
    if address.scheme == "https":
        return Check("encrypted", "ok", "https")
    if address.hostname in _LOOPBACK:
        return Check("encrypted", "ok", "on this machine")
    return Check(
        "encrypted", "warning", "code and key travel as plain text", "use https, or a tunnel"
    )


async def _served(model: RemoteModel) -> list[_Model]:
    data = await model.connection.get("/v1/models")
    try:
        served = msgspec.json.decode(data, type=_Models).data
    except msgspec.DecodeError:
        served = []
    if not served:
        raise BackendError(f"{model.name} lists no models; is it a server of this kind?")
    return served


def _context(length: int | None, completion: Completion, context: Context) -> Check:
    shown = completion.prefix_tokens + completion.suffix_tokens + completion.max_tokens
    wanted = shown + (context.tokens if context.enabled else 0)
    if length is None:
        return Check("context", "warning", "the server does not tell its length")
    if length < wanted:
        fix = f"start it with --max-model-len {wanted} or more, or lower context.tokens"
        return Check("context", "error", f"{length} tokens, a completion takes {wanted}", fix)
    return Check("context", "ok", f"{length} tokens, a completion takes {wanted}")


async def _special_tokens(model: RemoteModel, name: str) -> Check:
    try:
        count = len(await tokens(model.connection, _ONE_TOKEN, name))
    except BackendError:
        return Check("FIM tokens", "warning", "the server has no /tokenize: not checked")
    if count != 1:
        fix = "serve a Qwen2.5-Coder model: others cannot fill in the middle with its tokens"
        return Check("FIM tokens", "error", f"{_ONE_TOKEN} is {count} tokens", fix)
    return Check("FIM tokens", "ok", f"{_ONE_TOKEN} is one token")


async def _speed(model: RemoteModel) -> Check:
    started = time.perf_counter()
    begun, text, count = 0.0, "", 0
    async for delta in model.infill(_QUESTION):
        if delta.text:
            begun = begun or time.perf_counter()
            text += delta.text
            count += 1
    first_ms = 1000 * ((begun or time.perf_counter()) - started)
    rate = (count - 1) / (time.perf_counter() - begun) if count > 1 else 0.0
    detail = f"first token after {first_ms:.0f} ms, {rate:.0f} tokens/s"
    if not text.strip().startswith(_ANSWER):
        fix = "is it a Qwen2.5-Coder model?"
        return Check("completion", "warning", f"{detail}; an unexpected answer", fix)
    return Check("completion", "ok", detail)
