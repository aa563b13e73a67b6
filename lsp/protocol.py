"""The JSON-RPC side of the server: every message is answered as the specification says.

pygls leaves a request with wrong parameters unanswered, and puts tracebacks into its errors.
"""

from __future__ import annotations

import inspect
import json
import logging
import re
import time
from collections.abc import Generator
from concurrent.futures import Future
from contextvars import ContextVar
from functools import partial
from typing import Any

import attrs
import cattrs
from lsprotocol import types
from pygls.exceptions import (
    JsonRpcException,
    JsonRpcInternalError,
    JsonRpcInvalidParams,
    JsonRpcInvalidRequest,
    JsonRpcMethodNotFound,
    JsonRpcParseError,
    JsonRpcRequestCancelled,
    JsonRpcServerNotInitialized,
)
from pygls.protocol import LanguageServerProtocol, default_converter, lsp_method

from midfill.engine.errors import MidfillError
from midfill.lsp.uri import file_of
from midfill.lsp.workspace import Workspace

_LOG = logging.getLogger(__name__)
_LARGEST_UINTEGER = 2**31 - 1
_uinteger = [attrs.validators.ge(0), attrs.validators.le(_LARGEST_UINTEGER)]

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")

# When the message that is being handled came in, by `time.perf_counter`.
received_at: ContextVar[float] = ContextVar("received_at")


@attrs.define
class VersionedIdentifier(types.TextDocumentIdentifier):
    """A document with its version, which Copilot's clients send with an inline completion."""

    version: int | None = None


DID_MOVE_CURSOR = "midfill/didMoveCursor"


@attrs.define
class DidMoveCursorNotification:
    """Ours: the cursor came to rest somewhere."""

    params: types.TextDocumentPositionParams
    method: str = DID_MOVE_CURSOR
    jsonrpc: str = "2.0"


CONTEXT = "midfill/context"


@attrs.define
class ContextRequest:
    """Ours: what the model is shown of the repository at a cursor."""

    id: int | str
    params: types.TextDocumentPositionParams
    method: str = CONTEXT
    jsonrpc: str = "2.0"


DID_END_SUGGESTION = "midfill/didEndSuggestion"


@attrs.define
class EndedSuggestion:
    """How many characters of a suggestion were accepted, and there a minute later.

    `partly`: there were others.
    """

    language_id: str
    accepted: int = attrs.field(validator=_uinteger)
    kept: int = attrs.field(validator=_uinteger)
    partly: bool = False


@attrs.define
class DidEndSuggestionNotification:
    """Ours: a suggestion was shown, and it is known what became of it."""

    params: EndedSuggestion
    method: str = DID_END_SUGGESTION
    jsonrpc: str = "2.0"


_OURS = {
    DID_MOVE_CURSOR: DidMoveCursorNotification,
    CONTEXT: ContextRequest,
    DID_END_SUGGESTION: DidEndSuggestionNotification,
}


