"""Everything that one request makes a FastAPI application do, as plain data for a table.

    record = await inspect(app, request("POST", "/todos", {"title": "Water the plants"}))

The record has the request, what validation said, the dependencies in the order of their calls,
the SQL statements, the parts of the way with their times, and the response.

Method: `seethrough.tour` records the way and `seethrough.sql` the statements. Dependencies are told
from two functions of `fastapi.dependencies.utils`, replaced during the call and put back: FastAPI
solves what a dependency needs, then calls it, then goes on to the next one or to its own
parameters. What lies between is the call. Its result is remembered for the request; a call that
adds nothing to what is remembered did not happen.
"""

from __future__ import annotations

import json
import re
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from seethrough import sql, tour
from seethrough.dependencies import kind_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

HIDDEN = "•••"
SECRET_HEADERS = frozenset({"authorization", "cookie", "set-cookie", "proxy-authorization"})
SECRET_FIELDS = frozenset({"password", "client_secret", "refresh_token"})
LONGEST = 4_000  # characters of a body that are kept


@dataclass
class Call:
    """One dependency of a request.

    Attributes:
        name: the function or class.
        kind: `def`, `async def`, `yield`, `class` or `object`.
        depth: 0 if the route asks for it, 1 if such a dependency does, and so on.
        ms: how long it took, up to its `yield` if it has one.
        note: `from this request's cache`, `not called: its own input is wrong`, or what it raised.
    """

    name: str
    kind: str
    depth: int
    ms: float = 0.0
    note: str = ""


@dataclass
class Error:
    """What validation found wrong.

    Attributes:
        where: such as `body.title`.
        message: in Pydantic's words.
        type: Pydantic's name for it.
    """

    where: str
    message: str
    type: str


@dataclass
class Sent:
    """One SQL statement.

    Attributes:
        sql, values: what the database was sent.
        ms: how long it took; None for the begin and the end of a transaction.
        failed: why the database refused it, or nothing.
    """

    sql: str
    values: str
    ms: float | None
    failed: str


@dataclass
class Part:
    """A part of the way, and how long it took without the parts inside it."""

    place: str
    what: str
    depth: int
    ms: float


@dataclass
class Record:
    """What one request made an application do.

    Attributes:
        method, path, status, ms: the row in a list of requests.
        request_headers, request_body: as they were sent, without secrets.
        validation: `fits`, `errors`, or `not reached`.
        errors: what validation found.
        dependencies: in the order of their calls.
        statements: what the database was sent.
        parts: the way through the application.
        response_headers, response_body: as they were sent.
        raised: the exception that a server would log, if any.
        cut: why the request was ended before its end, or nothing.
    """

    method: str
    path: str
    status: int
    ms: float
    request_headers: list[tuple[str, str]]
    request_body: str
    validation: str
    response_headers: list[tuple[str, str]]
    response_body: str
    errors: list[Error] = field(default_factory=list)
    dependencies: list[Call] = field(default_factory=list)
    statements: list[Sent] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    raised: str = ""
    cut: str = ""

    def plain(self) -> dict[str, Any]:
        """Return the record as dictionaries and lists."""
        return asdict(self)


async def inspect(
    app: Any,
    raw: bytes,
    *,
    engine: Any = None,
    clock: Callable[[], float] = time.perf_counter,
    patience: tour.Patience | None = None,
) -> tuple[Record, tour.Tour]:
    """Send a request through an application that has been started, and record what it does.

    Args:
        app: a FastAPI application.
        raw: the request, see `seethrough.tour.request`.
        engine: the SQLAlchemy engine whose statements are recorded, if there is one.
        clock: seconds; replaced in tests.
        patience: how long to wait for its end.

    Returns:
        The record, and the tour with the response as it was sent.
    """
    spy = _Spy(clock)
    with ExitStack() as undo:
        spy.settle(undo)
        log = undo.enter_context(sql.watch(engine, clock=clock)) if engine is not None else None
        walked = await tour.once(app, raw, clock=clock, patience=patience)
    scope, body = tour.parse(raw)
    headers = [
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]
    ]
    kind = dict(headers).get("content-type", "")
    record = Record(
        method=scope["method"],
        path=raw.split(b" ", 2)[1].decode("latin-1"),
        status=walked.status,
        ms=walked.steps[0].seconds * 1000,
        request_headers=[(name, _hidden(name, value)) for name, value in headers],
        request_body=_cut(_without_secrets(body.decode("utf-8", "replace"), kind)),
        validation="errors" if spy.errors else "fits" if spy.solved else "not reached",
        response_headers=[(name, _hidden(name, value)) for name, value in walked.headers.items()],
        response_body=_cut(walked.body.decode("utf-8", "replace")),
        errors=spy.errors,
        dependencies=spy.calls,
        statements=[_sent(each) for each in (log.sent if log else [])],
        parts=[_part(step, own) for step, own in walked.rows()],
        raised=walked.steps[0].raised,
        cut=walked.cut,
    )
    return record, walked


@dataclass
class _Frame:
    """A dependant that is being solved, and the call of the last one that it needs."""

    depth: int
    pending: Call | None = None
    began: float = 0.0
    cache: Mapping[Any, Any] = field(default_factory=dict)
    cached: int = 0
    may_cache: bool = True


