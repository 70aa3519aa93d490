"""Who says what to whom: a real exchange recorded, drawn as a sequence, and attacks in a table.

An `Exchange` listens in four places and changes nothing:

    exchange = Exchange("Ada", "service", "argon2", "database")
    app = exchange.around(app)                        # requests and answers, as ASGI sees them
    with exchange.calls(Hasher, "verify", "service", "argon2"):
        exchange.sql(engine, "service", "database")   # statements and commits of SQLAlchemy
        exchange.phase("log in")
        ...
    exchange.picture("A login")

The caller of a request is the party that its `User-Agent` header names. Access and refresh tokens
are secrets, and new in each run: in the order in which the service hands them out they become
`access 1`, `refresh 1`, `access 2` … wherever they turn up later.

`Refusals` notes which exception turned a request down and which function raised it; `Bench` runs
attacks and makes a table of what was sent, what came back and who refused.

Method: the sequence diagram of UML 2.5.1, chapter 17, with lanes, asynchronous-looking arrows for
both directions, and time downwards. Positions are computed from the words; nothing is measured.
"""

from __future__ import annotations

import functools
import json
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any, Protocol

from seethrough.columns import in_columns
from seethrough.picture import Canvas, Colour, Picture

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

    type Scope = dict[str, Any]
    type Receive = Callable[[], Awaitable[dict[str, Any]]]
    type Send = Callable[[dict[str, Any]], Awaitable[None]]
    type Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

_TOKENS = ("access_token", "refresh_token")
_SQL = re.compile(
    r"\s*(?:(?P<update>UPDATE) (?P<in>\w+) SET (?P<column>\w+)"
    r"|(?P<verb>SELECT|INSERT|DELETE)\b.*?\b(?:FROM|INTO) (?P<table>\w+))",
    re.DOTALL,
)
_COLOURS: tuple[Colour, ...] = ("blue", "orange", "green", "purple", "red")


@dataclass(frozen=True)
class Message:
    """One thing said.

    Attributes:
        source, target: who says it to whom.
        words: what.
        answers: whether it is an answer, which is drawn dashed.
    """

    source: str
    target: str
    words: str
    answers: bool = False

    def __repr__(self) -> str:
        return f"{self.source} {'⇢' if self.answers else '→'} {self.target}: {self.words}"


