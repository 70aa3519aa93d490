"""Does a stage of the service, run in this Python, answer and tell what it does?"""

import json
import sys

import pytest

from seethrough import inpage, stages
from seethrough.tour import Patience


@pytest.fixture(scope="module")
def ask():
    """Ask a stage for something; stages are stopped at the end."""

    def ask_(number, method="", target="", body="", **headers):
        do = method if method in {"tables", "reset"} else "send"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if body and "content-type" not in named:
            named["content-type"] = "application/json"
            body = json.dumps(body)
        asked = {"do": do, "stage": number, "method": method, "target": target, "body": body,
                 "headers": named}  # fmt: skip
        return json.loads(inpage.call(json.dumps(asked)))

    yield ask_
    for service in inpage._services.values():
        service.close()
    inpage._services.clear()


@pytest.fixture(scope="module")
def logged_in(ask):
    """A user of stage 4, and the header that says so."""
    ask(4, "reset")
    user = {"username": "ada", "password": "correct horse battery"}
    form = "grant_type=password&username=ada&password=correct+horse+battery"
    made = ask(4, "POST", "/auth/register", user)
    token = ask(
        4, "POST", "/auth/token", form, content_type="application/x-www-form-urlencoded"
    )  # fmt: skip
    return made, token, f"Bearer {json.loads(token['response']['body'])['access_token']}"


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_stage_creates_reads_changes_and_deletes(ask, number):
    ask(number, "reset")
    made = ask(number, "POST", "/todos", {"title": "Water the plants"})["response"]
    assert made["status"] == 201
    assert made["headers"]["location"].endswith("/todos/1")
    assert json.loads(made["body"])["title"] == "Water the plants"
    read = ask(number, "GET", "/todos")["response"]
    assert [todo["id"] for todo in json.loads(read["body"])["items"]] == [1]
    changed = ask(number, "PATCH", "/todos/1", {"done": True})["response"]
    assert json.loads(changed["body"])["done"] is True
    assert ask(number, "DELETE", "/todos/1")["response"]["status"] == 204
    gone = ask(number, "GET", "/todos/1")
    assert gone["response"]["status"] == 404
    assert gone["tables"][0]["count"] == 0


def test_the_tables_are_those_of_the_database_or_of_the_store(ask):
    for number, name in ((2, "todos"), (3, "todos")):
        ask(number, "reset")
        found = ask(number, "POST", "/todos", {"title": "Water"})
        [table] = [table for table in found["tables"] if table["name"] == name]
        row = dict(zip(table["columns"], table["rows"][0], strict=True))
        assert (row["id"], row["title"], row["notes"]) == ("1", "Water", None)
        assert found["database"] is (number == 3)
    for stage in (2, 3):
        for number in range(60):
            found = ask(stage, "POST", "/todos", {"title": f"Number {number}"})
        todos = found["tables"][0]
        assert (todos["count"], len(todos["rows"])) == (61, inpage.ROWS)
        assert [row[0] for row in todos["rows"]] == [str(number) for number in range(12, 62)]


def test_reset_forgets_everything_and_begins_to_count_anew(ask):
    for number in (1, 3):
        ask(number, "POST", "/todos", {"title": "Water"})
        assert ask(number, "reset")["tables"][0]["count"] == 0
        made = ask(number, "POST", "/todos", {"title": "Water"})
        assert json.loads(made["response"]["body"])["id"] == 1


def test_a_wrong_request_tells_what_is_wrong_and_calls_no_handler(ask):
    record = ask(2, "POST", "/todos", {"title": "", "colour": "red"})["record"]
    assert record["status"] == 422
    assert record["validation"] == "errors"
    assert [error["where"] for error in record["errors"]] == ["body.title", "body.colour"]
    assert not [part for part in record["parts"] if part["place"] == "handler"]
    broken = ask(2, "POST", "/todos", "{", content_type="application/json")["record"]
    assert [error["type"] for error in broken["errors"]] == ["json_invalid"]
    assert ask(2, "GET", "/nowhere")["record"]["validation"] == "not reached"


def test_dependencies_come_in_the_order_of_their_calls_and_once(ask, logged_in):
    header = logged_in[2]
    record = ask(4, "POST", "/todos", {"title": "Mine"}, authorization=header)["record"]
    assert record["status"] == 201
    calls = [(call["depth"], call["name"], call["note"]) for call in record["dependencies"]]
    names = [name for _, name, _ in calls]
    assert names.index("get_database") < names.index("get_uow") < names.index("get_current_user")
    assert (0, "get_current_user", "") in calls
    again = [note for _, name, note in calls if name == "get_uow"]
    assert again == ["", "from this request's cache"]
    kinds = {call["name"]: call["kind"] for call in record["dependencies"]}
    assert kinds["get_uow"] == "yield"
    assert kinds["OAuth2PasswordBearer"] == "object"
    assert all(call["ms"] >= 0 for call in record["dependencies"])


def test_a_refusal_names_the_dependency_that_refused(ask, logged_in):
    refused = ask(4, "GET", "/todos", authorization="Bearer forged")["record"]
    assert refused["status"] == 401
    last = refused["dependencies"][-1]
    assert (last["name"], last["note"]) == ("get_current_user", "raised AuthenticationError")
    nobody = ask(4, "GET", "/todos")["record"]["dependencies"][-1]
    assert nobody["note"] == "raised HTTPException"


def test_statements_come_with_their_values_and_times(ask):
    ask(3, "reset")
    record = ask(3, "POST", "/todos", {"title": "Water"})["record"]
    verbs = [sent["sql"].split()[0] for sent in record["statements"]]
    assert (verbs[0], verbs[-1]) == ("BEGIN", "COMMIT")
    [insert] = [sent for sent in record["statements"] if sent["sql"].startswith("INSERT")]
    assert "'Water'" in insert["values"]
    assert insert["ms"] >= 0
    assert record["statements"][0]["ms"] is None


