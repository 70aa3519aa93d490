"""Does the recorder hear what was said, and does the table say who refused?"""

import asyncio
import json
import xml.etree.ElementTree as ET

import pytest
from sqlalchemy import create_engine, text

from seethrough.exchange import Bench, Exchange, Refusals, Table, brief, refused_by


async def service(scope, receive, send):
    """Hands out numbered tokens for a body, and answers 404 without one."""
    message = await receive()
    body = message["body"]
    content = {"access_token": f"a-{len(body)}", "refresh_token": f"r-{len(body)}"} if body else {}
    await send({"type": "http.response.start", "status": 200 if body else 404, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(content).encode()})


def call(app, path, body=b"", **headers):
    scope = {
        "type": "http",
        "method": "POST" if body else "GET",
        "path": path,
        "headers": [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()],
    }
    chunks = [
        {"type": "http.request", "body": body[:2], "more_body": True},
        {"type": "http.request", "body": body[2:]},
    ]
    sent = []

    async def receive():
        return chunks.pop(0)

    async def send(message):
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return sent


FORM = {"content_type": "application/x-www-form-urlencoded"}


@pytest.fixture
def exchange():
    return Exchange("Ada", "Mallory", "service", "argon2", "database")


def test_tokens_get_names_and_keep_them(exchange):
    app = exchange.around(service)
    call(app, "/token", b"username=ada&password=x", **FORM)
    call(app, "/todos", authorization="Bearer a-23")
    call(app, "/refresh", b'{"refresh_token": "r-23"}', user_agent="Mallory")
    assert [str(message) for message in exchange.messages] == [
        "Ada → service: POST /token + password",
        "service ⇢ Ada: 200 + access 1 + refresh 1",
        "Ada → service: GET /todos + access 1",
        "service ⇢ Ada: 404",
        "Mallory → service: POST /refresh + refresh 1",
        "service ⇢ Mallory: 200 + access 2 + refresh 2",
    ]


def test_what_the_service_gets_and_answers_is_not_changed(exchange):
    plain = call(service_with_one_chunk, "/token", b"body")
    heard = call(exchange.around(service_with_one_chunk), "/token", b"body")
    assert plain[0] == heard[0]
    assert b"".join(m.get("body", b"") for m in heard) == b"body"


async def service_with_one_chunk(scope, receive, send):
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message["body"], message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


def test_a_token_that_nobody_issued_is_called_so(exchange):
    call(exchange.around(service), "/todos", authorization="Bearer made-up")
    assert exchange.messages[0].words == "GET /todos + an unknown token"


def test_a_lifespan_passes_unseen(exchange):
    seen = []

    async def app(scope, receive, send):
        seen.append(scope["type"])

    asyncio.run(exchange.around(app)({"type": "lifespan"}, None, None))
    assert seen == ["lifespan"]
    assert exchange.log == []


def test_a_method_is_heard_only_inside_the_block(exchange):
    class Hasher:
        def verify(self, password):
            return password == "right"

    original = Hasher.verify
    with exchange.calls(Hasher, "verify", "service", "argon2"):
        assert Hasher().verify("right")
    Hasher().verify("wrong")
    assert Hasher.verify is original
    assert [message.words for message in exchange.messages] == ["verify", "True"]


def test_statements_and_commits_are_heard(exchange):
    engine = create_engine("sqlite://")
    exchange.sql(engine, "service", "database")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE users (name TEXT)"))
        connection.execute(text("INSERT INTO users VALUES ('ada')"))
    engine.dispose()
    words = [message.words for message in exchange.messages]
    assert words == ["CREATE", "INSERT users", "COMMIT"]


@pytest.mark.parametrize(
    ("statement", "short"),
    [
        ("SELECT users.id,\n users.name\nFROM users WHERE id = ?", "SELECT users"),
        (
            "UPDATE refresh_tokens SET used_at=? WHERE x RETURNING id",
            "UPDATE refresh_tokens.used_at",
        ),
        ("DELETE FROM todos WHERE id = 1", "DELETE todos"),
        ("PRAGMA foreign_keys", "PRAGMA"),
    ],
)
def test_how_is_sql_shortened(statement, short):
    assert brief(statement) == short


def test_the_picture_shows_who_spoke_and_nobody_else(exchange):
    exchange.phase("log in")
    exchange.note("Ada", "service", "a long question, so that the lanes have to make room")
    exchange.note("service", "Ada", "200", answers=True)
    picture = exchange.picture("Login")
    assert picture.text.splitlines()[1:3] == [
        "-- log in",
        "Ada → service: a long question, so that the lanes have to make room",
    ]
    root = ET.fromstring(picture.svg)
    assert "Mallory" not in {node.text for node in root.iter("{http://www.w3.org/2000/svg}text")}
    assert float(root.get("width")) > 360
    assert "data-measured" not in picture.svg


class Login:
    def refuse(self):
        try:
            int("x")
        except ValueError as error:
            raise PermissionError from error


def test_who_refused_and_why():
    with pytest.raises(PermissionError) as caught:
        Login().refuse()
    assert refused_by(caught.value) == "Login.refuse: ValueError"


def test_a_validation_error_says_where():
    class InvalidError(Exception):
        def errors(self):
            return [{"loc": ("body", "password"), "type": "too_short"}]

    assert refused_by(InvalidError()) == "schema: body.password, too_short"


class App:
    """As much of an application as `Refusals` touches."""

    middleware_stack = None

    def __init__(self):
        self.exception_handlers = {PermissionError: self.on_refusal}

    async def on_refusal(self, request, error):
        return 401


class Answer:
    def __init__(self, status_code):
        self.status_code = status_code


def test_the_bench_says_who_refused_or_that_nobody_did():
    app = App()
    bench = Bench(Refusals(app))

    def refused():
        try:
            Login().refuse()
        except PermissionError as error:
            return Answer(asyncio.run(app.exception_handlers[PermissionError](None, error)))

    bench.attack("forged", "a token", refused)
    bench.attack("oversized", "a body", lambda: Answer(413))
    bench.attack("honest", "nothing", lambda: Answer(200))
    assert [row[2:] for row in bench.rows] == [
        (401, "Login.refuse: ValueError"),
        (413, "before any handler"),
        (200, "nobody"),
    ]
    assert bench.succeeded == ["honest"]
    assert (
        repr(bench.table()).splitlines()[1]
        == "forged     a token  401     Login.refuse: ValueError"
    )


def test_ears_that_come_too_late_say_so():
    app = App()
    app.middleware_stack = object()
    with pytest.raises(RuntimeError, match="has started"):
        Refusals(app)


def test_a_table_escapes_what_it_shows():
    html = Table(("a", "b"), [("<b>", 1)])._repr_html_()
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
