"""One line a request, with an id, and nothing in it that should not be."""

import json
import logging
from collections.abc import Iterator
from io import StringIO

import pytest
from fastapi.testclient import TestClient

from todo.logs import JsonFormatter
from todo.main import create_app
from todo.settings import Settings

type Line = dict[str, str | int | float]


@pytest.fixture
def stream() -> Iterator[StringIO]:
    """What the access log writes, as JSON lines."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    logger = logging.getLogger("todo.access")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield stream
    logger.removeHandler(handler)
    logger.setLevel(level)


def lines(stream: StringIO) -> list[Line]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_request_is_one_line(client: TestClient, stream: StringIO) -> None:
    answer = client.get("/todos/999?q=hunter2")
    [line] = lines(stream)
    assert line["message"] == "GET /todos/{todo_id} 404"
    assert (line["path"], line["status"]) == ("/todos/999", 404)
    assert line["request_id"] == answer.headers["X-Request-ID"]
    assert float(line["ms"]) >= 0
    # Searches, tokens, passwords: none of it is in the path or here.
    assert "hunter2" not in stream.getvalue()
    assert "Bearer" not in stream.getvalue()


def test_each_request_has_its_own_id(client: TestClient, stream: StringIO) -> None:
    ids = {client.get("/").headers["X-Request-ID"] for _ in range(3)}
    assert len(ids) == 3
    assert {line["request_id"] for line in lines(stream)} == ids


def test_an_id_that_a_proxy_gave_is_kept(client: TestClient, stream: StringIO) -> None:
    answer = client.get("/", headers={"X-Request-ID": "proxy-123"})
    assert answer.headers["X-Request-ID"] == "proxy-123"
    assert lines(stream)[0]["request_id"] == "proxy-123"


@pytest.mark.parametrize("given", ["", "x" * 65, 'a"}{"b', "a b", "<script>"])
def test_an_id_that_is_no_id_is_replaced(client: TestClient, given: str) -> None:
    answer = client.get("/", headers={"X-Request-ID": given})
    assert answer.headers["X-Request-ID"] != given


def test_a_crash_is_noted_with_its_status(settings: Settings, stream: StringIO) -> None:
    app = create_app(settings)

    @app.get("/crash")
    async def crash() -> None:
        raise RuntimeError("broken")

    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.get("/crash")
    [line] = lines(stream)
    assert line["status"] == 500
    assert line["request_id"] == answer.headers["X-Request-ID"]


def test_a_line_cannot_be_forged() -> None:
    record = logging.makeLogRecord(
        {"name": "todo", "levelname": "INFO", "msg": 'x\n{"level": "critical"}'}
    )
    text = JsonFormatter().format(record)
    assert "\n" not in text
    assert json.loads(text)["message"].startswith("x\n")
    assert "request_id" not in json.loads(text)


def test_an_exception_is_part_of_its_line() -> None:
    try:
        raise ValueError("broken")
    except ValueError as error:
        info = (type(error), error, error.__traceback__)
    record = logging.makeLogRecord({"msg": "oh", "exc_info": info})
    entry = json.loads(JsonFormatter().format(record))
    assert "ValueError: broken" in entry["exception"]


@pytest.fixture
def restored() -> Iterator[None]:
    """Put the process's logging back as it was."""
    names = ["", "uvicorn", "uvicorn.error", "uvicorn.access"]
    loggers = [logging.getLogger(name) for name in names]
    before = [(list(each.handlers), each.level, each.disabled) for each in loggers]
    yield
    for each, (handlers, level, disabled) in zip(loggers, before, strict=True):
        each.handlers, each.disabled = handlers, disabled
        each.setLevel(level)


@pytest.mark.usefixtures("restored")
def test_switched_on_all_lines_are_json(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    uvicorn = logging.getLogger("uvicorn.error")
    uvicorn.addHandler(logging.NullHandler())
    with TestClient(
        create_app(settings.model_copy(update={"log_json": True}))
    ) as client:
        client.get("/")
        uvicorn.info("Application startup complete.")
        logging.getLogger("uvicorn.access").info("GET / 200")
    found = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    messages = [entry["message"] for entry in found]
    assert "GET / 200" in messages
    assert messages.count("GET / 200") == 1
    assert messages.count("Application startup complete.") == 1
