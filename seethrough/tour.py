"""One request's way through a FastAPI application, from bytes to bytes, recorded as it happens.

`walk` plays the server: it parses a request, makes the ASGI scope and calls the application, whose
parts are wrapped for the time of the call: each middleware, each route that is asked whether it
matches, the reading of the body, validation, the handler, serialisation, each message sent.

    tour = await walk(app, request("POST", "/todos", {"title": "Water the plants"}))

`reach` puts several tours side by side: how far did each request get?

Method: middlewares are found by following `.app` from the application's middleware stack, routes in
`app.routes`; the rest are three functions of `fastapi.routing` and two methods of Starlette's
`Request`, replaced during the call and put back. Nothing of the application is changed for good.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from seethrough.asgi import http_scope
from seethrough.eventloop import run
from seethrough.measure import seconds
from seethrough.picture import Canvas, Picture, fit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from seethrough.picture import Colour

Place = Literal["server", "middleware", "routing", "body", "validation", "handler",
                "serialisation", "sending"]  # fmt: skip
# In the order in which a request comes by; sending is under all of them.
PLACES: tuple[Place, ...] = ("server", "middleware", "routing", "body", "validation", "handler",
                             "serialisation", "sending")  # fmt: skip
COLOURS: dict[str, Colour] = {
    "server": "grey", "middleware": "purple", "routing": "blue", "body": "orange",
    "validation": "red", "handler": "green", "serialisation": "orange", "sending": "grey",
}  # fmt: skip
# What happens at each place, and the names in fastapi.routing that do it.
_FUNCTIONS: dict[str, Place] = {
    "solve_dependencies": "validation",
    "run_endpoint_function": "handler",
    "serialize_response": "serialisation",
}
Message = dict[str, Any]


@dataclass
class Step:
    """One thing that happened on the way.

    Attributes:
        place: which part of the way.
        name: what did it, such as `APIRouter` or `create_todo`.
        depth: how many steps were still open when it began.
        began, ended: seconds on the clock of the walk.
        gave: what is worth telling about its result.
        raised: the class of the exception that left it, or nothing.
    """

    place: Place
    name: str
    depth: int
    began: float
    ended: float = 0.0
    gave: str = ""
    raised: str = ""
    inner: float = 0.0

    @property
    def seconds(self) -> float:
        """How long it took, with what it called."""
        return self.ended - self.began

    @property
    def own(self) -> float:
        """How long it took without the steps inside it."""
        return max(self.seconds - self.inner, 0.0)


@dataclass
class Tour:
    """What `walk` recorded.

    Attributes:
        line: the request's first line without the version.
        steps: in the order in which they began; the first is the server.
        status: of the response.
        headers: of the response; names are lower case.
        body: of the response.
        cut: why the request was ended before its end, or nothing.
    """

    line: str
    steps: list[Step] = field(default_factory=list)
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut: str = ""

    @property
    def text(self) -> str:
        """A row a step, indented by depth; its own time stands behind `≈`."""
        rows = list(self.rows())
        wide = max(len(_words(step)) for step, _ in rows)
        kinds = max(len(step.place) for step, _ in rows)
        lines = [
            f"{step.place:<{kinds}}  {_words(step):<{wide}}  {seconds(own)}" for step, own in rows
        ]
        return "\n".join([f"{self.line} → {self.status}", *lines])

    def rows(self) -> Iterator[tuple[Step, float]]:
        """Return the steps with their own times; neighbours of one place and depth are one row."""
        kept: list[tuple[Step, float]] = []
        for step in self.steps:
            last = kept[-1][0] if kept else None
            if step.place in {"routing", "sending"} and last and last.place == step.place:
                merged = Step(
                    step.place, "", last.depth, last.began, step.ended, raised=step.raised
                )
                merged.name = _merged_name(step.place, last, step)
                merged.gave = step.gave
                kept[-1] = (merged, kept[-1][1] + step.own)
            else:
                kept.append((step, step.own))
        yield from kept

    def shares(self) -> dict[Place, float]:
        """Return each place's part of the whole time, 0 to 1; a coarse clock may make it 0."""
        whole = self.steps[0].seconds or 1.0
        total: Counter[Place] = Counter()
        for step in self.steps:
            total[step.place] += step.own  # type: ignore[unsupported-operation]
        return {place: total[place] / whole for place in PLACES if place in total}

    @property
    def picture(self) -> Picture:
        """Nested bars over time: what stands below another bar ran inside it."""
        return _draw(self)

    def _repr_html_(self) -> str:
        return self.picture._repr_html_()

    def __repr__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Patience:
    """How long a request is waited for; whatever it does afterwards is cancelled.

    Attributes:
        whole: seconds until its end.
        stream: seconds from the start of the response to its last part, which may never come.
    """

    whole: float = 10.0
    stream: float = 3.0

    def heard(self, limit: asyncio.Timeout, message: Message, ends: float) -> None:
        """Move the limit as the response begins, and back when it is complete.

        Args:
            limit: what will cancel the request.
            message: what the application sends.
            ends: when the patience with the whole request ends, on the loop's clock.
        """
        if message["type"] == "http.response.start":
            now = asyncio.get_running_loop().time()
            limit.reschedule(min(now + self.stream, ends))
        elif not message.get("more_body"):
            limit.reschedule(ends)

    def reason(self, sent: list[Message]) -> str:
        """Tell a reader why a request that sent this was ended."""
        if not sent:
            return f"There was no answer within {self.whole:g} s, so the request was ended."
        if sent[-1].get("more_body") or len(sent) == 1:
            return (
                f"This answer is a stream: it was cut after {self.stream:g} s, as Python does one"
                " thing at a time in this page. A server would go on."
            )
        return f"The answer is complete; what followed it was ended after {self.whole:g} s."


