"""Errors in OpenAI's shape."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TypeVar

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

_log = logging.getLogger(__name__)
_Body = TypeVar("_Body")
# More than any context holds; a larger body is not read.
_LARGEST_BODY = 32 << 20


class ApiError(Exception):
    """An answer other than 200.

    Args:
        status: HTTP status.
        message: for a person; never holds text of the prompt.
        kind: OpenAI's `type`.
        param: the field that is wrong, if any.
        code: OpenAI's `code`, if any.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        param: str | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = {
            "error": {"message": message, "type": kind, "param": param, "code": code},
        }


async def read(request: Request, kind: type[_Body]) -> _Body:
    """The request's body as `kind`.

    Raises:
        ApiError: too large, no JSON, or a wrong or missing field, which is named.
    """
    data = b""
    async for chunk in request.stream():
        data += chunk
        if len(data) > _LARGEST_BODY:
            raise ApiError(413, f"the body is larger than {_LARGEST_BODY >> 20} MiB")
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError as error:
        text, _, path = str(error).partition(" - at `$.")
        raise ApiError(400, str(error), param=path.rstrip("`") or _missing(text)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ApiError(400, f"the body is not valid JSON: {error}") from None
    except RecursionError:
        raise ApiError(400, "the body is nested too deeply") from None


def _missing(text: str) -> str | None:
    """The field in "Object missing required field `prompt`"."""
    return text.split("`")[1] if text.count("`") == 2 else None


async def on_api_error(_: Request, error: Exception) -> Response:
    """Answer with an ApiError's own body."""
    assert isinstance(error, ApiError)
    headers = {"Retry-After": "1"} if error.status == HTTPStatus.SERVICE_UNAVAILABLE else None
    return JSONResponse(error.body, error.status, headers)


async def on_http_error(_: Request, error: Exception) -> Response:
    """Unknown routes and methods, in the same shape."""
    assert isinstance(error, HTTPException)
    found = ApiError(error.status_code, str(error.detail))
    return JSONResponse(found.body, error.status_code, error.headers)


async def on_failure(_: Request, error: Exception) -> Response:
    """Anything unexpected; the log has the details."""
    _log.error("unexpected", exc_info=error)
    failure = ApiError(500, "internal error; see the engine's log", kind="server_error")
    return JSONResponse(failure.body, 500)


Handler = Callable[[Request, Exception], Awaitable[Response]]
HANDLERS: dict[int | type[Exception], Handler] = {
    ApiError: on_api_error,
    HTTPException: on_http_error,
    Exception: on_failure,
}
