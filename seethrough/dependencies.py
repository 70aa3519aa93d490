"""What an ASGI application asks for, in which order, and when each dependency ends.

- `graph(app)` draws which route needs which dependency, as FastAPI itself has resolved it;
  `needs(app)` is the same as data
- `exchange(app, path, log)` sends one request and notes what the client and the server see among
  the lines that the application's own code writes into the `Log`
- `life_cycle({"success": log, …})` draws such logs beside each other
- `answer(app, "GET", "/todos")` is one request from synchronous code, also where a loop runs

Method: `graph` reads the `dependant` that FastAPI builds for a route from the signatures of its
endpoint and dependencies, once, when the application starts. `exchange` calls the application as
a server does (ASGI 3.0, HTTP messages), so the order of its lines is the order of the run.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from seethrough.asgi import http_scope
from seethrough.columns import in_columns
from seethrough.eventloop import no_outer_loop
from seethrough.eventloop import run as run_virtually
from seethrough.picture import Canvas, Picture, fit

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence

    from seethrough.picture import Colour


# --- What needs what --------------------------------------------------------------------------


@dataclass(frozen=True)
class Need:
    """A dependency of a route or of another dependency.

    Attributes:
        name: the function or class that is called.
        kind: `def`, `async def`, `yield`, `class` or `object` (an instance that can be called).
        scope: when a `yield` dependency ends: `request` or `function`; else nothing.
        cached: whether a second request for it within one HTTP request gets the same value.
        needs: what it asks for itself.
    """

    name: str
    kind: str
    scope: str = ""
    cached: bool = True
    needs: tuple[Need, ...] = ()

    @property
    def words(self) -> str:
        """Kind and scope in one word or two."""
        scope = ", function" if self.scope == "function" else ""
        return self.kind + scope + ("" if self.cached else ", not cached")


@dataclass(frozen=True)
class Route:
    """A route of an application and what its endpoint asks for."""

    label: str
    endpoint: str
    needs: tuple[Need, ...]


def needs(app: Any, only: str = "") -> list[Route]:
    """Read from an application which route asks for what.

    Args:
        app: a `FastAPI` application or an `APIRouter`.
        only: leave out routes whose path does not begin with this.

    Returns:
        Its routes in the order in which they are tried, without those that FastAPI adds for the
        documentation. Different callables of one name get a number: `Role`, `Role 2`.
    """
    from fastapi.routing import iter_route_contexts

    found = []
    known: list[tuple[Any, str]] = []

    def name_of(call: Any) -> str:
        for other, name in known:
            if other is call:
                return name
        bare = getattr(call, "__name__", type(call).__name__)
        twins = sum(name.partition(" ")[0] == bare for _, name in known)
        known.append((call, f"{bare} {twins + 1}" if twins else bare))
        return known[-1][1]

    for context in iter_route_contexts(app.routes):
        dependant = getattr(context, "dependant", None)
        if dependant is None or context.path is None or context.endpoint is None:
            continue
        if not context.path.startswith(only):
            continue
        methods = "/".join(sorted(context.methods or {"WS"}))
        found.append(
            Route(
                f"{methods} {context.path}",
                context.endpoint.__name__,
                tuple(_need(inner, name_of) for inner in dependant.dependencies),
            )
        )
    return found


def _need(dependant: Any, name_of: Callable[[Any], str]) -> Need:
    call = dependant.call
    kind = kind_of(call)
    return Need(
        name=name_of(call),
        kind=kind,
        scope=(dependant.scope or "request") if kind == "yield" else "",
        cached=bool(dependant.use_cache),
        needs=tuple(_need(inner, name_of) for inner in dependant.dependencies),
    )


def kind_of(call: Callable[..., Any]) -> str:
    """Say what a dependency is: `def`, `async def`, `yield`, `class` or `object`."""
    if inspect.isclass(call):
        return "class"
    if inspect.isgeneratorfunction(call) or inspect.isasyncgenfunction(call):
        return "yield"
    if inspect.iscoroutinefunction(call):
        return "async def"
    return "def" if inspect.isroutine(call) else "object"


_KINDS: dict[str, Colour] = {
    "def": "blue",
    "async def": "purple",
    "yield": "orange",
    "class": "green",
    "object": "green",
}
_ROW, _BOX = 46, 34


def graph(
    app: Any, *, only: str = "", title: str = "Who asks for what", width: float = 640
) -> Picture:
    """Draw which route needs which dependency, read from the application.

    Args:
        app: a `FastAPI` application or an `APIRouter`.
        only: leave out routes whose path does not begin with this.
        title: stands above the picture.
        width: in pixels, at most; boxes need no more than their names.

    Returns:
        Routes at the left; each dependency once, further right than everybody who asks for it.
        The text form is the tree that FastAPI walks for each route.
    """
    routes = needs(app, only)
    text = "\n".join([title, *(line for route in routes for line in _tree(route))])
    columns = _columns(routes)
    rows = max(len(column) for column in columns)
    gap, deep = 34.0, max(len(columns) - 1, 1)
    longest = max((len(need.name) for need in _all(routes)), default=0)
    first = 16 + 7.4 * max((len(route.label) for route in routes), default=0)
    rest = min((width - first - gap * deep) / deep, 20 + 7.4 * longest)
    width = max(first + deep * (gap + rest), 8 * len(title), 360)
    canvas = Canvas(width + 2, 66 + _ROW * rows, title, text)
    canvas.text(0, 16, title, bold=True)
    places: dict[str, tuple[int, float, float]] = {}
    for at, column in enumerate(columns):
        x = 1.0 if at == 0 else 1 + first + gap + (at - 1) * (rest + gap)
        free = (rows - len(column)) * _ROW / 2
        for row, key in enumerate(column):
            places[key] = (at, x, 30 + free + row * _ROW)
    sizes = [first, *([rest] * (len(columns) - 1))]
    for start, end in _edges(columns, routes):
        at, x, y = places[start]
        _, to_x, to_y = places[end]
        passing = end.startswith("\t")
        canvas.line(
            x + sizes[at],
            y + _BOX / 2,
            to_x,
            to_y + _BOX / 2,
            colour="grey",
            arrow=not passing,
        )
        if passing:
            canvas.line(to_x, to_y + _BOX / 2, to_x + sizes[at + 1], to_y + _BOX / 2, colour="grey")
    known = {need.name: need for need in _all(routes)}
    for route in routes:
        _, x, y = places[route.label]
        canvas.rect(x, y, first, _BOX, fill="grey", opacity=0.16, stroke="grey", tip=route.endpoint)
        canvas.text(x + 8, y + 22, fit(route.label, first - 12))
    for name, need in known.items():
        at, x, y = places[name]
        paint = _KINDS[need.kind]
        asked = sum(name in _names(route.needs) for route in routes)
        tip = f"{name}: {need.words}, for {asked} of {len(routes)} routes"
        canvas.rect(x, y, sizes[at], _BOX, fill=paint, opacity=0.16, stroke=paint, tip=tip)
        canvas.text(x + 8, y + 22, fit(name, sizes[at] - 12))
    used = [kind for kind in _KINDS if any(need.kind == kind for need in known.values())]
    x, y = 1.0, 40.0 + _ROW * rows
    for kind in used:
        canvas.rect(x, y, 14, 14, fill=_KINDS[kind], opacity=0.3, stroke=_KINDS[kind])
        canvas.text(x + 20, y + 12, kind)
        x += 44 + 7.6 * len(kind)
    return canvas.picture(text)


def _tree(route: Route) -> list[str]:
    return [route.label, *(line for need in route.needs for line in _branch(need, 1))]


def _branch(need: Need, depth: int) -> list[str]:
    line = f"{'  ' * depth}{need.name}  ({need.words})"
    return [line, *(deeper for inner in need.needs for deeper in _branch(inner, depth + 1))]


def _all(routes: Iterable[Route]) -> list[Need]:
    found: dict[str, Need] = {}

    def walk(need: Need) -> None:
        found.setdefault(need.name, need)
        for inner in need.needs:
            walk(inner)

    for route in routes:
        for need in route.needs:
            walk(need)
    return list(found.values())


def _names(wanted: Iterable[Need]) -> set[str]:
    return {name for need in wanted for name in {need.name} | _names(need.needs)}


def _depths(routes: Sequence[Route]) -> dict[str, int]:
    """Say for each dependency how many steps its longest way from a route has."""
    depths: dict[str, int] = {}

    def walk(need: Need, depth: int) -> None:
        depths[need.name] = max(depths.get(need.name, 0), depth)
        for inner in need.needs:
            walk(inner, depth + 1)

    for route in routes:
        for need in route.needs:
            walk(need, 1)
    return depths


def _links(routes: Sequence[Route]) -> list[tuple[str, str]]:
    """Return who asks for whom, each pair once."""
    pairs = [(route.label, need.name) for route in routes for need in route.needs]
    pairs += [(need.name, inner.name) for need in _all(routes) for inner in need.needs]
    return list(dict.fromkeys(pairs))


def _columns(routes: Sequence[Route]) -> list[list[str]]:
    """Put everything into columns; links that skip a column pass through a place in it.

    Links to one dependency share it. Such places have names with tabs: `\\t<column>\\t<for whom>`.
    """
    depths = _depths(routes)
    columns = [[route.label for route in routes]]
    columns += [[] for _ in range(max(depths.values(), default=0))]
    for name, depth in depths.items():
        columns[depth].append(name)
    for start, end in _links(routes):
        for at in range(depths.get(start, 0) + 1, depths[end]):
            if (place := f"\t{at}\t{end}") not in columns[at]:
                columns[at].append(place)
    rank = {label: float(row) for row, label in enumerate(columns[0])}
    edges = _edges(columns, routes)
    for column in columns[1:]:  # each to the middle of those who ask for it
        for key in column:
            above = [rank[start] for start, end in edges if end == key]
            rank[key] = sum(above) / len(above)
        column.sort(key=lambda key: rank[key])
    return columns


def _edges(columns: Sequence[Sequence[str]], routes: Sequence[Route]) -> list[tuple[str, str]]:
    """Return the links cut into pieces from one column to the next, from left to right."""
    depth_of = {key: at for at, column in enumerate(columns) for key in column}
    pieces = []
    for start, end in _links(routes):
        here = start
        for at in range(depth_of[start] + 1, depth_of[end]):
            place = f"\t{at}\t{end}"
            pieces.append((here, place))
            here = place
        pieces.append((here, end))
    return sorted(dict.fromkeys(pieces), key=lambda piece: depth_of[piece[0]])


# --- What happens when ------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """One line of a log.

    Attributes:
        who: `route`, `dependency`, `task`, `client`, `server` or a word of your own.
        what: what happened.
    """

    who: str
    what: str


@dataclass
class Log:
    """What happened, in order; call it to add a line."""

    steps: list[Step] = field(default_factory=list)

    def __call__(self, who: str, what: str) -> None:
        """Add a line."""
        self.steps.append(Step(who, what))

    def __iter__(self) -> Any:
        return iter(self.steps)

    def __repr__(self) -> str:
        pad = max((len(step.who) for step in self.steps), default=0)
        return "\n".join(f"{step.who:<{pad}}  {step.what}" for step in self.steps)


@dataclass(frozen=True)
class Answer:
    """An HTTP response.

    Attributes:
        status: the code, or 0 when none was sent.
        headers: by their names in lower case.
        body: as it was sent.
        raised: what left the application, for a server to log.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    raised: Exception | None = None

    @property
    def json(self) -> Any:
        """The body, decoded; None when it is empty."""
        return json.loads(self.body) if self.body else None