@dataclass
class _Recorder:
    clock: Callable[[], float]
    steps: list[Step] = field(default_factory=list)
    open: list[Step] = field(default_factory=list)

    @contextmanager
    def step(self, place: Place, name: str) -> Iterator[Step]:
        step = Step(place, name, len(self.open), 0.0)
        self.steps.append(step)
        self.open.append(step)
        step.began = self.clock()
        try:
            yield step
        except BaseException as error:
            step.raised = type(error).__name__
            raise
        finally:
            step.ended = self.clock()
            self.open.remove(step)
            if self.open:
                self.open[-1].inner += step.seconds


@dataclass(frozen=True)
class Answer:
    """A response: names of headers are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Read the body as JSON."""
        return json.loads(self.body)


def ask(app: Any, *raw: bytes) -> list[Answer]:
    """Start any ASGI application, send it requests one after the other, stop it.

    Works without threads, also while a loop is running, so that checks of exercises can call it:
    `def` endpoints run in place. An application that knows no lifespan goes without, as with a
    server. What it raises on a request leaves this function.

    Args:
        app: the application.
        raw: the requests, see `request`.
    """
    with ExitStack() as undo:
        try:
            import anyio.to_thread
        except ImportError:
            pass  # an application by hand needs no such package
        else:
            replaced(undo, anyio.to_thread, "run_sync", _in_place)
        answers: list[Answer] = run(_session(app, raw))
        return answers


async def _in_place(function: Callable[..., Any], *arguments: Any, **_: Any) -> Any:
    return function(*arguments)


async def _session(app: Any, requests: tuple[bytes, ...]) -> list[Answer]:
    events: asyncio.Queue[Message] = asyncio.Queue()
    replies: asyncio.Queue[Message] = asyncio.Queue()

    async def live() -> None:
        try:
            scope: Message = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
            await app(scope, events.get, replies.put)
        except Exception as error:  # a server takes it for an application without lifespan
            await replies.put({"type": "raised", "message": repr(error)})
        else:
            await replies.put({"type": "returned"})

    task = asyncio.create_task(live())
    await events.put({"type": "lifespan.startup"})
    reply = await replies.get()
    if reply["type"] == "lifespan.startup.failed":
        raise RuntimeError(f"the application did not start: {reply.get('message', '')[-200:]}")
    try:
        answers = [await _answer(app, raw) for raw in requests]
        if reply["type"] == "lifespan.startup.complete":
            await events.put({"type": "lifespan.shutdown"})
            await replies.get()
        return answers
    finally:
        task.cancel()