class Exchange:
    """Records who said what to whom.

    Attributes:
        parties: their names, from left to right.
        log: messages in order; a plain string begins a new phase.
    """

    def __init__(self, *parties: str) -> None:
        self.parties = parties
        self.log: list[Message | str] = []
        self._names: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    @property
    def messages(self) -> list[Message]:
        """Everything that was said, without the headings."""
        return [entry for entry in self.log if isinstance(entry, Message)]

    def phase(self, words: str) -> None:
        """Begin a new part of the exchange."""
        self.log.append(words)

    def note(self, source: str, target: str, words: str, *, answers: bool = False) -> None:
        """Record one message."""
        self.log.append(Message(source, target, words, answers))

    def name(self, secret: str, kind: str) -> str:
        """Return the name of a secret such as `access 1`; a new one gets the next number."""
        if secret not in self._names:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._names[secret] = f"{kind} {self._counts[kind]}"
        return self._names[secret]

    def around(self, app: Asgi, service: str = "service") -> Asgi:
        """Return an ASGI application that records each HTTP request and its answer.

        Args:
            app: what it hands them on to; other scopes (lifespan) pass unseen.
            service: the party that answers.
        """

        async def listening(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            headers = {key.decode("latin-1"): v.decode("latin-1") for key, v in scope["headers"]}
            agent = headers.get("user-agent", "")
            caller = agent if agent in self.parties else self.parties[0]
            body = await _whole(receive)
            self.note(caller, service, self._request(scope, headers, body))
            answer, status = bytearray(), 0

            async def replay() -> dict[str, Any]:
                return {"type": "http.request", "body": body, "more_body": False}

            async def overhear(message: dict[str, Any]) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                answer.extend(message.get("body", b""))
                await send(message)

            await app(scope, replay, overhear)
            self.note(service, caller, self._answer(status, bytes(answer)), answers=True)

        return listening

    @contextmanager
    def calls(
        self,
        owner: type,
        method: str,
        source: str,
        target: str,
        answer: Callable[[Any], str] = str,
    ) -> Iterator[None]:
        """Record each call of a method, and what it returned, while the block runs.

        Args:
            owner: the class whose method is listened to.
            method: its name.
            source, target: the parties.
            answer: puts what it returned into words.
        """
        original = getattr(owner, method)

        @functools.wraps(original)
        def overheard(*args: Any, **kwargs: Any) -> Any:
            self.note(source, target, method)
            value = original(*args, **kwargs)
            self.note(target, source, answer(value), answers=True)
            return value

        setattr(owner, method, overheard)
        try:
            yield
        finally:
            setattr(owner, method, original)

    def sql(self, engine: Any, source: str, target: str) -> None:
        """Record what an SQLAlchemy engine (async or not) sends, from now on.

        A statement becomes its verb and table, an `UPDATE` also names the first column that it
        sets. Commits count when a transaction had begun.
        """
        from sqlalchemy import event

        engine = getattr(engine, "sync_engine", engine)

        def statement(_1: Any, _2: Any, words: str, *_: Any) -> None:
            self.note(source, target, brief(words))

        def commit(_: Any) -> None:
            self.note(source, target, "COMMIT")

        event.listen(engine, "before_cursor_execute", statement)
        event.listen(engine, "commit", commit)

    def picture(self, title: str) -> Picture:
        """Draw the exchange: a lane for each party, time downwards.

        Returns:
            The picture; its text form has a line for each message.
        """
        spoke = {name for message in self.messages for name in (message.source, message.target)}
        parties = [party for party in self.parties if party in spoke]
        at = _lanes(parties, self.messages)
        width = max(at[parties[-1]] + 8 + 4 * len(parties[-1]), 8 * len(title), 360)
        heights = [34 if isinstance(entry, str) else 27 for entry in self.log]
        text = "\n".join([title, *(_line(entry) for entry in self.log)])
        canvas = Canvas(width, 62 + sum(heights), title, text)
        canvas.text(0, 16, title, bold=True)
        for place, party in enumerate(parties):
            canvas.line(at[party], 48, at[party], canvas.height - 4, colour="grey", opacity=0.35)
            paint = _COLOURS[place % len(_COLOURS)]
            canvas.circle(at[party], 48, 4, fill=paint)
            canvas.text(at[party], 40, party, anchor="middle", bold=True)
        y = 54.0
        for entry, height in zip(self.log, heights, strict=True):
            y += height
            if isinstance(entry, str):
                canvas.rect(0, y - 21, width, 19, fill="grey", opacity=0.18)
                canvas.text(6, y - 7, entry, bold=True)
            else:
                _arrow(canvas, at, parties, entry, y)
        return canvas.picture(text)

    def __repr__(self) -> str:
        return "\n".join(_line(entry) for entry in self.log)

    def _request(self, scope: Scope, headers: Mapping[str, str], body: bytes) -> str:
        words = [scope["method"], scope["path"]]
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme:
            words.append(f"+ {self._names.get(token, 'an unknown token')}")
        form = headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        if form and b"password=" in body:
            words.append("+ password")
        words += [f"+ {name}" for secret, name in self._names.items() if secret.encode() in body]
        return " ".join(words)

    def _answer(self, status: int, body: bytes) -> str:
        try:
            content = json.loads(body)
        except ValueError:
            content = None
        found = content if isinstance(content, dict) else {}
        tokens = [
            self.name(found[key], key.partition("_")[0])
            for key in _TOKENS
            if isinstance(found.get(key), str)
        ]
        return " ".join([str(status), *(f"+ {token}" for token in tokens)])


def brief(statement: str) -> str:
    """Shorten SQL to its verb and table: `UPDATE refresh_tokens.used_at`."""
    found = _SQL.match(statement)
    if found is None:
        return statement.split(maxsplit=1)[0] if statement.strip() else statement
    if found["update"]:
        return f"UPDATE {found['in']}.{found['column']}"
    return f"{found['verb']} {found['table']}"


def _line(entry: Message | str) -> str:
    return f"-- {entry}" if isinstance(entry, str) else repr(entry)


def _lanes(parties: Sequence[str], messages: Sequence[Message]) -> dict[str, float]:
    """Place the lanes so that the words of each message fit between its two ends."""
    order = {party: place for place, party in enumerate(parties)}
    at: dict[str, float] = {}
    for party in parties:
        x = max((at[before] + 78 for before in list(at)[-1:]), default=4.0 + 4 * len(party))
        for message in messages:
            left, right = sorted((message.source, message.target), key=order.__getitem__)
            if right == party and left != party:
                x = max(x, at[left] + 18 + 7.1 * len(message.words))
        at[party] = x
    return at


def _arrow(
    canvas: Canvas, at: Mapping[str, float], parties: Sequence[str], message: Message, y: float
) -> None:
    start, end = at[message.source], at[message.target]
    towards = 1 if end > start else -1
    paint = _COLOURS[parties.index(message.source) % len(_COLOURS)]
    canvas.line(
        start,
        y,
        end - towards,
        y,
        colour=paint,
        dashed=message.answers,
        arrow=True,
    )
    canvas.text(
        start + 7 * towards, y - 5, message.words, anchor="start" if towards == 1 else "end"
    )


async def _whole(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body.extend(message.get("body", b""))
        if not message.get("more_body"):
            return bytes(body)


# --- Attacks ----------------------------------------------------------------------------------


class Answered(Protocol):
    """What an attack returns: anything with a status code."""

    @property
    def status_code(self) -> int:
        """The status of the answer."""
        ...


@dataclass(frozen=True)
class Table:
    """Rows under headings; HTML on a page, columns of text in a terminal."""

    columns: Sequence[str]
    rows: Sequence[Sequence[object]]

    def __repr__(self) -> str:
        cells = [[str(value) for value in row] for row in (self.columns, *self.rows)]
        return in_columns(cells)

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(name)}</th>" for name in self.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(str(value))}</td>" for value in row) + "</tr>\n"
            for row in self.rows
        )
        return (
            '<div class="st-table" style="overflow-x:auto" tabindex="0">'
            '<table class="table">\n'
            f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table></div>"
        )