class Protocol(LanguageServerProtocol):
    """Reads and answers one message at a time.

    `exited` is true once the client has asked the process to end.
    """

    exited = False

    @property
    def exit_code(self) -> int:
        """The exit status that is due: 0 only after `shutdown`."""
        return 0 if self._shutdown else 1

    @property
    def workspace(self) -> Workspace:
        workspace = super().workspace
        assert isinstance(workspace, Workspace)
        return workspace

    def get_message_type(self, method: str) -> type[Any] | None:  # type: ignore[override]  # cached
        """The class of a message, the standard's or ours."""
        return _OURS.get(method) or super().get_message_type(method)

    def receive(self, body: bytes) -> None:
        """Handle one message, whatever it is."""
        received_at.set(time.perf_counter())
        try:
            message = _parsed(body)
        except (ValueError, RecursionError):
            self._refuse(None, JsonRpcParseError())
            return
        if not isinstance(message, dict) or message.get("jsonrpc") != self.VERSION:
            self._refuse(None, JsonRpcInvalidRequest())
        elif "method" not in message:
            self._receive_response(message)
        elif "id" in message:
            self._receive_request(message)
        else:
            self._receive_notification(message)

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(
        self, params: types.InitializeParams
    ) -> Generator[Any, Any, types.InitializeResult]:
        if params.root_uri is not None and file_of(params.root_uri) is None:
            params.root_uri = None  # pygls fails at what is no URI
        result: types.InitializeResult = yield from super().lsp_initialize(params)
        plain = super().workspace
        self._workspace = Workspace(
            plain.root_uri,
            workspace_folders=list(plain.folders.values()),
            position_encoding=plain.position_encoding,
        )
        return result

    @lsp_method(types.WORKSPACE_EXECUTE_COMMAND)
    def lsp_workspace__execute_command(
        self, params: types.ExecuteCommandParams
    ) -> Generator[Any, Any, Any]:
        command = self.fm.commands.get(params.command)
        if command is not None:
            try:
                inspect.signature(command).bind(*(params.arguments or ()))
            except TypeError as error:
                raise JsonRpcInvalidParams(f"{params.command}: {error}") from None
        return (yield from super().lsp_workspace__execute_command(params))

    @lsp_method(types.EXIT)
    def lsp_exit(self, *_: Any) -> None:  # type: ignore[override]  # pygls's ends the process
        self.exited = True

    def _receive_request(self, message: dict[str, Any]) -> None:
        request_id, method = message["id"], message["method"]
        if type(request_id) not in (int, str) or not isinstance(method, str):
            self._refuse(None, JsonRpcInvalidRequest())  # true would be taken for 1
        elif self._shutdown:
            self._refuse(request_id, JsonRpcInvalidRequest("The server is shutting down"))
        elif (self._workspace is None) != (method == types.INITIALIZE):
            self._refuse(
                request_id,
                JsonRpcServerNotInitialized("Send 'initialize' first")
                if self._workspace is None
                else JsonRpcInvalidRequest("The server is initialized already"),
            )
        elif not self._knows(method):
            self._refuse(request_id, JsonRpcMethodNotFound.of(method))
        else:
            # A request with an error in it would be taken for a response.
            parts = {name: message.get(name) for name in ("jsonrpc", "id", "method", "params")}
            try:
                request = self.structure_message(parts)
            except JsonRpcException as error:
                self._refuse(request_id, JsonRpcInvalidParams(f"{method}: {_faults(error)}"))
            else:
                self.handle_message(request)

    def _receive_notification(self, message: dict[str, Any]) -> None:
        method = message["method"]
        if method != types.EXIT and (self._shutdown or self._workspace is None):
            return
        if not isinstance(method, str) or not self._knows(method):
            return
        try:
            notification = self.structure_message({"params": None, **message})
        except JsonRpcException as error:
            _LOG.warning("Ignored %s: %s", method, _faults(error))
        else:
            self.handle_message(notification)

    def _receive_response(self, message: dict[str, Any]) -> None:
        request_id = message.get("id")
        # pygls keeps the client's requests among the futures as well, but only ours have types.
        if not isinstance(request_id, int | str) or request_id not in self._result_types:
            return
        asked = self._request_futures.get(request_id)
        if asked is None or asked.done():  # done: nobody waits any more
            self._request_futures.pop(request_id, None)
            self._result_types.pop(request_id)
            return
        try:
            response = self.structure_message({"result": None, **message})
        except JsonRpcException as error:
            fault = types.ResponseError(code=error.code, message=_faults(error))
            self._handle_response(request_id, error=fault)
        else:
            self.handle_message(response)
        finally:
            self._result_types.pop(request_id, None)

    def _execute_handler(self, msg_id: int | str, *args: Any, **kwargs: Any) -> None:
        super()._execute_handler(msg_id, *args, **kwargs)
        # pygls would keep the future of every notification.
        future = self._request_futures.get(msg_id)
        if future is not None:
            future.add_done_callback(partial(self._forget, msg_id))

    def _forget(self, msg_id: int | str, done: Future[Any]) -> None:
        # Of two requests with one id the other may still be at work.
        if self._request_futures.get(msg_id) is done:
            del self._request_futures[msg_id]

    def _handle_cancel_notification(self, msg_id: object) -> None:
        # lsprotocol takes any value for an id here.
        if isinstance(msg_id, int | str) and msg_id not in self._result_types:
            super()._handle_cancel_notification(msg_id)

    def _knows(self, method: str) -> bool:
        return (
            method in self.fm.builtin_features
            or method in self.fm.features
            or method == types.CANCEL_REQUEST
        )

    def _send_handler_result(self, future: Future[Any], *, msg_id: int | str) -> None:
        if future.cancelled():
            self._refuse(msg_id, JsonRpcRequestCancelled())
        elif error := future.exception():
            self._refuse(msg_id, _presentable(error))
        else:
            self._send_response(msg_id, result=future.result())

    def _refuse(self, request_id: int | str | None, error: JsonRpcException) -> None:
        self._send_data(
            {
                "jsonrpc": self.VERSION,
                "id": request_id,
                "error": {"code": error.code, "message": error.message},
            }
        )


def _parsed(body: bytes) -> Any:
    """The message, with U+FFFD for each lone surrogate: JSON can carry it, no codec accepts it."""
    message = json.loads(body)
    if _SURROGATE.search(body):
        text = json.dumps(message, ensure_ascii=False)
        whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        message = message if whole == text else json.loads(whole)
    return message


def converter() -> cattrs.Converter:
    """pygls's converter, which takes positions of any size and a document's version as well."""
    made: cattrs.Converter = default_converter()  # type: ignore[no-untyped-call]
    made.register_structure_hook(str, _string)
    made.register_structure_hook(types.Position, _position)
    made.register_structure_hook(
        types.TextDocumentIdentifier,
        lambda value, _: _identifier(value["uri"], value.get("version")),
    )
    return made


def _string(value: object, _: type) -> str:
    """No string is made of what is none, as cattrs would."""
    if not isinstance(value, str):
        raise TypeError
    return value


def _identifier(uri: object, version: object) -> VersionedIdentifier:
    if not isinstance(version, int | None):
        raise TypeError
    return VersionedIdentifier(_string(uri, str), version)


def _position(value: dict[str, Any], _: type) -> types.Position:
    line, character = int(value["line"]), int(value["character"])
    if line < 0:
        return types.Position(0, 0)
    return types.Position(min(line, _LARGEST_UINTEGER), max(0, min(character, _LARGEST_UINTEGER)))


def _presentable(error: BaseException) -> JsonRpcException:
    """The error as a client may see it: without a traceback or any text that is not ours."""
    if isinstance(error, JsonRpcException):
        return error
    if isinstance(error, MidfillError):
        return JsonRpcException(str(error), code=types.LSPErrorCodes.RequestFailed)
    _LOG.error("A request failed", exc_info=error)
    return JsonRpcInternalError(f"Internal error: {type(error).__name__}")


def _faults(error: JsonRpcException) -> str:
    """Where a message is wrong, without the values in it."""
    if error.__cause__ is None:
        return error.message
    found = cattrs.transform_error(
        error.__cause__,
        format_exception=lambda fault, _: (
            "required field missing" if isinstance(fault, KeyError) else "invalid value"
        ),
    )
    return "; ".join(found)
