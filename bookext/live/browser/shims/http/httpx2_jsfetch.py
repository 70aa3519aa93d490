"""What httpx2 asks for in a browser: a transport for real requests, of which cells make none.

Requests to an app in the same Python go through `httpx2.ASGITransport`. A request to another host
is refused in words: no page of the book asks another host for anything.
"""

from __future__ import annotations

from typing import NoReturn, override

from httpx2._exceptions import ConnectError
from httpx2._transports.base import AsyncBaseTransport, BaseTransport

_WORDS = (
    "a cell in a browser tab reaches no host; "
    "give the client transport=httpx2.ASGITransport(app) to ask an app in this page"
)


class JavascriptFetchTransport(BaseTransport):
    """Refuses requests."""

    def __init__(self, *_: object, **__: object) -> None:
        """Take and ignore what a network transport would need."""

    @override
    def handle_request(self, request: object) -> NoReturn:
        """Refuse.

        Raises:
            ConnectError: always.
        """
        raise ConnectError(_WORDS)


class AsyncJavascriptFetchTransport(AsyncBaseTransport):
    """Refuses requests."""

    def __init__(self, *_: object, **__: object) -> None:
        """Take and ignore what a network transport would need."""

    @override
    async def handle_async_request(self, request: object) -> NoReturn:
        """Refuse.

        Raises:
            ConnectError: always.
        """
        raise ConnectError(_WORDS)
