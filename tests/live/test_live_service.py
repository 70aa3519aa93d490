"""The service in the page: in the reader's Python without a browser, and as a reader uses it."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from importlib.resources import files
from itertools import product
from pathlib import Path

import pytest
from live_reader import CONF, FRONT, Reader, cell, serving

from bookext import service
from coursekit.live import run_jobs

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "bookext/service/static/service"
PASSWORD = "correct horse battery"
FORM = f"grant_type=password&username=ada&password={PASSWORD.replace(' ', '+')}"


# ── in node ───────────────────────────────────────────────────────────────────────────────────


def ask(number, do, target="", body="", **headers):
    """Ask the service of a stage for something, as the page does."""
    if not isinstance(body, str):
        headers, body = headers | {"content-type": "application/json"}, json.dumps(body)
    asked = {"do": "send" if target else do, "stage": number, "method": do, "target": target,
             "body": body, "headers": headers}  # fmt: skip
    return {"call": {"module": "seethrough.inpage", "name": "call", "groups": ["todo"],
                     "argument": json.dumps(asked),
                     "imports": ",".join(service.imports(number))}}  # fmt: skip


def answers(*cells):
    """Run cells and calls in one Python, and return what the calls gave."""
    job = {"name": "service", "groups": ["todo"], "cells": list(cells),
           "cwd": "/course/chapters/practice"}  # fmt: skip
    ran = run_jobs([job])[0]["cells"]
    bad = [each["outputs"] for each in ran if each["state"] != "done"]
    assert bad == []
    return [json.loads(each["outputs"][0][1]) for each in ran if each["outputs"]]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_stage_answers_in_the_readers_python(live, number):
    made, read, changed, wrong, gone, reset = answers(
        ask(number, "POST", "/todos", {"title": "Water"}),
        ask(number, "GET", "/todos"),
        ask(number, "PATCH", "/todos/1", {"done": True}),
        ask(number, "POST", "/todos", {"title": ""}),
        ask(number, "DELETE", "/todos/1"),
        ask(number, "reset"),
    )
    statuses = [each["response"]["status"] for each in (made, read, changed, wrong, gone)]
    assert statuses == [201, 200, 200, 422, 204]
    assert (made["fresh"], read["fresh"]) == (True, False)
    assert changed["tables"][0]["count"] == 1
    assert wrong["record"]["validation"] == "errors"
    assert reset["tables"][0]["count"] == 0
    assert bool(made["record"]["statements"]) is (number == 3)


def test_one_logs_in_beside_cells_that_import_another_stage(live):
    first = "from seethrough.stages import stage\nstage(3, importable=True)\nimport todo.db as mine"
    made, token = answers(
        first,
        ask(4, "POST", "/auth/register", {"username": "ada", "password": PASSWORD}),
        ask(
            4, "POST", "/auth/token", FORM, **{"content-type": "application/x-www-form-urlencoded"}
        ),
        "import todo.db\nassert todo.db is mine\nassert todo.__version__ == '0.3.0'",
    )
    assert (made["response"]["status"], token["response"]["status"]) == (201, 200)
    assert [table["name"] for table in made["tables"]][:2] == ["users", "refresh_tokens"]
    assert "access_token" in token["response"]["body"]
    assert PASSWORD not in json.dumps([made["record"], token["record"]])


# Run as a cell beside the service, since the token of one answer is needed by the next request.
THROUGH_THE_OUTBOX = """
import json
from seethrough import inpage

headers = {"content-type": "application/x-www-form-urlencoded"}


def send(method, target, body):
    asked = {"do": "send", "stage": NUMBER, "method": method, "target": target, "body": body}
    return json.loads(inpage.call(json.dumps(asked | {"headers": headers})))