async def _answer(app: Any, raw: bytes) -> Answer:
    scope, body = parse(raw)
    waiting = [{"type": "http.request", "body": body, "more_body": False}]
    sent: list[Message] = []

    async def receive() -> Message:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return _response(sent)


def _response(sent: list[Message]) -> Answer:
    none: Message = {"status": 500}
    start = next((one for one in sent if one["type"] == "http.response.start"), none)
    pairs: list[tuple[bytes, bytes]] = start.get("headers", [])
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in pairs}
    return Answer(start["status"], headers, b"".join(one.get("body", b"") for one in sent))


def request(
    method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
) -> bytes:
    """Write an HTTP/1.1 request as it goes over the wire.

    Args:
        method: such as `GET`.
        path: with the query string, if there is one.
        body: `bytes` are sent as they are, anything else but `None` as JSON.
        headers: more than those that follow from the body, or instead of them.
    """
    content = (
        b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    )
    named = {"host": "127.0.0.1:8000"}
    if content:
        named |= {"content-type": "application/json", "content-length": str(len(content))}
    named |= {name.lower(): value for name, value in (headers or {}).items()}
    lines = [f"{method} {path} HTTP/1.1", *(f"{k}: {v}" for k, v in named.items() if v)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + content


def parse(raw: bytes) -> tuple[Message, bytes]:
    """Read a request as a server does.

    Returns:
        The ASGI scope of version 3, and the body.
    """
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *rest = head.split(b"\r\n")
    method, target, version = first.decode("latin-1").split(" ")
    headers = [
        (name.strip().lower(), value.strip())
        for name, _, value in (line.partition(b":") for line in rest)
    ]
    scope: Message = http_scope(
        method, target, headers, server=("127.0.0.1", 8000), spec_version="2.4",
        http_version=version.partition("/")[2],
    )  # fmt: skip
    return scope, body


async def walk(
    app: Any,
    raw: bytes,
    *,
    times: int = 1,
    clock: Callable[[], float] = time.perf_counter,
) -> Tour:
    """Send a request through an application and record its way.

    The application's lifespan runs around each time. What the application raises is recorded and
    becomes a 500, as with a server.

    Args:
        app: a FastAPI application.
        raw: the request, see `request`.
        times: send it so often and keep the fastest, as the first one warms up the imports.
        clock: seconds; replaced in tests.
    """
    tours: list[Tour] = []
    for _ in range(times):
        async with app.router.lifespan_context(app):
            tours.append(await once(app, raw, clock=clock))
    return min(tours, key=lambda tour: tour.steps[0].seconds)


async def once(
    app: Any,
    raw: bytes,
    *,
    clock: Callable[[], float] = time.perf_counter,
    patience: Patience | None = None,
) -> Tour:
    """Record one request as `walk` does, through an application that has been started.

    Args:
        app: a FastAPI application.
        raw: the request, see `request`.
        clock: seconds; replaced in tests.
        patience: how long to wait; without it, to the end. A request without an answer by then
            has the status 504.
    """
    if app.middleware_stack is None:
        app.middleware_stack = app.build_middleware_stack()
    recorder = _Recorder(clock)
    sent: list[Message] = []
    tour = Tour(" ".join(raw.split(b"\r\n", 1)[0].decode("latin-1").split(" ")[:2]))
    with ExitStack() as undo:
        for target, name, replacement in list(_wrappers(app, recorder)):
            replaced(undo, target, name, replacement)
        with recorder.step("server", "bytes → scope") as server:
            scope, body = parse(raw)
            waiting = [{"type": "http.request", "body": body, "more_body": False}]
            ends = asyncio.get_running_loop().time() + patience.whole if patience else None
            limit = asyncio.timeout_at(ends)

            async def receive() -> Message:
                return waiting.pop() if waiting else {"type": "http.disconnect"}

            async def send(message: Message) -> None:
                with recorder.step("sending", message["type"]) as step:
                    sent.append(message)
                    size = len(message.get("body", b""))
                    status = message.get("status")
                    step.gave = str(status) if status else f"{size} bytes"
                if patience and ends:
                    patience.heard(limit, message, ends)
                    await asyncio.sleep(0)  # the limit of a stream that never waits comes, too

            try:
                async with limit:
                    await app(scope, receive, send)
            except Exception as error:
                if not limit.expired():
                    server.raised = type(error).__name__
    response = _response(sent)
    if patience and limit.expired():
        tour.cut = patience.reason(sent)
        if not sent:
            response = Answer(504, {"content-type": "text/plain"}, tour.cut.encode())
    tour.steps = recorder.steps
    tour.status, tour.headers, tour.body = response.status, response.headers, response.body
    return tour


def replaced(undo: ExitStack, target: Any, name: str, replacement: object) -> None:
    """Set an attribute until `undo` is closed; one that was not the target's own is removed."""
    own = vars(target).get(name, undo)
    setattr(target, name, replacement)
    if own is undo:
        undo.callback(delattr, target, name)
    else:
        undo.callback(setattr, target, name, own)


def _wrappers(app: Any, recorder: _Recorder) -> Iterator[tuple[Any, str, object]]:
    """Name every attribute to replace, and by what."""
    from fastapi import routing
    from starlette.requests import Request

    yield app, "middleware_stack", _layer(app.middleware_stack, recorder)
    layer = app.middleware_stack
    while layer is not app.router:
        held = "app" if "app" in vars(layer) else "_app"  # the second where it is kept private
        inner = getattr(layer, held)
        yield layer, held, _layer(inner, recorder)
        layer = inner
    for route in app.routes:
        yield route, "matches", _matcher(route, recorder)
    for name, place in _FUNCTIONS.items():
        yield routing, name, _function(getattr(routing, name), place, recorder)
    for name in ("body", "json"):
        yield Request, name, _reader(getattr(Request, name), name, recorder)


def _layer(layer: Any, recorder: _Recorder) -> Callable[..., Awaitable[None]]:
    name = type(layer).__name__
    place: Place = "routing" if name == "APIRouter" else "middleware"

    async def wrapped(scope: Message, receive: object, send: object) -> None:
        with recorder.step(place, name):
            await layer(scope, receive, send)

    # What FastAPI looks for on a layer is on the layer.
    wrapped.app = getattr(layer, "app", None)  # type: ignore[missing-attribute]
    return wrapped


def _matcher(route: Any, recorder: _Recorder) -> Callable[[Message], Any]:
    original = route.matches
    methods = "/".join(sorted(set(getattr(route, "methods", None) or ()) - {"HEAD"}))

    def matches(scope: Message) -> Any:
        with recorder.step("routing", f"{methods} {getattr(route, 'path', '')}".strip()) as step:
            found = original(scope)
            step.gave = found[0].name.lower()
            return found

    return matches


def _function(original: Any, place: Place, recorder: _Recorder) -> Callable[..., Awaitable[Any]]:
    async def wrapped(**arguments: Any) -> Any:
        dependant = arguments.get("dependant")
        name = getattr(getattr(dependant, "call", None), "__name__", original.__name__)
        label = name if place == "handler" else original.__name__
        with recorder.step(place, label) as step:
            result = await original(**arguments)
            errors = getattr(result, "errors", None)
            if place == "validation":
                step.gave = f"{len(errors)} errors" if errors else "no errors"
            elif place == "handler":
                step.gave = type(result).__name__
            return result

    return wrapped


def _reader(original: Any, name: str, recorder: _Recorder) -> Callable[..., Awaitable[Any]]:
    async def wrapped(request_: Any) -> Any:
        if any(step.place == "body" for step in recorder.open):
            return await original(request_)
        with recorder.step("body", f"request.{name}()") as step:
            result = await original(request_)
            step.gave = f"{len(result)} bytes" if name == "body" else type(result).__name__
            return result

    return wrapped


def _merged_name(place: str, last: Step, step: Step) -> str:
    if place == "sending":
        return "start and body"
    number = int(last.name.split(" ")[0]) + 1 if last.name.endswith("routes asked") else 2
    return step.name if last.name == "APIRouter" else f"{number} routes asked"


def _words(step: Step) -> str:
    tail = f" ✗ {step.raised}" if step.raised else f" → {step.gave}" if step.gave else ""
    return f"{'  ' * step.depth}{step.name}{tail}"


def _draw(tour: Tour) -> Picture:
    rows = list(tour.rows())
    whole = tour.steps[0].seconds or 1.0
    start = tour.steps[0].began
    title = f"{tour.line} → {tour.status}: {seconds(whole)} from bytes to bytes"
    width, left, row_height = 660.0, 300.0, 25.0
    canvas = Canvas(width, 34 + row_height * len(rows), title, tour.text, measured=True)
    canvas.text(0, 16, title, bold=True)
    span = width - left - 78
    for number, (step, own) in enumerate(rows):
        y = 28 + row_height * number
        words = _words(step).strip()
        canvas.text(10 * step.depth, y + 15, fit(words, left - 10 * step.depth - 4),
                    colour="red" if step.raised else "ink")  # fmt: skip
        at = left + span * (step.began - start) / whole
        long = max(span * step.seconds / whole, 2)
        colour = COLOURS[step.place]
        tip = f"{step.place}: {words}, {seconds(own)} of its own"
        canvas.rect(at, y + 2, long, 18, fill=colour, opacity=0.75, radius=2, tip=tip)
        canvas.text(width, y + 15, seconds(own), anchor="end")
    return canvas.picture(tour.text)


def furthest(tour: Tour) -> Place:
    """Return the last place that a request came to on its way in, before anything was sent."""
    seen = {step.place for step in tour.steps}
    inward = [place for place in PLACES if place in seen and place != "sending"]
    return inward[-1]


@dataclass
class Reach:
    """How far requests got, displayed as a grid or as text.

    Attributes:
        tours: one a request, by the name that stands before its row.
        title: what stands above.
    """

    tours: Mapping[str, Tour]
    title: str = "How far each request gets"

    @property
    def text(self) -> str:
        """A row a request: its status, the last place it came to, and what was raised."""
        pad = max(len(name) for name in self.tours)
        lines = [
            f"{name:<{pad}}  {tour.status}  {furthest(tour):<13}  {_raised(tour)}".rstrip()
            for name, tour in self.tours.items()
        ]
        return "\n".join([self.title, *lines])

    @property
    def picture(self) -> Picture:
        """A grid: a row a request, a column a place; red where the request was refused."""
        columns = [place for place in PLACES if place not in {"server", "sending"}]
        left, cell, row = 146.0, 74.0, 27.0
        canvas = Canvas(left + cell * len(columns) + 46, 62 + row * len(self.tours), self.title,
                        self.text)  # fmt: skip
        canvas.text(0, 16, self.title, bold=True)
        for number, place in enumerate(columns):
            short = {"middleware": "middlew.", "serialisation": "serialise"}.get(place, place)
            canvas.text(left + cell * (number + 0.5), 44, short, anchor="middle")
        for number, (name, tour) in enumerate(self.tours.items()):
            y = 54 + row * number
            canvas.text(0, y + 16, fit(name, left))
            seen = {step.place for step in tour.steps}
            last = furthest(tour)
            for at, place in enumerate(columns):
                there = place in seen
                refused = place == last and tour.status >= 400
                canvas.rect(left + cell * at + 3, y + 2, cell - 6, 19,
                            fill="red" if refused else "green" if there else "grey",
                            opacity=0.8 if there else 0.15,
                            tip=f"{name}: {place}{'' if there else ' not reached'}")  # fmt: skip
            canvas.text(left + cell * len(columns) + 8, y + 16, str(tour.status), bold=True)
        return canvas.picture(self.text)

    def _repr_html_(self) -> str:
        return self.picture._repr_html_()

    def __repr__(self) -> str:
        return self.text


def _raised(tour: Tour) -> str:
    return next((step.raised for step in tour.steps if step.raised), "")


async def reach(app: Any, requests: Mapping[str, bytes], *, title: str = "") -> Reach:
    """Walk several requests, each through a fresh start of the application, and compare.

    Args:
        app: a FastAPI application.
        requests: see `request`; by the name that stands before the row.
        title: what stands above.
    """
    tours = {name: await walk(app, raw) for name, raw in requests.items()}
    return Reach(tours, title) if title else Reach(tours)