async def exchange(
    app: Any,
    path: str,
    log: Log | None = None,
    *,
    method: str = "GET",
    body: object = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Send one request to an ASGI application.

    Args:
        app: the application; its lifespan is not run.
        path: with its query, if it has one.
        log: gets a line of `client` when the response begins, and one of `server` when an
            exception leaves the application.
        method: such as `POST`.
        body: sent as JSON, unless it is None.
        headers: sent beside those that the body needs.
    """
    log = Log() if log is None else log
    content = b"" if body is None else json.dumps(body).encode()
    sent = {"host": "todo.test", "content-length": str(len(content))}
    if body is not None:
        sent["content-type"] = "application/json"
    sent.update(headers or {})
    pairs = [(name.lower().encode(), value.encode()) for name, value in sent.items()]
    scope = http_scope(method, path, pairs, server=("todo.test", 80), spec_version="2.3")
    incoming = [{"type": "http.request", "body": content, "more_body": False}]
    complete = asyncio.Event()
    started: dict[str, Any] = {}
    chunks: list[bytes] = []

    async def receive() -> dict[str, Any]:
        if incoming:
            return incoming.pop()
        await complete.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            started.update(message)
            log("client", f"receives {message['status']}")
        elif message["type"] == "http.response.body":
            chunks.append(message.get("body", b""))
            if not message.get("more_body"):
                complete.set()

    raised: Exception | None = None
    try:
        await app(scope, receive, send)
    except Exception as error:
        raised = error
        log("server", f"logs {type(error).__name__}")
    received = {name.decode(): value.decode() for name, value in started.get("headers", ())}
    return Answer(started.get("status", 0), received, b"".join(chunks), raised)


def answer(
    app: Any,
    method: str,
    path: str,
    *,
    body: object = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Send one request from synchronous code; arguments as for `exchange`.

    It runs in an event loop of its own, also inside a notebook's cell, where another one runs.
    """
    return _run(exchange(app, path, method=method, body=body, headers=headers))


def _run[T](work: Coroutine[Any, Any, T]) -> T:
    if sys.platform == "emscripten":  # a tab has no threads, and its own loop cannot be nested
        return run_virtually(work)
    with no_outer_loop(), asyncio.Runner() as runner:
        return runner.run(work)


_WHO: dict[str, Colour] = {
    "dependency": "orange",
    "route": "blue",
    "client": "green",
    "task": "purple",
    "server": "red",
}


def life_cycle(logs: Mapping[str, Iterable[Step]], *, title: str, width: float = 660) -> Picture:
    """Draw logs beside each other, one a column, in the order in which things happened.

    Args:
        logs: two to four, by what is different about them.
        title: stands above the picture.
        width: in pixels.

    Returns:
        The picture; its text form has the same columns.
    """
    columns = {name: list(steps) for name, steps in logs.items()}
    rows = max(len(steps) for steps in columns.values())
    text = f"{title}\n{_beside(columns, rows)}"
    canvas = Canvas(width + 2, 58 + 40 * rows, title, text)
    canvas.text(0, 16, title, bold=True)
    size = (width - 12 * (len(columns) - 1)) / len(columns)
    for at, (name, steps) in enumerate(columns.items()):
        x = 1 + at * (size + 12)
        canvas.text(x, 42, name)
        for row, step in enumerate(steps):
            y = 52 + 40 * row
            paint = _WHO.get(step.who, "grey")
            tip = f"{row + 1}. {step.who}: {step.what}"
            canvas.rect(x, y, size, 32, fill=paint, opacity=0.16, stroke=paint, tip=tip)
            canvas.text(x + 8, y + 21, fit(f"{step.who} {step.what}", size - 12))
    return canvas.picture(text)


def _beside(columns: Mapping[str, Sequence[Step]], rows: int) -> str:
    cells = [
        [name, *(f"{step.who}: {step.what}" for step in steps)] for name, steps in columns.items()
    ]
    for column in cells:
        column += [""] * (rows + 1 - len(column))
    return in_columns(list(zip(*cells, strict=True)), gap=3)