class Refusals:
    """Notes which exception turned a request down, and which function raised it.

    It wraps the application's exception handlers. Starlette takes these over when the first scope
    arrives, and that is the lifespan's.

    Attributes:
        seen: in words, newest last: `AccessTokens.read: InvalidSignatureError`.

    Raises:
        RuntimeError: the application has begun its work, so nothing would be heard.
    """

    def __init__(self, app: Any) -> None:
        self.seen: list[str] = []
        if app.middleware_stack is not None:
            message = "the application has started: listen before its lifespan or first request"
            raise RuntimeError(message)
        for kind, handler in list(app.exception_handlers.items()):
            app.exception_handlers[kind] = self._noting(handler)

    def _noting(self, handler: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(handler)
        async def note(request: Any, error: Exception) -> Any:
            self.seen.append(refused_by(error))
            return await handler(request, error)

        return note


def refused_by(error: BaseException) -> str:
    """Name who raised an exception, and its cause or kind.

    For a validation error, which has a list of `errors`, the place and type of the first instead.
    """
    errors: Callable[[], Sequence[Mapping[str, Any]]] | None = getattr(error, "errors", None)
    if callable(errors):
        first = errors()[0]
        return f"schema: {'.'.join(map(str, first['loc']))}, {first['type']}"
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = trace.tb_frame.f_code.co_qualname if trace is not None else "unknown"
    why = error.__cause__ if error.__cause__ is not None else error
    return f"{where}: {type(why).__name__}"


@dataclass
class Bench:
    """Runs attacks and keeps a row of each.

    Attributes:
        refusals: the ears in the application.
        rows: attack, what was sent, status, what refused it.
    """

    refusals: Refusals
    rows: list[tuple[str, str, int, str]] = field(default_factory=list)

    def attack(self, name: str, sent: str, send: Callable[..., Answered], *args: Any) -> int:
        """Run one attack.

        Args:
            name: what it is called.
            sent: what is sent, in words.
            send: sends it, called with the arguments, and returns the (last) answer.
            args: what `send` is called with.

        Returns:
            The status of the answer.
        """
        self.refusals.seen.clear()
        status = send(*args).status_code
        by = self.refusals.seen[-1] if self.refusals.seen else "nobody"
        if status >= 400 and not self.refusals.seen:
            by = "before any handler"
        self.rows.append((name, sent, status, by))
        return status

    @property
    def succeeded(self) -> list[str]:
        """Names of the attacks that got an answer below 400."""
        return [name for name, _, status, _ in self.rows if status < 400]

    def table(self) -> Table:
        """Make a table of all attacks so far."""
        return Table(("attack", "sent", "status", "refused by"), self.rows)
