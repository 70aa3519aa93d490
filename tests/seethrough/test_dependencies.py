"""What does an application ask for, and when does each dependency end?"""

import asyncio
import xml.etree.ElementTree as ET
from typing import Annotated

import pytest
from fastapi import APIRouter, BackgroundTasks, Depends, FastAPI, HTTPException

from seethrough.dependencies import Log, answer, exchange, graph, life_cycle, needs

SVG = "{http://www.w3.org/2000/svg}"


class Role:
    def __init__(self, name):
        self.name = name

    def __call__(self):
        return self.name


class Filters:
    def __init__(self, done: bool = False):
        self.done = done


def get_settings():
    return {"page": 20}


async def get_session(settings: Annotated[dict, Depends(get_settings)]):
    yield settings


def get_store(session: Annotated[dict, Depends(get_session, scope="function")]):
    return session


def service():
    router = APIRouter(prefix="/todos")

    @router.get("/{number}", dependencies=[Depends(Role("reader"))])
    async def read(
        number: int,
        store: Annotated[dict, Depends(get_store)],
        settings: Annotated[dict, Depends(get_settings, use_cache=False)],
    ):
        return {"number": number, **store}

    @router.post("", dependencies=[Depends(Role("writer"))])
    async def add(filters: Annotated[Filters, Depends()]):
        return filters.done

    app = FastAPI()
    app.include_router(router)
    return app


def test_is_every_dependency_named_with_its_kind_and_what_it_needs():
    read, add = needs(service())
    assert (read.label, read.endpoint) == ("GET /todos/{number}", "read")
    described = [(need.name, need.words) for need in (*read.needs, *add.needs)]
    assert described == [
        ("Role", "object"),
        ("get_store", "def"),
        ("get_settings", "def, not cached"),
        ("Role 2", "object"),
        ("Filters", "class"),
    ]
    (session,) = read.needs[1].needs
    assert (session.words, session.needs[0].name) == ("yield, function", "get_settings")


def test_are_the_routes_of_the_documentation_left_out():
    assert needs(FastAPI()) == []
    assert [route.endpoint for route in needs(service(), only="/todos/")] == ["read"]


def test_does_the_graph_have_a_box_for_each_route_and_dependency():
    root = ET.fromstring(graph(service()).svg)
    words = [element.text for element in root.iter(f"{SVG}text")]
    for name in ("GET /todos/{number}", "get_session", "get_settings", "Role 2", "Filters"):
        assert words.count(name) == 1, name
    width = float(root.attrib["width"])
    for box in root.iter(f"{SVG}rect"):
        assert float(box.attrib["x"]) + float(box.attrib["width"]) <= width


def test_does_every_arrow_lead_to_the_right():
    root = ET.fromstring(graph(service()).svg)
    lines = list(root.iter(f"{SVG}line"))
    assert lines
    assert all(float(line.attrib["x1"]) < float(line.attrib["x2"]) for line in lines)


def test_is_the_text_form_the_tree_that_fastapi_walks():
    assert repr(graph(service(), only="/todos/", title="T")).splitlines() == [
        "T",
        "GET /todos/{number}",
        "  Role  (object)",
        "  get_store  (def)",
        "    get_session  (yield, function)",
        "      get_settings  (def)",
        "  get_settings  (def, not cached)",
    ]


def logged(log, scope, error=None):
    async def session():
        log("dependency", "opens")
        try:
            yield
        finally:
            log("dependency", "closes")

    app = FastAPI()

    @app.get("/", dependencies=[Depends(session, scope=scope)])
    async def run(tasks: BackgroundTasks):
        log("route", "runs")
        tasks.add_task(log, "task", "runs")
        if error:
            raise error

    return app


@pytest.mark.parametrize(
    ("scope", "error", "order"),
    [
        ("request", None, "dependency route client task dependency"),
        ("function", None, "dependency route dependency client task"),
        ("request", HTTPException(404), "dependency route dependency client"),
        ("request", ValueError(), "dependency route dependency client server"),
    ],
)
def test_does_the_log_have_the_order_of_the_run(scope, error, order):
    log = Log()
    asyncio.run(exchange(logged(log, scope, error), "/", log))
    assert [step.who for step in log] == order.split()


def test_is_a_crash_kept_and_told():
    log = Log()
    sent = asyncio.run(exchange(logged(log, "request", ValueError("no")), "/", log))
    assert (sent.status, str(sent.raised)) == (500, "no")
    assert repr(log).splitlines()[-1] == "server      logs ValueError"


def test_is_a_body_sent_as_json_and_the_answer_decoded():
    app = FastAPI()

    @app.put("/echo")
    def echo(body: dict[str, int], times: int):
        return {name: value * times for name, value in body.items()}

    sent = answer(app, "PUT", "/echo?times=2", body={"n": 4})
    assert (sent.status, sent.json) == (200, {"n": 8})
    assert sent.headers["content-type"] == "application/json"


def test_can_synchronous_code_ask_while_a_loop_runs():
    async def cell():
        return answer(service(), "GET", "/todos/3").json

    assert asyncio.run(cell()) == {"number": 3, "page": 20}


def test_are_logs_drawn_beside_each_other():
    short, long = Log(), Log()
    short("client", "receives 200")
    long("dependency", "opens")
    long("client", "receives 200")
    picture = life_cycle({"short": short, "long": long}, title="Who is first")
    assert repr(picture).splitlines() == [
        "Who is first",
        "short                  long",
        "client: receives 200   dependency: opens",
        "                       client: receives 200",
    ]
    assert len(list(ET.fromstring(picture.svg).iter(f"{SVG}rect"))) == 3
