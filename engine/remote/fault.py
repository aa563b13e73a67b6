"""What goes wrong with a server, in sentences that say what to do; none holds text that was sent.

A server's own message may quote the request, so of it only the kind of error is taken.
"""

from __future__ import annotations

import socket
import ssl
from http import HTTPStatus
from urllib.parse import urlsplit

import httpx
import msgspec

from midfill.engine.backend import BackendError
from midfill.engine.settings import Endpoint

_BUSY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_LONGEST_RETRY_S = 300.0


class RemoteError(BackendError):
    """A server that gave no answer.

    Args:
        lasting: another request will fare no better, until somebody mends something or time has
            passed; otherwise it was this request's own fault.
        again: the same request may be sent again, as none of it was worked on.
        retry_after: seconds after which the server wants to be asked again, if it said so.
    """

    def __init__(
        self,
        sentence: str,
        *,
        lasting: bool = True,
        again: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(sentence)
        self.lasting = lasting
        self.again = again
        self.retry_after = retry_after


class KeyFault(RemoteError):
    """There is no key to show, or it is refused."""


class _Body(msgspec.Struct, frozen=True):
    message: str = ""
    type: str = ""
    param: str | None = None
    code: str | int | None = None


class _Answer(msgspec.Struct, frozen=True):
    error: _Body = _Body()


def late(name: str) -> RemoteError:
    """For a server that had not answered by the deadline of a request."""
    return RemoteError(f"{name} did not answer in time")


def from_transport(name: str, endpoint: Endpoint, error: Exception) -> RemoteError:
    """For what httpx raises: no connection, or one that broke."""
    host = urlsplit(endpoint.url).netloc
    if isinstance(error, httpx.ProxyError):
        return RemoteError(f"{name}: the proxy refuses the connection to {host}", again=True)
    if isinstance(error, httpx.ConnectTimeout):
        return RemoteError(f"{name}: {host} does not answer; is the network up?", again=True)
    if isinstance(error, httpx.ConnectError):
        return _not_connected(name, endpoint, host, error)
    return RemoteError(f"{name}: the connection to {host} broke off")


def _not_connected(
    name: str, endpoint: Endpoint, host: str, error: httpx.ConnectError
) -> RemoteError:
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError | socket.gaierror):
        cause = cause.__cause__ or cause.__context__
    match cause:
        case ssl.SSLCertVerificationError():
            return RemoteError(
                f"{name}: the certificate of {host} is not trusted ({cause.verify_message}); "
                "if it is your own, give its authority with --ca"
            )
        case ssl.SSLError():
            return RemoteError(f"{name}: {host} does not speak TLS; should it be http://?")
    if endpoint.proxy:
        return RemoteError(f"{name}: cannot connect to its proxy; does that run?", again=True)
    if cause is not None:
        return RemoteError(
            f"{name}: the name {urlsplit(endpoint.url).hostname} is not known here; "
            "is it spelled right, and the network up?",
            again=True,
        )
    return RemoteError(f"{name}: cannot connect to {host}; does the server run?", again=True)


def from_answer(
    name: str, endpoint: Endpoint, response: httpx.Response, body: bytes
) -> RemoteError:
    """For an answer with another status than 200."""
    status = response.status_code
    try:
        error = msgspec.json.decode(body, type=_Answer).error
    except msgspec.DecodeError:
        error = _Body()
    if response.is_redirect:
        where = urlsplit(response.headers.get("location", "")).netloc or "another path"
        return RemoteError(
            f"{name} points to {where}, which is not followed; set that as its url if you trust it"
        )
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return KeyFault(f"{name} {_about_key(endpoint)}")
    if status == HTTPStatus.NOT_FOUND:
        if error.param == "model" or "model" in error.message.lower():
            return RemoteError(
                f"{name} does not serve the model '{endpoint.model}': midfill remote test {name}"
            )
        return RemoteError(f"{name} knows no such path; is {endpoint.url} the server's address?")
    if status in _BUSY:
        return RemoteError(
            f"{name} is busy or still loading (status {status})",
            again=True,
            retry_after=_retry_after(response),
        )
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        again = status in (HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT)
        return RemoteError(f"{name} failed (status {status}); its log says why", again=again)
    if error.param == "input_tokens" or "context length" in error.message:
        return RemoteError(
            f"the prompt is longer than the context of {name}; start it with a larger "
            "--max-model-len, or lower context.tokens and completion.prefix_tokens",
            lasting=False,
        )
    about = f", about {error.param}" if error.param else ""
    return RemoteError(f"{name} refused the request (status {status}{about})", lasting=False)


def _about_key(endpoint: Endpoint) -> str:
    if endpoint.key_env:
        return f"refuses the key in ${endpoint.key_env}"
    if endpoint.key_command:
        return "refuses the key that key_command printed"
    return "wants a key: add it again with --key-env or --key-command"


def _retry_after(response: httpx.Response) -> float | None:
    """The header in seconds; a date in it is too rare to be read."""
    value = response.headers.get("retry-after", "")
    return min(float(value), _LONGEST_RETRY_S) if value.isdecimal() else None
