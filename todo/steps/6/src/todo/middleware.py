"""What is done for every request: an id, a log line, a measurement."""

import logging
import re
import time
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from todo.logs import request_id
from todo.metrics import Metrics

logger = logging.getLogger("todo.access")

# A proxy may have given the request an id already. It goes into logs: no free text.
GIVEN_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class Observe:
    """Plain ASGI. `BaseHTTPMiddleware` would run the route in another task, with a copy
    of the context, and hold back streams."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        own_id = given if GIVEN_ID.fullmatch(given) else str(uuid4())
        scope.setdefault("state", {})["request_id"] = own_id
        request_id.set(own_id)
        started = time.perf_counter()
        # What the client gets if the application raises before it has answered.
        status = 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = own_id
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        finally:
            self._note(scope, status, time.perf_counter() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        # A client can send any word as a method, and each would be a time series.
        method = scope["method"] if scope["method"] in METHODS else "OTHER"
        self._metrics.answered(method, route, status, seconds)
        # The path without its query: there may be personal things in a search.
        fields = {
            "method": method,
            "route": route,
            "path": scope["path"],
            "status": status,
            "ms": round(seconds * 1000, 1),
            "client": scope["client"][0] if scope.get("client") else None,
        }
        logger.info("%s %s %d", method, route, status, extra={"fields": fields})