def test_secrets_are_not_in_the_record(ask, logged_in):
    made, token, header = logged_in
    shown = json.dumps([each["record"] | {"response_body": ""} for each in (made, token)])
    assert made["response"]["status"] == 201
    assert token["response"]["status"] == 200
    assert "correct" not in shown
    read = ask(4, "GET", "/users/me", authorization=header)["record"]
    assert ["authorization", f"Bearer {inpage.inspector.HIDDEN}"] in read["request_headers"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('{"username": "ada", "password": "correct horse battery",}', "application/json"),
        ('{"username": "ada", "password": "correct', "application/json; charset=utf-8"),
        ('--b\r\ncontent-disposition: form-data; name="password"\r\n\r\ncorrect\r\n--b--\r\n',
         "multipart/form-data; boundary=b"),
        ('{"username": "ada", "password": "correct horse battery"}', "text/plain"),
    ],
)  # fmt: skip
def test_no_secret_is_in_the_record_of_a_body_that_cannot_be_read(ask, body, kind):
    asked = {"do": "send", "stage": 4, "method": "POST", "target": "/auth/register", "body": body,
             "headers": {"content-type": kind}}  # fmt: skip
    found = json.loads(inpage.call(json.dumps(asked)))
    assert found["record"]["status"] == 422
    assert f"{len(body)} characters, not shown" in found["record"]["request_body"]
    assert "correct" not in json.dumps(found["record"])


def test_a_statement_that_failed_says_why(ask, logged_in):
    again = ask(4, "POST", "/auth/register", {"username": "ada", "password": "another horse 2"})
    assert again["record"]["status"] == 409
    failed = {sent["sql"].split()[0]: sent for sent in again["record"]["statements"]}
    assert failed["INSERT"]["failed"] == "UNIQUE constraint failed: users.username"
    assert failed["INSERT"]["ms"] >= 0
    assert [verb for verb, sent in failed.items() if sent["failed"]] == ["INSERT"]


def test_the_parts_of_the_way_add_up_to_the_whole(ask):
    record = ask(2, "GET", "/todos")["record"]
    assert record["parts"][0]["place"] == "server"
    assert {"routing", "validation", "handler", "sending"} <= {
        part["place"] for part in record["parts"]
    }
    assert sum(part["ms"] for part in record["parts"]) == pytest.approx(record["ms"], rel=0.05)


def test_cells_keep_their_own_stage_and_settings(ask, monkeypatch):
    monkeypatch.setenv("TODO_DATABASE_URL", "mine")
    before = list(sys.path)
    stages.stage(1, importable=True)
    import main

    ask(3, "GET", "/todos")
    ask(2, "GET", "/todos")
    assert sys.modules["main"] is main
    assert "todo" not in sys.modules
    import os

    assert os.environ["TODO_DATABASE_URL"] == "mine"
    assert [path for path in sys.path if "service-" in path] == []
    sys.path[:] = before
    del sys.modules["main"]


@pytest.fixture
def streaming(ask, monkeypatch):
    """The header of a user of stage 5, who is given little time."""
    monkeypatch.setattr(inpage, "PATIENCE", Patience(whole=5, stream=0.3))
    ask(5, "reset")
    ask(5, "POST", "/auth/register", {"username": "ada", "password": "correct horse battery"})
    form = "grant_type=password&username=ada&password=correct+horse+battery&scope=todos:read"
    token = ask(5, "POST", "/auth/token", form, content_type="application/x-www-form-urlencoded")
    return f"Bearer {json.loads(token['response']['body'])['access_token']}"


def test_a_stream_is_cut_and_says_so(ask, streaming):
    found = ask(5, "GET", "/notifications/stream", authorization=streaming)
    assert found["response"]["status"] == 200
    assert found["record"]["cut"].startswith("This answer is a stream: it was cut after 0.3 s")
    assert found["response"]["body"] == f": {found['record']['cut']}\n\n"
    assert found["record"]["raised"] == ""
    after = ask(5, "GET", "/notifications", authorization=streaming)
    assert (after["response"]["status"], after["record"]["cut"]) == (200, "")


def stop(number, after):
    """Interrupt what a stage does next, as Stop does."""

    def interrupt():
        raise KeyboardInterrupt

    inpage._services[number]._loop.call_later(after, interrupt)


def test_a_stopped_request_leaves_a_service_that_answers(ask, streaming):
    stop(5, 0.1)
    with pytest.raises(KeyboardInterrupt):
        ask(5, "GET", "/notifications/stream", authorization=streaming)
    after = ask(5, "GET", "/notifications", authorization=streaming)
    assert after["response"]["status"] == 200
    assert "get_current_user" in [call["name"] for call in after["record"]["dependencies"]]


def test_reset_mends_what_a_stop_broke(ask, streaming, monkeypatch):
    monkeypatch.setattr(inpage.Service, "_end", lambda service, task: None)
    stop(5, 0.1)
    with pytest.raises(KeyboardInterrupt):
        ask(5, "GET", "/notifications/stream", authorization=streaming)
    ask(5, "reset")
    assert ask(5, "GET", "/notifications")["response"]["status"] == 401


def test_reset_that_was_stopped_can_be_asked_for_again(ask):
    ask(3, "reset")
    stop(3, 0)
    with pytest.raises(KeyboardInterrupt):
        ask(3, "reset")
    ask(3, "reset")
    assert ask(3, "GET", "/todos")["response"]["status"] == 200