token = json.loads(send("POST", "/auth/token", FORM)["response"]["body"])["access_token"]
headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
assert send("POST", "/todos", '{"title": "Water"}')["response"]["status"] == 201
changed = send("PATCH", "/todos/1", '{"done": true}')
assert "INSERT INTO outbox" in json.dumps(changed["record"]["statements"])
news = json.loads(send("GET", "/notifications", "")["response"]["body"])
assert [item["kind"] for item in news["items"]] == ["todo.completed"], news
"""


@pytest.mark.parametrize("number", [5, 6])
def test_a_job_passes_through_the_outbox_in_the_readers_python(live, number):
    log_in = f"{FORM}&scope=todos:read+todos:write"
    cell = THROUGH_THE_OUTBOX.replace("NUMBER", str(number)).replace("FORM", repr(log_in))
    (made,) = answers(
        ask(number, "POST", "/auth/register", {"username": "ada", "password": PASSWORD}), cell
    )
    assert made["response"]["status"] == 201


# ── in Chromium ───────────────────────────────────────────────────────────────────────────────

PAGE = "practice/service.html"
STREAMS = "practice/streams.html"
# Sends as Swagger UI does.
SEND = """async ([box, method, path, body, headers]) => {
  const answer = await box.send("http://127.0.0.1:8000" + path, {method, body, headers});
  return [answer.status, await answer.text()];
}"""
LONG = "A paragraph.\n\n" * 60


@pytest.fixture(scope="module")
def book(live, tmp_path_factory):
    """A small book whose pages have Swagger UI of stages 2 and 4, and of stage 5."""
    source = tmp_path_factory.mktemp("service")
    conf = CONF.replace('"bookext.live"', '"bookext.stages", "bookext.service", "bookext.live"')
    colours = ROOT / "bookext/look/static/look/look.css"
    (source / "own").mkdir()
    page = "\nbody, div.body, pre { background: var(--page); color: var(--ink); }\n"
    (source / "own/look.css").write_text(colours.read_text() + page)
    conf += "html_static_path = ['own']\nhtml_css_files = ['look.css']\n"
    (source / "conf.py").write_text(conf)
    toctree = "```{toctree}\npractice/service\npractice/streams\n```\n"
    (source / "index.md").write_text(f"# Small\n\n{toctree}")
    (source / "practice").mkdir()
    text = f"{FRONT}# Service\n\n{cell('print(6 * 7)')}\n{LONG}```{{swagger-ui}} 2\n```\n\n"
    text += f"{LONG}```{{swagger-ui}} 4\n```\n"
    (source / "practice/service.md").write_text(text)
    text = f"{FRONT}# Streams\n\n{cell('print(6 * 7)')}\n{LONG}```{{swagger-ui}} 5\n```\n"
    (source / "practice/streams.md").write_text(text)
    out = source / "html"
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-b", "html", str(source), str(out)],
        cwd=ROOT, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return out


class User(Reader):
    """Someone who tries a service out."""

    def visit(self, stage=2):
        self.open(PAGE)
        self.look_at(stage)

    def look_at(self, stage):
        self.box = self.page.locator(f".st-swagger[data-stage='{stage}']")
        self.box.scroll_into_view_if_needed()
        self.box.locator(".opblock").first.wait_for()

    def execute(self, method, path, body=None):
        """Fill in and execute an operation; wait until it is answered."""
        block = self.box.locator(f".opblock-{method}", has=self.page.locator(
            f".opblock-summary-path[data-path='{path}']"))  # fmt: skip
        if "is-open" not in block.get_attribute("class"):
            block.locator(".opblock-summary-control").click()
            block.get_by_role("button", name="Try it out").click()
        if body is not None:
            block.locator("textarea").fill(json.dumps(body))
        before = self.rows.count()
        block.get_by_role("button", name="Execute").click()
        self.page.wait_for_function(
            "([box, before]) => box.querySelectorAll('.st-service li').length > before",
            arg=[self.box.element_handle(), before], timeout=120_000,
        )  # fmt: skip
        return block.locator(".live-responses-table tbody .response-col_status").first.inner_text()

    def send(self, method, path, body=None, **headers):
        """Send a request as Swagger UI does; return status and body."""
        box = self.box.element_handle()
        return self.page.evaluate(SEND, [box, method, path, body, headers])

    def log_in(self):
        """Register, and return the header that says who asks."""
        ada = json.dumps({"username": "ada", "password": PASSWORD})
        self.send("POST", "/auth/register", ada, **{"content-type": "application/json"})
        form = {"content-type": "application/x-www-form-urlencoded"}
        _, token = self.send("POST", "/auth/token", f"{FORM}&scope=todos:read", **form)
        return {"authorization": f"Bearer {json.loads(token)['access_token']}"}

    def begin(self, path, **headers):
        """Send a GET and do not wait for its answer."""
        self.page.evaluate(
            "([box, path, headers]) => void box.send('http://127.0.0.1:8000' + path, {headers})"
            ".catch(() => {})",
            [self.box.element_handle(), path, headers],
        )

    @property
    def says(self):
        return self.service.locator(".st-says")

    @property
    def service(self):
        return self.box.locator(".st-service").first

    @property
    def rows(self):
        return self.service.locator("li")


@pytest.fixture
def user(browser, book):
    with serving(book) as served:
        context = browser.new_context(viewport={"width": 1200, "height": 900})
        page = context.new_page()
        page.set_default_timeout(60_000)
        yield User(context, page, served.address)
        context.close()


def test_try_it_out_works_without_a_server(user):
    user.visit(2)
    assert user.execute("post", "/todos", {"title": "Water the plants"}).startswith("201")
    first = user.rows.first
    assert first.locator("summary").inner_text().split()[:3] == ["POST", "/todos", "201"]
    first.locator("summary").focus()
    user.page.keyboard.press("Enter")
    shown = first.inner_text()
    for words in ("get_store", "Water the plants", "http://127.0.0.1:8000/todos/1", "handler"):
        assert words in shown
    panel = user.service.get_by_role("tabpanel")
    assert "Water the plants" in panel.inner_text()
    assert "no database yet" in user.service.inner_text()
    assert user.execute("post", "/todos", {"title": ""}).startswith("422")
    user.rows.first.locator("summary").click()
    assert "string_too_short" in user.rows.first.inner_text()
    user.box.get_by_role("button", name="Reset the data").click()
    user.box.get_by_text("without any data").wait_for()
    assert user.service.get_by_role("tab").inner_text() == "todos (0)"
    assert user.run(1) == "done"  # a cell of the page, in the same Python
    foreign = [url for url in user.asked if not url.startswith((user.address, "data:", "blob:"))]
    assert foreign == []
    assert [words for words in user.said if "404 (File not found)" not in words] == []  # the icon


def test_authorize_logs_in_and_requests_carry_the_token(user):
    user.visit(4)
    assert user.execute("get", "/todos").startswith("401")
    ada = {"username": "ada", "password": PASSWORD}
    assert user.execute("post", "/auth/register", ada).startswith("201")
    user.box.get_by_role("button", name="Authorize").click()
    dialog = user.box.locator(".dialog-ux")
    dialog.locator("#oauth_username").fill("ada")
    dialog.locator("#oauth_password").fill(PASSWORD)
    for scope in dialog.locator(".scopes label").all():
        scope.click()
    dialog.get_by_role("button", name="Apply given OAuth2 credentials").click()
    dialog.get_by_text("Logout").wait_for()
    dialog.locator(".btn-done").click()
    assert user.execute("post", "/todos", {"title": "Mine"}).startswith("201")
    user.rows.first.locator("summary").click()
    shown = user.rows.first.inner_text()
    assert "Bearer •••" in shown
    assert "INSERT INTO todos" in shown
    assert "get_current_user" in shown
    tabs = user.service.get_by_role("tab")
    assert "users (1)" in tabs.all_inner_texts()
    tabs.first.focus()
    user.page.keyboard.press("End")
    assert tabs.last.get_attribute("aria-selected") == "true"
    assert PASSWORD not in user.service.inner_text()


def test_a_stream_ends_and_whatever_is_stopped_leaves_a_service(user):
    user.open_isolated(STREAMS)
    user.look_at(5)
    header = user.log_in()
    status, body = user.send("GET", "/notifications/stream", **header)
    assert (status, body[:24]) == (200, ": This answer is a strea")
    user.says.get_by_text("cut after 3 s").wait_for()
    user.rows.first.locator("summary").click()
    assert "A server would go on." in user.rows.first.inner_text()

    user.begin("/notifications/stream", **header)
    user.begin("/tags", **header)
    user.says.get_by_text("Python answers another request; this one waits for it.").wait_for()
    user.page.wait_for_function("!liveCells.python.current")
    user.begin("/notifications/stream", **header)
    user.page.wait_for_timeout(500)
    user.press("Stop")
    user.service.get_by_text("The service did not answer: It was stopped.").wait_for()
    assert user.send("GET", "/tags", **header)[0] == 200
    assert user.page.evaluate("liveCells.python.starts") == 1
    user.box.get_by_role("button", name="Reset the data").click()
    user.box.get_by_text("without any data").wait_for()
    assert user.send("GET", "/tags")[0] == 401


def test_a_failed_statement_says_why_and_restart_takes_the_data_away(user):
    user.visit(4)
    ada = {"username": "ada", "password": PASSWORD}
    user.execute("post", "/auth/register", ada)
    assert user.execute("post", "/auth/register", ada).startswith("409")
    user.rows.first.locator("summary").click()
    assert "Failed: UNIQUE constraint failed: users.username" in user.rows.first.inner_text()
    assert user.service.get_by_role("tabpanel").count()
    user.press("Restart")
    user.service.get_by_text("Python ended, and the service’s data with it.").wait_for()
    assert user.service.get_by_role("tabpanel").count() == 0
    assert user.execute("post", "/auth/register", ada).startswith("201")


def test_the_inspector_shuts_nobody_out(user):
    """One visit, seen in both themes, narrow and wide: starting Python again would show no more."""
    user.page.set_viewport_size({"width": 360, "height": 800})
    user.visit(2)
    user.execute("post", "/todos", {"title": "Water the plants"})
    user.rows.first.locator("summary").click()
    user.page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8"))
    for width, theme in product((360, 1200), ("light", "dark")):
        seen = f"{theme}, {width} wide"
        user.page.set_viewport_size({"width": width, "height": 800})
        user.page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        found = user.page.evaluate("axe.run('.st-service', {resultTypes: ['violations']})")
        wrong = [f"{one['id']}: {one['nodes'][0]['html']}" for one in found["violations"]]
        assert wrong == [], seen
        place = user.service
        assert place.evaluate("it => it.scrollWidth <= it.clientWidth"), seen
        assert place.evaluate("it => it.getBoundingClientRect().right <= innerWidth"), seen


def test_a_visited_page_serves_offline(browser, book):
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    page = context.new_page()
    page.set_default_timeout(60_000)
    with serving(book) as served:
        user = User(context, page, served.address)
        user.open_isolated(PAGE)
        user.visit(2)
        user.execute("get", "/todos")
        page.wait_for_selector("html[data-offline=ready]")
    page.reload()  # the server is gone
    user.box = page.locator(".st-swagger[data-stage='2']")
    user.box.scroll_into_view_if_needed()
    user.box.locator(".opblock").first.wait_for()
    assert user.execute("get", "/todos").startswith("200")
    context.close()


def test_what_the_page_loads_for_it_is_small():
    weight = sum(len(gzip.compress(path.read_bytes())) for path in STATIC.iterdir())
    assert weight <= 6_000