@dataclass
class _Spy:
    """Notes dependencies and errors while it stands in FastAPI's functions."""

    clock: Callable[[], float]
    calls: list[Call] = field(default_factory=list)
    errors: list[Error] = field(default_factory=list)
    solved: bool = False
    open: list[_Frame] = field(default_factory=list)

    def settle(self, undo: ExitStack) -> None:
        """Stand in FastAPI's functions until `undo` is closed."""
        from fastapi import routing
        from fastapi.dependencies import utils

        solve = self._solve(utils.solve_dependencies)
        tour.replaced(undo, utils, "solve_dependencies", solve)
        tour.replaced(undo, routing, "solve_dependencies", solve)
        own = self._own_parameters(utils.request_params_to_args)
        tour.replaced(undo, utils, "request_params_to_args", own)
        wrong = self._wrong(routing.RequestValidationError)
        tour.replaced(undo, routing, "RequestValidationError", wrong)

    def _solve(self, original: Any) -> Callable[..., Awaitable[Any]]:
        async def solve_dependencies(**given: Any) -> Any:
            outer = self.open[-1] if self.open else None
            if outer is not None:
                self._finish(outer)
            frame = _Frame(outer.depth + 1 if outer else 0)
            self.open.append(frame)
            try:
                result = await original(**given)
            except BaseException as problem:
                self._finish(frame, type(problem).__name__)
                raise
            finally:
                self.open.pop()
            self._finish(frame)
            self.solved = outer is None or self.solved
            if outer is not None:
                self._expect(outer, given["dependant"], given["dependency_cache"], result.errors)
            return result

        return solve_dependencies

    def _expect(self, frame: _Frame, dependant: Any, cache: Any, errors: list[Any]) -> None:
        """Note that a dependency is about to be called, unless what it needs is wrong."""
        call = dependant.call
        name = getattr(call, "__name__", type(call).__name__)
        noted = Call(name, kind_of(call), frame.depth)
        self.calls.append(noted)
        if errors:
            noted.note = "not called: its own input is wrong"
            return
        frame.pending, frame.cache, frame.cached = noted, cache, len(cache)
        frame.may_cache = dependant.use_cache
        frame.began = self.clock()

    def _finish(self, frame: _Frame, raised: str = "") -> None:
        """Note that the call that was expected last is over."""
        noted, frame.pending = frame.pending, None
        if noted is None:
            return
        noted.ms = (self.clock() - frame.began) * 1000
        if raised:
            noted.note = f"raised {raised}"
        elif frame.may_cache and len(frame.cache) == frame.cached:
            noted.note = "from this request's cache"

    def _own_parameters(self, original: Any) -> Callable[..., Any]:
        def request_params_to_args(*given: Any, **named: Any) -> Any:
            if self.open:
                self._finish(self.open[-1])
            return original(*given, **named)

        return request_params_to_args

    def _wrong(self, original: Any) -> Callable[..., Any]:
        def make(errors: Any, *given: Any, **named: Any) -> Any:
            self.errors += [
                Error(".".join(map(str, each["loc"])), each["msg"], each["type"]) for each in errors
            ]
            return original(errors, *given, **named)

        return make


def _sent(statement: sql.Statement) -> Sent:
    ms = None if statement.seconds is None else statement.seconds * 1000
    if statement.bracket:
        return Sent(statement.sql, "", None, statement.failed)
    values = statement.values
    if statement.sets > 1:
        return Sent(statement.sql, f"{statement.sets} sets of values", ms, statement.failed)
    flat = list(values.values()) if isinstance(values, dict) else list(values or ())
    # An enum's member and a truth value are numbers to the database.
    shown = [repr(int(value)) if isinstance(value, int) else repr(value) for value in flat]
    return Sent(statement.sql, _cut(", ".join(shown), 300), ms, statement.failed)


def _part(step: tour.Step, own: float) -> Part:
    tail = f", raised {step.raised}" if step.raised else f": {step.gave}" if step.gave else ""
    return Part(step.place, f"{step.name}{tail}", step.depth, own * 1000)


def _hidden(name: str, value: str) -> str:
    """Keep the scheme of a secret header, and nothing else of it."""
    if name.lower() not in SECRET_HEADERS:
        return value
    scheme = re.match(r"(Bearer|Basic) ", value, re.IGNORECASE)
    return f"{scheme[0] if scheme else ''}{HIDDEN}"


def _without_secrets(body: str, kind: str) -> str:
    """Hide the values of secret fields; show only the length of what cannot be taken apart."""
    if kind.lower().startswith("application/x-www-form-urlencoded"):
        return "&".join(map(_secret_hidden, body.split("&")))
    if not any(name in body.lower() for name in SECRET_FIELDS):
        return body
    content = _read(body) if "json" in kind.lower() else None
    if content is None:
        return f"{len(body)} characters, not shown: a password may be among them."
    return json.dumps(_secrets_hidden(content), ensure_ascii=False)


def _secret_hidden(pair: str) -> str:
    """Hide the value of one `name=value` of a form, if it is secret."""
    name, equals, _ = pair.partition("=")
    return f"{name}={HIDDEN}" if equals and _is_secret(unquote_plus(name)) else pair


def _secrets_hidden(content: Any) -> Any:
    """Return JSON with the values of secret fields hidden, however deep they stand."""
    if isinstance(content, list):
        return [_secrets_hidden(each) for each in content]
    if isinstance(content, dict):
        return {
            name: HIDDEN if _is_secret(name) else _secrets_hidden(value)
            for name, value in content.items()
        }
    return content


def _is_secret(name: str) -> bool:
    return name.lower() in SECRET_FIELDS


def _read(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _cut(text: str, longest: int = LONGEST) -> str:
    return text if len(text) <= longest else f"{text[:longest]} …"
