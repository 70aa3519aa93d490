# %% [check]
"""Answer three kinds of requests by hand."""

from seethrough.exercises import Work
from seethrough.tour import ask, request


def check(work: Work) -> str:
    app = work.get("app")
    health = ask(app, request("GET", "/health"))[0]
    kind = health.headers.get("content-type", "")
    work.equal(health.status, 200, "the status of GET /health")
    work.require(
        health.body.startswith(b"{"),
        f"GET /health sent `{health.body.decode(errors='replace')}`, which is no JSON object.",
    )
    work.equal(health.json(), {"status": "ok"}, "the JSON of GET /health")
    work.require(
        kind.startswith("application/json"),
        f"GET /health has the content type `{kind}`: a client will not read it as JSON.",
    )
    for method, path, status in (("GET", "/nowhere", 404), ("POST", "/health", 405)):
        answer = ask(app, request(method, path))[0]
        work.equal(answer.status, status, f"the status of {method} {path}")
        work.equal(answer.body, b"", f"the body of {method} {path}")
    return "Three answers, and nothing between you and the server."


# %% [hint]
# All you need of the request is in `scope["path"]` and `scope["method"]`.

# %% [hint]
# Decide status, headers and body first, then send the two events once.

# %% [hint]
# Headers are pairs of bytes: `(b"content-type", b"application/json")`; the body is
# `json.dumps(…).encode()`.

# %% [solution]
import json
from collections.abc import Awaitable, Callable
from typing import Any

Event = dict[str, Any]


async def app(
    scope: Event, receive: Callable[[], Awaitable[Event]], send: Callable[[Event], Awaitable[None]]
) -> None:
    """Answer `GET /health`."""
    status, headers, body = 404, [], b""
    if scope["path"] == "/health":
        status = 405
        if scope["method"] == "GET":
            status, body = 200, json.dumps({"status": "ok"}).encode()
            headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


# %% [mistake] no-content-type
# says: content type
import json


async def app(scope, receive, send) -> None:
    ok = scope["path"] == "/health" and scope["method"] == "GET"
    await send({"type": "http.response.start", "status": 200 if ok else 404, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps({"status": "ok"}).encode() if ok else b""})


# %% [mistake] every-method
# says: the status of POST /health
import json


async def app(scope, receive, send) -> None:
    ok = scope["path"] == "/health"
    headers = [(b"content-type", b"application/json")] if ok else []
    await send({"type": "http.response.start", "status": 200 if ok else 404, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps({"status": "ok"}).encode() if ok else b""})


# %% [mistake] python-instead-of-json
# says: the JSON of GET /health
import json


async def app(scope, receive, send) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps({"state": "ok"}).encode()})
