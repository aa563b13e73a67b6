"""The ASGI application."""

from __future__ import annotations

import secrets

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from midfill.engine.runtime.api import chat, completions, errors, infill, service
from midfill.engine.runtime.engine import Engine

ROUTES = [
    Route("/v1/completions", completions.completions, methods=["POST"]),
    Route("/v1/chat/completions", chat.chat_completions, methods=["POST"]),
    Route("/v1/models", service.models),
    Route("/infill", infill.infill, methods=["POST"]),
    Route("/tokenize", service.tokenize, methods=["POST"]),
    Route("/detokenize", service.detokenize, methods=["POST"]),
    Route("/health", service.health),
    Route("/metrics", service.metrics),
]


def create_app(engine: Engine, token: str | None = None) -> ASGIApp:
    """The engine's HTTP interface; `token` is asked of clients that come over TCP."""
    app = Starlette(routes=ROUTES, exception_handlers=errors.HANDLERS)
    app.state.engine = engine
    return _Guard(app, token)


class _Guard:
    """Lets a Unix socket's clients in, whom the file's mode has checked, and asks others for the
    token, so that no web page and no other user can use the port."""

    def __init__(self, app: ASGIApp, token: str | None) -> None:
        self._app = app
        self._expected = f"Bearer {token}".encode() if token else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI application."""
        if scope["type"] == "http" and self._over_tcp(scope) and not self._allowed(scope):
            refusal = errors.ApiError(401, "missing or wrong token", kind="authentication_error")
            await JSONResponse(refusal.body, 401)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    @staticmethod
    def _over_tcp(scope: Scope) -> bool:
        server = scope.get("server")
        return server is None or server[1] is not None

    def _allowed(self, scope: Scope) -> bool:
        given = dict(scope["headers"]).get(b"authorization", b"")
        return self._expected is not None and secrets.compare_digest(given, self._expected)
