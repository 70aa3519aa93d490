"""What a server hands to an application: the scope of one HTTP request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterable


def http_scope(
    method: str,
    target: str,
    headers: Iterable[tuple[bytes, bytes]],
    *,
    server: tuple[str, int],
    spec_version: str,
    http_version: str = "1.1",
) -> dict[str, Any]:
    """Make an ASGI scope of type `http`, version 3.0.

    Args:
        method: such as `GET`.
        target: the path, with its query if there is one.
        headers: names in lower case.
        server: host and port.
        spec_version: of the HTTP part of ASGI. Applications go by it: from 2.4 on, Starlette
            does not listen for a disconnect while it streams.
        http_version: of the request.

    Method: https://asgi.readthedocs.io/en/latest/specs/www.html
    """
    path, _, query = target.partition("?")
    return {
        "type": "http", "asgi": {"version": "3.0", "spec_version": spec_version},
        "http_version": http_version, "method": method, "scheme": "http",
        "path": unquote(path), "raw_path": path.encode(), "query_string": query.encode(),
        "root_path": "",
        "headers": list(headers), "client": ("127.0.0.1", 50000), "server": server,
        "state": {},
    }  # fmt: skip
